/** How a case of single options is written down: lines of one chain, and packets beside what they ask for. */

import type { Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import type { KernelNode, RunOptions, Sending } from '../node.ts';
import { client, router, tables } from '../router.ts';

interface Lines {
  /** Of chain PREROUTING in table mangle, without `-A PREROUTING`. */
  readonly rules: readonly string[];
  readonly more?: Readonly<Record<string, readonly string[]>>;
  readonly v6?: boolean;
  readonly node?: Partial<KernelNode>;
  readonly options?: RunOptions;
}

export function option(name: string, { rules, more = {}, v6 = false, node = {}, options }: Lines, sends: readonly (Sending | Packet)[]): KernelCase {
  const text = tables({ ...more, mangle: [...rules.map((rule) => `-A PREROUTING ${rule}`), ...(more.mangle ?? [])] });
  return { name: `option-${name}`, node: router({ [v6 ? 'ip6tables' : 'iptables']: text, ...node }), sends, ...(options ? { options } : {}) };
}

export const udp = (sport: number, dport: number, rest: Partial<Packet> = {}): Packet => ({ ...client, proto: 'udp', sport, dport, ...rest });
export const tcp = (sport: number, dport: number, rest: Partial<Packet> = {}): Packet => ({ ...client, proto: 'tcp', sport, dport, ...rest });
/** Below, at both ends, inside, above. */
export const EDGES = [99, 100, 150, 200, 201] as const;
export const both = (rule: string): string[] => [rule, rule.replace(/ (--\S+ \S+)$/, ' ! $1')];
/** A datagram in two pieces, of which the later one has no header. */
export const pieces = (proto: string, id: number): Packet[] => [
  { ...client, proto, id, sport: 150, dport: 150, spi: 150, moreFragments: true, payload: proto === 'tcp' ? 28 : 24, df: false },
  { ...client, proto, id, fragOffset: 48, payload: 16, df: false },
];
