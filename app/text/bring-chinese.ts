/** Chinese, which an English page does not load: the page's own words, and the engine's sentences. */

import { speaks } from './words.ts';

/** Most that a person waits for what the engine said to come in Chinese, before the rest of the page is, in milliseconds. */
const ENGINE_MAY_TAKE = 1500;

interface Chinese {
  /** The page's own words. Where they cannot be loaded the page speaks English. */
  words(): Promise<void>;
  /** The words, and what the engine has said, unless that takes too long. False: they cannot be had. */
  all(): Promise<boolean>;
  /** The engine has said it. */
  said(): void;
}

/** `ask` has the engine say what it said in Chinese, too: true where an answer comes. `failed`: the words cannot be loaded. */
export function createChinese(ask: () => boolean, failed: () => void): Chinese {
  let came: (() => void) | null = null;

  async function words(): Promise<void> {
    try {
      await import('./languages.ts');
    } catch {
      failed();
    }
  }

  return {
    words,
    async all() {
      const said = ask()
        ? new Promise<void>((resolve) => {
            came = resolve;
            setTimeout(resolve, ENGINE_MAY_TAKE);
          })
        : null;
      await Promise.all([words(), said]);
      came = null;
      return speaks('zh');
    },
    said: () => came?.(),
  };
}
