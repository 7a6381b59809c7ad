/**
 * Packets and the environment as JSON (formats §2). The compiler holds these shapes against `Packet` and `Environment`
 * field by field; the checks of packets.json and the published schema come from them.
 */

import type { GivenHeader } from './extension-header.ts';
import { DCCP_TYPES, LAST_DCCP_TYPE } from './dccp.ts';
import type { Choice, Environment, ExpectedConnection, MeasuredRate, Packet, RecentAddress, Socket } from './packet.ts';
import { PACKET_TYPE, TCP_FLAG, type PacketTypeName, type TcpFlagName } from './field.ts';
import { choice, decimal, either, list, object, optional, orNull, record, recursive, text, truth, whole, type Shape } from './shape.ts';

const U32 = 0xffffffff;
const HEX = /^([0-9A-Fa-f]{2})*$/;
const port = (about: string): Shape<number> => whole(0, 65535, about);
const byte = (about: string): Shape<number> => whole(0, 255, about);
const word = (about: string): Shape<number> => whole(0, U32, about);
const mac = (about: string): Shape<string> => text(about, /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'a MAC address like 02:00:00:00:00:01');
/** CPU numbers are below CONFIG_NR_CPUS, which is at most 8192. */
const processor = (about: string): Shape<number> => whole(0, 8191, about);
const cgroupPath = (about: string): Shape<string> => text(about, /^\//, 'a path that begins with "/", as in /proc/PID/cgroup');
const interfaceName = text('Interface name', /^[^/\s]{1,15}$/, 'an interface name of 1 to 15 characters');

const headerShape = either([text(), byte('')], 'hop-by-hop, routing, destination-options or ah, or its protocol number.');

const extensionHeaderShape: Shape<GivenHeader> = either([
  text('The header is there; what it holds is not said.'),
  byte('The same by its number.'),
  object('ExtensionHeader', {
    header: headerShape,
    data: optional(text('What follows next header and length, in hex. Default: not said.', HEX, 'bytes in hex, like 48656c6c6f')),
  }),
]);

export const packetShape: Shape<Packet> = recursive<Packet>(
  'Packet',
  () => ({
    in: optional(orNull(interfaceName, 'Interface the packet arrives on; null: sent by a process on the node. Default null.')),
    src: optional(text('Source address. May be absent where `in` is null: the kernel selects it.')),
    dst: text('Destination address, of the same family as `src`.'),
    proto: either([text(), byte('')], 'tcp, udp, icmp, icmpv6, sctp, udplite, dccp, gre, esp, ah, another protocol name, or a number.'),
    sport: optional(port('Source port. Default 0.')),
    dport: optional(port('Destination port. Default 0.')),
    flags: optional(list(choice(Object.keys(TCP_FLAG) as TcpFlagName[]), 'TCP flags that are set. Default SYN alone.')),
    seq: optional(word('TCP sequence number, taken literally. Default 0.')),
    ack: optional(word('TCP acknowledgement number, taken literally. Default 0.')),
    window: optional(whole(0, 65535, 'TCP window, unscaled. Default 64240.')),
    tcpOptions: optional(list(byte(''), 'TCP option kinds present, by number. Default none.')),
    mss: optional(whole(0, 65535, 'Value of the MSS option. Default: no such option.')),
    icmpType: optional(byte('Default: echo request (8; for ICMPv6 128).')),
    icmpCode: optional(byte('Default 0.')),
    icmpId: optional(whole(0, 65535, 'Identifier of ICMP queries. Default 1.')),
    icmpSeq: optional(whole(0, 65535, 'Sequence number of ICMP queries. Default 1.')),
    inner: optional({ ...packetShape, about: 'For ICMP errors: the packet quoted.' }),
    ttl: optional(byte('TTL or hop limit. Default 64.')),
    tos: optional(byte('TOS byte or traffic class. Default 0.')),
    id: optional(whole(0, 65535, 'IPv4 identification; of IPv6, that of fragments. Default 0.')),
    df: optional(truth('IPv4 don’t fragment. Default false.')),
    flowLabel: optional(whole(0, 0xfffff, 'IPv6 flow label. Default 0.')),
    payload: optional(whole(0, 65535, 'Number of zero bytes after the transport header. Default 0 for TCP, else 8.')),
    data: optional(text('Those bytes in hex; wins over `payload`.', HEX, 'bytes in hex, like 48656c6c6f')),
    mark: optional(word('Packet mark at the start. Default 0.')),
    fragOffset: optional(whole(0, 65528, 'Fragment offset in bytes, a multiple of 8. Default 0.')),
    moreFragments: optional(truth('Default false.')),
    extensionHeaders: optional(
      list(extensionHeaderShape, 'IPv6 extension headers in their order, but for the fragment header, which `fragOffset` and `moreFragments` say. Default none.'),
    ),
    spi: optional(word('SPI of ESP and AH. Default 0.')),
    greKey: optional(word('GRE key. Default: none.')),
    badChecksum: optional(truth('The transport checksum is wrong. Default false.')),
    dccpType: optional(either([choice(DCCP_TYPES), whole(0, LAST_DCCP_TYPE, '')], 'Type of a DCCP packet. Default: not said.')),
    dccpOptions: optional(text('Options of a DCCP packet of a known type, in hex. Default none.', HEX, 'bytes in hex, like 48656c6c6f')),
    srcMac: optional(mac('Source address of the frame.')),
    dstMac: optional(
      mac('Destination address of the frame. On a bridge: one that is neither the bridge’s nor the port’s is sent on. Default: as a host of that network would send it.'),
    ),
    l2: optional(choice(Object.keys(PACKET_TYPE) as PacketTypeName[], 'How the frame was addressed. Default unicast.')),
    physIn: optional({ ...interfaceName, about: 'Bridge port the packet arrives through; `in` is then the bridge.' }),
    uid: optional(word('User of the sending process.')),
    gid: optional(word('Group of the sending process.')),
    groups: optional(list(word(''), 'Supplementary groups of the sending process.')),
    cgroup: optional(cgroupPath('Control group of the socket that sends, as a path from the root of cgroup2.')),
    classid: optional(word('Class id of net_cls that the socket has.')),
    socket: optional(truth('Sent through a socket: true; by the kernel itself: false. Default true.')),
    cpu: optional(processor('Processor that handles the packet. Default: that of the environment.')),
    at: optional(decimal(0, 'Seconds on the simulated clock, never decreasing. Default: as the packet before.')),
  }),
  'A packet as it meets the node.',
);

const socketShape: Shape<Socket> = object(
  'Socket',
  {
    proto: text('tcp, udp…'),
    address: text('0.0.0.0, :: or an own address.'),
    port: port('Local port.'),
    transparent: optional(truth('IP_TRANSPARENT is set. Default false.')),
    listening: optional(truth('Default true.')),
    uid: optional(word('User of the process.')),
    gid: optional(word('Group of the process.')),
    groups: optional(list(word(''), 'Supplementary groups of the process.')),
    cgroup: optional(cgroupPath('Control group of the socket, as a path from the root of cgroup2.')),
    classid: optional(word('Class id of net_cls that it has.')),
    mark: optional(word('SO_MARK, which `-m socket --restore-skmark` takes over. Default 0.')),
    remote: optional(
      object(
        'Remote',
        { address: text('Address of the far end.'), port: port('Its port.') },
        'The far end that the socket is connected to, and has had packets from: it gets nothing from others. Default: not connected.',
      ),
    ),
  },
  'A socket on the node.',
);

const protocol = either([text(), byte('')], 'Protocol by name or number.');

const expectationShape: Shape<ExpectedConnection> = object(
  'Expectation',
  {
    proto: protocol,
    src: optional(text('Source address. Default: any.')),
    sport: optional(port('Source port. Default: any.')),
    dst: text('Destination address of the first packet, before any translation.'),
    dport: optional(port('Destination port. Default 0.')),
    master: object(
      'Master',
      {
        proto: optional({ ...protocol, about: 'Default: that of the expected connection.' }),
        src: text(),
        sport: optional(port('Default 0.')),
        dst: text(),
        dport: optional(port('Default 0.')),
      },
      'Original direction of the connection that expects it. While there is none, nothing is expected.',
    ),
    helper: optional(text('Name of the helper. Default: the one that the master has.')),
    zone: optional(whole(0, 65535, 'Conntrack zone. Default 0.')),
    timeout: optional(decimal(0, 'Seconds from the start. Default: as long as the master.')),
    permanent: optional(truth('It may be met again and again. Default false.')),
    natPort: optional(port('Where the addresses of the master are translated: the port that the destination gets. Default: the port it has.')),
  },
  'A connection that the helper of another one expects: its first packet is RELATED and has the mark of its master.',
);

const rateShape: Shape<MeasuredRate> = object(
  'Rate',
  {
    name: text('Name of the estimator (--rateest-name).'),
    bps: optional(decimal(0, 'Bits per second. Default: not known.')),
    pps: optional(decimal(0, 'Packets per second. Default: not known.')),
  },
  'What an estimator of RATEEST measures.',
);

const recentShape: Shape<RecentAddress> = object(
  'Recent',
  {
    list: text('Name of the list.'),
    address: text('The address, under the mask of the rules.'),
    ttl: optional(byte('TTL of the packet that was noted last. Default 0, which goes with any.')),
    seen: list(decimal(0), 'How many seconds before the start it was seen.'),
  },
  'An address that a list of recent holds.',
);

const choiceShape: Shape<Choice> = object(
  'Choice',
  {
    packet: whole(1, Number.MAX_SAFE_INTEGER, 'Position of the packet in the file, from 1.'),
    for: text('Rule address, or `port`, `statistic`, `multipath` for any rule, `tunnel` for the source port of outer packets, `sequence` for the first one of a SYN+ACK.'),
    value: either([truth(), decimal(Number.MIN_SAFE_INTEGER), text()], 'What happens.'),
  },
  'What the kernel leaves to chance, decided.',
);

export const environmentShape: Shape<Environment> = recursive<Environment>(
  'Environment',
  () => ({
    sockets: optional(list(socketShape, 'Sockets on the node, in place of those that the snapshot lists (`ss -Hltunp`). None, and none listed: nothing listens.')),
    expectations: optional(
      list(expectationShape, 'Connections that helpers expect, besides those of `conntrack -L expect`: of a connection that is named as a master, all of them.'),
    ),
    now: optional(
      either(
        [decimal(0), text('', /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/, 'a time like 2026-01-31T12:00:00Z')],
        'Wall clock at the start: seconds since the epoch, or an ISO 8601 time.',
      ),
    ),
    minutesWest: optional(whole(-1440, 1440, 'Minutes west of UTC that the kernel was told as its time zone, for time --kerneltz.')),
    rates: optional(list(rateShape, 'What the estimators of RATEEST measure, all the time.')),
    recent: optional(list(recentShape, 'What the lists of recent hold at the start. Default: nothing.')),
    choices: optional(list(choiceShape, 'What the kernel leaves to chance.')),
    cpu: optional(processor('Processor that handles the packets that do not say it themselves.')),
    queues: optional(list(whole(0, 65535), 'NFQUEUE numbers that somebody listens on.')),
    answers: optional(truth('Walk what the node itself answers to what is delivered: echo replies, TCP resets, SYN+ACK, port unreachable. Default false.')),
    assume: optional(record(truth(), 'Rule address to the answer assumed for what is unknown in it.')),
  }),
  'What the node’s own tools cannot say.',
);

/** The shape of `*.packets.json`. */
export const packetsFileShape = either([
  list(packetShape, 'Packets in the order in which they meet the node.'),
  object('PacketsFile', { environment: optional(environmentShape), packets: list(packetShape) }),
]);
