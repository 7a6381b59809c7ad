/** Collecting entries while a set is read: growing columns, with the refusals the kernel has for each new entry. */

import type { ValueFailure } from '../../model/option.ts';
import type { SetEntries, SetEntryExtras } from '../../model/set.ts';
import { hashOf, insertSlot, sameWords, tableFor } from './entry-index.ts';
import type { EntriesBuilder, SetLayout } from './settype.ts';

const ALREADY_ADDED: ValueFailure = { failure: "element cannot be added to the set: it's already added", hint: 'remove one of the two lines' };

const NOT_ADDED: ValueFailure = { failure: "element cannot be deleted from the set: it's not added", hint: 'add it in a line before, or write -exist' };

/** What an entry that is added again keeps where the new line does not say it (ip_set.h ip_set_init_counter(), Linux 6.18); all else is as the new line says. */
function countersOf(extra: SetEntryExtras | undefined): SetEntryExtras {
  const { packets, bytes } = extra ?? {};
  return { ...(packets !== undefined && { packets }), ...(bytes !== undefined && { bytes }) };
}

/** Same words make the same entry, whatever its extras; `nomatch` is an extra. */
export function createEntries(layout: SetLayout): EntriesBuilder {
  const { width, keyWords, hashWords, maxElements } = layout;
  let words = new Uint32Array(width * 16);
  let table = tableFor(16);
  let count = 0;
  const extras = new Map<number, SetEntryExtras>();
  /** Positions taken out: they are closed up at the end, so that taking out many costs no more than adding them. */
  const removed = new Set<number>();
  const names: string[] = [];
  const nameIndex = new Map<string, number>();

  function find(entry: ArrayLike<number>, hash: number): number {
    const mask = table.length - 1;
    for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const position = (table[slot] as number) - 1;
      if (sameWords(entry, 0, words, position * width, keyWords) && !removed.has(position)) return position;
    }
    return -1;
  }

  function closedUp(): SetEntries {
    const left = new Uint32Array((count - removed.size) * width);
    const kept = new Map<number, SetEntryExtras>();
    let to = 0;
    for (let from = 0; from < count; from++) {
      if (removed.has(from)) continue;
      left.set(words.subarray(from * width, (from + 1) * width), to * width);
      const extra = extras.get(from);
      if (extra) kept.set(to, extra);
      to++;
    }
    return { width, count: to, words: left, extras: kept, names };
  }

  return {
    get count() {
      return count - removed.size;
    },
    intern(name) {
      let index = nameIndex.get(name);
      if (index === undefined) {
        index = names.push(name) - 1;
        nameIndex.set(name, index);
      }
      return index;
    },
    append(entry, extra, exist = false) {
      const hash = hashOf(entry, 0, hashWords);
      const found = find(entry, hash);
      if (found >= 0) {
        if (!exist) return ALREADY_ADDED;
        for (let i = keyWords; i < width; i++) words[found * width + i] = entry[i] as number;
        const kept = { ...countersOf(extras.get(found)), ...extra };
        if (Object.keys(kept).length > 0) extras.set(found, kept);
        else extras.delete(found);
        return null;
      }
      if (count - removed.size >= maxElements) return { failure: 'hash is full, cannot add more elements', hint: `raise maxelem, which is ${maxElements}` };
      if ((count + 1) * width > words.length) {
        const larger = new Uint32Array(words.length * 2);
        larger.set(words);
        words = larger;
      }
      for (let i = 0, at = count * width; i < width; i++) words[at + i] = entry[i] as number;
      if (extra) extras.set(count, extra);
      if ((count + 1) * 2 > table.length) {
        table = tableFor((count + 1) * 2);
        for (let i = 0; i < count; i++) insertSlot(table, hashOf(words, i * width, hashWords), i);
      }
      insertSlot(table, hash, count++);
      return null;
    },
    remove(entry, exist = false) {
      const found = find(entry, hashOf(entry, 0, hashWords));
      if (found < 0) return exist ? null : NOT_ADDED;
      removed.add(found);
      return null;
    },
    finish: () => (removed.size === 0 ? { width, count, words: words.slice(0, count * width), extras, names } : closedUp()),
  };
}
