/**
 * What an edit of the cluster did to the node: rules by chain (longest common subsequence of their texts), sets by member, and the other
 * sections by whether their text differs. Rules are compared by their canonical text, so counters and spelling do not count.
 */

import { gaps, type Gap } from '../editor/difference.ts';
import type { ChainSummary, NodeSummary, RuleSummary, SetMembers, TableSummary } from '../worker/messages.ts';
import type { Renumber, RulePlace } from './cursor.ts';

/** What became of a rule that stands in the chain now. `from`: its number before. */
export type RuleMark =
  | { readonly kind: 'added' }
  | { readonly kind: 'changed'; readonly from: number; readonly was: string }
  /** Same text, but other rules that stay are on its other side now. */
  | { readonly kind: 'moved'; readonly from: number };

export interface RemovedRule {
  /** Number it had. */
  readonly number: number;
  readonly text: string;
  /** Number of the rule that stands where it stood; past the last rule: one more than there are. */
  readonly before: number;
}

export interface ChainChange {
  readonly table: string;
  readonly chain: string;
  /** A chain with another name is one added and one removed. */
  readonly chainIs: 'kept' | 'added' | 'removed';
  /** By rule number, from 1; rules that are as they were are not in it. */
  readonly marks: ReadonlyMap<number, RuleMark>;
  readonly removed: readonly RemovedRule[];
  /** Texts of the marked rules, for lists that do not show the chain. */
  readonly texts: ReadonlyMap<number, string>;
}

export interface SetChange {
  readonly name: string;
  readonly setIs: 'kept' | 'added' | 'removed';
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Rules that ask for it now. */
  readonly askedBy: readonly { readonly table: string; readonly chain: string; readonly rule: number }[];
}

export interface NodeChanges {
  readonly chains: readonly ChainChange[];
  readonly sets: readonly SetChange[];
  /** Other sections of the snapshot whose text differs: `ip -j rule`. */
  readonly sections: readonly string[];
  readonly count: { readonly added: number; readonly removed: number; readonly changed: number; readonly moved: number; readonly sets: number };
}

/** One state of a generated node. */
export interface NodeState {
  readonly node: NodeSummary;
  readonly sets: readonly SetMembers[];
  /** The snapshot's text. */
  readonly snapshot: string;
}

/** Null if nothing differs. */
export function changesBetween(before: NodeState, after: NodeState): NodeChanges | null {
  const chains = chainChanges(before.node.tables, after.node.tables);
  const sets = setChanges(before.sets, after.sets, askersOf(after.node.tables));
  const sections = sectionChanges(before.snapshot, after.snapshot);
  if (chains.length === 0 && sets.length === 0 && sections.length === 0) return null;
  const of = (kind: RuleMark['kind']): number => chains.reduce((sum, { marks }) => sum + [...marks.values()].filter((mark) => mark.kind === kind).length, 0);
  const removed = chains.reduce((sum, chain) => sum + chain.removed.length, 0);
  return { chains, sets, sections, count: { added: of('added'), removed, changed: of('changed'), moved: of('moved'), sets: sets.length } };
}

/** Rules of a chain that ask for a set that differs. */
export function rulesOfChangedSets(changes: NodeChanges | null, table: string, chain: string): ReadonlySet<number> {
  const places = changes?.sets.flatMap(({ askedBy }) => askedBy) ?? [];
  return new Set(places.filter((place) => place.table === table && place.chain === chain).map(({ rule }) => rule));
}

/** Number that rule `number` of a chain has now, null if it is gone. */
export function numberAfter(changes: NodeChanges | null, { table, chain, rule }: { readonly table: string; readonly chain: string; readonly rule: number }): number | null {
  const change = changes?.chains.find((one) => one.table === table && one.chain === chain);
  if (!change) return rule;
  const taken = new Set(change.removed.map(({ number }) => number));
  for (const [number, mark] of change.marks) {
    if (mark.kind === 'added') continue;
    if (mark.from === rule) return number;
    taken.add(mark.from);
  }
  if (taken.has(rule) || change.chainIs === 'removed') return null;
  // The rules that stayed are in the same order on both sides.
  let rank = 0;
  for (let old = 1; old <= rule; old++) if (!taken.has(old)) rank++;
  let now = 0;
  while (rank > 0) if (!change.marks.has(++now)) rank--;
  return now;
}

interface Told {
  readonly node: NodeSummary | null;
  readonly made: NodeState | null;
  readonly changes: NodeChanges | null;
}

/** Where the rules of the node that is shown stand in the one that comes; undefined: nobody knows. `known`: its changes are told from the one that is shown. */
function renumber(shown: Told, next: Told, known: boolean): Renumber | undefined {
  if (!shown.node || !next.node) return undefined;
  if (!shown.made || !next.made) return renumberByText(shown.node.tables, next.node.tables);
  const changes = known ? next.changes : changesBetween(shown.made, next.made);
  return (place) => numberAfter(changes, place);
}

/** How far from where it stood a rule is looked for: lists of rules may be long, and are unpacked only where they are read. */
const MOST_MOVED = 2000;

/**
 * Numbers of rules after an edit of a node's files: that of the rule with the same text, where several have it the one that moved as the chain
 * grew, else the nearest; or of the one that an edit put in its place.
 */
function renumberByText(before: readonly TableSummary[], after: readonly TableSummary[]): Renumber {
  const rulesOf = (tables: readonly TableSummary[], { table, chain }: RulePlace): readonly RuleSummary[] | undefined =>
    tables.find(({ key }) => key === table)?.chains.find(({ name }) => name === chain)?.rules;
  return (place) => {
    const [was, now] = [rulesOf(before, place), rulesOf(after, place)];
    if (!was || !now) return null;
    const rule = was[place.rule - 1];
    // The policy stands behind the rules.
    if (!rule) return now.length + place.rule - was.length;
    const text = ruleText(rule);
    const isAt = (number: number): boolean => {
      const other = now[number - 1];
      return other !== undefined && ruleText(other) === text;
    };
    const shifted = place.rule + now.length - was.length;
    if (!isAt(place.rule) && isAt(shifted)) return shifted;
    for (let far = 0; far <= MOST_MOVED; far++) for (const number of [place.rule + far, place.rule - far]) if (isAt(number)) return number;
    return was.length === now.length ? place.rule : null;
  };
}

/** The rule as one line, the same for the same rule however it was written. */
export function ruleText(rule: RuleSummary): string {
  const comment = rule.comment === null ? [] : [`-m comment --comment ${JSON.stringify(rule.comment)}`];
  const target = rule.target === null ? [] : [`${rule.goto ? '-g' : '-j'} ${rule.target}`, rule.targetOptions];
  return [...rule.tests, ...comment, ...target].filter((part) => part !== '').join(' ');
}

// --- Rules --------------------------------------------------------------------------------------------------------

function chainChanges(before: readonly TableSummary[], after: readonly TableSummary[]): ChainChange[] {
  const old = new Map(before.map((table) => [table.key, table]));
  const changes: ChainChange[] = [];
  for (const table of after) {
    const was = old.get(table.key);
    old.delete(table.key);
    changes.push(...tableChanges(table.key, was?.chains ?? [], table.chains));
  }
  for (const table of old.values()) changes.push(...tableChanges(table.key, table.chains, []));
  return changes;
}

function tableChanges(table: string, before: readonly ChainSummary[], after: readonly ChainSummary[]): ChainChange[] {
  const old = new Map(before.map((chain) => [chain.name, chain]));
  const changes: ChainChange[] = [];
  for (const chain of after) {
    const was = old.get(chain.name);
    old.delete(chain.name);
    const change = chainChange(table, was ?? { ...chain, rules: [] }, chain, was ? 'kept' : 'added');
    if (change.chainIs !== 'kept' || change.marks.size > 0 || change.removed.length > 0) changes.push(change);
  }
  for (const chain of old.values()) changes.push(chainChange(table, chain, { ...chain, rules: [] }, 'removed'));
  return changes;
}

function chainChange(table: string, before: ChainSummary, after: ChainSummary, chainIs: ChainChange['chainIs']): ChainChange {
  const [was, now] = [before.rules.map(ruleText), after.rules.map(ruleText)];
  const found = gaps(was, now);
  const movedTo = movesIn(found, was, now);
  const left = new Set(movedTo.keys());
  const marks = new Map<number, RuleMark>();
  const removed: RemovedRule[] = [];
  for (const from of left) marks.set((movedTo.get(from) as number) + 1, { kind: 'moved', from: from + 1 });
  for (const { goneFrom, goneTo, cameFrom, cameTo } of found) {
    let next = goneFrom;
    const remove = (to: number, before: number): void => {
      for (; next < to; next++) if (!left.has(next)) removed.push({ number: next + 1, text: was[next] as string, before });
    };
    for (let i = cameFrom; i < cameTo; i++) {
      if (marks.has(i + 1)) continue;
      let like = next;
      while (like < goneTo && (left.has(like) || !isAlike(was[like] as string, now[i] as string))) like++;
      if (like === goneTo) marks.set(i + 1, { kind: 'added' });
      else {
        // What stands before the one it is like has no counterpart any more: both keep their order.
        remove(like, i + 1);
        marks.set(i + 1, { kind: 'changed', from: like + 1, was: was[like] as string });
        next++;
      }
    }
    remove(goneTo, cameTo + 1);
  }
  return { table, chain: after.name, chainIs, marks, removed, texts: new Map([...marks.keys()].map((number) => [number, now[number - 1] as string])) };
}

/** Rules that left one place and came to another with the same text: where each is now, both from 0. */
function movesIn(found: readonly Gap[], was: readonly string[], now: readonly string[]): ReadonlyMap<number, number> {
  const gone = new Map<string, number[]>();
  for (const { goneFrom, goneTo } of found) for (let i = goneFrom; i < goneTo; i++) gone.set(was[i] as string, [...(gone.get(was[i] as string) ?? []), i]);
  const moves = new Map<number, number>();
  for (const { cameFrom, cameTo } of found)
    for (let i = cameFrom; i < cameTo; i++) {
      const from = gone.get(now[i] as string)?.shift();
      if (from !== undefined) moves.set(from, i);
    }
  return moves;
}

/** Share of the words of two rules that both have, from which they count as one rule changed. */
const ALIKE = 0.6;

function isAlike(a: string, b: string): boolean {
  const [left, right] = [words(a), words(b)];
  // Rules that do different things are different rules.
  if (verb(a) !== verb(b)) return false;
  let common = 0;
  const rest = new Map<string, number>();
  for (const word of right) rest.set(word, (rest.get(word) ?? 0) + 1);
  for (const word of left) {
    const count = rest.get(word) ?? 0;
    if (count > 0) common++;
    rest.set(word, count - 1);
  }
  return (2 * common) / (left.length + right.length) >= ALIKE;
}

const words = (text: string): string[] => text.split(/[\s,]+/);
const verb = (text: string): string => / -[jg] (\S+?)(?:-[0-9a-z]{8,}|-[A-Z2-7]{16})?(?= |$)/.exec(` ${text}`)?.[1] ?? '';

// --- Sets and the rest ---------------------------------------------------------------------------------------------

type Askers = ReadonlyMap<string, SetChange['askedBy']>;

function askersOf(tables: readonly TableSummary[]): Askers {
  const askers = new Map<string, SetChange['askedBy'][number][]>();
  for (const table of tables)
    for (const chain of table.chains)
      for (const rule of chain.rules) for (const name of setsIn(rule)) askers.set(name, [...(askers.get(name) ?? []), { table: table.key, chain: chain.name, rule: rule.number }]);
  return askers;
}

/** Sets that a rule asks for, or writes to. */
function setsIn({ tests, targetOptions }: RuleSummary): ReadonlySet<string> {
  const names = [...tests, targetOptions].flatMap((text) => [...text.matchAll(/--(?:match|add|del|map)-set (\S+)/g)].map(([, name]) => name as string));
  return new Set(names);
}

function setChanges(before: readonly SetMembers[], after: readonly SetMembers[], askers: Askers): SetChange[] {
  const old = new Map(before.map((set) => [set.name, set]));
  const changes: SetChange[] = [];
  for (const set of after) {
    const was = old.get(set.name);
    old.delete(set.name);
    const [had, has] = [new Set(was?.members), new Set(set.members)];
    const added = set.members.filter((member) => !had.has(member));
    const removed = (was?.members ?? []).filter((member) => !has.has(member));
    if (!was || added.length > 0 || removed.length > 0) changes.push({ name: set.name, setIs: was ? 'kept' : 'added', added, removed, askedBy: askers.get(set.name) ?? [] });
  }
  for (const set of old.values()) changes.push({ name: set.name, setIs: 'removed', added: [], removed: set.members, askedBy: [] });
  return changes;
}

/** Compared rule by rule and member by member elsewhere. */
const COMPARED = new Set(['iptables-save', 'ip6tables-save', 'ipset save']);

function sectionChanges(before: string, after: string): string[] {
  const [was, now] = [sectionsOf(before), sectionsOf(after)];
  return [...new Set([...was.keys(), ...now.keys()])].filter((name) => !COMPARED.has(name) && was.get(name) !== now.get(name));
}

function sectionsOf(snapshot: string): Map<string, string> {
  const parts = snapshot.split(/^==> (.+) <==$/m);
  const sections = new Map<string, string>();
  for (let i = 1; i < parts.length; i += 2) sections.set(parts[i] as string, parts[i + 1] ?? '');
  return sections;
}

/** For whoever edits rules, or clusters that make them; a figure goes without. */
export const NODE_CHANGES = { between: changesBetween, renumber };
export type NodeComparison = typeof NODE_CHANGES;
