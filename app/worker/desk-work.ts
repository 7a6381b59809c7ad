/** The desk's work. It comes with the YAML parser, so it is loaded when the first text is read. */

import { parse } from 'yaml';
import { readScenario } from '../../engine/index.ts';
import { editCluster, shownForm } from '../editor/cluster-edit.ts';
import type { DeskDone, DeskRequest, SavedText, ScenarioText } from './desk.ts';

/** Aliases unfold to at most so many values: a small text cannot fill the memory. */
const MAX_ALIASES = 100;

/** Throws where a text is not YAML, with the parser's words. */
export function work(request: DeskRequest): DeskDone {
  switch (request.desk) {
    case 'parse':
      return yaml(request.text);
    case 'scenario':
      return scenario(request.text);
    case 'form':
      return shownForm(request.text);
    case 'edit':
      return editCluster(request.text, request.edit);
  }
}

const yaml = (text: string): unknown => parse(text, { maxAliasCount: MAX_ALIASES });

function scenario(text: string): ScenarioText {
  const value = /^\s*\{/.test(text) ? (JSON.parse(text) as unknown) : yaml(text);
  if (typeof value === 'object' && value !== null && 'packetwalk' in value) return { kind: 'saved', value: value as SavedText };
  const { scenario: read, problems } = readScenario(value);
  return { kind: 'scenario', scenario: read, problems };
}
