/** Goes to a rule, or to the first rule of a chain. Not in the list of actions: it takes the place. */

import { stepAtRule, type RulePlace } from '../store/cursor.ts';
import type { App } from '../store/store.ts';

/** A rule that the walk does not come to is shown in the text of its file; `source` is its line there. */
export function goToRule(app: App, place: RulePlace, source: { readonly text: string; readonly line: number } | null): void {
  const { answer, selection } = app.store.getState();
  const trace = answer.traces[selection.packet];
  const step = trace ? stepAtRule(trace, place) : null;
  if (step !== null) {
    app.goTo(step);
    app.select({ rule: place.rule, rulesAs: 'chain', panel: 'rules' });
    return;
  }
  app.select({ rulesAs: 'text', panel: 'rules', sourceLine: source });
  app.say({ kind: 'not-visited', detail: `${place.table}/${place.chain}/${place.rule}` });
}
