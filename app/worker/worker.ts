/** The engine off the page. Requests that were overtaken while they waited are skipped, not walked. */

import type { Answer, Request } from './messages.ts';
import { engine } from './engine.ts';
import { createSession } from './session.ts';

/** What is used of the worker's global scope; the page's type library has another `self`. */
const scope = self as unknown as { postMessage(message: Answer): void; onmessage: ((event: MessageEvent<Request>) => void) | null };

const answer = (message: Answer): void => scope.postMessage(message);
const session = createSession(engine, answer);
const waiting: Request[] = [];
let scheduled = false;

scope.onmessage = ({ data }) => {
  waiting.push(data);
  if (scheduled) return;
  scheduled = true;
  // A turn later everything that was posted meanwhile is here, and only the newest run of them counts.
  setTimeout(drain, 0);
};

function drain(): void {
  scheduled = false;
  const requests = waiting.splice(0);
  const newest = requests.findLast((request) => request.kind === 'run')?.id;
  // A skipped run may carry the files that the newest one builds on.
  let files: Extract<Request, { kind: 'run' }>['files'] = null;
  for (const request of requests) {
    if (request.kind !== 'run') session(request);
    else if (request.id === newest) session({ ...request, files: request.files ?? files });
    else {
      files = request.files ?? files;
      answer({ kind: 'skipped', id: request.id });
    }
  }
}
