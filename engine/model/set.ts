/** ipsets as read. Entries are kept in columns: a set of a million entries must not become a million objects. */

import type { Family } from '../net/address.ts';

/** Which side of the packet a dimension looks at. */
export type SetSide = 'src' | 'dst';

export interface SetEntryExtras {
  readonly timeout?: number;
  readonly nomatch?: boolean;
  /** hash:net,iface: the interface name is a prefix. */
  readonly wildcard?: boolean;
  readonly packets?: number;
  readonly bytes?: number;
  readonly comment?: string;
  readonly skbmark?: readonly [number, number];
  readonly skbprio?: string;
  readonly skbqueue?: number;
}

/**
 * Entries in columns: entry `i` is `words[i * width .. (i + 1) * width)`, laid out by its set type, which alone reads
 * and prints it. `extras` holds what few entries have.
 */
export interface SetEntries {
  readonly width: number;
  readonly count: number;
  readonly words: Uint32Array;
  readonly extras: ReadonlyMap<number, SetEntryExtras>;
  /** Interface names and, for list:set, member set names; entries hold indexes into it. */
  readonly names: readonly string[];
}

export interface IpSet {
  readonly name: string;
  /** `hash:net`, `bitmap:port`, `list:set`… */
  readonly type: string;
  /** Null for types without one (bitmap:port, list:set). */
  readonly family: Family | null;
  /** Create options as read, in order, `family` included: [`hashsize`, `1024`], [`counters`, ``]. */
  readonly options: readonly (readonly [string, string])[];
  readonly entries: SetEntries;
  /**
   * A line about this set could not be read: what is not among `entries` may still be in the set, so a look-up that finds
   * nothing there, or only an exception (nomatch), is unknown.
   */
  readonly incomplete: boolean;
  /** Line of `create` in the file as given. */
  readonly line: number;
}
