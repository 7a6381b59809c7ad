/** The stop after the cursor's, and the one before it, at the chosen altitude: what stepping and playing share. */

import { nextPart, previousPart, countParts } from '../store/parts.ts';
import { nextStop, previousStop, type Stop } from '../store/cursor.ts';
import { shownTrace } from '../store/caused.ts';
import type { App } from '../store/store.ts';
import type { State } from '../store/state.ts';
import { askHere } from './by-test.ts';

/** Null where there is no trace. */
export function stopAfter(state: State): Stop | null {
  const { selection } = state;
  const trace = shownTrace(state);
  if (!trace || trace.steps.length === 0) return null;
  if (selection.altitude === 'test') return nextPart(trace, selection, countParts(state, trace));
  return { step: nextStop(trace, selection.step, selection.altitude), rule: null, part: 0 };
}

export function stopBefore(state: State): Stop | null {
  const { selection } = state;
  const trace = shownTrace(state);
  if (!trace || trace.steps.length === 0) return null;
  if (selection.altitude === 'test') return previousPart(trace, selection, countParts(state, trace));
  return { step: previousStop(trace, selection.step, selection.altitude), rule: null, part: 0 };
}

/** Nothing follows the cursor. */
export function atEnd(state: State): boolean {
  const { step, rule, part } = state.selection;
  const next = stopAfter(state);
  return next === null || (next.step === step && next.part === part && (next.rule === rule || state.selection.altitude !== 'test'));
}

export function move(app: App, stop: Stop | null, playing = false): void {
  if (!stop) return;
  app.moveTo(stop, playing);
  if (app.store.getState().selection.altitude === 'test') askHere(app);
}
