/** Why something did not happen: what can be asked of a node, what one is likely to ask of a packet, and where an answer leads. */

import type { Family, HookName, NodeSummary, TraceView, WhyNotCandidate, Wished } from '../worker/messages.ts';
import { fateOf } from './fate.ts';

/** Names the question, so that its answer is found again. */
export function whyNotKey(packet: number, caused: readonly number[], wish: Wished): string {
  return `${[packet, ...caused].join('.')} ${wishKey(wish)}`;
}

export function wishKey(wish: Wished): string {
  switch (wish.kind) {
    case 'mark':
      return `mark ${wish.value}/${wish.mask}`;
    case 'rule':
      return `rule ${wish.table}/${wish.chain}/${wish.rule}`;
    default:
      return wish.kind;
  }
}

/** Outcomes that can be asked for, whatever the node. */
export const OUTCOMES = ['snat', 'dnat', 'accept', 'drop', 'reject', 'tproxy'] as const satisfies readonly Wished['kind'][];

/** Marks that rules of the node write, each once, in order of their values. */
export function markWishes(node: NodeSummary | null): readonly Extract<Wished, { kind: 'mark' }>[] {
  return (node?.written ?? []).map(({ value, mask }) => ({ kind: 'mark' as const, value, mask })).sort((a, b) => a.value - b.value);
}

/** What one would ask first: what the packet missed. */
export function likelyWish(trace: TraceView): Wished {
  const { verdict, snat } = fateOf(trace);
  if (verdict === 'forwarded' || verdict === 'sent') return { kind: snat ? 'drop' : 'snat' };
  return { kind: verdict === 'delivered' ? 'drop' : 'accept' };
}

/** The step at which one sees what became of a candidate; null: no step shows it. */
export function stepOf({ reason }: WhyNotCandidate): number | null {
  return 'step' in reason ? reason.step : null;
}

/** What kept a packet from a hook; `step` shows it. */
export type HookMiss =
  /** It ended before. */
  | { readonly kind: 'ended'; readonly step: number }
  /** The route led it elsewhere: on to another host, or to the node itself. */
  | { readonly kind: 'forwarded' | 'delivered'; readonly step: number }
  /** The node sends it: it begins at OUTPUT. */
  | { readonly kind: 'sent' }
  /** It comes by a link: OUTPUT is for what the node sends. */
  | { readonly kind: 'arrived' };

/** Null where the trace does not tell. */
export function hookMiss({ packet, steps, outcome }: TraceView, hook: HookName): HookMiss | null {
  const last = steps.at(-1);
  if (!last) return null;
  const isSent = !packet.in;
  if (hook === 'OUTPUT' && !isSent) return { kind: 'arrived' };
  if (isSent && hook !== 'OUTPUT' && hook !== 'POSTROUTING') return { kind: 'sent' };
  const route = steps.findLast(({ kind, hook: at }) => kind === 'route' && at === 'PREROUTING') ?? steps.findLast(({ kind }) => kind === 'route');
  const passed = new Set(steps.map((step) => step.hook));
  const isDelivered = passed.has('INPUT') || outcome.verdict === 'delivered';
  if (route && hook !== 'INPUT' && isDelivered) return { kind: 'delivered', step: route.index };
  if (route && hook === 'INPUT' && (passed.has('FORWARD') || outcome.verdict === 'forwarded')) return { kind: 'forwarded', step: route.index };
  return outcome.verdict === 'unknown' ? null : { kind: 'ended', step: last.index };
}

/** Family of a table whose rules the packet cannot meet, as it is of the other one; null where it can. */
export function otherFamily(trace: TraceView, table: string): Family | null {
  const family: Family = /(^|:)ip6:/.test(table) ? 'ipv6' : 'ipv4';
  return (trace.steps[0]?.family ?? family) === family ? null : family;
}
