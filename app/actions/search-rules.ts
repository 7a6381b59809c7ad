import type { Action } from './action.ts';

export const searchRules: Action = {
  name: 'searchRules',
  label: (words) => words.actions.searchRules,
  keys: ['/'],
  available: (state) => state.answer.node !== null,
  perform: (app) => app.select({ panel: 'rules', searching: true, ...(app.store.getState().selection.rulesAs === 'text' && { rulesAs: 'chain' }) }),
};
