/** The dictionary's shape and the one way to get at it. A language that lacks a key does not type-check. */

import { en } from './en.ts';
import { zh } from './zh.ts';

export type Words = typeof en;

export const LANGUAGES = { en, zh } as const satisfies Record<string, Words>;

export function wordsOf(language: keyof typeof LANGUAGES): Words {
  return LANGUAGES[language];
}
