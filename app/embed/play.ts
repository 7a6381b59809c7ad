/** Playing: one step a second until the end. It rests while the figure is out of sight. */

import { shownTrace } from '../store/caused.ts';
import { nextStop } from '../store/cursor.ts';
import type { App } from '../store/store.ts';

export interface Play {
  start(): void;
  stop(): void;
}

/** Milliseconds between two steps. */
const PACE = 1000;

export function createPlay(app: App, inSight: () => boolean): Play {
  let timer: ReturnType<typeof setInterval> | null = null;
  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
  }
  function tick(): void {
    if (!inSight()) return;
    const state = app.store.getState();
    const { selection } = state;
    const trace = shownTrace(state);
    if (!trace || selection.step >= trace.steps.length - 1) return stop();
    app.goTo(nextStop(trace, selection.step, selection.altitude));
  }
  return {
    start() {
      timer ??= setInterval(tick, PACE);
    },
    stop,
  };
}
