/**
 * Walks that were made with the page: the embed's data (setup/embed.js) answer for a scenario as it ships, so that it shows
 * before the engine is here. Where they are not, as in a page that is being worked on, the engine answers.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import type { Document } from '../store/document.ts';
import { sortedJson } from '../store/sorted-json.ts';
import type { NodeSummary, OpenableEntry, TraceView } from '../store/state.ts';

export interface ShippedWalk {
  readonly packets: readonly Packet[];
  readonly environment: Environment;
  readonly traces: readonly TraceView[];
  readonly problems: NodeSummary['problems'];
  readonly node: NodeSummary;
}

interface ShippedScenario extends ShippedWalk {
  readonly id: string;
  readonly title: OpenableEntry['title'];
  /** Names in the example's folder: of the node or the cluster, and of the packets. */
  readonly files: readonly [node: string, packets: string];
  readonly cluster?: true;
}

type ScenarioValue = Omit<ShippedScenario, 'node'>;

const nodes = new Map<string, Promise<NodeSummary | null>>();

const walks = new Map<string, Promise<ShippedScenario | null>>();

/** Null if there is none. By an earlier name of the scenario, too. */
export function fetchShipped(id: string): Promise<ShippedScenario | null> {
  let walk = walks.get(id);
  if (!walk) {
    walk = fetchBoth(id);
    walks.set(id, walk);
  }
  return walk;
}

async function fetchBoth(id: string): Promise<ShippedScenario | null> {
  const name = id.split('/', 1)[0] as string;
  let node = nodes.get(name);
  if (!node) {
    node = fetchValue<NodeSummary>(`embed/data/${name}.node.js`);
    nodes.set(name, node);
  }
  const [found, scenario] = await Promise.all([node, fetchValue<ScenarioValue>(`embed/data/${id}.js`)]);
  return found && scenario && { ...scenario, node: found };
}

/** The value in a script that hands it to `packetwalkData`. */
async function fetchValue<T>(address: string): Promise<T | null> {
  try {
    const { ok, text } = await fetchEarly(address);
    // A server that has no such file may answer with the page.
    const value = /^packetwalkData\("[^"]*",/.exec(ok ? text : '');
    return value && (JSON.parse(text.slice(value[0].length, text.lastIndexOf(')'))) as T);
  } catch {
    return null;
  }
}

interface Fetched extends Pick<Response, 'ok' | 'status'> {
  readonly text: string;
}

/** What index.html has asked for already is not asked for again. */
export function fetchEarly(address: string): Promise<Fetched> {
  const { packetwalkEarly: early } = globalThis as { packetwalkEarly?: Record<string, Promise<Fetched> | undefined> };
  const found = early?.[address];
  // Its name stays: what was asked for here is not asked for there again.
  if (early) early[address] = undefined;
  return found ?? fetch(address).then(async (response) => ({ ok: response.ok, status: response.status, text: await response.text() }));
}

/** By the files of a node, then by what is sent to it. */
const known = new WeakMap<Document['files'], Map<string, ShippedWalk>>();

/** From now on this walk answers for these files and its packets. */
export function ship(files: Document['files'], walk: ShippedWalk): void {
  const walks = known.get(files) ?? new Map<string, ShippedWalk>();
  known.set(files, walks.set(walkKey(walk), walk));
}

export function shippedFor(run: Pick<ShippedWalk, 'packets' | 'environment'> & { readonly files: Document['files'] }): ShippedWalk | null {
  return known.get(run.files)?.get(walkKey(run)) ?? null;
}

/** Packets that were typed list their fields otherwise. */
function walkKey({ packets, environment }: Pick<ShippedWalk, 'packets' | 'environment'>): string {
  return sortedJson([packets, environment]);
}
