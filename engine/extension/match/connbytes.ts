/**
 * connbytes: packets or bytes a connection has seen so far. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "connbytes"; Linux 6.18 net/netfilter/xt_connbytes.c. iptables stores a negated range
 * with its ends exchanged.
 */

import type { ValueKind } from '../../model/option.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, optionText, printOptions } from '../extension.ts';
import { hasConntrackEntry } from '../guards.ts';
import { choice, option } from '../option.ts';
import { parseUint64, UINT64_MAX } from '../range.ts';

type BigRange = readonly [bigint, bigint];

const byteRange: ValueKind<BigRange> = {
  placeholder: 'from[:to]',
  words: 1,
  parse: ([word = '']) => {
    const parts = word.split(':');
    const bounds = parts.map((part, i) => (part === '' ? (i === 0 ? 0n : UINT64_MAX) : parseUint64(part)));
    const [low, high = UINT64_MAX] = bounds;
    if (parts.length > 2 || low === undefined || low === null || high === null)
      return { failure: `"${word}" is not a range of numbers`, hint: 'write it like 1000:2000, or 1000: for no upper end' };
    return high < low ? { failure: `the range "${word}" is reversed`, hint: 'write the lower number first' } : [low, high];
  },
  print: ([low, high]) => (high === 0n || high === UINT64_MAX ? String(low) : `${low}:${high}`),
};

const options = {
  range: option({ name: '--connbytes', value: byteRange, invertible: true, required: true, help: 'the count is in the range' }),
  mode: option({ name: '--connbytes-mode', value: choice('packets|bytes|avgpkt', ['packets', 'bytes', 'avgpkt']), required: true, help: 'what is counted' }),
  dir: option({ name: '--connbytes-dir', value: choice('original|reply|both', ['original', 'reply', 'both']), required: true, help: 'whose packets are counted' }),
};

export const connbytes = defineMatch({
  name: 'connbytes',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) connbytes; Linux 6.18 net/netfilter/xt_connbytes.c',
  notModelled: 'connections do not count packets and bytes here',
  // A range of one number has no ends to exchange, so its negation is lost.
  normalize: ({ range, ...uses }) => (range ? { ...uses, range: { ...range, negated: range.negated && range.value[0] !== range.value[1] } } : uses),
  compile(uses, context) {
    if (!uses.range) return [];
    const text = `-m connbytes ${printOptions(options, uses, context) || optionText(options, uses, 'range', context)}`;
    return [hasConntrackEntry, unmodelled(text, 'packets and bytes of a connection are not counted here', uses.range.negated)];
  },
});
