/** Create options that several set types share. Source: ipset(8) 7.17 "GENERIC CREATE AND ADD OPTIONS"; defaults and rounding as Linux 6.18 saves them. */

import type { ValueFailure } from '../../model/option.ts';
import { ADDRESS_BITS, formatAddress, parseAddress } from '../../net/address.ts';
import { parseInteger } from '../option.ts';
import type { CreateOption } from './settype.ts';

/** Largest timeout in seconds: milliseconds have to fit in 31 bits. */
export const MAX_TIMEOUT = 2147483;

export function wholeNumber(text: string, low: number, high: number): number | ValueFailure {
  const value = parseInteger(text);
  if (value === null) return { failure: `"${text}" is invalid as number`, hint: `give a number from ${low} to ${high}` };
  return value < low || value > high ? { failure: `"${text}" is out of range ${low}-${high}` } : value;
}

function number(low: number, high: number, store: (value: number) => number = (value) => value) {
  return (text: string): string | ValueFailure => {
    const value = wholeNumber(text, low, high);
    return typeof value === 'number' ? String(store(value)) : value;
  };
}

/** The kernel keeps a power of two, 64 at least. */
const hashSize = (value: number): number => Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(1, value))));
/** An even number from 2 to 12; more is taken as 12. */
const bucketSize = (value: number): number => Math.min(12, Math.max(2, value + (value % 2)));

const FAMILIES: ReadonlyMap<string, string> = new Map([
  ['inet', 'inet'],
  ['ipv4', 'inet'],
  ['-4', 'inet'],
  ['inet6', 'inet6'],
  ['ipv6', 'inet6'],
  ['-6', 'inet6'],
]);

const flag = (name: string): CreateOption => ({ name, placeholder: '' });

export const CREATE = {
  family: {
    name: 'family',
    placeholder: 'inet|inet6',
    default: 'inet',
    parse: (text) => FAMILIES.get(text.toLowerCase()) ?? { failure: `unknown family "${text}"`, hint: 'write inet or inet6' },
  },
  hashsize: { name: 'hashsize', placeholder: 'number', default: '1024', parse: number(0, 0xffffffff, hashSize) },
  maxelem: { name: 'maxelem', placeholder: 'number', default: '65536', parse: number(0, 0xffffffff) },
  netmask: {
    name: 'netmask',
    placeholder: 'prefix length',
    parse: (text, family) => {
      const value = wholeNumber(text, 1, ADDRESS_BITS[family ?? 'ipv4']);
      return typeof value === 'number' ? String(value) : value;
    },
  },
  bitmask: {
    name: 'bitmask',
    placeholder: 'address',
    parse: (text, family) => {
      const mask = parseAddress(text);
      if (!mask || mask.family !== (family ?? 'ipv4')) return { failure: `"${text}" is not a mask of the set's family` };
      return mask.words.every((word) => word === 0) ? { failure: `bitmask "${text}" has no bit set` } : formatAddress(mask.family, mask.words);
    },
  },
  markmask: {
    name: 'markmask',
    placeholder: 'mask',
    default: '0xffffffff',
    parse: (text) => {
      const value = wholeNumber(text, 1, 0xffffffff);
      return typeof value === 'number' ? `0x${value.toString(16).padStart(8, '0')}` : value;
    },
  },
  timeout: { name: 'timeout', placeholder: 'seconds', parse: number(0, MAX_TIMEOUT) },
  counters: flag('counters'),
  comment: flag('comment'),
  skbinfo: flag('skbinfo'),
  /** Taken, and not printed by ipset 7.17 on Linux 6.18. */
  forceadd: { name: 'forceadd', placeholder: '', silent: true },
  bucketsize: { name: 'bucketsize', placeholder: 'number', default: '12', parse: number(0, 255, bucketSize) },
  initval: {
    name: 'initval',
    placeholder: 'number',
    parse: (text) => {
      const value = wholeNumber(text, 0, 0xffffffff);
      return typeof value === 'number' ? `0x${value.toString(16).padStart(8, '0')}` : value;
    },
  },
  size: { name: 'size', placeholder: 'number', default: '8', parse: number(0, 0xffffffff, (value) => Math.max(4, value)) },
} as const satisfies Record<string, CreateOption>;

/** Options of old syntax that ipset 7.17 takes and ignores. */
const IGNORED: readonly CreateOption[] = ['probes', 'resize', 'gc'].map((name) => ({ name, placeholder: 'number', silent: true, parse: number(0, 0xffffffff) }));

const EXTENSIONS = [CREATE.timeout, CREATE.counters, CREATE.comment, CREATE.skbinfo] as const;

/** What every hash type takes, in the order saved; `before` and `after` are the type's own. */
export function hashOptions(own: { readonly family?: boolean; readonly before?: readonly CreateOption[]; readonly after?: readonly CreateOption[] } = {}): readonly CreateOption[] {
  return [
    ...(own.family === false ? [] : [CREATE.family]),
    CREATE.hashsize,
    CREATE.maxelem,
    ...(own.before ?? []),
    ...EXTENSIONS,
    CREATE.forceadd,
    CREATE.bucketsize,
    CREATE.initval,
    ...(own.after ?? []),
    ...IGNORED,
  ];
}

/** What every bitmap type takes after its range. */
export function bitmapOptions(range: CreateOption, ...own: readonly CreateOption[]): readonly CreateOption[] {
  return [range, ...own, ...EXTENSIONS];
}

export function listOptions(): readonly CreateOption[] {
  return [CREATE.size, ...EXTENSIONS];
}
