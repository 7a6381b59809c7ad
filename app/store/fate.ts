/** The fate of a packet in few words, and the steps that prove it. Derived from a trace; the words are in `text/`. */

import type { StepView, TraceView } from '../worker/messages.ts';

export type FateClass = 'accept' | 'drop' | 'rewrite' | 'neutral' | 'unknown';

export interface Fate {
  readonly verdict: TraceView['outcome']['verdict'];
  readonly class: FateClass;
  /** Was the source or the destination rewritten between entry and exit? */
  readonly snat: boolean;
  readonly dnat: boolean;
  /** The packet answers a known connection: a rewriting undoes the one of the other direction. */
  readonly reply: boolean;
  /** Whether the node's rules could have done SNAT to this packet: a nat table was there to ask. */
  readonly natAsked: boolean;
  readonly out: string | null;
  readonly src: string | null;
  readonly dst: string | null;
  readonly sport: number | null;
  readonly dport: number | null;
  readonly by: string | null;
  readonly reason: string | null;
  readonly unknowns: number;
}

/** One link of the causal chain; `step` proves it. */
export type Cause =
  | { readonly kind: 'mark'; readonly step: number; readonly value: number }
  | {
      readonly kind: 'rewrite';
      readonly step: number;
      readonly manip: 'src' | 'dst';
      readonly to: string;
      readonly by: { readonly chain: string; readonly rule: number; readonly target: string } | null;
    }
  | { readonly kind: 'rule'; readonly step: number; readonly chain: string; readonly rule: number; readonly target: string }
  | { readonly kind: 'policy'; readonly step: number; readonly chain: string; readonly verdict: string }
  | { readonly kind: 'no-rewrite'; readonly step: number }
  /** The nat table is asked only for packets that start a connection. */
  | { readonly kind: 'known-connection'; readonly step: number; readonly state: string }
  | { readonly kind: 'not-tracked'; readonly step: number; readonly state: string }
  | { readonly kind: 'unknown'; readonly step: number; readonly chain: string; readonly rule: number }
  | { readonly kind: 'stack'; readonly step: number; readonly text: string };

export interface Evidence {
  readonly causes: readonly Cause[];
  /** The step the page opens on. */
  readonly deciding: number;
}

const MOST_CAUSES = 4;

/** `outcome` is the trace's own, or one of the ends an unknown answer may lead to. */
export function fateOf(trace: TraceView, outcome = trace.outcome): Fate {
  const { states, steps } = trace;
  const first = states[0];
  const left = outcome.packet;
  // A packet of the node itself has its source chosen on the way: only conntrack's rewriting counts.
  const differs = Boolean(left?.src && first && trace.packet.src !== undefined && first.src !== left.src);
  const snat = outcome === trace.outcome ? steps.some((step) => step.kind === 'nat' && step.manip === 'src') : differs;
  const dnat = Boolean(left && first && first.dst !== left.dst);
  const natAsked = steps.some((step) => 'chain' in step && step.table.endsWith('nat')) || steps.some((step) => step.kind === 'nat');
  return {
    verdict: outcome.verdict,
    class: classOf(outcome.verdict, snat || dnat, natAsked),
    snat,
    dnat,
    reply: steps.some((step) => step.kind === 'conntrack' && step.event !== 'create' && step.direction === 'reply'),
    natAsked,
    out: outcome.out,
    src: left?.src ?? null,
    dst: left?.dst ?? null,
    sport: left?.sport ?? null,
    dport: left?.dport ?? null,
    by:
      outcome.by &&
      `${outcome.by.backend ? `${outcome.by.backend}:` : ''}${outcome.by.family === 'ipv6' ? 'ip6:' : ''}${outcome.by.table}/${outcome.by.chain}/${outcome.by.number}`,
    reason: outcome.reason,
    unknowns: outcome.because.length,
  };
}

function classOf(verdict: TraceView['outcome']['verdict'], rewritten: boolean, natAsked: boolean): FateClass {
  switch (verdict) {
    case 'unknown':
      return 'unknown';
    case 'dropped':
    case 'rejected':
    case 'lost':
      return 'drop';
    case 'queued':
    case 'stolen':
      return 'neutral';
    case 'delivered':
      return rewritten ? 'rewrite' : 'accept';
    default:
      return rewritten ? 'rewrite' : natAsked ? 'neutral' : 'accept';
  }
}

export function evidenceOf(trace: TraceView): Evidence {
  const { steps, outcome } = trace;
  const causes: Cause[] = [];
  const last = Math.max(0, steps.length - 1);
  let deciding = last;
  const add = (cause: Cause): number => {
    if (!causes.some((other) => other.step === cause.step)) causes.push(cause);
    return cause.step;
  };

  for (const step of steps) {
    if (step.kind === 'rule')
      for (const { field, from, to } of step.effects) if (field === 'mark' && from !== to && typeof to === 'number') add({ kind: 'mark', step: step.index, value: to });
    if (step.kind === 'nat') {
      const rule = ruleBehind(steps, step);
      deciding = add({
        kind: 'rewrite',
        step: rule?.index ?? step.index,
        manip: step.manip,
        to: step.to,
        by: rule && { chain: rule.chain, rule: rule.rule, target: targetName(rule.target) },
      });
    }
  }

  const fate = fateOf(trace);
  if (outcome.verdict === 'unknown') {
    causes.length = 0;
    for (const step of steps) if (step.kind === 'rule' && step.matched === 'unknown') add({ kind: 'unknown', step: step.index, chain: step.chain, rule: step.rule });
    deciding = causes[0]?.step ?? last;
  } else if (fate.class === 'drop' || outcome.verdict === 'queued' || outcome.verdict === 'stolen') {
    deciding = decider(steps, trace, add) ?? last;
  } else if ((outcome.verdict === 'forwarded' || outcome.verdict === 'sent') && !fate.snat && !fate.dnat) {
    deciding = whyNoRewrite(steps, add) ?? last;
  }
  if (causes.length === 0) deciding = decider(steps, trace, add) ?? last;
  causes.sort((a, b) => a.step - b.step);
  return { causes: causes.slice(-MOST_CAUSES), deciding };
}

/** The rule that asked for a rewriting, if it stands right before it. */
function ruleBehind(steps: readonly StepView[], step: StepView): Extract<StepView, { kind: 'rule' }> | null {
  const before = steps[step.index - 1];
  return before?.kind === 'rule' && before.hook === step.hook ? before : null;
}

function decider(steps: readonly StepView[], trace: TraceView, add: (cause: Cause) => number): number | null {
  const by = trace.outcome.by;
  const step = by
    ? steps.findLast((candidate) => 'chain' in candidate && candidate.chain === by.chain && candidate.rule === by.number && candidate.table.endsWith(by.table))
    : steps.at(-1);
  if (!step) return null;
  if (step.kind === 'rule') return add({ kind: 'rule', step: step.index, chain: step.chain, rule: step.rule, target: targetName(step.target) });
  if (step.kind === 'policy') return add({ kind: 'policy', step: step.index, chain: step.chain, verdict: step.verdict });
  if ('text' in step) return add({ kind: 'stack', step: step.index, text: step.text });
  return step.index;
}

function whyNoRewrite(steps: readonly StepView[], add: (cause: Cause) => number): number | null {
  const nat = steps.filter((step) => 'chain' in step && step.hook === 'POSTROUTING' && step.table.endsWith('nat'));
  const end = nat.at(-1);
  if (!end) {
    const lookup = steps.find((step) => step.kind === 'conntrack' && step.event === 'lookup');
    if (lookup?.kind === 'conntrack' && lookup.state !== 'NEW')
      return add({ kind: lookup.state === 'INVALID' || lookup.state === 'UNTRACKED' ? 'not-tracked' : 'known-connection', step: lookup.index, state: lookup.state });
    return null;
  }
  const stopper = nat.findLast((step) => step.kind === 'rule' && step.matched === 'true' && /^(RETURN|ACCEPT)\b/.test(step.target ?? ''));
  const at = stopper?.kind === 'rule' ? add({ kind: 'rule', step: stopper.index, chain: stopper.chain, rule: stopper.rule, target: targetName(stopper.target) }) : null;
  add({ kind: 'no-rewrite', step: end.index });
  return at ?? end.index;
}

export function targetName(target: string | null): string {
  return target === null ? '' : (target.split(' ', 1)[0] ?? '');
}
