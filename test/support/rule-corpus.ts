/** Rule sets found in public places: other people's text, of which nothing is in the repository. They are looked for beside it. */

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder, which need not be there. */
export const CORPUS = process.env.RULE_CORPUS ?? fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

/** Names of its files that end so, in order; none without the folder. */
export function corpusFiles(...endings: readonly string[]): readonly string[] {
  return existsSync(CORPUS)
    ? readdirSync(CORPUS)
        .filter((name) => endings.some((ending) => name.endsWith(ending)))
        .sort()
    : [];
}
