/**
 * limit: a token bucket per rule, full at first. The clause holds while a token is left and takes it, also when a later
 * clause of the rule fails.
 *
 * Source: iptables-extensions(8) "limit"; Linux 6.18 net/netfilter/xt_limit.c, limit_mt(). Time is the simulated clock in
 * jiffies of HZ = 1000; a table that is replaced refills the bucket.
 */

import { isFailure, type ValueKind } from '../../model/option.ts';
import { FALSE, TRUE } from '../../model/test.ts';
import { defineMatch, printOptions, type OptionUses } from '../extension.ts';
import { integer, option } from '../option.ts';

/** include/uapi/linux/netfilter/xt_limit.h: rates are kept in 1/10000 of a second per token. */
const SCALE = 10000;
const HZ = 1000;
/** xt_limit.c: _POW2_BELOW32(MAX_CPJ) of MAX_CPJ = 0xffffffff / (HZ * 60 * 60 * 24). */
const CREDITS_PER_JIFFY = 32;
const UNITS = { day: 86400, hour: 3600, minute: 60, min: 60, second: 1, sec: 1 } as const;
const PRINT_UNITS = [
  ['day', 86400],
  ['hour', 3600],
  ['min', 60],
  ['sec', 1],
] as const;

/** Tenths of a millisecond per token, as iptables stores it: `SCALE * unit / rate`, rounded down. */
const rate: ValueKind<number> = {
  placeholder: 'rate[/unit]',
  words: 1,
  parse: ([word = '']) => {
    // atoi(3), which reads no further than the digits go.
    const match = /^\s*\+?(\d+)[^/]*(?:\/(.+))?$/.exec(word);
    const unit = match?.[2]?.toLowerCase();
    const name = unit === undefined ? 'second' : (Object.keys(UNITS) as (keyof typeof UNITS)[]).find((key) => key.startsWith(unit));
    const count = Number(match?.[1]);
    if (!match || !name || count === 0) return { failure: `bad rate "${word}"`, hint: 'write it like 3/hour; units are second, minute, hour, day' };
    const stored = Math.floor((SCALE * UNITS[name]) / count);
    return stored === 0 ? { failure: `rate too fast "${word}"`, hint: 'the fastest is 10000/second' } : stored;
  },
  print: printRate,
};

/** print_rate() of libxt_limit.c: the largest unit in which the rate is a whole number, or nearly so. */
function printRate(period: number): string {
  if (period === 0) return 'inf';
  let i = 1;
  const rates = [SCALE * 86400, SCALE * 3600, SCALE * 60, SCALE] as const;
  for (; i < rates.length; i++) if (period > (rates[i] as number) || (rates[i] as number) / period < (rates[i] as number) % period) break;
  return `${Math.floor((rates[i - 1] as number) / period)}/${(PRINT_UNITS[i - 1] as readonly [string, number])[0]}`;
}

const options = {
  limit: option({ name: '--limit', value: rate, help: 'mean rate; 3/hour if not given' }),
  burst: option({
    name: '--limit-burst',
    value: integer(0, 10000),
    hidden: (value, _, { backend }) => value === 5 || (backend === 'nft' && value === 0),
    help: 'tokens of a full bucket; 5 if not given',
  }),
};

/** user2credits(): credits are added per jiffy and a token costs one period of them. 32 bits, which it lets overflow. */
function credits(user: number): number {
  const perSecond = HZ * CREDITS_PER_JIFFY;
  return (user > 0xffffffff / perSecond ? Math.floor(user / SCALE) * perSecond : Math.floor((user * perSecond) / SCALE)) >>> 0;
}

/** A full bucket, and what a token costs. */
function bucketOf(uses: OptionUses<typeof options>): { readonly cap: number; readonly cost: number } {
  const period = uses.limit?.value ?? SCALE * 1200;
  return { cap: credits(Math.imul(period, uses.burst?.value || 5) >>> 0), cost: credits(period) };
}

interface Bucket {
  readonly credit: number;
  /** Jiffies of the last visit; null before the first. */
  readonly last: number | null;
}

export const limit = defineMatch({
  name: 'limit',
  families: ['ipv4', 'ipv6'],
  options,
  nativeInNft: true,
  source: 'iptables-extensions(8) limit; Linux 6.18 net/netfilter/xt_limit.c',
  normalize: (uses) => {
    const at = (uses.limit ?? uses.burst)?.span ?? { line: 0, column: 0, length: 1 };
    const fallback = rate.parse(['3/hour'], { family: 'ipv4', table: '', chain: '', protocol: null });
    return uses.limit || isFailure(fallback) ? uses : { ...uses, limit: { value: fallback, negated: false, span: at } };
  },
  check(uses) {
    const burst = uses.burst?.value ?? 5;
    if (burst === 0)
      return [{ severity: 'error', code: 'bad-value', option: 'burst', message: 'a burst of 0 lets nothing through, and the kernel refuses it', hint: 'give 1 or more' }];
    // limit_mt_check(): the bucket is less than one token, for the numbers overflow.
    const { cap, cost } = bucketOf(uses);
    if (cap >= cost) return [];
    return [
      {
        severity: 'error',
        code: 'bad-value',
        option: uses.burst ? 'burst' : 'limit',
        message: `the kernel cannot count ${burst} tokens at ${printRate(uses.limit?.value ?? SCALE * 1200)}: its 32 bits overflow`,
        hint: 'give a smaller --limit-burst or a higher rate',
      },
    ];
  },
  compile(uses, context) {
    const period = uses.limit?.value ?? SCALE * 1200;
    // Only nft takes a burst of 0, for 5.
    const burst = uses.burst?.value || 5;
    const { cap: kept, cost } = bucketOf(uses);
    // Where 32 bits overflow only nft takes the rule, which counts with 64.
    const cap = kept < cost ? cost * burst : kept;
    return [
      {
        text: `-m limit ${printOptions(options, uses, context)}`,
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'limit',
            operand: { rate: printRate(period), burst },
            wanted: 'a token left',
            reads: [],
            initial: { credit: cap, last: null } satisfies Bucket,
            step(_skb, { now }, state) {
              const bucket = state as Bucket;
              const jiffies = Math.floor(now * HZ);
              const credit = Math.min(cap, bucket.credit + (bucket.last === null ? 0 : (jiffies - bucket.last) * CREDITS_PER_JIFFY));
              return credit >= cost ? { holds: TRUE, state: { credit: credit - cost, last: jiffies } } : { holds: FALSE, state: { credit, last: jiffies } };
            },
            saw(_skb, { now }, state) {
              const bucket = state as Bucket;
              const credit = Math.min(cap, bucket.credit + (bucket.last === null ? 0 : (Math.floor(now * HZ) - bucket.last) * CREDITS_PER_JIFFY));
              return `${Math.floor(credit / cost)} of ${burst} tokens left`;
            },
            asLoaded: (_skb, _context, state) => (state as Bucket).last === null,
          },
        ],
      },
    ];
  },
});
