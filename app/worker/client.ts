/**
 * The page's side of the worker. One run at a time is current: answers of older runs are dropped, and a worker that is
 * still busy with an outdated run is ended and replaced, so a slow file never blocks the next one.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import type { Answer, Request, SourceFile, Wished } from './messages.ts';

/** What the client needs of a `Worker`. */
export interface WorkerLike {
  postMessage(message: Request): void;
  terminate(): void;
  onmessage: ((event: { readonly data: Answer }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

export interface Run {
  readonly files: readonly SourceFile[];
  /** The first file describes a cluster. */
  readonly cluster: boolean;
  readonly packets: readonly Packet[];
  readonly environment: Environment;
}

export interface Client {
  /** Starts a run and returns its number; everything before it is out of date. */
  run(run: Run): number;
  /** Answers are in Chinese from now on. True where what was answered before comes in Chinese, too: as an answer of the kind `chinese`. */
  chinese(): boolean;
  /** Ends what is under way, at once; nothing of it is answered. */
  cancel(): void;
  /** Asks which rules have a text in their line; `words`: each word of it. */
  find(query: string, words?: boolean): void;
  /** Asks what a set holds. */
  set(name: string): void;
  /** `caused` leads to a packet that the packet caused. */
  why(packet: number, step: number, rule: number, caused?: readonly number[]): void;
  whyNot(packet: number, wish: Wished, caused?: readonly number[]): void;
}

/** How long an outdated run may go on before its worker is ended, in milliseconds. */
const PATIENCE = 100;

const STOPPED = 'the engine stopped unexpectedly';
/** A script that cannot be had is an error without words. */
export const NOT_FETCHED = 'the engine could not be fetched; once the network is back, any change tries again';

export function createClient(spawn: () => WorkerLike, onAnswer: (answer: Answer) => void): Client {
  let worker: WorkerLike | null = null;
  let current = 0;
  let last: Run | null = null;
  /** Runs posted and not answered yet. */
  const open = new Set<number>();
  /** Files the worker has, by identity: the same files need not be sent and parsed again. */
  let there: readonly SourceFile[] | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let inChinese = false;

  function stop(): void {
    worker?.terminate();
    worker = null;
    there = null;
    open.clear();
  }

  function start(): WorkerLike {
    const made = spawn();
    let came = false;
    made.onmessage = ({ data }) => {
      came = true;
      if (made !== worker) return;
      if (data.kind === 'traces' || data.kind === 'failed' || data.kind === 'refused' || data.kind === 'not-generated' || data.kind === 'skipped') open.delete(data.id);
      // It may have none of the files then, or nobody was told what is in them.
      if (data.kind === 'failed' || (data.kind === 'refused' && data.packet === null)) there = null;
      if (data.id === current && data.kind !== 'skipped') onAnswer(data);
    };
    made.onerror = ({ message }) => {
      if (made !== worker) return;
      stop();
      onAnswer({ kind: 'failed', id: current, message: message || (came ? STOPPED : NOT_FETCHED) });
    };
    if (inChinese) made.postMessage({ kind: 'chinese', id: 0 });
    return made;
  }

  function post(run: Run): void {
    worker ??= start();
    const files = there === run.files ? null : run.files;
    there = run.files;
    open.add(current);
    worker.postMessage({ kind: 'run', id: current, files, cluster: run.cluster, packets: run.packets, environment: run.environment });
  }

  return {
    run(run) {
      current++;
      last = run;
      post(run);
      if (open.size > 1)
        timer =
          timer ??
          setTimeout(() => {
            timer = null;
            if (![...open].some((id) => id < current)) return;
            stop();
            if (last) post(last);
          }, PATIENCE);
      return current;
    },
    chinese() {
      const speaks = worker !== null && !inChinese;
      inChinese = true;
      if (speaks) worker?.postMessage({ kind: 'chinese', id: current });
      return speaks;
    },
    cancel() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      stop();
      current++;
    },
    find(query, words = false) {
      worker?.postMessage({ kind: 'find', id: current, query, ...(words && { words }) });
    },
    set(name) {
      worker?.postMessage({ kind: 'set', id: current, name });
    },
    whyNot(packet, wish, caused = []) {
      worker?.postMessage({ kind: 'why-not', id: current, packet, ...(caused.length > 0 && { caused }), wish });
    },
    why(packet, step, rule, caused = []) {
      worker?.postMessage({ kind: 'why', id: current, packet, ...(caused.length > 0 && { caused }), step, rule });
    },
  };
}
