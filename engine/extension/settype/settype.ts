/**
 * Set types: what an ipset type looks at, how its elements are written and how they are kept. A type is data: a list of
 * parts (address, net, port, interface…) in the order of its dimensions, and its create options. Reading elements
 * (parse.ts), printing them (print.ts) and looking a packet up (state.ts, lookup.ts) all go by the parts, so a type is
 * written once.
 *
 * What comes in: the words of `create` and `add` lines. What goes out: `SetHeader`, and entries in columns
 * (`SetEntries`): entry `i` is `width` words from `i * width`, one run of words per part:
 * address 1 or 4 (by family); net: the address, then the prefix length; port: protocol << 16 | port; plain-port: port;
 * mark: 1; mac: upper 16 bits, lower 32 bits; interface: index into names << 2 | wildcard 2 | physdev 1;
 * set: index into names.
 *
 * Reading a set: `findSetType`, `parseCreate(type, name, words)`, `setLayout(type, header)`, `createEntries(layout)`; per `add`
 * line `parseExtras(layout, words after the element)` and `parseElement(layout, element, extras, builder)`; `finish()`.
 * Printing: `printCreate(type, header)`, then `add NAME ` and `printEntry(layout, entries, i)` for each entry.
 */

import type { IpSet, SetEntries, SetEntryExtras } from '../../model/set.ts';
import type { ValueFailure } from '../../model/option.ts';
import type { Family, Words } from '../../net/address.ts';

/** A set without its entries. */
export type SetHeader = Pick<IpSet, 'name' | 'type' | 'family' | 'options'>;

export type Part =
  /** A host address. `span`: text may be a range or a CIDR block that stands for all its addresses (IPv4 only). `zero`: 0.0.0.0 may be stored. */
  | { readonly kind: 'address'; readonly span: boolean; readonly zero: boolean }
  /** A block of addresses. `all`: prefix length 0 may be stored. */
  | { readonly kind: 'net'; readonly all: boolean }
  | { readonly kind: 'port' }
  | { readonly kind: 'plain-port' }
  | { readonly kind: 'mark' }
  /** `optional`: an entry without one matches any and learns that of the first packet (bitmap:ip,mac). */
  | { readonly kind: 'mac'; readonly optional: boolean }
  | { readonly kind: 'interface' }
  | { readonly kind: 'set' };

/** One option of `create`. The table of a type lists them in the order in which `ipset save` prints them. */
export interface CreateOption {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** How help names its value; empty for a flag. */
  readonly placeholder: string;
  /** Value as `ipset save` prints it. Absent for a flag. `family`: of the set, as far as read. */
  readonly parse?: (text: string, family: Family | null) => string | ValueFailure;
  /** Printed by `ipset save` when not given. `initval` has none: the kernel draws it. */
  readonly default?: string;
  /** Taken on input and never printed. */
  readonly silent?: boolean;
  readonly required?: boolean;
}

export interface SetType {
  /** `hash:ip,port`. */
  readonly name: string;
  readonly method: 'hash' | 'bitmap' | 'list';
  /** How many of src and dst a rule must give. */
  readonly dimensions: number;
  /** First is the default; empty for a type without family (bitmap:port, list:set). bitmap:ip has only ipv4 and prints none. */
  readonly families: readonly Family[];
  readonly parts: readonly Part[];
  readonly createOptions: readonly CreateOption[];
  /** May an entry be flagged `nomatch`? */
  readonly nomatch: boolean;
  /** Man page section and kernel file with version. */
  readonly source: string;
}

/** A header worked out: where each part lies in an entry and what the create options say. */
export interface SetLayout {
  readonly header: SetHeader;
  readonly type: SetType;
  /** Family of addresses in entries; ipv4 for bitmap:ip; null without addresses. */
  readonly family: Family | null;
  /** Words of an entry. */
  readonly width: number;
  /** First word of each part. */
  readonly offsets: readonly number[];
  /** Words from 0 that decide where an entry is looked for, and words from 0 that make two entries the same one. */
  readonly hashWords: number;
  readonly keyWords: number;
  /** Applied to addresses of `address` parts (netmask, bitmask); null: none. */
  readonly mask: Words | null;
  /** Prefix length of `netmask`; null without one. */
  readonly netmask: number | null;
  readonly markMask: number;
  /** Inclusive bounds of a bitmap. */
  readonly range: readonly [number, number] | null;
  readonly maxElements: number;
  /** Default timeout in seconds, 0 for none by default; null: set without timeouts. */
  readonly timeout: number | null;
  readonly counters: boolean;
  readonly comment: boolean;
  readonly skbinfo: boolean;
  readonly forceadd: boolean;
}

/** Collects entries of one set while its `add` lines are read. Same entry twice, or too many, is a failure as in the kernel. */
export interface EntriesBuilder {
  readonly count: number;
  /** Index of a name (interface, member set). */
  intern(name: string): number;
  /** Copies `width` words. `extras` null if the entry has none. `exist` (`-exist`): an entry that is there gets the new extras. */
  append(words: ArrayLike<number>, extras: SetEntryExtras | null, exist?: boolean): ValueFailure | null;
  /** The entry of these words is taken out; a failure if it is not there, but for `exist`. */
  remove(words: ArrayLike<number>, exist?: boolean): ValueFailure | null;
  finish(): SetEntries;
}

export { parseCreate, printCreate, setLayout } from './header.ts';
export { createEntries } from './entries.ts';
export { parseElement } from './parse.ts';
export { parseExtras, printExtras } from './extras.ts';
export { printElement, printEntry } from './print.ts';
