/**
 * The words of a rule line, taken one after another, and what is found wrong with them. What the words mean is read by
 * iptables-rule.ts.
 */

import type { Severity, Span } from '../model/diagnostic.ts';
import type { OptionSpec } from '../model/option.ts';
import { quoted, spanAt, splitWords, type Word } from './text.ts';

export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  readonly hint: string;
}

/** Of iptables 1.8.9, xshared.c: MAX_ARGC less the program name, -t and the table; struct xt_param_buf; the line buffer of iptables-restore.c. */
const MAX_WORDS = 251;
const MAX_WORD = 1023;
const MAX_LINE = 10238;

const NO_FINDINGS: readonly Finding[] = [];

export class WordReader {
  protected readonly source: string;
  protected readonly line: number;
  protected readonly words: readonly Word[];
  /** Offset of a quote that nothing closes, or -1. */
  protected readonly openQuote: number;
  protected at = 0;
  protected findings: readonly Finding[] = NO_FINDINGS;
  /** Message of the first error after which the line is no rule that iptables takes. */
  protected broken: string | null = null;
  /** A `!` that waits for its option. */
  protected inversion: Word | null = null;

  constructor(source: string, from: number, line: number) {
    this.source = source;
    this.line = line;
    const { words, openQuote } = splitWords(source, from);
    this.words = words;
    this.openQuote = openQuote;
  }

  protected isTooLong(): boolean {
    const { length } = this.source;
    // No word is longer than its line, and nearly all lines are short.
    const word = length > MAX_WORD ? this.words.find(({ text }) => text.length > MAX_WORD) : undefined;
    if (word) this.fail('too-long', word.start, word.end, `parameter too long: it has ${word.text.length} characters`, `${MAX_WORD} are taken`);
    else if (this.words.length > MAX_WORDS)
      this.fail('too-long', 0, length, `parser cannot handle more arguments: this line has ${this.words.length} words`, `${MAX_WORDS} are taken`);
    else if (length > MAX_LINE) this.fail('too-long', 0, length, `the line is ${length} characters long, and iptables-restore cuts it`, `${MAX_LINE} are taken`);
    else return false;
    return true;
  }

  protected find(severity: Severity, code: string, start: number, end: number, message: string, hint = ''): void {
    this.place(severity, code, this.span(start, end), message, hint);
  }

  protected place(severity: Severity, code: string, span: Span, message: string, hint: string): void {
    this.findings = [...this.findings, { severity, code, span, message, hint }];
  }

  protected fail(code: string, start: number, end: number, message: string, hint = ''): void {
    this.failWith({ severity: 'error', code, span: this.span(start, end), message, hint });
  }

  protected failWith({ severity, code, span, message, hint }: Finding): void {
    this.broken ??= message;
    this.place(severity, code, span, message, hint);
  }

  /** The next word as an argument that may not look like an option (xs_has_arg). */
  protected plainArgument(): Word | null {
    const word = this.words[this.at];
    if (!word || word.text.startsWith('-') || word.text.startsWith('!')) return null;
    this.at++;
    return word;
  }

  /** After an option that was not understood: its arguments say nothing new. */
  protected skipArguments(): void {
    this.inversion = null;
    while (this.at < this.words.length && !/^(-.|!$)/.test((this.words[this.at] as Word).text)) this.at++;
  }

  /** The words an option takes: the first may be anything (getopt), the others may not look like options. */
  protected takeArguments(spec: OptionSpec, word: Word, inline: Word | null): Word[] | null {
    const { words: count, optionalWords } = spec.value;
    const taken: Word[] = [];
    if (count === 0) {
      if (inline) this.fail('unknown-option', word.start, word.end, `unknown option ${quoted(word.text)}`, `"${spec.name}" takes no value`);
      return inline ? null : taken;
    }
    if (inline) taken.push(inline);
    else if (!optionalWords) {
      const first = this.words[this.at];
      if (!first) {
        this.fail('missing-argument', word.start, word.end, `option ${quoted(word.text)} requires an argument`, `write ${spec.name} ${spec.value.placeholder}`);
        return null;
      }
      this.at++;
      taken.push(first);
    }
    while (taken.length < count) {
      const next = this.plainArgument();
      if (!next) break;
      taken.push(next);
    }
    if (taken.length < count && !optionalWords) {
      this.fail(
        'missing-argument',
        word.start,
        taken.at(-1)?.end ?? word.end,
        `${spec.name} requires ${count === 2 ? 'two' : count} arguments`,
        `write ${spec.name} ${spec.value.placeholder}`,
      );
      return null;
    }
    return taken;
  }

  protected span(start: number, end: number): Span {
    return spanAt(this.source, this.line, start, end);
  }
}
