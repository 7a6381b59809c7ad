/**
 * RATEEST: count the packet into a named rate estimator, which the rateest match asks; the packet goes on unchanged.
 *
 * Source: iptables-extensions(8) "RATEEST"; iptables 1.8.9 extensions/libxt_RATEEST.c, RATEEST_final_check(); Linux 6.18
 * net/netfilter/xt_RATEEST.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget, type Finding } from '../extension.ts';
import { option } from '../option.ts';
import { scanDouble } from '../range.ts';

/** Times are in microseconds. */
const SECOND = 1_000_000;
// biome-ignore format: a table
const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1], ['us', 1], ['usec', 1], ['usecs', 1], ['ms', 1000], ['msec', 1000], ['msecs', 1000], ['s', SECOND], ['sec', SECOND], ['secs', SECOND],
]);
/** Intervals are 1/4 s times a power of two, up to 8 s. */
const SHORTEST = SECOND / 4;
const LONGEST_LOG = 5;
const MAX_NAME = 15;

/** A double that becomes an unsigned int, as x86 makes one of it. */
const stored = (value: number): number => (Math.abs(value) < 2 ** 63 ? ((Math.trunc(value) % 2 ** 32) + 2 ** 32) % 2 ** 32 : 0);

const time: ValueKind<number> = {
  placeholder: 'time[us|ms|s]',
  words: 1,
  parse: ([word = '']) => {
    const scanned = scanDouble(word);
    const unit = scanned ? UNITS.get(scanned.rest.toLowerCase()) : undefined;
    return scanned && unit !== undefined ? stored(scanned.value * unit) : { failure: `bad time "${word}"`, hint: 'write it like 250ms or 1s' };
  },
  print: (value) => printTime(stored(value)),
};

const printTime = (value: number): string => (value >= SECOND ? `${(value / SECOND).toFixed(1)}s` : value >= 1000 ? `${(value / 1000).toFixed(1)}ms` : `${Math.floor(value)}us`);

/** A name is cut, not refused, when it is too long. */
const name: ValueKind<string> = { placeholder: 'name', words: 1, parse: ([word = '']) => word.slice(0, MAX_NAME), print: (value) => value };

const options = {
  name: option({ name: '--rateest-name', value: name, required: true, help: 'name of the estimator' }),
  interval: option({ name: '--rateest-interval', value: time, help: 'how often it measures' }),
  ewma: option({ name: '--rateest-ewmalog', value: time, help: 'time constant of its average' }),
};

/** The shortest interval that is no shorter; null if there is none. */
function intervalLog(interval: number): number | null {
  for (let log = 0; log <= LONGEST_LOG; log++) if (interval <= SHORTEST * 2 ** log) return log;
  return null;
}

/** The weight whose time constant comes before the first that is longer than asked; null if out of range. */
function ewmaLog(interval: number, constant: number): number | null {
  for (let log = 1; log < 32; log++) if (interval / -Math.log(1 - 2 ** -log) > constant) return log === 1 ? null : log - 1;
  return null;
}

export const RATEEST = defineTarget({
  name: 'RATEEST',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) RATEEST; Linux 6.18 net/netfilter/xt_RATEEST.c',
  notModelled: 'rates are not measured: the scenario says them ("rates")',
  normalize: (uses) => {
    const { interval, ewma } = uses;
    const log = interval ? intervalLog(interval.value) : null;
    const weight = interval && ewma ? ewmaLog(interval.value, ewma.value) : null;
    if (!interval || !ewma || log === null || weight === null) return uses;
    const stored = SHORTEST * 2 ** log;
    return { ...uses, interval: { ...interval, value: stored }, ewma: { ...ewma, value: stored * 2 ** weight } };
  },
  check({ interval, ewma }) {
    const findings: Finding[] = [];
    if (interval && intervalLog(interval.value) === null)
      findings.push({ severity: 'error', code: 'bad-value', option: 'interval', message: 'RATEEST: interval value is too large', hint: '8s is the longest' });
    else if (!interval || !ewma || ewmaLog(interval.value, ewma.value) === null)
      findings.push({
        severity: 'error',
        code: 'bad-value',
        message: 'RATEEST: ewmalog value is out of range',
        hint: 'give an interval and a time constant about twice as long or longer',
      });
    return findings;
  },
  compile: () => ({ effects: [], verdict: 'CONTINUE' }),
});
