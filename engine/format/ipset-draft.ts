/**
 * Sets while the lines about them are read, and what commands do to sets as a whole and to the order of a list, as ipset 7.17
 * and the kernel do it (Linux 6.18 net/netfilter/ipset/ip_set_core.c, ip_set_list_set.c, mtype_same_set()).
 */

import { createEntries, type EntriesBuilder, type SetHeader, type SetLayout } from '../extension/settype/index.ts';
import { closest } from '../model/closest.ts';
import type { ValueFailure } from '../model/option.ts';
import type { SetEntries } from '../model/set.ts';
import { maskLength, parseAddress } from '../net/address.ts';
import { utf8Length } from '../net/utf8.ts';
import { quoted } from './text.ts';

export interface SetDraft {
  readonly header: SetHeader;
  readonly line: number;
  /** Null for a set whose type nobody knows; its elements are passed over. */
  readonly layout: SetLayout | null;
  readonly builder: EntriesBuilder | null;
  /** A line about it could not be read. */
  incomplete: boolean;
}

export type SetDrafts = Map<string, SetDraft>;

/** Commands that take sets as a whole. */
export type WholeSets = 'flush' | 'destroy' | 'rename' | 'swap';

/** How large a table begins is nothing that a second create line has to repeat, nor the family. */
const NOT_COMPARED: readonly string[] = ['hashsize', 'bucketsize', 'initval', 'forceadd', 'family'];
const DEFAULTS: Readonly<Record<string, string>> = { maxelem: '65536', size: '8', markmask: '0xffffffff' };
/** IPSET_MAXNAMELEN less the final zero byte. */
const MAX_NAME = 31;

/** What two create lines have to agree in so that the second, with -exist, is taken. */
export function settings({ type, family, options }: SetHeader): string {
  const kept = options.flatMap(([option, value]): [string, string][] => {
    if (NOT_COMPARED.includes(option) || DEFAULTS[option] === value) return [];
    // One is kept as the other, and all bits as none.
    const length = option === 'netmask' ? Number(value) : option === 'bitmask' ? maskLength(parseAddress(value)?.words ?? []) : null;
    if (length === null) return [[option, value]];
    return length === (family === 'ipv6' ? 128 : 32) ? [] : [['netmask', String(length)]];
  });
  return JSON.stringify([type, kept.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Why a set may not have this name; null if it may. */
function setNameFault(name: string): string | null {
  return utf8Length(name) > MAX_NAME ? `setname "${name}" is longer than 31 characters` : null;
}

/** Names of the sets in a list. */
const membersOf = ({ count, width, words, names }: SetEntries): string[] => Array.from({ length: count }, (_, i) => names[words[i * width] as number] as string);

/** Why a command is refused, and which of its words is wrong: 0 or 1, null for the line. */
interface SetFault {
  readonly word: 0 | 1 | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export function missingSet(name: string, drafts: SetDrafts): Omit<SetFault, 'word'> {
  const near = closest(name, drafts.keys());
  return {
    code: 'missing-set',
    message: `the set with the given name does not exist: ${quoted(name)}`,
    hint: near ? `did you mean "${near}"?` : 'create it in a line before',
  };
}

/** Sets emptied, taken away, renamed, exchanged. `name` is that of a draft, or undefined for all sets; `other` stands for two of the commands. */
export function changeSets(drafts: SetDrafts, command: WholeSets, name: string | undefined, other: string | undefined): SetFault | null {
  const names = name === undefined ? [...drafts.keys()] : [name];
  if (command === 'flush') {
    for (const one of names) {
      const draft = drafts.get(one);
      if (draft?.layout) drafts.set(one, { ...draft, builder: createEntries(draft.layout) });
    }
    return null;
  }
  if (command === 'swap') return name === undefined || other === undefined ? null : swapSets(drafts, name, other);
  const members = new Set([...drafts.values()].flatMap(({ header, builder }) => (header.type === 'list:set' && builder ? membersOf(builder.finish()) : [])));
  if (command === 'rename') return name === undefined || other === undefined ? null : renameSet(drafts, name, other, members);
  const used = names.find((one) => members.has(one));
  if (used !== undefined)
    return {
      word: name === undefined ? null : 0,
      code: 'set-in-use',
      message: `set cannot be destroyed: it is in use by a kernel component: ${quoted(used)}`,
      hint: 'destroy the list that holds it first',
    };
  for (const one of names) drafts.delete(one);
  return null;
}

function renameSet(drafts: SetDrafts, from: string, name: string, members: ReadonlySet<string>): SetFault | null {
  const wrong = setNameFault(name);
  if (wrong) return { word: 1, code: 'bad-value', message: wrong, hint: 'choose another name' };
  if (drafts.has(name))
    return { word: 1, code: 'duplicate-set', message: `set cannot be renamed: a set with the new name already exists: ${quoted(name)}`, hint: 'choose another name' };
  if (members.has(from))
    return { word: 0, code: 'set-in-use', message: `set cannot be renamed: it is in use by a kernel component: ${quoted(from)}`, hint: 'destroy the list that holds it first' };
  const kept = [...drafts].map(([key, one]) => (key === from ? ([name, { ...one, header: { ...one.header, name } }] as const) : ([key, one] as const)));
  drafts.clear();
  for (const [key, one] of kept) drafts.set(key, one);
  return null;
}

function swapSets(drafts: SetDrafts, from: string, name: string): SetFault | null {
  const [draft, other] = [drafts.get(from), drafts.get(name)];
  if (!draft) return null;
  if (!other) return { word: 1, code: 'missing-set', message: `sets cannot be swapped: the second set does not exist: ${quoted(name)}`, hint: 'create it in a line before' };
  if (other.header.type !== draft.header.type || other.header.family !== draft.header.family)
    return {
      word: 1,
      code: 'different-sets',
      message: `sets cannot be swapped: ${quoted(from)} and ${quoted(name)} are of different types`,
      hint: 'exchange sets of one type and family',
    };
  drafts.set(from, { ...other, header: { ...other.header, name: from } });
  drafts.set(name, { ...draft, header: { ...draft.header, name } });
  return null;
}

/** Where in a list a member belongs: `before NAME`, `after NAME`. */
interface ListPlace {
  readonly side: 'before' | 'after';
  readonly of: string;
}

/** Takes the place out of the words behind a member, or out of `MEMBER,before,NAME`. Undefined if `before` names nothing. */
export function listPlace(element: string, words: readonly string[]): { readonly member: string; readonly place: ListPlace | null; readonly words: readonly string[] } | undefined {
  const [, member = element, comma, named = ''] = /^([^,]*),(before|after),(.*)$/.exec(element) ?? [];
  if (comma) return { member, place: { side: comma as ListPlace['side'], of: named }, words };
  const at = words.findIndex((word) => word === 'before' || word === 'after');
  if (at < 0) return { member, place: null, words };
  const of = words[at + 1];
  return of === undefined ? undefined : { member, place: { side: words[at] as ListPlace['side'], of }, words: [...words.slice(0, at), ...words.slice(at + 2)] };
}

const NOT_BESIDE: ValueFailure = { failure: 'the reference set is not there in that place of the list', hint: 'name a set that the list holds' };

/** Why a member cannot be put there, or is not to be found there to be taken out; null if it can and is. */
export function placeFault(entries: SetEntries, member: string, { side, of }: ListPlace, adds: boolean): ValueFailure | null {
  const members = membersOf(entries);
  if (adds) return members.includes(of) && of !== member ? null : NOT_BESIDE;
  const at = members.indexOf(member);
  return at >= 0 && members[side === 'before' ? at + 1 : at - 1] === of ? null : NOT_BESIDE;
}

/** A list whose last member is put in its place. */
export function withLastMoved(layout: SetLayout, entries: SetEntries, { side, of }: ListPlace): EntriesBuilder {
  const last = entries.count - 1;
  const order = Array.from({ length: last }, (_, i) => i);
  order.splice(membersOf(entries).indexOf(of) + (side === 'after' ? 1 : 0), 0, last);
  const builder = createEntries(layout);
  for (const i of order) builder.append([builder.intern(entries.names[entries.words[i * entries.width] as number] as string)], entries.extras.get(i) ?? null);
  return builder;
}
