/**
 * The protocols other than TCP, ICMP errors and seeds. States and times are those that conntrack(8) showed on Linux 6.18
 * for these packets (it prints 29 for 30: whole seconds, a moment later).
 */

import { describe, expect, test } from 'vitest';
import { CTSTATUS } from '../../../../engine/model/field.ts';
import { PROTO } from '../../../../engine/net/protocol.ts';
import { entryFromSeed, l4proto, relatedMismatch, relatedTuple, stateName, type Settings } from '../../../../engine/extension/l4proto/l4proto.ts';
import type { Tuple } from '../../../../engine/model/conntrack.ts';
import type { ConntrackSeed } from '../../../../engine/model/node.ts';
import { defaults, fullPacket, skb, sysctls, type Given } from './skb.ts';
import { connection } from './tracked.ts';

const A = '10.1.0.2';
const B = '10.2.0.2';
/** Packets of one connection, to and fro: [direction, packet, time]. What is seen: state, time left, flags. */
function run(proto: number, packets: readonly (readonly [0 | 1, Given?, number?])[], settings: Settings = defaults) {
  const meet = connection(settings);
  return packets.map(([direction, given = {}, now = 0]) => {
    const ends = direction === 0 ? { src: A, dst: B, sport: 4000, dport: 80 } : { src: B, dst: A, sport: 80, dport: 4000 };
    const { ctstate, entry } = meet({ proto, ...ends, ...given }, direction, now);
    return entry ? [ctstate, ...(entry.state ? [entry.state] : []), Math.round(entry.timeout * 1000) / 1000, ...entry.flags].join(' ') : ctstate;
  });
}

describe('UDP', () => {
  test('a stream only after two seconds and an answer (kernel)', () =>
    expect(run(PROTO.udp, [[0], [0], [1], [0], [0, {}, 2.2], [1, {}, 2.2]])).toEqual([
      'NEW 30 UNREPLIED',
      'NEW 30 UNREPLIED',
      'ESTABLISHED 30',
      'ESTABLISHED 30',
      'ESTABLISHED 120 ASSURED',
      'ESTABLISHED 120 ASSURED',
    ]));
  test('the first answer does not count, however late (kernel)', () =>
    expect(run(PROTO.udp, [[0], [1, {}, 2.2], [1, {}, 2.2]])).toEqual(['NEW 30 UNREPLIED', 'ESTABLISHED 30', 'ESTABLISHED 120 ASSURED']));
  test('exactly two seconds is not more than two', () => expect(run(PROTO.udp, [[0], [1], [0, {}, 2]])[2]).toBe('ESTABLISHED 30'));
  test('an entry whose time is up is gone', () => expect(run(PROTO.udp, [[0], [0, {}, 30]])[1]).toBe('NEW 30 UNREPLIED'));
  test('sysctls', () => {
    const settings = sysctls({ 'net.netfilter.nf_conntrack_udp_timeout': '10', 'net.netfilter.nf_conntrack_udp_timeout_stream': '99' });
    expect(run(PROTO.udp, [[0], [1], [0, {}, 3]], settings)).toEqual(['NEW 10 UNREPLIED', 'ESTABLISHED 10', 'ESTABLISHED 99 ASSURED']);
  });
});

describe('UDP-Lite', () => {
  test('off the wire it is INVALID (kernel)', () => expect(run(PROTO.udplite, [[0]])).toEqual(['INVALID']));
  test('assured by the packet after the first answer, if checksums are not looked at (kernel)', () =>
    expect(run(PROTO.udplite, [[0], [1], [0]], sysctls({ 'net.netfilter.nf_conntrack_checksum': '0' }))).toEqual([
      'NEW 30 UNREPLIED',
      'ESTABLISHED 30',
      'ESTABLISHED 120 ASSURED',
    ]));
});

describe('protocols without ports', () => {
  test('GRE is one connection whatever its key (kernel)', () =>
    expect(run(PROTO.gre, [[0], [1], [0], [0, { greKey: 77 }]])).toEqual(['NEW 30 UNREPLIED', 'ESTABLISHED 30', 'ESTABLISHED 180 ASSURED', 'ESTABLISHED 180 ASSURED']));
  test.for([[99], [PROTO.dccp], [PROTO.esp]])('protocol %i is never assured (kernel)', ([proto]) =>
    expect(run(proto as number, [[0], [1], [0]])).toEqual(['NEW 600 UNREPLIED', 'ESTABLISHED 600', 'ESTABLISHED 600']),
  );
  test('their key is the addresses (kernel: DCCP shows ports 0)', () =>
    expect(l4proto('ipv4', PROTO.dccp).tupleOf(skb({ proto: PROTO.dccp, sport: 4000, dport: 80 }))).toMatchObject({ sport: 0, dport: 0 }));
  test('IPv6 without a next header', () => expect(l4proto('ipv6', 59).examine(skb({ src: 'fd01::2', dst: 'fd02::2', proto: 59 }), defaults, true).kind).toBe('invalid'));
});

describe('SCTP', () => {
  const init = '01000014000000010000ffff0001000100000001';
  const data = { data: '0003001100000000000000000000000000000000' };
  test('an association (kernel)', () =>
    expect(
      run(PROTO.sctp, [
        [0, { data: init }],
        [0, { data: init }, 2],
        [1, { data: '02000018000000020000ffff000100010000000100070004' }, 2],
        [0, { data: '0a00000800000000' }, 2],
        [1, { data: '0b000004' }, 2],
        [0, data, 2],
        [1, data, 2],
        [0, { data: '0700000800000000' }, 2],
        [1, { data: '08000004' }, 2],
        [0, { data: '0e000004' }, 2],
      ]),
    ).toEqual([
      'NEW CLOSED 10 UNREPLIED',
      'NEW CLOSED 8 UNREPLIED',
      'ESTABLISHED COOKIE_WAIT 3',
      'ESTABLISHED COOKIE_ECHOED 3',
      'ESTABLISHED ESTABLISHED 210 ASSURED',
      'ESTABLISHED ESTABLISHED 210 ASSURED',
      'ESTABLISHED ESTABLISHED 210 ASSURED',
      'ESTABLISHED SHUTDOWN_SENT 3 ASSURED',
      'ESTABLISHED SHUTDOWN_ACK_SENT 3 ASSURED',
      'ESTABLISHED CLOSED 10 ASSURED',
    ]));
  test('a second path by heartbeat, then ABORT (kernel)', () =>
    expect(
      run(PROTO.sctp, [
        [0, { data: '0400000800010004' }],
        [1, { data: '0500000800010004' }],
        [0, { data: '06000004' }],
      ]),
    ).toEqual(['NEW HEARTBEAT_SENT 30 UNREPLIED', 'ESTABLISHED ESTABLISHED 210 ASSURED', 'ESTABLISHED CLOSED 10 ASSURED']));
  test.for([
    ['no chunk', ''],
    ['a chunk of length 0', '0000000000000000'],
    ['DATA first', data.data],
    ['INIT with another chunk', `${init}0400000800010004`],
    ['ABORT first', '06000004'],
  ])('%s is INVALID (kernel)', ([, hex]) => expect(run(PROTO.sctp, [[0, { data: hex }]])).toEqual(['INVALID']));
});

describe('ICMP', () => {
  const icmp = (icmpType: number, icmpCode = 0): Given => ({ icmpType, icmpCode, icmpId: 7 });
  test('request and answer (kernel)', () =>
    expect(
      run(PROTO.icmp, [
        [0, icmp(8)],
        [1, icmp(0)],
      ]),
    ).toEqual(['NEW 30 UNREPLIED', 'ESTABLISHED 30']));
  test.for([
    [8, 'NEW 30 UNREPLIED'],
    [13, 'NEW 30 UNREPLIED'],
    [15, 'NEW 30 UNREPLIED'],
    [17, 'NEW 30 UNREPLIED'],
    [0, 'INVALID'],
    [14, 'INVALID'],
    [9, 'INVALID'],
    [18, 'INVALID'],
    [19, 'INVALID'],
  ] as const)('type %i alone: %s (kernel)', ([type, seen]) => expect(run(PROTO.icmp, [[0, icmp(type)]])).toEqual([seen]));
  test('the key holds id, type and code; the inverse keeps id and code (kernel)', () => {
    const proto = l4proto('ipv4', PROTO.icmp);
    const tuple = proto.tupleOf(skb({ proto: PROTO.icmp, ...icmp(8, 3) })) as Tuple;
    expect(tuple).toMatchObject({ sport: 7, dport: 0x803 });
    expect(proto.invertTuple(tuple)).toMatchObject({ src: tuple.dst, dst: tuple.src, sport: 7, dport: 0x003 });
    expect(proto.invertTuple({ ...tuple, dport: 0x900 })).toBeNull();
  });
  test.for([[3], [4], [5], [11], [12]])('type %i is an error', ([type]) =>
    expect(l4proto('ipv4', PROTO.icmp).examine(skb({ proto: PROTO.icmp, icmpType: type }), defaults, true).kind).toBe('error'),
  );
});

describe('ICMPv6', () => {
  const kind = (icmpType: number, rest: Given = {}) =>
    l4proto('ipv6', PROTO.icmpv6).examine(skb({ src: 'fd01::2', dst: 'fd02::2', proto: PROTO.icmpv6, icmpType, ...rest }), defaults, true).kind;
  test.for([
    [128, 'track'],
    [129, 'track'],
    [139, 'track'],
    [130, 'untracked'],
    [132, 'untracked'],
    [133, 'untracked'],
    [136, 'untracked'],
    [143, 'untracked'],
    [151, 'untracked'],
    [152, 'untracked'],
    [144, 'track'],
    [1, 'error'],
    [4, 'error'],
    [100, 'error'],
  ] as const)('type %i: %s', ([type, expected]) => expect(kind(type)).toBe(expected));
  test('only echo and node information requests open a connection', () => {
    const opens = (icmpType: number) => l4proto('ipv6', PROTO.icmpv6).open(skb({ src: 'fd01::2', dst: 'fd02::2', proto: PROTO.icmpv6, icmpType }), defaults).kind;
    expect([128, 139, 129, 140, 144, 137].map(opens)).toEqual(['new', 'new', 'invalid', 'invalid', 'invalid', 'invalid']);
  });
  test('a redirect is looked up like an error if it comes from the link', () => {
    const inner = fullPacket({ src: 'fd01::2', dst: 'fd02::2', proto: PROTO.udp });
    expect(kind(137, { src: 'fe80::1', ttl: 255, inner })).toBe('error');
    expect(kind(137, { src: 'fe80::1', ttl: 64, inner })).toBe('invalid');
    expect(kind(137, { src: 'fd01::1', ttl: 255, inner })).toBe('invalid');
  });
  test('ICMP inside IPv6 is INVALID', () =>
    expect(l4proto('ipv6', PROTO.icmp).examine(skb({ src: 'fd01::2', dst: 'fd02::2', proto: PROTO.icmp }), defaults, true).kind).toBe('invalid'));
});

describe('what an ICMP error belongs to', () => {
  test('the inverse of the packet quoted', () =>
    expect(relatedTuple(fullPacket({ src: A, dst: B, proto: PROTO.udp, sport: 4000, dport: 53 }))).toEqual({
      tuple: { family: 'ipv4', proto: 17, src: [0x0a020002], dst: [0x0a010002], sport: 53, dport: 4000 },
    }));
  test('a quoted echo request is looked up as its reply', () =>
    expect(relatedTuple(fullPacket({ proto: PROTO.icmp, icmpType: 8, icmpId: 9 }))).toMatchObject({ tuple: { sport: 9, dport: 0 } }));
  test.for([
    ['nothing quoted', null],
    ['a later fragment', fullPacket({ proto: PROTO.udp, fragOffset: 8 })],
    ['a type without an inverse', fullPacket({ proto: PROTO.icmp, icmpType: 3 })],
  ] as const)('%s: none', ([, inner]) => expect(relatedTuple(inner)).toHaveProperty('reason'));
  test("it must go to where the connection's packets of that direction go", () => {
    const found: Tuple = { family: 'ipv4', proto: 17, src: [0x0a020002], dst: [0x0a010002], sport: 53, dport: 4000 };
    expect(relatedMismatch([0x0a010002], found)).toBeNull();
    expect(relatedMismatch([0x0a010003], found)).toContain('10.1.0.3');
  });
});

describe('seeds', () => {
  const tuple = (src: number, dst: number, sport: number, dport: number, proto: number = PROTO.tcp): Tuple => ({ family: 'ipv4', proto, src: [src], dst: [dst], sport, dport });
  const seed = (rest: Partial<ConntrackSeed>): ConntrackSeed => ({
    original: tuple(1, 2, 4000, 80),
    reply: tuple(2, 1, 80, 4000),
    state: 'ESTABLISHED',
    flags: ['ASSURED'],
    mark: 0,
    zone: 0,
    timeout: 431999,
    line: 1,
    ...rest,
  });
  const has = (status: number) => (['SEEN_REPLY', 'ASSURED', 'SRC_NAT', 'DST_NAT'] as const).filter((name) => status & CTSTATUS[name]);
  test('status from flags and tuples', () => {
    expect(has(entryFromSeed(seed({}), 1, 0).status)).toEqual(['SEEN_REPLY', 'ASSURED']);
    expect(has(entryFromSeed(seed({ flags: ['UNREPLIED'] }), 1, 0).status)).toEqual([]);
    expect(has(entryFromSeed(seed({ reply: tuple(2, 9, 80, 4000), flags: [] }), 1, 0).status)).toEqual(['SEEN_REPLY', 'SRC_NAT']);
    expect(has(entryFromSeed(seed({ reply: tuple(2, 1, 80, 4001), flags: [] }), 1, 0).status)).toEqual(['SEEN_REPLY', 'SRC_NAT']);
    expect(has(entryFromSeed(seed({ reply: tuple(2, 1, 8080, 4000), flags: [] }), 1, 0).status)).toEqual(['SEEN_REPLY', 'DST_NAT']);
    expect(has(entryFromSeed(seed({ original: tuple(1, 2, 7, 0x800, PROTO.icmp), reply: tuple(2, 1, 7, 0, PROTO.icmp), state: null, flags: ['UNREPLIED'] }), 1, 0).status)).toEqual(
      [],
    );
  });
  test('it lives on from the given time', () => expect(entryFromSeed(seed({ timeout: 100 }), 1, 50).expires).toBe(150));
  test('windows are not known, so any data is in the window; a close goes its way', () => {
    const entry = entryFromSeed(seed({}), 1, 0);
    const proto = l4proto('ipv4', PROTO.tcp);
    const data = proto.track(skb({ src: A, dst: B, sport: 4000, dport: 80, flags: ['ACK'], seq: 123456, ack: 999, payload: 10 }), entry, 0, defaults, 0);
    expect([data.verdict, data.tcp?.state]).toEqual(['accept', 'ESTABLISHED']);
    const answer = proto.track(skb({ src: B, dst: A, sport: 80, dport: 4000, flags: ['ACK'], seq: 999, ack: 123466 }), { ...entry, tcp: data.tcp }, 1, defaults, 0);
    expect([answer.verdict, answer.timeout]).toEqual(['accept', 432000]);
    const fin = proto.track(skb({ src: B, dst: A, sport: 80, dport: 4000, flags: ['FIN', 'ACK'], seq: 7, ack: 8 }), entry, 1, defaults, 0);
    expect(fin.tcp?.state).toBe('FIN_WAIT');
  });
  test('a SYN reopens a seed in TIME_WAIT', () =>
    expect(l4proto('ipv4', PROTO.tcp).track(skb({ src: A, dst: B, flags: ['SYN'], seq: 1 }), entryFromSeed(seed({ state: 'TIME_WAIT' }), 1, 0), 0, defaults, 0).verdict).toBe(
      'repeat',
    ));
  test('an unanswered UDP seed is answered, then assured', () => {
    const entry = entryFromSeed(
      seed({ original: tuple(1, 2, 4000, 53, PROTO.udp), reply: tuple(2, 1, 53, 4000, PROTO.udp), state: null, flags: ['UNREPLIED'], timeout: 20 }),
      1,
      0,
    );
    expect(stateName(entry)).toBeNull();
    expect(l4proto('ipv4', PROTO.udp).track(skb({ proto: PROTO.udp }), entry, 1, defaults, 1)).toMatchObject({ timeout: 30, status: CTSTATUS.SEEN_REPLY });
  });
});
