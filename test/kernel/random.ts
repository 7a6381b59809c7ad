/** A small seeded generator (mulberry32), so that a seed printed with a failure makes the same case again. */

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** An integer of 0 to `bound` - 1. */
  int(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  }

  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.int(1_000_000) < probability * 1_000_000;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }

  /** A pick from lists of different weight. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let left = this.int(list.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of list) {
      if (left < weight) return value;
      left -= weight;
    }
    throw new Error('nothing to pick from');
  }

  some<T>(list: readonly T[], low: number, high: number): T[] {
    const rest = [...list];
    const out: T[] = [];
    for (let left = Math.min(this.between(low, high), rest.length); left > 0; left--) out.push(...rest.splice(this.int(rest.length), 1));
    return out;
  }
}
