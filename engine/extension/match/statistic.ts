/**
 * statistic: a share of the packets, by chance or by counting.
 *
 * Source: iptables-extensions(8) "statistic"; Linux 6.18 net/netfilter/xt_statistic.c, statistic_mt(). Chance is a 31-bit
 * random number below `probability * 2^31`; what it turns out to be is the scenario's to say. Counting is per rule, and
 * a change of the table starts it again.
 */

import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type OpaqueTest, type Tri } from '../../model/test.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { choice, integer, option } from '../option.ts';
import { scanDouble } from '../range.ts';

const ONE = 0x80000000;

/** `%.11f` of `value / 2^31`, halves to even as printf(3) rounds. */
function printProbability(value: number): string {
  const scaled = BigInt(value) * 100000000000n;
  const [whole, rest, half] = [scaled / BigInt(ONE), scaled % BigInt(ONE), BigInt(ONE) / 2n];
  const rounded = rest > half || (rest === half && whole % 2n === 1n) ? whole + 1n : whole;
  const digits = String(rounded).padStart(12, '0');
  return `${digits.slice(0, -11)}.${digits.slice(-11)}`;
}

/** Kept in steps of 2^-31. */
const probability: ValueKind<number> = {
  placeholder: 'probability',
  words: 1,
  parse: ([word = '']) => {
    const scanned = scanDouble(word);
    if (scanned?.rest !== '' || scanned.value < 0 || scanned.value > 1) return { failure: `"${word}" is not a probability`, hint: 'give a number from 0 to 1' };
    // What is no number is in no range either, and lround(3) of it keeps no bit.
    return Number.isNaN(scanned.value) ? 0 : Math.round(scanned.value * ONE);
  },
  print: printProbability,
};

const options = {
  mode: option({ name: '--mode', value: choice('random|nth', ['random', 'nth']), required: true, help: 'by chance or by counting' }),
  probability: option({ name: '--probability', value: probability, invertible: true, excludes: ['every', 'packet'], help: 'chance of a packet, 0 to 1' }),
  every: option({ name: '--every', value: integer(1, 0xffffffff, 'n'), invertible: true, excludes: ['probability'], help: 'one of every n packets' }),
  packet: option({ name: '--packet', value: integer(0, 0xffffffff, 'p'), excludes: ['probability'], help: 'which of the n, from 0' }),
};

function byChance(threshold: number): OpaqueTest {
  const chance = String(threshold / ONE);
  const decide = (drawn: unknown): Tri => {
    if (threshold === 0) return FALSE;
    if (threshold >= ONE) return TRUE;
    if (typeof drawn === 'boolean') return drawn ? TRUE : FALSE;
    if (typeof drawn === 'number') return drawn < threshold / ONE ? TRUE : FALSE;
    return UNKNOWN;
  };
  return {
    op: 'opaque',
    name: 'statistic',
    operand: { mode: 'random', probability: threshold / ONE },
    wanted: 'a hit',
    reads: [],
    // A step although it keeps nothing: what the scenario draws for this packet is known only while the packet is there.
    step: (_skb, context) => ({ holds: decide(context.choice('statistic')), state: null }),
    saw: (_skb, context) => {
      const drawn = context.choice('statistic');
      if (threshold === 0 || threshold >= ONE) return `probability ${chance}`;
      if (typeof drawn === 'boolean') return `${drawn ? 'a hit' : 'no hit'}, as the scenario says`;
      if (typeof drawn === 'number') return `${drawn}, as the scenario says`;
      return `left to chance (probability ${chance})`;
    },
  };
}

function byCounting(every: number, packet: number): OpaqueTest {
  /** Null: the rule has met no packet yet. */
  const counted = (state: unknown): number => (state as number | null) ?? every - 1 - packet;
  return {
    op: 'opaque',
    name: 'statistic',
    operand: { mode: 'nth', every, packet },
    wanted: `the one of every ${every}`,
    reads: [],
    initial: null,
    step(_skb, _context, state) {
      const next = counted(state) === every - 1 ? 0 : counted(state) + 1;
      return { holds: next === 0 ? TRUE : FALSE, state: next };
    },
    saw: (_skb, _context, state) => {
      const left = every - 1 - counted(state);
      return left === 0 ? `the packet's turn, one of ${every}` : `${left} more to go before the next of ${every}`;
    },
    asLoaded: (_skb, _context, state) => state === null,
  };
}

export const statistic = defineMatch({
  name: 'statistic',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) statistic; Linux 6.18 net/netfilter/xt_statistic.c',
  check({ mode, probability: random, every, packet }) {
    if (mode?.value === 'random' && !random)
      return [{ severity: 'error', code: 'missing-option', message: '--probability must be specified when using random mode', hint: 'add --probability 0.5' }];
    if (mode?.value === 'nth' && (!every || !packet))
      return [{ severity: 'error', code: 'missing-option', message: '--every and --packet must be specified when using nth mode', hint: 'add --every 3 --packet 0' }];
    if (every && packet && packet.value >= every.value)
      return [{ severity: 'error', code: 'bad-value', option: 'packet', message: 'the --packet p must be 0 <= p <= n-1', hint: `give a number from 0 to ${every.value - 1}` }];
    return [];
  },
  compile(uses, context) {
    const { mode, probability: random, every, packet } = uses;
    const text = `-m statistic ${printOptions(options, uses, context)}`;
    if (mode?.value === 'random' && random) return [{ text, negated: random.negated, any: [byChance(random.value)] }];
    if (mode?.value === 'nth' && every) return [{ text, negated: every.negated, any: [byCounting(every.value, packet?.value ?? 0)] }];
    return [];
  },
});
