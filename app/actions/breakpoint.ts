/** Setting breakpoints and taking them away; both can be undone. */

import { breakpointAt, breakpointsOf, withBreakpoint } from '../store/breakpoints.ts';
import { shownTrace } from '../store/caused.ts';
import type { App } from '../store/store.ts';
import type { State } from '../store/state.ts';
import type { Action } from './action.ts';

/** The row of a rule says its place in this attribute, as a rule is written: `nat/OVN-POSTROUTING/10`. */
const ROW = '[data-rule-place]';

export const toggleBreakpoint: Action = {
  name: 'toggleBreakpoint',
  label: (words) => words.actions.toggleBreakpoint,
  keys: ['b'],
  available: (state) => (focusedRule() ?? ruleOf(state)) !== null,
  perform(app) {
    const text = focusedRule() ?? ruleOf(app.store.getState());
    if (text !== null) switchBreakpoint(app, text);
  },
};

export const showBreakpoints: Action = {
  name: 'breakpoints',
  label: (words) => words.actions.breakpoints,
  keys: [],
  available: () => true,
  perform: (app) => app.select({ overlay: app.store.getState().selection.overlay === 'breakpoints' ? null : 'breakpoints' }),
};

export const clearBreakpoints: Action = {
  name: 'clearBreakpoints',
  label: (words) => words.actions.clearBreakpoints,
  keys: [],
  available: ({ document }) => breakpointsOf(document).length > 0,
  perform: (app) => app.edit(({ breakpoints: _, ...document }) => document),
};

/** Sets it, or takes it away where it is set. `text` as breakpoints are written. */
export function switchBreakpoint(app: App, text: string): void {
  app.edit((document) => withBreakpoint(document, text));
}

/** The rule that has the focus comes first: it may be another than the cursor's. */
function focusedRule(): string | null {
  if (typeof document === 'undefined') return null;
  return document.activeElement?.closest<HTMLElement>(ROW)?.dataset.rulePlace ?? null;
}

function ruleOf(state: State): string | null {
  const { selection } = state;
  const step = shownTrace(state)?.steps[selection.step];
  if (!step || !('chain' in step)) return null;
  if (selection.rule !== null) return breakpointAt({ ...step, rule: selection.rule });
  return step.kind === 'rule' || step.kind === 'misses' ? breakpointAt(step) : null;
}
