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
  type SetHeader,
  type SetLayout,
} from '../extension/settype/index.ts';
import { closest } from '../model/closest.ts';
import { isFailure, type ValueFailure } from '../model/option.ts';
import type { IpSet, SetEntries } from '../model/set.ts';
import { eachLine, quoted, report, spanAt, type Report, type Word } from './text.ts';

const NO_ENTRIES: SetEntries = { width: 0, count: 0, words: new Uint32Array(0), extras: new Map(), names: [] };
// biome-ignore format: a table
const COMMANDS: ReadonlyMap<string, 'create' | 'add' | 'del' | WholeSets> = new Map([
  ['create', 'create'], ['n', 'create'], ['-N', 'create'], ['--create', 'create'], ['add', 'add'], ['a', 'add'], ['-A', 'add'], ['--add', 'add'],
  ['del', 'del'], ['d', 'del'], ['-D', 'del'], ['--del', 'del'], ['flush', 'flush'], ['f', 'flush'], ['-F', 'flush'], ['--flush', 'flush'],
  ['destroy', 'destroy'], ['x', 'destroy'], ['-X', 'destroy'], ['--destroy', 'destroy'], ['rename', 'rename'], ['e', 'rename'], ['-E', 'rename'], ['--rename', 'rename'],
  ['swap', 'swap'], ['w', 'swap'], ['-W', 'swap'], ['--swap', 'swap'],
]);
/** Commands that take sets as a whole. */
type WholeSets = 'flush' | 'destroy' | 'rename' | 'swap';
const OTHERS = ['test', 'list', 'save', 'restore', 'help', 'version', 'quit'];

/** How large a table begins is nothing that a second create line has to repeat (same_set() of the set types). */
const SIZES: readonly string[] = ['hashsize', 'bucketsize', 'initval', 'forceadd'];
const DEFAULTS: Readonly<Record<string, string>> = { maxelem: '65536', size: '8', netmask: '', markmask: '0xffffffff' };

/** What two create lines have to agree in so that the second, with -exist, is taken. */
function settings({ type, family, options }: SetHeader): string {
  const kept = options.filter(([option, value]) => !SIZES.includes(option) && DEFAULTS[option] !== value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([type, family, kept]);
}

/** Names of the sets in a list. */
const membersOf = ({ count, width, words, names }: SetEntries): string[] => Array.from({ length: count }, (_, i) => names[words[i * width] as number] as string);

interface SetDraft {
  readonly header: SetHeader;
  readonly line: number;
  /** Null for a set whose type nobody knows; its elements are passed over. */
  readonly layout: SetLayout | null;
  readonly builder: EntriesBuilder | null;
  /** A line about it could not be read. */
  incomplete: boolean;
}

/** Splits as ipset does: blanks separate, double quotes group, nothing escapes. */
function splitSetWords(line: string): { words: Word[]; openQuote: number } {
  const words: Word[] = [];
  let i = 0;
  let openQuote = -1;
  while (i < line.length) {
    while (i < line.length && /\s/.test(line[i] as string)) i++;
    if (i >= line.length) break;
    const start = i;
    let text = '';
    openQuote = -1;
    for (; i < line.length; i++) {
      const char = line[i] as string;
      if (char === '"') openQuote = openQuote < 0 ? i : -1;
      else if (openQuote < 0 && /\s/.test(char)) break;
      else text += char;
    }
    words.push({ text, start, end: i });
  }
  return { words, openQuote };
}

/** Reads into `sets`, which may hold the sets of earlier sections. */
export function parseIpsetSave(text: string, line: number, sets: Map<string, IpSet>, to: Report): void {
  const drafts = new Map<string, SetDraft>();
  /** Sets whose create line was refused, which has been said: their elements are passed over. */
  const refused = new Set<string>();
  let last: SetDraft | undefined;
  let exist = false;
  let lastName = '';

  /** `add NAME ELEMENT` without anything else: nearly all lines of a large set. */
  const plainAdd = (source: string, number: number): boolean => {
    if (!source.startsWith('add ') || source.includes('"')) return false;
    const nameEnd = source.indexOf(' ', 4);
    if (nameEnd < 5 || nameEnd === source.length - 1 || source.indexOf(' ', nameEnd + 1) >= 0 || source.includes('\t')) return false;
    const name = source.slice(4, nameEnd);
    if (name !== lastName || !last) {
      last = drafts.get(name);
      lastName = name;
    }
    if (!last?.layout || !last.builder || last.header.type === 'list:set') return false;
    const failure = parseElement(last.layout, source.slice(nameEnd + 1), null, last.builder, exist);
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
    if (source.trim() === '' || /^\s*#/.test(source) || source === 'COMMIT') return;
    const { words: all, openQuote } = splitSetWords(source);
    if (openQuote >= 0) report(to, 'error', 'open-quote', spanAt(source, number, openQuote, openQuote + 1), 'missing close quote', 'close it; a comment holds no double quote');
    const says = all.some(({ text }) => text === '-exist' || text === '-!' || text === '--exist');
    // It stays: ipset 7.17 takes it back behind no line.
    exist ||= says;
    const words = says ? all.filter(({ text }) => text !== '-exist' && text !== '-!' && text !== '--exist') : all;
    const [commandWord, nameWord, third, ...rest] = words;
    const command = COMMANDS.get(commandWord?.text ?? '');
    if (!command) {
      const text = commandWord?.text ?? '';
      // "flush" without a name empties all; "swap" and "rename" name two.
      leaveOut(nameWord ? [nameWord.text, third?.text ?? ''] : [...drafts.keys(), ...sets.keys()]);
      const near = closest(text, ['create', 'add']);
      if (OTHERS.includes(text))
        report(
          to,
          'error',
          'unread-command',
          spanAt(source, number, 0, source.length),
          `"${text}" is not read, so its effect is missing`,
          'give what "ipset save" prints: create and add lines',
        );
      else
        report(
          to,
          'error',
          'unknown-command',
          spanAt(source, number, commandWord?.start ?? 0, commandWord?.end ?? 1),
          `unknown command ${quoted(text)}`,
          near ? `did you mean "${near}"?` : 'lines begin with create or add',
        );
      return;
    }
    if (command === 'flush' || command === 'destroy' || command === 'rename' || command === 'swap') {
      last = undefined;
      changeSets(source, number, command, nameWord, third);
      return;
    }
    if (!nameWord || !third) {
      if (nameWord && command !== 'create') leaveOut([nameWord.text]);
      report(
        to,
        'error',
        'missing-argument',
        spanAt(source, number, 0, source.length),
        `"${command}" takes a set name and ${command === 'create' ? 'a type' : 'an element'}`,
        command === 'create' ? 'write create NAME TYPE' : `write ${command} NAME ELEMENT`,
      );
      return;
    }
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
      leaveOut([name]);
      const near = closest(name, drafts.keys());
      report(
        to,
        'error',
        'missing-set',
        spanAt(source, number, nameWord.start, nameWord.end),
        `the set with the given name does not exist: ${quoted(name)}`,
        near ? `did you mean "${near}"?` : 'create it in a line before',
      );
      return;
    }
    if (!draft.layout || !draft.builder) return;
    const extras = parseExtras(
      draft.layout,
      rest.map(({ text }) => text),
    );
    if (isFailure(extras)) return fail(source, number, rest[extras.word ?? 0], extras, name);
    if (draft.header.type === 'list:set') {
      const member = third.text.split(',')[0] as string;
      if (!drafts.has(member) && !sets.has(member))
        return fail(
          source,
          number,
          third,
          { failure: 'set to be added/deleted/tested as element does not exist', hint: `create ${quoted(member)} in a line before` },
          name,
          'missing-set',
        );
      if ((drafts.get(member)?.header ?? sets.get(member))?.type === 'list:set')
        return fail(source, number, third, { failure: 'sets with list:set type cannot be added to the set', hint: 'add its members' }, name);
    }
    const { builder } = draft;
    const sink: EntriesBuilder = command === 'add' ? builder : { ...builder, append: (words) => builder.remove(words, exist) };
    const failure = parseElement(draft.layout, third.text, extras, sink, exist);
    if (failure) fail(source, number, third, failure, name);
  });

  for (const [name, { header, builder, incomplete, line: at }] of drafts) sets.set(name, { ...header, entries: builder?.finish() ?? NO_ENTRIES, incomplete, line: at });

  /** Sets of this text as a whole: emptied, taken away, renamed, exchanged. */
  function changeSets(source: string, number: number, command: WholeSets, nameWord: Word | undefined, otherWord: Word | undefined): void {
    const refuse = (word: Word | undefined, code: string, message: string, hint: string): void => {
      leaveOut([nameWord, otherWord].flatMap((one) => (one ? [one.text] : [])));
      report(to, 'error', code, spanAt(source, number, word?.start ?? 0, word?.end ?? source.length), message, hint);
    };
    const isTwo = command === 'rename' || command === 'swap';
    if (isTwo && (!nameWord || !otherWord)) return refuse(undefined, 'missing-argument', `"${command}" takes two set names`, `write ${command} FROM TO`);
    const draft = nameWord && drafts.get(nameWord.text);
    if (nameWord && !draft) {
      if (refused.has(nameWord.text) || (command === 'destroy' && exist)) return;
      const near = closest(nameWord.text, drafts.keys());
      return refuse(
        nameWord,
        'missing-set',
        `the set with the given name does not exist: ${quoted(nameWord.text)}`,
        near ? `did you mean "${near}"?` : 'create it in a line before',
      );
    }
    const members = new Set([...drafts.values()].flatMap(({ header, builder }) => (header.type === 'list:set' && builder ? membersOf(builder.finish()) : [])));
    const names = nameWord ? [nameWord.text] : [...drafts.keys()];
    if (command === 'flush')
      for (const name of names) {
        const one = drafts.get(name);
        if (one?.layout) drafts.set(name, { ...one, builder: createEntries(one.layout) });
      }
    else if (command === 'destroy') {
      const used = names.find((name) => members.has(name));
      if (used !== undefined)
        return refuse(nameWord, 'set-in-use', `set cannot be destroyed: it is in use by a kernel component: ${quoted(used)}`, 'destroy the list that holds it first');
      for (const name of names) drafts.delete(name);
    } else if (draft && nameWord && otherWord) {
      const [from, name] = [nameWord.text, otherWord.text];
      const other = drafts.get(name);
      if (command === 'rename') {
        if (other) return refuse(otherWord, 'duplicate-set', `set cannot be renamed: a set with the new name already exists: ${quoted(name)}`, 'choose another name');
        if (members.has(from))
          return refuse(nameWord, 'set-in-use', `set cannot be renamed: it is in use by a kernel component: ${quoted(from)}`, 'destroy the list that holds it first');
        const kept = [...drafts].map(([key, one]) => (key === from ? ([name, { ...one, header: { ...one.header, name } }] as const) : ([key, one] as const)));
        drafts.clear();
        for (const [key, one] of kept) drafts.set(key, one);
      } else {
        if (!other) return refuse(otherWord, 'missing-set', `sets cannot be swapped: the second set does not exist: ${quoted(name)}`, 'create it in a line before');
        if (other.header.type !== draft.header.type || other.header.family !== draft.header.family)
          return refuse(otherWord, 'different-sets', `sets cannot be swapped: ${quoted(from)} and ${quoted(name)} are of different types`, 'exchange sets of one type and family');
        drafts.set(from, { ...other, header: { ...other.header, name: from } });
        drafts.set(name, { ...draft, header: { ...draft.header, name } });
      }
    }
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
