/** Goes to a rule, to the first rule of a chain, or to what a set holds. Not in the list of actions: it takes the place. */

import { shownTrace } from '../store/caused.ts';
import { stepAtRule, type RulePlace, type Stop } from '../store/cursor.ts';
import { runWith } from '../store/rows.ts';
import type { App } from '../store/store.ts';
import { visitsOf } from '../store/visits.ts';
import { move } from './step.ts';

/** A rule that the walk does not come to is shown in its chain: Why says there what kept the packet from it. */
export function goToRule(app: App, place: RulePlace): void {
  const trace = shownTrace(app.store.getState());
  const step = trace ? stepAtRule(trace, place) : null;
  if (step !== null) {
    goToRuleAt(app, step, place.rule);
    app.select({ rulesAs: 'chain', panel: 'rules' });
    return;
  }
  app.select({ looking: { kind: 'chain', ...place }, rulesAs: 'chain', panel: 'rules' });
  app.say({ kind: 'not-visited', detail: `${place.table}/${place.chain}/${place.rule}` });
}

/** To a rule at a step, which may be one of many there. */
export function goToRuleAt(app: App, step: number, rule: number | null): void {
  app.goTo(step);
  app.select({ rule });
  openRun(app, step, rule);
}

/** As stepping goes there, but from afar. */
export function jump(app: App, stop: Stop): void {
  move(app, stop);
  openRun(app, stop.step, stop.rule);
}

/** A run of misses that hides the rule is opened. */
function openRun(app: App, step: number, rule: number | null): void {
  const state = app.store.getState();
  const trace = shownTrace(state);
  const visit = trace ? (visitsOf(trace).ofStep[step] ?? -1) : -1;
  if (rule === null || visit < 0 || trace?.steps[step]?.kind !== 'misses') return;
  const opened = runWith(visit, rule);
  const { expanded } = state.selection;
  if (!expanded.includes(opened)) app.select({ expanded: [...expanded, opened] });
}

/** To a chain that has no rule to go to. */
export function goToChain(app: App, table: string, chain: string): void {
  app.select({ looking: { kind: 'chain', table, chain, rule: null }, rulesAs: 'chain', panel: 'rules' });
}

export function goToSet(app: App, name: string): void {
  app.select({ looking: { kind: 'set', name }, rulesAs: 'chain', panel: 'rules' });
}
