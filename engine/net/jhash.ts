/** Bob Jenkins' hash as the kernel has it (include/linux/jhash.h, Linux 6.18), for choices that must come out the same. */

const INITVAL = 0xdeadbeef;
const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by));

/** The word as a little-endian machine loads it from network order. */
export function memoryWord(word: number): number {
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** jhash2(): hash of 32-bit words, unsigned. */
export function jhash2(words: readonly number[], initval: number): number {
  let a = (INITVAL + (words.length << 2) + initval) | 0;
  let b = a;
  let c = a;
  const at = (i: number) => words[i] as number;
  let i = 0;
  for (; words.length - i > 3; i += 3) {
    a = (a + at(i)) | 0;
    b = (b + at(i + 1)) | 0;
    c = (c + at(i + 2)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  const left = words.length - i;
  if (left === 0) return c >>> 0;
  if (left > 2) c = (c + at(i + 2)) | 0;
  if (left > 1) b = (b + at(i + 1)) | 0;
  a = (a + at(i)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

/** reciprocal_scale(): the hash as a number below `limit`. */
export function scaled(hash: number, limit: number): number {
  return Number((BigInt(hash >>> 0) * BigInt(limit)) >> 32n);
}
