/** The nodes that the surprises happen on: a router with two wires, and texts of rules. */

import type { KernelNode } from '../node.ts';

export const router = (rules: Partial<KernelNode>): KernelNode => ({
  interfaces: [
    { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
    { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
  ],
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

/** A rule that turns tracking on and never matches. */
export const TRACKING = '-A FORWARD -s 192.0.2.1/32 -m conntrack --ctstate INVALID -j DROP';
export const TRACKING6 = '-A FORWARD -s 2001:db8::1/128 -m conntrack --ctstate INVALID -j DROP';

/** Every table, tracking on. */
export const EVERYTHING = tables({ raw: [], mangle: [], nat: [], filter: [TRACKING], security: [] });
export const EVERYTHING6 = tables({ raw: [], mangle: [], nat: [], filter: [TRACKING6], security: [] });

export const client = { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2' } as const;
export const client6 = { in: 'ra', src: 'fd01::2', dst: 'fd02::2' } as const;
