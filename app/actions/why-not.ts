/** Asks why something did not happen: what the packet missed, or this very rule. */

import { shownTrace } from '../store/caused.ts';
import { likelyWish, stepOf } from '../store/why-not.ts';
import type { Wished, WhyNotCandidate } from '../store/state.ts';
import type { App } from '../store/store.ts';
import { stepping, type Action } from './action.ts';
import { goToRuleAt } from './go-to.ts';

export const whyNot: Action = {
  name: 'whyNot',
  label: (words) => words.actions.whyNot,
  keys: ['w'],
  available: stepping,
  perform: (app) => {
    const state = app.store.getState();
    const { whyNot: asked } = state.selection;
    const trace = shownTrace(state);
    if (!app.asksWhyNot || !trace) return;
    if (asked?.shown) hideWhyNot(app);
    else askWhyNot(app, asked?.wish ?? likelyWish(trace));
  },
};

export function askWhyNot(app: App, wish: Wished): void {
  app.select({ whyNot: { wish, shown: true }, panel: 'why' });
}

/** The question is kept: asking again leads back to it. */
export function hideWhyNot(app: App): void {
  const { whyNot: asked } = app.store.getState().selection;
  if (asked) app.select({ whyNot: { ...asked, shown: false } });
}

/** To the step that shows what became of a rule; where there is none, to the rule in its chain. */
export function goToCandidate(app: App, candidate: WhyNotCandidate): void {
  const step = stepOf(candidate);
  const { table, chain, rule, reason } = candidate;
  hideWhyNot(app);
  if (step === null) {
    app.select({ looking: { kind: 'chain', table, chain, rule }, rulesAs: 'chain', panel: 'rules' });
    return;
  }
  goToRuleAt(app, step, reason.kind === 'missed' || reason.kind === 'unknown' || reason.kind === 'matched' ? rule : null);
  app.select({ rulesAs: 'chain', panel: 'why' });
}
