import { readingsAt, ruleAt } from '../store/parts.ts';
import { shownTrace } from '../store/caused.ts';
import type { App } from '../store/store.ts';
import type { Action } from './action.ts';

export const byTest: Action = {
  name: 'byTest',
  label: (words) => words.actions.byTest,
  keys: ['3'],
  available: () => true,
  perform: (app) => {
    app.select({ altitude: 'test' });
    askHere(app);
  },
};

/** Asks for the tests of the rule the cursor is at, where they were not read with the trace: its stops are counted by them. */
export function askHere(app: App): void {
  const state = app.store.getState();
  const { selection } = state;
  const trace = shownTrace(state);
  const step = trace?.steps[selection.step];
  const rule = ruleAt(step, selection.rule);
  if (trace && step && rule !== null && readingsAt(state, trace, step.index, rule) === null) app.askWhy(selection.packet, step.index, rule, selection.caused);
}
