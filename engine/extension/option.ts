/** Value kinds shared by extensions: how words become values and values become canonical words. */

import { isFailure, type OptionContext, type OptionSpec, type ValueFailure, type ValueKind } from '../model/option.ts';
import type { Family } from '../net/address.ts';
import { servicePort } from '../net/services.ts';

/** Gives an option spec its value type. */
export function option<V>(spec: OptionSpec<V>): OptionSpec<V> {
  return spec;
}

/** What strtoul(3) passes over. */
const LEAD = /^[ \t\n\v\f\r]*\+?/;

/** strtoul(3) with base 0, as xtables_strtoui reads: decimal, 0x hex, leading-0 octal. Null if it is not a whole number. */
export function parseInteger(text: string): number | null {
  const plain = plainInteger(text);
  if (plain >= 0) return plain;
  const bare = text.replace(LEAD, '');
  if (bare !== text) return /^\d/.test(bare) ? parseInteger(bare) : null;
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  if (/^(0|[1-9]\d*)$/.test(text)) return Number(text);
  return null;
}

/** Decimal digits without a leading 0, or hexadecimal ones behind `0x`, as nearly all numbers are written; -1 for anything else. */
function plainInteger(text: string): number {
  const { length } = text;
  if (length === 0 || length > 15) return -1;
  if (length > 1 && text.charCodeAt(0) === 48) return length > 2 && text.charCodeAt(1) === 120 ? plainHex(text) : -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function plainHex(text: string): number {
  let value = 0;
  for (let i = 2; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 32;
    const digit = code >= 48 && code <= 57 ? code - 48 : letter >= 97 && letter <= 102 ? letter - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** A flag: no words. */
export const flag: ValueKind<true> = { placeholder: '', words: 0, parse: () => true, print: () => '' };

export function integer(low: number, high: number, placeholder = 'value', print: (value: number) => string = String): ValueKind<number> {
  return {
    placeholder,
    words: 1,
    parse: (words) => {
      const word = words[0] ?? '';
      const value = parseInteger(word);
      if (value === null) return { failure: `"${word}" is not a number`, hint: `give a number from ${low} to ${high}` };
      if (value < low || value > high) return { failure: `"${word}" is out of range`, hint: `give a number from ${low} to ${high}` };
      return value;
    },
    print,
  };
}

/** Any text, quoted on print where needed. */
export function text(placeholder: string, maxLength?: number): ValueKind<string> {
  return {
    placeholder,
    words: 1,
    parse: (words) => {
      const word = words[0] ?? '';
      return maxLength !== undefined && word.length > maxLength ? { failure: `"${word}" is longer than ${maxLength} characters` } : word;
    },
    print: quoteWord,
  };
}

export function choice<const C extends readonly string[]>(placeholder: string, choices: C): ValueKind<C[number]> {
  return {
    placeholder,
    words: 1,
    choices,
    parse: (words) => {
      const word = words[0] ?? '';
      return choices.includes(word) ? (word as C[number]) : { failure: `"${word}" is not one of ${choices.join(', ')}` };
    },
    print: (value) => value,
  };
}

/** xtables_save_string: bare if all characters are letters, digits, `_` or `-`; else quoted, with `"` `'` `\` escaped. */
export function quoteWord(value: string): string {
  if (value !== '' && /^[A-Za-z0-9_-]+$/.test(value)) return value;
  return `"${value.replace(/["'\\]/g, '\\$&')}"`;
}

export interface MaskedValue {
  readonly value: number;
  readonly mask: number;
}

export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** `value[/mask]` of 32 bits, printed in hex, the full mask hidden (mark, connmark). */
export const maskedMark: ValueKind<MaskedValue> = {
  placeholder: 'value[/mask]',
  words: 1,
  parse: (words) => {
    const word = words[0] ?? '';
    const slash = word.indexOf('/');
    const value = parseInteger(slash < 0 ? word : word.slice(0, slash));
    // What holds another slash is no number.
    const mask = slash < 0 ? 0xffffffff : parseInteger(word.slice(slash + 1));
    if (value === null || mask === null || value > 0xffffffff || mask > 0xffffffff)
      return { failure: `"${word}" is not value[/mask] of 32 bits`, hint: 'write it like 0x4000/0x4000' };
    return { value, mask };
  },
  print: ({ value, mask }) => (mask === 0xffffffff ? hex(value) : `${hex(value)}/${hex(mask)}`),
};

/** A port by number (decimal, 0x hex, leading-0 octal) or by service name; -1 if it is neither (xtables_parse_port). */
function parsePort(word: string, context: OptionContext): number {
  const value = parseInteger(word);
  if (value !== null) return value <= 65535 ? value : -1;
  return servicePort(word, context.protocol) ?? -1;
}

function portFailure(word: string): ValueFailure {
  return { failure: `invalid port/service "${word}"`, hint: 'give a port from 0 to 65535 or a service name' };
}

export type PortRange = readonly [number, number];

/** `port[:port]`, either side may be missing, as tcp and sctp read it (udp and others: `resolvedPorts` of range.ts). */
export const portRange: ValueKind<PortRange> = {
  placeholder: 'port[:port]',
  words: 1,
  parse: (words, context) => {
    const word = words[0] ?? '';
    const colon = word.indexOf(':');
    const first = colon < 0 ? word : word.slice(0, colon);
    const second = colon < 0 ? undefined : word.slice(colon + 1);
    if (second?.includes(':')) return portFailure(word);
    const low = first === '' && second !== undefined ? 0 : parsePort(first, context);
    if (low < 0) return portFailure(first);
    if (second === undefined) return [low, low];
    const high = second === '' ? 65535 : parsePort(second, context);
    if (high < 0) return portFailure(second);
    return low > high ? { failure: 'invalid port range (min > max)', hint: 'write the lower port first' } : [low, high];
  },
  print: ([low, high]) => (low === high ? String(low) : `${low}:${high}`),
};

export function familyName(family: Family): string {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

export { isFailure };
