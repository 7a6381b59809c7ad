/**
 * How long the tasks of the page's main thread are. The time that a thread itself was at work says what the page costs where
 * a busy machine makes each task seem longer; a processor that is slowed counts in both.
 */

import type { CDPSession } from 'playwright-core';

export interface Tasks {
  /** Of the longest task, in milliseconds: by the clock, and at work. */
  readonly longest: { readonly wall: number; readonly thread: number };
  /** All of them together, at work. */
  readonly total: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Watches until the result is called. */
export async function watchTasks(session: CDPSession): Promise<() => Promise<Tasks>> {
  const events: TraceEvent[] = [];
  const take = ({ value }: { value: object[] }): void => void events.push(...(value as TraceEvent[]));
  session.on('Tracing.dataCollected', take);
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel'] } });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    session.off('Tracing.dataCollected', take);
    const thread = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
    const tasks = new Map<string, TraceEvent[]>();
    for (const event of events) if (event.name === 'thread_name' && event.args.name === 'CrRendererMain') tasks.set(thread(event), []);
    for (const event of events) if (event.ph === 'X' && event.name.endsWith('RunTask')) tasks.get(thread(event))?.push(event);
    // Of several pages, as the empty one before this, the one that worked.
    const work = (list: readonly TraceEvent[]): number => list.filter(({ name }) => name === 'ThreadControllerImpl::RunTask').reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000;
    const [busiest = []] = [...tasks.values()].sort((a, b) => work(b) - work(a));
    const most = (of: (event: TraceEvent) => number): number => busiest.reduce((longest, event) => Math.max(longest, of(event)), 0) / 1000;
    return { longest: { wall: most(({ dur = 0 }) => dur), thread: most(({ tdur = 0 }) => tdur) }, total: work(busiest) };
  };
}
