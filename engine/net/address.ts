/**
 * Addresses and prefixes as integers. An IPv4 address is one unsigned 32-bit word, an IPv6 address four, most
 * significant first; everything inside the engine computes on these words. Text goes in and out in canonical form
 * (RFC 5952 for IPv6). This is the parser for bulk input (sets, rules, packets); a test holds it against `ip-address`.
 */

export type Family = 'ipv4' | 'ipv6';

/** One word for IPv4, four for IPv6, each an unsigned 32-bit integer, most significant first. */
export type Words = readonly number[];

export interface Address {
  readonly family: Family;
  readonly words: Words;
}

/** An address with a mask. `length` is null for a mask that is not contiguous (`255.255.0.255`). */
export interface Prefix {
  readonly family: Family;
  /** Network words, host bits already cleared. */
  readonly words: Words;
  readonly mask: Words;
  readonly length: number | null;
}

export const ADDRESS_BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

/** Parses dotted-quad text (`10.0.0.1`) before `end`, exactly four decimal parts of 0-255. Returns -1 if it is not one. */
export function parseIpv4(text: string, end = text.length): number {
  let value = 0;
  let part = -1;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      part = part < 0 ? code - 48 : part * 10 + (code - 48);
      digits++;
      if (part > 255 || digits > 3) return -1;
    } else if (code === 46) {
      if (part < 0 || ++dots > 3) return -1;
      value = value * 256 + part;
      part = -1;
      digits = 0;
    } else return -1;
  }
  if (part < 0 || dots !== 3) return -1;
  return value * 256 + part;
}

/** `0.` to `255.`: an address is put together from three of them. */
const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}.`);

export function formatIpv4(word: number): string {
  return `${OCTETS[word >>> 24]}${OCTETS[(word >>> 16) & 255]}${OCTETS[(word >>> 8) & 255]}${word & 255}`;
}

/** Parses IPv6 text, with `::` and an embedded dotted quad allowed, no zone. Returns null if it is not one. */
export function parseIpv6(text: string): Words | null {
  const double = text.indexOf('::');
  if (double !== -1 && text.indexOf('::', double + 1) !== -1) return null;
  const head = groups(double === -1 ? text : text.slice(0, double), double === -1);
  const tail = double === -1 ? [] : groups(text.slice(double + 2), true);
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (double === -1 ? missing !== 0 : missing < 1) return null;
  const all = double === -1 ? head : [...head, ...new Array<number>(missing).fill(0), ...tail];
  const words: number[] = [];
  for (let i = 0; i < 8; i += 2) words.push(((all[i] as number) * 65536 + (all[i + 1] as number)) >>> 0);
  return words;
}

/** `last`: the address ends here, so that an IPv4 address may stand at its end, whose parts inet_pton(3) takes without leading zeros. */
function groups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (last && i === parts.length - 1 && part.includes('.')) {
      const quad = /(^|\.)0\d/.test(part) ? -1 : parseIpv4(part);
      if (quad < 0) return null;
      out.push(quad >>> 16, quad & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      out.push(Number.parseInt(part, 16));
    }
  }
  return out;
}

/** Canonical text of RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
export function formatIpv6(words: ArrayLike<number>, offset = 0): string {
  const parts: number[] = [];
  for (let i = 0; i < 4; i++) {
    const word = words[offset + i] as number;
    parts.push(word >>> 16, word & 0xffff);
  }
  // With a dotted quad where inet_ntop(3) has one: in IPv4-mapped addresses, and behind just six groups of zeros.
  if (parts.slice(0, 6).every((p) => p === 0) && parts[6] !== 0) return `::${formatIpv4(words[offset + 3] as number)}`;
  if (parts.slice(0, 5).every((p) => p === 0) && parts[5] === 0xffff) return `::ffff:${formatIpv4(words[offset + 3] as number)}`;
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && parts[end] === 0) end++;
    if (end - i > bestLength) {
      bestStart = i;
      bestLength = end - i;
    }
    if (end > i) i = end;
  }
  const hex = parts.map((p) => p.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

export function parseAddress(text: string): Address | null {
  if (text.includes(':')) {
    const words = parseIpv6(text);
    return words && { family: 'ipv6', words };
  }
  const word = parseIpv4(text);
  return word < 0 ? null : { family: 'ipv4', words: [word] };
}

/** Prints the address whose words start at `offset`. */
export function formatAddress(family: Family, words: ArrayLike<number>, offset = 0): string {
  return family === 'ipv4' ? formatIpv4(words[offset] as number) : formatIpv6(words, offset);
}

const MASKS: Readonly<Record<Family, Words[]>> = { ipv4: [], ipv6: [] };

/** The same words for the same length: most prefixes of a large rule set share theirs. */
export function maskWords(family: Family, length: number): Words {
  MASKS[family][length] ??= makeMask(family, length);
  return MASKS[family][length] as Words;
}

function makeMask(family: Family, length: number): Words {
  const words: number[] = [];
  for (let bits = length, left = ADDRESS_BITS[family] / 32; left > 0; left--, bits -= 32) words.push(bits >= 32 ? 0xffffffff : bits <= 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);
  return words;
}

/** Prefix length of a contiguous mask, or null. */
export function maskLength(mask: Words): number | null {
  let length = 0;
  let ended = false;
  for (const word of mask) {
    const ones = Math.clz32(~word);
    if (ended ? word !== 0 : (word << ones) >>> 0 !== 0 && ones < 32) return null;
    if (!ended) length += ones;
    if (ones < 32) ended = true;
  }
  return length;
}

export function makePrefix(family: Family, words: Words, length: number): Prefix {
  const mask = maskWords(family, length);
  return { family, words: words.map((w, i) => (w & (mask[i] as number)) >>> 0), mask, length };
}

/** Parses `10.0.0.0/8`, `10.0.0.1`, `10.0.0.0/255.0.0.0`, `fd00::/64`. Host bits are cleared. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) return null;
  const { family, words } = address;
  if (slash < 0) return makePrefix(family, words, ADDRESS_BITS[family]);
  const rest = text.slice(slash + 1);
  if (/^\d{1,3}$/.test(rest)) {
    const length = Number(rest);
    return length > ADDRESS_BITS[family] ? null : makePrefix(family, words, length);
  }
  const mask = parseAddress(rest);
  if (!mask || mask.family !== family) return null;
  return { family, words: words.map((w, i) => (w & (mask.words[i] as number)) >>> 0), mask: mask.words, length: maskLength(mask.words) };
}

/** `10.0.0.0/8`; a mask that is not contiguous stays written out. */
export function formatPrefix(prefix: Prefix): string {
  const suffix = prefix.length ?? formatAddress(prefix.family, prefix.mask);
  return `${formatAddress(prefix.family, prefix.words)}/${suffix}`;
}

export function prefixContains(prefix: Prefix, words: ArrayLike<number>, offset = 0): boolean {
  for (let i = 0; i < prefix.words.length; i++) if (((words[offset + i] as number) & (prefix.mask[i] as number)) >>> 0 !== prefix.words[i]) return false;
  return true;
}

/** -1, 0, 1 by numeric order of two addresses of one family. */
export function compareWords(a: ArrayLike<number>, b: ArrayLike<number>, aOffset = 0, bOffset = 0, count = a.length): number {
  for (let i = 0; i < count; i++) {
    const difference = (a[aOffset + i] as number) - (b[bOffset + i] as number);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}
