/** The node that most cases happen on, a router with two wires; texts of rules, and who sends. */

import type { Family } from '../../engine/net/address.ts';
import type { KernelInterface, KernelNode } from './node.ts';
import type { Random } from './random.ts';

export const WIRES: readonly KernelInterface[] = [
  { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
  { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
];

/** Beyond the second wire is the way to everywhere else. */
export const router = (rules: Partial<KernelNode>): KernelNode => ({
  interfaces: WIRES,
  routes: ['default via 10.2.0.254'],
  routes6: ['default via fd02::254'],
  ...rules,
});

/** Tables with their rules, as iptables-restore takes them. */
export function tables(rules: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(rules)
    .map(([table, lines]) => `*${table}\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`)
    .join('');
}

/** The rules of a node that has rules for one family only. */
export const rulesFor = (family: Family, text: string): Pick<KernelNode, 'iptables' | 'ip6tables'> => (family === 'ipv4' ? { iptables: text } : { ip6tables: text });

/** A rule that turns tracking on and never matches. */
export const TRACKING = '-A FORWARD -s 192.0.2.1/32 -m conntrack --ctstate INVALID -j DROP';
export const TRACKING6 = '-A FORWARD -s 2001:db8::1/128 -m conntrack --ctstate INVALID -j DROP';

/** Every table, tracking on. */
export const EVERYTHING = tables({ raw: [], mangle: [], nat: [], filter: [TRACKING], security: [] });
export const EVERYTHING6 = tables({ raw: [], mangle: [], nat: [], filter: [TRACKING6], security: [] });

export const client = { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2' } as const;
export const client6 = { in: 'ra', src: 'fd01::2', dst: 'fd02::2' } as const;

/** One of three hosts behind the first wire to one of two behind the second. */
export const fewHosts = (random: Random, family: Family): { readonly src: string; readonly dst: string } =>
  family === 'ipv4'
    ? { src: `10.1.0.${random.between(2, 4)}`, dst: `10.2.0.${random.between(2, 3)}` }
    : { src: `fd01::${random.between(2, 4)}`, dst: `fd02::${random.between(2, 3)}` };
