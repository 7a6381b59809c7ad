/** What this browser keeps: settings, and the person's own files for as long as the tab lives. All of it is optional. */

import type { Document } from '../store/document.ts';
import { PACES, VERBOSITIES, type SettingsSlice } from '../store/state.ts';
import { OWN_WORK, readDocument } from './link.ts';

const SETTINGS = 'packetwalk.settings';
const FILES = 'packetwalk.files';
const PACKETS = 'packetwalk.packets';

/** Storage may be missing or full: then nothing is kept, and nothing else changes. */
function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}

/** What a link chose: it is for this visit. */
const lent: { language?: SettingsSlice['language']; theme?: SettingsSlice['theme'] } = {};

/** A link says how the page is to be seen. That is not what the person chose: it is not kept, until the person does choose. */
export function lendSettings(link: { readonly language: SettingsSlice['language'] | null; readonly theme: SettingsSlice['theme'] | null } | null): void {
  if (link?.language) lent.language = link.language;
  if (link?.theme) lent.theme = link.theme;
}

export function keepSettings(settings: SettingsSlice): void {
  const kept: Partial<SettingsSlice> = { ...settings };
  const before = keptSettings();
  for (const name of ['language', 'theme'] as const) {
    if (settings[name] !== lent[name]) delete lent[name];
    else Object.assign(kept, { [name]: before[name] });
  }
  attempt(() => localStorage.setItem(SETTINGS, JSON.stringify(kept)));
}

export function keptSettings(): Partial<SettingsSlice> {
  const value = attempt(() => JSON.parse(localStorage.getItem(SETTINGS) ?? '{}') as Record<string, unknown>);
  return {
    ...((value?.language === 'en' || value?.language === 'zh') && { language: value.language }),
    ...((value?.theme === 'auto' || value?.theme === 'light' || value?.theme === 'dark') && { theme: value.theme }),
    ...(PACES.some((pace) => pace === value?.pace) && { pace: value?.pace as SettingsSlice['pace'] }),
    ...(VERBOSITIES.some((one) => one === value?.verbosity) && { verbosity: value?.verbosity as SettingsSlice['verbosity'] }),
    ...(typeof value?.singleKeys === 'boolean' && { singleKeys: value.singleKeys }),
    ...(typeof value?.ownKeys === 'object' && value.ownKeys !== null && { ownKeys: readOwnKeys(value.ownKeys) }),
    ...(typeof value?.splits === 'object' && value.splits !== null && { splits: readSplits(value.splits) }),
  };
}

function readOwnKeys(value: object): SettingsSlice['ownKeys'] {
  const entries = Object.entries(value).filter(([, key]) => typeof key === 'string' && [...key].length <= 1);
  return Object.fromEntries(entries) as SettingsSlice['ownKeys'];
}

function readSplits(value: { readonly columns?: unknown; readonly rows?: unknown }): SettingsSlice['splits'] {
  const percent = (share: unknown): number | null => (typeof share === 'number' && share > 0 && share < 100 ? share : null);
  return { columns: percent(value.columns), rows: percent(value.rows) };
}

/** Most characters of files that the tab's own storage gets. */
const MOST_KEPT = 300_000;

let keptFiles: Document['files'] | null = null;

/** Entry among the recent documents that this tab works on. */
const ENTRY = 'packetwalk.entry';

/**
 * Files may be megabytes: they are written only when they are others. False if there is no room for them: then only the rest is
 * kept, with what tells the files that it belongs to.
 */
export function keepDocument({ files, ...rest }: Document): boolean {
  const kept = attempt(() => {
    // Written at once, a text of megabytes would stop the page: the database takes it.
    if (files !== keptFiles && files.reduce((length, { text }) => length + text.length, 0) > MOST_KEPT) return false;
    if (files !== keptFiles) sessionStorage.setItem(FILES, JSON.stringify(files));
    sessionStorage.setItem(PACKETS, JSON.stringify(rest));
    return true;
  });
  keptFiles = kept ? files : null;
  if (!kept) {
    for (const key of [FILES, PACKETS]) attempt(() => sessionStorage.removeItem(key));
    attempt(() => sessionStorage.setItem(PACKETS, JSON.stringify({ ...rest, of: signOf(files) })));
  }
  return kept === true;
}

/** Places in a text that are looked at to know it again. */
const SAMPLES = 1000;
const signs = new WeakMap<Document['files'], string>();

/** Tells files apart without going through megabytes of them. */
function signOf(files: Document['files']): string {
  const known = signs.get(files);
  if (known !== undefined) return known;
  let sum = 0;
  for (const { text } of files) for (let i = 0; i < SAMPLES; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(Math.floor((i / SAMPLES) * text.length))) | 0;
  const sign = `${files.map(({ name, text }) => `${name} ${text.length}`).join('\n')} ${sum}`;
  signs.set(files, sign);
  return sign;
}

/** Files that were too large for this tab, with what was kept beside them: it is newer than what lies with the files. */
export function withKeptPackets(document: Document): Document {
  const rest = attempt(() => JSON.parse(sessionStorage.getItem(PACKETS) ?? 'null') as { readonly of?: string } | null);
  if (rest?.of === undefined || rest.of !== signOf(document.files)) return document;
  return readDocument({ ...rest, files: document.files }) ?? document;
}

export function keepEntry(id: string): void {
  attempt(() => sessionStorage.setItem(ENTRY, id));
}

export function keptEntry(): string | null {
  return attempt(() => sessionStorage.getItem(ENTRY));
}

const UNSAID = 'packetwalk.unsaid';

/** What is on the page while the address still says `said`; null: it says it. */
export function keepUnsaid(said: string, next: string | null): void {
  attempt(() => (next === null ? sessionStorage.removeItem(UNSAID) : sessionStorage.setItem(UNSAID, JSON.stringify([said, next, keptEntry()]))));
}

/** What an address that says `said` would say, had a reload not come first; null: it says it. */
export function unsaidAt(said: string): string | null {
  const [was, next, entry] = attempt(() => JSON.parse(sessionStorage.getItem(UNSAID) ?? '[]') as readonly (string | null)[]) ?? [];
  if (was !== said) return null;
  // They have no name yet: what this tab worked on before is not what it goes on with.
  if (next === OWN_WORK && entry === keptEntry()) attempt(() => sessionStorage.removeItem(ENTRY));
  return next ?? null;
}

const TIME = 'packetwalk.time';

/** When this tab kept its entry last. */
export function keepTime(id: string, time: number): void {
  attempt(() => sessionStorage.setItem(TIME, `${id} ${time}`));
}

/** Null: this tab kept another one. */
export function keptTime(id: string): number | null {
  const [of, time] = attempt(() => sessionStorage.getItem(TIME))?.split(' ') ?? [];
  return of === id ? Number(time) : null;
}

export function keptDocument(): Document | null {
  const [files, rest] = [FILES, PACKETS].map((key) => attempt(() => JSON.parse(sessionStorage.getItem(key) ?? 'null') as object | null));
  return readDocument({ ...rest, files });
}
