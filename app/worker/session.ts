/**
 * The engine's side of the worker, without the worker: keeps the node of the last run and the world before each packet,
 * so that `why` can be asked for any rule at any step. The engine comes in as a value, so that tests can give another.
 */

import type { ClauseReading, Environment, Interface, Node, Packet, Snapshot, Step, Trace } from '../../engine/index.ts';
import type { Answer, Request, SourceFile } from './messages.ts';
import { readingKey, renderReading, renderTrace, summarise } from './render.ts';

/** What the page uses of the engine. `W` is a world: the rules and all state, immutable. */
export interface Engine<W> {
  parseNode(files: readonly SourceFile[]): Node;
  createWorld(node: Node, environment: Environment): W;
  /** Of the text and of linking and loading, together. */
  problemsOf(world: W): Node['problems'];
  notesOf(world: W): readonly string[];
  /** Its interfaces, or those it is taken to have where the files do not say. */
  devicesOf(world: W): readonly Interface[];
  /** Null if the packet can be walked. */
  checkPacket(world: W, packet: Packet): { readonly field: string; readonly failure: string; readonly hint: string } | null;
  walk(world: W, packet: Packet): { readonly trace: Trace; readonly world: W; readonly notes: readonly string[] };
  answerTo(outcome: Trace['outcome']): Packet | null;
  explainRule(world: W, snapshot: Snapshot, ruleIndex: number): readonly ClauseReading[];
  interfaceName(world: W, id: number): string;
}

/** Readings made together with a trace: enough that stepping never waits, few enough that long chains cost nothing. */
const READINGS_WITH_TRACE = 400;

export function createSession<W>(engine: Engine<W>, answer: (answer: Answer) => void): (request: Request) => void {
  let node: Node | null = null;
  /** World of the node before any packet, kept while node and environment stay: compiling is most of a run. */
  let fresh: { readonly node: Node; readonly environment: string; readonly world: W } | null = null;
  let walked: { readonly id: number; readonly worlds: readonly W[]; readonly traces: readonly Trace[] } | null = null;

  function explain(world: W, trace: Trace, stepIndex: number, rule: number): readonly ClauseReading[] {
    const step: Step | undefined = trace.steps[stepIndex];
    if (!step || (step.kind !== 'rule' && step.kind !== 'misses')) return [];
    const first = step.kind === 'misses' ? step.first : step.at.number;
    return engine.explainRule(world, step.before, step.ruleIndex + rule - first);
  }

  function run(request: Extract<Request, { kind: 'run' }>): void {
    const { id } = request;
    if (request.files) node = engine.parseNode(request.files);
    if (!node) return answer({ kind: 'failed', id, message: 'no node was given' });
    const environment = JSON.stringify(request.environment);
    if (fresh?.node !== node || fresh.environment !== environment) fresh = { node, environment, world: engine.createWorld(node, request.environment) };
    let { world } = fresh;
    const problems = engine.problemsOf(world);
    if (request.files) answer({ kind: 'node', id, node: summarise(node, engine.devicesOf(world), problems, engine.notesOf(world)) });
    const worlds: W[] = [];
    const traces: Trace[] = [];
    const views = [];
    const common = engine.notesOf(world);
    for (const packet of request.packets) {
      const refused = engine.checkPacket(world, packet);
      if (refused) return answer({ kind: 'refused', id, packet: worlds.length, field: refused.field, message: refused.failure, hint: refused.hint });
      worlds.push(world);
      const { trace, world: next, notes } = engine.walk(world, packet);
      const before = world;
      const view = renderTrace(trace, (register) => engine.interfaceName(before, register));
      views.push({ ...view, reply: engine.answerTo(trace.outcome), notes: [...common, ...notes], readings: { ...eager(before, trace), ...view.readings } });
      traces.push(trace);
      world = next;
    }
    walked = { id, worlds, traces };
    answer({ kind: 'traces', id, traces: views, problems });
  }

  function eager(world: W, trace: Trace): Record<string, ReturnType<typeof renderReading>[]> {
    const readings: Record<string, ReturnType<typeof renderReading>[]> = {};
    let left = READINGS_WITH_TRACE;
    trace.steps.forEach((step, index) => {
      if (step.kind !== 'rule' && step.kind !== 'misses') return;
      const [first, last] = step.kind === 'misses' ? [step.first, step.last] : [step.at.number, step.at.number];
      if (last - first >= left) return;
      left -= last - first + 1;
      for (let rule = first; rule <= last; rule++) readings[readingKey(index, rule)] = explain(world, trace, index, rule).map(renderReading);
    });
    return readings;
  }

  return (request) => {
    try {
      if (request.kind === 'run') return run(request);
      const { id, packet, step, rule } = request;
      const world = walked?.worlds[packet];
      const trace = walked?.traces[packet];
      if (!walked || walked.id !== id || world === undefined || !trace) return;
      answer({ kind: 'why', id, packet, step, rule, readings: explain(world, trace, step, rule).map(renderReading) });
    } catch (error) {
      // User input never throws in the engine, so this is a bug of ours: it is shown, and the page keeps what it had.
      answer({ kind: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error) });
    }
  };
}
