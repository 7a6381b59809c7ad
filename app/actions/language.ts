import type { Action } from './action.ts';

export const language: Action = {
  name: 'language',
  label: (words) => words.actions.language,
  keys: [],
  available: () => true,
  perform: (app) => app.set({ language: app.store.getState().settings.language === 'en' ? 'zh' : 'en' }),
};
