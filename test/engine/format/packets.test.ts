/** Packets as JSON: every mistake named with its packet and field, every default of formats §2, nothing lost on the way back. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillPacket, readPackets, toPacket } from '../../../engine/format/packets.ts';
import type { FullPacket, Packet } from '../../../engine/model/packet.ts';
import { anyPacket } from '../../support/packets.ts';

function full(packet: Packet): FullPacket {
  const filled = fillPacket(packet);
  if ('failure' in filled) throw new Error(`${filled.field}: ${filled.failure}`);
  return filled;
}

const tcp: Packet = { in: 'eth0', src: '10.0.0.1', dst: '10.0.0.2', proto: 'tcp' };
const six = { in: 'eth0', src: 'fd00::1', dst: 'fd00::2', proto: 'udp' };

describe('defaults', () => {
  test.each<[string, Packet, Partial<FullPacket>]>([
    [
      'tcp',
      tcp,
      { family: 'ipv4', proto: 6, flags: 2, seq: 0, ack: 0, window: 64240, ttl: 64, tos: 0, payload: 0, sport: 0, dport: 0, mark: 0, mss: null, l2: 'unicast', at: null },
    ],
    ['udp', { dst: '10.0.0.2', proto: 'udp' }, { in: null, src: null, proto: 17, payload: 8, flags: 0 }],
    ['icmp', { dst: '10.0.0.2', proto: 'icmp' }, { proto: 1, icmpType: 8, icmpCode: 0, icmpId: 1, icmpSeq: 1, payload: 8 }],
    ['icmpv6', { dst: 'fd00::2', proto: 'icmpv6' }, { family: 'ipv6', proto: 58, icmpType: 128 }],
    ['a protocol by number', { dst: '10.0.0.2', proto: 47 }, { proto: 47, payload: 8, greKey: null }],
    ['a name in capitals', { dst: '10.0.0.2', proto: 'UDP' }, { proto: 17 }],
    ['data wins over payload', { ...tcp, payload: 3, data: 'DEADbeef' }, { payload: 4, data: 'deadbeef' }],
    ['no flag at all', { ...tcp, flags: [] }, { flags: 0 }],
    ['zero where it is no default', { ...tcp, window: 0, ttl: 0, mss: 0 }, { window: 0, ttl: 0, mss: 0 }],
    ['zero in ICMP', { dst: '10.0.0.2', proto: 'icmp', icmpType: 0, icmpId: 0, icmpSeq: 0, payload: 0 }, { icmpType: 0, icmpId: 0, icmpSeq: 0, payload: 0 }],
    ['every flag', { ...tcp, flags: ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] }, { flags: 255 }],
  ])('%s', (_, packet, expected) => {
    expect(full(packet)).toMatchObject(expected);
  });
});

describe('what cannot be', () => {
  test.each<[string, unknown, string, string]>([
    ['an unknown field', { ...tcp, dprot: 80 }, 'unknown field "dprot"', 'did you mean "dport"?'],
    ['a port too big', { ...tcp, dport: 65536 }, 'dport: 65536 is not a whole number from 0 to 65535', ''],
    ['half a port', { ...tcp, dport: 1.5 }, 'dport: 1.5 is not', ''],
    ['a mark in quotes', { ...tcp, mark: '0x4000' }, 'mark: "0x4000" is not a whole number from 0 to 4294967295', ''],
    ['a flag in small letters', { ...tcp, flags: ['syn'] }, 'flags.0: "syn" is not one of', 'did you mean "SYN"?'],
    ['no destination', { proto: 'tcp' }, '"dst" is missing', ''],
    ['no protocol', { dst: '10.0.0.2' }, '"proto" is missing', ''],
    ['a protocol nobody knows', { ...tcp, proto: 'tpc' }, 'proto: unknown protocol "tpc"', 'did you mean "tcp"?'],
    ['no source where it arrives', { in: 'eth0', dst: '10.0.0.2', proto: 'tcp' }, 'src: a packet that arrives has a source address', 'leave out "in"'],
    ['two families', { ...tcp, src: 'fd00::1' }, 'src: "fd00::1" and "10.0.0.2" are of different families', ''],
    ['a prefix', { ...tcp, dst: '10.0.0.0/8' }, 'dst: "10.0.0.0/8" is not an IP address', 'without a prefix length'],
    ['a name', { ...tcp, dst: 'example.org' }, 'dst: "example.org" is not an IP address', 'names are not resolved'],
    ['icmp between IPv6 addresses', { dst: 'fd00::2', proto: 'icmp' }, 'proto: "icmp" does not go with IPv6 addresses', 'write "icmpv6"'],
    ['a fragment between two units', { ...tcp, fragOffset: 12 }, 'fragOffset: 12 is not a multiple of 8', 'use 8'],
    ['a packet longer than IPv4 can say', { ...tcp, payload: 65496 }, 'payload: 65496 bytes make a packet of 65536', 'use at most 65495'],
    ['a header as the protocol', { ...six, proto: 0 }, 'proto: 0 is an extension header of IPv6, and no protocol stands behind it', 'name it in "extensionHeaders"'],
    ['a fragment as the protocol', { ...six, proto: 'ipv6-frag' }, 'proto: 44 is an extension header of IPv6', '"fragOffset"'],
    ['a header that is none', { ...six, extensionHeaders: ['mobility'] }, 'extensionHeaders: "mobility" is not an extension header', 'hop-by-hop, '],
    ['the header of a fragment', { ...six, extensionHeaders: [44] }, 'extensionHeaders: "44" is not an extension header', '"fragOffset"'],
    ['a hop-by-hop header behind another', { ...six, extensionHeaders: ['routing', 0] }, 'extensionHeaders: a hop-by-hop header is not the first one', ''],
    ['half a header', { ...six, extensionHeaders: [{ header: 'dst', data: '0104' }] }, 'extensionHeaders: 2 bytes do not make a destination-options header', 'give 6 bytes'],
    ['half a byte', { ...tcp, data: 'abc' }, 'data: "abc" is not bytes in hex', ''],
    ['a MAC address without colons', { ...tcp, srcMac: '020000000001' }, 'srcMac: "020000000001" is not a MAC address', ''],
    ['a quoted packet without source', { ...tcp, proto: 'icmp', icmpType: 3, inner: { dst: '10.0.0.1', proto: 'udp' } }, 'inner.src: the packet quoted has a source address', ''],
    ['a mistake inside the quoted packet', { ...tcp, proto: 'icmp', inner: { ...tcp, in: undefined, sport: -1 } }, 'inner.sport: -1 is not', ''],
    ['no object', 7, '7 is not an object', ''],
  ])('%s', (_, packet, message, hint) => {
    const { packets, problems } = readPackets([tcp, packet]);
    expect(packets).toEqual([tcp]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: 'error', packet: 2 });
    expect(problems[0]?.message.startsWith(`packet 2: ${message}`), problems[0]?.message).toBe(true);
    expect(problems[0]?.hint).toContain(hint);
  });

  test('time that runs backwards', () => {
    const { problems } = readPackets([{ ...tcp, at: 2 }, tcp, { ...tcp, at: 1.5 }]);
    expect(problems).toMatchObject([{ severity: 'error', packet: 3, path: [2, 'at'] }]);
  });

  test('every mistake of a file is reported, with its place', () => {
    const { problems } = readPackets({
      environment: { socket: [], queues: [-1] },
      packets: [
        { ...tcp, sport: -1, dport: -1 },
        { dst: 'x', proto: 'udp' },
      ],
      pakets: [],
    });
    expect(problems.map(({ path }) => path.join('.'))).toEqual(['pakets', 'environment.socket', 'environment.queues.0', 'packets.0.sport', 'packets.0.dport', 'packets.1.dst']);
  });

  test.each([[null], ['text'], [{}], [{ environment: {} }], [tcp]])('no list of packets: %j', (json) => {
    expect(readPackets(json)).toMatchObject({ packets: [], problems: [{ message: 'there is no list of packets' }] });
  });
});

test('whatever is handed over, reading it answers', () => {
  const strange = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true, withTypedArray: true });
  const packet = fc.dictionary(fc.constantFrom('in', 'src', 'dst', 'proto', 'flags', 'inner', 'mark', 'at', 'socket', 'data'), strange);
  fc.assert(fc.property(fc.oneof(strange, fc.array(packet), fc.record({ packets: fc.array(packet), environment: strange })), (json) => void readPackets(json)));
});

test('fields without effect are named, and do not stop the walk', () => {
  const { packets, problems } = readPackets([{ dst: '10.0.0.2', proto: 'icmp', dport: 80, flags: ['SYN'], physIn: 'veth1' }]);
  expect(packets).toHaveLength(1);
  expect(problems.map(({ severity, path }) => [severity, path.at(-1)])).toEqual([
    ['warning', 'dport'],
    ['warning', 'flags'],
    ['warning', 'physIn'],
  ]);
  expect(readPackets([{ dst: '10.0.0.2', proto: 'udp', socket: false, uid: 1000 }]).problems.map(({ message }) => message)).toEqual([
    'packet 1: "uid" has no effect: a packet of the kernel’s own has no user',
  ]);
});

test('the environment comes with the packets', () => {
  const environment = {
    sockets: [{ proto: 'tcp', address: '0.0.0.0', port: 80, transparent: true }],
    now: '2026-01-31T12:00:00Z',
    choices: [{ packet: 1, for: 'statistic', value: true }],
    queues: [0],
    assume: { 'nat/POSTROUTING/1': true },
  };
  expect(readPackets({ environment, packets: [tcp] })).toEqual({ environment, packets: [tcp], problems: [] });
  expect(readPackets({ environment: { now: 'noon' }, packets: [tcp] }).problems).toMatchObject([{ severity: 'error', packet: null, path: ['environment', 'now'] }]);
});

describe('toPacket', () => {
  test('says every field that protocol and family have, addresses in canonical text', () => {
    expect(toPacket(full({ in: 'eth0', src: 'FD00:0:0::1', dst: 'fd00::2', proto: 6, sport: 1 }))).toEqual({
      in: 'eth0',
      src: 'fd00::1',
      dst: 'fd00::2',
      proto: 'tcp',
      sport: 1,
      dport: 0,
      flags: ['SYN'],
      seq: 0,
      ack: 0,
      window: 64240,
      tcpOptions: [],
      ttl: 64,
      tos: 0,
      flowLabel: 0,
      extensionHeaders: [],
      payload: 0,
      mark: 0,
      fragOffset: 0,
      moreFragments: false,
      badChecksum: false,
      l2: 'unicast',
    });
  });

  test('the bare number 58 in IPv4 stays a number', () => {
    expect(toPacket(full({ dst: '10.0.0.2', proto: 58 })).proto).toBe(58);
  });

  test('filled in again it is the same packet', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const once = full(packet);
        expect(full(toPacket(once))).toEqual(once);
      }),
    );
  });
});
