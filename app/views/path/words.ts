/** What stops, stages, passes and caused packets of the map are called. */

import { stopLabel, stopPriority, type Extras, type StopName } from '../../layout/hooks.ts';
import type { PassFacts, PathFacts, StopFact } from '../../store/path.ts';
import type { CausedView, TraceView } from '../../store/state.ts';
import { endpoint } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';

/** `one`: of the pass that is meant alone, where the other passes are shown beside it. */
function stateText(fact: StopFact, words: Words, one = false): string {
  const text = words.path.stop;
  const state = one ? fact.here : fact.state;
  const plain = (): string => {
    switch (state) {
      case 'now':
      case 'taken':
        return text[state];
      case 'other-pass':
        return text.otherPass({ passes: fact.passes.join(', ') });
      case 'skipped':
        return text.skipped({ reason: words.path.reason[fact.reason ?? 'nothing'] });
      default:
        if (fact.doubtful) return text.notKnown;
        return fact.reason === null ? text.notReached : text.notReachedBecause({ reason: words.path.reason[fact.reason] });
    }
  };
  const certain = fact.made.length > 0 ? text.made({ state: plain() }) : plain();
  const said = fact.doubtful && state !== 'not-reached' ? text.doubtful({ state: certain }) : certain;
  return fact.end ? text.ends({ state: said }) : said;
}

/** The name of a stop as it is read out; what stands on it is part of it. */
export function stopText(hook: string, name: StopName, label: string, fact: StopFact, words: Words, extras: Extras, one = false): string {
  const called = name === 'reroute-mangle' || name === 'reroute-nat' ? words.path.stopNames[name] : name === 'ipvs' || name === 'tproxy' ? stopLabel(hook, name) : name;
  const said = words.path.stopName({ hook, stop: called, state: stateText(fact, words, one) });
  const both = label === '◇' || said.split(/[\s:：；;]/).includes(label) ? said : words.path.alsoCalled({ name: said, label });
  const priority = stopPriority(hook, name, extras);
  return priority === '' ? both : words.path.withPriority({ name: both, priority });
}

/** `INPUT filter`, for a stop id. */
export function placeText(id: string, words: Words): string {
  const [head = '', tail = ''] = id.split('/');
  if (head === 'route') return words.path.route;
  if (head === 'tunnel') return words.path.tunnel;
  return tail === 'ipvs' || tail === 'tproxy' ? `${head} ${tail.toUpperCase()}` : `${head} ${tail}`;
}

/** What a stage that is no hook is called, and what it led to in a pass. */
export function stageText(stage: string, trace: TraceView | null, pass: PassFacts | undefined, words: Words): { readonly title: string; readonly detail: string } {
  const met = pass?.order.includes(stage) ?? false;
  switch (stage) {
    case 'in':
      return { title: words.path.arrives, detail: trace?.packet.in ?? '' };
    case 'out':
      return { title: words.path.leaves, detail: met ? (trace?.outcome.out ?? '') : '' };
    case 'local':
      return { title: words.path.local, detail: '' };
    case 'tunnel':
      return { title: words.path.tunnel, detail: (pass?.stage('tunnel') ?? null) === null ? '' : words.path.encap };
    default: {
      const first = pass?.stage(stage) ?? null;
      const step = first === null ? undefined : trace?.steps.slice(first).find((one) => one.kind === 'route');
      return { title: `◇ ${words.path.route}`, detail: step?.kind === 'route' ? step.table : met ? words.path.routeKept : '' };
    }
  }
}

/** Where a pass begins and ends. */
export function passEnds({ begins, ends }: PassFacts, trace: TraceView, words: Words): { readonly from: string; readonly to: string } {
  const text = words.path.pass.ends;
  return { from: begins === 'in' ? (trace.packet.in ?? text.in) : text[begins], to: ends === 'out' ? (trace.outcome.out ?? text.out) : text[ends] };
}

/** What a packet is that another one caused: `outer packet`. */
export function causeName({ cause, packet }: Pick<CausedView, 'cause' | 'packet'>, words: Words): string {
  const text = words.path.made.cause;
  return cause === 'tunnel' ? (packet.in ? text.tunnelIn : text.tunnelOut) : text[cause];
}

/** The same with where it goes: `outer packet → 192.168.0.102`. */
export function causedText(caused: CausedView, words: Words): string {
  return words.path.made.label({ cause: causeName(caused, words), dst: endpoint(caused.packet.dst, caused.packet.dport ?? null) });
}

/** Stop ids of what is no hook. */
export const STOP_OF_STAGE: Readonly<Record<string, string>> = { route: 'route/PREROUTING', 'route-out': 'route/OUTPUT', tunnel: 'tunnel/out', local: 'tunnel/in' };

/** Where a stage leads: links to the first and the last step. */
export function stageTarget(stage: string, facts: PathFacts, trace: TraceView | null, pass?: number): number | null {
  if (!trace || trace.steps.length === 0) return null;
  if (stage === 'in') return facts.order[0] === 'in' ? 0 : null;
  if (stage === 'out') return facts.order.at(-1) === 'out' ? trace.steps.length - 1 : null;
  return facts.target(stage, pass);
}
