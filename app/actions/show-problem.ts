/** Leads to what is wrong with the files: in the text, with the list of problems open. Not in the list of actions: it takes the problem. */

import type { State } from '../store/state.ts';
import type { App } from '../store/store.ts';
import { unreadIn } from '../store/unread.ts';

type Problem = NonNullable<State['selection']['problem']>;

export function showProblem(app: App, problem: Problem): void {
  app.select({ rulesAs: 'text', panel: 'rules', problem });
}

/** Of all the first that is an error, if one is. */
export function showProblems(app: App): void {
  const problems = app.store.getState().answer.node?.problems ?? [];
  const first = problems.find(({ severity }) => severity === 'error') ?? problems[0];
  if (first) showProblem(app, first);
}

/** The first place that nobody can read. */
export function showUnread(app: App): void {
  const [first] = unreadIn(app.store.getState());
  if (first) showProblem(app, first);
  else showProblems(app);
}
