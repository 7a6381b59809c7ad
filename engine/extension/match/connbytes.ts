/**
 * connbytes: packets or bytes that a connection has seen so far, the packet itself among them. False, negated or not, for a
 * connection that is not counted. A rule with it switches counting on for the connections opened after (nf_ct_set_acct()).
 *
 * Source: iptables-extensions(8) "connbytes"; Linux 6.18 net/netfilter/xt_connbytes.c, connbytes_mt(). iptables stores a
 * negated range with its ends exchanged.
 */

import type { Count } from '../../model/conntrack.ts';
import type { SkbView } from '../../model/context.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, type Clause } from '../../model/test.ts';
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

const MODES = ['packets', 'bytes', 'avgpkt'] as const;
const DIRECTIONS = ['original', 'reply', 'both'] as const;
type Mode = (typeof MODES)[number];
type Direction = (typeof DIRECTIONS)[number];

const options = {
  range: option({ name: '--connbytes', value: byteRange, invertible: true, required: true, help: 'the count is in the range' }),
  mode: option({ name: '--connbytes-mode', value: choice('packets|bytes|avgpkt', MODES), required: true, help: 'what is counted' }),
  dir: option({ name: '--connbytes-dir', value: choice('original|reply|both', DIRECTIONS), required: true, help: 'whose packets are counted' }),
};

export const connbytes = defineMatch({
  name: 'connbytes',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack', 'accounting'],
  source: 'iptables-extensions(8) connbytes; Linux 6.18 net/netfilter/xt_connbytes.c',
  // A range of one number has no ends to exchange, so its negation is lost.
  normalize: ({ range, ...uses }) => (range ? { ...uses, range: { ...range, negated: range.negated && range.value[0] !== range.value[1] } } : uses),
  compile(uses, context) {
    const { range, mode, dir } = uses;
    if (!range || !mode || !dir) return [];
    const [low, high] = range.value;
    const seen = (skb: SkbView): bigint | null => {
      const counts = skb.ct?.entry.counts;
      return counts ? measure(counts, mode.value, dir.value) : null;
    };
    return [
      hasConntrackEntry,
      isCounted,
      {
        text: `-m connbytes ${printOptions(options, uses, context) || optionText(options, uses, 'range', context)}`,
        negated: range.negated,
        any: [
          {
            op: 'opaque',
            name: 'connbytes',
            operand: { range: [String(low), String(high)], mode: mode.value, dir: dir.value },
            wanted: high === UINT64_MAX ? `${low} or more` : low === high ? String(low) : `${low} to ${high}`,
            reads: [FIELD.hasCt, FIELD.length],
            holds(skb) {
              const value = seen(skb);
              return value !== null && value >= low && value <= high ? TRUE : FALSE;
            },
            saw: (skb) => sawText(seen(skb) ?? 0n, mode.value, dir.value),
          },
        ],
      },
    ];
  },
});

const isCounted: Clause = {
  guard: true,
  text: 'packets and bytes of the connection are counted',
  negated: false,
  any: [
    {
      op: 'opaque',
      name: 'accounting',
      operand: {},
      reads: [FIELD.hasCt],
      holds: ({ ct }) => (ct?.entry.counts ? TRUE : FALSE),
      saw: ({ ct }) => (ct?.entry.counts ? 'they are' : 'they are not: counting was off when it was opened'),
    },
  ],
};

function measure([original, reply]: readonly [Count, Count], mode: Mode, direction: Direction): bigint {
  const sum = (key: keyof Count): bigint => BigInt(direction === 'reply' ? 0 : original[key]) + BigInt(direction === 'original' ? 0 : reply[key]);
  const packets = sum('packets');
  if (mode === 'packets') return packets;
  const bytes = sum('bytes');
  return mode === 'bytes' ? bytes : packets === 0n ? 0n : bytes / packets;
}

function sawText(value: bigint, mode: Mode, direction: Direction): string {
  const what = mode === 'packets' ? `${value} packet${value === 1n ? '' : 's'}` : mode === 'bytes' ? `${value} bytes` : `${value} bytes per packet`;
  return direction === 'both' ? `${what} in both directions` : direction === 'original' ? `${what} in the original direction` : `${what} in the reply direction`;
}
