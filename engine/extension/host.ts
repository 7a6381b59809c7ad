/** Value kinds for single hosts with a mask, read through getaddrinfo(3) as xtopt_parse_hostmask does, which keeps host bits. */

import { isFailure, type ValueKind } from '../model/option.ts';
import type { Test } from '../model/test.ts';
import type { Field } from '../model/field.ts';
import { ADDRESS_BITS, formatAddress, maskLength, maskWords, parseIpv6, type Family, type Words } from '../net/address.ts';
import { familyName, parseInteger } from './option.ts';

export interface HostMask {
  readonly words: Words;
  readonly length: number;
}

/** inet_aton(3): one to four numbers, the last of which fills the rest. -1 if it is not one. */
function parseInetAton(text: string): number {
  const parts = text.split('.').map((part) => (/^\d/.test(part) ? parseInteger(part) : null));
  const last = parts.pop();
  if (parts.length > 3 || last === null || last === undefined || parts.some((part) => part === null || part > 255)) return -1;
  const room = 256 ** (4 - parts.length);
  return last >= room ? -1 : parts.reduce<number>((sum, part, i) => sum + (part as number) * 256 ** (3 - i), 0) + last;
}

/** Words of a host of the family, or null; names are not resolved. */
export function parseHost(text: string, family: Family): Words | null {
  if (family === 'ipv6' || text.includes(':')) {
    // A zone of the address, by number, is passed over; by a link's name it needs that link.
    const [, address = text, zone = ''] = /^(.*)%(\d+)$/.exec(text) ?? [];
    const words = Number(zone) <= 0xffffffff ? parseIpv6(address) : null;
    if (family === 'ipv6' || words === null) return words;
    return words[0] === 0 && words[1] === 0 && words[2] === 0xffff ? [words[3] as number] : null;
  }
  const word = parseInetAton(text);
  return word < 0 ? null : [word];
}

/**
 * Length of a mask given as a number or written out, as xtopt_parse_plenmask() reads it; null if it is neither. A mask with
 * holes counts as full in 1.8.9. So does, for IPv4, a number that is no length: getaddrinfo(3) takes it for an address.
 */
function parseMaskLength(text: string, family: Family): number | null {
  const length = parseInteger(text);
  if (length !== null && length <= ADDRESS_BITS[family]) return length;
  const mask = parseHost(text, family);
  return mask && (maskLength(mask) ?? ADDRESS_BITS[family]);
}

/** A prefix length or a mask written out. */
export const networkMask: ValueKind<number> = {
  placeholder: 'length|mask',
  words: 1,
  parse: ([word = ''], { family }) =>
    parseMaskLength(word, family) ?? { failure: `"${word}" is neither a network mask nor a prefix length`, hint: `give a length from 0 to ${ADDRESS_BITS[family]} or a mask` },
  print: String,
};

/** The same where the length itself is what counts, so one that is too large is refused. */
export const prefixLength: ValueKind<number> = {
  ...networkMask,
  parse: (words, context) => {
    const length = parseInteger(words[0] ?? '');
    return length !== null && length > ADDRESS_BITS[context.family]
      ? { failure: `prefix length ${length} is too long`, hint: `give a length from 0 to ${ADDRESS_BITS[context.family]} or a mask` }
      : networkMask.parse(words, context);
  },
};

export const host: ValueKind<Words> = {
  placeholder: 'address',
  words: 1,
  parse: ([word = ''], { family }) => parseHost(word, family) ?? { failure: `"${word}" is not an ${familyName(family)} address`, hint: 'names are not resolved: give an address' },
  print: (words, { family }) => formatAddress(family, words),
};

/** `address[/mask]`; unlike `-s`, host bits stay as written and a full mask is not printed. */
export const hostMask: ValueKind<HostMask> = {
  placeholder: 'address[/mask]',
  words: 1,
  parse: ([word = ''], context) => {
    const slash = word.indexOf('/');
    const words = host.parse([slash < 0 ? word : word.slice(0, slash)], context);
    if (isFailure(words)) return words;
    const length = slash < 0 ? ADDRESS_BITS[context.family] : networkMask.parse([word.slice(slash + 1)], context);
    return isFailure(length) ? length : { words, length };
  },
  print: ({ words, length }, { family }) => `${formatAddress(family, words)}${length === ADDRESS_BITS[family] ? '' : `/${length}`}`,
};

/** `(address & mask) == (host & mask)`. */
export function inHostMask(field: Field, { words, length }: HostMask, family: Family): Test {
  const mask = maskWords(family, length);
  return { op: 'prefix', field, mask, value: words.map((word, i) => (word & (mask[i] as number)) >>> 0) };
}
