import type { State } from '../store/state.ts';
import type { App } from '../store/store.ts';
import type { Action } from './action.ts';
import { chooseExample } from './choose-example.ts';

export const nextScenario: Action = {
  name: 'nextScenario',
  label: (words) => words.actions.nextScenario,
  keys: [']'],
  available: (state) => neighbour(state, 1) !== null,
  perform: (app) => choose(app, 1),
};

export const previousScenario: Action = {
  name: 'previousScenario',
  label: (words) => words.actions.previousScenario,
  keys: ['['],
  available: (state) => neighbour(state, -1) !== null,
  perform: (app) => choose(app, -1),
};

function choose(app: App, by: 1 | -1): void {
  const id = neighbour(app.store.getState(), by);
  if (id !== null) void chooseExample(app, id);
}

/** The scenario before or after the chosen one on the same node; null at the ends, and where none is chosen. */
function neighbour({ scenario, document }: State, by: 1 | -1): string | null {
  const chosen = scenario.loading ?? document.example;
  const entries = scenario.examples ?? [];
  const at = entries.findIndex(({ id }) => id === chosen);
  const [here, there] = [entries[at], entries[at + by]];
  return here && there && here.node === there.node ? there.id : null;
}
