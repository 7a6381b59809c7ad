/** The page's workers. What the engine's packs is unpacked here, so that whoever talks to it sees answers as the session gives them. */

import type { WorkerLike } from './client.ts';
import type { DeskWorker } from './desk.ts';
import { unpackAnswer, type PackedAnswer } from './packed.ts';

const spawn = (): Worker => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

export const spawnDesk = (): DeskWorker => spawn() as DeskWorker;

export function spawnWorker(): WorkerLike {
  const worker = spawn();
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
