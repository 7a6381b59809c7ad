/** Running: to the next or the previous breakpoint. */

import { breakpointsOf, hitsOf, nextOf, previousOf } from '../store/breakpoints.ts';
import { shownTrace } from '../store/caused.ts';
import type { App } from '../store/store.ts';
import { stepping, type Action } from './action.ts';
import { jump } from './go-to.ts';

export const runNext: Action = {
  name: 'runNext',
  label: (words) => words.actions.runNext,
  keys: ['F8'],
  inFields: true,
  available: stepping,
  perform: (app) => run(app, 1),
};

export const runPrevious: Action = {
  name: 'runPrevious',
  label: (words) => words.actions.runPrevious,
  keys: ['Shift+F8'],
  inFields: true,
  available: stepping,
  perform: (app) => run(app, -1),
};

function run(app: App, direction: 1 | -1): void {
  const state = app.store.getState();
  const { selection, document } = state;
  const trace = shownTrace(state);
  const all = breakpointsOf(document);
  if (!trace) return;
  if (all.length === 0) return app.say({ kind: 'no-breakpoints', detail: '' });
  const hits = hitsOf(trace, all);
  const hit = direction > 0 ? nextOf(hits, selection) : previousOf(hits, selection);
  if (hit) {
    jump(app, { step: hit.step, rule: hit.rule, part: 0 });
    return app.say({ kind: 'breakpoint', detail: hit.text });
  }
  // As a debugger does: with nothing in the way to the end.
  app.goTo(direction > 0 ? trace.steps.length - 1 : 0);
  app.say({ kind: direction > 0 ? 'no-breakpoint-ahead' : 'no-breakpoint-behind', detail: '' });
}
