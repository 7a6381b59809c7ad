/**
 * HMARK: set the packet mark to a hash of addresses and ports, scaled to a modulus, plus an offset.
 *
 * Source: iptables-extensions(8) "HMARK"; iptables 1.8.9 extensions/libxt_HMARK.c; Linux 6.18 net/netfilter/xt_HMARK.c.
 */

import type { OptionUse, ValueKind } from '../../model/option.ts';
import { ADDRESS_BITS, maskWords } from '../../net/address.ts';
import { defineTarget, type Finding } from '../extension.ts';
import { prefixLength } from '../host.ts';
import { integer, option } from '../option.ts';

const padded = (digits: number) => (value: number) => `0x${value.toString(16).padStart(digits, '0')}`;
const hex16 = integer(0, 0xffff, 'value', padded(4));
const hex32 = integer(0, 0xffffffff, 'value', padded(8));

const TUPLE = ['src', 'dst', 'sport', 'dport', 'spi', 'proto', 'ct'] as const;
type TupleField = (typeof TUPLE)[number];

const tuple: ValueKind<readonly TupleField[]> = {
  placeholder: 'field[,field…]',
  words: 1,
  choices: TUPLE,
  parse: ([word = '']) => {
    const names = word.split(',');
    const bad = names.find((name) => !(TUPLE as readonly string[]).includes(name));
    return bad === undefined ? TUPLE.filter((name) => names.includes(name)) : { failure: `bad type "${bad}"`, hint: `types are ${TUPLE.join(', ')}` };
  },
  print: (names) => names.join(','),
};

const options = {
  srcPrefix: option({ name: '--hmark-src-prefix', value: prefixLength, help: 'bits of the source address' }),
  dstPrefix: option({ name: '--hmark-dst-prefix', value: prefixLength, help: 'bits of the destination address' }),
  sportMask: option({ name: '--hmark-sport-mask', value: hex16, excludes: ['spiMask', 'spi'], help: 'bits of the source port' }),
  dportMask: option({ name: '--hmark-dport-mask', value: hex16, excludes: ['spiMask', 'spi'], help: 'bits of the destination port' }),
  spiMask: option({ name: '--hmark-spi-mask', value: hex32, excludes: ['sport', 'dport'], help: 'bits of the SPI' }),
  sport: option({ name: '--hmark-sport', value: hex16, help: 'or-ed to the source port' }),
  dport: option({ name: '--hmark-dport', value: hex16, help: 'or-ed to the destination port' }),
  spi: option({ name: '--hmark-spi', value: hex32, help: 'or-ed to the SPI' }),
  protoMask: option({ name: '--hmark-proto-mask', value: integer(0, 0xffff, 'value', padded(2)), help: 'bits of the protocol' }),
  rnd: option({ name: '--hmark-rnd', value: hex32, help: 'seed of the hash' }),
  mod: option({ name: '--hmark-mod', value: integer(1, 0xffffffff), help: 'modulus' }),
  offset: option({ name: '--hmark-offset', value: integer(0, 0xffffffff), help: 'added to the result' }),
  tuple: option({ name: '--hmark-tuple', value: tuple, help: 'what is hashed' }),
};

const HASHED = ['srcPrefix', 'dstPrefix', 'sportMask', 'dportMask', 'spiMask', 'sport', 'dport', 'spi', 'protoMask'] as const;

export const HMARK = defineTarget({
  name: 'HMARK',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle'],
  options,
  source: 'iptables-extensions(8) HMARK; Linux 6.18 net/netfilter/xt_HMARK.c',
  normalize: ({ tuple: names, ...uses }, { family }) => {
    if (!names) return uses;
    const full = (value: number): OptionUse<number> => ({ ...names, value });
    const has = (name: TupleField): boolean => names.value.includes(name);
    return {
      ...uses,
      srcPrefix: has('src') ? full(ADDRESS_BITS[family]) : uses.srcPrefix,
      dstPrefix: has('dst') ? full(ADDRESS_BITS[family]) : uses.dstPrefix,
      sportMask: has('sport') ? full(0xffff) : uses.sportMask,
      dportMask: has('dport') ? full(0xffff) : uses.dportMask,
      spiMask: has('spi') ? full(0xffffffff) : uses.spiMask,
      protoMask: has('proto') ? full(0xffff) : uses.protoMask,
      tuple: has('ct') ? { ...names, value: ['ct' as const] } : undefined,
    };
  },
  check(uses) {
    const findings: Finding[] = [];
    const missing = (name: string, hint: string): void => void findings.push({ severity: 'error', code: 'missing-option', message: `HMARK: ${name} is mandatory`, hint });
    if (!uses.mod) missing('--hmark-mod', 'give the modulus');
    if (!uses.rnd) missing('--hmark-rnd', 'give the seed');
    if (!uses.tuple && HASHED.every((key) => !uses[key])) missing('--hmark-tuple', 'say what is hashed');
    if ((uses.spiMask || uses.spi) && (uses.sportMask || uses.dportMask || uses.sport || uses.dport))
      findings.push({ severity: 'error', code: 'conflicting-options', message: 'HMARK: SPI and ports cannot be hashed at the same time', hint: 'keep one of them' });
    return findings;
  },
  compile: (uses, { family }) => ({
    effects: [
      {
        op: 'hash-mark',
        byConnection: uses.tuple !== undefined,
        srcMask: maskWords(family, uses.srcPrefix?.value ?? 0),
        dstMask: maskWords(family, uses.dstPrefix?.value ?? 0),
        portMask: uses.spiMask?.value ?? bothPorts(uses.sportMask?.value, uses.dportMask?.value),
        portSet: uses.spi?.value ?? bothPorts(uses.sport?.value, uses.dport?.value),
        protoMask: uses.protoMask?.value ?? 0,
        seed: uses.rnd?.value ?? 0,
        modulus: uses.mod?.value ?? 1,
        offset: uses.offset?.value ?? 0,
      },
    ],
    verdict: 'CONTINUE',
  }),
});

const bothPorts = (source = 0, destination = 0): number => ((source << 16) | destination) >>> 0;
