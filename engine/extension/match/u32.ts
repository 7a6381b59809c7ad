/**
 * u32: 32-bit words taken from the packet, shifted, masked and compared. A word that is not whole in the packet holds for nothing.
 *
 * Source: iptables-extensions(8) "u32"; Linux 6.18 net/netfilter/xt_u32.c; extensions/libxt_u32.c of iptables 1.8.9.
 */

import type { ValueKind } from '../../model/option.ts';
import type { SkbView } from '../../model/context.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../../model/test.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { hex, option, parseInteger } from '../option.ts';
import { BYTE_FIELDS, packetBytes, type PacketBytes } from '../packet-bytes.ts';

/** XT_U32_MAXSIZE: tests, numbers of a location, ranges of values. */
const MAX = 10;

type Operator = '&' | '<<' | '>>' | '@';

interface U32Test {
  readonly first: number;
  readonly steps: readonly (readonly [Operator, number])[];
  readonly values: readonly (readonly [number, number])[];
}

const NUMBER = /\s*\+?(0[xX][0-9a-fA-F]+|\d+)/y;
const OPERATOR = /\s*(&(?!&)|<<|>>|@)/y;

/** Where a value is taken from, as it is written. */
function location({ first, steps }: U32Test): string {
  return steps.reduce((text, [operator, operand]) => `${text}${operator}${hex(operand)}`, hex(first));
}

const expression: ValueKind<readonly U32Test[]> = {
  placeholder: 'location=value[&&…]',
  words: 1,
  parse: ([word = '']) => {
    let at = 0;
    const take = (pattern: RegExp): string | null => {
      pattern.lastIndex = at;
      const match = pattern.exec(word);
      if (!match) return null;
      at = pattern.lastIndex;
      return match[1] ?? '';
    };
    const number = (): number | null => {
      const value = parseInteger(take(NUMBER) ?? '');
      return value !== null && value <= 0xffffffff ? value : null;
    };
    const fail = (expected: string) => ({ failure: `at character ${at}: ${expected} expected`, hint: 'write it like: 0>>22&0x3c@0>>24=8' });
    const tests: U32Test[] = [];
    do {
      const first = number();
      if (first === null) return fail('a number of 32 bits');
      const steps: (readonly [Operator, number])[] = [];
      for (let operator = take(OPERATOR); operator !== null; operator = take(OPERATOR)) {
        const operand = number();
        if (operand === null) return fail('a number of 32 bits');
        steps.push([operator as Operator, operand]);
      }
      if (take(/\s*(=)/y) === null) return fail('an operator or "="');
      const values: (readonly [number, number])[] = [];
      do {
        const low = number();
        const high = take(/\s*(:)/y) === null ? low : number();
        if (low === null || high === null) return fail('a value');
        values.push([low, high]);
      } while (take(/\s*(,)/y) !== null);
      tests.push({ first, steps, values });
      if (steps.length >= MAX || values.length > MAX || tests.length > MAX) return { failure: `more than ${MAX} tests, operators or values`, hint: 'split the rule' };
    } while (take(/\s*(&&)/y) !== null);
    take(/(\s*)/y);
    return at < word.length ? fail('"," or "&&"') : tests;
  },
  print: (tests) => {
    const texts = tests.map((test) => {
      const { values } = test;
      return `${location(test)}=${values.map(([low, high]) => (low === high ? hex(low) : `${hex(low)}:${hex(high)}`)).join(',')}`;
    });
    return `"${texts.join('&&')}"`;
  },
};

const options = { u32: option({ name: '--u32', value: expression, invertible: true, required: true, help: 'words of the packet have these values' }) };

export const u32 = defineMatch({
  name: 'u32',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) u32; Linux 6.18 net/netfilter/xt_u32.c',
  notModelled: 'bytes that a packet does not say (values of TCP options, sums of what the node itself sends) are unknown',
  check({ u32: use }) {
    // u32_mt_checkentry().
    const shift = use?.value.flatMap(({ steps }) => steps).find(([operator, operand]) => (operator === '<<' || operator === '>>') && operand > 31);
    return shift
      ? [{ severity: 'error', code: 'bad-value', option: 'u32', message: `the kernel takes no shift by ${shift[1]} bits`, hint: 'a word has 32: shift by 31 at most' }]
      : [];
  },
  compile(uses, context) {
    const tests = uses.u32?.value ?? [];
    return [
      {
        text: matchText('u32', options, uses, 'u32', context),
        negated: uses.u32?.negated ?? false,
        any: [
          {
            op: 'opaque',
            name: 'u32',
            operand: { tests },
            wanted: expression.print(tests, context),
            reads: BYTE_FIELDS,
            holds: (skb) => look(skb, tests).holds,
            saw(skb) {
              const { holds, test, value } = look(skb, tests);
              const place = test && location(test);
              if (holds === UNKNOWN) return place ? `${place} is made of bytes that are not known` : 'extension headers that are not looked into';
              return place ? `${place} is ${value === null ? 'beyond the end of the packet' : hex(value)}` : 'all of them';
            },
          },
        ],
      },
    ];
  },
});

/** The first test that does not hold, and what it saw; null: beyond the packet. */
function look(skb: SkbView, tests: readonly U32Test[]): { readonly holds: Tri; readonly test: U32Test | null; readonly value: number | null } {
  const packet = packetBytes(skb);
  if (!packet) return { holds: UNKNOWN, test: null, value: null };
  for (const test of tests) {
    const value = readValue(packet, test);
    if (value === undefined) return { holds: UNKNOWN, test, value: null };
    if (value === null || !test.values.some(([low, high]) => value >= low && value <= high)) return { holds: FALSE, test, value };
  }
  return { holds: TRUE, test: null, value: null };
}

/** u32_match_it(). Undefined: made of bytes that are not known, or found by them.  */
function readValue({ bytes, known }: PacketBytes, { first, steps }: U32Test): number | null | undefined {
  let base = 0;
  const word = (at: number): { value: number; mask: number } | null => {
    if (base + 4 > bytes.length || at > bytes.length - base - 4) return null;
    let [value, mask] = [0, 0];
    for (let i = 0; i < 4; i++) {
      value = (value << 8) | (bytes[base + at + i] as number);
      mask = (mask << 8) | (known[base + at + i] ? 0 : 255);
    }
    return { value, mask };
  };
  let now = word(first);
  for (const [operator, operand] of steps) {
    if (now === null) return null;
    if (operator === '&') now = { value: now.value & operand, mask: now.mask & operand };
    else if (operator === '<<') now = { value: now.value << operand, mask: now.mask << operand };
    else if (operator === '>>') now = { value: now.value >>> operand, mask: now.mask >>> operand };
    else {
      if (now.mask !== 0) return undefined;
      base += now.value >>> 0;
      now = base > 0xffffffff ? null : word(operand);
    }
  }
  return now === null ? null : now.mask !== 0 ? undefined : now.value >>> 0;
}
