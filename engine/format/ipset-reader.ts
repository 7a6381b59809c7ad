/**
 * Lines of `ipset restore`, read one after another into drafts of sets (ipset 7.17, lib/session.c, lib/parse.c). What is
 * wrong is told with its place, and whatever set it was about is not all known from there on.
 */

import { SET_TYPES, createEntries, findSetType, parseCreate, parseElement, parseExtras, setLayout, type EntriesBuilder, type SetLayout } from '../extension/settype/index.ts';
import { closest } from '../model/closest.ts';
import { isFailure, type ValueFailure } from '../model/option.ts';
import type { IpSet, SetEntries } from '../model/set.ts';
import { changeSets, listPlace, missingSet, placeFault, settings, withLastMoved, type SetDraft, type SetDrafts, type WholeSets } from './ipset-draft.ts';
import { lengthFault, readSetLine, type SetLine } from './ipset-line.ts';
import { quoted, report, spanAt, type Report, type Word } from './text.ts';

const NO_ENTRIES: SetEntries = { width: 0, count: 0, words: new Uint32Array(0), extras: new Map(), names: [] };
/**
 * What is added to one set in a row, or taken out of it, goes to the kernel as one message, and -exist is said of a message as it
 * begins (lib/session.c, may_aggregate_ad()). It is one page long, of which an entry takes some 24 to 70 bytes: this is about where it ends.
 */
const MESSAGE_LINES = 100;

/** Lines that go to the kernel as one message. */
interface Message {
  readonly command: 'add' | 'del';
  readonly name: string;
  readonly exist: boolean;
  lines: number;
}

interface GivenLine extends SetLine {
  readonly source: string;
  readonly number: number;
}

/** A line that adds to a set or takes out of it. */
interface Change {
  readonly line: GivenLine;
  readonly adds: boolean;
  readonly element: Word;
  /** What stands behind the element. */
  readonly rest: readonly Word[];
  /** -exist holds for it. */
  readonly mayExist: boolean;
}

const textsOf = (words: readonly Word[]): string[] => words.map(({ text }) => text);

export class SetReader {
  private readonly sets: Map<string, IpSet>;
  private readonly to: Report;
  private readonly drafts: SetDrafts = new Map();
  /** Sets whose create line was refused, which has been said: their elements are passed over. */
  private readonly refused = new Set<string>();
  /** What lines add to one after another. */
  private last: SetDraft | undefined;
  private lastName = '';
  /** Said so far: it stays, ipset 7.17 takes it back behind no line. */
  private exist = false;
  private message: Message | null = null;

  /** @param sets those of earlier sections, to which the ones that are read are added at the end */
  constructor(sets: Map<string, IpSet>, to: Report) {
    this.sets = sets;
    this.to = to;
  }

  line(source: string, number: number): void {
    if (source === '' || this.plainAdd(source, number)) return;
    const bare = source.trimStart();
    if (bare === '' || bare.startsWith('#')) return;
    if (bare === 'COMMIT') {
      this.message = null;
      return;
    }
    const tooLong = lengthFault(source, 0);
    // What is behind the place where ipset cuts it is a line of its own to it, and nobody means that.
    const line: GivenLine = { source, number, ...readSetLine(tooLong ? source.slice(0, 1000) : source) };
    const length = tooLong ?? lengthFault('', line.words.length + 1);
    if (length) return this.refuse(line, undefined, 'line-too-long', length, 'make two lines of it');
    const { openQuote } = line;
    if (openQuote >= 0)
      report(this.to, 'error', 'open-quote', spanAt(source, number, openQuote, openQuote + 1), 'missing close quote', 'close it; a comment holds no double quote');
    this.exist ||= line.exist;
    this.command(line);
  }

  end(): void {
    for (const [name, { header, builder, incomplete, line }] of this.drafts) this.sets.set(name, { ...header, entries: builder?.finish() ?? NO_ENTRIES, incomplete, line });
  }

  /** `add NAME ELEMENT` without anything else: nearly all lines of a large set. */
  private plainAdd(source: string, number: number): boolean {
    if (!source.startsWith('add ') || source.includes('"') || source.length > 200) return false;
    const nameEnd = source.indexOf(' ', 4);
    if (nameEnd < 5 || nameEnd === source.length - 1 || source.indexOf(' ', nameEnd + 1) >= 0 || source.includes('\t')) return false;
    const name = source.slice(4, nameEnd);
    if (name.startsWith('-') || source.charCodeAt(nameEnd + 1) === 45 /* - */) return false;
    if (name !== this.lastName || !this.last) {
      this.last = this.drafts.get(name);
      this.lastName = name;
    }
    const { last } = this;
    if (!last?.layout || !last.builder || last.header.type === 'list:set') return false;
    const failure = parseElement(last.layout, source.slice(nameEnd + 1), null, last.builder, this.existsIn('add', name));
    if (failure) this.fail({ source, number }, { text: '', start: nameEnd + 1, end: source.length }, failure, name);
    return true;
  }

  private command(line: GivenLine): void {
    const { command, first } = line;
    if (command === 'add' || command === 'del') return this.change(line, command);
    this.message = null;
    switch (command) {
      case null:
        return this.unknownCommand(line);
      case 'create':
        return this.create(line);
      case 'list':
      case 'save':
        return this.print(line, command);
      case 'test':
      case 'quit': {
        const hint = 'take it away; here the lines behind it are read';
        return this.refuse(
          line,
          undefined,
          'unread-command',
          `"${command}" ends the input: ipset restore reads no line behind it`,
          hint,
          command === 'quit' ? this.all() : undefined,
        );
      }
      case 'help':
      case 'version':
      case 'restore':
        return this.refuse(line, first, 'unread-command', `command "${command}" is invalid in restore mode`, 'take it away', []);
      default:
        this.last = undefined;
        return this.wholeSets(line, command);
    }
  }

  /** Whether -exist holds for a line that adds or takes out. */
  private existsIn(command: 'add' | 'del', name: string): boolean {
    const { message } = this;
    if (message?.command === command && message.name === name && message.lines < MESSAGE_LINES) {
      message.lines++;
      return message.exist;
    }
    this.message = { command, name, exist: this.exist, lines: 1 };
    return this.exist;
  }

  /** Names of all sets there are. */
  private all(): Set<string> {
    return new Set([...this.drafts.keys(), ...this.sets.keys()]);
  }

  /** A line about these sets is not read: what is in them is not all known. */
  private leaveOut(names: Iterable<string>): void {
    for (const name of names) {
      const draft = this.drafts.get(name);
      const earlier = this.sets.get(name);
      if (draft) draft.incomplete = true;
      else if (earlier) this.sets.set(name, { ...earlier, incomplete: true });
    }
  }

  /** `names`: sets that the line may be about. */
  private refuse(line: GivenLine, word: Word | undefined, code: string, message: string, hint: string, names: Iterable<string> = textsOf(line.words.slice(0, 2))): void {
    this.leaveOut(names);
    this.complain(line, word, code, message, hint);
  }

  private fail(line: Pick<GivenLine, 'source' | 'number'>, word: Word | undefined, { failure, hint = '' }: ValueFailure, name: string, code = 'bad-value'): void {
    this.leaveOut([name]);
    this.complain(line, word, code, `set ${quoted(name)}: ${failure}`, hint);
  }

  private complain({ source, number }: Pick<GivenLine, 'source' | 'number'>, word: Word | undefined, code: string, message: string, hint: string): void {
    report(this.to, 'error', code, spanAt(source, number, word?.start ?? 0, word?.end ?? source.length), message, hint);
  }

  private refuseMissing(line: GivenLine, name: Word, names?: Iterable<string>): void {
    const { code, message, hint } = missingSet(name.text, this.drafts);
    this.refuse(line, name, code, message, hint, names);
  }

  private refuseShort(line: GivenLine, command: 'create' | 'add' | 'del', names: Iterable<string> | undefined): void {
    const [what, hint] = command === 'create' ? ['a type', 'write create NAME TYPE'] : ['an element', `write ${command} NAME ELEMENT`];
    this.refuse(line, undefined, 'missing-argument', `"${command}" takes a set name and ${what}`, hint, names);
  }

  private unknownCommand(line: GivenLine): void {
    const given = line.first?.text ?? '';
    const near = closest(given, ['create', 'add']);
    // "flush" without a name empties all; "swap" and "rename" name two.
    const names = line.words.length > 0 ? undefined : this.all();
    this.refuse(line, line.first, 'unknown-command', `unknown command ${quoted(given)}`, near ? `did you mean "${near}"?` : 'lines begin with create or add', names);
  }

  private print(line: GivenLine, command: 'list' | 'save'): void {
    const { source, number, words } = line;
    const [name, extra] = words;
    if (extra) return this.refuse(line, extra, 'bad-value', `unknown argument "${extra.text}"`, 'it takes one set name or none', []);
    if (name && !this.drafts.has(name.text)) return this.refuseMissing(line, name);
    report(this.to, 'warning', 'ignored-command', spanAt(source, number, 0, source.length), `"${command}" prints and changes nothing`, 'take it away');
  }

  private wholeSets(line: GivenLine, command: WholeSets): void {
    const { words } = line;
    const [name, other] = words;
    const takes = command === 'rename' || command === 'swap' ? 2 : 1;
    const extra = words[takes];
    if (takes === 2 && !other) return this.refuse(line, undefined, 'missing-argument', `"${command}" takes two set names`, `write ${command} FROM TO`);
    if (extra) return this.refuse(line, extra, 'bad-value', `unknown argument "${extra.text}"`, takes === 2 ? `write ${command} FROM TO` : 'it takes one set name or none');
    if (name && !this.drafts.has(name.text)) {
      if (this.refused.has(name.text) || (command === 'destroy' && this.exist)) return;
      return this.refuseMissing(line, name);
    }
    const fault = changeSets(this.drafts, command, name?.text, other?.text);
    if (fault) this.refuse(line, fault.word === null ? undefined : words[fault.word], fault.code, fault.message, fault.hint);
  }

  private create(line: GivenLine): void {
    const [name, type, ...rest] = line.words;
    if (!name || !type) return this.refuseShort(line, 'create', []);
    const draft = this.createdSet(line, name, type, rest);
    if (draft) this.drafts.set(name.text, draft);
    else if (!this.drafts.has(name.text)) this.refused.add(name.text);
    this.last = undefined;
  }

  /** Null if it is refused, or there already. */
  private createdSet(line: GivenLine, nameWord: Word, typeWord: Word, rest: readonly Word[]): SetDraft | null {
    const { text: name } = nameWord;
    const type = findSetType(typeWord.text);
    const header = type && parseCreate(type, name, textsOf(rest));
    const earlier = this.drafts.get(name)?.header ?? this.sets.get(name);
    if (earlier) {
      if (!this.exist || !header || isFailure(header) || settings(header) !== settings(earlier))
        this.complain(line, nameWord, 'duplicate-set', `set cannot be created: set with the same name already exists: ${quoted(name)}`, 'leave one of them out');
      return null;
    }
    if (!type || !header) return this.setOfUnknownType(line, name, typeWord, rest);
    if (isFailure(header)) {
      this.fail(line, header.word === undefined ? (rest.at(-1) ?? typeWord) : (rest[header.word] ?? typeWord), header, name);
      return null;
    }
    const layout = setLayout(type, header);
    if (isFailure(layout)) {
      this.fail(line, typeWord, layout, name);
      return null;
    }
    return { header, line: line.number, layout, builder: createEntries(layout), incomplete: false };
  }

  private setOfUnknownType({ source, number }: GivenLine, name: string, { text, start, end }: Word, rest: readonly Word[]): SetDraft {
    const near = closest(
      text,
      SET_TYPES.map((type) => type.name),
    );
    const hint = near ? `did you mean "${near}"?` : 'the set is kept and printed back, and unknown in a walk';
    report(this.to, 'warning', 'unknown-set-type', spanAt(source, number, start, end), `unknown set type ${quoted(text)}`, hint);
    const options = rest.map((word) => [word.text, ''] as const);
    return { header: { name, type: text, family: null, options }, line: number, layout: null, builder: null, incomplete: false };
  }

  private change(line: GivenLine, command: 'add' | 'del'): void {
    const [name, element, ...rest] = line.words;
    if (!name || !element) return this.refuseShort(line, command, name ? undefined : []);
    const draft = this.drafts.get(name.text);
    if (!draft) {
      if (!this.refused.has(name.text)) this.refuseMissing(line, name, [name.text]);
      return;
    }
    const { layout, builder, header } = draft;
    if (!layout || !builder) return;
    const change: Change = { line, adds: command === 'add', element, rest, mayExist: this.existsIn(command, name.text) };
    if (header.type === 'list:set') return this.changeList(draft, layout, builder, change);
    const extras = parseExtras(layout, textsOf(rest));
    if (isFailure(extras)) return this.fail(line, rest[extras.word ?? 0], extras, name.text);
    const failure = parseElement(layout, element.text, extras, sinkOf(builder, change), change.mayExist);
    if (failure) this.fail(line, element, failure, name.text);
  }

  /** A member added to a list or taken out of it, in its place. */
  private changeList(draft: SetDraft, layout: SetLayout, builder: EntriesBuilder, change: Change): void {
    const { line, adds, element, rest, mayExist } = change;
    const { name } = draft.header;
    const read = listPlace(element.text, textsOf(rest));
    if (!read) return this.fail(line, rest.at(-1), { failure: `missing value of "${rest.at(-1)?.text}"`, hint: 'name a set that the list holds' }, name);
    const { member, place, words } = read;
    const extras = parseExtras(layout, words);
    if (isFailure(extras)) {
      const wrong = words[extras.word ?? 0];
      return this.fail(
        line,
        rest.find(({ text }) => text === wrong),
        extras,
        name,
      );
    }
    const held = this.drafts.get(member)?.header ?? this.sets.get(member);
    if (!held) {
      const hint = `create ${quoted(member)} in a line before`;
      return this.fail(line, element, { failure: 'set to be added/deleted/tested as element does not exist', hint }, name, 'missing-set');
    }
    if (held.type === 'list:set') return this.fail(line, element, { failure: 'sets with list:set type cannot be added to the set', hint: 'add its members' }, name);
    const before = builder.count;
    const misplaced = place && placeFault(builder.finish(), member, place, adds);
    if (misplaced) return this.fail(line, element, misplaced, name);
    const failure = parseElement(layout, member, extras, sinkOf(builder, change), mayExist);
    if (failure) return this.fail(line, element, failure, name);
    if (place && builder.count > before) this.drafts.set(name, { ...draft, builder: withLastMoved(layout, builder.finish(), place) });
  }
}

/** Where the entries of a line go: in, or out. */
function sinkOf(builder: EntriesBuilder, { adds, mayExist }: Change): EntriesBuilder {
  return adds ? builder : { ...builder, append: (words) => builder.remove(words, mayExist) };
}
