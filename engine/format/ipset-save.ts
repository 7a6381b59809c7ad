/**
 * Sets as `ipset save` prints them and `ipset restore` reads them (ipset 7.17, lib/ipset.c build_argv(), ipset_parse_*).
 * What an element means is the set type's business (extension/settype); here are lines, names and places. Entries go
 * straight into columns: a million of them is no million objects.
 */

import {
  SET_TYPES,
  createEntries,
  findSetType,
  parseCreate,
  parseElement,
  parseExtras,
  printCreate,
  printElement,
  printExtras,
  setLayout,
  type EntriesBuilder,
} from '../extension/settype/index.ts';
import { closest } from '../model/closest.ts';
import { isFailure, type ValueFailure } from '../model/option.ts';
import type { IpSet, SetEntries } from '../model/set.ts';
import { changeSets, listPlace, missingSet, placeFault, settings, withLastMoved, type SetDraft, type SetDrafts, type WholeSets } from './ipset-draft.ts';
import { lengthFault, readSetLine, splitSetWords } from './ipset-line.ts';
import { eachLine, quoted, report, spanAt, type Report, type Word } from './text.ts';

const NO_ENTRIES: SetEntries = { width: 0, count: 0, words: new Uint32Array(0), extras: new Map(), names: [] };
/**
 * What is added to one set in a row, or taken out of it, goes to the kernel as one message, and -exist is said of a message as it
 * begins (lib/session.c, may_aggregate_ad()). It is one page long, of which an entry takes some 24 to 70 bytes: this is about where it ends.
 */
const MESSAGE_LINES = 100;

/** Reads into `sets`, which may hold the sets of earlier sections. */
export function parseIpsetSave(text: string, line: number, sets: Map<string, IpSet>, to: Report): void {
  const drafts: SetDrafts = new Map();
  /** Sets whose create line was refused, which has been said: their elements are passed over. */
  const refused = new Set<string>();
  let last: SetDraft | undefined;
  let lastName = '';
  /** Said so far: it stays, ipset 7.17 takes it back behind no line. */
  let exist = false;
  /** Lines that go to the kernel as one message. */
  let message = { command: '', name: '', exist: false, lines: 0 };

  /** Whether -exist holds for a line that adds or takes out. */
  const existsIn = (command: 'add' | 'del', name: string): boolean => {
    if (message.command === command && message.name === name && message.lines < MESSAGE_LINES) message.lines++;
    else message = { command, name, exist, lines: 1 };
    return message.exist;
  };

  /** `add NAME ELEMENT` without anything else: nearly all lines of a large set. */
  const plainAdd = (source: string, number: number): boolean => {
    if (!source.startsWith('add ') || source.includes('"') || source.length > 200) return false;
    const nameEnd = source.indexOf(' ', 4);
    if (nameEnd < 5 || nameEnd === source.length - 1 || source.indexOf(' ', nameEnd + 1) >= 0 || source.includes('\t')) return false;
    const name = source.slice(4, nameEnd);
    if (name.startsWith('-') || source.charCodeAt(nameEnd + 1) === 45 /* - */) return false;
    if (name !== lastName || !last) {
      last = drafts.get(name);
      lastName = name;
    }
    if (!last?.layout || !last.builder || last.header.type === 'list:set') return false;
    const failure = parseElement(last.layout, source.slice(nameEnd + 1), null, last.builder, existsIn('add', name));
    if (failure) fail(source, number, { text: '', start: nameEnd + 1, end: source.length }, failure, name);
    return true;
  };

  /** A line about these sets is not read: what is in them is not all known. */
  const leaveOut = (names: Iterable<string>): void => {
    for (const name of names) {
      const draft = drafts.get(name);
      const earlier = sets.get(name);
      if (draft) draft.incomplete = true;
      else if (earlier) sets.set(name, { ...earlier, incomplete: true });
    }
  };

  const fail = (source: string, number: number, word: Word | undefined, { failure, hint }: ValueFailure, name: string, code = 'bad-value'): void => {
    leaveOut([name]);
    report(to, 'error', code, spanAt(source, number, word?.start ?? 0, word?.end ?? source.length), `set ${quoted(name)}: ${failure}`, hint);
  };

  eachLine(text, line, (source, number) => {
    if (source === '' || plainAdd(source, number)) return;
    const bare = source.trimStart();
    if (bare === '' || bare.startsWith('#')) return;
    if (bare === 'COMMIT') {
      message = { command: '', name: '', exist: false, lines: 0 };
      return;
    }
    const tooLong = lengthFault(source, 0);
    // What is behind the place where ipset cuts it is a line of its own to it, and nobody means that.
    const said = readSetLine(tooLong ? source.slice(0, 1000) : source);
    const { command, first, words, openQuote } = said;
    const [nameWord, third, ...rest] = words;
    const all = new Set([...drafts.keys(), ...sets.keys()]);
    const refuse = (word: Word | undefined, code: string, message: string, hint: string, names: Iterable<string> = words.slice(0, 2).map(({ text }) => text)): void => {
      leaveOut(names);
      report(to, 'error', code, spanAt(source, number, word?.start ?? 0, word?.end ?? source.length), message, hint);
    };
    const length = tooLong ?? lengthFault('', words.length + 1);
    if (length) return refuse(undefined, 'line-too-long', length, 'make two lines of it');
    if (openQuote >= 0) report(to, 'error', 'open-quote', spanAt(source, number, openQuote, openQuote + 1), 'missing close quote', 'close it; a comment holds no double quote');
    exist ||= said.exist;
    if (command !== 'add' && command !== 'del') message = { command: '', name: '', exist: false, lines: 0 };
    switch (command) {
      case null: {
        const given = first?.text ?? '';
        const near = closest(given, ['create', 'add']);
        return refuse(
          first,
          'unknown-command',
          `unknown command ${quoted(given)}`,
          near ? `did you mean "${near}"?` : 'lines begin with create or add',
          // "flush" without a name empties all; "swap" and "rename" name two.
          nameWord ? undefined : all,
        );
      }
      case 'list':
      case 'save':
        if (third) return refuse(third, 'bad-value', `unknown argument "${third.text}"`, 'it takes one set name or none', []);
        if (nameWord && !drafts.has(nameWord.text)) {
          const { code, message, hint } = missingSet(nameWord.text, drafts);
          return refuse(nameWord, code, message, hint);
        }
        return report(to, 'warning', 'ignored-command', spanAt(source, number, 0, source.length), `"${command}" prints and changes nothing`, 'take it away');
      case 'test':
      case 'quit':
        return refuse(
          undefined,
          'unread-command',
          `"${command}" ends the input: ipset restore reads no line behind it`,
          'take it away; here the lines behind it are read',
          command === 'quit' ? all : undefined,
        );
      case 'help':
      case 'version':
      case 'restore':
        return refuse(first, 'unread-command', `command "${command}" is invalid in restore mode`, 'take it away', []);
      case 'flush':
      case 'destroy':
      case 'rename':
      case 'swap':
        last = undefined;
        return wholeSets(command, words, refuse);
    }
    if (!nameWord || !third)
      return refuse(
        undefined,
        'missing-argument',
        `"${command}" takes a set name and ${command === 'create' ? 'a type' : 'an element'}`,
        command === 'create' ? 'write create NAME TYPE' : `write ${command} NAME ELEMENT`,
        nameWord && command !== 'create' ? undefined : [],
      );
    const name = nameWord.text;
    if (command === 'create') {
      const draft = create(source, number, name, nameWord, third, rest, exist);
      if (draft) drafts.set(name, draft);
      else if (!drafts.has(name)) refused.add(name);
      last = undefined;
      return;
    }
    const draft = drafts.get(name);
    if (!draft) {
      if (refused.has(name)) return;
      const { code, message, hint } = missingSet(name, drafts);
      return refuse(nameWord, code, message, hint, [name]);
    }
    if (!draft.layout || !draft.builder) return;
    const mayExist = existsIn(command, name);
    if (draft.header.type === 'list:set') return changeList(source, number, draft, command, third, rest, mayExist);
    const extras = parseExtras(
      draft.layout,
      rest.map(({ text }) => text),
    );
    if (isFailure(extras)) return fail(source, number, rest[extras.word ?? 0], extras, name);
    const { builder } = draft;
    const sink: EntriesBuilder = command === 'add' ? builder : { ...builder, append: (words) => builder.remove(words, mayExist) };
    const failure = parseElement(draft.layout, third.text, extras, sink, mayExist);
    if (failure) fail(source, number, third, failure, name);
  });

  for (const [name, { header, builder, incomplete, line: at }] of drafts) sets.set(name, { ...header, entries: builder?.finish() ?? NO_ENTRIES, incomplete, line: at });

  function wholeSets(command: WholeSets, words: readonly Word[], refuse: (word: Word | undefined, code: string, message: string, hint: string) => void): void {
    const [nameWord, otherWord] = words;
    const takes = command === 'rename' || command === 'swap' ? 2 : 1;
    const extra = words[takes];
    if (takes === 2 && !otherWord) return refuse(undefined, 'missing-argument', `"${command}" takes two set names`, `write ${command} FROM TO`);
    if (extra) return refuse(extra, 'bad-value', `unknown argument "${extra.text}"`, takes === 2 ? `write ${command} FROM TO` : 'it takes one set name or none');
    if (nameWord && !drafts.has(nameWord.text)) {
      if (refused.has(nameWord.text) || (command === 'destroy' && exist)) return;
      const { code, message, hint } = missingSet(nameWord.text, drafts);
      return refuse(nameWord, code, message, hint);
    }
    const fault = changeSets(drafts, command, nameWord?.text, otherWord?.text);
    if (fault) refuse(fault.word === null ? undefined : words[fault.word], fault.code, fault.message, fault.hint);
  }

  /** A member added to a list or taken out of it, in its place. */
  function changeList(source: string, number: number, draft: SetDraft, command: 'add' | 'del', memberWord: Word, rest: readonly Word[], mayExist: boolean): void {
    const { layout, builder, header } = draft;
    if (!layout || !builder) return;
    const read = listPlace(
      memberWord.text,
      rest.map(({ text }) => text),
    );
    if (!read) return fail(source, number, rest.at(-1), { failure: `missing value of "${rest.at(-1)?.text}"`, hint: 'name a set that the list holds' }, header.name);
    const { member, place } = read;
    const extras = parseExtras(layout, read.words);
    if (isFailure(extras))
      return fail(
        source,
        number,
        rest.find(({ text }) => text === read.words[extras.word ?? 0]),
        extras,
        header.name,
      );
    if (!drafts.has(member) && !sets.has(member))
      return fail(
        source,
        number,
        memberWord,
        { failure: 'set to be added/deleted/tested as element does not exist', hint: `create ${quoted(member)} in a line before` },
        header.name,
        'missing-set',
      );
    if ((drafts.get(member)?.header ?? sets.get(member))?.type === 'list:set')
      return fail(source, number, memberWord, { failure: 'sets with list:set type cannot be added to the set', hint: 'add its members' }, header.name);
    const before = builder.count;
    const misplaced = place && placeFault(builder.finish(), member, place, command === 'add');
    if (misplaced) return fail(source, number, memberWord, misplaced, header.name);
    const sink: EntriesBuilder = command === 'add' ? builder : { ...builder, append: (words) => builder.remove(words, mayExist) };
    const failure = parseElement(layout, member, extras, sink, mayExist);
    if (failure) return fail(source, number, memberWord, failure, header.name);
    if (place && builder.count > before) drafts.set(header.name, { ...draft, builder: withLastMoved(layout, builder.finish(), place) });
  }

  function create(source: string, number: number, name: string, nameWord: Word, typeWord: Word, rest: readonly Word[], exist: boolean): SetDraft | null {
    const type = findSetType(typeWord.text);
    const known = drafts.get(name) ?? sets.get(name);
    if (known) {
      const header = type
        ? parseCreate(
            type,
            name,
            rest.map(({ text }) => text),
          )
        : null;
      if (!exist || !header || isFailure(header) || settings(header) !== settings('header' in known ? known.header : known))
        report(
          to,
          'error',
          'duplicate-set',
          spanAt(source, number, nameWord.start, nameWord.end),
          `set cannot be created: set with the same name already exists: ${quoted(name)}`,
          'leave one of them out',
        );
      return null;
    }
    if (!type) {
      const near = closest(
        typeWord.text,
        SET_TYPES.map(({ name: candidate }) => candidate),
      );
      report(
        to,
        'warning',
        'unknown-set-type',
        spanAt(source, number, typeWord.start, typeWord.end),
        `unknown set type ${quoted(typeWord.text)}`,
        near ? `did you mean "${near}"?` : 'the set is kept and printed back, and unknown in a walk',
      );
      return {
        header: { name, type: typeWord.text, family: null, options: rest.map(({ text }) => [text, ''] as const) },
        line: number,
        layout: null,
        builder: null,
        incomplete: false,
      };
    }
    const header = parseCreate(
      type,
      name,
      rest.map(({ text }) => text),
    );
    if (isFailure(header)) {
      fail(source, number, header.word === undefined ? (rest.at(-1) ?? typeWord) : (rest[header.word] ?? typeWord), header, name);
      return null;
    }
    const layout = setLayout(type, header);
    if (isFailure(layout)) {
      fail(source, number, typeWord, layout, name);
      return null;
    }
    return { header, line: number, layout, builder: createEntries(layout), incomplete: false };
  }
}

/**
 * Sets as `ipset save` prints them, entries in the order read. `source` is the text they were read from: sets of unknown
 * types are printed from it as they stand.
 */
export function printIpsetSave(sets: Iterable<IpSet>, source: string): string {
  const lines: string[] = [];
  let verbatim: Map<string, string[]> | null = null;
  for (const set of sets) {
    const type = findSetType(set.type);
    const layout = type ? setLayout(type, set) : null;
    if (!type || !layout || isFailure(layout)) {
      verbatim ??= linesBySet(source);
      lines.push(...(verbatim.get(set.name) ?? []));
      continue;
    }
    lines.push(printCreate(type, set));
    const { entries } = set;
    const lead = `add ${set.name} `;
    for (let i = 0; i < entries.count; i++) lines.push(lead + printElement(layout, entries, i) + printExtras(layout, entries.extras.get(i)));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Entries of a set as `ipset save` prints them after `add NAME `, in the order read; none for a set of an unknown type. */
export function printEntries(set: IpSet): readonly string[] {
  const type = findSetType(set.type);
  const layout = type ? setLayout(type, set) : null;
  if (!layout || isFailure(layout)) return [];
  return Array.from({ length: set.entries.count }, (_, i) => printElement(layout, set.entries, i) + printExtras(layout, set.entries.extras.get(i)));
}

function linesBySet(source: string): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  eachLine(source, 1, (line) => {
    const name = splitSetWords(line).words[1]?.text;
    if (name === undefined || !/^(create|add)\s/.test(line)) return;
    const before = lines.get(name);
    if (before) before.push(line);
    else lines.set(name, [line]);
  });
  return lines;
}
