/**
 * A persistent map from unsigned 32-bit integers: a trie of 32-way nodes, of which a change copies one path. Look-up
 * allocates nothing. It holds what a walk has changed in a set, which is little beside the set.
 */

interface TrieNode<V> {
  readonly slots: readonly (TrieNode<V> | undefined)[];
  readonly values: readonly (V | undefined)[] | null;
}

/** Null is the empty map. */
export type PositionMap<V> = TrieNode<V> | null;

const TOP = 30;

export function getAt<V>(map: PositionMap<V>, key: number): V | undefined {
  let node: TrieNode<V> | null | undefined = map;
  for (let shift = TOP; shift > 0 && node; shift -= 5) node = node.slots[(key >>> shift) & 31];
  return node?.values?.[key & 31];
}

/** A copy with `value` at `key`. */
export function setAt<V>(map: PositionMap<V>, key: number, value: V): TrieNode<V> {
  return put(map ?? undefined, key, value, TOP);
}

function put<V>(node: TrieNode<V> | undefined, key: number, value: V, shift: number): TrieNode<V> {
  const digit = (key >>> shift) & 31;
  if (shift === 0) {
    const values = node?.values?.slice() ?? [];
    values[digit] = value;
    return { slots: [], values };
  }
  const slots = node?.slots.slice() ?? [];
  slots[digit] = put(slots[digit], key, value, shift - 5);
  return { slots, values: null };
}
