/** Changing to Chinese waits for all that is to be said in it. */

import { expect, test } from 'vitest';
import { inOneLanguage } from '../../app/store/one-language.ts';
import { createApp, type App } from '../../app/store/store.ts';

function page(): { readonly app: App; readonly language: () => string; readonly comes: (there: boolean) => Promise<void> } {
  const waiting: ((there: boolean) => void)[] = [];
  const app = inOneLanguage(createApp({ run: () => 0, why: () => undefined }), () => new Promise((resolve) => waiting.push(resolve)));
  return {
    app,
    language: () => app.store.getState().settings.language,
    comes: async (there) => {
      waiting.shift()?.(there);
      await Promise.resolve();
    },
  };
}

test('it is Chinese once all of it is there; back to English at once', async () => {
  const { app, language, comes } = page();
  app.set({ language: 'zh' });
  expect(language()).toBe('en');
  await comes(true);
  expect(language()).toBe('zh');
  app.set({ language: 'en' });
  expect(language()).toBe('en');
});
test('where Chinese cannot be had it stays English', async () => {
  const { app, language, comes } = page();
  app.set({ language: 'zh' });
  await comes(false);
  expect(language()).toBe('en');
});
test('whoever chooses English meanwhile has it; another setting chooses no language', async () => {
  const { app, language, comes } = page();
  app.set({ language: 'zh' });
  app.set({ language: 'en' });
  await comes(true);
  expect(language()).toBe('en');
  app.set({ language: 'zh' });
  app.set({ theme: 'dark' });
  await comes(true);
  expect([language(), app.store.getState().settings.theme]).toEqual(['zh', 'dark']);
});
