/**
 * rateest: compare the rate of an estimator, which the RATEEST target feeds, with a number or with another estimator. A rate is
 * what a timer of the kernel makes of the packets between its ticks: what it is, the scenario says, and it stays so.
 *
 * Source: iptables-extensions(8) "rateest"; iptables 1.8.9 extensions/libxt_rateest.c; Linux 6.18
 * net/netfilter/xt_rateest.c, xt_rateest_mt_checkentry().
 */

import type { EvalContext } from '../../model/context.ts';
import type { OptionUse, OptionUses, ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../../model/test.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { flag, option, parseInteger } from '../option.ts';

const MAX_NAME = 15;
/** Bits per second. */
// biome-ignore format: a table
const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 8], ['bit', 1], ['kibit', 2 ** 10], ['kbit', 1e3], ['mibit', 2 ** 20], ['mbit', 1e6], ['gibit', 2 ** 30], ['gbit', 1e9], ['tibit', 2 ** 40], ['tbit', 1e12],
  ['bps', 8], ['kibps', 8 * 2 ** 10], ['kbps', 8e3], ['mibps', 8 * 2 ** 20], ['mbps', 8e6], ['gibps', 8 * 2 ** 30], ['gbps', 8e9], ['tibps', 8 * 2 ** 40], ['tbps', 8e12],
]);

const name: ValueKind<string> = { placeholder: 'name', words: 1, parse: ([word = '']) => word.slice(0, MAX_NAME), print: (value) => value };

/** Bytes per second; a rate may be left out where two estimators are compared. */
const bytes: ValueKind<number | null> = {
  placeholder: '[rate]',
  words: 1,
  optionalWords: true,
  parse: ([word]) => {
    if (word === undefined) return null;
    const match = /^\s*\+?((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)([a-z]*)$/i.exec(word);
    const unit = UNITS.get((match?.[2] ?? '').toLowerCase());
    return match && unit !== undefined ? Math.floor((Number(match[1]) * unit) / 8) >>> 0 : { failure: `could not parse rate "${word}"`, hint: 'write it like 5kbit or 10KBps' };
  },
  print: (value) => printBits((value ?? 0) * 8),
};

const packets: ValueKind<number | null> = {
  placeholder: '[packets]',
  words: 1,
  optionalWords: true,
  parse: ([word]) => {
    if (word === undefined) return null;
    const value = parseInteger(word);
    return value !== null && value <= 0xffffffff ? value : { failure: `could not parse pps "${word}"`, hint: 'give a number of packets per second' };
  },
  print: (value) => String(value ?? 0),
};

function printBits(bits: number): string {
  const whole = (value: number): string => value.toFixed(0);
  return bits >= 1e9 ? `${whole(bits / 1e6)}Mbit` : bits >= 1e6 ? `${whole(bits / 1e3)}Kbit` : `${whole(bits)}bit`;
}

const options = {
  delta: option({ name: '--rateest-delta', value: flag, help: 'compare what the rates are above the numbers given' }),
  first: option({ name: '--rateest1', aliases: ['--rateest'], value: name, help: 'the estimator' }),
  bps1: option({ name: '--rateest-bps1', value: bytes, help: 'bits per second taken off the first rate' }),
  pps1: option({ name: '--rateest-pps1', value: packets, help: 'packets per second taken off the first rate' }),
  lt: option({ name: '--rateest-lt', value: flag, invertible: true, help: 'its rate is less' }),
  gt: option({ name: '--rateest-gt', value: flag, invertible: true, help: 'its rate is greater' }),
  eq: option({ name: '--rateest-eq', value: flag, invertible: true, help: 'its rate is equal' }),
  bps2: option({ name: '--rateest-bps2', aliases: ['--rateest-bps'], value: bytes, help: 'bits per second to compare with' }),
  pps2: option({ name: '--rateest-pps2', aliases: ['--rateest-pps'], value: packets, help: 'packets per second to compare with' }),
  second: option({ name: '--rateest2', value: name, help: 'another estimator to compare with' }),
};

type Uses = OptionUses<typeof options>;

type Mode = 'lt' | 'gt' | 'eq';

/** The last of several counts, and one "!" inverts it whatever it stood before. */
function comparisonOf({ lt, gt, eq }: Uses): { readonly mode: Mode; readonly inverted: boolean } | null {
  const given = Object.entries({ lt, gt, eq }).filter((entry): entry is [Mode, OptionUse<true>] => entry[1] !== undefined);
  const last = given.sort(([, a], [, b]) => a.span.column - b.span.column).at(-1);
  return last ? { mode: last[0], inverted: given.some(([, { negated }]) => negated) } : null;
}

function modeOf(uses: Uses): string | null {
  const found = comparisonOf(uses);
  return found && `${found.inverted ? '! ' : ''}--rateest-${found.mode}`;
}

function print(uses: Uses): string {
  const { delta, first, second, bps1, bps2, pps1, pps2 } = uses;
  const mode = modeOf(uses) ?? '';
  const rates = (unit: string, low: string, high: string): string[] =>
    delta ? [`--rateest-${unit}1 ${low}`, mode, `--rateest-${unit}2 ${high}`] : [mode, second ? `--rateest-${unit}` : `--rateest-${unit} ${high}`];
  return [
    ...(delta ? ['--rateest-delta'] : []),
    `${second ? '--rateest1' : '--rateest'} ${first?.value ?? ''}`,
    ...(bps1 || bps2 ? rates('bps', bytes.print(bps1?.value ?? 0, NOWHERE), bytes.print(bps2?.value ?? 0, NOWHERE)) : []),
    ...(pps1 || pps2 ? rates('pps', String(pps1?.value ?? 0), String(pps2?.value ?? 0)) : []),
    ...(second ? [`--rateest2 ${second.value}`] : []),
  ].join(' ');
}
const NOWHERE = { family: 'ipv4', table: '', chain: '', protocol: null } as const;

export const rateest = defineMatch({
  name: 'rateest',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) rateest; Linux 6.18 net/netfilter/xt_rateest.c',
  notModelled: 'rates are not measured: the scenario says them ("rates")',
  print,
  check(uses) {
    const findings: Finding[] = [];
    const { first, bps1, bps2, pps1, pps2 } = uses;
    if (!first)
      findings.push({ severity: 'error', code: 'missing-option', message: 'rateest names no estimator', hint: 'give --rateest NAME, which a rule with -j RATEEST feeds' });
    if (!bps1 && !bps2 && !pps1 && !pps2)
      findings.push({ severity: 'error', code: 'missing-option', message: 'rateest compares nothing', hint: 'give --rateest-bps or --rateest-pps' });
    if (modeOf(uses) === null)
      findings.push({ severity: 'error', code: 'missing-option', message: 'rateest does not say how to compare', hint: 'give --rateest-lt, --rateest-gt or --rateest-eq' });
    return findings;
  },
  compile(uses) {
    const comparison = comparisonOf(uses);
    if (!comparison) return [];
    const names = [uses.first?.value ?? '', ...(uses.second ? [uses.second.value] : [])];
    const asked: readonly Unit[] = [...(uses.bps1 || uses.bps2 ? (['bytes'] as const) : []), ...(uses.pps1 || uses.pps2 ? (['packets'] as const) : [])];
    const number = (unit: Unit, side: 1 | 2): number => (unit === 'bytes' ? (side === 1 ? uses.bps1 : uses.bps2) : side === 1 ? uses.pps1 : uses.pps2)?.value ?? 0;
    /** What stands on a side: a rate, or with --rateest-delta what of the number is above it; null: not known. */
    const sideOf = (unit: Unit, side: 1 | 2, now: EvalContext): number | null => {
      const name = names[side - 1];
      if (name === undefined) return number(unit, side);
      const rate = now.rate(name)[unit];
      return rate === null ? null : uses.delta ? Math.max(0, number(unit, side) - rate) : rate;
    };
    const compare = (unit: Unit, now: EvalContext): Tri => {
      const [left, right] = [sideOf(unit, 1, now), sideOf(unit, 2, now)];
      if (left === null || right === null) return UNKNOWN;
      const holds = comparison.mode === 'lt' ? left < right : comparison.mode === 'gt' ? left > right : left === right;
      return holds ? TRUE : FALSE;
    };
    return [
      {
        text: `-m rateest ${print(uses)}`,
        negated: comparison.inverted,
        any: [
          {
            op: 'opaque',
            name: 'rateest',
            operand: { names, units: asked, mode: comparison.mode, delta: uses.delta !== undefined },
            wanted: asked.map((unit) => (uses.second ? THAN_OTHER[comparison.mode] : thanText(comparison.mode, textOf(unit, number(unit, 2))))).join(', '),
            reads: [],
            holds: (_skb, now) => Math.min(...asked.map((unit) => compare(unit, now))) as Tri,
            saw(_skb, now) {
              const unknown = names.find((name) => asked.some((unit) => now.rate(name)[unit] === null));
              if (unknown !== undefined) return `the rate that "${unknown}" measures is not known ("rates" of the environment)`;
              return names.map((name) => `the rate of ${name} is ${asked.map((unit) => textOf(unit, now.rate(name)[unit] ?? 0)).join(', ')}`).join(', ');
            },
          },
        ],
      },
    ];
  },
});

type Unit = 'bytes' | 'packets';
const THAN_OTHER: Readonly<Record<Mode, string>> = { lt: 'less than the other', gt: 'more than the other', eq: 'as much as the other' };
const thanText = (mode: Mode, text: string): string => (mode === 'lt' ? `less than ${text}` : mode === 'gt' ? `more than ${text}` : `just as much as ${text}`);
const textOf = (unit: Unit, value: number): string => (unit === 'bytes' ? printBits(value * 8) : `${value} packets per second`);
