/** Opens a scenario in an embed: as it ships, with what a link says is different. */

import { draftOf } from '../store/draft.ts';
import type { App } from '../store/store.ts';
import type { SourceFile } from '../worker/messages.ts';
import { openingOf, readLink } from '../share/link.ts';
import { loadScenario, type ScenarioData } from './data.ts';
import type { EmbedWalker } from './walker.ts';

/** The same node gives the same files, so that it is parsed once. Their text is loaded with the engine. */
const nodes = new Map<string, readonly SourceFile[]>();

/** Number of the scenario that was asked for last: one that was asked for before it and comes after it is not shown. */
let newest = 0;

/** `link` is a scenario's id or a fragment `#/s/<id>?…`. Rejects if there is no such scenario; null: another one was asked for meanwhile. */
export async function openScenario(app: App, walker: EmbedWalker, link: string): Promise<ScenarioData | null> {
  const read = readLink(link.startsWith('#') ? link : `#/s/${link}`);
  if (read?.source.kind !== 'example') throw new Error(`no scenario "${link}"`);
  const asked = ++newest;
  const { scenario, node } = await loadScenario(read.source.id);
  if (asked !== newest) return null;
  // By its name of today, whatever the link calls it.
  const { id } = scenario;
  const files = nodes.get(scenario.node) ?? [{ name: 'node.snapshot', text: '' }];
  nodes.set(scenario.node, files);
  walker.offer(files, scenario, node);
  const { packets: shipped, environment } = scenario;
  app.know({ examples: [], opened: { ...app.store.getState().scenario.opened, [id]: { packets: shipped, environment } } });
  const { document, place } = openingOf(read, shipped.map(draftOf));
  // What a scenario is about is where its packets lead to: the last of them, if none is named.
  const named = /[?&]at=\d/.test(link);
  const packet = named ? read.packet : document.packets.length - 1;
  if (read.language) app.set({ language: read.language });
  app.select({ altitude: read.altitude });
  app.open({ example: id, files, cluster: false, environment, ...document }, { ...place, packet, undoable: false });
  if (read.unknown.length > 0) app.say({ kind: 'unknown-link', detail: read.unknown.join(' ') });
  return scenario;
}
