/**
 * The options of iptables itself in a rule line: its command, chain and counters, the header's `-s -d -i -o -p -f`, and `-m`
 * and `-j`, which load extensions. It follows getopt_long(3) and the option parser of iptables 1.8.9
 * (iptables/xshared.c do_parse()); what comes of a whole line is made in iptables-rule.ts.
 */

import { findMatch, findTarget } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import { isFailure, type OptionSpec, type OptionUse } from '../model/option.ts';
import { ExtensionReader } from './iptables-loading.ts';
import { MAX_NAME, STANDARD_TARGETS, extensionNames, matchName } from './iptables-names.ts';
import { HEADER_KEYS, PROGRAM, TAKES_ARGUMENT, isProgramOption, lookUpOption, type Command, type Draft } from './iptables-options.ts';
import type { ChainDraft } from './iptables-table.ts';
import { quoted, type Word } from './text.ts';

/** Options whose value may not stand in the same word. */
const GLUED = 'sdpioj';

/** What options of the program take that are neither of the header nor commands, which take a chain. */
const ARGUMENTS: Readonly<Record<string, string>> = { m: 'match', j: 'target', c: 'packets,bytes', t: 'table', M: 'command' };

const NO_WORDS: readonly string[] = [];

/** The table that a line stands in, as far as it is read. */
export interface RuleSite {
  readonly name: string;
  readonly chains: ReadonlyMap<string, ChainDraft>;
}

export class ProgramReader extends ExtensionReader {
  command: Command | null = null;
  chain: Word | null = null;
  argument: Word | null = null;
  counters: readonly [number, number] | null = null;
  skipped = false;
  unresolved: Word | null = null;
  protected header: Draft['uses'] = {};
  /** Where `-s` or `-d` lists addresses: all of them. */
  protected alternatives: { readonly src: OptionUse[]; readonly dst: OptionUse[] } | null = null;
  protected target: Draft | null = null;
  protected verb: 'jump' | 'goto' = 'jump';
  /** The target is a chain, or a plain verdict: it has no options. */
  protected isChain = false;
  protected isVerdict = false;
  private chains: RuleSite['chains'] = new Map();

  protected enter({ name, chains }: RuleSite, counters: readonly [number, number] | null): void {
    this.context.table = name;
    this.chains = chains;
    this.command = null;
    this.chain = null;
    this.argument = null;
    this.counters = counters;
    this.skipped = false;
    this.unresolved = null;
    this.header = {};
    this.alternatives = null;
    this.target = null;
  }

  /** The next option, or what stands where one should. */
  protected step(): void {
    const word = this.words.at(this.at) as Word;
    const { text } = word;
    if (text === '!') {
      this.at++;
      if (this.inversion) this.fail('bad-inversion', word.start, word.end, 'multiple consecutive ! not allowed', 'write one "!" before the option');
      this.inversion = word;
      return;
    }
    if (this.collecting && !isProgramOption(text)) {
      this.at++;
      this.keepVerbatim(word);
      return;
    }
    this.collecting = null;
    if (text === '--' && this.at === this.words.count - 1) this.at++;
    else if (text === '--') {
      this.fail('bad-argument', word.start, word.end, 'unknown arguments found on commandline', 'take "--" away');
      this.at = this.words.count;
    } else if (text.startsWith('--')) this.longOption(word);
    else if (text.length > 1 && text.startsWith('-')) this.shortOptions(word);
    else {
      this.at++;
      const hint = text.startsWith('!') ? `write a blank after "!": "! ${text.slice(1)}"` : 'options begin with "-"';
      this.fail('bad-argument', word.start, word.end, `bad argument ${quoted(text)}`, hint);
      this.skipArguments();
    }
  }

  private shortOptions(word: Word): void {
    this.at++;
    for (let i = 1; i < word.text.length && !this.skipped; i++) {
      const letter = word.text[i] as string;
      if (TAKES_ARGUMENT.includes(letter)) {
        const rest = word.text.slice(i + 1);
        if (rest !== '' && GLUED.includes(letter)) return this.gluedValue(word, letter, `-${letter}`, rest);
        const value = rest !== '' ? { text: rest, start: word.end - rest.length, end: word.end } : (this.words.at(this.at++) ?? null);
        this.programOption(letter, word, value);
        return;
      }
      this.programOption(letter, word, null);
    }
  }

  private longOption(word: Word): void {
    const equals = word.text.indexOf('=');
    const name = equals < 0 ? word.text.slice(2) : word.text.slice(2, equals);
    const inline = equals < 0 ? null : { text: word.text.slice(equals + 1), start: Math.min(word.end, word.start + equals + 1), end: word.end };
    let found = lookUpOption(name, this.loaded);
    if (!found || found === 'ambiguous') {
      const loaded = this.loadProtocolMatch(word);
      if (loaded) found = lookUpOption(name, this.loaded) ?? found;
      if (loaded && this.collecting) return;
    }
    this.at++;
    if (found === 'ambiguous') {
      this.fail(
        'ambiguous-option',
        word.start,
        word.end,
        `option "--${name}" is ambiguous`,
        `it could be ${this.candidates()
          .filter((candidate) => candidate.startsWith(name))
          .map((candidate) => `--${candidate}`)
          .join(', ')}`,
      );
      this.skipArguments();
    } else if (!found) this.unknownOption(word, name);
    else if (found.draft) this.extensionOption(found.draft, found.key, word, inline);
    else if (TAKES_ARGUMENT.includes(found.letter as string)) {
      if (inline && GLUED.includes(found.letter as string)) this.gluedValue(word, found.letter as string, `--${name}`, inline.text);
      else this.programOption(found.letter as string, word, inline ?? this.words.at(this.at++) ?? null);
    } else this.programOption(found.letter as string, word, null);
  }

  /** xshared.c reads argv[optind - 1] there, which is the whole word. */
  private gluedValue(word: Word, letter: string, option: string, value: string): void {
    const key = HEADER_KEYS[letter];
    // Any short word names an interface, and before a mask of 0 any word will do.
    if (key && key !== 'proto' && !isFailure((ip.options[key] as OptionSpec).value.parse([word.text], this.context))) {
      this.find(
        'warning',
        'glued-value',
        word.start,
        word.end,
        `iptables 1.8.9 takes ${quoted(word.text)} whole as the value of ${option}`,
        `write a blank between: -${letter} ${value}`,
      );
      return this.programOption(letter, word, word);
    }
    this.fail('glued-value', word.start, word.end, `iptables 1.8.9 takes ${quoted(word.text)} whole as the value of ${option}`, `write a blank between: -${letter} ${value}`);
    this.inversion = null;
    // So that its options are known.
    if (letter === 'j') this.targetOption('jump', word, { text: value, start: word.end - value.length, end: word.end });
  }

  private programOption(letter: string, word: Word, value: Word | null) {
    const negation = this.takeInversion();
    const key = HEADER_KEYS[letter];
    if (TAKES_ARGUMENT.includes(letter) && !value) {
      const argument = (key ? (ip.options[key] as OptionSpec).value.placeholder : ARGUMENTS[letter]) ?? 'chain';
      return this.fail('missing-argument', word.start, word.end, `option ${quoted(word.text)} requires an argument`, `write ${word.text} ${argument}`);
    }
    if (key) return this.headerOption(key, word, value, negation);
    if ('ACDEFILNPRSXZ'.includes(letter)) return this.commandOption(letter as Command, word, value, negation);
    switch (letter) {
      case 'm':
        if (negation) this.fail('bad-inversion', negation.start, negation.end, 'unexpected ! flag before --match', 'put "!" before the option to invert');
        return this.matchOption(word, value as Word);
      case 'j':
      case 'g':
        if (negation) this.fail('bad-inversion', negation.start, negation.end, `cannot have ! before -${letter}`, 'put "!" before the option to invert');
        return this.targetOption(letter === 'g' ? 'goto' : 'jump', word, value as Word);
      case 'c':
        if (negation) this.fail('bad-inversion', negation.start, negation.end, 'cannot have ! before -c', 'take it away');
        return this.countersOption(word, value as Word);
      case '4':
      case '6':
        if ((letter === '4') === (this.context.family === 'ipv4')) return;
        this.skipped = true;
        if (this.target && this.unresolved) this.targetOfOthers(this.target, this.unresolved);
        return;
      case 'v':
        if (negation) this.fail('bad-inversion', negation.start, negation.end, 'cannot have ! before -v', 'take it away');
        return;
      case 'M':
        return;
      case 't':
        return this.fail('bad-option', word.start, word.end, 'the -t option cannot be used in iptables-restore', 'a line belongs to the table named by the last "*TABLE" line');
      default:
        if ([...PROGRAM.values()].includes(letter)) this.fail('bad-option', word.start, word.end, `illegal option ${quoted(word.text)} with this command`, 'take it away');
        else this.fail('unknown-option', word.start, word.end, `unknown option ${quoted(word.text)}`, 'long options begin with two dashes');
    }
  }

  /** What is wrong with a target that is not there, in a line that is then passed over: legacy looks for one at once, nft at the end. */
  private targetOfOthers({ verbatim, name, start, end }: Draft, word: Word): void {
    if (verbatim !== '') this.fail('bad-argument', start, end, `bad argument behind target ${quoted(name)}`, 'options belong to a match or target that is there');
    else if (this.context.backend !== 'nft') this.fail('missing-chain', word.start, word.end, `there is no chain or target ${quoted(name)}`, `declare it with ":${name} - [0:0]"`);
  }

  private commandOption(letter: Command, word: Word, value: Word | null, negation: Word | null) {
    if (negation) this.fail('bad-inversion', negation.start, negation.end, `unexpected ! before -${letter}`, 'take it away');
    if (this.command) return this.fail('bad-option', word.start, word.end, `cannot use -${letter} with -${this.command}`, 'one command on a line');
    this.command = letter;
    this.chain = value ?? ('FLSXZ'.includes(letter) ? this.plainArgument() : null);
    if (this.chain) this.context.chain = this.chain.text;
    if (letter === 'I' || letter === 'D' || letter === 'R' || letter === 'P' || letter === 'E') {
      const next = this.words.at(this.at);
      const wantsNumber = letter === 'I' || letter === 'D' || letter === 'R';
      if (next && (!wantsNumber || /^[0-9]+$/.test(next.text))) this.argument = this.plainArgument();
      if (!this.argument && letter !== 'I' && letter !== 'D')
        this.fail(
          'missing-argument',
          word.start,
          word.end,
          `-${letter} requires ${letter === 'R' ? 'a rule number' : letter === 'P' ? 'a chain and a policy' : 'old and new name of a chain'}`,
        );
      if (wantsNumber && this.argument && Number(this.argument.text) === 0)
        this.fail('bad-value', this.argument.start, this.argument.end, `invalid rule number ${quoted(this.argument.text)}`, 'rules count from 1');
    }
  }

  private countersOption(word: Word, value: Word) {
    const [packets = '', inline, ...rest] = value.text.split(',');
    const bytes = inline === undefined || inline === '' ? (inline === '' ? '' : (this.plainArgument()?.text ?? null)) : inline;
    if (bytes === null || packets === '' || rest.length > 0) return this.fail('bad-value', word.start, value.end, '-c requires packet and byte counter', 'write it like -c 10 840');
    if (!/^\d+$/.test(packets)) return this.fail('bad-value', value.start, value.end, '-c packet counter not numeric', 'write it like -c 10 840');
    if (!/^\d+$/.test(bytes)) return this.fail('bad-value', value.start, value.end, '-c byte counter not numeric', 'write it like -c 10 840');
    if (this.counters) return this.fail('duplicate-option', word.start, value.end, `multiple ${word.text} flags not allowed`, 'say it once');
    this.counters = [Number(packets), Number(bytes)];
  }

  private headerOption(key: string, word: Word, value: Word | null, negation: Word | null) {
    const spec = ip.options[key] as OptionSpec;
    const start = negation?.start ?? word.start;
    if (this.header[key]) return this.fail('duplicate-option', word.start, value?.end ?? word.end, `multiple ${spec.name} flags not allowed`, 'say it once');
    if (key === 'fragment' && this.context.family === 'ipv6')
      return this.fail('unknown-option', word.start, word.end, `unknown option ${quoted(word.text)}`, 'fragments of IPv6 are matched with -m frag');
    // An interface may be named so, but then it is most likely the next word that was meant.
    const isName = (key === 'in' || key === 'out') && /^-|^$/.test(this.words.at(this.at)?.text ?? '');
    if (value?.text === '!' && !isName) {
      this.fail(
        'bad-inversion',
        value.start,
        value.end,
        `"!" stands before an option, not after it`,
        `write "! ${spec.name} ${this.words.at(this.at)?.text ?? spec.value.placeholder}"`,
      );
      return this.skipArguments();
    }
    if (value && (key === 'src' || key === 'dst') && value.text.includes(',')) return this.addressList(key, word, value, negation);
    const parsed = value ? this.parseWord(spec, value) : spec.value.parse(NO_WORDS, this.context);
    if (isFailure(parsed)) {
      const complain = () => this.fail('bad-value', value?.start ?? word.start, value?.end ?? word.end, parsed.failure, parsed.hint);
      if (key === 'src' || key === 'dst') this.atTheEnd(complain);
      else complain();
      return;
    }
    const span = this.span(start, value?.end ?? word.end);
    this.header[key] = { value: parsed, negated: negation !== null, span };
    if (key === 'proto') {
      this.protocolWord = (value as Word).text;
      this.context.protocol = negation || parsed === 0 ? null : (parsed as number);
      this.context.namedProtocol = parsed as number;
      if (negation && parsed === 0) this.fail('bad-value', start, (value as Word).end, 'rule would never match protocol', 'leave "! -p all" out');
    }
    if ((key === 'in' || key === 'out') && /[/ ]/.test(value?.text ?? ''))
      this.find(
        'warning',
        'odd-interface',
        (value as Word).start,
        (value as Word).end,
        `weird character in interface ${quoted((value as Word).text)}`,
        "'/' and ' ' are not allowed by the kernel",
      );
  }

  /** `-s a,b`: one rule for each address. */
  private addressList(key: 'src' | 'dst', word: Word, value: Word, negation: Word | null) {
    const spec = ip.options[key] as OptionSpec;
    this.alternatives ??= { src: [], dst: [] };
    const { alternatives } = this;
    let offset = value.start + (this.source[value.start] === '"' ? 1 : 0);
    for (const part of value.text.split(',')) {
      const parsed = spec.value.parse([part.trim()], this.context);
      const start = offset;
      if (isFailure(parsed)) this.atTheEnd(() => this.fail('bad-value', start, start + Math.max(1, part.length), parsed.failure, parsed.hint));
      else alternatives[key].push({ value: parsed, negated: negation !== null, span: this.span(negation?.start ?? word.start, value.end) });
      offset += part.length + 1;
    }
    const first = alternatives[key][0];
    if (first) this.header[key] = first;
  }

  private matchOption(word: Word, value: Word): void {
    const name = matchName(value.text);
    const found = findMatch(name);
    const extension = found?.families.includes(this.context.family) ? found : null;
    this.load('match', extension ? name : value.text, extension, word.start, value.end);
  }

  private targetOption(verb: 'jump' | 'goto', word: Word, value: Word) {
    if (this.target) return this.fail('duplicate-option', word.start, value.end, 'multiple -j flags not allowed', 'a rule has one target');
    const name = value.text;
    if (name === '') return this.fail('bad-value', word.start, value.end, 'invalid target name (too short)', 'give a chain or a target');
    if (name.length >= MAX_NAME) return this.fail('bad-value', value.start, value.end, `invalid target name ${quoted(name)} (${MAX_NAME - 1} chars max)`, 'use a shorter name');
    if (/\s/.test(name)) return this.fail('bad-value', value.start, value.end, `invalid target name ${quoted(name)}`, 'names hold no blanks');
    const isChain = this.chains.has(name);
    const standard = !isChain && verb === 'jump' && STANDARD_TARGETS.includes(name);
    const found = isChain || standard || verb === 'goto' ? undefined : findTarget(name);
    const extension = found?.families.includes(this.context.family) ? found : null;
    const start = word.start;
    const draft = this.loaded.add('target', name, extension, start, value.end);
    this.target = draft;
    this.verb = verb;
    this.isChain = isChain;
    this.isVerdict = standard;
    if (standard && name === 'DROP' && this.context.table === 'nat')
      this.fail('wrong-table', start, value.end, 'the "nat" table is not intended for filtering, the use of DROP is therefore inhibited', 'drop in the filter or raw table');
    if (isChain || standard || extension !== null) {
      if (isChain && (findTarget(name) || STANDARD_TARGETS.includes(name) || extensionNames('target', this.context.family).has(name)))
        this.find('warning', 'chain-named-as-target', start, value.end, `using chain ${quoted(name)}, not the target of that name`, 'give the chain another name');
      return;
    }
    this.collecting = draft;
    if (verb === 'jump' && extensionNames('target', this.context.family).has(name)) return this.unknownExtension('target', name, start, value.end);
    // Looked for again when the whole table is read.
    this.unresolved = { ...value };
  }
}
