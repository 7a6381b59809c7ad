/** `create` lines: read, print, and work out what they say about entries. */

import { isFailure, type ValueFailure } from '../../model/option.ts';
import { formatIpv4, maskWords, parseAddress, parseIpv4, type Family, type Words } from '../../net/address.ts';
import { utf8Length } from '../../net/utf8.ts';
import type { CreateOption, Part, SetHeader, SetLayout, SetType } from './settype.ts';

/** A bitmap holds at most this many elements (IPSET_BITMAP_MAX_RANGE + 1). */
const BITMAP_SIZE = 65536;

/**
 * Reads the words after `create NAME TYPE`. Options that `ipset save` would print and that are not given get their
 * default. `word` of a failure counts from 0 in `words`.
 */
export function parseCreate(type: SetType, name: string, words: readonly string[]): SetHeader | ValueFailure {
  if (utf8Length(name) > 31) return { failure: `setname "${name}" is longer than 31 characters` };
  const given = new Map<string, string>();
  let family: Family | null = type.families[0] ?? null;
  for (let i = 0; i < words.length; i++) {
    const at = i;
    const word = words[i] as string;
    if (word === 'from' && type.createOptions.some(({ name }) => name === 'range') && words[i + 2] === 'to') {
      const failure = take(type.createOptions.find(({ name }) => name === 'range') as CreateOption, `${words[i + 1]}-${words[i + 3] ?? ''}`, family, given);
      if (failure) return { ...failure, word: at };
      i += 3;
      continue;
    }
    const short = word === '-4' || word === '-6';
    const option = type.createOptions.find((candidate) => candidate.name === (short ? 'family' : word));
    if (!option)
      return {
        failure: `unknown argument "${word}"`,
        word: at,
        hint: `${type.name} takes ${type.createOptions
          .filter((o) => !o.silent)
          .map((o) => o.name)
          .join(', ')}`,
      };
    if (option.parse && !short && ++i >= words.length) return { failure: `missing value of "${word}"`, word: at, hint: `write ${word} ${option.placeholder}` };
    const failure = take(option, short ? word : (words[i] as string), family, given);
    if (failure) return { ...failure, word: i };
    if (option.name === 'family') family = given.get('family') === 'inet6' ? 'ipv6' : 'ipv4';
  }
  for (const option of type.createOptions) {
    if (given.has(option.name)) continue;
    if (option.required) return { failure: `mandatory option "${option.name}" is missing`, hint: `add ${option.name} ${option.placeholder}` };
    if (option.default !== undefined) given.set(option.name, option.default);
  }
  if (given.has('netmask') && given.has('bitmask')) return { failure: 'bitmask and netmask are mutually exclusive', hint: 'keep one of them' };
  const range = given.get('range');
  if (type.method === 'bitmap' && given.has('netmask') && range) given.set('range', wholeBlocks(range, Number(given.get('netmask'))));
  const options = type.createOptions.flatMap(({ name: key }) => (given.has(key) ? [[key, given.get(key) as string] as const] : []));
  const header: SetHeader = { name, type: type.name, family: type.families.length > 1 ? family : null, options };
  const layout = setLayout(type, header);
  return isFailure(layout) ? layout : header;
}

function take(option: CreateOption, text: string, family: Family | null, given: Map<string, string>): ValueFailure | null {
  const value = option.parse ? option.parse(text, family) : '';
  if (isFailure(value)) return value;
  // A word without a value may stand again.
  if (option.parse && given.has(option.name)) return { failure: `"${option.name}" already specified`, hint: 'give it once' };
  given.set(option.name, value);
  return null;
}

/** The `create` line as `ipset save` prints it. An `initval` that was not given is left out: the kernel draws one. */
export function printCreate(type: SetType, header: SetHeader): string {
  const values = new Map(header.options);
  const parts = ['create', header.name, type.name];
  for (const option of type.createOptions) {
    const value = values.get(option.name);
    if (value === undefined || option.silent || (option.name === 'netmask' && value === fullLength(header.family))) continue;
    parts.push(option.name);
    if (option.parse) parts.push(value);
  }
  return parts.join(' ');
}

/** Works out where parts lie in an entry and what the options ask of entries. */
export function setLayout(type: SetType, header: SetHeader): SetLayout | ValueFailure {
  const values = new Map(header.options);
  const family = header.family ?? (type.families.length === 1 ? 'ipv4' : null);
  const addressWords = family === 'ipv6' ? 4 : 1;
  const offsets: number[] = [];
  let width = 0;
  for (const part of type.parts) {
    offsets.push(width);
    width += partWords(part, addressWords);
  }
  const optionalMac = type.parts.findIndex((part) => part.kind === 'mac' && part.optional);
  const netInterface = type.parts.findIndex((part) => part.kind === 'interface');
  const keyWords = optionalMac >= 0 ? (offsets[optionalMac] as number) : width;
  const number = (name: string): number | null => (values.has(name) ? Number(values.get(name)) : null);
  const netmask = number('netmask');
  const effective = family && netmask !== null && String(netmask) !== fullLength(family) ? netmask : null;
  const range = bitmapRange(values.get('range'));
  if (range && type.method === 'bitmap') {
    const [low, high] = range;
    const around = effective === null ? null : prefixAround(low, high);
    if (effective !== null && (around === null || effective <= around))
      return { failure: `no network of shorter prefix than /${effective} begins where the range does and holds it`, hint: 'give the range as address/prefix' };
    const elements = effective === null || around === null ? high - low + 1 : 2 ** (effective - around);
    if (elements > BITMAP_SIZE) return { failure: 'the range exceeds the size limit of the set type', hint: `${BITMAP_SIZE} elements fit` };
  }
  return {
    header,
    type,
    family,
    width,
    offsets,
    hashWords: netInterface >= 0 ? (offsets[netInterface] as number) : keyWords,
    keyWords,
    mask: effective !== null && family ? maskWords(family, effective) : bitmask(values.get('bitmask')),
    netmask: effective,
    markMask: number('markmask') ?? 0xffffffff,
    range,
    maxElements: type.method === 'hash' ? (number('maxelem') ?? 65536) : Number.MAX_SAFE_INTEGER,
    timeout: number('timeout'),
    counters: values.has('counters'),
    comment: values.has('comment'),
    skbinfo: values.has('skbinfo'),
    forceadd: values.has('forceadd'),
  };
}

function partWords(part: Part, addressWords: number): number {
  if (part.kind === 'address') return addressWords;
  if (part.kind === 'net') return addressWords + 1;
  return part.kind === 'mac' ? 2 : 1;
}

function fullLength(family: Family | null): string {
  return family === 'ipv6' ? '128' : '32';
}

function bitmask(text: string | undefined): Words | null {
  return text === undefined ? null : (parseAddress(text)?.words ?? null);
}

/** The range widened to whole blocks of a prefix length, as bitmap_ip_create() does. */
function wholeBlocks(range: string, length: number): string {
  const [low, high] = bitmapRange(range) ?? [0, 0];
  const size = 2 ** (32 - length);
  return `${formatIpv4(low - (low % size))}-${formatIpv4(high - (high % size) + size - 1)}`;
}

/** Prefix length of the smallest network that begins at `low` and holds `high` (range_to_mask()); null if none does. */
function prefixAround(low: number, high: number): number | null {
  for (let bits = 31; bits > 0; bits--) if (Math.floor(high / 2 ** (32 - bits)) * 2 ** (32 - bits) === low) return bits;
  return low === 0 && high === 0xffffffff ? 0 : null;
}

function bitmapRange(text: string | undefined): readonly [number, number] | null {
  if (text === undefined) return null;
  const [low = '', high = ''] = text.split('-');
  return low.includes('.') ? [parseIpv4(low), parseIpv4(high)] : [Number(low), Number(high)];
}
