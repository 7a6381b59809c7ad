/**
 * Problems with what the user gave us. Parsers and checks collect them and go on; nothing here is thrown.
 * `Problem` is the published shape (formats §4).
 */

export type Severity = 'error' | 'warning' | 'note';

/** A place in a text. `line` and `column` count from 1; columns are code points; `length` is in code points, ≥ 1. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Problem {
  readonly severity: Severity;
  /** Stable, kebab-case: `unknown-match`, `missing-set`, `bad-value`… */
  readonly code: string;
  /** Header word of the snapshot section: `iptables-save`, `ipset save`… */
  readonly section: string;
  /** Name of the file it is in, where several were given; not published. */
  readonly file?: string;
  /** Counts from 1 in the file as given, snapshot headers included. */
  readonly line: number;
  readonly column: number;
  /** How many code points the caret underlines. */
  readonly length?: number;
  /** Rule address (`nat/OVN-POSTROUTING/3`), if the problem is in a rule. */
  readonly rule: string | null;
  /** Place, what, the text in quotes; lower case, no full stop. */
  readonly message: string;
  /** The way out; empty if none is certain. */
  readonly hint: string;
}
