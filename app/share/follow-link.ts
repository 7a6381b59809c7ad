/**
 * What happens when a link is opened: at the start, on going back and forward, and where somebody types another address. A scenario is
 * chosen as if by hand; files of one's own come out of the link, or from where they were kept. A link that cannot be opened takes nothing
 * away, and says so.
 */

import type { Document } from '../store/document.ts';
import type { App } from '../store/store.ts';
import type { Address } from './address.ts';
import { lendSettings } from './kept.ts';
import { readLink, unpackDocument, type Link } from './link.ts';

interface LinkNeeds {
  readonly app: Pick<App, 'store' | 'open' | 'select' | 'set' | 'say' | 'know'>;
  readonly address: Pick<Address, 'follow'>;
  /** Scenario that the page opens on when nothing else can be. */
  readonly first: string;
  /** Whether there is such a scenario. */
  hasExample(id: string): Promise<boolean>;
  /** Opens a scenario that there is; `link` says what differs from it. */
  choose(id: string, link: Link | null): Promise<void>;
  /** The person's own files that belong to this entry of the browser's history; null: they are not kept. */
  ownWork(): Promise<Document | null>;
}

/** Whether a link still is the last that was followed; and whether nothing was opened since, either. */
interface Asked {
  latest(): boolean;
  wanted(): boolean;
}

/** Characters of a fragment nobody can read that are said. */
const MOST_SAID = 40;
/** Files packed in a way that only a page to come knows. */
const PACKED_OTHERWISE = /^#\/x\/\d+\./;

/** The function that opens a fragment. Of several that follow each other quickly the last one counts; what the person opens meanwhile counts more. */
export function linkFollower({ app, address, first, hasExample, choose, ownWork }: LinkNeeds): (fragment: string) => Promise<void> {
  const notUnderstood = (detail: string): void => app.say({ kind: 'unknown-link', detail });

  /** There is always something to look at. False: something else was opened meanwhile. */
  async function openFirst({ latest, wanted }: Asked): Promise<boolean> {
    await hasExample(first);
    if (!wanted()) return false;
    if (app.store.getState().document.files.length === 0) await choose(first, null);
    return latest();
  }

  async function openFiles(link: Link, asked: Asked): Promise<void> {
    const { source, step, rule, part, caused } = link;
    const document = source.kind === 'packed' ? await unpackDocument(source.data) : await ownWork();
    if (!asked.wanted()) return;
    if (document) {
      app.open(document, { step, rule, part, packet: link.packet, caused });
      if (link.unknown.length > 0) notUnderstood(link.unknown.join(' '));
      return;
    }
    if (await openFirst(asked)) app.say({ kind: source.kind === 'own' ? 'own-link' : 'broken-link', detail: '' });
  }

  async function openExample(id: string, link: Link, asked: Asked): Promise<void> {
    const there = await hasExample(id);
    if (!asked.wanted()) return;
    if (there) return choose(id, link);
    if (await openFirst(asked)) notUnderstood(id);
  }

  async function open(fragment: string, latest: () => boolean): Promise<void> {
    const link = readLink(fragment);
    const { opened } = app.store.getState().history;
    const asked: Asked = { latest, wanted: () => latest() && app.store.getState().history.opened === opened };
    // A scenario that is still loading was asked for before this.
    app.know({ loading: null });
    if (link === null) {
      if (!(await openFirst(asked))) return;
      if (PACKED_OTHERWISE.test(fragment)) app.say({ kind: 'newer-link', detail: fragment.slice(0, MOST_SAID) });
      else if (fragment.startsWith('#/')) notUnderstood(fragment.slice(0, MOST_SAID));
      return;
    }
    app.select({ altitude: link.altitude });
    lendSettings(link);
    if (link.language) app.set({ language: link.language });
    if (link.cluster) app.select({ clusterShown: true, panel: 'cluster' });
    return link.source.kind === 'example' ? openExample(link.source.id, link, asked) : openFiles(link, asked);
  }

  return async (fragment) => {
    const way = address.follow();
    try {
      await open(fragment, way.latest);
    } finally {
      way.arrived();
    }
  };
}
