/** All languages: whoever imports this speaks them from then on. The page does so when it is asked to speak Chinese; what has to hold both imports it at once. */

// First, so that in a figure, which has both, neither part of it comes between the two dictionaries: what packs a script sees 32 kB of it at a time.
import { zh } from './zh.ts';

import { en } from './en.ts';
import { bring, type Language, type Words } from './words.ts';

export const LANGUAGES = { en, zh } as const satisfies Record<Language, Words>;

bring(zh);
