/** A cluster's file: YAML of one or several documents, or JSON, read whole, with the place of everything that is wrong. */

import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { parseJson, readCluster, type ClusterReading } from '../../engine/index.ts';
import { Refusal } from './command.ts';
import { readText, type InputFile } from './input.ts';
import type { Terminal } from './terminal.ts';

type Path = readonly (string | number)[];

interface Place {
  readonly line: number;
  readonly column: number;
}

export interface ClusterFile extends ClusterReading {
  /** As shown: the name given, or `standard input`. */
  readonly name: string;
  /** Place of what stands at `path` in a document, or of what is around it. */
  locate(document: number, path: Path): Place | null;
}

/** Aliases unfold to at most so many values: a small file cannot fill the memory. */
const MAX_ALIASES = 100;

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
  const lineCounter = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: [...text.slice(offset - col + 1, offset)].length + 1 };
  };
  try {
    const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, stringKeys: true });
    const documents: readonly Document[] = Array.isArray(parsed) ? parsed : [];
    for (const { errors } of documents) {
      const [error] = errors;
      if (error) throw new Refusal(sentence(error.message), { file: name, ...place(error.pos[0]), hint: 'the file must be YAML' });
    }
    const values = documents.map((document) => document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown);
    return { ...readCluster(values), name, locate: (document, path) => locate(documents[document], place, path) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(/call stack/i.test((error as Error).message) ? 'it is nested too deeply' : sentence((error as Error).message), { file: name });
  }
}

function locate(document: Document | undefined, place: (offset: number) => Place, path: Path): Place | null {
  for (let length = path.length; document && length >= 0; length--) {
    const node = length === 0 ? document.contents : (document.getIn(path.slice(0, length), true) as { readonly range?: readonly [number, number, number] | null } | undefined);
    if (node?.range) return place(node.range[0]);
  }
  return null;
}

/** The parser's words in our form: lower case, no full stop, one line. */
function sentence(message: string): string {
  const [line = ''] = message.split('\n');
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, '');
}
