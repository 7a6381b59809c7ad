/**
 * rt: the routing header of IPv6. False, negated or not, for a packet without one.
 *
 * Source: iptables-extensions(8) "rt"; Linux 6.18 net/ipv6/netfilter/ip6t_rt.c, rt_mt6().
 */

import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { formatIpv6, parseIpv6, type Words } from '../../net/address.ts';
import { matchText } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { headerClause, headerPresent, inRange, numberAt, reservedQuestion, type FoundHeader, type HeaderQuestion } from '../extension-header.ts';
import { flag, integer, option } from '../option.ts';
import { numberRange, printRange } from '../range.ts';

/** IP6T_RT_HOPS. */
const HOPS = 16;

const addresses: ValueKind<readonly Words[]> = {
  placeholder: 'address[,…]',
  words: 1,
  parse: ([word = '']) => {
    const list = word.split(',').map(parseIpv6);
    if (list.includes(null)) return { failure: `bad address in "${word}"`, hint: 'give IPv6 addresses separated by commas' };
    return list.length > HOPS ? { failure: 'too many addresses specified', hint: `at most ${HOPS}` } : (list as Words[]);
  },
  print: (list) => list.map((words) => formatIpv6(words)).join(','),
};

const options = {
  type: option({ name: '--rt-type', value: integer(0, 0xffffffff, 'type'), invertible: true, help: 'type of the header' }),
  segments: option({ name: '--rt-segsleft', value: numberRange(0xffffffff), invertible: true, hidden: ([low, high]) => low === 0 && high === 0xffffffff, help: 'segments left' }),
  length: option({ name: '--rt-len', value: integer(0, 0xffffffff, 'length'), invertible: true, help: 'length of the header' }),
  reserved: option({ name: '--rt-0-res', value: flag, help: 'the reserved field of type 0 is zero' }),
  addresses: option({ name: '--rt-0-addrs', value: addresses, help: 'addresses of type 0, in order' }),
  notStrict: option({ name: '--rt-0-not-strict', value: flag, help: 'the addresses may have others between them' }),
};

export const rt = defineMatch({
  name: 'rt',
  families: ['ipv6'],
  options,
  source: 'iptables-extensions(8) rt; Linux 6.18 net/ipv6/netfilter/ip6t_rt.c',
  notModelled: 'a packet that does not say what its header holds is unknown',
  check({ type, reserved, addresses: list, notStrict }) {
    const findings: Finding[] = [];
    const before = (a: { readonly span: { readonly column: number } } | undefined, b: { readonly span: { readonly column: number } }) =>
      a !== undefined && a.span.column < b.span.column;
    for (const [key, use] of [
      ['reserved', reserved],
      ['addresses', list],
    ] as const)
      if (use && (!before(type, use) || type?.value !== 0 || type.negated))
        findings.push({ severity: 'error', code: 'missing-option', option: key, message: `${options[key].name} needs "--rt-type 0" before it` });
    if (notStrict && !before(list, notStrict))
      findings.push({ severity: 'error', code: 'missing-option', option: 'notStrict', message: '--rt-0-not-strict needs --rt-0-addrs before it' });
    return findings;
  },
  compile(uses, context) {
    const clauses: Clause[] = [headerPresent('routing')];
    const { type, segments, length, reserved, addresses: list, notStrict } = uses;
    const add = (key: keyof typeof options, question: Pick<HeaderQuestion, 'wanted' | 'operand' | 'asks' | 'saw'>) =>
      clauses.push(headerClause({ header: 'routing', text: matchText('rt', options, uses, key, context), negated: uses[key]?.negated ?? false, ...question }));
    const byte = (header: FoundHeader, at: number): number | null => header.bytes?.[at] ?? null;
    if (segments)
      add('segments', {
        wanted: `${printRange(segments.value)} segments left`,
        operand: { segments: segments.value },
        asks: (header) => inRange(byte(header, 1), segments.value),
        saw: (header) => `${byte(header, 1)} segments left`,
      });
    if (length)
      add('length', {
        wanted: `${length.value} bytes`,
        operand: { length: length.value },
        asks: (header) => (header.length === null ? null : header.length === length.value),
        saw: (header) => `a header of ${header.length} bytes`,
      });
    if (type)
      add('type', {
        wanted: `type ${type.value}`,
        operand: { type: type.value },
        asks: (header) => (header.bytes ? byte(header, 0) === type.value : null),
        saw: (header) => `a header of type ${byte(header, 0)}`,
      });
    if (reserved) add('reserved', reservedQuestion(2, 4));
    if (list)
      add('addresses', {
        wanted: `${addresses.print(list.value, context)}${notStrict ? ', perhaps with others between' : ''}`,
        operand: { addresses: list.value, strict: notStrict === undefined },
        asks: ({ bytes }) => (bytes ? hasAddresses(addressesIn(bytes), list.value, notStrict === undefined) : null),
        saw: ({ bytes }) =>
          bytes && bytes.length > 6
            ? addressesIn(bytes)
                .map((words) => formatIpv6(words))
                .join(',')
            : 'no address',
      });
    return clauses;
  },
});

/** Behind type, segments left and the reserved field. */
function addressesIn(bytes: Uint8Array): readonly Words[] {
  return Array.from({ length: Math.floor((bytes.length - 6) / 16) }, (_, i) => Array.from({ length: 4 }, (_, word) => numberAt(bytes, 6 + 16 * i + 4 * word, 4)));
}

/** All of them in order; strictly: these and no others. */
function hasAddresses(there: readonly Words[], wanted: readonly Words[], strict: boolean): boolean {
  const same = (a: Words | undefined, b: Words | undefined): boolean => a !== undefined && b !== undefined && a.every((word, i) => word === b[i]);
  if (strict) return there.length === wanted.length && there.every((words, i) => same(words, wanted[i]));
  let next = 0;
  for (const words of there) if (next < wanted.length && same(words, wanted[next])) next++;
  return next === wanted.length;
}
