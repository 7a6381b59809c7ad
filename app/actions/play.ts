/** Playing: the next stop by itself, until a breakpoint, the end, or anything the person does. */

import { breakpointsOf, hitsOf, nextOf } from '../store/breakpoints.ts';
import { shownTrace } from '../store/caused.ts';
import type { App } from '../store/store.ts';
import { stepping, type Action } from './action.ts';
import { jump } from './go-to.ts';
import { atEnd, move, stopAfter } from './step.ts';

export const play: Action = {
  name: 'play',
  label: (words) => words.actions.play,
  keys: [' '],
  available: stepping,
  perform(app) {
    const state = app.store.getState();
    if (state.selection.playing) return app.select({ playing: false });
    // From the end it starts anew.
    if (atEnd(state)) app.goTo(0);
    app.select({ playing: true });
  },
};

/** One beat of playing. */
export function playOn(app: App): void {
  const state = app.store.getState();
  const { selection, document } = state;
  const trace = shownTrace(state);
  const stop = stopAfter(state);
  if (!trace || !stop || atEnd(state)) return app.select({ playing: false });
  const hit = nextOf(hitsOf(trace, breakpointsOf(document)), selection);
  if (hit && (hit.step < stop.step || (hit.step === stop.step && (hit.rule ?? 0) <= (stop.rule ?? Number.POSITIVE_INFINITY)))) {
    jump(app, { step: hit.step, rule: hit.rule, part: 0 });
    return app.say({ kind: 'breakpoint', detail: hit.text });
  }
  move(app, stop, true);
  if (atEnd(app.store.getState())) app.select({ playing: false });
}
