/**
 * Matches and the target of a rule line while it is read: which are loaded (by `-m` and `-j`, or by `-p` of itself), which
 * of them an option belongs to, and what its words say. Which options there are is read from the tables of the extensions
 * alone; what iptables's own options do is in iptables-program.ts.
 *
 * Source: iptables 1.8.9, iptables/xshared.c command_match(), command_default(), load_proto(); libxtables
 * xtables_option_parse().
 */

import { findMatch, type MatchExtension } from '../extension/index.ts';
import { parseInteger } from '../extension/option.ts';
import { closest } from '../model/closest.ts';
import { isFailure, type OptionContext, type OptionSpec } from '../model/option.ts';
import type { ExtensionUse } from '../model/rule.ts';
import type { Family } from '../net/address.ts';
import { protocolName } from '../net/protocol.ts';
import { PROTOCOL_MATCHES, extensionNames, matchName } from './iptables-names.ts';
import { DraftList, optionNames, optionOwners, type Draft, type Extension } from './iptables-options.ts';
import { extensionUse, missingOptions, unreadUse } from './iptables-use.ts';
import { WordReader } from './iptables-words.ts';
import { quoted, type Word } from './text.ts';

const NO_PROTOCOLS: readonly number[] = [];
const NOTHING_LATE: readonly (() => void)[] = [];

export class ExtensionReader extends WordReader {
  protected readonly context: { -readonly [K in keyof OptionContext]: OptionContext[K] };
  /** As typed after `-p`, also where it is negated. */
  protected protocolWord: string | null = null;
  /** Matches and the target, in the order loaded; the newest gets an option first. */
  protected readonly loaded = new DraftList();
  /** What iptables finds only behind the last word: addresses that cannot be read, options that exclude each other. */
  protected late: readonly (() => void)[] = NOTHING_LATE;
  /** A draft that is not modelled takes every word that is no option of the program. */
  protected collecting: Draft | null = null;
  /** The word that is parsed, in a list that serves all of them. */
  private readonly text: string[] = [];

  constructor(family: Family, backend: OptionContext['backend'], names: OptionContext['names']) {
    super();
    this.context = { family, table: '', chain: '', protocol: null, namedProtocol: null, at: 0, negated: false, backend, ...(names ? { names } : {}) };
  }

  protected override begin(source: string, from: number, line: number): void {
    super.begin(source, from, line);
    this.context.chain = '';
    this.context.protocol = null;
    this.context.namedProtocol = null;
    this.context.at = 0;
    this.context.negated = false;
    this.protocolWord = null;
    this.loaded.count = 0;
    this.late = NOTHING_LATE;
    this.collecting = null;
  }

  protected atTheEnd(complain: () => void): void {
    this.late = [...this.late, complain];
  }

  protected keepVerbatim(word: Word): void {
    const draft = this.collecting as Draft;
    if (this.inversion) {
      draft.verbatim += ' !';
      this.inversion = null;
    }
    draft.verbatim += ` ${this.source.slice(word.start, word.end)}`;
    draft.end = word.end;
  }

  protected unknownOption(word: Word, name: string): void {
    const near = closest(name, this.candidates());
    const owners = near === null ? optionOwners(name, this.context.family) : '';
    const hint = near !== null ? `did you mean "--${near}"?` : owners !== '' ? `it is an option of ${owners}: put that before it` : 'no match or target has an option of this name';
    this.fail('unknown-option', word.start, word.end, `unknown option ${quoted(word.text)}`, hint);
    this.skipArguments();
  }

  protected candidates(): string[] {
    const protocol = this.protocolMatch();
    return optionNames([...this.loaded.extensions, ...(protocol ? [protocol] : [])]);
  }

  protected protocolMatchName(): string | null {
    if (this.protocolWord === null) return null;
    const number = parseInteger(this.protocolWord);
    return matchName(number === null ? this.protocolWord.toLowerCase() : protocolName(number));
  }

  protected protocolMatch(): MatchExtension | null {
    const name = this.protocolMatchName();
    const extension = name === null ? undefined : findMatch(name);
    return extension?.families.includes(this.context.family) && (extension.protocols || PROTOCOL_MATCHES.has(extension.name)) ? extension : null;
  }

  /** `-p tcp --dport 80` loads `-m tcp` (load_proto). False if there is nothing to load. */
  protected loadProtocolMatch(word: Word): boolean {
    const name = this.protocolMatchName();
    if (name === null || this.loaded.hasMatch(name)) return false;
    const extension = this.protocolMatch();
    if (!extension && !(PROTOCOL_MATCHES.has(name) && extensionNames('match', this.context.family).has(name) && !findMatch(name))) return false;
    this.load('match', name, extension, word.start, word.end);
    return true;
  }

  protected load(kind: 'match' | 'target', name: string, extension: Extension | null, start: number, end: number): Draft {
    const draft = this.loaded.add(kind, name, extension, start, end);
    if (!extension) {
      this.collecting = draft;
      this.unknownExtension(kind, name, start, end);
    }
    return draft;
  }

  protected unknownExtension(kind: 'match' | 'target', name: string, start: number, end: number): void {
    const names = extensionNames(kind, this.context.family);
    const code = `unknown-${kind}`;
    if (names.has(name)) {
      this.find('warning', code, start, end, `${kind} ${quoted(name)} is not modelled`, 'it is kept and printed back, and unknown in a walk');
      return;
    }
    const other = this.context.family === 'ipv4' ? 'ipv6' : 'ipv4';
    const near = closest(name, names);
    const hint =
      near !== null
        ? `did you mean "${near}"?`
        : extensionNames(kind, other).has(name)
          ? `iptables has it for ${other === 'ipv6' ? 'IPv6' : 'IPv4'} only`
          : 'iptables has no extension of this name';
    this.find('error', code, start, end, `unknown ${kind} ${quoted(name)}`, hint);
  }

  protected takeInversion(): Word | null {
    const word = this.inversion;
    this.inversion = null;
    return word;
  }

  /** The value of an option of one word. */
  protected parseWord({ value }: OptionSpec, { text }: Word): unknown {
    this.text[0] = text;
    return value.parse(this.text, this.context);
  }

  protected extensionOption(draft: Draft, key: string, word: Word, inline: Word | null): void {
    const errors = this.findings.length;
    this.readOption(draft, key, word, inline);
    if (this.findings.length === errors) return;
    draft.failed = true;
    // It is there, if not as it should be: nobody is to be told to write it.
    draft.uses[key] ??= undefined;
  }

  private readOption(draft: Draft, key: string, word: Word, inline: Word | null) {
    const negation = this.takeInversion();
    const spec = (draft.extension as Extension).options[key] as OptionSpec;
    const start = negation?.start ?? word.start;
    if (negation && !spec.invertible) this.fail('bad-inversion', negation.start, word.end, `option "${spec.name}" cannot be inverted`, 'take "!" away');
    const taken = this.takeArguments(spec, word, inline);
    if (!taken) return;
    const end = taken[taken.length - 1]?.end ?? word.end;
    draft.end = Math.max(draft.end, end);
    const { protocols = NO_PROTOCOLS, protocolFirst } = draft.extension as Extension;
    if (protocolFirst && (this.context.protocol === null || !protocols.includes(this.context.protocol))) {
      const what = `match "${draft.name}"`;
      return this.fail('wrong-protocol', start, end, `${what} needs ${protocols.map((number) => `-p ${protocolName(number)}`).join(' or ')}`, 'name the protocol, without "!"');
    }
    this.context.at = word.start;
    this.context.negated = negation !== null;
    const only = taken.length === 1 ? taken[0] : undefined;
    const parsed = only
      ? this.parseWord(spec, only)
      : spec.value.parse(
          taken.map(({ text }) => text),
          this.context,
        );
    if (isFailure(parsed)) {
      const at = taken[parsed.word ?? 0] ?? word;
      return this.fail('bad-value', at.start, at.end, `${draft.name}: ${parsed.failure}`, parsed.hint);
    }
    const before = draft.uses[key];
    if (before && !spec.merge) return this.fail('duplicate-option', start, end, `${draft.name}: option "${spec.name}" can only be used once`, 'take the second away');
    for (const other in draft.uses) {
      const clash = draft.uses[other] && other !== key && (spec.excludes?.includes(other) || (draft.extension as Extension).options[other]?.excludes?.includes(key));
      if (clash)
        this.atTheEnd(() =>
          this.fail(
            'conflicting-options',
            start,
            end,
            `${draft.name}: option "${spec.name}" cannot be used together with "${(draft.extension as Extension).options[other]?.name}"`,
            'keep one of them',
          ),
        );
    }
    const value = before && spec.merge ? spec.merge(before.value, parsed) : parsed;
    draft.uses[key] = { value, negated: negation !== null, span: this.span(start, end) };
  }

  protected use(draft: Draft): ExtensionUse {
    for (const { name, value } of missingOptions(draft)) {
      draft.failed = true;
      this.fail('missing-option', draft.start, draft.end, `${draft.name}: option "${name}" must be specified`, `write ${name} ${value.placeholder}`);
    }
    return this.readUse(draft, !draft.failed);
  }

  protected readUse(draft: Draft, read: boolean): ExtensionUse {
    const span = this.span(draft.start, draft.end);
    return read ? extensionUse(draft, this.context, this.source, span) : unreadUse(draft, this.source.slice(draft.start, draft.end), span);
  }
}
