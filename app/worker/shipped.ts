/**
 * The way to the engine where the walk was made before: it answers at once, and the engine, which takes longer to come, walks
 * the same behind it, to be ready for the questions that follow.
 */

import type { Client, Run } from './client.ts';
import type { Answer, NodeSummary, TraceView } from './messages.ts';

interface KnownWalk {
  readonly node: NodeSummary;
  readonly traces: readonly TraceView[];
  readonly problems: NodeSummary['problems'];
}

/** What the walk itself is answered with: of a walk that is known, it is known too. */
const OF_THE_WALK: ReadonlySet<Answer['kind']> = new Set(['cluster', 'node', 'traces', 'skipped']);

/** `later` calls back when the page has nothing better to do. */
export function withKnownWalks(
  connect: (onAnswer: (answer: Answer) => void) => Client,
  find: (run: Run) => KnownWalk | null,
  take: (answer: Answer) => void,
  later: (work: () => void) => void,
): Client {
  /** The engine's run whose answers count, and the one that only repeats what is known. */
  let live = 0;
  let repeated = 0;
  let waiting: Run | null = null;
  /** The run whose walk is known, until its answer is given. */
  let known: Run | null = null;
  const client = connect((answer) => {
    if (answer.id === live || (answer.id === repeated && !OF_THE_WALK.has(answer.kind))) take(answer);
  });

  function ready(): void {
    if (!waiting) return;
    const run = waiting;
    waiting = null;
    repeated = client.run(run);
  }

  // Whatever the engine is asked beside walks, it is asked of the walk that is shown.
  const asking = new Proxy(client, {
    get(target, name: keyof Client) {
      const ask = target[name] as (...values: unknown[]) => unknown;
      return (...values: unknown[]) => {
        ready();
        return ask(...values);
      };
    },
  });
  return {
    ...Object.fromEntries(Object.keys(client).map((name) => [name, asking[name as keyof Client]])),
    run(run: Run) {
      const walk = find(run);
      live = 0;
      repeated = 0;
      waiting = null;
      known = walk && run;
      if (!walk) {
        live = client.run(run);
        return live;
      }
      waiting = run;
      queueMicrotask(() => {
        // Asked meanwhile, the engine only repeats it: the answer is still this one.
        if (known !== run) return;
        take({ kind: 'node', id: 0, node: walk.node });
        take({ kind: 'traces', id: 0, traces: walk.traces, problems: walk.problems });
      });
      later(() => waiting === run && ready());
      return 0;
    },
    chinese: () => client.chinese() && live !== 0,
    cancel() {
      live = 0;
      waiting = null;
      known = null;
      client.cancel();
    },
  } as Client;
}
