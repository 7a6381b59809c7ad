/**
 * What an embed shows, made with the page: each scenario's walk, the rules of its node, the text of the node. They come as
 * classic scripts that hand their value to `packetwalkData`, since in a sandboxed frame nothing can be fetched. A
 * scenario needs two of them; the text is for the engine alone and loaded with it.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import type { Bilingual, NodeSummary, SourceFile, TraceView } from '../worker/messages.ts';

/** A source to try in place of the packet's own, and what becomes of the packet then. */
export interface SourceChoice {
  readonly src: string;
  readonly fate: Bilingual;
}

export interface ScenarioData {
  readonly id: string;
  readonly title: Bilingual;
  /** Names of its files in the example's folder, so that the page need not wait for the list of all scenarios: the node's, or the cluster's, and the packets'. */
  readonly files: readonly [node: string, packets: string];
  readonly cluster?: true;
  /** Name of the node it is walked on. */
  readonly node: string;
  readonly packets: readonly Packet[];
  readonly environment: Environment;
  readonly traces: readonly TraceView[];
  readonly problems: NodeSummary['problems'];
  /** For the first packet, its own among them; one or none: nothing to choose. */
  readonly sources: readonly SourceChoice[];
}

/** Keys of the three scripts, and their addresses from the embed's folder. */
export const scriptKeyOf = {
  scenario: (id: string): string => `scenario ${id}`,
  node: (name: string): string => `node ${name}`,
  files: (name: string): string => `files ${name}`,
};

export const scriptOf = {
  scenario: (id: string): string => `data/${id}.js`,
  node: (name: string): string => `data/${name}.node.js`,
  files: (name: string): string => `data/${name}.files.js`,
};

/** Ids are of these characters only: they become addresses. */
export const SCENARIO_ID = /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)?$/;

/** Values that came, and scripts that are there or on their way. */
interface Shelf {
  readonly known: Map<string, unknown>;
  readonly asked: Map<string, Promise<void>>;
}

interface Globals {
  packetwalkShelf?: Shelf;
  packetwalkData?: (key: string, value: unknown) => void;
}

/** The script in the HTML and the embed's own share it: what the one loads early the other finds. */
function shelf(): Shelf {
  const globals = globalThis as Globals;
  if (!globals.packetwalkShelf) {
    const made: Shelf = { known: new Map(), asked: new Map() };
    globals.packetwalkShelf = made;
    globals.packetwalkData = (key, value) => made.known.set(key, value);
  }
  return globals.packetwalkShelf;
}

/** Puts a script into the page; rejects without a word if it cannot be had. Each is loaded once. */
export function loadScript(address: string): Promise<void> {
  const { asked } = shelf();
  let promise = asked.get(address);
  if (!promise) {
    promise = new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = address;
      script.onload = () => resolve();
      script.onerror = () => {
        // Asked for again, it is tried again.
        asked.delete(address);
        script.remove();
        reject(new Error(''));
      };
      document.head.append(script);
    });
    asked.set(address, promise);
  }
  return promise;
}

async function loadValue<T>(key: string, address: string): Promise<T> {
  const { known } = shelf();
  if (!known.has(key)) await loadScript(address);
  const value = known.get(key);
  if (value === undefined) throw new Error(`${address} does not hold "${key}"`);
  return value as T;
}

/** The name of the node is the first part of the id: both scripts are asked for at once. */
export async function loadScenario(id: string): Promise<{ readonly scenario: ScenarioData; readonly node: NodeSummary }> {
  if (!SCENARIO_ID.test(id)) throw new Error(`no scenario "${id}"`);
  const name = id.split('/', 1)[0] as string;
  const [scenario, node] = await Promise.all([
    loadValue<ScenarioData>(scriptKeyOf.scenario(id), scriptOf.scenario(id)),
    loadValue<NodeSummary>(scriptKeyOf.node(name), scriptOf.node(name)),
  ]);
  return { scenario, node };
}

export function loadFiles(node: string): Promise<readonly SourceFile[]> {
  return loadValue(scriptKeyOf.files(node), scriptOf.files(node));
}
