/**
 * u32: 32-bit words taken from the packet, shifted, masked and compared. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "u32"; Linux 6.18 net/netfilter/xt_u32.c; extensions/libxt_u32.c of iptables 1.8.9.
 */

import type { ValueKind } from '../../model/option.ts';
import { matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { hex, option, parseInteger } from '../option.ts';

/** XT_U32_MAXSIZE: tests, numbers of a location, ranges of values. */
const MAX = 10;

type Operator = '&' | '<<' | '>>' | '@';

interface U32Test {
  readonly first: number;
  readonly steps: readonly (readonly [Operator, number])[];
  readonly values: readonly (readonly [number, number])[];
}

const NUMBER = /\s*(0[xX][0-9a-fA-F]+|\d+)/y;
const OPERATOR = /\s*(&(?!&)|<<|>>|@)/y;

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
    const texts = tests.map(({ first, steps, values }) => {
      const location = steps.reduce((text, [operator, operand]) => `${text}${operator}${hex(operand)}`, hex(first));
      return `${location}=${values.map(([low, high]) => (low === high ? hex(low) : `${hex(low)}:${hex(high)}`)).join(',')}`;
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
  notModelled: 'the bytes of a packet are not looked into',
  compile: (uses, context) => [unmodelled(matchText('u32', options, uses, 'u32', context), 'the bytes of the packet are not looked into', uses.u32?.negated ?? false)],
});
