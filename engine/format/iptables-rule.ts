/**
 * Rule lines of iptables-restore (iptables 1.8.9): a line is read word by word (iptables-words.ts) into the options of
 * iptables itself (iptables-program.ts) and those of its matches and target (iptables-loading.ts); here it becomes a
 * command and its rules, or says why it is none.
 */

import type { Span } from '../model/diagnostic.ts';
import type { ExtensionUse, TargetUse } from '../model/rule.ts';
import type { Command, Draft } from './iptables-options.ts';
import { ProgramReader, type RuleSite } from './iptables-program.ts';
import type { RuleDraft } from './iptables-table.ts';
import { headerSpan, headerUse, plainTarget, ruleText } from './iptables-use.ts';
import type { Finding } from './iptables-words.ts';
import type { Word } from './text.ts';

const NO_RULES: readonly RuleDraft[] = [];
const NO_USES: readonly ExtensionUse[] = [];

/** What a line says; all of it but rules and findings is good until the next line is read. */
export interface RuleLine {
  readonly command: Command | null;
  readonly chain: Word | null;
  /** Rule number, new name or policy, whatever the command takes after the chain. */
  readonly argument: Word | null;
  readonly counters: readonly [number, number] | null;
  /** True for a line marked `-4` or `-6` that is for the other family. */
  readonly skipped: boolean;
  /** Without their places in a chain. More than one where `-s` or `-d` lists addresses; one with what could be read where the line is broken. */
  readonly rules: readonly RuleDraft[];
  /** Message of the first error after which the line is no rule; null if it reads. */
  readonly broken: string | null;
  readonly findings: readonly Finding[];
  /** Target name that is neither a chain known so far nor an extension; the chain may be declared later. */
  readonly unresolved: Word | null;
}

/** A line as given, and what stands before its words. */
interface GivenLine {
  readonly source: string;
  /** Where its words begin. */
  readonly from: number;
  readonly number: number;
  readonly counters: readonly [number, number] | null;
  /** What is wrong already. */
  readonly fault: Finding | null;
}

/** Reads lines one after another. */
export class RuleReader extends ProgramReader implements RuleLine {
  rules: readonly RuleDraft[] = NO_RULES;

  read(site: RuleSite, { source, from, number, counters, fault }: GivenLine): RuleLine {
    this.begin(source, from, number);
    this.enter(site, counters);
    this.rules = NO_RULES;
    this.readLine(fault);
    return this;
  }

  private readLine(fault: Finding | null): void {
    const { openQuote } = this.words;
    if (openQuote >= 0)
      this.find(
        'warning',
        'open-quote',
        openQuote,
        openQuote + 1,
        'nothing closes this double quote, so the rest of the line belongs to it',
        'close it, or write \\" inside quotes',
      );
    if (fault) this.failWith(fault);
    if (this.isTooLong()) return this.tooLong();
    while (this.at < this.words.count && !this.skipped) this.step();
    if (this.skipped) return;
    for (const complain of this.late) complain();
    if (this.inversion) this.fail('dangling-inversion', this.inversion.start, this.inversion.end, 'nothing appropriate following !', 'put an option after it, or take it away');
    if (!this.command && this.broken === null) this.fail('no-command', 0, this.source.length, 'no command specified', 'a rule line begins with -A CHAIN');
    const isRule = this.command !== null && 'ACDIR'.includes(this.command);
    if (!isRule || (this.command === 'D' && this.argument)) return;
    this.checkInterfaces();
    const rules = this.finish();
    this.rules = this.broken === null ? rules : [this.brokenRule()];
  }

  /** Only its place is read. */
  private tooLong(): void {
    const command = this.words.at(0);
    const chain = this.words.at(1);
    if ((command?.text !== '-A' && command?.text !== '--append') || !chain) return;
    this.command = 'A';
    this.chain = chain;
    this.rules = [this.brokenRule()];
  }

  /** iptables looks only at the built-in chain named on the line itself. */
  private checkInterfaces(): void {
    const chain = this.chain?.text;
    const wrong = chain === 'PREROUTING' || chain === 'INPUT' ? 'out' : chain === 'POSTROUTING' || chain === 'OUTPUT' ? 'in' : null;
    const use = wrong ? this.header[wrong] : undefined;
    if (!use) return;
    const letter = wrong === 'out' ? 'o' : 'i';
    const hint = wrong === 'out' ? 'a packet has no outgoing interface there' : 'iptables allows it only in a user-defined chain that this one jumps to';
    this.failWith({ severity: 'error', code: 'wrong-interface', span: use.span, message: `can't use -${letter} with ${chain}`, hint });
  }

  private finish(): readonly RuleDraft[] {
    const matches = this.matchUses(false);
    const target = this.target && (this.isPlain() ? this.plainTarget(this.target) : asTarget(this.use(this.target), this.verb, this.isChain));
    const uses = this.header;
    if (!this.alternatives) return [this.rule(uses, matches, target)];
    const { src, dst } = this.alternatives;
    const inverted = [uses.src, uses.dst].find((use) => use?.negated);
    if (inverted)
      this.failWith({
        severity: 'error',
        code: 'bad-inversion',
        span: inverted.span,
        message: '! not allowed with multiple source or destination IP addresses',
        hint: 'write one rule for each address, or use a set',
      });
    const sources = src.length > 0 ? src : [uses.src];
    const destinations = dst.length > 0 ? dst : [uses.dst];
    return sources.flatMap((source) => destinations.map((destination) => this.rule({ ...uses, src: source, dst: destination }, matches, target)));
  }

  /** `broken`: the line has errors, and what could be read of it is kept. */
  private matchUses(broken: boolean): readonly ExtensionUse[] {
    const { loaded } = this;
    const count = loaded.matches;
    if (count === 0) return NO_USES;
    const uses = new Array<ExtensionUse>(count);
    for (let i = 0, at = 0; i < loaded.count; i++) {
      const draft = loaded.at(i) as Draft;
      if (draft.kind === 'match') uses[at++] = broken ? this.readUse(draft, !draft.failed) : this.use(draft);
    }
    return uses;
  }

  private rule(uses: Draft['uses'], matches: readonly ExtensionUse[], target: TargetUse | null): RuleDraft {
    const { source, line, counters } = this;
    const start = this.wordsBegin();
    const header = headerUse(uses, this.context, source, start + 1, headerSpan(uses) ?? this.firstSpan());
    return { number: 0, line, source, text: ruleText(header, matches, target, source, start + 1), counters, header, matches, target, broken: null };
  }

  /** What could be read of a line with errors. */
  private brokenRule(): RuleDraft {
    const { source, line, counters, broken } = this;
    const matches = this.matchUses(true);
    const target = this.target && this.brokenTarget(this.target);
    const start = this.wordsBegin();
    const header = headerUse(this.header, this.context, source, start + 1, headerSpan(this.header) ?? this.firstSpan());
    return { number: 0, line, source, text: source.slice(start).trim(), counters, header, matches, target, broken };
  }

  /** Behind the command and its chain where they stand first. */
  private wordsBegin(): number {
    const { chain } = this;
    return chain && this.words.at(1) === chain ? chain.end : 0;
  }

  private isPlain(): boolean {
    return this.isChain || this.isVerdict;
  }

  private plainTarget(draft: Draft): TargetUse {
    return plainTarget(draft, this.span(draft.start, draft.end), this.verb, this.isChain);
  }

  /** Behind an error after `-j NAME`, or an option that nobody knows, nobody knows what a target with options would do. */
  private brokenTarget(draft: Draft): TargetUse {
    const { verb, isChain } = this;
    if (this.isPlain()) return this.plainTarget(draft);
    const { column } = this.span(draft.start, draft.end);
    const read = !draft.failed && this.findings.every(({ severity, code, span }) => severity !== 'error' || (code !== 'unknown-option' && span.column < column));
    return asTarget(this.readUse(draft, read), verb, isChain);
  }

  private firstSpan(): Span {
    const first = this.words.at(0);
    return this.span(first?.start ?? 0, first?.end ?? 1);
  }
}

/** Field by field: a hundred thousand copies of unknown shape take long. */
function asTarget({ name, known, uses, text, span }: ExtensionUse, verb: 'jump' | 'goto', isChain: boolean): TargetUse {
  return { name, known, uses, text, span, verb, isChain };
}
