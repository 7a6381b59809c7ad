/** What this browser keeps: settings, and the person's own files for as long as the tab lives. All of it is optional. */

import type { Document } from '../store/document.ts';
import type { SettingsSlice } from '../store/state.ts';
import { readDocument } from './link.ts';

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

export function keepSettings(settings: SettingsSlice): void {
  attempt(() => localStorage.setItem(SETTINGS, JSON.stringify(settings)));
}

export function keptSettings(): Partial<SettingsSlice> {
  const value = attempt(() => JSON.parse(localStorage.getItem(SETTINGS) ?? '{}') as Record<string, unknown>);
  return {
    ...((value?.language === 'en' || value?.language === 'zh') && { language: value.language }),
    ...((value?.theme === 'auto' || value?.theme === 'light' || value?.theme === 'dark') && { theme: value.theme }),
    ...(typeof value?.singleKeys === 'boolean' && { singleKeys: value.singleKeys }),
  };
}

let keptFiles: Document['files'] | null = null;

/** Files may be megabytes: they are written only when they are others. */
export function keepDocument({ files, packets, environment }: Document): void {
  if (files !== keptFiles) attempt(() => sessionStorage.setItem(FILES, JSON.stringify(files)));
  keptFiles = files;
  attempt(() => sessionStorage.setItem(PACKETS, JSON.stringify({ packets, environment })));
}

export function keptDocument(): Document | null {
  const [files, rest] = [FILES, PACKETS].map((key) => attempt(() => JSON.parse(sessionStorage.getItem(key) ?? 'null') as object | null));
  return readDocument({ ...rest, files });
}
