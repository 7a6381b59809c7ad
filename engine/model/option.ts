/**
 * Options of matches and targets: a declared table that alone drives parsing, canonical printing, completion and help
 * (the counterpart of `struct xt_option_entry`). A value kind reads one or more words and prints them canonically.
 */

import type { Family } from '../net/address.ts';
import type { Span } from './diagnostic.ts';
import type { LocalNames } from './local-names.ts';

/** What a value kind may need to know about the rule it stands in. */
export interface OptionContext {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  /** Protocol number of `-p` read so far, null if none was given or it is negated. */
  readonly protocol: number | null;
  /** The same, also where it is negated: what looks at the number alone. */
  readonly namedProtocol?: number | null;
  /** Of the option being read: its offset in the line, and whether "!" stands before it. For options that may be repeated. */
  readonly at?: number;
  readonly negated?: boolean;
  /** Nobody reads the texts of what is made of the options. */
  readonly wordless?: boolean;
  /** Whose text it is, where that is known: iptables-nft writes some rules otherwise, and takes some more. */
  readonly backend?: 'legacy' | 'nft' | null;
  /** What the node calls its groups and realms; absent: as iproute2 ships them. */
  readonly names?: LocalNames;
}

export interface ValueFailure {
  /** What is wrong, in lower case: `port out of range`. */
  readonly failure: string;
  readonly hint?: string;
  /** Which of the words is wrong, from 0. */
  readonly word?: number;
}

export interface ValueKind<V> {
  /** How help names it: `port[:port]`. */
  readonly placeholder: string;
  /** Number of words it takes: 0 for a flag. */
  readonly words: number;
  /** Words may be fewer than `words` only if this is set (the next word starts with `-` or the line ends). */
  readonly optionalWords?: boolean;
  /** `words` are its own for the call alone. */
  parse(words: readonly string[], context: OptionContext): V | ValueFailure;
  /** Canonical text without the option name, words separated by blanks; empty for a flag. */
  print(value: V, context: OptionContext): string;
  /** Complete list of words, where there is one (completion, `did you mean`). */
  readonly choices?: readonly string[];
}

export function isFailure(value: unknown): value is ValueFailure {
  return typeof value === 'object' && value !== null && 'failure' in value;
}

export interface OptionSpec<V = unknown> {
  /** As printed: `--dport`, `-s`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly value: ValueKind<V>;
  /** May `!` stand before it? */
  readonly invertible?: boolean;
  readonly required?: boolean;
  /** May stand several times; the values are then collected by `merge`. */
  readonly merge?: (before: V, after: V) => V;
  /** Keys of options that may not stand beside it. */
  readonly excludes?: readonly string[];
  /** Not printed when this says so (a hidden default). `negated` is part of the question. */
  readonly hidden?: (value: V, negated: boolean, context: OptionContext) => boolean;
  /** One line of help, English. The page comes without it (setup/without-manual.js). */
  readonly help: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds options of different value types
export type OptionTable = Readonly<Record<string, OptionSpec<any>>>;

/** One option as it stands in a rule. */
export interface OptionUse<V = unknown> {
  readonly value: V;
  readonly negated: boolean;
  readonly span: Span;
}

/** The options of one match or target in a rule, by key of the option table. */
export type OptionUses<T extends OptionTable> = { readonly [K in keyof T]?: OptionUse<T[K] extends OptionSpec<infer V> ? V : never> | undefined };
