/** The sum that IP, TCP, UDP and ICMP carry. */

import type { Words } from './address.ts';

/** Sum of the 16-bit words in one's complement, on top of `start`: 0xffff if a checksum among them is right. A last odd byte is the upper half of a word. Source: RFC 1071. */
export function onesComplementSum(bytes: ArrayLike<number>, start = 0): number {
  let sum = start;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** What an address adds to such a sum, from 0 to 0xfffe: 0xffff is 0 there. */
export const addressSum = (words: Words): number => words.reduce((sum, word) => sum + (word >>> 16) + (word & 0xffff), 0) % 0xffff;
