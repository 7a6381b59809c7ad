/**
 * The engine's side of the worker, without the worker: keeps the node of the last run and the world before each packet,
 * so that `why` can be asked for any rule at any step. The engine comes in as a value, so that tests can give another; so do the tables of its
 * Chinese, which are large and which most pages do without (session.ts has them from the start).
 */

import type {
  ClauseReading,
  Environment,
  Explainer,
  GeneratedNode,
  Interface,
  IpSet,
  IpvsConnection,
  Node,
  Packet,
  PacketFailure,
  Snapshot,
  Step,
  Trace,
  WhyNot,
  Wish,
} from '../../engine/index.ts';
import type { Answer, Chinese, IpvsView, ProblemView, Reading, Request, SourceFile, TraceView } from './messages.ts';
import type { Made } from './cluster.ts';
import { readingKey, renderIpvs, renderReading, renderTrace, summarise } from './render.ts';
import { renderWhyNot, wishOf } from './why-not.ts';

/** What the page uses of the engine. `W` is a world: the rules and all state, immutable. */
export interface Engine<W> {
  parseNode(files: readonly SourceFile[]): Node;
  createWorld(node: Node, environment: Environment): W;
  /** Of the text and of linking and loading, together. */
  problemsOf(world: W): Node['problems'];
  notesOf(world: W): readonly string[];
  /** Its interfaces, or those it is taken to have where the files do not say. */
  devicesOf(world: W): readonly Interface[];
  /** What keeps an environment from being one, whatever a link or a file had in its place; null if nothing does. */
  checkEnvironment(environment: Environment): PacketFailure | null;
  /** The same of a packet; null if it can be walked. */
  checkPacket(world: W, packet: Packet): PacketFailure | null;
  walk(world: W, packet: Packet): { readonly trace: Trace; readonly world: W; readonly notes: readonly string[] };
  answerTo(outcome: Trace['outcome']): Packet | null;
  /** The connections of IPVS that a world knows, and its clock in seconds. */
  ipvsOf(world: W): { readonly connections: readonly IpvsConnection[]; readonly now: number };
  /** Steps that the outcome rests on. */
  decisive(world: W, trace: Trace): readonly number[];
  /** Why something did not happen. */
  whyNot(world: W, trace: Trace, wish: Wish): WhyNot;
  explainRule(world: W, snapshot: Snapshot, ruleIndex: number): readonly ClauseReading[];
  interfaceName(world: W, id: number): string;
  /** Entries as `ipset save` prints them after `add NAME `. */
  entriesOf(set: IpSet): readonly string[];
  /** What its rules are for. `generated`: what it was made of. */
  explainerOf(node: Node, generated: GeneratedNode | null): Explainer;
}

/** Says in Chinese what the engine says. */
export interface Translator {
  answer(answer: Answer): Answer;
  problem<T extends Pick<Node['problems'][number], 'message' | 'hint'> & { readonly fault?: string }>(problem: T): T & Pick<ProblemView, 'messageZh' | 'hintZh'>;
  /** The Chinese of answers that went out without it. */
  sentences(answers: readonly Answer[]): Chinese;
}

interface Session {
  handle(request: Request, describe?: Describe): void;
  /** What is answered from now on is in Chinese too. */
  speak(translator: Translator): void;
}

/** Readings made together with a trace: enough that stepping never waits, few enough that long chains cost nothing. */
const READINGS_WITH_TRACE = 400;

/** Answers in which the engine says something. */
const SAYS: ReadonlySet<Answer['kind']> = new Set(['cluster', 'node', 'traces', 'why', 'why-not', 'refused']);

/** Makes a node from a cluster's text. */
export type Describe = (text: string) => Made;

/** Its `handle` needs `describe` for runs of a cluster only: what it takes need not be loaded before one is asked for. */
export function createPlainSession<W>(engine: Engine<W>, send: (answer: Answer) => void): Session {
  let translator: Translator | null = null;
  /** What was said of the last run in English alone, without its long lists. */
  let plainly: Answer[] = [];
  const answer = (plain: Answer): void => {
    if (translator) return send(translator.answer(plain));
    if (SAYS.has(plain.kind)) plainly.push(withoutLists(plain));
    send(plain);
  };
  let node: Node | null = null;
  /** What the node was parsed from, where it was made from a cluster: the same text need not be parsed again. */
  let parsedFrom = '';
  let explainer: Explainer | null = null;
  /** World of the node before any packet, kept while node and environment stay: compiling is most of a run. */
  let fresh: { readonly node: Node; readonly environment: string; readonly world: W } | null = null;
  let walked: { readonly id: number; readonly worlds: readonly W[]; readonly traces: readonly Trace[] } | null = null;

  function explain(world: W, trace: Trace, stepIndex: number, rule: number): readonly ClauseReading[] {
    const step: Step | undefined = trace.steps[stepIndex];
    if (!step || (step.kind !== 'rule' && step.kind !== 'misses')) return [];
    const first = step.kind === 'misses' ? step.first : step.at.number;
    return engine.explainRule(world, step.before, step.ruleIndex + rule - first);
  }

  function read(reading: ClauseReading): Reading {
    if (!explainer) throw new Error('broken promise: a reading without a node');
    return renderReading(reading, explainer);
  }

  /** False if no node can be made. */
  function take({ id, files, cluster }: Extract<Request, { kind: 'run' }>, describe: Describe | undefined): boolean {
    if (!files) return node !== null;
    const before = { node, parsedFrom };
    // Whatever stops it from here on: the node before is not of these files, and whoever asks for theirs again is told so.
    node = null;
    explainer = null;
    parsedFrom = '';
    const [first, ...others] = files;
    if (!cluster || !first) {
      const parsed = engine.parseNode(files);
      explainer = engine.explainerOf(parsed, null);
      node = parsed;
      return true;
    }
    if (!describe) throw new Error('broken promise: a cluster came without what reads it');
    const { view, generated } = describe(first.text);
    answer({ kind: 'cluster', id, cluster: view });
    if (view.snapshot === null) return false;
    const made = [{ name: 'node.snapshot', text: view.snapshot }, ...others];
    const text = JSON.stringify(made);
    const parsed = before.node && text === before.parsedFrom ? before.node : engine.parseNode(made);
    // The same rules may have other objects behind them now.
    explainer = engine.explainerOf(parsed, generated);
    node = parsed;
    parsedFrom = text;
    return true;
  }

  function run(request: Extract<Request, { kind: 'run' }>, describe: Describe | undefined): void {
    const { id } = request;
    plainly = [];
    if (!take(request, describe) && request.cluster) return answer({ kind: 'not-generated', id });
    if (!node || !explainer) return answer({ kind: 'failed', id, message: 'no node was given' });
    const wrong = engine.checkEnvironment(request.environment);
    if (wrong) return answer({ kind: 'refused', id, packet: null, field: wrong.field, message: wrong.failure, hint: wrong.hint });
    const environment = JSON.stringify(request.environment);
    if (fresh?.node !== node || fresh.environment !== environment) fresh = { node, environment, world: engine.createWorld(node, request.environment) };
    let { world } = fresh;
    const problems = translator ? engine.problemsOf(world).map(translator.problem) : engine.problemsOf(world);
    if (request.files) answer({ kind: 'node', id, node: summarise(node, engine.devicesOf(world), problems, engine.notesOf(world), explainer) });
    const worlds: W[] = [];
    const traces: Trace[] = [];
    const views: TraceView[] = [];
    const common = engine.notesOf(world);
    for (const packet of request.packets) {
      const refused = engine.checkPacket(world, packet);
      if (refused) return answer({ kind: 'refused', id, packet: worlds.length, field: refused.field, message: refused.failure, hint: refused.hint });
      worlds.push(world);
      const { trace, world: next, notes } = engine.walk(world, packet);
      const ipvs = (node.virtualServers?.length ?? 0) > 0 ? { before: ipvsOf(world), after: ipvsOf(next) } : null;
      views.push({ ...viewOf(world, trace, explainer, { left: READINGS_WITH_TRACE }), notes: [...common, ...notes], ipvs });
      traces.push(trace);
      world = next;
    }
    walked = { id, worlds, traces };
    answer({ kind: 'traces', id, traces: views, problems });
  }

  function ipvsOf(world: W): readonly IpvsView[] {
    const { connections, now } = engine.ipvsOf(world);
    return renderIpvs(connections, now);
  }

  /** A trace with those of the packets that it caused. They share what may be read ahead. */
  function viewOf(world: W, trace: Trace, words: Explainer, ahead: { left: number }): TraceView {
    const view = renderTrace(trace, (register) => engine.interfaceName(world, register), words);
    const readings = { ...eager(world, trace, ahead), ...view.readings };
    const emitted = trace.emitted.map((caused) => ({ ...viewOf(world, caused, words, ahead), cause: caused.cause, parent: caused.parent }));
    return { ...view, readings, emitted, decisive: engine.decisive(world, trace), ipvs: null, reply: engine.answerTo(trace.outcome), notes: [] };
  }

  function eager(world: W, trace: Trace, ahead: { left: number }): Record<string, Reading[]> {
    const readings: Record<string, Reading[]> = {};
    trace.steps.forEach((step, index) => {
      if (step.kind !== 'rule' && step.kind !== 'misses') return;
      const [first, last] = step.kind === 'misses' ? [step.first, step.last] : [step.at.number, step.at.number];
      if (last - first >= ahead.left) return;
      ahead.left -= last - first + 1;
      for (let rule = first; rule <= last; rule++) readings[readingKey(index, rule)] = explain(world, trace, index, rule).map(read);
    });
    return readings;
  }

  const handle: Session['handle'] = (request, describe) => {
    try {
      if (request.kind === 'run') return run(request, describe);
      if (request.kind === 'chinese') {
        const said = plainly;
        plainly = [];
        return send({ kind: 'chinese', id: request.id, zh: translator?.sentences(said) ?? {} });
      }
      if (request.kind === 'find') {
        const { id, query, words } = request;
        return node
          ? answer({ kind: 'found', id, query, ...(words && { words }), found: findRules(node, words ? query.split(/\s+/u).filter((word) => word !== '') : [query]) })
          : undefined;
      }
      if (request.kind === 'set') {
        const set = node?.sets?.get(request.name);
        return set && answer({ kind: 'set', id: request.id, name: request.name, entries: engine.entriesOf(set) });
      }
      const { id, packet, caused = [] } = request;
      const world = walked?.worlds[packet];
      const trace = caused.reduce<Trace | undefined>((of, place) => of?.emitted[place], walked?.traces[packet]);
      if (!walked || walked.id !== id || world === undefined || !trace) return;
      const place = { id, packet, ...(caused.length > 0 && { caused }) };
      if (request.kind === 'why-not') {
        const { wish } = request;
        const asked = wishOf(wish);
        return asked ? answer({ kind: 'why-not', ...place, wish, whyNot: renderWhyNot(engine.whyNot(world, trace, asked), read) }) : undefined;
      }
      const { step, rule } = request;
      answer({ kind: 'why', ...place, step, rule, readings: explain(world, trace, step, rule).map(read) });
    } catch (error) {
      // User input never throws in the engine, so this is a bug of ours: it is shown, and the page keeps what it had.
      answer({ kind: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error) });
    }
  };
  return {
    handle,
    speak(given) {
      translator = given;
    },
  };
}

function withoutLists(answer: Answer): Answer {
  if (answer.kind === 'node') return { ...answer, node: { ...answer.node, tables: [], problems: [] } };
  if (answer.kind === 'cluster') return { ...answer, cluster: { ...answer.cluster, snapshot: null, sets: [], addresses: [] } };
  return answer;
}

/** Rules that have each of the texts in their line. */
function findRules({ tables }: Node, texts: readonly string[]): Uint32Array {
  const wanted = texts.map((text) => text.toLowerCase());
  const found: number[] = [];
  tables.forEach(({ chains }, t) => {
    chains.forEach(({ rules }, c) => {
      for (const { number, source } of rules) {
        const line = source.toLowerCase();
        if (wanted.every((text) => line.includes(text))) found.push(t, c, number);
      }
    });
  });
  return Uint32Array.from(found);
}
