/** Connection tracking where it surprises. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;
const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'];
const states = STATES.map((state) => `-A FORWARD -m conntrack --ctstate ${state}`);
const status = ['SEEN_REPLY', 'ASSURED', 'CONFIRMED', 'EXPECTED'].map((one) => `-A FORWARD -m conntrack --ctstatus ${one}`);

type Flags = readonly ('SYN' | 'ACK' | 'FIN' | 'RST' | 'PSH' | 'URG')[];
const seg = (flags: Flags, seq: number, ack: number, payload = 0, more: object = {}) => ({ ...client, ...tcp(5000, 80), flags, seq, ack, payload, ...more });
const back = (flags: Flags, seq: number, ack: number, payload = 0, more: object = {}) => ({
  in: 'rb',
  src: '10.2.0.2',
  dst: '10.1.0.2',
  ...tcp(80, 5000),
  flags,
  seq,
  ack,
  payload,
  ...more,
});
const OPEN = [seg(['SYN'], 100, 0), back(['SYN', 'ACK'], 500, 101), seg(['ACK'], 101, 501)];
const node = router({ iptables: tables({ filter: [...states, ...status] }) });

export const CONNTRACK: readonly KernelCase[] = [
  {
    name: 'tcp-open-and-close',
    node,
    sends: [
      ...OPEN,
      seg(['ACK', 'PSH'], 101, 501, 10),
      back(['ACK'], 501, 111),
      seg(['FIN', 'ACK'], 111, 501),
      back(['ACK'], 501, 112),
      back(['FIN', 'ACK'], 501, 112),
      seg(['ACK'], 112, 502),
      seg(['SYN'], 9000, 0),
      back(['SYN', 'ACK'], 7000, 9001),
    ],
  },
  {
    name: 'tcp-rst',
    node,
    sends: [
      ...OPEN,
      back(['RST'], 501, 0),
      seg(['ACK'], 101, 501),
      seg(['SYN'], 9000, 0),
      back(['RST', 'ACK'], 0, 9001),
      seg(['SYN'], 9100, 0),
      back(['SYN', 'ACK'], 1, 9101),
      seg(['RST'], 9101, 0),
      seg(['SYN'], 9200, 0),
    ],
  },
  {
    name: 'tcp-rst-bad',
    node,
    sends: [
      ...OPEN,
      back(['RST'], 400, 0),
      back(['RST'], 502, 0),
      back(['RST'], 900000, 0),
      seg(['RST', 'ACK'], 0, 0),
      seg(['RST'], 50, 0),
      seg(['ACK'], 101, 501),
      back(['ACK'], 501, 101),
    ],
  },
  {
    name: 'tcp-syn-only-rst',
    node,
    sends: [seg(['SYN'], 100, 0), seg(['SYN'], 100, 0), seg(['RST'], 101, 0), seg(['ACK'], 101, 1), seg(['SYN'], 300, 0), back(['RST', 'ACK'], 0, 301), seg(['ACK'], 301, 1)],
  },
  {
    name: 'tcp-syn-in-established',
    node,
    sends: [
      ...OPEN,
      seg(['SYN'], 40000, 0),
      back(['ACK'], 501, 101),
      back(['SYN'], 10, 0),
      seg(['SYN', 'ACK'], 7, 8),
      back(['SYN', 'ACK'], 500, 101),
      seg(['SYN'], 40000, 0),
      back(['SYN', 'ACK'], 900, 40001),
      seg(['ACK'], 40001, 901),
    ],
  },
  {
    name: 'tcp-window',
    node,
    sends: [
      ...OPEN,
      seg(['ACK'], 101 + 70000, 501),
      seg(['ACK'], 101 + 2000000, 501),
      back(['ACK'], 501, 200000),
      seg(['ACK'], 50, 501, 20),
      seg(['ACK', 'PSH'], 101, 501, 100),
      seg(['ACK', 'PSH'], 101, 501, 100),
      seg(['ACK'], 201, 400),
      back(['ACK'], 501, 201, 0, { window: 0 }),
      seg(['ACK'], 200, 501),
      seg(['ACK', 'PSH'], 201, 501, 1),
      back(['ACK'], 501, 202),
    ],
  },
  {
    name: 'tcp-picked-up',
    node,
    sends: [
      seg(['ACK'], 101, 501, 5),
      seg(['ACK'], 9101, 501, 5),
      back(['ACK'], 501, 106),
      seg(['ACK'], 106, 501),
      back(['SYN', 'ACK'], 1, 2),
      seg(['SYN'], 1, 0),
      seg(['FIN', 'ACK'], 106, 501),
      seg(['RST'], 107, 0),
      seg(['ACK'], 107, 501),
    ],
  },
  {
    name: 'tcp-not-loose',
    node: { ...node, sysctls: { 'net.netfilter.nf_conntrack_tcp_loose': '0' } },
    sends: [seg(['ACK'], 101, 501, 5), seg(['SYN', 'ACK'], 101, 501, 5), ...OPEN],
  },
  {
    name: 'tcp-simultaneous-open',
    node,
    sends: [seg(['SYN'], 100, 0), back(['SYN'], 500, 0), seg(['SYN', 'ACK'], 100, 501), back(['SYN', 'ACK'], 500, 101), seg(['ACK'], 101, 501), back(['ACK'], 501, 101)],
  },
  {
    name: 'tcp-half-closed',
    node,
    sends: [
      ...OPEN,
      back(['FIN', 'ACK'], 501, 101),
      seg(['ACK'], 101, 502),
      seg(['ACK', 'PSH'], 101, 502, 30),
      back(['ACK'], 502, 131),
      seg(['SYN'], 5000, 0),
      seg(['FIN', 'ACK'], 131, 502),
      seg(['SYN'], 5000, 0),
      back(['ACK'], 502, 132),
      seg(['SYN'], 6000, 0),
    ],
  },
  {
    name: 'tcp-timeouts',
    node: {
      ...node,
      sysctls: {
        'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': '2',
        'net.netfilter.nf_conntrack_tcp_timeout_established': '3',
        'net.netfilter.nf_conntrack_tcp_timeout_close': '1',
        'net.netfilter.nf_conntrack_udp_timeout': '2',
        'net.netfilter.nf_conntrack_udp_timeout_stream': '4',
        'net.netfilter.nf_conntrack_icmp_timeout': '1',
        'net.netfilter.nf_conntrack_generic_timeout': '1',
      },
    },
    sends: [
      { ...seg(['SYN'], 100, 0), at: 0 },
      { ...client, ...udp(1, 2), at: 0 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...udp(2, 1), at: 0 },
      { ...client, proto: 'icmp', icmpId: 3, at: 0 },
      { ...client, proto: 99, at: 0 },
      { ...client, ...udp(1, 2), at: 1 },
      { ...client, ...udp(1, 2), at: 2.5 },
      { ...back(['SYN', 'ACK'], 500, 101), at: 2.5 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'icmp', icmpType: 0, icmpId: 3, at: 2.5 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 99, at: 2.5 },
      { ...seg(['SYN'], 100, 0), at: 2.5 },
      { ...back(['SYN', 'ACK'], 500, 101), at: 2.5 },
      { ...seg(['ACK'], 101, 501), at: 2.5 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...udp(2, 1), at: 5 },
      { ...seg(['ACK'], 101, 501), at: 5 },
      { ...back(['ACK'], 501, 101), at: 6 },
      { ...back(['ACK'], 501, 101), at: 10 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...udp(2, 1), at: 10 },
    ],
  },
  {
    name: 'udp-assured',
    node,
    sends: [
      { ...client, ...udp(1, 2), at: 0 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...udp(2, 1), at: 0 },
      { ...client, ...udp(1, 2), at: 1.9 },
      { ...client, ...udp(1, 2), at: 2.2 },
      { ...client, ...udp(1, 2), at: 2.2 },
    ],
  },
  {
    name: 'connmark-masks',
    node: router({
      iptables: tables({
        mangle: [
          '-A PREROUTING -i ra -p udp -m udp --dport 1 -j MARK --set-mark 0xabcd',
          '-A PREROUTING -i ra -p udp -m udp --dport 1 -j CONNMARK --set-mark 0x1234',
          '-A PREROUTING -i ra -p udp -m udp --dport 1 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf0',
          '-A PREROUTING -i rb -j CONNMARK --restore-mark --nfmask 0xff0 --ctmask 0xff',
          '-A PREROUTING -p udp -m udp --dport 2 -j CONNMARK --or-mark 0x80',
          '-A PREROUTING -p udp -m udp --dport 2 -j CONNMARK --xor-mark 0x81',
          '-A PREROUTING -p udp -m udp --dport 2 -j CONNMARK --and-mark 0x7fffffff',
          '-A PREROUTING -p udp -m udp --dport 2 -j CONNMARK --restore-mark --mask 0xf',
          '-A PREROUTING -p udp -m udp --dport 3 -j CONNMARK --set-xmark 0xffffffff/0x1',
          '-A PREROUTING -m connmark --mark 0x80/0xf0',
        ],
        raw: ['-A PREROUTING -j CONNMARK --set-mark 0x55'],
        filter: [],
      }),
    }),
    sends: [1, 2, 3].flatMap((dport, i) => [{ ...client, ...udp(1, dport) }, { replyTo: 3 * i }, { ...client, ...udp(1, dport) }]),
  },
  {
    name: 'icmp-error-variants',
    node: router({ iptables: tables({ mangle: [], nat: ['-A POSTROUTING -o rb -j MASQUERADE'], filter: [...states] }) }),
    sends: [
      { ...client, ...udp(1, 2) },
      ...[3, 4, 5, 11, 12].map((icmpType) => ({ errorFor: 0, code: 0, overrides: { icmpType } })),
      { errorFor: 0, code: 1, overrides: { dst: '10.1.0.2' } },
      { errorFor: 0, code: 1, overrides: { in: 'ra', src: '10.1.0.9', dst: '10.2.0.1' } },
      { errorFor: 0, code: 1, overrides: { badChecksum: true } },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.1', dst: '10.2.0.2', proto: 'udp', sport: 9, dport: 2 } },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.2', dst: '10.2.0.1', proto: 'udp', sport: 2, dport: 1 } },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'icmp', icmpType: 3, icmpCode: 1 },
      { ...client, proto: 'icmp', icmpId: 5 },
      { errorFor: 12, code: 1 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.1', dst: '10.2.0.2', proto: 'icmp', icmpType: 0, icmpId: 5 } },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 0, icmpId: 5 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 0, icmpCode: 1, icmpId: 5 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 14, icmpId: 5 },
      ...[1, 2, 6, 7, 9, 10, 13, 15, 17, 14, 18, 19].map((icmpType) => ({ ...client, proto: 'icmp' as const, icmpType, icmpId: 66 })),
    ],
  },
  {
    name: 'conntrack-tuples',
    node: router({
      iptables: tables({
        nat: [
          '-A PREROUTING -d 10.1.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.2.0.2:8080',
          '-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100:3000-3010'.replace(':3000-3010', ''),
        ],
        filter: ['orig', 'repl']
          .flatMap((side) => ['src', 'dst'].flatMap((end) => ['10.1.0.0/24', '10.2.0.0/24', '10.1.0.1/32'].map((net) => `-A FORWARD -m conntrack --ct${side}${end} ${net}`)))
          .concat([
            '-A FORWARD -m conntrack --ctorigdstport 80',
            '-A FORWARD -m conntrack --ctreplsrcport 8080:9000',
            '-A FORWARD -m conntrack ! --ctrepldstport 5000',
            '-A FORWARD -m conntrack --ctdir REPLY',
            '-A FORWARD -m conntrack --ctproto 6',
            '-A FORWARD -m conntrack --ctexpire 50:130',
            '-A FORWARD -m conntrack --ctstatus SEEN_REPLY,ASSURED',
          ]),
      }),
    }),
    sends: [{ ...client, dst: '10.1.0.1', ...tcp(5000, 80) }, { replyTo: 0 }, { ...client, dst: '10.1.0.1', ...tcp(5000, 80), flags: ['ACK'], seq: 1, ack: 5001 }, { replyTo: 2 }],
  },
  {
    name: 'closed-before-confirm',
    node: router({
      iptables: tables({
        nat: ['-A PREROUTING -p udp -j DNAT --to-destination 10.2.0.9', '-A POSTROUTING -j MASQUERADE'],
        filter: ['-A FORWARD -m ttl --ttl-lt 10 -j DROP', '-A INPUT -j DROP'],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 2), ttl: 5 },
      { ...client, ...udp(1, 2), ttl: 5 },
      { ...client, ...udp(1, 2) },
      { ...client, ...udp(1, 2), ttl: 5 },
      { ...client, dst: '10.1.0.1', ...tcp(1, 2) },
      { ...client, dst: '10.1.0.1', ...tcp(1, 2) },
    ],
  },
  {
    name: 'ipv6-tcp-and-errors',
    node: router({ ip6tables: tables({ nat: ['-A POSTROUTING -o rb -j MASQUERADE'], filter: [...states] }) }),
    sends: [
      { ...client6, ...tcp(1, 2) },
      { replyTo: 0 },
      { errorFor: 0, code: 3 },
      { errorFor: 0, code: 0, overrides: { src: 'fd02::254', icmpType: 3 } },
      { errorFor: 0, code: 0, overrides: { icmpType: 2 } },
      { errorFor: 0, code: 0, overrides: { icmpType: 100 } },
      { ...client6, ...tcp(1, 3), badChecksum: true },
      { ...client6, ...tcp(1, 3), flags: ['RST'] },
    ],
  },
];
