/** Questions that no walk answered: the one under way was cancelled or refused, or broke. What is shown is of the walk before it, and they are asked of that one. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { createClient, type WorkerLike } from '../../app/worker/client.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, Request } from '../../app/worker/messages.ts';
import { createPlainSession } from '../../app/worker/plain-session.ts';

/** A worker with the engine in it, which works when it is let. */
class Worker implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  readonly posted: Request[] = [];
  ended = false;
  broken = false;
  readonly #session = createPlainSession(engine, (answer: Answer) => this.onmessage?.({ data: answer }));
  #done = 0;
  postMessage(message: Request): void {
    this.posted.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
  work(): void {
    while (!this.ended && this.#done < this.posted.length) {
      const request = this.posted[this.#done++] as Request;
      if (this.broken) return this.onerror?.({ message: 'out of memory' });
      this.#session.handle(request);
    }
  }
}

/** So many rules that a walk brings no readings of them along. */
const LONG = `*filter\n:INPUT ACCEPT [0:0]\n${'-A INPUT -p udp -j DROP\n'.repeat(500)}COMMIT\n`;
const SETS = '==> ipset save <==\ncreate s hash:net family inet\nadd s 10.0.0.0/8\n==> iptables-save <==\n';
const ADDR = '==> ip -j addr <==\n[{"ifindex":1,"ifname":"eth0","flags":["UP"],"mtu":1500,"addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]}]\n';
const FILES = [{ name: 'node', text: `${SETS}${LONG}${ADDR}` }];
const DOCUMENT: Document = {
  example: null,
  files: FILES,
  cluster: false,
  packets: [draftOf({ in: 'eth0', src: '192.0.2.9', dst: '192.0.2.1', proto: 'tcp', sport: 4000, dport: 80 })],
  environment: {},
};

let workers: Worker[];
let app: App;
const state = () => app.store.getState();
const work = (): void => {
  for (let i = 0; i < 5; i++) for (const worker of [...workers]) worker.work();
};
const readings = () => Object.values(state().answer.readings).map((all) => all.map(({ clause }) => clause));
const rule = () => state().answer.traces[0]?.steps.find((step) => step.kind === 'misses')?.index ?? -1;
/** What the panels ask, each thing in its way. */
const ask = (): void => {
  app.askWhy(0, rule(), 400);
  app.askWhyNot({ kind: 'drop' });
  app.askSet('s');
  app.find('udp');
};
const answered = () => [readings(), Object.keys(state().answer.whyNot).length, state().answer.setEntries.s?.length, state().answer.found?.places.length];
const ALL = [[['-p udp']], 1, 1, 1500];

beforeEach(() => {
  vi.useRealTimers();
  workers = [];
  const client = createClient(
    () => {
      const worker = new Worker();
      workers.push(worker);
      return worker;
    },
    (answer) => app.take(answer),
  );
  app = createApp(client);
  app.open(DOCUMENT);
  work();
  expect(state().answer.status).toBe('ready');
  expect(rule()).toBeGreaterThanOrEqual(0);
});

/** What brings the walk of an edit to nothing. */
const ends: readonly (readonly [string, () => void, () => void])[] = [
  ['is cancelled', () => app.editField(0, 'dport', '81'), () => app.cancel()],
  ['of other files is cancelled', () => app.editText(0, LONG), () => app.cancel()],
  ['is refused', () => app.editField(0, 'in', 'nowhere'), work],
  [
    'breaks the engine',
    () => app.editField(0, 'dport', '81'),
    () => {
      const [worker] = workers;
      if (worker) worker.broken = true;
      worker?.work();
    },
  ],
];

describe.each(ends)('a walk that %s', (_, edit, end) => {
  test('what is asked behind it is answered of the walk that is shown', () => {
    edit();
    end();
    const { traces } = state().answer;
    ask();
    work();
    expect(answered()).toEqual(ALL);
    expect(state().answer.traces).toBe(traces);
    expect(state().answer).toMatchObject({ stale: true });
  });
  test('so is what was asked while it was under way', () => {
    edit();
    ask();
    end();
    work();
    expect(answered()).toEqual(ALL);
  });
  test('so is what was asked before it, and not answered yet', () => {
    ask();
    edit();
    end();
    work();
    expect(answered()).toEqual(ALL);
  });
  test('the next edit is walked as ever', () => {
    edit();
    end();
    ask();
    app.undo();
    app.editField(0, 'dport', '53');
    work();
    expect(state().answer).toMatchObject({ status: 'ready', stale: false, traces: [{ packet: { dport: 53 } }] });
    ask();
    work();
    expect(answered()).toEqual(ALL);
  });
});

test('what was asked just before an edit is answered of the walk of the edit', () => {
  ask();
  app.editField(0, 'dport', '81');
  work();
  expect(answered()).toEqual(ALL);
  expect(state().answer.stale).toBe(false);
});

test('an engine that breaks at every question is not asked for ever; that is said', () => {
  app.editField(0, 'dport', '81');
  app.cancel();
  ask();
  for (let i = 0; i < 20; i++)
    for (const worker of [...workers]) {
      worker.broken = true;
      worker.work();
    }
  expect(workers.length).toBeLessThan(10);
  expect(state().answer).toMatchObject({ status: 'failed', failure: 'out of memory' });
  // The page is alive: what is done next is walked.
  app.editField(0, 'dport', '82');
  work();
  expect(state().answer).toMatchObject({ status: 'ready', failure: null, stale: false });
});
