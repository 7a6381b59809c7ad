/** Options that ask about ports of a bridge, about connections, and about what was seen before. */

import type { Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { client6, tables } from '../router.ts';
import { both, EDGES, option, tcp, udp } from './lines.ts';

const PORT = '02:00:00:00:aa:02';
/** A frame from one port of a bridge to another; one to the bridge itself. */
export const BRIDGED: readonly KernelCase[] = [
  {
    name: 'option-ports-of-a-bridge',
    node: {
      interfaces: [
        { name: 'br0', create: 'type bridge mcast_snooping 0', addresses: ['10.0.0.1/24'] },
        { name: 'pa', master: 'br0' },
        { name: 'pb', master: 'br0' },
        { name: 'rb', addresses: ['10.2.0.1/24'] },
      ],
      routes: ['default via 10.2.0.254'],
      neighbours: [`10.0.0.2 lladdr ${PORT} dev br0`, '10.0.0.3 lladdr 02:00:00:00:bb:03 dev br0'],
      forwarding: [`${PORT} dev pa master static`, '02:00:00:00:bb:03 dev pb master static'],
      iptables: tables({
        mangle: [
          ...['PREROUTING', 'INPUT', 'FORWARD'].flatMap((chain) =>
            ['--physdev-in pa', '! --physdev-in pa', '--physdev-in p+', '--physdev-is-in', '! --physdev-is-in'].map((asked) => `-A ${chain} -m physdev ${asked}`),
          ),
          ...['FORWARD', 'POSTROUTING'].flatMap((chain) =>
            ['--physdev-is-out', '! --physdev-is-out', '--physdev-out pb', '! --physdev-out pb', '--physdev-out pa', '--physdev-in pa --physdev-out pb'].map(
              (asked) => `-A ${chain} -m physdev ${asked} --physdev-is-bridged`,
            ),
          ),
          '-A FORWARD -m physdev ! --physdev-is-out',
          ...['FORWARD', 'POSTROUTING'].flatMap((chain) => ['--physdev-out pb', '! --physdev-out pb', '! --physdev-out pa'].map((asked) => `-A ${chain} -m physdev ${asked}`)),
          '-A FORWARD -m physdev ! --physdev-is-bridged',
        ],
      }),
    },
    sends: [
      { in: 'br0', physIn: 'pa', srcMac: PORT, dstMac: '02:00:00:00:bb:03', src: '10.0.0.2', dst: '10.0.0.3', proto: 'udp', sport: 1, dport: 2 },
      { in: 'br0', physIn: 'pb', srcMac: '02:00:00:00:bb:03', dstMac: PORT, src: '10.0.0.3', dst: '10.0.0.2', proto: 'udp', sport: 2, dport: 1 },
      { in: 'br0', physIn: 'pa', srcMac: PORT, dstMac: '02:00:00:00:0a:01', src: '10.0.0.2', dst: '10.0.0.1', proto: 'udp', sport: 3, dport: 2 },
      { in: 'br0', physIn: 'pa', srcMac: PORT, dstMac: '02:00:00:00:0a:01', src: '10.0.0.2', dst: '10.2.0.2', proto: 'udp', sport: 4, dport: 2 },
      { in: 'rb', src: '10.2.0.2', dst: '10.0.0.2', proto: 'udp', sport: 5, dport: 2 },
    ],
  },
];

export const TRACKED: readonly KernelCase[] = [
  option(
    'tuple-of-the-connection',
    {
      rules: [
        ...both('-m conntrack --ctorigsrcport 100:200'),
        ...both('-m conntrack --ctorigdstport 100:200'),
        ...both('-m conntrack --ctreplsrcport 100:200'),
        ...both('-m conntrack --ctorigsrcport 150'),
        ...both('-m conntrack --ctproto tcp'),
        '-m connmark --mark 0x10/0x10',
        '-m connmark ! --mark 0x10/0x10',
        '-p udp --dport 100 -j CONNMARK --set-mark 0x30',
        '-p udp --dport 101 -j CONNMARK --set-mark 0x20',
        '-m connmark --mark 0x10/0x10',
        '-m connmark ! --mark 0x10/0x10',
      ],
    },
    [...EDGES.flatMap((port) => [udp(port, 1), udp(1, port)]), udp(1, 101), tcp(150, 150), { replyTo: 2 }],
  ),
];

export const MEMORY: readonly KernelCase[] = [
  option(
    'nodes-and-labels',
    {
      rules: [
        ...[1, 2, 3, 4].flatMap((node) => [
          `-m cluster --cluster-total-nodes 4 --cluster-local-node ${node} --cluster-hash-seed 0xdeadbeef`,
          `-m cluster --cluster-total-nodes 4 ! --cluster-local-node ${node} --cluster-hash-seed 0xdeadbeef`,
        ]),
        '-m cluster --cluster-total-nodes 4 --cluster-local-nodemask 0x5 --cluster-hash-seed 0xdeadbeef',
        '-m cluster --cluster-total-nodes 8 --cluster-local-nodemask 0x5 --cluster-hash-seed 0x1',
        '-p udp --dport 3 -m connlabel --label 3 --set',
        '-m connlabel --label 3',
        '-m connlabel ! --label 3',
        '-m connlabel --label 4',
      ],
      more: { raw: ['-A PREROUTING -p udp --dport 9 -j CT --notrack'] },
    },
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((host) => udp(1, host, { src: `10.1.0.${host}` })),
  ),
  option(
    'packets-of-the-connection',
    {
      node: { sysctls: { 'net.netfilter.nf_conntrack_acct': '1' } },
      more: { raw: ['-A PREROUTING -p udp --dport 9 -j CT --notrack'] },
      rules: [
        '-m conntrack --ctstate UNTRACKED',
        ...['original', 'reply', 'both'].flatMap((way) => [
          `-m connbytes --connbytes 2:3 --connbytes-dir ${way} --connbytes-mode packets`,
          `-m connbytes ! --connbytes 2:3 --connbytes-dir ${way} --connbytes-mode packets`,
          `-m connbytes --connbytes 72:100 --connbytes-dir ${way} --connbytes-mode bytes`,
          `-m connbytes --connbytes 36:40 --connbytes-dir ${way} --connbytes-mode avgpkt`,
        ]),
        '-m statistic --mode random --probability 0',
        '-m statistic --mode random ! --probability 0',
        '-m statistic --mode random --probability 1',
        ...[0, 1, 2].map((packet) => `-m statistic --mode nth --every 3 --packet ${packet}`),
      ],
    },
    [udp(1, 1), udp(1, 1), { replyTo: 0 }, udp(1, 1, { payload: 30 }), { replyTo: 0 }, udp(1, 1), { replyTo: 0 }, udp(1, 9), udp(1, 9)],
  ),
  option(
    'recently-seen',
    {
      rules: [
        '-m recent --name A --rcheck',
        '-m recent --name A --rcheck --seconds 2',
        '-m recent --name A --rcheck --seconds 3',
        '-m recent --name A ! --rcheck --seconds 1',
        '-m recent --name A --rcheck --hitcount 2',
        '-m recent --name A --rcheck --hitcount 3',
        '-m recent --name A --rcheck --seconds 3 --hitcount 2',
        '-m recent --name A --rcheck --rttl',
        '-m recent --name A --set --rsource',
        '-m recent --name M --rcheck --mask 255.255.255.254',
        '-m recent --name M --set --mask 255.255.255.254',
        '-m recent --name D --rcheck --rdest',
        '-m recent --name D --set --rdest',
        '-m recent --name R --rcheck --seconds 1 --reap',
        '-m recent --name R --rcheck',
        '-m recent --name R --set',
      ],
    },
    [
      udp(1, 1, { at: 0 }),
      udp(1, 2, { at: 0, src: '10.1.0.3' }),
      udp(1, 3, { at: 0, src: '10.1.0.4', dst: '10.2.0.9' }),
      udp(1, 4, { at: 1.5, ttl: 60 }),
      udp(1, 5, { at: 1.5 }),
      udp(1, 6, { at: 4 }),
      udp(1, 7, { at: 4, src: '10.1.0.5', dst: '10.2.0.9' }),
      udp(1, 8, { at: 4.2 }),
    ],
  ),
  option(
    'rates-by-address',
    {
      rules: [
        '-m hashlimit --hashlimit-name a --hashlimit-upto 1/second --hashlimit-burst 2 --hashlimit-mode srcip',
        '-m hashlimit --hashlimit-name b ! --hashlimit-upto 1/second --hashlimit-burst 2 --hashlimit-mode srcip',
        '-m hashlimit --hashlimit-name c --hashlimit-above 1/second --hashlimit-burst 2 --hashlimit-mode srcip',
        '-m hashlimit --hashlimit-name d ! --hashlimit-above 1/second --hashlimit-burst 2 --hashlimit-mode srcip',
        '-m hashlimit --hashlimit-name e --hashlimit-upto 1/minute --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-srcmask 31',
        '-m hashlimit --hashlimit-name f --hashlimit-upto 1/minute --hashlimit-burst 1 --hashlimit-mode dstip --hashlimit-dstmask 31',
        '-m hashlimit --hashlimit-name g --hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-htable-expire 1000 --hashlimit-htable-gcinterval 500',
        '-m hashlimit --hashlimit-name h --hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-htable-expire 60000 --hashlimit-htable-gcinterval 500',
        '-p udp --dport 50:60 -m hashlimit --hashlimit-name n --hashlimit-upto 1/second --hashlimit-mode srcip --hashlimit-htable-size 2 --hashlimit-htable-max 2 --hashlimit-htable-expire 60000',
        '-m hashlimit --hashlimit-name m --hashlimit-upto 3/second --hashlimit-burst 2 --hashlimit-mode srcip,dstport',
      ],
    },
    [
      ...[1, 2, 3, 4].map((dport) => udp(1, dport, { at: 0 })),
      udp(1, 5, { at: 0, src: '10.1.0.3' }),
      udp(1, 6, { at: 0, src: '10.1.0.4', dst: '10.2.0.3' }),
      udp(1, 7, { at: 0, src: '10.1.0.5', dst: '10.2.0.4' }),
      ...[50, 51, 52, 53].map((dport) => udp(1, dport, { at: 0, src: `10.1.0.${dport}` })),
      udp(1, 54, { at: 1.8, src: '10.1.0.50' }),
      udp(1, 8, { at: 3 }),
      udp(1, 9, { at: 3 }),
    ],
  ),
  option('rates-by-port-ipv6', { v6: true, rules: ['-m hashlimit --hashlimit-name q --hashlimit-upto 1/minute --hashlimit-burst 1 --hashlimit-mode srcip,dstport'] }, [
    ...[1, 1, 2].map((dport): Packet => ({ ...client6, proto: 'udp', sport: 1, dport })),
    ...[1, 2].map((icmpId): Packet => ({ ...client6, proto: 'icmpv6', icmpId })),
    { ...client6, proto: 59 },
    { ...client6, proto: 99 },
  ]),
  option(
    'rates-as-measured',
    {
      rules: [
        '-m hashlimit --hashlimit-name i --hashlimit-upto 3/second --hashlimit-rate-match --hashlimit-rate-interval 2 --hashlimit-mode srcip --hashlimit-htable-expire 60000',
        '-m hashlimit --hashlimit-name j --hashlimit-upto 3/second --hashlimit-rate-match --hashlimit-mode srcip --hashlimit-htable-expire 60000',
        '-m hashlimit --hashlimit-name k --hashlimit-upto 3/second --hashlimit-mode srcip --hashlimit-burst 1 --hashlimit-htable-expire 60000',
      ],
    },
    [
      ...Array.from({ length: 8 }, (_, i) => udp(1, 1 + i, { at: 0 })),
      ...Array.from({ length: 3 }, (_, i) => udp(1, 20 + i, { at: 1.5 })),
      ...Array.from({ length: 3 }, (_, i) => udp(1, 30 + i, { at: 3.5 })),
    ],
  ),
];
