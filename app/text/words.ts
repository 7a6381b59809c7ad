/**
 * The dictionary's shape and the one way to get at it. A language that lacks a key does not type-check. English is there
 * from the start; Chinese once somebody brings it along (languages.ts): it is 11 kB that most first loads need not wait for.
 */

import { en } from './en.ts';

export type Words = typeof en;
export type Language = 'en' | 'zh';

const dictionaries: { en: Words; zh: Words | null } = { en, zh: null };

export function bring(chinese: Words): void {
  dictionaries.zh = chinese;
}

/** Whether this language can be spoken now. */
export function speaks(language: Language): boolean {
  return dictionaries[language] !== null;
}

/** What there is, English first. */
export function spoken(): readonly Words[] {
  return dictionaries.zh ? [en, dictionaries.zh] : [en];
}

/** English where the language was not brought along. */
export function wordsOf(language: Language): Words {
  return dictionaries[language] ?? en;
}
