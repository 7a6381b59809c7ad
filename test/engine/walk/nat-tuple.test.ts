/**
 * Address and port selection. Vectors marked "kernel" were seen on Linux 6.18; the port classes and the order of the steps
 * are those of net/netfilter/nf_nat_core.c.
 */

import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../../engine/net/address.ts';
import { PROTO } from '../../../engine/net/protocol.ts';
import { netmapRange, nullBinding, sourceMapping, uniqueTuple, type NatContext } from '../../../engine/walk/nat-tuple.ts';
import type { Tuple } from '../../../engine/model/conntrack.ts';
import type { NatRange } from '../../../engine/model/test.ts';

const words = (text: string) => {
  const address = parseAddress(text);
  if (!address) throw new Error(`bad address "${text}"`);
  return address.words;
};
const tuple = (src: string, dst: string, sport = 5000, dport = 80, proto: number = PROTO.udp): Tuple => ({
  family: src.includes(':') ? 'ipv6' : 'ipv4',
  proto,
  src: words(src),
  dst: words(dst),
  sport,
  dport,
});
const range = (low: string | null, high: string | null = low, rest: Partial<NatRange> = {}): NatRange => ({
  low: low === null ? null : words(low),
  high: high === null ? null : words(high),
  portLow: null,
  portHigh: null,
  portBase: null,
  random: false,
  randomFully: false,
  persistent: false,
  ...rest,
});
const ports = (portLow: number, portHigh = portLow): Partial<NatRange> => ({ portLow, portHigh });

interface World extends NatContext {
  readonly drawn: (readonly [number, number])[];
}
/** `taken`: keys in use. Chance draws the values given, one after the other, then the lowest. */
function context(taken: (t: Tuple) => boolean = () => false, values: number[] = [], rest: Partial<NatContext> = {}): World {
  const drawn: [number, number][] = [];
  return {
    zone: 0,
    used: taken,
    sourceMappings: () => [],
    expected: false,
    drawn,
    chance(_kind, low, high) {
      drawn.push([low, high]);
      return { value: values.shift() ?? low, chosen: false };
    },
    ...rest,
  };
}
const show = ({ family, src, dst, sport, dport }: Tuple) => `${formatAddress(family, src)}:${sport} > ${formatAddress(family, dst)}:${dport}`;
const source = (t: Tuple, r: NatRange, c: NatContext = context()) => formatAddress(t.family, uniqueTuple(t, r, 'src', c).tuple.src);

describe('an address out of a range (kernel)', () => {
  test.for([
    ['10.1.0.3', '10.2.0.101'],
    ['10.1.0.4', '10.2.0.102'],
    ['10.1.0.5', '10.2.0.101'],
    ['10.1.0.6', '10.2.0.103'],
  ])('%s gets %s', ([from, to]) => expect(source(tuple(from as string, '10.2.0.2'), range('10.2.0.100', '10.2.0.110'))).toBe(to));
  test.for([
    ['10.1.0.3', '10.2.0.108'],
    ['10.1.0.4', '10.2.0.109'],
  ])('%s gets %s with --persistent', ([from, to]) => expect(source(tuple(from as string, '10.2.0.2'), range('10.2.0.100', '10.2.0.110', { persistent: true }))).toBe(to));
  test.for([
    ['fd01::2', 'fd02::107'],
    ['fd01::3', 'fd02::10c'],
    ['fd01::4', 'fd02::105'],
  ])('%s gets %s', ([from, to]) => expect(source(tuple(from as string, 'fd02::2'), range('fd02::100', 'fd02::110'))).toBe(to));
  test.for([
    ['fd01::2', 'fd02::108'],
    ['fd01::3', 'fd02::107'],
    ['fd01::4', 'fd02::105'],
  ])('%s gets %s with --persistent', ([from, to]) => expect(source(tuple(from as string, 'fd02::2'), range('fd02::100', 'fd02::110', { persistent: true }))).toBe(to));
  test('a range that differs in a higher word', () =>
    expect(source(tuple('fd01::2', 'fd02::2'), range('fd02:0:0:1::', 'fd02:0:0:3:ffff:ffff:ffff:ffff'))).toBe('fd02::2:76d6:b956:76d6:b956'));
  test('the zone is mixed in', () =>
    expect(
      new Set([0, 1, 2, 3, 4, 5, 6, 7].map((zone) => source(tuple('10.1.0.3', '10.2.0.2'), range('10.2.0.100', '10.2.0.110'), context(undefined, [], { zone })))).size,
    ).toBeGreaterThan(1));
});

describe('keeping what there is', () => {
  const masqueraded = range('10.2.0.1');
  test('the port, if it is free', () => expect(show(uniqueTuple(tuple('10.1.0.3', '10.2.0.2'), masqueraded, 'src', context()).tuple)).toBe('10.2.0.1:5000 > 10.2.0.2:80'));
  test('source and port that lie in the range already', () => {
    const t = tuple('10.2.0.105', '10.2.0.2');
    expect(uniqueTuple(t, range('10.2.0.100', '10.2.0.110'), 'src', context()).tuple).toEqual(t);
  });
  test('the mapping of another connection of the same source, also its odd port (kernel)', () => {
    const c = context(undefined, [], {
      sourceMappings: () => [
        { src: words('10.9.9.9'), sport: 1 },
        { src: words('10.2.0.1'), sport: 22834 },
      ],
    });
    expect(show(uniqueTuple(tuple('10.1.0.3', '10.2.0.2', 5000, 81), masqueraded, 'src', c).tuple)).toBe('10.2.0.1:22834 > 10.2.0.2:81');
  });
  test('that mapping is read from a reply tuple; for ICMP it is the id', () => {
    expect(sourceMapping(tuple('10.2.0.2', '10.2.0.1', 80, 22834))).toEqual({ src: words('10.2.0.1'), sport: 22834 });
    expect(sourceMapping(tuple('10.2.0.2', '10.2.0.1', 7, 0, PROTO.icmp))).toEqual({ src: words('10.2.0.1'), sport: 7 });
  });
  test('nothing is kept with --random', () => {
    const c = context(undefined, [40000], { sourceMappings: () => [{ src: words('10.2.0.1'), sport: 22834 }] });
    const choice = uniqueTuple(tuple('10.1.0.3', '10.2.0.2'), range('10.2.0.1', '10.2.0.1', { random: true }), 'src', c);
    expect([choice.tuple.sport, choice.chance]).toEqual([40000, 'drawn']);
  });
});

describe('another port after a clash', () => {
  const taken = (sport: number) => (t: Tuple) => t.sport === sport;
  test.for([
    [1, 1, 511],
    [511, 1, 511],
    [512, 600, 1023],
    [1023, 600, 1023],
    [1024, 1024, 65535],
    [65535, 1024, 65535],
  ])('%i moves into %i-%i (kernel)', ([sport, low, high]) => {
    const c = context(taken(sport as number), [high as number]);
    expect(uniqueTuple(tuple('10.1.0.3', '10.2.0.2', sport), range('10.2.0.1'), 'src', c).chance).toBe('drawn');
    expect(c.drawn).toEqual([[low, high]]);
  });
  test('upward from the number drawn, round the end', () => {
    const c = context((t) => t.sport === 5000 || t.sport === 65535, [65535]);
    expect(uniqueTuple(tuple('10.1.0.3', '10.2.0.2'), range('10.2.0.1'), 'src', c).tuple.sport).toBe(1024);
  });
  test('a number the scenario fixed is not chance', () => {
    const c = context(taken(5000), [], { chance: () => ({ value: 1234, chosen: true }) });
    expect(uniqueTuple(tuple('10.1.0.3', '10.2.0.2'), range('10.2.0.1'), 'src', c)).toMatchObject({ chance: 'chosen', tuple: { sport: 1234 } });
  });
  test('an ICMP id, from 0', () => {
    const c = context(taken(7), [0]);
    expect(uniqueTuple(tuple('10.1.0.3', '10.2.0.2', 7, 0x800, PROTO.icmp), range('10.2.0.1'), 'src', c).tuple).toMatchObject({ sport: 0, dport: 0x800 });
    expect(c.drawn).toEqual([[0, 65535]]);
  });
  test.for([[99], [PROTO.gre], [PROTO.dccp]])('protocol %i has no port: a clash, found at the confirm (kernel)', ([proto]) =>
    expect(
      uniqueTuple(
        tuple('10.1.0.3', '10.2.0.2', 0, 0, proto),
        range('10.2.0.1'),
        'src',
        context(() => true),
      ),
    ).toMatchObject({ clash: true, chance: 'none', tuple: { sport: 0 } }),
  );
  test('null binding: the address stays, the port moves (kernel)', () => {
    const t = tuple('10.1.0.3', '10.2.0.2');
    expect(show(uniqueTuple(t, nullBinding(t, 'src'), 'src', context(taken(5000), [2222])).tuple)).toBe('10.1.0.3:2222 > 10.2.0.2:80');
  });
});

describe('port ranges', () => {
  const t = tuple('10.1.0.3', '10.2.0.2');
  test('a port inside stays', () => expect(uniqueTuple(t, range('10.2.0.1', '10.2.0.1', ports(4000, 6000)), 'src', context()).tuple.sport).toBe(5000));
  test('every port taken: dropped at the confirm, after 4 + 0 tries (kernel: the fifth client)', () => {
    const tried: number[] = [];
    const choice = uniqueTuple(
      t,
      range('10.2.0.1', '10.2.0.1', ports(2000, 2003)),
      'src',
      context((x) => tried.push(x.sport) > 0, [2002]),
    );
    expect(tried).toEqual([2002, 2003, 2000, 2001]);
    expect(choice).toMatchObject({ clash: true, tuple: { sport: 2001 } });
  });
  test('a large range: 128 tries, then half as many from a new start, to 16 and 8', () => {
    const tried: number[] = [];
    const choice = uniqueTuple(
      t,
      range('10.2.0.1', '10.2.0.1', ports(10000, 20000)),
      'src',
      context((x) => tried.push(x.sport) > 0),
    );
    expect(tried.length).toBe(128 + 64 + 32 + 16 + 8);
    expect(choice.clash).toBe(true);
  });
  test('a single port that the source has is kept though taken', () =>
    expect(
      uniqueTuple(
        t,
        range('10.2.0.1', '10.2.0.1', ports(5000)),
        'src',
        context(() => true),
      ),
    ).toMatchObject({ clash: true, chance: 'none', tuple: { sport: 5000 } }));
  test('DNAT takes the lowest free port, without chance (kernel)', () => {
    const dnat = range('10.2.0.5', '10.2.0.5', ports(8080, 8090));
    expect(
      uniqueTuple(
        t,
        dnat,
        'dst',
        context((x) => x.dport === 8080),
      ),
    ).toMatchObject({ chance: 'none', tuple: { dport: 8081 } });
    expect(show(uniqueTuple(t, dnat, 'dst', context()).tuple)).toBe('10.1.0.3:5000 > 10.2.0.5:8080');
  });
  test('DNAT --random draws', () =>
    expect(uniqueTuple(t, range('10.2.0.5', '10.2.0.5', { ...ports(8080, 8090), random: true }), 'dst', context(undefined, [8085])).tuple.dport).toBe(8085));
  test('DNAT without ports keeps the port, though taken', () =>
    expect(
      uniqueTuple(
        t,
        range('10.2.0.5'),
        'dst',
        context(() => true),
      ),
    ).toMatchObject({ clash: true, tuple: { dport: 80 } }));
  test('a shifted range maps port by port', () => {
    const shifted = range('10.2.0.5', '10.2.0.5', { ...ports(6000, 6010), portBase: 80 });
    expect(uniqueTuple({ ...t, dport: 83 }, shifted, 'dst', context()).tuple.dport).toBe(6003);
    // Below the base: the difference is unsigned, 16 bit.
    expect(uniqueTuple({ ...t, dport: 79 }, shifted, 'dst', context()).tuple.dport).toBe(6000 + (65535 % 11));
  });
  test('the last 32 tries may evict a closed TCP connection', () => {
    const evictable = (x: Tuple) => x.sport === 2000;
    expect(
      uniqueTuple(
        { ...t, proto: PROTO.tcp },
        range('10.2.0.1', '10.2.0.1', ports(2000, 2003)),
        'src',
        context(() => true, [], { evictable }),
      ),
    ).toMatchObject({ evicts: true, clash: false, tuple: { sport: 2000 } });
    expect(
      uniqueTuple(
        t,
        range('10.2.0.1', '10.2.0.1', ports(2000, 2003)),
        'src',
        context(() => true, [], { evictable }),
      ).evicts,
    ).toBe(false);
    const wide = uniqueTuple(
      { ...t, proto: PROTO.tcp },
      range('10.2.0.1', '10.2.0.1', ports(2000, 2127)),
      'src',
      context((x) => x.sport < 2050, [], { evictable }),
    );
    expect(wide).toMatchObject({ evicts: false, tuple: { sport: 2050 } });
  });
});

test('NETMAP keeps the host bits', () => {
  const mapped = netmapRange(words('10.1.0.77'), range('192.168.5.0', '192.168.5.255'));
  expect([mapped.low, mapped.high].map((w) => formatAddress('ipv4', w ?? []))).toEqual(['192.168.5.77', '192.168.5.77']);
  expect(formatAddress('ipv6', netmapRange(words('fd01::1:2:3'), range('fd09::', 'fd09::ffff:ffff:ffff:ffff')).low ?? [])).toBe('fd09::1:2:3');
});
