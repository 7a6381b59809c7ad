/** A page without a page: the store with the engine behind it, on a scenario that ships or on files of one's own. */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Environment, Packet } from '../../engine/index.ts';
import { findExample, readExampleList } from '../../app/shipped/examples.ts';
import { openingOf, type Link } from '../../app/share/link.ts';
import { draftOf } from '../../app/store/draft.ts';
import { NODE_CHANGES } from '../../app/store/node-changes.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { describe } from '../../app/worker/cluster.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';
import list from '../../public/examples/index.json' with { type: 'json' };

export const EXAMPLES = readExampleList(list);

/** Whatever is opened in it is walked at once. */
export function openPage(): App {
  let id = 0;
  const session = createSession(engine, (answer: Answer) => app.take(answer));
  const app: App = createApp(
    {
      run: ({ files, cluster, packets, environment }) => {
        session({ kind: 'run', id: ++id, files, cluster, packets, environment }, describe);
        return id;
      },
      why: (packet, step, rule) => session({ kind: 'why', id, packet, step, rule }),
      set: () => {},
    } as Parameters<typeof createApp>[0],
    {},
    NODE_CHANGES,
  );
  app.know({ examples: EXAMPLES });
  return app;
}

/** False: there is no such scenario. */
export function openScenario(app: App, name: string, link: Link | null = null): boolean {
  const entry = findExample(EXAMPLES, name);
  if (!entry) return false;
  const { id } = entry;
  const value = parse(readFileSync(`public/${entry.packets}`, 'utf8')) as readonly Packet[] | { readonly packets: readonly Packet[]; readonly environment?: Environment };
  const { packets, environment = {} } = 'packets' in value ? value : { packets: value };
  app.know({ opened: { ...app.store.getState().scenario.opened, [id]: { packets, environment } } });
  const drafts = packets.map(draftOf);
  const files = [{ name: 'node', text: readFileSync(`public/${entry.node}`, 'utf8') }];
  const opening = link && openingOf(link, drafts);
  app.open({ example: id, files, cluster: entry.cluster, packets: drafts, environment, ...opening?.document }, { ...opening?.place });
  return true;
}
