/** A scenario's file: YAML or JSON, read whole with places, and the node that it names. */

import { dirname, isAbsolute, join } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { parseJson, readScenario, type Node, type Scenario, type ScenarioProblem } from '../../engine/index.ts';
import { Refusal, type RefusalDetails } from './command.ts';
import { readNode, readText } from './input.ts';
import type { Terminal } from './terminal.ts';

type Path = readonly (string | number)[];

/** Why a scenario cannot be run. */
export interface ScenarioError {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface ValueText {
  readonly value: unknown;
  /** Place of the value at `path`; of one that is missing, the place of what is around it. */
  locate(path: Path): Place | null;
}

export interface ScenarioFile {
  /** As shown: the name given, or `standard input`. */
  readonly name: string;
  /** Null if there are errors. */
  readonly scenario: Scenario | null;
  readonly errors: readonly ScenarioError[];
  /** Fields without effect. */
  readonly warnings: readonly ScenarioError[];
  locate: ValueText['locate'];
}

/** Reads a scenario's file. What is wrong with it is in `errors`: it never throws on what a user wrote. */
export async function readScenarioFile(terminal: Terminal, given: string): Promise<ScenarioFile> {
  try {
    const { name, text } = await readText(terminal, given);
    const { value, locate } = readValue(name, text);
    const { scenario, problems } = readScenario(value);
    const placed = (severity: string): readonly ScenarioError[] => problems.filter((problem) => problem.severity === severity).map((problem) => placedError(name, problem, locate));
    return { name, scenario, errors: placed('error'), warnings: placed('warning'), locate };
  } catch (error) {
    return { name: given, scenario: null, errors: [errorOf(error, given)], warnings: [], locate: () => null };
  }
}

/** A problem at its place in the file. */
export function placedError(file: string, { path, message, hint }: ScenarioProblem, locate: ValueText['locate']): ScenarioError {
  return { file, line: null, column: null, ...locate(path), message: hint === '' ? message : `${message}; ${hint}` };
}

/** What a refusal says about a file; anything else is a bug of ours and stays one. */
export function errorOf(error: unknown, file: string): ScenarioError {
  if (!(error instanceof Refusal)) throw error;
  return { file: error.place.file ?? file, line: error.place.line, column: error.place.column, message: error.json.error.message };
}

function readValue(file: string, text: string): ValueText {
  // JSON is nearly a subset of YAML; where the two differ (tabs), the file's name or its first character tells.
  if (file.endsWith('.json') || text.trimStart().startsWith('{')) {
    const json = parseJson(text);
    if (!('failure' in json)) return json;
    if (file.endsWith('.json')) throw new Refusal(json.failure, { file, line: json.line, column: json.column, hint: 'the file must be JSON' });
  }
  return readYaml(file, text);
}

/** Aliases unfold to at most so many values: a small file cannot fill the memory. */
const MAX_ALIASES = 100;

function readYaml(file: string, text: string): ValueText {
  const lineCounter = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
    const [error] = document.errors;
    if (error) {
      throw refusal(error.message, { file, ...placeOf(text, lineCounter, error.pos[0]) });
    }
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), locate: (path) => locateYaml(document, (offset) => placeOf(text, lineCounter, offset), path) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw refusal((error as Error).message, { file });
  }
}

/** The parser's words in our form: lower case, no full stop, one line. */
function refusal(message: string, place: RefusalDetails): Refusal {
  if (/call stack/i.test(message)) return new Refusal('it is nested too deeply', place);
  const [line = ''] = message.split('\n');
  return new Refusal(`${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, ''), { ...place, hint: 'the file must be YAML' });
}

/** Columns count code points, as everywhere. */
function placeOf(text: string, lineCounter: LineCounter, offset: number): Place {
  const { line, col } = lineCounter.linePos(offset);
  return { line, column: [...text.slice(offset - col + 1, offset)].length + 1 };
}

function locateYaml(document: Document, place: (offset: number) => Place, path: Path): Place | null {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : (document.getIn(path.slice(0, length), true) as { readonly range?: readonly [number, number, number] | null } | undefined);
    if (node?.range) return place(node.range[0]);
  }
  return null;
}

/** The node of a scenario: the files it names, from its own folder, or the text it holds. Refused if nothing in it can be used. */
export async function readScenarioNode(terminal: Terminal, given: string, { node, snapshot }: Scenario): Promise<{ readonly node: Node; readonly names: readonly string[] }> {
  if (snapshot !== null) {
    const name = `${given === '-' ? 'standard input' : given}, snapshot`;
    const inside: Terminal = { ...terminal, read: async () => new TextEncoder().encode(snapshot) };
    return { ...(await readNode(inside, [name], false, 'walked')), names: [name] };
  }
  const names = node.map((file) => (isAbsolute(file) || given === '-' ? file : join(dirname(given), file)));
  return { ...(await readNode(terminal, names, false, 'walked')), names };
}
