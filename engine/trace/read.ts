/**
 * Reading a trace: what it comes to. A summary says in facts, not words, how the packet ended, what was rewritten and
 * which steps decided; a run is a stretch of steps in one hook; the nearest miss is the rule that came closest. Reports,
 * the page and the tests put these into their own words.
 */

import { FIELD } from '../model/field.ts';
import type { Hook } from '../model/hook.ts';
import type { RuleAddress } from '../model/rule.ts';
import { TRUE, type Action } from '../model/test.ts';
import { NOT_KNOWN, type ClauseReading, type FateVerdict, type FieldChange, type Step, type Trace } from '../model/trace.ts';
import { formatAddress } from '../net/address.ts';
import { hasPorts } from '../net/protocol.ts';
import type { TraceReader } from './json.ts';

export interface Endpoint {
  /** Canonical text. */
  readonly address: string;
  /** Null for protocols without ports. */
  readonly port: number | null;
  /** The port is one of many: the kernel draws it by chance. */
  readonly byChance?: true;
}

/** An end of the packet, as it came and as it left. */
export interface EndpointChange {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly changed: boolean;
}

/** A step that the outcome rests on. */
export interface DecisiveStep {
  readonly index: number;
  readonly at: RuleAddress;
  readonly kind: 'rule' | 'policy';
  /** Text after `-j`; null if there is none; for a policy its verdict. */
  readonly target: string | null;
  readonly effects: readonly FieldChange[];
  /** It ended the walk. */
  readonly decides: boolean;
}

export interface TraceSummary {
  readonly verdict: FateVerdict;
  readonly out: string | null;
  readonly by: RuleAddress | null;
  /** A rule or policy decided, and which one is not known. */
  readonly openlyDecided: boolean;
  readonly reason: string | null;
  /** Direction in its connection; null if conntrack did not see it. */
  readonly direction: 'original' | 'reply' | null;
  readonly source: EndpointChange;
  readonly destination: EndpointChange;
  readonly mark: { readonly from: number; readonly to: number };
  /** Rules of nat POSTROUTING or INPUT were looked at: source translation was on the table. */
  readonly natConsulted: boolean;
  /**
   * In order: rules that changed something that mattered later, or left a chain on purpose, and the one that decided. A
   * mark that no rule or route looked at afterwards is not among them, and neither is what hangs on a rule whose answer is not known.
   */
  readonly decisive: readonly DecisiveStep[];
}

/** What a summary asks of rules. */
type Reader = Pick<TraceReader, 'clauses' | 'action'>;

/** What a trace comes to. */
export function summarizeTrace(trace: Trace, reader: Reader): TraceSummary {
  const { outcome, steps } = trace;
  const first = steps[0]?.before;
  const [source, destination] = (['src', 'dst'] as const).map((side) => endpointChange(trace, side)) as [EndpointChange, EndpointChange];
  const lookups = steps.filter((step) => step.kind === 'conntrack');
  const lastMark = outcome.packet?.mark ?? steps.at(-1)?.before.regs[FIELD.mark.index] ?? 0;
  return {
    verdict: outcome.verdict,
    out: outcome.out,
    by: outcome.by,
    openlyDecided: outcome.by === null && outcome.verdict !== 'unknown' && outcome.alternatives.length > 0,
    reason: outcome.reason,
    direction: lookups.find((step) => step.direction !== null)?.direction ?? null,
    source,
    destination,
    mark: { from: first?.regs[FIELD.mark.index] ?? trace.packet.mark ?? 0, to: lastMark },
    natConsulted: steps.some((step) => 'at' in step && step.at.table === 'nat' && (step.hook === 'POSTROUTING' || step.hook === 'INPUT')),
    decisive: decisiveSteps(trace, reader),
  };
}

function endpointChange(trace: Trace, side: 'src' | 'dst'): EndpointChange {
  const port = side === 'src' ? 'sport' : 'dport';
  // A packet without a source gets one from its first route, before any rule sees it.
  const first = trace.steps.find((step) => side === 'dst' || trace.packet.src !== undefined || step.kind !== 'route') ?? trace.steps[0];
  const from: Endpoint = first
    ? {
        address: formatAddress(first.family, first.before.regs, FIELD[side].index),
        port: hasPorts(first.before.regs[FIELD.proto.index] as number) ? (first.before.regs[FIELD[port].index] as number) : null,
      }
    : { address: trace.packet[side] ?? '', port: trace.packet[port] ?? null };
  const left = trace.outcome.packet;
  const byChance = trace.outcome.byChance?.includes(port) ? ({ byChance: true } as const) : {};
  const to: Endpoint = left ? { address: left[side] ?? from.address, port: left[port] ?? from.port, ...byChance } : from;
  return { from, to, changed: from.address !== to.address || from.port !== to.port };
}

function decisiveSteps({ steps, outcome, unsettled }: Trace, reader: Reader): readonly DecisiveStep[] {
  const found: DecisiveStep[] = [];
  for (const step of steps) {
    if (unsettled && 'at' in step && unsettled.rules.some((rule) => sameRule(rule, step.at))) continue;
    const decides = 'at' in step && step.kind !== 'misses' && sameRule(step.at, outcome.by);
    if (step.kind === 'policy' && decides) found.push({ index: step.index, at: step.at, kind: 'policy', target: step.verdict, effects: [], decides });
    if (step.kind !== 'rule' || step.matched !== TRUE) continue;
    const effects = realChanges(step.effects).filter((change) => change.field !== 'mark' || markMatters(change, step.index, steps, reader));
    if (decides || effects.length > 0 || leaves(reader.action(step.ruleIndex))) found.push({ index: step.index, at: step.at, kind: 'rule', target: step.target, effects, decides });
  }
  return found;
}

/** Priorities of the rules every node has: `ip rule` looks up local, main and default there, whatever the mark. */
const PLAIN_PRIORITIES: ReadonlySet<number | null> = new Set([null, 0, 32766, 32767]);

/** Did a rule that matched, or a policy rule, look at the bits changed? */
function markMatters({ from, to }: FieldChange, index: number, steps: readonly Step[], reader: Reader): boolean {
  const bits = typeof from === 'number' && typeof to === 'number' ? from ^ to : -1;
  return steps.some((later) => {
    if (later.index <= index) return false;
    if (later.kind === 'route') return !PLAIN_PRIORITIES.has(later.rule);
    if (later.kind !== 'rule' || later.matched !== TRUE) return false;
    return (
      later.effects.some((change) => change.field === 'ctmark') ||
      reader.clauses(later.ruleIndex).some((clause) => clause.any.some((test) => test.op === 'masked' && test.field === FIELD.mark && (test.mask & bits) !== 0))
    );
  });
}

/** Effects that left something other than it was: a mark written over with itself is none. */
export function realChanges(effects: readonly FieldChange[]): readonly FieldChange[] {
  return effects.filter(({ from, to }) => from !== to || from === NOT_KNOWN);
}

/** Does it end the chain or the walk, or settle how the packet is tracked? Jumps, and targets that log or count, do not. */
function leaves(action: Action | null): boolean {
  return action !== null && (action.verdict !== 'CONTINUE' || action.effects.some(({ op }) => op === 'notrack' || op === 'ct-template'));
}

function sameRule(a: RuleAddress, b: RuleAddress | null): boolean {
  return b !== null && a.family === b.family && a.backend === b.backend && a.table === b.table && a.chain === b.chain && a.number === b.number;
}

/** Steps in a row in one hook and pass. */
export interface HookRun {
  readonly hook: Hook;
  readonly pass: number;
  readonly steps: readonly Step[];
}

export function hookRuns(steps: readonly Step[]): readonly HookRun[] {
  const runs: { hook: Hook; pass: number; steps: Step[] }[] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last && last.hook === step.hook && last.pass === step.pass) last.steps.push(step);
    else runs.push({ hook: step.hook, pass: step.pass, steps: [step] });
  }
  return runs;
}

/** A rule that did not match, and the clause that it failed on. */
export interface NearMiss {
  readonly number: number;
  readonly ruleIndex: number;
  /** The clause that failed. */
  readonly clause: ClauseReading;
  /** Clauses that held before it. */
  readonly held: number;
}

/** Of rules that did not match, the one of which most clauses held before one failed; the first of equals. */
export function nearestMiss(step: Extract<Step, { kind: 'misses' }>, explain: (ruleIndex: number) => readonly ClauseReading[], limit = 1000): NearMiss | null {
  let best: NearMiss | null = null;
  for (let number = step.first; number <= step.last && number < step.first + limit; number++) {
    const ruleIndex = step.ruleIndex + number - step.first;
    const readings = step.readings?.get(number) ?? explain(ruleIndex);
    const clause = readings.at(-1);
    const held = readings.length - 1;
    if (clause && held > (best?.held ?? -1)) best = { number, ruleIndex, clause, held };
  }
  return best;
}
