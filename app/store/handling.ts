/**
 * What became of the packet besides accepting and dropping: IPVS, TPROXY, tunnels and the answers of REJECT, each with
 * the step that shows it. Told from what changed between two steps, never from the engine's sentences.
 */

import { endpoint } from '../text/format.ts';
import type { CausedView, PacketState, StepView, TraceView } from '../worker/messages.ts';

type RuleStep = Extract<StepView, { kind: 'rule' }>;

/** IPVS gave the packet to a real server, or put the virtual address back as the source of an answer. */
export interface IpvsHandling {
  readonly kind: 'request' | 'answer';
  /** Where it was chosen: the choice of a real server, else the step that rewrote. */
  readonly step: number;
  /** The real server, or the source put back; null where the packet keeps its addresses (`-g`, `-i`). */
  readonly to: string | null;
}

interface TproxyHandling {
  readonly step: RuleStep;
  /** `:8102`, `10.0.0.1:8102`; empty: the port of the packet. */
  readonly on: string;
}

interface WrapHandling {
  readonly step: number;
  /** Far end of the tunnel. */
  readonly to: string;
}

interface AnswerHandling {
  readonly step: number;
  /** `TCP RST`, `icmp-port-unreachable`, `ICMP 3/15` where nobody has named it. */
  readonly what: string;
}

const stateAt = (trace: TraceView, index: number): PacketState | undefined => trace.states[index];

export function ipvsOf(trace: TraceView): IpvsHandling | null {
  const asked = trace.steps.filter((step) => step.kind === 'ipvs');
  const [first] = asked;
  if (!first) return null;
  for (const step of asked) {
    const [before, after] = [stateAt(trace, step.before), stateAt(trace, step.after)];
    if (!before || !after) continue;
    if (before.dst !== after.dst || before.dport !== after.dport) return { kind: 'request', step: first.index, to: endpoint(after.dst, after.dport) };
    if (before.src !== after.src || before.sport !== after.sport) return { kind: 'answer', step: step.index, to: endpoint(after.src, after.sport) };
  }
  // Sent on as it is: the walk goes on in another pass, from OUTPUT.
  const last = asked.at(-1) as StepView;
  const next = trace.steps[last.index + 1];
  return next && next.pass > last.pass ? { kind: 'request', step: first.index, to: null } : null;
}

export function tproxyOf(trace: TraceView): TproxyHandling | null {
  const step = trace.steps.find((one): one is RuleStep => one.kind === 'rule' && one.matched === 'true' && targetName(one.target) === 'TPROXY');
  if (!step) return null;
  const port = /--on-port (\d+)/.exec(step.target ?? '')?.[1] ?? '0';
  const address = /--on-ip (\S+)/.exec(step.target ?? '')?.[1] ?? '';
  const host = address === '0.0.0.0' || address === '::' ? '' : address;
  return { step, on: port === '0' ? host : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` };
}

export function wrapOf(trace: TraceView): WrapHandling | null {
  const outer = trace.emitted.findLast(({ cause }) => cause === 'tunnel');
  return outer ? { step: outer.parent, to: outer.packet.dst } : null;
}

/** What the sender is told: REJECT's answer, or an error of the stack. */
export function answerOf(trace: TraceView): AnswerHandling | null {
  const answer = trace.emitted.find(({ cause }) => cause === 'reject' || cause === 'icmp-error');
  return answer ? { step: answer.parent, what: kindOf(answer) } : null;
}

function kindOf({ packet, states }: CausedView): string {
  const first = states[0];
  if (first?.flags?.includes('RST')) return 'TCP RST';
  const [version, names] = first?.family === 'ipv6' ? (['ICMPv6', ICMPV6_ERRORS] as const) : (['ICMP', ICMP_ERRORS] as const);
  const icmp = first?.icmp ?? { type: packet.icmpType ?? 0, code: packet.icmpCode ?? 0 };
  const kind = `${icmp.type}/${icmp.code}`;
  return names[kind] ?? `${version} ${kind}`;
}

/** As `-j REJECT --reject-with` and `-m icmp --icmp-type` name them (iptables-extensions(8)). */
const ICMP_ERRORS: Readonly<Record<string, string>> = {
  '3/0': 'icmp-net-unreachable',
  '3/1': 'icmp-host-unreachable',
  '3/2': 'icmp-proto-unreachable',
  '3/3': 'icmp-port-unreachable',
  '3/9': 'icmp-net-prohibited',
  '3/10': 'icmp-host-prohibited',
  '3/13': 'icmp-admin-prohibited',
  '11/0': 'ttl-zero-during-transit',
};
const ICMPV6_ERRORS: Readonly<Record<string, string>> = {
  '1/0': 'icmp6-no-route',
  '1/1': 'icmp6-adm-prohibited',
  '1/3': 'icmp6-addr-unreachable',
  '1/4': 'icmp6-port-unreachable',
  '3/0': 'ttl-zero-during-transit',
};

/** The first word after `-j`; empty without a target. */
export function targetName(target: string | null): string {
  return target === null ? '' : (target.split(' ', 1)[0] ?? '');
}
