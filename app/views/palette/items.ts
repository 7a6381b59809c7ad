/**
 * What the palette finds: every action, steps, rules, chains and sets of the node, scenarios. Rules of a large node the worker finds. A text is found in both languages,
 * whichever is shown. The order is always the same: exact places first, then by how well the words are met, then by kind, then as things stand.
 */

import { chooseExample } from '../../actions/choose-example.ts';
import { goToChain, goToRule, goToSet } from '../../actions/go-to.ts';
import { ACTIONS } from '../../actions/index.ts';
import type { Action } from '../../actions/action.ts';
import { shownTrace } from '../../store/caused.ts';
import { stepAtRule, type RulePlace } from '../../store/cursor.ts';
import type { App } from '../../store/store.ts';
import type { ChainSummary, NodeSummary, RuleSummary, State, TableSummary, TraceView } from '../../store/state.ts';
import { finderWords } from '../../text/finder.ts';
import { spoken, wordsOf } from '../../text/words.ts';
import { sentenceIn } from '../steps/sentence.ts';

type PaletteKind = 'action' | 'step' | 'rule' | 'chain' | 'set' | 'scenario';

export interface PaletteItem {
  readonly key: string;
  readonly kind: PaletteKind;
  readonly label: string;
  /** Text of a rule, type of a set…; empty where the label says all. */
  readonly detail: string;
  /** Names it by itself, in small letters: a place. */
  readonly names: readonly string[];
  /** What is searched, in small letters: first what it is called, then what else is said of it. */
  readonly called: string;
  readonly said: string;
  /** Letters may be left out: for names that are short and known. */
  readonly fuzzy: boolean;
  readonly action: Action | null;
  /** Null: it can be found, but not done now. */
  readonly perform: ((app: App) => void) | null;
}

/** Of a node with more rules than these the worker finds those that a query means: here each would be an item, and looked at with every key. */
const MANY_RULES = 2000;

const KINDS: readonly PaletteKind[] = ['step', 'action', 'scenario', 'rule', 'chain', 'set'];

/** Without a query: what can be done, and where one can go. */
export function paletteItems(state: State): readonly PaletteItem[] {
  const { node } = state.answer;
  return [...actionItems(state), ...placeItems(state), ...(node ? setItems(state, node) : []), ...scenarioItems(state)];
}

/** Steps, rules and chains: where one can go. */
export function placeItems(state: State): readonly PaletteItem[] {
  const { answer } = state;
  const trace = shownTrace(state);
  return [...(trace ? stepItems(state, trace) : []), ...(answer.node ? ruleItems(state, answer.node, trace) : [])];
}

function actionItems(state: State): readonly PaletteItem[] {
  const words = wordsOf(state.settings.language);
  return ACTIONS.map((action) => ({
    key: `action ${action.name}`,
    kind: 'action',
    label: action.label(words),
    detail: action.available(state) ? '' : finderWords(state.settings.language).palette.notNow,
    names: [],
    called: spoken()
      .map((dictionary) => action.label(dictionary).toLowerCase())
      .join('\n'),
    said: action.name.toLowerCase(),
    fuzzy: true,
    action,
    perform: action.available(state) ? (app) => action.perform(app) : null,
  }));
}

function stepItems(state: State, trace: TraceView): readonly PaletteItem[] {
  const { language } = state.settings;
  const { palette } = finderWords(language);
  return trace.steps.map((step) => {
    const sentence = sentenceIn(trace, step, wordsOf(language));
    const number = String(step.index + 1);
    return {
      key: `step ${number}`,
      kind: 'step',
      label: palette.step({ step: step.index + 1, sentence }),
      detail: '',
      names: [number],
      called: `step ${number}\n第 ${number} 步`,
      said: sentence.toLowerCase(),
      fuzzy: false,
      action: null,
      perform: (app) => app.goTo(step.index),
    };
  });
}

/** Chains, and their rules where they are not too many. */
function ruleItems(state: State, node: NodeSummary, trace: TraceView | null): readonly PaletteItem[] {
  const items: PaletteItem[] = [];
  const withRules = !hasManyRules(node);
  for (const table of node.tables)
    for (const chain of table.chains) {
      const place = `${table.key}/${chain.name}`;
      items.push(chainItem(state, table.key, chain, place));
      if (withRules) for (const rule of chain.rules) items.push(ruleItem(state, trace, { table: table.key, chain: chain.name, rule: rule.number }, rule));
    }
  return items;
}

function ruleItem(state: State, trace: TraceView | null, at: RulePlace, rule: RuleSummary): PaletteItem {
  const { palette } = finderWords(state.settings.language);
  const name = `${at.table}/${at.chain}/${at.rule}`;
  const step = trace && stepAtRule(trace, at);
  return {
    key: `rule ${name}`,
    kind: 'rule',
    label: name,
    detail: `${step === null ? palette.notVisited : palette.visited({ step: step + 1 })} · ${ruleText(rule)}`,
    names: [name.toLowerCase()],
    called: `${name}${rule.purpose ? ` ${rule.purpose.row}` : ''}`.toLowerCase(),
    said: rule.source.toLowerCase(),
    fuzzy: false,
    action: null,
    perform: (app) => goToRule(app, at),
  };
}

const ruleCounts = new WeakMap<NodeSummary['tables'], number>();

export function hasManyRules({ tables }: NodeSummary): boolean {
  let count = ruleCounts.get(tables);
  if (count === undefined) {
    count = tables.reduce((sum, { chains }) => sum + chains.reduce((rules, chain) => rules + chain.rules.length, 0), 0);
    ruleCounts.set(tables, count);
  }
  return count > MANY_RULES;
}

/** Of a node with many rules those that a query names, and the first that the worker found; `more`: it found so many others. */
export function soughtRules(state: State, query: string): PaletteFound {
  const { node, foundByWords } = state.answer;
  if (!node || query.trim() === '' || !hasManyRules(node)) return { items: [], more: 0 };
  const trace = shownTrace(state);
  const items = new Map<string, PaletteItem>();
  const add = (table: TableSummary, chain: ChainSummary, number: number): void => {
    const rule = chain.rules[number - 1];
    const item = rule && ruleItem(state, trace, { table: table.key, chain: chain.name, rule: number }, rule);
    if (item) items.set(item.key, item);
  };
  for (const [table, chain, number] of namedRules(node, query.trim().toLowerCase())) add(table, chain, number);
  const places = foundByWords?.query === query ? foundByWords.places : new Uint32Array();
  const shown = Math.min(places.length / 3, MOST_FOUND);
  for (let i = 0; i < shown; i++) {
    const table = node.tables[places[i * 3] ?? -1];
    const chain = table?.chains[places[i * 3 + 1] ?? -1];
    if (table && chain) add(table, chain, places[i * 3 + 2] ?? 0);
  }
  return { items: [...items.values()], more: places.length / 3 - shown };
}

/** Rules whose address is the query, or begins with it, as far as they are shown. */
function namedRules(node: NodeSummary, query: string): readonly (readonly [TableSummary, ChainSummary, number])[] {
  const found: (readonly [TableSummary, ChainSummary, number])[] = [];
  const [, before = '', digits = ''] = /^(\S+\/)(\d*)$/.exec(query) ?? [];
  if (before === '') return found;
  for (const table of node.tables)
    for (const chain of table.chains) {
      if (found.length >= MOST_FOUND) return found;
      if (`${table.key}/${chain.name}/`.toLowerCase() !== before) continue;
      for (let number = 1; number <= chain.rules.length && found.length < MOST_FOUND; number++) if (String(number).startsWith(digits)) found.push([table, chain, number]);
    }
  return found;
}

function ruleText(rule: RuleSummary): string {
  return rule.source.replace(/^(\[\d+:\d+\] )?-A \S+ /, '');
}

function chainItem(state: State, table: string, chain: ChainSummary, place: string): PaletteItem {
  const { palette } = finderWords(state.settings.language);
  return {
    key: `chain ${place}`,
    kind: 'chain',
    label: place,
    detail: palette.chain({ count: chain.rules.length, policy: chain.policy ?? '' }),
    names: [place.toLowerCase(), chain.name.toLowerCase()],
    called: place.toLowerCase(),
    said: '',
    fuzzy: true,
    action: null,
    perform: (app) => (chain.rules.length > 0 ? goToRule(app, { table, chain: chain.name, rule: 1 }) : goToChain(app, table, chain.name)),
  };
}

function setItems(state: State, node: NodeSummary): readonly PaletteItem[] {
  const { palette } = finderWords(state.settings.language);
  return (node.sets ?? []).map((set) => ({
    key: `set ${set.name}`,
    kind: 'set',
    label: set.name,
    detail: palette.set({ type: set.type, count: set.entries }),
    names: [set.name.toLowerCase()],
    called: set.name.toLowerCase(),
    said: [set.type, set.purpose?.purpose.en ?? '', set.purpose?.purpose.zh ?? ''].join('\n').toLowerCase(),
    fuzzy: true,
    action: null,
    perform: (app) => goToSet(app, set.name),
  }));
}

function scenarioItems(state: State): readonly PaletteItem[] {
  const { language } = state.settings;
  return (state.scenario.examples ?? []).map((entry) => {
    const name = /\/p(\d\d[a-z0-9]*)-/.exec(entry.id)?.[1];
    return {
      key: `scenario ${entry.id}`,
      kind: 'scenario',
      label: entry.title[language],
      detail: entry.group[language],
      names: [entry.id, ...(name ? [`p${name}`] : [])],
      called: `${entry.title.en}\n${entry.title.zh}`.toLowerCase(),
      said: [entry.id, entry.group.en, entry.group.zh].join('\n').toLowerCase(),
      fuzzy: false,
      action: null,
      perform: (app) => void chooseExample(app, entry.id),
    };
  });
}

// --- Finding ------------------------------------------------------------------------------------------------------

/** The better a word is met, the smaller. */
const [NAME, NAME_BEGINS, BEGINS, WORD, STANDS, SCATTERED, SAID] = [0, 1, 2, 3, 4, 5, 6];

export interface PaletteFound {
  readonly items: readonly PaletteItem[];
  /** Found and not shown. */
  readonly more: number;
}

export const MOST_FOUND = 60;

/** `sought`: rules of a node with many, that were looked for by the query already. */
export function findItems(all: readonly PaletteItem[], query: string, sought: PaletteFound = { items: [], more: 0 }): PaletteFound {
  const items = sought.items.length > 0 ? [...all, ...sought.items] : all;
  const words = query
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length === 0) {
    const actions = items.filter(({ kind }) => kind === 'action');
    const shown = (actions.length > 0 ? [...actions, ...items.filter(({ kind }) => kind !== 'action')] : items).slice(0, Math.max(actions.length, MOST_FOUND));
    return { items: shown, more: 0 };
  }
  const whole = words.join(' ');
  const found = items
    .map((item) => ({ item, rank: rankOf(item, words, whole) }))
    .filter((one): one is { item: PaletteItem; rank: number } => one.rank !== null)
    .sort((a, b) => a.rank - b.rank || KINDS.indexOf(a.item.kind) - KINDS.indexOf(b.item.kind));
  return { items: found.slice(0, MOST_FOUND).map(({ item }) => item), more: Math.max(0, found.length - MOST_FOUND) + sought.more };
}

/** Null: not every word is met. */
function rankOf(item: PaletteItem, words: readonly string[], whole: string): number | null {
  if (item.names.includes(whole)) return NAME;
  if (item.called.startsWith(whole) || item.called.includes(`\n${whole}`)) return BEGINS;
  let worst = 0;
  for (const word of words) {
    const rank = rankOfWord(item, word);
    if (rank === null) return null;
    worst = Math.max(worst, rank);
  }
  return worst;
}

function rankOfWord({ names, called, said, fuzzy }: PaletteItem, word: string): number | null {
  if (names.includes(word)) return NAME;
  if (names.some((name) => name.startsWith(word))) return NAME_BEGINS;
  const at = called.indexOf(word);
  if (at >= 0) return at === 0 || !/[\p{Letter}\p{Number}]/u.test(called[at - 1] ?? '') ? WORD : STANDS;
  if (fuzzy && word.length > 1 && called.split('\n').some((text) => scattered(text, word))) return SCATTERED;
  return said.includes(word) ? SAID : null;
}

/** Each letter begins a word, or follows the one before: `nst` is "next step", `ovnpost` is OVN-POSTROUTING. */
function scattered(text: string, word: string): boolean {
  const reach = (from: number, at: number): boolean => {
    if (at === word.length) return true;
    for (let i = from; i < text.length; i++) {
      if (text[i] !== word[at]) continue;
      const begins = i === 0 || !/[\p{Letter}\p{Number}]/u.test(text[i - 1] ?? '');
      if ((begins || (i === from && at > 0)) && reach(i + 1, at + 1)) return true;
    }
    return false;
  };
  return reach(0, 0);
}
