import type { Theme } from '../store/state.ts';
import type { Action } from './action.ts';

const AFTER: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };

export const theme: Action = {
  name: 'theme',
  label: (words) => words.actions.theme,
  keys: [],
  available: () => true,
  perform: (app) => app.set({ theme: AFTER[app.store.getState().settings.theme] }),
};
