/**
 * Where an embed's engine runs: in a worker made of the engine's own text, since an opaque origin cannot load one from an
 * address; or, where a policy of the host forbids even that, in the frame itself, one request a turn. There a first run
 * takes about 0.1 s of a laptop and 0.4 s of a phone (a processor slowed four times), later ones less than a tenth.
 */

import type { WorkerLike } from '../worker/client.ts';
import type { Answer, Request } from '../worker/messages.ts';
import { loadScript } from './data.ts';

interface Scope {
  postMessage(message: Answer): void;
  onmessage: ((event: { readonly data: Request }) => void) | null;
}

type EngineMain = (scope: Scope) => void;

/** Loads the engine once; the result makes a runner of it. */
export async function loadEngine(): Promise<() => WorkerLike> {
  await loadScript('engine.js');
  const main = (globalThis as { packetwalkEngine?: EngineMain }).packetwalkEngine;
  if (!main) throw new Error('engine.js holds no engine');
  return () => start(main);
}

function start(main: EngineMain): WorkerLike {
  let worker: Worker | null = null;
  let inFrame: WorkerLike | null = null;
  /** Until the first answer a worker may still turn out to be forbidden: then the requests go to the frame. */
  let unanswered: Request[] | null = [];
  let address: string | null = null;
  const forgetText = (): void => {
    if (address !== null) URL.revokeObjectURL(address);
    address = null;
  };
  const like: WorkerLike = {
    onmessage: null,
    onerror: null,
    postMessage(request) {
      unanswered?.push(request);
      if (inFrame) inFrame.postMessage(request);
      else worker?.postMessage(request);
    },
    terminate() {
      forgetText();
      worker?.terminate();
      inFrame?.terminate();
    },
  };
  const fallBack = (): void => {
    forgetText();
    worker?.terminate();
    worker = null;
    inFrame = startInFrame(main, (answer) => like.onmessage?.({ data: answer }));
    for (const request of unanswered ?? []) inFrame.postMessage(request);
    unanswered = null;
  };
  try {
    address = URL.createObjectURL(new Blob([`(${main})(self)`], { type: 'text/javascript' }));
    worker = new Worker(address);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      forgetText();
      unanswered = null;
      like.onmessage?.({ data });
    };
    worker.onerror = ({ message }) => {
      if (unanswered) fallBack();
      else like.onerror?.({ message });
    };
  } catch {
    fallBack();
  }
  return like;
}

function startInFrame(main: EngineMain, answer: (answer: Answer) => void): WorkerLike {
  let ended = false;
  const scope: Scope = { onmessage: null, postMessage: (message) => !ended && answer(message) };
  main(scope);
  return {
    onmessage: null,
    onerror: null,
    // A turn later the input that asked for it is painted.
    postMessage: (request) => void setTimeout(() => !ended && scope.onmessage?.({ data: request })),
    terminate: () => {
      ended = true;
    },
  };
}
