/** The engine's own address reader, held against the library `ip-address` and against addresses made at random. */

import fc from 'fast-check';
import { Address4, Address6 } from 'ip-address';
import { describe, expect, test } from 'vitest';
import { compareWords, formatAddress, makePrefix, maskLength, maskWords, parseAddress, parsePrefix, prefixContains, type Words } from '../../../engine/net/address.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const ipv6Words = fc.tuple(
  fc.constantFrom(0, 0, 1, 0x20010db8, 0xffff, 0xfe800000),
  fc.oneof(fc.constant(0), word),
  fc.oneof(fc.constant(0), word),
  fc.oneof(fc.constant(0), word),
);

const words6 = (text: string): Words => {
  const value = new Address6(text).bigInt();
  return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffffffffn));
};

describe('addresses', () => {
  test('IPv4 text is read as ip-address reads it', () => {
    fc.assert(
      fc.property(word, (value) => {
        const text = `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
        expect(parseAddress(text)).toEqual({ family: 'ipv4', words: [Number(new Address4(text).bigInt())] });
        expect(formatAddress('ipv4', [value])).toBe(text);
      }),
    );
  });

  test('IPv6 text in every spelling is read as ip-address reads it', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).chain((value) => fc.constantFrom(value.toString(16), value.toString(16).padStart(4, '0'), value.toString(16).toUpperCase()));
    const full = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
    const short = fc
      .integer({ min: 0, max: 7 })
      .chain((left) =>
        fc
          .integer({ min: 0, max: 7 - left })
          .chain((right) => fc.tuple(fc.array(group, { minLength: left, maxLength: left }), fc.array(group, { minLength: right, maxLength: right }))),
      );
    fc.assert(
      fc.property(
        fc.oneof(
          full,
          short.map(([left, right]) => `${left.join(':')}::${right.join(':')}`),
        ),
        (text) => {
          expect(parseAddress(text)).toEqual({ family: 'ipv6', words: words6(text) });
        },
      ),
    );
  });

  test('what is printed is canonical and reads back', () => {
    fc.assert(
      fc.property(ipv6Words, (words) => {
        const text = formatAddress('ipv6', words);
        expect(parseAddress(text)).toEqual({ family: 'ipv6', words });
        // RFC 5952, but for addresses with an embedded dotted quad, which ip-address spells in hex.
        if (!text.includes('.')) expect(text).toBe(new Address6(text).correctForm());
      }),
    );
  });

  // glibc 2.36 inet_ntop(3), which iptables, ipset and ip print addresses with.
  test.each(['::10.0.0.1', '::0.1.0.0', '::1', '::ffff', '::ffff:10.0.0.1', '::fffe:a00:1', '::1:0:0'])('%s is printed so', (text) => {
    expect(formatAddress('ipv6', parseAddress(text)?.words as number[])).toBe(text);
  });

  // inet_pton(3).
  test.each(['1.2.3.4::', '1.2.3.4::1', '::10.00.0.1', '::01.2.3.4', '::1.2.3'])('%s is none', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test('text that is no address is refused by both', () => {
    const noise = fc.string({ unit: fc.constantFrom('1', '0', 'f', ':', '.', '2', '25', '::', 'g', ' '), maxLength: 12 });
    fc.assert(
      fc.property(noise, (text) => {
        const mine = parseAddress(text);
        const theirs = text.includes(':')
          ? Address6.isValid(text) && !text.includes('%') && !text.includes('/')
          : /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
        expect(mine !== null, text).toBe(theirs);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('prefixes', () => {
  test('a prefix holds exactly the addresses that ip-address says it holds', () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 0, max: 32 }), word, (base, length, probe) => {
        const text = `${formatAddress('ipv4', [base])}/${length}`;
        const prefix = parsePrefix(text);
        const near = ((base & ~((length === 0 ? 0xffffffff : 2 ** (32 - length) - 1) >>> 0)) | (length === 32 ? 0 : probe & (2 ** (32 - length) - 1))) >>> 0;
        for (const address of [probe, near])
          expect(prefix && prefixContains(prefix, [address])).toBe(new Address4(formatAddress('ipv4', [address])).isInSubnet(new Address4(text)));
      }),
    );
  });

  test('masks and lengths are each other', () => {
    for (const [family, bits] of [
      ['ipv4', 32],
      ['ipv6', 128],
    ] as const)
      for (let length = 0; length <= bits; length++) expect(maskLength(maskWords(family, length))).toBe(length);
    expect(parsePrefix('10.0.0.0/255.0.255.0')).toMatchObject({ length: null, words: [0x0a000000], mask: [0xff00ff00] });
    expect(parsePrefix('10.1.2.3/255.255.0.0')).toEqual(makePrefix('ipv4', [0x0a010203], 16));
    expect(parsePrefix('10.0.0.0/33')).toBeNull();
    expect(parsePrefix('fd00::/ffff::')).toEqual(makePrefix('ipv6', [0xfd000000, 0, 0, 0], 16));
  });

  test('order is numeric', () => {
    expect(compareWords([0xffffffff], [1])).toBe(1);
    expect(compareWords([0, 0, 0, 1], [0, 0, 1, 0])).toBe(-1);
    expect(compareWords([5], [5])).toBe(0);
  });
});
