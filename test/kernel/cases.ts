/** Hand-made nodes with packets, each about one thing. The recorded answers of the kernel are in recorded/. */

import type { KernelNode, RunOptions, Sending } from './node.ts';
import type { Packet } from '../../engine/model/packet.ts';
import { CONNECTION_CASES } from './connection-cases.ts';
import { HEADER_CASES } from './header-cases.ts';
import { LOOPBACK_CASES } from './loopback-cases.ts';
import { MATCH_CASES } from './match-cases.ts';
import { NETWORK_CASES } from './network-cases.ts';
import { OUTSIDE_CASES } from './outside-cases.ts';
import { OWN_CASES } from './own-cases.ts';
import { RARE_CASES } from './rare-cases.ts';
import { NFT_CASES } from './nft-cases.ts';
import { PROXY_CASES } from './proxy-cases.ts';
import { client, EVERYTHING, EVERYTHING6, router } from './router.ts';
import { SPOILT_CASES } from './spoilt-cases.ts';
import { ROUTING_CASES } from './routing-cases.ts';
import { TUNNEL_CASES } from './tunnel-cases.ts';

export interface KernelCase {
  readonly name: string;
  readonly node: KernelNode;
  readonly sends: readonly (Sending | Packet)[];
  readonly options?: RunOptions;
  /** Release from which on kernels do so, as `uname -r` begins: older ones are not asked. */
  readonly since?: string;
  /** What a kernel may have been built without: then it may refuse the node. */
  readonly needs?: string;
}

export const CASES: readonly KernelCase[] = [
  {
    name: 'plain-forward',
    node: router({ iptables: EVERYTHING }),
    sends: [{ ...client, proto: 'udp', sport: 4000, dport: 53 }, { replyTo: 0 }, { ...client, proto: 'udp', sport: 4000, dport: 53, ttl: 9, tos: 0x10 }],
  },
  {
    name: 'masquerade-and-reply',
    node: router({ iptables: '*mangle\nCOMMIT\n*nat\n-A POSTROUTING -o rb -j MASQUERADE\nCOMMIT\n*filter\nCOMMIT\n' }),
    sends: [
      { ...client, dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 },
      { replyTo: 0 },
      { ...client, dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443, flags: ['ACK'], seq: 1, ack: 5001 },
      { ...client, src: '10.1.0.3', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 },
      { replyTo: 3 },
      { ...client, dst: '8.8.8.8', proto: 'icmp', icmpId: 77 },
      { replyTo: 5 },
    ],
  },
  {
    name: 'local-output-and-loopback',
    node: router({ iptables: EVERYTHING }),
    sends: [
      { src: '10.2.0.1', dst: '10.2.0.2', proto: 'udp', sport: 5000, dport: 53, mark: 0x4000 },
      { dst: '10.1.0.9', proto: 'udp', sport: 5001, dport: 53 },
      { src: '10.2.0.1', dst: '10.2.0.1', proto: 'udp', sport: 5002, dport: 53, mark: 7 },
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 5003, dport: 53 },
      { ...client, dst: '10.1.0.1', proto: 'icmp', icmpId: 5 },
    ],
  },
  {
    name: 'stack-answers',
    node: router({ iptables: EVERYTHING }),
    options: { answers: 'stack' },
    sends: [
      { ...client, dst: '10.1.0.1', proto: 'icmp', icmpId: 5 },
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 5003, dport: 53 },
      { ...client, dst: '10.1.0.1', proto: 'tcp', sport: 5004, dport: 80 },
    ],
  },
  {
    name: 'reject',
    node: router({
      iptables:
        '*filter\n-A FORWARD -p tcp -m tcp --dport 80 -j REJECT --reject-with tcp-reset\n-A FORWARD -p udp -j REJECT\n-A INPUT -p udp -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n',
      ip6tables: '*filter\n-A FORWARD -p tcp -m tcp --dport 80 -j REJECT --reject-with tcp-reset\n-A FORWARD -p udp -j REJECT --reject-with icmp6-adm-prohibited\nCOMMIT\n',
    }),
    sends: [
      { ...client, proto: 'tcp', sport: 4000, dport: 80, seq: 100 },
      { ...client, proto: 'udp', sport: 4000, dport: 53 },
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 4000, dport: 53 },
      { in: 'ra', src: 'fd01::2', dst: 'fd02::2', proto: 'tcp', sport: 4000, dport: 80, flags: ['ACK'], ack: 7 },
      { in: 'ra', src: 'fd01::2', dst: 'fd02::2', proto: 'udp', sport: 4000, dport: 53 },
    ],
  },
  {
    name: 'dnat-and-reply',
    node: router({
      iptables:
        '*mangle\nCOMMIT\n*nat\n-A PREROUTING -d 10.1.0.1/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.2.0.2:5353\n-A POSTROUTING -o rb -j MASQUERADE\nCOMMIT\n*filter\nCOMMIT\n',
    }),
    sends: [
      { in: 'ra', src: '10.1.0.5', dst: '10.1.0.1', proto: 'udp', sport: 999, dport: 53 },
      { replyTo: 0 },
      { in: 'rb', src: '10.2.0.254', dst: '10.2.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.1', dst: '10.2.0.2', proto: 'udp', sport: 999, dport: 5353 } },
    ],
  },
  {
    name: 'errors-of-the-stack',
    node: router({ iptables: EVERYTHING, ip6tables: EVERYTHING6, routes: ['unreachable 10.9.0.0/16', 'blackhole 10.8.0.0/16'] }),
    sends: [
      { ...client, proto: 'udp', sport: 4000, dport: 53, ttl: 1 },
      { ...client, src: '10.1.0.3', dst: '10.9.0.1', proto: 'udp', sport: 4000, dport: 53 },
      { ...client, src: '10.1.0.4', dst: '10.8.0.1', proto: 'udp', sport: 4000, dport: 53 },
      { ...client, src: '10.1.0.5', dst: '172.16.0.1', proto: 'udp', sport: 4000, dport: 53 },
      { ...client, src: '10.1.0.6', dst: '10.2.0.9', proto: 'udp', sport: 4000, dport: 53, payload: 1473, df: true },
      { in: 'ra', src: 'fd01::2', dst: 'fd02::2', proto: 'udp', sport: 4000, dport: 53, ttl: 1 },
    ],
  },
  {
    name: 'ipv6-masquerade',
    node: router({ ip6tables: '*mangle\nCOMMIT\n*nat\n-A POSTROUTING -o rb -j MASQUERADE\nCOMMIT\n*filter\n-A FORWARD -i ra -j ACCEPT\nCOMMIT\n' }),
    sends: [
      { in: 'ra', src: 'fd01::2', dst: '2001:db8::5', proto: 'tcp', sport: 4200, dport: 443, tos: 0x20 },
      { replyTo: 0 },
      { src: 'fd02::1', dst: 'fd02::2', proto: 'udp', sport: 4000, dport: 53, mark: 3 },
      { src: 'fd02::1', dst: 'fd02::1', proto: 'udp', sport: 4001, dport: 53 },
      { in: 'ra', src: 'fd01::2', dst: 'fd01::1', proto: 'icmpv6', icmpId: 4 },
    ],
  },
  {
    name: 'bare-rules-are-rules',
    node: router({
      iptables: '*filter\n:U - [0:0]\n:V - [0:0]\n-A FORWARD -p tcp -j U\n-A FORWARD -j V\n-A FORWARD -j ACCEPT\n-A U -j RETURN\n-A V -m comment --comment x\nCOMMIT\n',
    }),
    sends: [
      { ...client, proto: 'tcp', sport: 1, dport: 2 },
      { ...client, proto: 'udp', sport: 1, dport: 2 },
    ],
  },
  {
    name: 'mark-reroutes',
    node: router({
      iptables:
        '*mangle\n-A OUTPUT -p tcp -m tcp --dport 80 -j MARK --set-mark 7\nCOMMIT\n*nat\n-A POSTROUTING -o ra -j MASQUERADE\nCOMMIT\n*filter\n-A OUTPUT -o ra -j ACCEPT\n-A OUTPUT -o rb -j ACCEPT\nCOMMIT\n',
      rules: ['fwmark 0x7 lookup 200'],
      routes: ['default via 10.2.0.254', 'default via 10.1.0.254 dev ra table 200'],
    }),
    sends: [
      { src: '10.2.0.1', dst: '8.8.8.8', proto: 'tcp', sport: 4000, dport: 80 },
      { src: '10.2.0.1', dst: '8.8.8.8', proto: 'tcp', sport: 4000, dport: 81 },
    ],
  },
  {
    name: 'sets-and-nomatch',
    node: router({
      ipset: 'create nets hash:net family inet\nadd nets 10.2.0.0/16\nadd nets 10.2.0.128/25 nomatch\ncreate ports bitmap:port range 0-1000\nadd ports 53\n',
      iptables: '*filter\n-A FORWARD -m set --match-set nets dst -m set --match-set ports dst -j DROP\n-A FORWARD -m set ! --match-set nets dst -j ACCEPT\nCOMMIT\n',
    }),
    sends: [
      { ...client, proto: 'udp', sport: 1, dport: 53 },
      { ...client, proto: 'udp', sport: 1, dport: 54 },
      { ...client, dst: '10.2.0.200', proto: 'udp', sport: 1, dport: 53 },
    ],
  },
  ...TUNNEL_CASES,
  ...LOOPBACK_CASES,
  ...MATCH_CASES,
  ...OUTSIDE_CASES,
  ...CONNECTION_CASES,
  ...RARE_CASES,
  ...PROXY_CASES,
  ...NFT_CASES,
  ...HEADER_CASES,
  ...SPOILT_CASES,
  ...ROUTING_CASES,
  ...NETWORK_CASES,
  ...OWN_CASES,
];
