/** The fate of a packet in few words, and the steps that prove it. Derived from a trace; the words are in `text/`. */

import type { StepView, TraceView } from '../worker/messages.ts';
import { answerOf, ipvsOf, targetName, tproxyOf, wrapOf, type IpvsHandling } from './handling.ts';

export { targetName } from './handling.ts';

export type FateClass = 'accept' | 'drop' | 'rewrite' | 'neutral' | 'unknown';

export interface Fate {
  readonly verdict: TraceView['outcome']['verdict'];
  readonly class: FateClass;
  /** Was the source or the destination translated between entry and exit? What IPVS does is apart. */
  readonly snat: boolean;
  readonly dnat: boolean;
  /** The packet answers a known connection: a rewriting undoes the one of the other direction. */
  readonly reply: boolean;
  /** Whether the node's rules could have done SNAT to this packet: a nat table was there to ask. */
  readonly natAsked: boolean;
  /** `to`: the real server, or the source it put back; null where the addresses stay. */
  readonly ipvs: Pick<IpvsHandling, 'kind' | 'to'> | null;
  /** Where TPROXY gave it to: `:8102`. */
  readonly tproxy: string | null;
  /** Far end of the tunnel that wraps it. */
  readonly wrapped: string | null;
  /** What its sender is told instead: `icmp-port-unreachable`. */
  readonly answer: string | null;
  /** Another packet caused it, and no rule rewrote it. */
  readonly made: boolean;
  readonly out: string | null;
  readonly src: string | null;
  readonly dst: string | null;
  readonly sport: number | null;
  readonly dport: number | null;
  /** Ports that the kernel draws by chance: the numbers are one of many. */
  readonly drawn: { readonly sport: boolean; readonly dport: boolean };
  readonly by: string | null;
  /** A rule or policy decided, and which one is not known. */
  readonly openlyDecided: boolean;
  /** Set where that is the end of a built-in chain: the chain whose policy it was, `filter/FORWARD`. */
  readonly policyOf: string | null;
  readonly reason: string | null;
  readonly unknowns: number;
}

/** One link of the causal chain; `step` proves it. */
export type Cause =
  | { readonly kind: 'mark'; readonly step: number; readonly value: number; readonly chain: string; readonly rule: number }
  | {
      readonly kind: 'rewrite';
      readonly step: number;
      readonly manip: 'src' | 'dst';
      readonly to: string;
      /** Its port is one of many: the address alone. */
      readonly byChance?: string;
      readonly by: { readonly chain: string; readonly rule: number; readonly target: string } | null;
    }
  | { readonly kind: 'ipvs'; readonly step: number; readonly for: IpvsHandling['kind']; readonly to: string | null }
  | { readonly kind: 'tproxy'; readonly step: number; readonly chain: string; readonly rule: number; readonly on: string }
  | { readonly kind: 'wrapped'; readonly step: number; readonly to: string }
  | { readonly kind: 'rule'; readonly step: number; readonly chain: string; readonly rule: number; readonly target: string }
  | { readonly kind: 'policy'; readonly step: number; readonly chain: string; readonly verdict: string }
  | { readonly kind: 'no-rewrite'; readonly step: number }
  /** The nat table is asked only for packets that start a connection. */
  | { readonly kind: 'known-connection'; readonly step: number; readonly state: string }
  | { readonly kind: 'not-tracked'; readonly step: number; readonly state: string }
  | { readonly kind: 'unknown'; readonly step: number; readonly chain: string; readonly rule: number }
  /** The stack ends it. */
  | { readonly kind: 'lost'; readonly step: number; readonly reason: string }
  | { readonly kind: 'route'; readonly step: number; readonly dev: string; readonly table: string }
  | { readonly kind: 'stack'; readonly step: number; readonly text: string };

interface Evidence {
  readonly causes: readonly Cause[];
  /** The step the page opens on; one of the causes has it. */
  readonly deciding: number;
}

/** Links of the chain at most (ux §5). */
const MOST_CAUSES = 4;

/** `outcome` is the trace's own, or one of the ends an unknown answer may lead to. */
export function fateOf(trace: TraceView, outcome = trace.outcome): Fate {
  const { states, steps } = trace;
  const first = states[0];
  const left = outcome.packet;
  const own = outcome === trace.outcome;
  const ipvs = own ? ipvsOf(trace) : null;
  // A packet of the node itself has its source chosen on the way: only conntrack's rewriting counts.
  const differs = Boolean(left?.src && first && trace.packet.src !== undefined && first.src !== left.src) && ipvs?.kind !== 'answer';
  const snat = (own && steps.some((step) => step.kind === 'nat' && step.manip === 'src')) || differs;
  const dnat = Boolean(left && first && first.dst !== left.dst) && ipvs?.kind !== 'request';
  const natAsked = steps.some((step) => 'chain' in step && step.table.endsWith('nat')) || steps.some((step) => step.kind === 'nat');
  const made = 'cause' in trace && !snat && !dnat;
  return {
    verdict: outcome.verdict,
    class: classOf(outcome.verdict, snat || dnat || ipvs !== null, natAsked && !made),
    snat,
    dnat,
    reply: ipvs?.kind === 'answer' || steps.some((step) => step.kind === 'conntrack' && step.event !== 'create' && step.direction === 'reply'),
    natAsked,
    ipvs: ipvs && { kind: ipvs.kind, to: ipvs.to },
    tproxy: own ? (tproxyOf(trace)?.on ?? null) : null,
    wrapped: own ? (wrapOf(trace)?.to ?? null) : null,
    answer: own ? (answerOf(trace)?.what ?? null) : null,
    made,
    out: outcome.out,
    src: left?.src ?? null,
    dst: left?.dst ?? null,
    sport: left?.sport ?? null,
    dport: left?.dport ?? null,
    drawn: { sport: outcome.byChance?.includes('sport') ?? false, dport: outcome.byChance?.includes('dport') ?? false },
    openlyDecided: isOpenlyDecided(outcome),
    by: outcome.by && `${tableKey(outcome.by)}/${outcome.by.chain}/${outcome.by.number}`,
    policyOf: own && outcome.by !== null && ended(trace).some(({ cause }) => cause.kind === 'policy') ? `${tableKey(outcome.by)}/${outcome.by.chain}` : null,
    reason: outcome.reason,
    unknowns: outcome.because.length,
  };
}

const isOpenlyDecided = ({ verdict, by, alternatives }: TraceView['outcome']): boolean => verdict !== 'unknown' && by === null && alternatives.length > 0;

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

/** A cause that may be told; of more than there is room for, those of the least `rank` are. */
interface Link {
  readonly rank: number;
  readonly cause: Cause;
}

/** At least one cause wherever there is a step; the deciding step is among them. */
export function evidenceOf(trace: TraceView): Evidence {
  const links = linksOf(trace);
  const [deciding] = links;
  if (!deciding) return { causes: [], deciding: 0 };
  const chosen: Link[] = [];
  // A sort keeps the order of equals, so the one that decides stays first.
  for (const link of [...links].sort((a, b) => a.rank - b.rank)) if (chosen.length < MOST_CAUSES && !chosen.some(({ cause }) => cause.step === link.cause.step)) chosen.push(link);
  return { causes: chosen.map(({ cause }) => cause).sort((a, b) => a.step - b.step), deciding: deciding.cause.step };
}

/** The one that decides comes first, with rank 0. What does not happen on every way the packet may go is none. */
function linksOf(trace: TraceView): readonly Link[] {
  const { steps, unsettled } = trace;
  const links = linksOnThisWay(trace);
  if (!unsettled || trace.outcome.verdict === 'unknown') return links;
  const sure = links.filter(({ cause }) => !unsettled.rules.some((rule) => isAt(steps[cause.step], rule)));
  return isOpenlyDecided(trace.outcome) || sure.length === 0 ? [...unknowns(trace), ...sure.map((link) => ({ ...link, rank: link.rank + 1 }))] : sure;
}

const isAt = (step: StepView | undefined, at: NonNullable<TraceView['outcome']['by']>): boolean =>
  step !== undefined && 'chain' in step && step.kind !== 'misses' && step.chain === at.chain && step.rule === at.number && step.table === tableKey(at);

function unknowns({ steps }: TraceView): readonly Link[] {
  return steps.flatMap((step): Link[] =>
    step.kind === 'rule' && step.matched === 'unknown' ? [{ rank: 0, cause: { kind: 'unknown', step: step.index, chain: step.chain, rule: step.rule } }] : [],
  );
}

function linksOnThisWay(trace: TraceView): readonly Link[] {
  const { outcome } = trace;
  switch (outcome.verdict) {
    case 'unknown': {
      const unknown = unknowns(trace);
      return unknown.length > 0 ? unknown : ended(trace);
    }
    case 'forwarded':
    case 'sent':
      return [...leaving(trace), ...marks(trace)];
    case 'delivered':
      return [...delivered(trace), ...marks(trace)];
    default:
      return [...ended(trace), ...[...rewritings(trace), ...ipvsLinks(trace)].map((link) => ({ ...link, rank: 1 })), ...marks(trace)];
  }
}

function leaving(trace: TraceView): readonly Link[] {
  const { steps } = trace;
  const rewrites = rewritings(trace);
  const ipvs = ipvsLinks(trace);
  const wrap = wrapOf(trace);
  const wrapped: Link[] = wrap ? [{ rank: 3, cause: { kind: 'wrapped', step: wrap.step, to: wrap.to } }] : [];
  const source = rewrites.filter(({ cause }) => cause.kind === 'rewrite' && cause.manip === 'src');
  const rest = rewrites.filter((link) => !source.includes(link));
  if (source.length > 0 || rewrites.length + ipvs.length > 0) {
    const known = knownConnection(steps).map((link) => ({ ...link, rank: 2 }));
    const kept = source.length === 0 && known.length === 0 && ipvs.every(({ cause }) => cause.kind === 'ipvs' && cause.for === 'request') ? notRewritten(steps) : [];
    return [...source, ...ipvs, ...rest, ...known, ...kept.map((link) => ({ ...link, rank: link.rank + 2 })), ...wrapped];
  }
  // Of what the node itself makes, nobody asks whether it is translated: where it goes is the question.
  const kept = 'cause' in trace ? [] : [...notRewritten(steps), ...knownConnection(steps)];
  if (kept.length > 0) return [...kept, ...wrapped];
  const by = trace.outcome.by ? ended(trace) : [];
  return 'cause' in trace
    ? [...routes(steps), ...by.map((link) => ({ ...link, rank: 1 })), ...wrapped]
    : [...by, ...routes(steps), ...wrapped, ...(by.length > 0 ? [] : ended(trace))];
}

function delivered(trace: TraceView): readonly Link[] {
  const tproxy = tproxyOf(trace);
  const given: Link[] = tproxy ? [{ rank: 0, cause: { kind: 'tproxy', step: tproxy.step.index, chain: tproxy.step.chain, rule: tproxy.step.rule, on: tproxy.on } }] : [];
  const accepted = ended(trace).map((link) => ({ ...link, rank: given.length > 0 ? 1 : 0 }));
  return [...given, ...accepted, ...rewritings(trace), ...ipvsLinks(trace), ...knownConnection(trace.steps).map((link) => ({ ...link, rank: 2 }))];
}

/** The rule, the policy or the part of the stack that the trace says ended the walk. */
function ended({ steps, outcome }: TraceView): readonly Link[] {
  const { by } = outcome;
  const step = by ? steps.findLast((one) => isAt(one, by)) : (steps.findLast((one) => one.kind === 'drop') ?? steps.at(-1));
  if (!step) return [];
  // Not every loss has a step of its own: what its last step shows is where it happened.
  return [{ rank: 0, cause: outcome.verdict === 'lost' ? { kind: 'lost', step: step.index, reason: outcome.reason ?? '' } : causeAt(step) }];
}

function tableKey({ backend, family, table }: NonNullable<TraceView['outcome']['by']>): string {
  return `${backend ? `${backend}:` : ''}${family === 'ipv6' ? 'ip6:' : ''}${table}`;
}

function causeAt(step: StepView): Cause {
  switch (step.kind) {
    case 'rule':
      return { kind: 'rule', step: step.index, chain: step.chain, rule: step.rule, target: targetName(step.target) };
    case 'policy':
      return { kind: 'policy', step: step.index, chain: step.chain, verdict: step.verdict };
    case 'drop':
      return { kind: 'lost', step: step.index, reason: step.reason };
    case 'nat':
      return { kind: 'rewrite', step: step.index, manip: step.manip, to: step.to, ...drawnIn(step), by: null };
    case 'route':
      return step.dev === null ? { kind: 'stack', step: step.index, text: step.text } : { kind: 'route', step: step.index, dev: step.dev, table: step.table };
    default:
      return { kind: 'stack', step: step.index, text: 'text' in step ? step.text : step.kind };
  }
}

function routes(steps: readonly StepView[]): readonly Link[] {
  const route = steps.findLast((step) => step.kind === 'route');
  return route ? [{ rank: 0, cause: causeAt(route) }] : [];
}

const drawnIn = ({ byChance }: Extract<StepView, { kind: 'nat' }>): { readonly byChance?: string } => (byChance === undefined ? {} : { byChance });

/** Of more writings of one end the last counts. */
function rewritings({ steps }: TraceView): readonly Link[] {
  return (['src', 'dst'] as const).flatMap((manip): Link[] => {
    const step = steps.findLast((one) => one.kind === 'nat' && one.manip === manip);
    if (step?.kind !== 'nat') return [];
    const rule = ruleBehind(steps, step);
    const by = rule && { chain: rule.chain, rule: rule.rule, target: targetName(rule.target) };
    return [{ rank: 0, cause: { kind: 'rewrite', step: rule?.index ?? step.index, manip, to: step.to, ...drawnIn(step), by } }];
  });
}

/** The rule that asked for a rewriting, if it stands right before it. */
function ruleBehind(steps: readonly StepView[], step: StepView): Extract<StepView, { kind: 'rule' }> | null {
  const before = steps[step.index - 1];
  return before?.kind === 'rule' && before.hook === step.hook ? before : null;
}

function ipvsLinks(trace: TraceView): readonly Link[] {
  const ipvs = ipvsOf(trace);
  return ipvs ? [{ rank: 0, cause: { kind: 'ipvs', step: ipvs.step, for: ipvs.kind, to: ipvs.to } }] : [];
}

/** Marks that a later rule or route looked at. */
function marks({ steps, decisive }: TraceView): readonly Link[] {
  const matters = new Set(decisive);
  return steps
    .flatMap((step): Link[] => {
      if (step.kind !== 'rule' || !matters.has(step.index)) return [];
      const write = step.effects.find(({ field, from, to }) => field === 'mark' && from !== to && typeof to === 'number');
      return write ? [{ rank: 2, cause: { kind: 'mark', step: step.index, value: Number(write.to), chain: step.chain, rule: step.rule } }] : [];
    })
    .reverse();
}

/** The nat table was asked, and let the packet through as it is: what it left by, and the end of the table. */
function notRewritten(steps: readonly StepView[]): readonly Link[] {
  const nat = steps.filter((step) => 'chain' in step && step.hook === 'POSTROUTING' && step.table.endsWith('nat'));
  const end = nat.at(-1);
  if (!end) return [];
  const stopper = nat.findLast((step) => step.kind === 'rule' && step.matched === 'true' && /^(RETURN|ACCEPT)\b/.test(step.target ?? ''));
  const kept: Link = { rank: 1, cause: { kind: 'no-rewrite', step: end.index } };
  return stopper && stopper !== end ? [{ rank: 0, cause: causeAt(stopper) }, kept] : [{ ...kept, rank: 0 }];
}

/** Nobody asked the nat table: the connection was known, or there is none. */
function knownConnection(steps: readonly StepView[]): readonly Link[] {
  const asked = steps.some((step) => 'chain' in step && step.table.endsWith('nat'));
  const lookup = steps.find((step) => step.kind === 'conntrack' && step.event === 'lookup');
  if (asked || lookup?.kind !== 'conntrack' || lookup.state === 'NEW') return [];
  const kind = lookup.state === 'INVALID' || lookup.state === 'UNTRACKED' ? 'not-tracked' : 'known-connection';
  return [{ rank: 0, cause: { kind, step: lookup.index, state: lookup.state } }];
}
