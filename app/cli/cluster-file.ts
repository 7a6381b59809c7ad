/** A cluster's file: YAML of one or several documents, or JSON, read whole, with the place of everything that is wrong. */

import { parseJson, readCluster, type ClusterReading } from '../../engine/index.ts';
import { Refusal } from './command.ts';
import { readText, type InputFile } from './input.ts';
import type { Terminal } from './terminal.ts';
import { readYaml, type Path, type Place } from './yaml-file.ts';

export interface ClusterFile extends ClusterReading {
  /** As shown: the name given, or `standard input`. */
  readonly name: string;
  /** Place of what stands at `path` in a document, or of what is around it. */
  locate(document: number, path: Path): Place | null;
}

/** How a description of a cluster begins a line, or as JSON the text: Kubernetes' own fields, or ours. */
const YAML_FIELD = /^(?:apiVersion|kind|nodes|subnets|services|pods|options):/m;
const JSON_FIELD = /^\s*\{\s*"(?:apiVersion|kind|items|nodes|subnets|services|pods|options)"\s*:/;

/** Is it a cluster rather than what a node's tools print? */
export function isClusterText({ text }: InputFile): boolean {
  return !text.includes('==> ') && (YAML_FIELD.test(text) || JSON_FIELD.test(text));
}

export async function readClusterFile(terminal: Terminal, given: string): Promise<ClusterFile> {
  return parseClusterText(await readText(terminal, given));
}

/** Reads a description of a cluster. Refused only if it is no YAML at all. */
export function parseClusterText({ name, text }: InputFile): ClusterFile {
  if (text.trim() === '') throw new Refusal('there is nothing in it', { file: name, hint: 'give what kubectl get subnet,vpc,node,svc,endpointslices,pods -o yaml prints' });
  if (text.trimStart().startsWith('{')) {
    const json = parseJson(text);
    if (!('failure' in json)) return { ...readCluster([json.value]), name, locate: (_, path) => json.locate(path) };
    if (name.endsWith('.json')) throw new Refusal(json.failure, { file: name, line: json.line, column: json.column, hint: 'the file must be JSON' });
  }
  const { values, locate } = readYaml({ name, text }, 'several');
  return { ...readCluster(values), name, locate };
}
