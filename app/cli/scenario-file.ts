/** A scenario's file: YAML or JSON, read whole with places, and the node that it names. */

import { dirname, isAbsolute, join } from 'node:path';
import { parseJson, readScenario, type GeneratedNode, type InputFile, type Node, type Scenario, type ScenarioProblem } from '../../engine/index.ts';
import { isClusterText, parseClusterText } from './cluster-file.ts';
import { generatedNode } from './cluster-node.ts';
import { Refusal } from './command.ts';
import { parseNodeFiles, readNode, readText } from './input.ts';
import type { Terminal } from './terminal.ts';
import { readYaml, type Path, type Place } from './yaml-file.ts';

/** Why a scenario cannot be run. */
export interface ScenarioError {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
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
    if (typeof value === 'object' && value !== null && 'packetwalk' in value)
      throw new Refusal('the page saved it in a form of its own', { file: name, hint: 'open it there, mend the packets that cannot be read, and save it again' });
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
  const { values, locate } = readYaml({ name: file, text }, 'one');
  return { value: values[0], locate: (path) => locate(0, path) };
}

/** The node of a scenario: the files it names, from its own folder, or the text it holds. Refused if nothing in it can be used. */
export async function readScenarioNode(
  terminal: Terminal,
  given: string,
  { node, snapshot, files }: Scenario,
): Promise<{ readonly node: Node; readonly names: readonly string[]; readonly generated: GeneratedNode | null }> {
  if (files) return heldNode(files, given, terminal);
  if (snapshot !== null) {
    const name = `${given === '-' ? 'standard input' : given}, snapshot`;
    const inside: Terminal = { ...terminal, read: async () => new TextEncoder().encode(snapshot) };
    return { ...(await readNode(inside, [name], false, 'walked')), names: [name], generated: null };
  }
  const names = node.map((file) => (isAbsolute(file) || given === '-' ? file : join(dirname(given), file)));
  return { ...(await readNode(terminal, names, false, 'walked')), names, generated: null };
}

/** Several files in one scenario, as the page saves them: the first may be a cluster, which says itself which node is meant, and the others add to the node. */
function heldNode(files: readonly InputFile[], given: string, terminal: Terminal): Awaited<ReturnType<typeof readScenarioNode>> {
  const inside = files.map(({ name, text }) => ({ name: `${given === '-' ? 'standard input' : given}, ${name}`, text }));
  const [first, ...others] = inside;
  const generated = first && isClusterText(first) ? generatedNode(parseClusterText(first), { value: () => null }, terminal) : null;
  const node = parseNodeFiles(first && generated ? [{ name: first.name, text: generated.text }, ...others] : inside, false, 'walked');
  return { node, names: inside.map(({ name }) => name), generated };
}

/** Is it a scenario rather than a node? By its name, as the page gives it. */
export const isScenarioName = (name: string): boolean => /\.scenario\.(ya?ml|json)$/i.test(name);
