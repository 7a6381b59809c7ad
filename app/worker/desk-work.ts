/** The desk's work. It comes with the YAML parser, so it is loaded when the first text is read. */

import { parse, type YAMLParseError } from 'yaml';
import { parseJson, readPackets, readScenario } from '../../engine/index.ts';
import { editCluster, shownForm } from '../editor/cluster-edit.ts';
import type { DeskDone, DeskRequest, PacketsText, SavedText, ScenarioText, TextProblem } from './desk.ts';
import type { Translator } from './plain-session.ts';

/** Aliases unfold to at most so many values: a small text cannot fill the memory. */
const MAX_ALIASES = 100;

/** Throws where a text is to be parsed and is not YAML, with the parser's words. */
export function work(request: DeskRequest): DeskDone {
  switch (request.desk) {
    case 'parse':
      return yaml(request.text);
    case 'scenario':
      return scenario(request.text);
    case 'packets':
      return packets(request.text);
    case 'form':
      return shownForm(request.text);
    case 'edit':
      return editCluster(request.text, request.edit);
  }
}

const yaml = (text: string): unknown => parse(text, { maxAliasCount: MAX_ALIASES });

type Value = { readonly value: unknown } | { readonly wrong: TextProblem };

function json(text: string): Value {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const read = parseJson(text);
    // With places it is slower: a text that is right needs none.
    if (!('failure' in read)) return { value: read.value };
    return { wrong: { severity: 'error', message: read.failure, hint: '', line: read.line, column: read.column } };
  }
}

function yamlValue(text: string): Value {
  try {
    return { value: yaml(text) };
  } catch (error) {
    const { message, code, linePos } = error as Error & Partial<YAMLParseError>;
    const [line = ''] = message.split('\n');
    const place = linePos ? { line: linePos[0].line, column: linePos[0].col } : {};
    return { wrong: { severity: 'error', message: line.replace(/ at line \d+, column \d+:$/, ''), hint: '', ...place, ...(code && { fault: code }) } };
  }
}

function packets(text: string): PacketsText {
  const read = json(text);
  return 'wrong' in read ? { packets: [], environment: {}, problems: [read.wrong] } : readPackets(read.value);
}

/** What was found wrong, with its Chinese. */
export function inBoth(done: DeskDone, problem: Translator['problem']): DeskDone {
  const { problems } = done as { readonly problems?: readonly TextProblem[] };
  return problems ? { ...(done as object), problems: problems.map(problem) } : done;
}

function scenario(text: string): ScenarioText {
  const read = /^\s*\{/.test(text) ? json(text) : yamlValue(text);
  if ('wrong' in read) return { kind: 'scenario', scenario: null, problems: [read.wrong] };
  const { value } = read;
  if (typeof value === 'object' && value !== null && 'packetwalk' in value) return { kind: 'saved', value: value as SavedText };
  return { kind: 'scenario', ...readScenario(value) };
}
