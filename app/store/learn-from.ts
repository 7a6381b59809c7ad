/** Takes in the Chinese that an answer brings of what the engine says, before any view shows it. */

import { learn } from '../text/learned.ts';
import type { Answer, TraceView } from '../worker/messages.ts';

export function learnFrom(answer: Answer): void {
  if ('zh' in answer) learn(answer.zh);
  if (answer.kind === 'node') learn(answer.node.zh);
  if (answer.kind === 'traces') for (const trace of answer.traces) learnTrace(trace);
}

function learnTrace({ zh, emitted }: TraceView): void {
  learn(zh);
  for (const caused of emitted) learnTrace(caused);
}
