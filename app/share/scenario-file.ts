/**
 * A scenario as a file: what is on the page, to be opened again by dropping it here. One node and packets that can be
 * read make a scenario that the command line runs, too; anything else – several files, a cluster, a packet half typed, breakpoints – is kept as it
 * is, in the shape that links carry.
 */

import { readScenarioText, type ScenarioText } from '../store/desk.ts';
import { draftOf } from '../store/draft.ts';
import { knownEntry, readyPackets, type Document } from '../store/document.ts';
import type { State } from '../store/state.ts';
import { readDocument } from './link.ts';
import { mayBeScenario } from './recognise.ts';

type Files = Document['files'];

/** Offers the file for saving; returns its name. */
export function saveScenario(state: State): string {
  const { name, text } = writeScenario(state);
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return name;
}

export function writeScenario({ document, scenario }: Pick<State, 'document' | 'scenario'>): { readonly name: string; readonly text: string } {
  const example = knownEntry(scenario, document.example);
  const stem = (document.example?.replace(/^.*\//, '') ?? document.files[0]?.name.replace(/(\.scenario)?\.[^.]*$/, '') ?? '').replace(/[^\w.-]+/g, '-') || 'packetwalk';
  const packets = readyPackets(document);
  const [file, ...more] = document.files;
  const value =
    file && more.length === 0 && !document.cluster && packets && !document.breakpoints?.length
      ? { title: example?.title ?? { en: file.name }, snapshot: file.text, environment: document.environment, packets }
      : {
          packetwalk: 1,
          files: document.files,
          cluster: document.cluster,
          packets: document.packets,
          environment: document.environment,
          breakpoints: document.breakpoints,
          twin: document.twin,
        };
  return { name: `${stem}.scenario.json`, text: `${JSON.stringify(value, null, 1)}\n` };
}

export type Dropped =
  /** None of the files is a scenario. */
  | { readonly kind: 'none' }
  | { readonly kind: 'document'; readonly document: Document }
  /** A scenario that cannot be opened, and why. */
  | { readonly kind: 'refused'; readonly message: string };

/** A scenario among files that were given together; the others are the node that it names. `read` rejects with the parser's words. */
export async function readScenarioFiles(files: Files, read: (text: string) => Promise<ScenarioText> = readScenarioText): Promise<Dropped> {
  const at = files.findIndex(mayBeScenario);
  const given = files[at];
  if (!given) return { kind: 'none' };
  let text: ScenarioText;
  try {
    text = await read(given.text);
  } catch (error) {
    return { kind: 'refused', message: `${given.name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}` };
  }
  if (text.kind === 'saved') {
    const { value } = text;
    const document = value.packetwalk === 1 ? readDocument(value) : null;
    if (document) return { kind: 'document', document };
    return {
      kind: 'refused',
      message: `${given.name}: ${value.packetwalk === 1 ? 'it is not whole' : `made by a newer version of this page (${String(value.packetwalk)}); reload the page`}`,
    };
  }
  const { scenario, problems } = text;
  if (!scenario) return { kind: 'refused', message: `${given.name}: ${problems.find(({ severity }) => severity === 'error')?.message ?? 'it is no scenario'}` };
  const others = files.filter((_, i) => i !== at);
  if (scenario.snapshot === null && others.length === 0)
    return { kind: 'refused', message: `${given.name}: the node is in other files (${scenario.node.join(', ')}); give them together with it` };
  const node = scenario.snapshot === null ? others : [{ name: given.name, text: scenario.snapshot }, ...others];
  return { kind: 'document', document: { example: null, files: node, cluster: false, packets: scenario.packets.map(draftOf), environment: scenario.environment } };
}
