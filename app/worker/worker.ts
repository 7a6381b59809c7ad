/** What works off the page: the engine, and whoever reads and writes YAML. Runs that were overtaken while they waited are skipped, not walked. */

import type { Answer, Request } from './messages.ts';
import type { DeskAnswer, DeskRequest } from './desk.ts';
import { engine } from './engine.ts';
import { packAnswer, type PackedAnswer } from './packed.ts';
import { createPlainSession, type Describe, type Translator } from './plain-session.ts';

/** What is used of the worker's global scope; the page's type library has another `self`. */
const scope = self as unknown as {
  postMessage(message: PackedAnswer | DeskAnswer, transfer: readonly ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<Request | DeskRequest>) => void) | null;
};

function answer(plain: Answer): void {
  const { message, transfer } = packAnswer(plain);
  scope.postMessage(message, transfer);
}

const session = createPlainSession(engine, answer);
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
  let [chinese, describe]: [boolean, Describe | undefined] = [false, undefined];
  // The YAML parser is loaded for the first cluster. What comes in while something is loaded is taken with it, and may need something, too.
  for (let more = true; more; ) {
    more = false;
    if (!chinese && waiting.some((request) => request.kind === 'chinese')) {
      await loadChinese();
      [chinese, more] = [true, true];
    }
    if (!describe && waiting.some((request) => request.kind === 'run' && request.cluster)) {
      describe = await loadDescribe();
      more = true;
    }
  }
  draining = false;
  const requests = waiting.splice(0);
  const newest = requests.findLast((request) => request.kind === 'run')?.id;
  // A skipped run may carry the files that the newest one builds on.
  let files: Extract<Request, { kind: 'run' }>['files'] = null;
  for (const request of requests) {
    if (request.kind !== 'run') session.handle(request);
    else if (request.id === newest) session.handle({ ...request, files: request.files ?? files }, describe);
    else {
      files = request.files ?? files;
      answer({ kind: 'skipped', id: request.id });
    }
  }
}

/** What the engine says in Chinese is as large as a tenth of it: it is loaded for a page that is Chinese. Where it cannot be, the engine speaks English. */
async function loadChinese(): Promise<void> {
  try {
    session.speak((await import('./chinese.ts')).CHINESE);
  } catch {
    // Offline: said in English, what there is to say is still said.
  }
}

/** Where it cannot be loaded, whoever asks for it is told why. */
async function loadDescribe(): Promise<Describe> {
  try {
    return (await import('./cluster.ts')).describe;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Where the Chinese cannot be loaded, a problem stays English. */
async function translateProblem(): Promise<Translator['problem']> {
  try {
    return (await import('./chinese.ts')).CHINESE.problem;
  } catch {
    return (problem) => problem;
  }
}

/** One worker is the engine's, another the desk's: what is written waits for no walk. */
async function answerDesk(request: DeskRequest): Promise<void> {
  let said: DeskAnswer;
  try {
    const { inBoth, work } = await import('./desk-work.ts');
    const done = work(request);
    said = { id: request.id, done: 'chinese' in request && request.chinese ? inBoth(done, await translateProblem()) : done };
  } catch (error) {
    said = { id: request.id, failure: error instanceof Error ? error.message : String(error) };
  }
  scope.postMessage(said, []);
}
