/**
 * IPv6-to-IPv6 network prefix translation (RFC 6296): one prefix for another, and one more 16-bit word changed so that
 * checksums over the address stay as they are. Source: Linux 6.18 net/ipv6/netfilter/ip6t_NPT.c.
 */

import { maskWords, type Words } from './address.ts';

const fold = (sum: number): number => {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
};

const sumOf = (words: Words): number => fold(words.reduce((sum, word) => sum + (word >>> 16) + (word & 0xffff), 0));

/** What the word has to take up when one prefix stands for another: ip6t_npt_checkentry(). */
export function prefixAdjustment(from: Words, to: Words): number {
  return fold(sumOf(from) + (~sumOf(to) & 0xffff));
}

/** The address under the other prefix; not `neutral` if no word can take up the difference: ip6t_npt_map_pfx(). */
export function translatePrefix(address: Words, prefix: Words, length: number, adjustment: number): { readonly words: Words; readonly neutral: boolean } {
  const mask = maskWords('ipv6', length);
  const words = address.map((word, i) => (((word & ~(mask[i] as number)) | ((prefix[i] as number) & (mask[i] as number))) >>> 0) as number);
  const part = (at: number) => ((words[at >> 1] as number) >>> (at & 1 ? 0 : 16)) & 0xffff;
  // Subnet bits if the prefix leaves them, else the first word of the interface id that is not all ones.
  const at = length <= 48 ? 3 : [4, 5, 6, 7].find((candidate) => part(candidate) !== 0xffff);
  if (at === undefined) return { words, neutral: false };
  const sum = fold(part(at) + adjustment);
  const value = sum === 0xffff ? 0 : sum;
  const word = words[at >> 1] as number;
  words[at >> 1] = (at & 1 ? (word & 0xffff0000) | value : (value << 16) | (word & 0xffff)) >>> 0;
  return { words, neutral: true };
}
