/** The page's worker. What it packs is unpacked here, so that whoever talks to it sees answers as the session gives them. */

import type { WorkerLike } from './client.ts';
import { unpackAnswer, type PackedAnswer } from './packed.ts';

export function spawnWorker(): WorkerLike {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const like: WorkerLike = {
    onmessage: null,
    onerror: null,
    postMessage: (request) => worker.postMessage(request),
    terminate: () => worker.terminate(),
  };
  worker.onmessage = ({ data }: MessageEvent<PackedAnswer>) => like.onmessage?.({ data: unpackAnswer(data) });
  worker.onerror = ({ message }) => like.onerror?.({ message });
  return like;
}
