/**
 * Single options of matches and targets with packets on both sides of what they ask: the edges of ranges, the bits beside a
 * mask, every way to write an option that iptables-save prints otherwise. They are there for npm run test:mutation: a mistake
 * in how one option is read must show in one of them. The kernel's answers are in recorded/mutants/.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { KernelNode, RunOptions, Sending } from './node.ts';
import { client, client6, router, tables } from './router.ts';

interface Lines {
  /** Of chain PREROUTING in table mangle, without `-A PREROUTING`. */
  readonly rules: readonly string[];
  readonly more?: Readonly<Record<string, readonly string[]>>;
  readonly v6?: boolean;
  readonly node?: Partial<KernelNode>;
  readonly options?: RunOptions;
}

function option(name: string, { rules, more = {}, v6 = false, node = {}, options }: Lines, sends: readonly (Sending | Packet)[]): KernelCase {
  const text = tables({ ...more, mangle: [...rules.map((rule) => `-A PREROUTING ${rule}`), ...(more.mangle ?? [])] });
  return { name: `option-${name}`, node: router({ [v6 ? 'ip6tables' : 'iptables']: text, ...node }), sends, ...(options ? { options } : {}) };
}

const udp = (sport: number, dport: number, rest: Partial<Packet> = {}): Packet => ({ ...client, proto: 'udp', sport, dport, ...rest });
const tcp = (sport: number, dport: number, rest: Partial<Packet> = {}): Packet => ({ ...client, proto: 'tcp', sport, dport, ...rest });
/** Below, at both ends, inside, above. */
const EDGES = [99, 100, 150, 200, 201] as const;
const both = (rule: string): string[] => [rule, rule.replace(/ (--\S+ \S+)$/, ' ! $1')];
/** A datagram in two pieces, of which the later one has no header. */
const pieces = (proto: string, id: number): Packet[] => [
  { ...client, proto, id, sport: 150, dport: 150, spi: 150, moreFragments: true, payload: proto === 'tcp' ? 28 : 24, df: false },
  { ...client, proto, id, fragOffset: 48, payload: 16, df: false },
];

const HEADERS: readonly KernelCase[] = [
  option(
    'security-parameter-index',
    { rules: ['ah', 'esp'].flatMap((name) => [...both(`-p ${name} -m ${name} --${name}spi 100:200`), ...both(`-p ${name} -m ${name} --${name}spi 150`), `-p ${name} -m ${name}`]) },
    [...EDGES.flatMap((spi) => ['ah', 'esp'].map((proto): Packet => ({ ...client, proto, spi }))), ...pieces('ah', 21), ...pieces('esp', 22)],
  ),
  option(
    'security-parameter-index-ipv6',
    { v6: true, rules: [...both('-p esp -m esp --espspi 100:200')] },
    EDGES.map((spi): Packet => ({ ...client6, proto: 'esp', spi })),
  ),
  option(
    'ports-of-dccp-and-sctp',
    {
      rules: ['dccp', 'sctp'].flatMap((name) =>
        ['sport', 'dport'].flatMap((side) => [...both(`-p ${name} -m ${name} --${side} 100:200`), ...both(`-p ${name} -m ${name} --${side} 150`)]),
      ),
    },
    [
      ...EDGES.flatMap((port) =>
        ['dccp', 'sctp'].flatMap((proto): Packet[] => [
          { ...client, proto, sport: port, dport: 1 },
          { ...client, proto, sport: 1, dport: port },
        ]),
      ),
      ...pieces('dccp', 23),
      ...pieces('sctp', 24),
    ],
  ),
  option(
    'flags-and-segment-size-of-tcp',
    {
      rules: [
        '-p tcp --syn',
        '-p tcp ! --syn',
        '-p tcp -m ecn --ecn-tcp-ece',
        '-p tcp -m ecn ! --ecn-tcp-ece',
        '-p tcp -m ecn --ecn-tcp-cwr',
        ...both('-p tcp -m tcpmss --mss 1000'),
        ...both('-p tcp -m tcpmss --mss 1000:1100'),
      ],
    },
    [
      tcp(1, 2),
      tcp(2, 2, { flags: ['ACK'] }),
      tcp(3, 2, { flags: ['SYN', 'ACK'] }),
      ...[999, 1000, 1001, 1100, 1101].map((mss, i) => tcp(10 + i, 2, { mss })),
      tcp(20, 2, { flags: ['ACK', 'ECE'] }),
      tcp(21, 2, { flags: ['SYN', 'ECE', 'CWR'] }),
      udp(1, 2),
      ...pieces('tcp', 25),
      { ...client, proto: 'tcp', id: 28, fragOffset: 48, payload: 40, df: false },
    ],
  ),
  option(
    'kinds-of-icmp',
    {
      rules: [
        ...both('-p icmp -m icmp --icmp-type 8'),
        ...both('-p icmp -m icmp --icmp-type 3/1'),
        ...both('-p icmp -m icmp --icmp-type 3'),
        '-p icmp -m icmp --icmp-type any',
        '-p icmp -m icmp --icmp-type echo-reply',
      ],
    },
    [
      ...(
        [
          [8, 0],
          [8, 1],
          [0, 0],
          [13, 0],
        ] as const
      ).map(([icmpType, icmpCode], i): Packet => ({ ...client, proto: 'icmp', icmpType, icmpCode, icmpId: 5 + i })),
      ...[0, 1, 2].map((icmpCode): Packet => ({ ...client, proto: 'icmp', icmpType: 3, icmpCode, inner: { src: '10.2.0.2', dst: '10.1.0.2', proto: 'udp', sport: 1, dport: 2 } })),
      ...pieces('icmp', 26),
    ],
  ),
  option(
    'kinds-of-icmpv6',
    { v6: true, rules: [...both('-p icmpv6 -m icmp6 --icmpv6-type 128'), ...both('-p icmpv6 -m icmp6 --icmpv6-type 1/3'), ...both('-p icmpv6 -m icmp6 --icmpv6-type 1')] },
    [
      ...[128, 129].map((icmpType, i): Packet => ({ ...client6, proto: 'icmpv6', icmpType, icmpId: 5 + i })),
      { ...client6, proto: 'icmpv6', icmpType: 128, icmpCode: 3, icmpId: 9 },
      ...[0, 3, 4].map((icmpCode): Packet => ({ ...client6, proto: 'icmpv6', icmpType: 1, icmpCode, inner: { src: 'fd02::2', dst: 'fd01::2', proto: 'udp', sport: 1, dport: 2 } })),
      { ...client6, proto: 'icmpv6', id: 27, moreFragments: true, payload: 24 },
      { ...client6, proto: 'icmpv6', id: 27, fragOffset: 32, payload: 16 },
    ],
  ),
  option(
    'lengths-and-owners',
    {
      rules: [...both('-m length --length 100:200'), ...both('-m length --length 100')],
      more: {
        mangle: [
          '-A OUTPUT -m owner --uid-owner 100-200',
          '-A OUTPUT -m owner ! --uid-owner 100-200',
          '-A OUTPUT -m owner --gid-owner 100-200',
          '-A OUTPUT -m owner ! --gid-owner 150',
        ],
      },
    },
    [
      ...EDGES.map((length) => udp(1, length, { payload: length - 28 })),
      ...EDGES.flatMap((id): Packet[] => [
        { in: null, src: '10.1.0.1', dst: '10.2.0.2', proto: 'udp', sport: 3, dport: id, uid: id, gid: 7 },
        { in: null, src: '10.1.0.1', dst: '10.2.0.2', proto: 'udp', sport: 4, dport: id, uid: 7, gid: id },
      ]),
    ],
  ),
  option(
    'address-of-the-frame',
    { rules: ['-m mac --mac-source 02:00:00:00:0a:02', '-m mac ! --mac-source 02:00:00:00:0a:02'] },
    ['02:00:00:00:0a:02', '12:00:00:00:0a:02', '02:00:00:00:0a:03'].map((srcMac, i) => udp(1, 1 + i, { srcMac })),
  ),
  option(
    'address-made-from-the-frame',
    {
      v6: true,
      rules: ['-m eui64'],
      more: { mangle: ['-A INPUT -m eui64', '-A FORWARD -m eui64'] },
      node: {
        interfaces: [
          { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64', 'fd01::200:ff:fe00:0/64'] },
          { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
        ],
      },
    },
    [
      ...['fd01::11:22ff:fe33:4455', 'fd01::11:22ff:fe33:4456', 'fd01::211:22ff:fe33:4455', 'fd01::11:22ff:fe34:4455', 'fd01::11:23ff:fe33:4455'].map(
        (src, i): Packet => ({ ...client6, src, proto: 'udp', sport: 1, dport: 1 + i, srcMac: '02:11:22:33:44:55' }),
      ),
      { in: null, src: 'fd01::200:ff:fe00:0', dst: 'fd01::1', proto: 'udp', sport: 1, dport: 9 },
      { in: null, src: 'fd01::1', dst: 'fd01::200:ff:fe00:0', proto: 'udp', sport: 1, dport: 10 },
    ],
  ),
  option(
    'classes-of-service',
    {
      rules: [
        '-m dscp --dscp-class EF',
        '-m dscp ! --dscp-class EF',
        '-m dscp --dscp-class AF11',
        '-m dscp --dscp 0x0a',
        '-m tos --tos 0x10/0x10',
        '-m tos ! --tos 0x10/0x10',
        '-m tos --tos Minimize-Delay',
      ],
    },
    [0xb8, 0xb9, 0x28, 0x18, 0x10, 0x08, 0x00].map((tos, i) => udp(1, 1 + i, { tos })),
  ),
  option(
    'text-in-the-packet',
    {
      rules: [
        '-m string --algo bm --string HELLO',
        '-m string --algo kmp ! --string HELLO',
        '-m string --algo bm --icase --string hello',
        '-m string --algo bm --string hello',
        ...[28, 29, 30, 31].map((from) => `-m string --algo bm --from ${from} --string HELLO`),
        ...[33, 34, 35, 36].map((to) => `-m string --algo kmp --to ${to} --string HELLO`),
        '-m string --algo bm --hex-string "|48454c|LO"',
      ],
    },
    // xxHELLOyy, xxHellOyy, xxHELLPyy, and the word alone: its first byte stands 28 bytes behind the beginning of the IP header.
    ['787848454c4c4f7979', '787848656c6c4f7979', '787848454c4c507979', '48454c4c4f'].map((data, i) => udp(1, 1 + i, { data })),
  ),
];

const headed = (header: string, data: string, rest: Partial<Packet> = {}): Packet => ({
  ...client6,
  proto: 'udp',
  sport: 1,
  dport: 2,
  extensionHeaders: [{ header, data }],
  ...rest,
});
/** AH of IPv6: reserved, SPI, sequence number, and a check value of so many bytes. */
const authentication = (spi: number, reserved = '0000', check = 12): string => `${reserved}${spi.toString(16).padStart(8, '0')}00000001${'00'.repeat(check)}`;

const EXTENSION_HEADERS: readonly KernelCase[] = [
  option(
    'headers-of-ipv6',
    {
      v6: true,
      rules: [
        ...both('-m ah --ahspi 100:200'),
        '-m ah --ahlen 24',
        '-m ah ! --ahlen 24',
        '-m ah --ahres',
        ...both('-m frag --fragid 100:200'),
        ...both('-m frag --fragid 150'),
        '-m frag --fraglen 16',
        '-m frag ! --fraglen 16',
        '-m frag --fragres --fragfirst',
        '-m hbh --hbh-len 8',
        '-m hbh ! --hbh-len 8',
        '-m hbh --hbh-opts 5:2',
        '-m hbh --hbh-opts 5:3',
        '-m hbh --hbh-opts 1,5',
        '-m dst --dst-len 8',
        '-m dst ! --dst-len 8',
        '-m dst --dst-opts 1:4',
      ],
    },
    [
      ...EDGES.map((spi) => headed('ah', authentication(spi))),
      headed('ah', authentication(150, '0001')),
      headed('ah', authentication(150, '0000', 16)),
      ...EDGES.flatMap((id): Packet[] => [
        { ...client6, proto: 'udp', sport: 1, dport: 2, id, moreFragments: true, payload: 24 },
        { ...client6, proto: 'udp', id, fragOffset: 32, payload: 16 },
      ]),
      headed('hop-by-hop', '010400000000'),
      headed('hop-by-hop', '050200000100'),
      headed('hop-by-hop', '0100050200000105000000000000'),
      headed('destination-options', '010400000000'),
      headed('destination-options', '0102000001000108000000000000'),
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
    ],
  ),
  option(
    'routing-headers-of-ipv6',
    {
      v6: true,
      rules: [
        '-m rt --rt-type 0',
        ...both('-m rt --rt-segsleft 1'),
        '-m rt --rt-len 24',
        '-m rt ! --rt-len 24',
        '-m rt --rt-type 0 --rt-0-res',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::1',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::2',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::2 --rt-0-not-strict',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::1,fd0a::2',
        ...[
          'next-hdr 17',
          'hdr-len-eq 4',
          'hdr-len-gt 3',
          'hdr-len-lt 4',
          'segs-left-eq 1',
          'segs-left-gt 0',
          'segs-left-lt 1',
          'last-entry-eq 1',
          'last-entry-gt 0',
          'last-entry-lt 1',
          'tag 5',
          'psid fd0a::2',
          'nsid fd0a::1',
          'lsid fd0a::2',
        ].flatMap((asked) => [`-m srh --srh-${asked}`, `-m srh ! --srh-${asked}`]),
      ],
    },
    [
      ...(
        [
          ['0001', '00000000', 'fd0a::1'],
          ['0000', '00000000', 'fd0a::1', 'fd0a::2'],
          ['0001', '00000001', 'fd0a::2', 'fd0a::1'],
          ['0001', '00000000', 'fd0a::2', 'fd0a::3'],
          ['0401', '01000005', 'fd0a::1', 'fd0a::2'],
          ['0400', '01000006', 'fd0a::1', 'fd0a::2'],
          ['0400', '00000005', 'fd0a::1'],
          ['0402', '02000005', 'fd0a::2', 'fd0a::1', 'fd0a::3'],
          ['0200', '00000000'],
        ] as const
      ).map(([kind, fields, ...segments]) => headed('routing', `${kind}${fields}${segments.map((one) => `fd0a${'0'.repeat(27)}${one.at(-1)}`).join('')}`)),
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
    ],
  ),
  option(
    'headers-behind-ipv6',
    {
      v6: true,
      rules: [
        ...both('-p mobility-header -m mh --mh-type 1:2'),
        '-p mobility-header -m mh --mh-type 5',
        ...both('-p ipcomp -m ipcomp --ipcompspi 100:200'),
        '-p ipcomp -m ipcomp --ipcompspi 150 --compres',
      ],
    },
    [
      ...[0, 1, 2, 3, 5].map((type): Packet => ({ ...client6, proto: 135, data: `3b00${type.toString(16).padStart(2, '0')}0000000000` })),
      ...EDGES.map((spi): Packet => ({ ...client6, proto: 108, data: `1100${spi.toString(16).padStart(4, '0')}0000000000000000` })),
      { ...client6, proto: 108, data: '11010096000000000000' },
      ...[108, 135].flatMap((proto, i): Packet[] => [
        { ...client6, proto, id: 40 + i, moreFragments: true, data: proto === 108 ? '11000096000000000000000000000000' : '3b000100000000000000000000000000' },
        { ...client6, proto, id: 40 + i, fragOffset: 16, data: proto === 108 ? '1100009600000000' : '3b00010000000000' },
      ]),
    ],
  ),
  ...[false, true].map((v6) =>
    option(
      `types-and-options-of-dccp${v6 ? '-ipv6' : ''}`,
      {
        v6,
        rules: [
          ...['REQUEST', 'RESPONSE,DATA', 'ack,dataack,CLOSEREQ', 'CLOSE,RESET', 'SYNC', 'SYNCACK', 'INVALID'].flatMap((types) => both(`-p dccp -m dccp --dccp-types ${types}`)),
          ...[1, 2, 17, 32, 33, 42].flatMap((kind) => both(`-p dccp -m dccp --dccp-option ${kind}`)),
          '-p dccp -m dccp --sport 5 --dport 6 --dccp-types REQUEST ! --dccp-option 42',
          // Offset to the data, type, and options where they stand.
          `-m u32 --u32 "${v6 ? 44 : 24}>>24=5"`,
          `-m u32 --u32 "${v6 ? 48 : 28}>>24=1"`,
          `-p dccp -m dccp --dccp-types REQUEST -m u32 --u32 "${v6 ? 60 : 40}=0x2a042103"`,
        ],
      },
      [
        ...(['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK', 10, 15] as const).map(
          (dccpType, i): Packet => ({ ...(v6 ? client6 : client), proto: 'dccp', sport: 5, dport: 6 + (i % 2), dccpType }),
        ),
        // Padding and a mandatory one are one byte each; a length of 0 counts as 1, and one leads beyond the end; 2 has no length, and is taken to have one.
        ...['2a042103', '0001002a02', '2a00210311', '212103', '02042a02', '2b2a', '0120030001', '11'].map(
          (dccpOptions, i): Packet => ({ ...(v6 ? client6 : client), proto: 'dccp', sport: 5, dport: 6, dccpType: i % 2 ? 'DATA' : 'REQUEST', dccpOptions }),
        ),
      ],
    ),
  ),
  option(
    'chunks-of-sctp',
    {
      rules: ['any INIT', 'any INIT,DATA', 'all INIT', 'all DATA,SACK', 'only INIT', 'only DATA,SACK', 'any DATA:Be', 'any DATA:U'].flatMap((asked) => [
        `-p sctp -m sctp --chunk-types ${asked}`,
        `-p sctp -m sctp ! --chunk-types ${asked}`,
      ]),
    },
    // INIT; DATA with its first and last fragment bits; SACK; SACK and DATA; DATA, unordered.
    ['01000004', '0003000800000001', '03000004', '030000040003000800000001', '0004000800000001'].map(
      (data, i): Packet => ({ ...client, proto: 'sctp', sport: 1, dport: 1 + i, data }),
    ),
  ),
];

const PORT = '02:00:00:00:aa:02';
/** A frame from one port of a bridge to another; one to the bridge itself. */
const BRIDGED: readonly KernelCase[] = [
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

const TRACKED: readonly KernelCase[] = [
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

const MEMORY: readonly KernelCase[] = [
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

const SETS = `create S hash:ip family inet hashsize 1024 maxelem 65536 counters
add S 10.1.0.2 packets 5 bytes 500
add S 10.1.0.3 packets 6 bytes 499
create L list:set size 8 counters
add L S packets 1 bytes 1
create N list:set size 8 counters
create T hash:ip family inet hashsize 1024 maxelem 65536 counters
add T 10.1.0.2 packets 0 bytes 0
add N T packets 0 bytes 0
create K hash:ip family inet hashsize 1024 maxelem 65536 skbinfo
add K 10.1.0.2 skbmark 0x11/0xff
add K 10.1.0.3 skbmark 0x22/0xf0
`;

const FOUND: readonly KernelCase[] = [
  option(
    'counters-of-entries',
    {
      node: { ipset: SETS },
      rules: [
        ...['--packets-eq 5', '! --packets-eq 5', '--bytes-eq 500', '! --bytes-eq 500', '--packets-lt 6', '--packets-gt 5', '--bytes-lt 500', '--bytes-gt 499'].map(
          (asked) => `-m set --match-set S src ! --update-counters ${asked}`,
        ),
        '-m set --match-set L src ! --update-subcounters',
        '-m set --match-set L src',
        '-m set --match-set N src --update-subcounters',
        '-m set --match-set N src --update-counters',
        '-m set ! --match-set S src',
      ],
    },
    [udp(1, 1), udp(1, 2, { src: '10.1.0.3' }), udp(1, 3, { src: '10.1.0.4' }), udp(1, 4)],
  ),
  option(
    'marks-of-entries',
    {
      node: { ipset: SETS },
      rules: [
        '-j MARK --set-mark 0x100',
        '-j SET --map-set K src --map-mark',
        '-m mark --mark 0x111',
        '-m mark --mark 0x11/0xff',
        '-j SET --map-set K dst --map-mark',
        '-m mark --mark 0x20/0xf0',
      ],
    },
    [udp(1, 1), udp(1, 2, { src: '10.1.0.3' }), udp(1, 3, { src: '10.1.0.4' })],
  ),
  option(
    'sockets-that-listen',
    {
      rules: [
        '-m socket',
        '-m socket --transparent',
        '-m socket --nowildcard',
        '-m socket --nowildcard --transparent',
        '-m socket --transparent --restore-skmark',
        '-m mark --mark 0x5',
      ],
      more: { filter: ['-A INPUT -j DROP'] },
      options: {
        answers: 'stack',
        sockets: [
          { proto: 'udp', address: '10.1.0.1', port: 51, listening: true },
          { proto: 'udp', address: '0.0.0.0', port: 52, listening: true },
          { proto: 'udp', address: '10.1.0.1', port: 53, listening: true, transparent: true, mark: 5 },
          { proto: 'udp', address: '0.0.0.0', port: 54, listening: true, transparent: true },
          { proto: 'tcp', address: '0.0.0.0', port: 55, listening: true, transparent: true },
        ],
      },
    },
    [...[50, 51, 52, 53, 54].map((dport) => udp(7, dport, { dst: '10.1.0.1' })), ...[55, 56].map((dport) => tcp(7, dport, { dst: '10.1.0.1' }))],
  ),
  option(
    'way-back-by-mark',
    {
      rules: ['-m rpfilter', '-m rpfilter --validmark', '-p udp --dport 2 -j MARK --set-mark 7', '-m rpfilter', '-m rpfilter --validmark', '-m rpfilter --invert'],
      node: { routes: ['default via 10.2.0.254', 'default via 10.1.0.254 dev ra table 200'], rules: ['fwmark 7 lookup 200'] },
    },
    [1, 2].flatMap((dport) => [udp(1, dport, { src: '8.8.8.8' }), udp(1, dport, { in: 'rb', src: '8.8.8.8', dst: '10.1.0.2' })]),
  ),
];

const CHANGES: readonly KernelCase[] = [
  option(
    'marks-as-written',
    {
      rules: [
        '-j MARK --set-mark 0x0f0e',
        '-p udp --dport 1 -j MARK --set-mark 0x30/0x3c',
        '-p udp --dport 2 -j MARK --and-mark 0xff',
        '-p udp --dport 3 -j MARK --or-mark 0x10',
        '-p udp --dport 4 -j MARK --xor-mark 0x101',
        '-p udp --dport 5 -j MARK --set-xmark 0x3/0xff',
        '-p udp --dport 6 -j MARK --set-mark 0',
        '-m mark --mark 0x3b/0xff',
        '-m comment --comment "what came of it"',
      ],
    },
    [1, 2, 3, 4, 5, 6, 7].map((dport) => udp(1, dport)),
  ),
  option(
    'marks-of-connections-as-written',
    {
      rules: [
        '-j CONNMARK --set-mark 0x0f0e',
        '-p udp --dport 1 -j CONNMARK --set-mark 0x30/0x3c',
        '-p udp --dport 2 -j CONNMARK --and-mark 0xff',
        '-p udp --dport 3 -j CONNMARK --or-mark 0x10',
        '-p udp --dport 4 -j CONNMARK --xor-mark 0x101',
        '-p udp --dport 5 -j CONNMARK --set-xmark 0x3/0xff',
        '-p udp --dport 6 -j CONNMARK --restore-mark --mask 0xff',
        '-p udp --dport 7 -j MARK --set-mark 0xfff0',
        '-p udp --dport 7 -j CONNMARK --save-mark --mask 0xff',
        '-p udp --dport 8 -j MARK --set-mark 0xa000',
        '-p udp --dport 8 -j CONNMARK --restore-mark --nfmask 0xf00 --ctmask 0xff0f',
        '-m comment --comment "what came of it"',
      ],
    },
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((dport) => udp(1, dport)),
  ),
  option(
    'service-as-written',
    {
      rules: [
        '-p udp --dport 1 -j TOS --and-tos 0x1c',
        '-p udp --dport 2 -j TOS --or-tos 0x40',
        '-p udp --dport 3 -j TOS --xor-tos 0x0c',
        '-p udp --dport 4 -j TOS --set-tos 0x10/0x3e',
        '-p udp --dport 5 -j TOS --set-tos Minimize-Delay',
        '-p udp --dport 6 -j DSCP --set-dscp-class EF',
        '-p udp --dport 7 -j DSCP --set-dscp 0x0a',
        '-p udp --dport 8 -j ECN --ecn-ip-ect 2',
        '-p tcp --dport 9 -j ECN --ecn-tcp-cwr 0 --ecn-tcp-ece 1',
        '-p tcp --dport 10 -j ECN --ecn-tcp-cwr 1',
        '-m comment --comment "what came of it"',
      ],
      more: { raw: [] },
    },
    [
      ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((dport) => [0x29, 0x98].map((tos) => udp(1, dport, { tos }))),
      ...[9, 10].flatMap((dport) => [tcp(1, dport, { flags: ['ACK', 'CWR'] }), tcp(2, dport, { flags: ['SYN', 'ECE', 'CWR'] })]),
    ],
  ),
  option(
    'mark-made-of-a-hash',
    {
      rules: [
        '-p udp --dport 1 -j HMARK --hmark-tuple src,dst --hmark-mod 1000 --hmark-offset 5 --hmark-rnd 0x11',
        '-p udp --dport 2 -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 1000 --hmark-rnd 0x11',
        '-p udp --dport 3 -j HMARK --hmark-sport-mask 0x00ff --hmark-dport-mask 0x0002 --hmark-mod 1000 --hmark-rnd 0x11',
        '-p udp --dport 4 -j HMARK --hmark-src-prefix 31 --hmark-dst-prefix 30 --hmark-sport-mask 0xff00 --hmark-dport-mask 0xffff --hmark-proto-mask 0x10 --hmark-mod 4294967295 --hmark-rnd 0x12',
        '-p udp --dport 6 -j HMARK --hmark-tuple src,sport --hmark-mod 1000 --hmark-rnd 0x14',
        '-p udp --dport 5 -j HMARK --hmark-sport 0x1234 --hmark-dport 0x4321 --hmark-mod 1000 --hmark-rnd 0x12',
        '-p esp -j HMARK --hmark-tuple spi,proto --hmark-mod 1000 --hmark-rnd 0x12',
        '-p ah -j HMARK --hmark-spi 0x1234 --hmark-mod 1000 --hmark-rnd 0x12',
        '-p esp -j HMARK --hmark-spi-mask 0xff00 --hmark-mod 1000 --hmark-rnd 0x13',
        '-m comment --comment "what came of it"',
      ],
    },
    [
      ...[1, 2, 3, 4, 5, 6].flatMap((dport) => [
        udp(0x1111, dport),
        udp(0x1211, dport),
        udp(0x1112, dport, { src: '10.1.0.3' }),
        udp(0x1111, dport, { src: '10.1.0.4', dst: '10.2.0.3' }),
        udp(0x1111, dport, { dst: '10.2.0.1' }),
      ]),
      ...[0x150, 0x151, 0x250].flatMap((spi) => ['ah', 'esp'].map((proto): Packet => ({ ...client, proto, spi }))),
    ],
  ),
  option(
    'queues-without-a-program',
    {
      rules: [
        '-p udp --dport 1 -j NFQUEUE --queue-num 5',
        '-p udp --dport 2 -j NFQUEUE --queue-num 5 --queue-bypass',
        '-p udp --dport 3 -j NFQUEUE --queue-balance 2:4 --queue-bypass',
        '-p udp --dport 4 -j NFQUEUE --queue-balance 2:4 --queue-cpu-fanout',
        '-m comment --comment "behind it"',
      ],
    },
    [1, 2, 3, 4, 5].map((dport) => udp(1, dport)),
  ),
  option('copy-by-a-device', { rules: ['-p udp --dport 1 -j TEE --gateway 203.0.113.5', '-p udp --dport 2 -j TEE --gateway 203.0.113.5 --oif ra'] }, [
    udp(1, 1),
    udp(1, 2),
    udp(1, 3),
  ]),
  option(
    'transparent-proxy',
    {
      rules: [
        '-j MARK --set-mark 1',
        '-p tcp --dport 80 -j TPROXY --on-ip 10.1.0.1 --on-port 50080 --tproxy-mark 0x2/0x2',
        '-p tcp --dport 81 -j TPROXY --on-port 50081 --tproxy-mark 0x2/0x2',
        '-p tcp --dport 82 -j TPROXY --on-ip 10.1.0.9 --on-port 50080 --tproxy-mark 0x2/0x2',
      ],
      more: { mangle: ['-A INPUT -m mark --mark 0x3'] },
      node: { rules: ['fwmark 2/2 lookup 100'], routes: ['default via 10.2.0.254', 'local default dev lo table 100'] },
      options: {
        sockets: [
          { proto: 'tcp', address: '10.1.0.1', port: 50080, listening: true, transparent: true },
          { proto: 'tcp', address: '0.0.0.0', port: 50081, listening: true, transparent: true },
        ],
      },
    },
    [80, 81, 82, 83].map((dport) => tcp(7, dport)),
  ),
];

/** Not an option: what REDIRECT makes of destinations of an old kind, to which no address of the device belongs. */
const REDIRECTED: KernelCase = {
  name: 'option-redirect-of-old-addresses',
  node: router({ ip6tables: tables({ nat: ['-A PREROUTING -p udp -j REDIRECT --to-ports 53'], filter: [] }) }),
  sends: ['::6', '2001:db8::6', 'fd01::1', 'fe80::6', 'fec0::6', '::ffff:0:6'].map((dst, i): Packet => ({ ...client6, dst, proto: 'udp', sport: 1 + i, dport: 7 })),
};

export const OPTION_CASES: readonly KernelCase[] = [...HEADERS, ...EXTENSION_HEADERS, ...BRIDGED, ...TRACKED, ...MEMORY, ...FOUND, ...CHANGES, REDIRECTED];

const DAY = 86_400;
const hms = (seconds: number): string =>
  [Math.floor((seconds % DAY) / 3600), Math.floor((seconds % 3600) / 60), seconds % 60].map((part) => String(part).padStart(2, '0')).join(':');
const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** What the clock says cannot be written down before: rules around `now` (seconds since the epoch, UTC), packets in the seconds after it. */
export function clockCase(now: number): KernelCase {
  const [today, yesterday] = [new Date(now * 1000), new Date((now - DAY) * 1000)];
  const weekday = (one: Date): string => WEEKDAYS[one.getUTCDay()] as string;
  const seconds = [0, 1, 2, 3];
  return option(
    'times-of-the-clock',
    {
      rules: [
        ...seconds.flatMap((second) => [`-m time --timestart ${hms(now + second)} --timestop 23:59:59`, `-m time --timestart 00:00:00 --timestop ${hms(now + second)}`]),
        ...seconds.flatMap((second) => [`-m time --datestart ${date(now + second)}`, `-m time --datestop ${date(now + second)} --utc`]),
        `-m time --weekdays ${weekday(today)}`,
        `-m time ! --weekdays ${weekday(today)}`,
        `-m time --weekdays ${weekday(yesterday)}`,
        `-m time --monthdays ${today.getUTCDate()}`,
        `-m time ! --monthdays ${today.getUTCDate()}`,
        `-m time --monthdays ${yesterday.getUTCDate()}`,
        // From tonight's last second to tonight's last but one: that it is now belongs to what began yesterday.
        `-m time --timestart 23:59:59 --timestop 23:59:58 --weekdays ${weekday(yesterday)} --contiguous`,
        `-m time --timestart 23:59:59 --timestop 23:59:58 --weekdays ${weekday(yesterday)}`,
        `-m time --timestart 23:59:59 --timestop 23:59:58 --weekdays ${weekday(today)}`,
      ],
    },
    seconds.map((second) => udp(1, 1 + second, { at: second })),
  );
}
