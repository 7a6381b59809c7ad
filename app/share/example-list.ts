/** The list of scenarios that ship with the page: it is asked for once, when it is needed. */

import type { App } from '../store/store.ts';
import { fetchExamples, findExample, shippedEntry } from './examples.ts';

export interface ExampleList {
  /** Resolves when the list has come, or will not, which is said. */
  bring(): Promise<void>;
  /** Whether there is such a scenario, by its id or a name that it had. What its walk tells needs no list. */
  has(id: string): Promise<boolean>;
}

export function createExampleList(app: Pick<App, 'store' | 'know' | 'say'>): ExampleList {
  let listed: Promise<void> | null = null;
  const bring = (): Promise<void> => {
    listed ??= fetchExamples().then(
      (examples) => app.know({ examples }),
      (error: unknown) => {
        app.know({ examples: [] });
        app.say({ kind: 'example-failed', detail: error instanceof Error ? error.message : String(error) });
      },
    );
    return listed;
  };
  return {
    bring,
    async has(id) {
      if (await shippedEntry(id)) return true;
      await bring();
      return findExample(app.store.getState().scenario.examples ?? [], id) !== undefined;
    },
  };
}
