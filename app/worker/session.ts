/** A session whose answers are in both languages from the start: for an embed, whose figures change their language with the page around them. */

import type { Answer, Request } from './messages.ts';
import { CHINESE } from './chinese.ts';
import { createPlainSession, type Describe, type Engine } from './plain-session.ts';

export type { Describe } from './plain-session.ts';

/** `describe` is needed for runs of a cluster only: what it takes need not be loaded before one is asked for. */
export function createSession<W>(engine: Engine<W>, send: (answer: Answer) => void): (request: Request, describe?: Describe) => void {
  const { handle, speak } = createPlainSession(engine, send);
  speak(CHINESE);
  return handle;
}
