/** All languages: whoever imports this speaks them from then on. The page does so when it is asked to speak Chinese; what has to hold both imports it at once. */

import { en } from './en.ts';
import { bring, type Language, type Words } from './words.ts';
import { zh } from './zh.ts';

export const LANGUAGES = { en, zh } as const satisfies Record<Language, Words>;

bring(zh);
