/**
 * The page's address says what is on the page (share/link.ts writes it), and going back in the browser's history brings back what
 * was there: an edit or another document gets an entry of its own, steps, choices and typing in one field do not.
 *
 * An edit is written at once, steps and what follows soon after are written together: browsers limit how often the address may
 * be rewritten (Safari: 100 times in 30 s). While a link is being followed nothing is written, or the entry that one came to would be
 * overwritten by what is still on the page.
 */

import { hasOwnFiles } from '../store/document.ts';
import type { State } from '../store/state.ts';
import { isUnread } from '../store/unread.ts';
import { documentPart, OWN_WORK, writeLink } from './link.ts';

/** How long steps are collected, and least time between two edits that are written, in milliseconds. */
const ADDRESS_PAUSE = 300;

/** What of the browser is needed. */
interface Surroundings {
  readonly location: { readonly hash: string };
  readonly history: Pick<History, 'state' | 'pushState' | 'replaceState'>;
  now(): number;
  /** Calls when nothing else is to do, at the latest a moment later. */
  idle(work: () => void): void;
  /** Hears what the page would have the address say where it says something else yet; null: it says what is there. A reload comes at any moment. */
  unsaid(said: string, next: string | null): void;
}

export interface Address {
  /** What is on the page changed. */
  changed(state: State, before: State): void;
  /** Another link is being followed. What it is answered with says whether it still is the last one, and ends it. */
  follow(): { readonly latest: () => boolean; readonly arrived: () => void };
  /** The person's own files are kept under that name from now on. */
  keptAs(entry: string): void;
  /** The page is hidden or goes away: what the address was about to say is told to `unsaid`. */
  leave(): void;
  /** Name under which the own files of this entry of the history are kept; null: not known. */
  entry(): string | null;
}

export function createAddress(read: () => State, { location, history, now, idle, unsaid }: Surroundings): Address {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let written = Number.NEGATIVE_INFINITY;
  /** Number of links followed, and whether the last one still is. */
  let [followed, following] = [0, false];
  /** What comes next replaces the entry: the link was followed, not made by an edit. */
  let arrived = true;
  let past: readonly unknown[] = [];
  let opened = 0;
  let name: string | null = null;
  let soon = false;
  let isBehind = false;

  function told(document: State['document']): void {
    const was = isBehind;
    isBehind = hasOwnFiles(document) && !location.hash.startsWith(OWN_WORK);
    if (isBehind !== was) unsaid(location.hash, isBehind ? OWN_WORK : null);
  }

  const entry = (): string | null => (typeof history.state?.entry === 'string' ? history.state.entry : null);

  /** After the change at hand: one that a person makes may come in several. */
  function writeSoon(): void {
    if (soon) return;
    soon = true;
    queueMicrotask(() => {
      soon = false;
      write();
    });
  }

  /** Steps are written between two of them: to write takes the browser about as long as to paint. */
  function writeIdly(): void {
    const mine = timer;
    idle(() => timer === mine && write());
  }

  function write(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const page = read();
    if (following || page.document.files.length === 0) return;
    if (page.answer.traces.length === 0 && !isUnread(page)) {
      // Not walked yet, or it cannot be: the link stands as it came, and an edit comes after it. What nobody can read is the person's own all the same.
      ({ past, opened } = page.history);
      arrived = false;
      return;
    }
    const fragment = writeLink(page);
    const another = page.history.opened !== opened || documentPart(fragment) !== documentPart(location.hash);
    const edited = !arrived && page.history.past !== past && another;
    const keeps = fragment.startsWith(OWN_WORK) ? name : null;
    if (fragment !== location.hash || edited || keeps !== entry()) {
      written = now();
      const state = keeps === null ? null : { entry: keeps };
      if (edited) history.pushState(state, '', fragment);
      else history.replaceState(state, '', fragment);
    }
    ({ past, opened } = page.history);
    arrived = false;
    told(page.document);
  }

  return {
    changed(state, before) {
      if (state.document === before.document && state.selection === before.selection && state.settings === before.settings && state.answer === before.answer) return;
      // The language counts at once: what is opened by the address opens in it, and a reload opens by the address.
      if (state.settings !== before.settings) return writeSoon();
      // An edit comes next, after the paint that shows it; a step can wait.
      const edit = state.document !== before.document;
      if (edit) told(state.document);
      if (edit && timer !== null) clearTimeout(timer);
      if (edit) timer = setTimeout(write, Math.max(0, written + ADDRESS_PAUSE - now()));
      else timer ??= setTimeout(writeIdly, ADDRESS_PAUSE);
    },
    follow() {
      const mine = ++followed;
      following = true;
      return {
        latest: () => mine === followed,
        arrived: () => {
          if (mine !== followed) return;
          following = false;
          arrived = true;
          write();
        },
      };
    },
    leave() {
      const page = read();
      // Whatever is unsaid of files of one's own was told when they came.
      if (following || isBehind) return;
      const fragment = page.document.files.length === 0 ? location.hash : writeLink(page);
      unsaid(location.hash, fragment === location.hash ? null : fragment);
    },
    keptAs(entry) {
      name = entry;
      writeSoon();
    },
    entry,
  };
}
