/** Whether an answer is on its way: what has none yet says so, and asks for nothing. */

import type { State } from './state.ts';

export const isLoading = (state: State): boolean =>
  (state.scenario.examples === null && state.document.files.length === 0) || state.scenario.loading !== null || state.answer.status === 'running';
