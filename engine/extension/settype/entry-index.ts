/**
 * Finding entries: an open-addressing hash table over the columns of a set, built once and never changed. A slot holds
 * position + 1, 0 is free. Entries whose first `hashWords` words are equal lie behind one another on the probe path.
 */

/** Hash of `count` words, unsigned 32 bit: MurmurHash3 (public domain), whose low bits stay even for addresses in steps. */
export function hashOf(words: ArrayLike<number>, offset: number, count: number): number {
  let h = 0x9e3779b9;
  for (let i = 0; i < count; i++) {
    let k = Math.imul(words[offset + i] as number, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function sameWords(a: ArrayLike<number>, aOffset: number, b: ArrayLike<number>, bOffset: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}

/** Slots for `count` entries, at most half full; a power of two. */
export function tableFor(count: number): Int32Array {
  return new Int32Array(2 ** Math.ceil(Math.log2(Math.max(8, count * 2 + 1))));
}

export function insertSlot(table: Int32Array, hash: number, position: number): void {
  const mask = table.length - 1;
  let slot = hash & mask;
  while (table[slot] !== 0) slot = (slot + 1) & mask;
  table[slot] = position + 1;
}

export function buildTable(words: Uint32Array, width: number, count: number, hashWords: number): Int32Array {
  const table = tableFor(count);
  for (let i = 0; i < count; i++) insertSlot(table, hashOf(words, i * width, hashWords), i);
  return table;
}
