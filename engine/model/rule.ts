/** Rules, chains and tables as read from iptables-save. */

import type { Family } from '../net/address.ts';
import type { Span } from './diagnostic.ts';
import type { OptionUse } from './option.ts';
import type { TableName } from './hook.ts';

/** Which back end a table came from; null when the snapshot has only one. */
export type Backend = 'legacy' | 'nft' | null;

/** A match or target as it stands in a rule. */
export interface ExtensionUse {
  /** `tcp`, `set`, `MARK`; for the rule's own header the empty string. */
  readonly name: string;
  /** False: no extension of this name is known, or its options could not be read; `text` holds what was written. */
  readonly known: boolean;
  readonly uses: Readonly<Record<string, OptionUse | undefined>>;
  /** Canonical text, `-m NAME` included for matches, without `-j` for targets; verbatim words if unknown. */
  readonly text: string;
  readonly span: Span;
}

export interface TargetUse extends ExtensionUse {
  readonly verb: 'jump' | 'goto';
  /** True if it names a user-defined chain. */
  readonly isChain: boolean;
}

export interface Rule {
  /** From 1, as iptables counts. */
  readonly number: number;
  /** Line in the file as given, and its text without the newline. */
  readonly line: number;
  readonly source: string;
  /** Canonical text after `-A CHAIN `, as iptables-save prints it. */
  readonly text: string;
  /** `[packets, bytes]`, null if the save has none. */
  readonly counters: readonly [number, number] | null;
  /** -s -d -i -o -p -f. */
  readonly header: ExtensionUse;
  readonly matches: readonly ExtensionUse[];
  readonly target: TargetUse | null;
  /**
   * Why the line cannot be read: the message of its first error; null for a line that reads. Such a rule keeps its place,
   * so that rules and traces count as the user sees them in the file, and is unknown in a walk. Header, matches and target
   * are what could be read of it (`known` is false for what could not); `text` is as written, and is not saved.
   */
  readonly broken: string | null;
}

export interface Chain {
  readonly name: string;
  /** Null for a user-defined chain. */
  readonly policy: 'ACCEPT' | 'DROP' | null;
  readonly counters: readonly [number, number] | null;
  readonly rules: readonly Rule[];
  readonly line: number;
}

export interface Table {
  readonly family: Family;
  readonly backend: Backend;
  /** Whose tool loads it, also where there is one alone; null: nothing tells, and it is walked as of legacy. */
  readonly writtenBy: Backend;
  /** tcp and udp are not the kernel's matches but said in nft's own words, as iptables-nft does from 1.8.8 on. */
  readonly nativeMatches: boolean;
  readonly name: TableName;
  /** Built-in chains first, in the order read. */
  readonly chains: readonly Chain[];
  readonly line: number;
}

/** Address of a rule, or of a policy (number of rules + 1). */
export interface RuleAddress {
  readonly family: Family;
  readonly backend: Backend;
  readonly table: string;
  readonly chain: string;
  readonly number: number;
}

/** `nat/OVN-POSTROUTING/10`, `ip6:nat/POSTROUTING/1`, `legacy:ip6:…` (formats §3). */
export function formatRuleAddress(address: RuleAddress): string {
  const family = address.family === 'ipv6' ? 'ip6:' : '';
  const backend = address.backend ? `${address.backend}:` : '';
  return `${backend}${family}${address.table}/${address.chain}/${address.number}`;
}

/** Reads what `formatRuleAddress` prints; null if it is not one. Split at the first and the last slash. */
export function parseRuleAddress(text: string): RuleAddress | null {
  const match = /^(legacy:|nft:)?(ip6:)?([^/:]+)\/(.+)\/(\d+)$/.exec(text);
  if (!match) return null;
  const backend = match[1] ? (match[1].slice(0, -1) as 'legacy' | 'nft') : null;
  return { backend, family: match[2] ? 'ipv6' : 'ipv4', table: match[3] as string, chain: match[4] as string, number: Number(match[5]) };
}
