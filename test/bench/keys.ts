/**
 * What a key costs until it is seen. Two numbers, since they are of two owners:
 *
 * - our work: what the main thread does from the key to the end of the frame that shows it (events, rendering, style, layout,
 *   paint, commit), in time that the thread itself was at work, so that a busy machine does not count;
 * - as seen: from the key to the moment the frame is on the screen, as the browser's Event Timing says. Beside our work it
 *   holds what nobody can take away: the main thread waits for the screen's next beat (up to 16.7 ms at 60 Hz) before it may
 *   paint, then the compositor rasters and the frame waits for the beat after (another 16.7 ms at most).
 */

import type { CDPSession } from 'playwright-core';

export interface KeyCost {
  /** Milliseconds at work, of the main thread. */
  readonly work: number;
  /** From the key to the screen. */
  readonly seen: number;
  /** Of that, main thread at rest until the frame begins, and after it has handed the frame on. */
  readonly waiting: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds; `tdur`: at work. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly id?: string;
  readonly args: { readonly data?: { readonly type?: string; readonly duration?: number; readonly processingEnd?: number; readonly timeStamp?: number } };
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** Traces what `press` does, key by key; a key that changed nothing on the screen has no cost. */
export async function traceKeys(session: CDPSession, press: () => Promise<void>): Promise<readonly KeyCost[]> {
  const events: TraceEvent[] = [];
  const take = ({ value }: { value: object[] }): void => void events.push(...(value as TraceEvent[]));
  session.on('Tracing.dataCollected', take);
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] } });
  await press();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  session.off('Tracing.dataCollected', take);
  return costsOf(events);
}

function costsOf(all: readonly TraceEvent[]): readonly KeyCost[] {
  const isKey = ({ name, args }: TraceEvent): boolean => name === 'EventDispatch' && args.data?.type === 'keydown';
  const first = all.find(isKey);
  const main = all.filter(({ pid, tid }) => pid === first?.pid && tid === first.tid).sort((a, b) => a.ts - b.ts);
  const whole = main.filter(({ ph }) => ph === 'X');
  const tasks = whole.filter(({ name }) => name === 'RunTask');
  const commits = whole.filter(({ name }) => name === 'Commit');
  const frames = whole.filter(({ name }) => name === 'FireAnimationFrame' || name === 'UpdateLayoutTree' || name === 'PrePaint');
  const timings = all.filter(({ name, ph, args }) => name === 'EventTiming' && ph === 'b' && args.data?.type === 'keydown');
  const ends = new Map(all.filter(({ name, ph }) => name === 'EventTiming' && ph === 'e').map((event) => [event.id, event]));
  const keys = whole.filter(isKey);
  return keys.flatMap((key, i): KeyCost[] => {
    const commit = commits.find(({ ts }) => ts >= key.ts);
    const end = commit && commit.ts + (commit.dur ?? 0);
    const next = keys[i + 1];
    if (end === undefined || (next && next.ts < end)) return [];
    const own = tasks.filter(({ ts, dur = 0 }) => ts + dur >= key.ts && ts <= end);
    // An event that took less than 16 ms is not told: of it one knows until when the frame was handed on.
    const timing = timings.findLast(({ ts }) => ts <= key.ts && ts > (keys[i - 1]?.ts ?? 0));
    const begin = timing?.ts ?? key.ts;
    const seen = timing?.args.data?.duration ?? ((ends.get(timing?.id ?? '')?.ts ?? end) - begin) / 1000;
    const handled = own[0] ? own[0].ts + (own[0].dur ?? 0) : key.ts;
    const begun = frames.find(({ ts }) => ts >= handled)?.ts ?? handled;
    const shown = begin + seen * 1000;
    const waiting = Math.max(0, Math.min(begun, end) - handled) + Math.max(0, shown - end);
    return [{ work: own.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000, seen, waiting: waiting / 1000 }];
  });
}
