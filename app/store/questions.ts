/** What the views ask the worker for, each thing once for every walk. */

import type { Answer } from '../worker/messages.ts';
import type { CausedPath } from './caused.ts';
import type { ShownWalk } from './shown-walk.ts';
import type { App, AppStore, Walker } from './store.ts';
import { whyNotKey } from './why-not.ts';

/** Under which the readings of a rule at a step are kept. */
export function readingsKey(packet: number, caused: CausedPath, step: number, rule: number): string {
  return `${[packet, ...caused].join('.')}/${step}/${rule}`;
}

/** What is kept under a name that somebody gave, as to a set or a node; null where nothing is. What every object has, as `constructor`, was not kept there. */
export function ownValue<T>(values: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(values, name) ? (values[name] as T) : null;
}

type Questions = Pick<App, 'askWhy' | 'asksWhyNot' | 'askWhyNot' | 'askSet' | 'find'>;

/** Most questions that wait: no more are to be seen at once. */
const MOST_WAITING = 16;

interface Question {
  readonly about: 'node' | 'traces';
  readonly ask: () => void;
  /** What is looked for. */
  readonly query?: string;
}

interface Asked {
  readonly questions: Questions;
  /** Of another walk nothing has been asked yet. */
  forget(): void;
  /** The walk that was under way has ended, whatever came of it: what nobody answered is asked of what is shown. */
  settled(): void;
  answered(answer: Answer): void;
}

/** What is asked while a walk is under way waits for its end. */
export function questionsTo(walker: Walker, shown: ShownWalk, { getState, setState }: AppStore): Asked {
  const asked = new Set<string>();
  const waiting = new Map<string, Question>();
  const put = ({ about, ask }: Question): void => {
    shown.ready(about);
    ask();
  };
  const wait = (key: string, question: Question): void => {
    waiting.delete(key);
    waiting.set(key, question);
    for (const oldest of waiting.keys()) if (waiting.size > MOST_WAITING) waiting.delete(oldest);
    if (getState().answer.status !== 'running') put(question);
  };
  const once = (key: string, question: Question): void => {
    if (asked.has(key)) return;
    asked.add(key);
    wait(key, question);
  };
  const questions: Questions = {
    askWhy(packet, step, rule, caused = []) {
      const ask = (): void => (caused.length === 0 ? walker.why(packet, step, rule) : walker.why(packet, step, rule, caused));
      once(readingsKey(packet, caused, step, rule), { about: 'traces', ask });
    },
    asksWhyNot: walker.whyNot !== undefined,
    askWhyNot(wish) {
      const { packet, caused } = getState().selection;
      const ask = (): void => (caused.length === 0 ? walker.whyNot?.(packet, wish) : walker.whyNot?.(packet, wish, caused));
      once(whyNotKey(packet, caused, wish), { about: 'traces', ask });
    },
    askSet(name) {
      once(`set ${name}`, { about: 'node', ask: () => walker.set?.(name) });
    },
    find(query, words = false) {
      const field = words ? 'foundByWords' : 'found';
      if (query.trim() !== '') return wait(field, { about: 'node', query, ask: () => (words ? walker.find?.(query, true) : walker.find?.(query)) });
      waiting.delete(field);
      setState({ answer: { ...getState().answer, [field]: null } });
    },
  };
  return {
    questions,
    forget: () => asked.clear(),
    settled() {
      for (const [key, question] of waiting) {
        asked.add(key);
        put(question);
      }
    },
    answered(answer) {
      if (answer.kind === 'found') {
        const field = answer.words ? 'foundByWords' : 'found';
        if (waiting.get(field)?.query === answer.query) waiting.delete(field);
      }
      if (answer.kind === 'set') waiting.delete(`set ${answer.name}`);
      if (answer.kind === 'why') waiting.delete(readingsKey(answer.packet, answer.caused ?? [], answer.step, answer.rule));
      if (answer.kind === 'why-not') waiting.delete(whyNotKey(answer.packet, answer.caused ?? [], answer.wish));
      // Asked again, it would break again.
      if (answer.kind === 'failed' && shown.broken()) waiting.clear();
    },
  };
}
