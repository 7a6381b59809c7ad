/** Value kinds for numbers, ranges of numbers and lists of names, read as libxtables/xtoptions.c of iptables 1.8.9 reads them. */

import type { OptionUse, ValueKind } from '../model/option.ts';
import { parseInteger, type PortRange } from './option.ts';
import { servicePort } from '../net/services.ts';

export type NumberRange = readonly [number, number];

export const printRange = ([low, high]: NumberRange): string => (low === high ? String(low) : `${low}:${high}`);

/** `n` or `[low]:[high]` of 0 to `max` (xtopt_parse_mint). 1.8.9 takes an inverted range, which never matches. */
export function numberRange(max: number, placeholder = 'number[:number]', readBound = parseInteger, what = 'number'): ValueKind<NumberRange> {
  return {
    placeholder,
    words: 1,
    parse: (words) => {
      const word = words[0] ?? '';
      const only = word.includes(':') ? null : readBound(word);
      if (only !== null && only <= max && word !== '') return [only, only];
      const parts = word.split(':');
      if (parts.length > 2) return { failure: `too many components in "${word}"`, hint: 'give one number or low:high' };
      const bounds = parts.map((part, i) => (part === '' ? i * max : readBound(part)));
      const bad = bounds.findIndex((bound) => bound === null || bound > max);
      if (bad >= 0) return { failure: `"${parts[bad]}" is not a ${what} from 0 to ${max}`, hint: `give one ${what} or low:high` };
      const low = bounds[0] as number;
      return [low, bounds.length > 1 ? (bounds[1] as number) : low];
    },
    print: printRange,
  };
}

/** A service by number, as getaddrinfo(3) has it: strtoul(3) of base 10, kept in an int; or by its name, of any protocol. */
export function resolvedPort(word: string): number | null {
  const plain = /^[1-9]/.test(word) ? parseInteger(word) : null;
  if (plain !== null && plain <= 0xffff) return plain;
  const [, sign, digits] = /^\s*([-+]?)(\d+)$/.exec(word) ?? [];
  if (digits === undefined) return servicePort(word, null);
  const value = BigInt(digits);
  const number = Number(BigInt.asIntN(32, value > UINT64_MAX ? UINT64_MAX : sign === '-' ? -value : value));
  return number < 0 ? null : number & 0xffff;
}

/**
 * `port[:port]` as getaddrinfo(3) reads it for XTTYPE_PORTRC (udp, dccp, conntrack): decimal even with a leading zero,
 * above 65535 modulo 65536; or the name of a service of any protocol.
 */
export const resolvedPorts: ValueKind<PortRange> = numberRange(65535, 'port[:port]', resolvedPort, 'port or service name');

/** strtoull(3) of base 0 up to 2^64 - 1; null if it is not one. */
export function parseUint64(given: string): bigint | null {
  const text = given.replace(/^[ \t\n\v\f\r]*\+?/, '');
  if (!/^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(text)) return null;
  const value = /^0[0-7]/.test(text) ? BigInt(`0o${text.slice(1)}`) : BigInt(text);
  return value <= UINT64_MAX ? value : null;
}

/** iptables-nft says "not from 0 to n" as "from n + 1". */
export function nftPorts(use: OptionUse<PortRange> | undefined): OptionUse<PortRange> | undefined {
  if (!use?.negated) return use;
  const [low, high] = use.value;
  return low === 0 && high > 0 && high < 65535 ? { ...use, negated: false, value: [high + 1, 65535] } : use;
}

export const UINT64_MAX = 0xffffffffffffffffn;

/** strtoul(3) of base 10 with whatever sign, of which the last `bits` are kept; beyond 64 bits it is the largest number. Nothing is 0. */
export function wrappedDecimal(text: string, bits: number): number {
  const [, sign, digits = ''] = /^\s*([-+]?)(\d*)$/.exec(text) ?? [];
  const value = BigInt(digits);
  return Number(BigInt.asUintN(bits, value > UINT64_MAX ? UINT64_MAX : sign === '-' ? -value : value));
}

/** What strtod(3) reads, with binary fractions and infinity, and what stands behind it; null if it reads nothing. */
export function scanDouble(text: string): { readonly value: number; readonly rest: string } | null {
  const [, sign = '', digits = '', rest = ''] =
    /^\s*([-+]?)(0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[-+]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|nan)(.*)$/is.exec(text) ?? [];
  if (digits === '') return null;
  const value = /^0x/i.test(digits) ? hexDouble(digits) : /^i/i.test(digits) ? Number.POSITIVE_INFINITY : Number(/^n/i.test(digits) ? Number.NaN : digits);
  return { value: sign === '-' ? -value : value, rest };
}

function hexDouble(text: string): number {
  const [mantissa = '', exponent = '0'] = text.slice(2).split(/p/i);
  const [whole = '', fraction = ''] = mantissa.split('.');
  return Number.parseInt(`${whole}${fraction}`, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
}

/** strtoul(3) of base 0 with whatever sign, as a signed number of 32 bits, which is what some options keep of it; null if it is no number. */
export function parseInt32(text: string): number | null {
  const [, sign, digits = ''] = /^\s*([-+]?)(.*)$/s.exec(text) ?? [];
  const value = /^\d/.test(digits) ? parseUint64(digits) : null;
  return value === null ? null : Number(BigInt.asIntN(32, sign === '-' ? -value : value));
}

interface NameListOptions {
  /** Names in the order iptables tries them, with their bits. */
  readonly names: readonly (readonly [string, number])[];
  /** Names in the order they are printed; the order tried if absent. */
  readonly printed?: readonly string[];
  /** A word may be cut short: the first name that begins with it counts (strncasecmp). */
  readonly abbreviations: boolean;
  readonly ignoreCase: boolean;
  /** Printed when no bit is set. */
  readonly none?: string;
  /** What a word is called in messages: `state`. */
  readonly what: string;
}

/** A comma-separated list of names as a set of bits. */
export function nameList({ names, printed, abbreviations, ignoreCase, none, what }: NameListOptions): ValueKind<number> {
  const order = printed ?? names.map(([name]) => name);
  const bits = new Map(names);
  const fold = (text: string) => (ignoreCase ? text.toUpperCase() : text);
  return {
    placeholder: `${what}[,…]`,
    words: 1,
    choices: names.map(([name]) => name),
    parse: (words) => {
      const word = words[0] ?? '';
      let value = 0;
      for (const part of word.split(',')) {
        const folded = fold(part);
        const found = folded === '' ? undefined : names.find(([name]) => (abbreviations ? fold(name).startsWith(folded) : fold(name) === folded));
        if (!found) return { failure: `bad ${what} "${part}"`, hint: `${what}s are ${names.map(([name]) => name).join(', ')}; commas without blanks` };
        value |= found[1];
      }
      return value;
    },
    print: (value) => order.filter((name) => (value & (bits.get(name) ?? 0)) !== 0).join(',') || (none ?? ''),
  };
}
