/**
 * What was worked on before: the last documents, in this browser's database (IndexedDB: files may be megabytes). A document
 * that is worked on further stays one entry; another one that is opened becomes another. A scenario with other packets is kept as
 * its link. What is only a scenario as it ships is not kept: it is in the gallery. Where another tab has worked on an entry since, what is
 * done here goes on in an entry of its own: neither takes the place of the other.
 */

import { isOwnWork, type Document } from '../store/document.ts';
import type { State } from '../store/state.ts';
import { documentPart, readDocument, writeLink } from './link.ts';
import { keepTime, keptTime, withKeptPackets } from './kept.ts';

export interface RecentEntry {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Names of files; empty for a scenario. */
  readonly files: readonly string[];
  /** Id of the scenario it began as, null for the person's own files. */
  readonly example: string | null;
  /** `10.0.11.2 → 8.8.8.8 tcp 443`, the first packet as typed. */
  readonly packet: string;
  readonly packets: number;
  /** Fragment that opens it; null: the document itself is kept. */
  readonly link: string | null;
}

const MOST_RECENT = 20;
const [DATABASE, ENTRIES, DOCUMENTS] = ['packetwalk', 'recent', 'documents'];

let connection: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  connection ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(ENTRIES, { keyPath: 'id' });
      request.result.createObjectStore(DOCUMENTS);
    };
    request.onsuccess = () => {
      const opened = request.result;
      const forget = (): void => {
        connection = null;
      };
      // A newer page in another tab needs it for itself alone; it is opened again when it is needed.
      opened.onversionchange = () => {
        opened.close();
        forget();
      };
      opened.onclose = forget;
      resolve(opened);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('another tab blocks the database'));
  });
  connection.catch(() => {
    connection = null;
  });
  return connection;
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error ?? new Error('the browser has no room'));
  });
}

/** The newest first. Rejects where the browser keeps nothing. */
export async function listRecent(): Promise<readonly RecentEntry[]> {
  const entries: RecentEntry[] = await answer((await database()).transaction(ENTRIES).objectStore(ENTRIES).getAll());
  return entries.sort((a, b) => b.time - a.time);
}

/** Null: it is not kept any more. */
export async function recentDocument(id: string): Promise<Document | null> {
  return readDocument(await answer((await database()).transaction(DOCUMENTS).objectStore(DOCUMENTS).get(id)));
}

/** When an entry was kept last, by whichever tab; null: it is not. */
async function timeOf(id: string): Promise<number | null> {
  const entry: RecentEntry | undefined = await answer((await database()).transaction(ENTRIES).objectStore(ENTRIES).get(id));
  return entry?.time ?? null;
}

/** How often all was forgotten: what waited to be kept then is forgotten, too. */
let forgotten = 0;

export async function forgetRecent(): Promise<void> {
  forgotten++;
  const transaction = (await database()).transaction([ENTRIES, DOCUMENTS], 'readwrite');
  transaction.objectStore(ENTRIES).clear();
  transaction.objectStore(DOCUMENTS).clear();
  await finished(transaction);
}

/** The same scenario with the same packets, at whatever step: opened again by its link or by going back, it is no other work. */
function sameWork(a: RecentEntry, b: RecentEntry): boolean {
  return a.link !== null && b.link !== null && documentPart(a.link) === documentPart(b.link);
}

/** Keeps it in place of what is the same, and lets the oldest go where there are too many. Rejects where there is no room for it. */
async function keepRecent(entry: RecentEntry, document: Document | null): Promise<void> {
  const db = await database();
  const transaction = db.transaction([ENTRIES, DOCUMENTS], 'readwrite');
  transaction.objectStore(ENTRIES).put(entry);
  if (document) transaction.objectStore(DOCUMENTS).put(document, entry.id);
  else transaction.objectStore(DOCUMENTS).delete(entry.id);
  const done = finished(transaction);
  // Said at once, it is kept even where the page goes away now.
  transaction.commit();
  await done;
  const all = await listRecent();
  const again = all.filter((one) => one.id !== entry.id && sameWork(one, entry));
  const others = all.filter((one) => !again.includes(one));
  const gone = [...again, ...others.slice(MOST_RECENT)];
  if (gone.length === 0) return;
  const pruning = db.transaction([ENTRIES, DOCUMENTS], 'readwrite');
  for (const { id } of gone) for (const store of [ENTRIES, DOCUMENTS]) pruning.objectStore(store).delete(id);
  await finished(pruning);
}

/** What an entry says of what is on the page; null where that is nothing of the person's own. */
export function recentEntry(state: State, id: string, time: number): { readonly entry: RecentEntry; readonly document: Document | null } | null {
  const { document, scenario } = state;
  if (!isOwnWork(document, scenario.opened)) return null;
  const [first] = document.packets;
  const { src = '', dst = '', proto = '', dport = '' } = first?.fields ?? {};
  const common = { id, time, example: document.example, packet: `${src} → ${dst} ${proto} ${dport}`.trim(), packets: document.packets.length };
  if (document.example !== null) return { entry: { ...common, files: [], link: writeLink(state) }, document: null };
  return { entry: { ...common, files: document.files.map(({ name }) => name), link: null }, document };
}

// --- Keeping while one works --------------------------------------------------------------------------------------

/** How long work rests before it is kept, in milliseconds. */
const PAUSE = 600;

export interface Recorder {
  /** What is on the page changed. */
  changed(state: State, before: State): void;
  /** Keeps at once what was not kept yet. */
  flush(): void;
}

/** Entries that documents belong to: what is brought back, by Undo or from the list, goes on as what it was. */
const entryOf = new WeakMap<Document, string>();
/** When entries were kept that are worked on here, as far as this tab knows. */
const times = new Map<string, number | null>();

/** The document is what was kept at that time, or in the tab itself. */
export function adopt(document: Document, id: string, time = keptTime(id)): void {
  entryOf.set(document, id);
  times.set(id, time);
}

/** The entry of that id, else the newest with files of the person's own; null where there is none. */
export async function lastOwn(id: string | null): Promise<Document | null> {
  const own = (await listRecent()).filter(({ link }) => link === null);
  const entry = own.find((one) => one.id === id) ?? own[0];
  const kept = entry ? await recentDocument(entry.id) : null;
  if (!entry || !kept) return null;
  const document = withKeptPackets(kept);
  adopt(document, entry.id, entry.time);
  return document;
}

/** `began` hears of each entry that is worked on from then on; `failed` of what could not be kept. */
export function createRecorder({
  began,
  failed,
  keep = keepRecent,
  lookUp = timeOf,
  now = Date.now,
}: {
  began: (id: string) => void;
  failed: () => void;
  keep?: typeof keepRecent;
  lookUp?: typeof timeOf;
  now?: () => number;
}): Recorder {
  let current: string | null = null;
  /** Number of documents opened when the last change was heard of. */
  let opened = -1;
  let waiting: State | null = null;
  /** `forgotten` when it began to wait. */
  let since = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  /** It is being looked up whether another tab has worked on the entry; and what waits is to be kept as soon as that is known. */
  let [unsure, due] = [false, false];
  let lookedUp = 0;
  /** Entries that work went on in, by those that another tab works on. */
  const instead = new Map<string, string>();

  function write(atOnce = false): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    due = unsure && !atOnce;
    if (due) return;
    lookedUp++;
    unsure = false;
    const state = waiting;
    waiting = null;
    const made = state && current !== null && since === forgotten ? recentEntry(state, current, now()) : null;
    if (!made) return;
    const { id, time } = made.entry;
    const before = times.get(id);
    times.set(id, time);
    keepTime(id, time);
    keep(made.entry, made.document).catch(() => {
      if (before !== undefined) times.set(id, before);
      else times.delete(id);
      failed();
    });
  }

  async function look(id: string): Promise<void> {
    const mine = ++lookedUp;
    unsure = true;
    const time = await lookUp(id).catch(() => null);
    if (mine !== lookedUp) return;
    unsure = false;
    if (time !== null && time !== times.get(id)) goOn();
    if (due) write();
  }

  /** In an entry of its own. */
  function goOn(): void {
    const id = newId(now());
    instead.set(current as string, id);
    current = id;
    if (waiting) entryOf.set(waiting.document, id);
    began(id);
  }

  function entryFor(document: Document): string | undefined {
    let id = entryOf.get(document);
    while (id !== undefined && instead.has(id)) id = instead.get(id);
    return id;
  }

  return {
    changed(state, before) {
      if (state.document === before.document) return;
      const goesOn = current !== null && state.history.opened === opened;
      opened = state.history.opened;
      const known = entryFor(state.document) ?? (goesOn ? (current as string) : null);
      const id = known ?? newId(now());
      if (id !== current) {
        // What was there before has an entry of its own, and is whole in it.
        write(true);
        current = id;
        began(id);
      }
      entryOf.set(state.document, id);
      // Nobody else knows of what was never kept.
      if (waiting === null && times.has(id)) void look(id);
      waiting = state;
      since = forgotten;
      timer ??= setTimeout(() => write(), PAUSE);
    },
    // A page that goes away hears no answer any more.
    flush: () => write(isHidden()),
  };
}

function isHidden(): boolean {
  return globalThis.document?.visibilityState === 'hidden';
}

/** Not secret, only distinct: `crypto.randomUUID` is missing where the page is served without TLS. */
function newId(time: number): string {
  return `${time.toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}
