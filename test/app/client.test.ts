import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { learned } from '../../app/text/learned.ts';
import { createClient, type WorkerLike } from '../../app/worker/client.ts';
import type { Answer, Request } from '../../app/worker/messages.ts';

class FakeWorker implements WorkerLike {
  readonly posted: Request[] = [];
  ended = false;
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  postMessage(message: Request): void {
    this.posted.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
  say(answer: Answer): void {
    this.onmessage?.({ data: answer });
  }
}

const files = [{ name: 'a', text: '*nat' }];
const run = (dst: string, of = files) => ({ files: of, cluster: false, packets: [{ dst, proto: 'tcp' }], environment: {} });
const done = (id: number): Answer => ({ kind: 'traces', id, traces: [], problems: [] });

describe('client of the worker', () => {
  let workers: FakeWorker[];
  let answers: Answer[];
  const client = () =>
    createClient(
      () => {
        const worker = new FakeWorker();
        workers.push(worker);
        return worker;
      },
      (answer) => answers.push(answer),
    );

  beforeEach(() => {
    vi.useFakeTimers();
    workers = [];
    answers = [];
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('files are sent once, packets each time', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    workers[0]?.say(done(1));
    one.run(run('1.1.1.2'));
    expect(workers[0]?.posted.map((request) => request.kind === 'run' && request.files)).toEqual([files, null]);
  });
  test.each<Answer>([
    { kind: 'failed', id: 1, message: 'a bug' },
    { kind: 'refused', id: 1, packet: null, field: 'sockets', message: '', hint: '' },
  ])('after a run that ended before the worker had its node, $kind, the files are sent again', (answer) => {
    const one = client();
    one.run(run('1.1.1.1'));
    workers[0]?.say(answer);
    one.run(run('1.1.1.2'));
    expect(workers[0]?.posted.map((request) => request.kind === 'run' && request.files)).toEqual([files, files]);
  });
  test('answers of an outdated run are dropped', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    one.run(run('1.1.1.2'));
    workers[0]?.say(done(1));
    expect(answers).toEqual([]);
    workers[0]?.say(done(2));
    expect(answers).toEqual([done(2)]);
  });
  test('a worker stuck in an outdated run is ended, and the newest run goes to a new one with its files', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    one.run(run('1.1.1.2'));
    one.run(run('1.1.1.3'));
    vi.advanceTimersByTime(200);
    expect(workers[0]?.ended).toBe(true);
    expect(workers).toHaveLength(2);
    expect(workers[1]?.posted).toEqual([{ kind: 'run', id: 3, ...run('1.1.1.3') }]);
    workers[0]?.say(done(3));
    expect(answers).toEqual([]);
    workers[1]?.say(done(3));
    expect(answers).toEqual([done(3)]);
  });
  test('a worker that got to the newest run in time is left alone', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    one.run(run('1.1.1.2'));
    workers[0]?.say({ kind: 'skipped', id: 1 });
    vi.advanceTimersByTime(5000);
    expect(workers[0]?.ended).toBe(false);
  });
  test('cancelling ends the worker at once; what it says afterwards is not heard; the next run sends its files again', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    one.cancel();
    expect(workers[0]?.ended).toBe(true);
    workers[0]?.say(done(1));
    expect(answers).toEqual([]);
    one.run(run('1.1.1.2'));
    expect(workers[1]?.posted).toMatchObject([{ kind: 'run', files }]);
  });
  test('a worker that breaks is said, and the next run starts another', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    workers[0]?.onerror?.({ message: 'out of memory' });
    expect(answers).toEqual([{ kind: 'failed', id: 1, message: 'out of memory' }]);
    one.run(run('1.1.1.2'));
    expect(workers[1]?.posted).toHaveLength(1);
  });
  test('a worker that cannot be fetched is not said to have stopped', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    workers[0]?.onerror?.({});
    one.run(run('1.1.1.2'));
    workers[1]?.say(done(2));
    workers[1]?.onerror?.({});
    const said = answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.message] : []));
    expect(said).toEqual(['the engine could not be fetched; once the network is back, any change tries again', 'the engine stopped unexpectedly']);
    for (const sentence of said) expect(learned(sentence)).not.toBe(sentence);
  });

  test('Chinese is asked of the worker there is, and first of all of each that comes after it', () => {
    const one = client();
    one.run(run('1.1.1.1'));
    expect(one.chinese()).toBe(true);
    expect(one.chinese()).toBe(false);
    expect(workers[0]?.posted.at(-1)).toEqual({ kind: 'chinese', id: 1 });
    workers[0]?.say({ kind: 'chinese', id: 1, zh: { 'no route': '没有路由' } });
    expect(answers).toHaveLength(1);
    one.cancel();
    one.run(run('1.1.1.2'));
    expect(workers[1]?.posted.map(({ kind }) => kind)).toEqual(['chinese', 'run']);
  });
  test('before there is a worker nothing was said that would have to come in Chinese', () => {
    const one = client();
    expect(one.chinese()).toBe(false);
    one.run(run('1.1.1.1'));
    expect(workers[0]?.posted.map(({ kind }) => kind)).toEqual(['chinese', 'run']);
  });
});
