/** The list of scenarios that ship with the page: it is asked for when it is needed. */

import type { ExampleEntry } from '../store/state.ts';
import type { App } from '../store/store.ts';
import { fetchExamples, findExample, shippedEntry } from './examples.ts';

interface ExampleList {
  /** Resolves when the list has come, or will not, which is said. */
  bring(): Promise<void>;
  /** Whether there is such a scenario, by its id or a name that it had. What its walk tells needs no list. */
  has(id: string): Promise<boolean>;
}

/** The page knows the list from then on. Rejects where it does not come. */
export async function listExamples({ store, know }: Pick<App, 'store' | 'know'>): Promise<readonly ExampleEntry[]> {
  const examples = await fetchExamples();
  if (store.getState().scenario.examples !== examples) know({ examples });
  return examples;
}

export function createExampleList(app: Pick<App, 'store' | 'know' | 'say'>): ExampleList {
  const bring = async (): Promise<void> => {
    try {
      await listExamples(app);
    } catch (error) {
      app.know({ examples: [] });
      app.say({ kind: 'example-failed', detail: error instanceof Error ? error.message : String(error) });
    }
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
