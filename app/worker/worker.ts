/** What works off the page: the engine, and whoever reads and writes YAML. Runs that were overtaken while they waited are skipped, not walked. */

import type { Answer, Request } from './messages.ts';
import type { DeskAnswer, DeskRequest } from './desk.ts';
import { engine } from './engine.ts';
import { packAnswer, type PackedAnswer } from './packed.ts';
import { createSession, type Describe } from './session.ts';

/** What is used of the worker's global scope; the page's type library has another `self`. */
const scope = self as unknown as {
  postMessage(message: PackedAnswer | DeskAnswer, transfer: readonly ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<Request | DeskRequest>) => void) | null;
};

function answer(plain: Answer): void {
  const { message, transfer } = packAnswer(plain);
  scope.postMessage(message, transfer);
}

const session = createSession(engine, answer);
const waiting: Request[] = [];
let draining = false;

scope.onmessage = ({ data }) => {
  if ('desk' in data) return void answerDesk(data);
  waiting.push(data);
  if (draining) return;
  draining = true;
  // A turn later everything that was posted meanwhile is here, and only the newest run of them counts.
  setTimeout(() => void drain(), 0);
};

async function drain(): Promise<void> {
  // The YAML parser is loaded for the first cluster; what comes in meanwhile is taken with it.
  const describe = waiting.some((request) => request.kind === 'run' && request.cluster) ? await loadDescribe() : undefined;
  draining = false;
  const requests = waiting.splice(0);
  const newest = requests.findLast((request) => request.kind === 'run')?.id;
  // A skipped run may carry the files that the newest one builds on.
  let files: Extract<Request, { kind: 'run' }>['files'] = null;
  for (const request of requests) {
    if (request.kind !== 'run') session(request);
    else if (request.id === newest) session({ ...request, files: request.files ?? files }, describe);
    else {
      files = request.files ?? files;
      answer({ kind: 'skipped', id: request.id });
    }
  }
}

async function loadDescribe(): Promise<Describe | undefined> {
  try {
    return (await import('./cluster.ts')).describe;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const { id } of waiting.splice(0)) answer({ kind: 'failed', id, message });
    return undefined;
  }
}

/** One worker is the engine's, another the desk's: what is written waits for no walk. */
async function answerDesk(request: DeskRequest): Promise<void> {
  let said: DeskAnswer;
  try {
    said = { id: request.id, done: (await import('./desk-work.ts')).work(request) };
  } catch (error) {
    said = { id: request.id, failure: error instanceof Error ? error.message : String(error) };
  }
  scope.postMessage(said, []);
}
