/** SHA-512 (FIPS 180-4): names of the CNI portmap plugin's chains are made with it. Few and short names, so plain big integers do. */

const MASK = (1n << 64n) - 1n;

/** The largest integer whose `power`-th power is at most `value`. */
function root(value: bigint, power: bigint): bigint {
  let [low, high] = [0n, 1n];
  while (high ** power <= value) high <<= 1n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** The first 64 bits of the fractional parts of the square or cube roots of the first primes. */
function fractions(count: number, power: bigint): bigint[] {
  const words: bigint[] = [];
  for (let candidate = 2; words.length < count; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor <= candidate) continue;
    words.push(root(BigInt(candidate) << (64n * power), power) & MASK);
  }
  return words;
}

const K = fractions(80, 3n);
const START = fractions(8, 2n);

const rotate = (word: bigint, by: bigint): bigint => ((word >> by) | (word << (64n - by))) & MASK;

/** The 64 bytes of the digest, as 128 hexadecimal digits. */
export function sha512Hex(message: Uint8Array): string {
  const padded = new Uint8Array((((message.length + 16) >> 7) + 1) << 7);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  let hash = START;
  for (let at = 0; at < padded.length; at += 128) {
    const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + i * 8));
    for (let i = 16; i < 80; i++) {
      const [a, b] = [w[i - 15] as bigint, w[i - 2] as bigint];
      const mixed = (rotate(a, 1n) ^ rotate(a, 8n) ^ (a >> 7n)) + (rotate(b, 19n) ^ rotate(b, 61n) ^ (b >> 6n));
      w.push(((w[i - 16] as bigint) + (w[i - 7] as bigint) + mixed) & MASK);
    }
    let [a, b, c, d, e, f, g, h] = hash as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const t1 = h + (rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)) + ((e & f) ^ (~e & MASK & g)) + (K[i] as bigint) + (w[i] as bigint);
      const t2 = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK];
    }
    hash = [a, b, c, d, e, f, g, h].map((word, i) => (word + (hash[i] as bigint)) & MASK);
  }
  return hash.map((word) => word.toString(16).padStart(16, '0')).join('');
}
