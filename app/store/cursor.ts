/** Stops of the cursor: where stepping at each altitude halts, and which steps change something. */

import type { StepView, TraceView } from '../worker/messages.ts';

/** A rule: `table` is the key of a table (`nat`, `ip6:nat`). */
export interface RulePlace {
  readonly table: string;
  readonly chain: string;
  readonly rule: number;
}

/** First step at which a rule was looked at, null if it was not. */
export function stepAtRule(trace: TraceView, { table, chain, rule }: RulePlace): number | null {
  const found = trace.steps.find(
    (step) => 'chain' in step && step.table === table && step.chain === chain && step.rule <= rule && (step.kind === 'misses' ? step.last : step.rule) >= rule,
  );
  return found?.index ?? null;
}

/** `hook`: one stop per table, look-up or decision of a hook; `rule`: every step, misses folded. */
export type Altitude = 'hook' | 'rule';

/** A change step alters packet, mark, conntrack, set, route or verdict. */
export function isChange(step: StepView): boolean {
  switch (step.kind) {
    case 'rule':
      return step.effects.some(({ from, to }) => from !== to) || (step.target !== null && /^(ACCEPT|DROP|REJECT|QUEUE|NFQUEUE)\b/.test(step.target)) || step.matched === 'unknown';
    case 'policy':
      return step.verdict === 'DROP';
    case 'conntrack':
      return step.event !== 'lookup';
    case 'misses':
    case 'return':
      return false;
    default:
      return true;
  }
}

/** Stop on the map that a step belongs to: `PREROUTING/nat`, `route/PREROUTING`, `POSTROUTING/confirm`. */
export function stopOf(step: StepView): string {
  if ('chain' in step) return `${step.hook}/${step.table.slice(step.table.lastIndexOf(':') + 1)}`;
  switch (step.kind) {
    case 'conntrack':
      return `${step.hook}/${step.event === 'confirm' ? 'confirm' : 'conntrack'}`;
    case 'nat':
      return `${step.hook}/nat`;
    case 'route':
      return `route/${step.hook}`;
    default:
      return `${step.hook}/${step.kind}`;
  }
}

export function stops(trace: TraceView, altitude: Altitude): readonly number[] {
  if (altitude === 'rule') return trace.steps.map((step) => step.index);
  const found: number[] = [];
  let last = '';
  for (const step of trace.steps) {
    const stop = `${step.pass}:${stopOf(step)}`;
    if (stop !== last) found.push(step.index);
    last = stop;
  }
  return found;
}

export function nextStop(trace: TraceView, from: number, altitude: Altitude): number {
  return stops(trace, altitude).find((step) => step > from) ?? Math.max(0, trace.steps.length - 1);
}

export function previousStop(trace: TraceView, from: number, altitude: Altitude): number {
  return stops(trace, altitude).findLast((step) => step < from) ?? 0;
}

export function nextChange(trace: TraceView, from: number): number {
  return trace.steps.find((step) => step.index > from && isChange(step))?.index ?? Math.max(0, trace.steps.length - 1);
}

export function previousChange(trace: TraceView, from: number): number {
  return trace.steps.findLast((step) => step.index < from && isChange(step))?.index ?? 0;
}

/** Where the cursor goes when the packet or the rules changed: the same rule if it is still visited, else the same hook. */
export function carryCursor(before: TraceView | undefined, step: number, after: TraceView): { readonly step: number; readonly kept: 'rule' | 'hook' | 'none' } {
  const was = before?.steps[step];
  if (!was) return { step: 0, kept: 'none' };
  const stop = stopOf(was);
  if ('chain' in was) {
    const place = (candidate: StepView): boolean =>
      'chain' in candidate &&
      candidate.table === was.table &&
      candidate.chain === was.chain &&
      candidate.hook === was.hook &&
      candidate.rule <= was.rule &&
      (candidate.kind === 'misses' ? candidate.last : candidate.rule) >= was.rule;
    const same = after.steps.find(place);
    if (same) return { step: same.index, kept: 'rule' };
  } else {
    const same = after.steps.find((candidate) => candidate.kind === was.kind && stopOf(candidate) === stop);
    if (same) return { step: same.index, kept: 'rule' };
  }
  const near = after.steps.find((candidate) => stopOf(candidate) === stop) ?? after.steps.findLast((candidate) => candidate.hook === was.hook) ?? after.steps.at(-1);
  return { step: near?.index ?? 0, kept: 'hook' };
}

/** First step that differs between two traces, null where they are alike. */
export function firstDifference(before: TraceView, after: TraceView): number | null {
  const sign = (step: StepView): string =>
    'chain' in step ? `${step.kind} ${step.table}/${step.chain}/${step.rule}-${step.kind === 'misses' ? step.last : ''}` : `${step.kind} ${stopOf(step)}`;
  const count = Math.max(before.steps.length, after.steps.length);
  for (let i = 0; i < count; i++) {
    const [a, b] = [before.steps[i], after.steps[i]];
    if (!a || !b || sign(a) !== sign(b)) return Math.min(i, after.steps.length - 1);
  }
  return null;
}
