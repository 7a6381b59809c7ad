/**
 * The few values random nodes and their packets are made of. Few on purpose: rules and packets draw from the same
 * small lists, so rules really fire and connections really clash.
 */

import type { Family } from '../../engine/net/address.ts';

export interface Vocabulary {
  readonly family: Family;
  /** Command-line words that differ between the families. */
  readonly icmp: string;
  readonly icmpType: string;
  readonly hopMatch: string;
  readonly hopOption: string;
  readonly hopTarget: string;
  readonly rejects: readonly string[];
  /** Far ends by the interface they sit behind. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  /** Behind the default route. */
  readonly remote: readonly string[];
  readonly own: Readonly<Record<string, readonly string[]>>;
  readonly loopback: string;
  readonly prefixes: readonly string[];
  readonly nobody: string;
  readonly hostBits: number;
  readonly gateways: Readonly<Record<string, string>>;
}

export const DEVICES = ['ra', 'rb', 'rc'] as const;
export const PORTS = [22, 53, 80, 443, 600, 1000, 4000, 4001, 5000, 5353] as const;
export const MARKS = [0x1, 0x2, 0x3, 0x10, 0x4000, 0x90001, 0x90002, 0x80000000] as const;
export const TOS = [0x00, 0x10, 0x28, 0xb8, 0x02] as const;

export const V4: Vocabulary = {
  family: 'ipv4',
  icmp: 'icmp',
  icmpType: '--icmp-type',
  hopMatch: 'ttl',
  hopOption: 'ttl',
  hopTarget: 'TTL',
  rejects: ['icmp-port-unreachable', 'icmp-host-prohibited', 'icmp-net-unreachable', 'icmp-admin-prohibited'],
  hosts: { ra: ['10.1.0.2', '10.1.0.3', '10.1.0.4'], rb: ['10.2.0.2', '10.2.0.3', '10.2.0.4'], rc: ['10.3.0.2', '10.3.0.3'] },
  remote: ['8.8.8.8', '203.0.113.7', '10.20.0.7'],
  own: { ra: ['10.1.0.1'], rb: ['10.2.0.1', '10.2.0.9'], rc: ['10.3.0.1'] },
  loopback: '127.0.0.1',
  prefixes: ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.0.0.0/8', '10.2.0.2/31', '8.8.8.0/24', '10.1.0.2/32', '10.2.0.2/32', '10.2.0.1/32', '203.0.113.0/24', '10.20.0.0/16'],
  nobody: '192.0.2.77',
  hostBits: 32,
  gateways: { ra: '10.1.0.254', rb: '10.2.0.254', rc: '10.3.0.254' },
};

export const V6: Vocabulary = {
  family: 'ipv6',
  icmp: 'ipv6-icmp',
  icmpType: '--icmpv6-type',
  hopMatch: 'hl',
  hopOption: 'hl',
  hopTarget: 'HL',
  rejects: ['icmp6-port-unreachable', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable', 'icmp6-no-route'],
  hosts: { ra: ['fd01::2', 'fd01::3', 'fd01::4'], rb: ['fd02::2', 'fd02::3', 'fd02::4'], rc: ['fd03::2', 'fd03::3'] },
  remote: ['2001:db8:8::8', '2001:db8:203::7', 'fd20::7'],
  own: { ra: ['fd01::1'], rb: ['fd02::1', 'fd02::9'], rc: ['fd03::1'] },
  loopback: '::1',
  prefixes: ['fd01::/64', 'fd02::/64', 'fd03::/64', 'fd00::/8', 'fd02::2/127', '2001:db8:8::/64', 'fd01::2/128', 'fd02::2/128', 'fd02::1/128', '2001:db8:203::/48', 'fd20::/16'],
  nobody: '2001:db8:dead::1',
  hostBits: 128,
  gateways: { ra: 'fd01::254', rb: 'fd02::254', rc: 'fd03::254' },
};

export const allHosts = (words: Vocabulary): string[] => [...DEVICES.flatMap((device) => words.hosts[device] ?? []), ...words.remote];
export const allOwn = (words: Vocabulary): string[] => DEVICES.flatMap((device) => words.own[device] ?? []);
