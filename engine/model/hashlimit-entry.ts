/** Entries of a table of `hashlimit` as /proc/net/ipt_hashlimit/NAME lists them (net/netfilter/xt_hashlimit.c dl_seq_print()). */

import type { Family, Words } from '../net/address.ts';

export interface HashlimitEntry {
  /** What does not count in the table is 0. */
  readonly src: Words;
  readonly dst: Words;
  readonly sport: number;
  readonly dport: number;
  /** Whole seconds until it is forgotten, cut off towards zero. */
  readonly expires: number;
  /** In units of the kernel that listed it, as is what a packet costs (or 16 bytes). */
  readonly credit: bigint;
  readonly cap: bigint;
  readonly cost: bigint;
}

/** Under which the rules of a family find their table. */
export const hashlimitKey = (family: Family, name: string): string => `hashlimit:${family}:${name}`;
