import type { Action } from './action.ts';

export const showCluster: Action = {
  name: 'cluster',
  label: (words) => words.actions.cluster,
  keys: ['c'],
  available: (state) => state.document.cluster,
  perform: (app) => app.select({ clusterShown: !app.store.getState().selection.clusterShown }),
};
