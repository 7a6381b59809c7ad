/** The first load, on a phone and on Slow 4G. */

import type { Browser } from 'playwright-core';
import { SLOW_4G, type Served } from '../page-server.ts';
import { Measured, watched, type Watch } from './opened.ts';
import { held, median, row, RUNS } from './report.ts';
import { PHONE } from './screens.ts';
import { watchTasks, type Tasks } from './tasks.ts';

export async function load(browser: Browser, served: Served): Promise<void> {
  served.network = SLOW_4G;
  const runs: (Watch & { requests: number; bytes: number })[] = [];
  for (let i = 0; i < RUNS; i++) {
    served.requests.length = 0;
    const measured = await Measured.open(browser, served.address, PHONE);
    await measured.ready();
    runs.push({ ...(await watched(measured.page)), requests: served.requests.length, bytes: served.requests.reduce((sum, { bytes }) => sum + bytes, 0) / 1000 });
    if (i === 0) for (const { path, bytes } of served.requests) row(path, `${(bytes / 1000).toFixed(1)} kB`);
    await measured.close();
  }
  served.network = null;
  const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick));
  held(
    'verdict visible',
    of((run) => run.verdict),
    1000,
    'ms',
  );
  held(
    'largest contentful paint',
    of((run) => run.lcp),
    1800,
    'ms',
  );
  held(
    'interactive: a step works',
    of((run) => run.interactive),
    2500,
    'ms',
  );
  held(
    'layout shift',
    of((run) => run.cls),
    0.02,
    '',
    3,
  );
  held(
    'longest task',
    of((run) => run.longest),
    50,
    'ms',
  );
  // By the network's own clock all of it would wait: what the thread does is the same without.
  const threads: Tasks[] = [];
  for (let i = 0; i < RUNS; i++) {
    let done: (() => Promise<Tasks>) | null = null;
    const measured = await Measured.open(browser, served.address, PHONE, async (session) => {
      done = await watchTasks(session);
    });
    await measured.ready();
    threads.push(await (done as unknown as () => Promise<Tasks>)());
    await measured.close();
  }
  held('longest task, at work', median(threads.map(({ longest }) => longest.thread)), 50, 'ms');
  held('main thread at work, with what follows', median(threads.map(({ total }) => total)), null, 'ms');
  held(
    'requests',
    of((run) => run.requests),
    10,
    '',
  );
  held(
    'bytes',
    of((run) => run.bytes),
    null,
    'kB',
  );
}
