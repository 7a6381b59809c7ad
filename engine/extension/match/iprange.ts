/**
 * iprange: source or destination between two addresses, both included.
 *
 * Source: iptables-extensions(8) "iprange"; Linux 6.18 net/netfilter/xt_iprange.c. A reversed range is accepted with a
 * warning and never matches.
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { compareWords, formatAddress, type Words } from '../../net/address.ts';
import { matchText } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { familyName, option } from '../option.ts';
import { addressWords } from './ip.ts';

interface AddressRange {
  readonly low: Words;
  readonly high: Words;
}

const addressRange: ValueKind<AddressRange> = {
  placeholder: 'address[-address]',
  words: 1,
  parse: ([word = ''], { family }) => {
    const dash = word.indexOf('-');
    const ends = dash < 0 ? [word, word] : [word.slice(0, dash), word.slice(dash + 1)];
    const [low, high] = ends.map((end) => addressWords(family, end, false));
    if (!low || !high) return { failure: `"${word}" is not a range of ${familyName(family)} addresses`, hint: 'write it like first-last' };
    return { low, high };
  },
  print: ({ low, high }, { family }) => `${formatAddress(family, low)}-${formatAddress(family, high)}`,
};

const options = {
  src: option({ name: '--src-range', value: addressRange, invertible: true, help: 'the source address is in the range' }),
  dst: option({ name: '--dst-range', value: addressRange, invertible: true, help: 'the destination address is in the range' }),
};

export const iprange = defineMatch({
  name: 'iprange',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) iprange; Linux 6.18 net/netfilter/xt_iprange.c',
  check(uses) {
    if (!uses.src && !uses.dst) return [{ severity: 'error', code: 'missing-option', message: 'iprange needs --src-range or --dst-range' }];
    const findings: Finding[] = [];
    for (const key of ['src', 'dst'] as const) {
      const use = uses[key];
      if (use && compareWords(use.value.low, use.value.high) > 0)
        findings.push({ severity: 'warning', code: 'reversed-range', option: key, message: 'the range is reversed and holds no address', hint: 'write the lower address first' });
    }
    return findings;
  },
  compile(uses, context) {
    const clauses: Clause[] = [];
    for (const key of ['src', 'dst'] as const) {
      const use = uses[key];
      if (use) clauses.push({ text: matchText('iprange', options, uses, key, context), negated: use.negated, any: [{ op: 'address-range', field: FIELD[key], ...use.value }] });
    }
    return clauses;
  },
});
