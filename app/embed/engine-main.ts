/**
 * The engine for an embed. The build makes a function of this script, with `packetwalkScope` as its surroundings: the
 * global scope of a worker, or two functions of the frame where no worker can be had.
 */

import { engine } from '../worker/engine.ts';
import type { Answer, Request } from '../worker/messages.ts';
import { createSession } from '../worker/session.ts';

declare const packetwalkScope: { postMessage(message: Answer): void; onmessage: ((event: { readonly data: Request }) => void) | null };

const session = createSession(engine, (answer) => packetwalkScope.postMessage(answer));
packetwalkScope.onmessage = ({ data }) => session(data);
