/** What rules know of a connection besides its state, of a route besides its device, and of headers besides ports: one thing each. */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import { client, client6, WIRES } from './router.ts';

const udp = (sport: number, payload: number, more: object = {}) => ({ ...client, proto: 'udp', sport, dport: 9, payload, ...more });
const six = { ...client6, proto: 'udp', sport: 1, dport: 9 } as const;

export const CONNECTION_CASES: readonly KernelCase[] = [
  {
    // Packets that do not belong to a connection, and what the stack answers of itself, are not counted.
    name: 'packets-and-bytes-of-connections',
    node: {
      interfaces: WIRES,
      iptables: `*filter
${['original', 'reply', 'both'].flatMap((dir) => ['packets 1:2', 'packets 3', 'bytes 36:100', 'avgpkt 40:50'].map((what) => `-A FORWARD -m connbytes --connbytes ${what.split(' ')[1]} --connbytes-mode ${what.split(' ')[0]} --connbytes-dir ${dir}`)).join('\n')}
-A FORWARD -m connbytes ! --connbytes 2:3 --connbytes-mode packets --connbytes-dir both
-A FORWARD -p tcp --tcp-flags SYN,ACK SYN -j REJECT --reject-with tcp-reset
COMMIT
`,
    },
    sends: [
      udp(1, 8),
      udp(1, 72),
      { replyTo: 0 },
      udp(2, 30),
      { errorFor: 0, code: 3 },
      { replyTo: 0, overrides: { payload: 100 } },
      { ...client, proto: 'tcp', sport: 5, dport: 80 },
      { ...client, proto: 'tcp', sport: 5, dport: 80, flags: ['ACK'], seq: 9, ack: 9 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'icmp', icmpType: 0 },
    ],
  },
  {
    // --set gives the label and holds; negated it gives it and does not hold.
    name: 'labels-of-connections',
    node: {
      interfaces: WIRES,
      iptables: `*mangle
-A FORWARD -m connlabel --label 3
-A FORWARD -m ttl --ttl-eq 59 -m connlabel --label 3 --set
-A FORWARD -m ttl --ttl-eq 58 -m connlabel ! --label 127 --set
-A FORWARD -m connlabel ! --label 3
-A FORWARD -m connlabel --label 127
-A FORWARD -m connlabel ! --label 127
COMMIT
`,
    },
    sends: [
      udp(1, 8),
      udp(1, 8, { ttl: 60 }),
      { replyTo: 0 },
      udp(2, 8),
      udp(2, 8, { ttl: 59 }),
      { replyTo: 3 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'icmp', icmpType: 0 },
    ],
  },
  {
    name: 'shares-of-a-cluster',
    node: {
      interfaces: WIRES,
      iptables: `*mangle
${[1, 2, 3].map((node) => `-A PREROUTING -m cluster --cluster-total-nodes 3 --cluster-local-node ${node} --cluster-hash-seed 0xdeadbeef`).join('\n')}
-A PREROUTING -m cluster --cluster-total-nodes 3 ! --cluster-local-nodemask 3 --cluster-hash-seed 0x7
-A FORWARD -m pkttype --pkt-type multicast
COMMIT
`,
    },
    sends: [
      ...[2, 3, 4, 5, 6, 7].map((host) => udp(1, 8, { src: `10.1.0.${host}`, ...(host === 7 ? { l2: 'multicast' } : {}) })),
      // The protocols at both ends of what a connection can have.
      { ...client, proto: 'icmp' },
      { ...client, proto: 255 },
    ],
  },
  {
    // The way back to the source fills in what the way there leaves out.
    name: 'realms-of-routes',
    node: {
      interfaces: WIRES,
      routes: ['10.8.0.0/24 via 10.2.0.254 realm 5', '10.9.0.0/24 via 10.2.0.254 realms 3/7', '10.7.0.0/24 via 10.1.0.254 realm 9'],
      iptables: `*mangle
${['INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].flatMap((chain) => ['0x0', '0x5', '0x90005/0xffff', '0x90000', '0x30007', '0x90000/0xffff0000'].map((realm) => `-A ${chain} -m realm --realm ${realm}`)).join('\n')}
-A FORWARD -m realm ! --realm 0x5/0xff
COMMIT
`,
    },
    sends: [
      ...['10.2.0.2', '10.8.0.1', '10.9.0.1', '10.1.0.1'].flatMap((dst) => ['10.1.0.2', '10.7.0.1'].map((src) => udp(1, 8, { src, dst }))),
      ...['10.2.0.2', '10.8.0.1', '10.9.0.1', '10.2.0.1'].map((dst) => ({ in: null, src: '10.2.0.1', dst, proto: 'udp', sport: 2, dport: 9 })),
    ],
  },
  {
    name: 'marks-shifted-and-hashed',
    node: {
      interfaces: WIRES,
      iptables: `*mangle
-A PREROUTING -p udp --sport 1 -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 4096 --hmark-offset 65536 --hmark-rnd 0xcafe
-A PREROUTING -p udp --sport 2 -j HMARK --hmark-tuple ct,src,dst --hmark-mod 4096 --hmark-rnd 0xcafe
-A PREROUTING -p icmp -j HMARK --hmark-tuple src,dst,sport --hmark-mod 4096 --hmark-rnd 0xcafe
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff00 --left-shift-mark 8
-A FORWARD -p udp --sport 1 -j CONNMARK --set-xmark 0xf0000000/0xf0000000 --right-shift-mark 4
-A FORWARD -j CONNMARK --restore-mark --nfmask 0xf0000000 --ctmask 0xff00 --left-shift-mark 16
COMMIT
`,
    },
    sends: [udp(1, 8), udp(2, 8), { replyTo: 0 }, { replyTo: 1 }, { errorFor: 0, code: 1 }, { ...client, proto: 'icmp' }],
  },
  {
    // A match that writes: the mark is the packet's as soon as the socket is found, whatever stands behind it in the rule.
    name: 'marks-of-sockets',
    node: {
      interfaces: WIRES,
      iptables: `*mangle
-A PREROUTING -j MARK --set-xmark 0x7/0xffffffff
-A PREROUTING -m socket --transparent --restore-skmark -m ttl --ttl-eq 9
-A PREROUTING -m mark --mark 0x55
-A PREROUTING -m socket --restore-skmark
-A PREROUTING -m mark --mark 0x0
-A INPUT -m mark --mark 0x66
COMMIT
`,
    },
    sends: [5000, 5001, 5002].map((dport) => ({ in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'udp', sport: 9, dport })),
    options: {
      sockets: [
        { proto: 'udp', address: '10.1.0.1', port: 5000, transparent: true, mark: 0x55 },
        { proto: 'udp', address: '10.1.0.1', port: 5001, mark: 0x66 },
        { proto: 'udp', address: '10.1.0.1', port: 5002 },
      ],
    },
  },
  {
    // What the kernel cannot pass over it drops before any rule sees it.
    name: 'what-extension-headers-hold',
    node: {
      interfaces: WIRES,
      ip6tables: `*mangle
-A PREROUTING -m hbh --hbh-len 8 --hbh-opts 5:2,1:0
-A PREROUTING -m dst ! --dst-len 8
-A PREROUTING -m rt --rt-type 0 --rt-segsleft 1 --rt-0-addrs fd05::1
-A PREROUTING -m rt ! --rt-type 0
-A PREROUTING -m srh --srh-segs-left-eq 1 --srh-last-entry-eq 1 --srh-tag 5
-A PREROUTING -m srh ! --srh-nsid fd05::/64
-A PREROUTING -m ah --ahspi 7 ! --ahlen 12 --ahres
-A PREROUTING -m ipv6header --header hop,route,prot
-A PREROUTING -m ipv6header --soft ! --header route
COMMIT
`,
    },
    sends: [
      six,
      { ...six, extensionHeaders: [{ header: 'hop-by-hop', data: '050200000100' }] },
      { ...six, extensionHeaders: [{ header: 'hop-by-hop', data: '010401020304' }] },
      { ...six, extensionHeaders: [{ header: 'hop-by-hop', data: 'c00400000000' }] },
      { ...six, extensionHeaders: [{ header: 'destination-options', data: '010400000000' }] },
      { ...six, extensionHeaders: [{ header: 'destination-options', data: `010c${'00'.repeat(12)}` }] },
      {
        ...six,
        extensionHeaders: [
          { header: 'hop-by-hop', data: '010400000000' },
          { header: 'routing', data: `000100000000fd05${'00'.repeat(13)}01` },
        ],
      },
      { ...six, extensionHeaders: [{ header: 'routing', data: `040101000500fd05${'00'.repeat(13)}01fd05${'00'.repeat(13)}02` }] },
      { ...six, extensionHeaders: [{ header: 'ah', data: `000000000007000000010000000000000000000000000000`.slice(0, 44) }] },
    ],
  },
  {
    // A zone of one direction lets a tuple be in the table twice: the newest is found, and once it is gone, the other one again.
    name: 'same-tuple-of-two-connections',
    node: {
      interfaces: WIRES,
      iptables: `*raw
-A OUTPUT -j CT --zone-orig 1
COMMIT
*mangle
-A PREROUTING -m conntrack --ctdir REPLY
-A PREROUTING -m conntrack --ctstate ESTABLISHED
-A PREROUTING -m conntrack --ctstate NEW
COMMIT
*nat
-A INPUT -j SNAT --to-source 10.3.0.3
COMMIT
`,
    },
    sends: ['tcp', 'udp'].flatMap((proto): Packet[] => {
      const from: Packet = { in: 'ra', src: '10.1.0.4', dst: '10.2.0.1', proto, sport: 22, dport: 22 };
      const own: Packet = { in: null, src: '10.2.0.1', dst: '10.1.0.4', proto, sport: 22, dport: 22 };
      const tcp = proto === 'tcp';
      return [
        from,
        tcp ? { ...own, flags: ['PSH', 'ACK'], seq: 9001, ack: 101, payload: 7 } : own,
        from,
        ...(tcp
          ? [{ ...from, flags: ['RST'] as const }, from, { ...own, flags: ['SYN', 'ACK'] as const, seq: 5, ack: 1 }, { ...from, flags: ['ACK'] as const, seq: 1, ack: 6 }]
          : [own, from]),
      ];
    }),
  },
  {
    // A list whose last connection has ended is empty: who has met the rule before is not counted when another connection takes over its ports.
    name: 'limit-after-all-have-ended',
    node: {
      interfaces: WIRES,
      iptables: '*mangle\n-A POSTROUTING -m connlimit --connlimit-upto 1 --connlimit-mask 32 --connlimit-saddr\n-A POSTROUTING -j MARK --set-mark 1\nCOMMIT\n',
    },
    sends: ((): Packet[] => {
      const from: Packet = { in: 'ra', src: '10.1.0.3', dst: '10.2.0.2', proto: 'tcp', sport: 22, dport: 5353, seq: 100 };
      const back: Packet = { in: 'rb', src: '10.2.0.2', dst: '10.1.0.3', proto: 'tcp', sport: 5353, dport: 22, seq: 9001, ack: 101 };
      return [
        from,
        { ...back, flags: ['SYN', 'ACK'], seq: 9000 },
        { ...from, flags: ['ACK'], seq: 101, ack: 9001 },
        { ...back, flags: ['FIN', 'ACK'] },
        { ...from, flags: ['FIN', 'ACK'], seq: 101, ack: 9002 },
        { ...back, flags: ['ACK'], seq: 9002, ack: 102 },
        { ...from, seq: 70_000 },
        { ...from, src: '10.1.0.4', sport: 443, dport: 80 },
        { ...back, dst: '10.1.0.4', sport: 80, dport: 443, flags: ['RST', 'ACK'], seq: 0 },
        { ...back, flags: ['SYN', 'ACK'], seq: 9, ack: 70_001 },
      ];
    })(),
  },
];
