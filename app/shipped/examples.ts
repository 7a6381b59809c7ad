/**
 * The scenarios that ship with the page. The list is one file; a scenario's node and packets are fetched when it is
 * opened, and each file once. Nothing is fetched from anywhere but the page's own folder.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import { parseYaml } from '../store/desk.ts';
import { draftOf } from '../store/draft.ts';
import type { Document } from '../store/document.ts';
import type { ExampleEntry, Localised, OpenableEntry, OpenedExample } from '../store/state.ts';
import { fetchEarly, fetchShipped, ship } from './walks.ts';

const FOLDER = 'examples';

let list: Promise<readonly ExampleEntry[]> | null = null;

/** The list of all. It is asked for once, and again by whoever needs it after it did not come. */
export function fetchExamples(): Promise<readonly ExampleEntry[]> {
  list ??= fetchText(`${FOLDER}/index.json`).then(
    (text) => readExampleList(JSON.parse(text)),
    (error: unknown) => {
      list = null;
      throw error;
    },
  );
  return list;
}

interface ListedExample {
  readonly name: string;
  readonly title: Localised;
  readonly question?: Localised;
  readonly snapshot: string;
  /** Description of the cluster that the node is made from, in place of the snapshot. */
  readonly cluster?: string;
  readonly packets?: string;
  readonly scenarios?: readonly { readonly file: string; readonly title: Localised }[];
}

/** Entries of `index.json`: every scenario, then the example's own list of packets; `aliases` leads from earlier names to ids. */
export function readExampleList(list: unknown): readonly ExampleEntry[] {
  const { examples, aliases = {} } = list as { readonly examples: readonly ListedExample[]; readonly aliases?: Readonly<Record<string, string>> };
  const named = (entry: ExampleEntry): ExampleEntry => {
    const formerly = Object.keys(aliases).filter((name) => aliases[name] === entry.id);
    return formerly.length > 0 ? { ...entry, formerly } : entry;
  };
  const entries = examples.flatMap(({ name, title, question = null, snapshot, cluster, packets, scenarios = [] }) => {
    const common = { group: title, question, node: `${FOLDER}/${name}/${cluster ?? snapshot}`, cluster: cluster !== undefined };
    const own: ExampleEntry[] = scenarios.map((scenario) => ({
      ...common,
      id: `${name}/${scenario.file.replace(/\.scenario\.(yaml|json)$/, '')}`,
      title: scenario.title,
      packets: `${FOLDER}/${name}/${scenario.file}`,
    }));
    if (packets) own.push({ ...common, id: name, title, packets: `${FOLDER}/${name}/${packets}` });
    return own;
  });
  return entries.map(named);
}

/** By its id, or by a name that it had: links that were given out open for ever. */
export function findExample(examples: readonly ExampleEntry[], id: string): ExampleEntry | undefined {
  return examples.find((entry) => entry.id === id) ?? examples.find(({ formerly }) => formerly?.includes(id));
}

/** Of a scenario whose walk was made with the page: to open it nobody waits for the list. Null: only the list can tell. */
export async function shippedEntry(id: string): Promise<OpenableEntry | null> {
  const shipped = /^[a-z0-9/-]+$/.test(id) ? await fetchShipped(id) : null;
  if (!shipped) return null;
  const folder = `${FOLDER}/${shipped.id.split('/', 1)[0]}`;
  const [node, packets] = shipped.files;
  return { id: shipped.id, title: shipped.title, node: `${folder}/${node}`, packets: `${folder}/${packets}`, cluster: shipped.cluster === true };
}

const nodes = new Map<string, Document['files']>();

/** The document of a scenario. The same node gives the same files object, so that it is parsed once. */
export async function openExample(entry: OpenableEntry): Promise<{ readonly document: Document; readonly opened: OpenedExample }> {
  const [text, shipped] = await Promise.all([nodes.has(entry.node) ? '' : fetchText(entry.node), entry.cluster ? null : fetchShipped(entry.id)]);
  let files = nodes.get(entry.node);
  if (!files) {
    files = [{ name: entry.node.slice(entry.node.lastIndexOf('/') + 1), text }];
    nodes.set(entry.node, files);
  }
  if (shipped) ship(files, shipped);
  const opened = shipped ?? (await readPacketFile(entry.packets, await fetchText(entry.packets)));
  return {
    opened: { packets: opened.packets, environment: opened.environment },
    document: { example: entry.id, files, cluster: entry.cluster, packets: opened.packets.map(draftOf), environment: opened.environment },
  };
}

async function readPacketFile(name: string, text: string): Promise<OpenedExample> {
  const value = (name.endsWith('.yaml') ? await parseYaml(text) : JSON.parse(text)) as
    | readonly Packet[]
    | { readonly packets: readonly Packet[]; readonly environment?: Environment };
  return 'packets' in value ? { packets: value.packets, environment: value.environment ?? {} } : { packets: value, environment: {} };
}

/** Rejects without a word where the network is not there: the browser's own are in no language of the page. */
export async function fetchText(address: string): Promise<string> {
  const { ok, status, text } = await fetchEarly(address).catch(() => {
    throw new Error('');
  });
  if (!ok) throw new Error(`${address}: ${status}`);
  return text;
}
