/**
 * An immutable map whose changed copy costs only the changes. A copy is a small layer over the map it came from; layers
 * are merged when they grow to the size of the one below, so a look-up passes through O(log n) of them. This is what lets
 * every packet leave a world of its own behind, to step back to or to branch from.
 */

const GONE = Symbol('deleted');

export class OverlayMap<K, V> {
  readonly size: number;
  private readonly own: ReadonlyMap<K, V | typeof GONE>;
  private readonly below: OverlayMap<K, V> | null;

  private constructor(own: ReadonlyMap<K, V | typeof GONE>, below: OverlayMap<K, V> | null, size: number) {
    this.own = own;
    this.below = below;
    this.size = size;
  }

  static of<K, V>(entries: Iterable<readonly [K, V]> = []): OverlayMap<K, V> {
    const own = new Map(entries);
    return new OverlayMap<K, V>(own, null, own.size);
  }

  get(key: K): V | undefined {
    for (let layer: OverlayMap<K, V> | null = this; layer; layer = layer.below) {
      const value = layer.own.get(key);
      if (value !== undefined) return value === GONE ? undefined : (value as V);
    }
    return undefined;
  }

  /** `undefined` as value deletes. */
  with(changes: ReadonlyMap<K, V | undefined>): OverlayMap<K, V> {
    if (changes.size === 0) return this;
    let own = new Map<K, V | typeof GONE>();
    let size = this.size;
    for (const [key, value] of changes) {
      const before = this.get(key) !== undefined;
      own.set(key, value === undefined ? GONE : value);
      size += (value === undefined ? 0 : 1) - (before ? 1 : 0);
    }
    let below: OverlayMap<K, V> | null = this;
    while (below && own.size * 2 >= below.own.size) {
      own = new Map([...below.own, ...own]);
      below = below.below;
    }
    if (!below) for (const [key, value] of own) if (value === GONE) own.delete(key);
    return new OverlayMap<K, V>(own, below, size);
  }

  /** Each live entry once, in no particular order. */
  *entries(): IterableIterator<[K, V]> {
    const seen = new Set<K>();
    for (let layer: OverlayMap<K, V> | null = this; layer; layer = layer.below)
      for (const [key, value] of layer.own) {
        if (seen.has(key)) continue;
        seen.add(key);
        if (value !== GONE) yield [key, value as V];
      }
  }
}

/** A map being changed: reads see the changes, `commit` gives the new immutable map. */
export class MapDraft<K, V> {
  private readonly base: OverlayMap<K, V>;
  private readonly changes = new Map<K, V | undefined>();

  constructor(base: OverlayMap<K, V>) {
    this.base = base;
  }

  get(key: K): V | undefined {
    return this.changes.has(key) ? this.changes.get(key) : this.base.get(key);
  }

  set(key: K, value: V): void {
    this.changes.set(key, value);
  }

  delete(key: K): void {
    this.changes.set(key, undefined);
  }

  *entries(): IterableIterator<[K, V]> {
    for (const [key, value] of this.base.entries()) if (!this.changes.has(key)) yield [key, value];
    for (const [key, value] of this.changes) if (value !== undefined) yield [key, value];
  }

  get size(): number {
    let size = this.base.size;
    for (const [key, value] of this.changes) size += (value === undefined ? 0 : 1) - (this.base.get(key) === undefined ? 0 : 1);
    return size;
  }

  commit(): OverlayMap<K, V> {
    return this.base.with(this.changes);
  }
}
