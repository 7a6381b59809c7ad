/**
 * The words of a rule line, taken one after another, and what is found wrong with them. What the words mean is read by
 * iptables-program.ts and iptables-loading.ts. One reader takes line after line: nothing that it hands out but findings may be kept beyond its line.
 */

import type { Severity, Span } from '../model/diagnostic.ts';
import type { OptionSpec } from '../model/option.ts';
import { quoted, spanAt, WordList, type Word } from './text.ts';

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
const NO_WORDS: readonly Word[] = [];

export class WordReader {
  protected source = '';
  protected line = 0;
  protected readonly words = new WordList(MAX_WORDS);
  protected at = 0;
  findings: readonly Finding[] = NO_FINDINGS;
  /** Message of the first error after which the line is no rule that iptables takes. */
  broken: string | null = null;
  /** A `!` that waits for its option. */
  protected inversion: Word | null = null;
  /** What an option of one word takes. */
  private readonly only: Word[] = [];

  protected begin(source: string, from: number, line: number): void {
    this.source = source;
    this.line = line;
    this.words.read(source, from);
    this.at = 0;
    this.findings = NO_FINDINGS;
    this.broken = null;
    this.inversion = null;
  }

  protected isTooLong(): boolean {
    const { length } = this.source;
    // No word is longer than its line, and nearly all lines are short.
    const word = length > MAX_WORD ? this.longWord() : undefined;
    if (word) this.fail('too-long', word.start, word.end, `parameter too long: it has ${word.text.length} characters`, `${MAX_WORD} are taken`);
    else if (this.words.count > MAX_WORDS)
      this.fail('too-long', 0, length, `parser cannot handle more arguments: this line has ${this.words.count} words`, `${MAX_WORDS} are taken`);
    else if (length > MAX_LINE) this.fail('too-long', 0, length, `the line is ${length} characters long, and iptables-restore cuts it`, `${MAX_LINE} are taken`);
    else return false;
    return true;
  }

  private longWord(): Word | undefined {
    for (let i = 0; ; i++) {
      const word = this.words.at(i);
      if (!word || word.text.length > MAX_WORD) return word;
    }
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
    const word = this.words.at(this.at);
    if (!word || word.text.startsWith('-') || word.text.startsWith('!')) return null;
    this.at++;
    return word;
  }

  /** After an option that was not understood: its arguments say nothing new. */
  protected skipArguments(): void {
    this.inversion = null;
    for (let word = this.words.at(this.at); word && !/^(-.|!$)/.test(word.text); word = this.words.at(this.at)) this.at++;
  }

  /** The words an option takes, good until the next option: the first may be anything (getopt), the others may not look like options. */
  protected takeArguments(spec: OptionSpec, word: Word, inline: Word | null): readonly Word[] | null {
    const { words: count, optionalWords } = spec.value;
    if (count === 0) {
      if (inline) this.fail('unknown-option', word.start, word.end, `unknown option ${quoted(word.text)}`, `"${spec.name}" takes no value`);
      return inline ? null : NO_WORDS;
    }
    let first = inline;
    if (!first && !optionalWords) {
      first = this.words.at(this.at) ?? null;
      if (!first) {
        this.fail('missing-argument', word.start, word.end, `option ${quoted(word.text)} requires an argument`, `write ${spec.name} ${spec.value.placeholder}`);
        return null;
      }
      this.at++;
    }
    if (first && count === 1) {
      this.only[0] = first;
      return this.only;
    }
    const taken = first ? [first] : [];
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
