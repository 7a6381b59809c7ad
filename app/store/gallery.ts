/**
 * The gallery: scenarios under the questions they answer, the rules and sets they show, what was found. And its search: every word that
 * counts must be found in an entry; rare words and those that name it count more. Where no scenario has them all, the nearest are found.
 */

import type { FateClass } from './fate.ts';
import { followsOf, scoreOf, searchWords, type Searched, type SearchWord } from './search-words.ts';
import type { Localised } from './state.ts';

export type GalleryFamily = 'ipv4' | 'ipv6';

export interface GalleryScenario {
  readonly id: string;
  /** `P43v6`; null outside the catalogue. */
  readonly name: string | null;
  readonly title: Localised;
  /** Title of the node it is walked on. */
  readonly group: Localised;
  /** Key of a topic; `more` for what belongs to none. */
  readonly topic: string;
  /** The question it answers; its id is empty where it is the node's own. */
  readonly question: { readonly id: string; readonly text: Localised } | null;
  /** What becomes of its last packet; null where it is not known before it is walked. */
  readonly class: FateClass | null;
  readonly verdict: Localised | null;
  readonly families: readonly GalleryFamily[];
  readonly packet: string;
  readonly packets: number;
  /** Series of the kernel that its expectations were recorded from. */
  readonly kernel: string | null;
  /** Rows whose rule a packet matches, and those that miss by one clause. */
  readonly fires: readonly string[];
  readonly misses: readonly string[];
  readonly sets: readonly string[];
  readonly marks: readonly string[];
  /** Texts and titles of the rules that fire, in small letters, to search. */
  readonly ruleText: string;
}

/** The packet that its verdict, and mostly its title, speaks of, from 0: the last one. */
export function packetSpokenOf({ verdict, packets }: Pick<GalleryScenario, 'verdict' | 'packets'>): number {
  return verdict === null ? 0 : packets - 1;
}

/** A scenario in which a rule fires or just misses; or why there is none. */
export interface RowSighting {
  readonly answer: 'fires' | 'misses';
  readonly family: GalleryFamily;
  readonly scenario: string | null;
  /** From 0. */
  readonly packet: number;
  readonly none: Localised | null;
}

/** A row of the rules, or a set. */
export interface GalleryRow {
  readonly kind: 'rule' | 'set';
  readonly id: string;
  readonly title: Localised;
  readonly sightings: readonly RowSighting[];
  readonly texts: readonly string[];
}

export interface GalleryFinding {
  readonly id: string;
  readonly topic: Localised;
  readonly statement: Localised;
  readonly note: Localised | null;
  readonly status: 'confirmed' | 'not reproduced' | 'not asked';
  readonly kernels: readonly string[];
  readonly scenarios: readonly { readonly id: string /** From 0. */; readonly packet: number }[];
}

export interface Gallery {
  readonly topics: readonly { readonly id: string; readonly title: Localised }[];
  readonly scenarios: readonly GalleryScenario[];
  readonly rows: readonly GalleryRow[];
  readonly findings: readonly GalleryFinding[];
}

// --- Search -------------------------------------------------------------------------------------------------------

const cache = new WeakMap<object, Searched>();

function searched<T extends object>(entry: T, make: (entry: T) => { readonly [key in keyof Searched]: Searched[key] | readonly string[] }): Searched {
  let found = cache.get(entry);
  if (!found) {
    const { names, titles, verdict, about } = make(entry);
    const join = (texts: string | readonly string[]): string => (typeof texts === 'string' ? texts : texts.join('\n')).toLowerCase();
    found = { names: (names as readonly string[]).map((name) => name.toLowerCase()), titles: join(titles), verdict: join(verdict), about: join(about) };
    cache.set(entry, found);
  }
  return found;
}

const both = (text: Localised | null): readonly string[] => (text ? [text.en, text.zh] : []);

const FAMILY_NAMES: Readonly<Record<GalleryFamily, readonly string[]>> = { ipv4: ['ipv4', 'v4'], ipv6: ['ipv6', 'v6'] };

function ofScenario(entry: GalleryScenario): Searched {
  return searched(entry, ({ name, question, title, group, verdict, families, packet, fires, misses, sets, marks, ruleText, id }) => ({
    names: [...(name ? [name] : []), ...(question?.id ? [question.id] : []), ...fires, ...sets, ...marks, ...families.flatMap((family) => FAMILY_NAMES[family])],
    titles: [...both(title), ...both(question?.text ?? null)],
    verdict: both(verdict),
    about: [...both(group), packet, ...misses, ruleText, id],
  }));
}

function ofRow(entry: GalleryRow): Searched {
  return searched(entry, ({ id, title, texts }) => ({ names: [id], titles: both(title), verdict: '', about: texts }));
}

function ofFinding(entry: GalleryFinding): Searched {
  return searched(entry, ({ id, topic, statement, note, status, kernels, scenarios }) => ({
    names: [id, ...kernels],
    titles: both(statement),
    verdict: '',
    about: [...both(topic), ...both(note), status, ...scenarios.map((scenario) => scenario.id)],
  }));
}

interface Found {
  /** In the order of the gallery without a query, else the best first. */
  readonly scenarios: readonly GalleryScenario[];
  /** No scenario has every word: these have most of them. */
  readonly nearest: boolean;
  readonly rows: readonly GalleryRow[];
  readonly findings: readonly GalleryFinding[];
}

export function searchGallery(gallery: Gallery, query: string, family: GalleryFamily | null): Found {
  const words = searchWords(query);
  const inFamily = family === null ? gallery.scenarios : gallery.scenarios.filter(({ families }) => families.includes(family));
  if (words.length === 0) return { scenarios: inFamily, nearest: false, rows: gallery.rows, findings: gallery.findings };
  const scenarios = ranked(inFamily, words, ofScenario);
  const near = scenarios.length === 0 ? nearestOf(inFamily, words, ofScenario) : [];
  return {
    scenarios: scenarios.length === 0 ? near : scenarios,
    nearest: near.length > 0,
    rows: ranked(gallery.rows, words, ofRow),
    findings: ranked(gallery.findings, words, ofFinding),
  };
}

/** More than these are not near. */
const MOST_NEAR = 12;

/** How well each entry meets each word, a word that few have counting more; and how many words it has. */
function weighed<T>(
  entries: readonly T[],
  words: readonly SearchWord[],
  of: (entry: T) => Searched,
): readonly { readonly entry: T; readonly met: number; readonly score: number }[] {
  const scores = entries.map((entry) => words.map((word) => scoreOf(word, of(entry))));
  const rarity = words.map((_, i) => 1 + Math.log(entries.length / Math.max(1, scores.filter((one) => (one[i] ?? 0) > 0).length)));
  return entries.map((entry, i) => {
    const own = scores[i] ?? [];
    const score = own.reduce((sum, one, w) => sum + one * (rarity[w] ?? 1), followsOf(words, of(entry)));
    return { entry, met: own.reduce((sum, one, w) => sum + (one > 0 ? (rarity[w] ?? 1) : 0), 0), score: own.includes(0) ? -score : score };
  });
}

/** Those that have every word; equally good ones keep their order. */
function ranked<T>(entries: readonly T[], words: readonly SearchWord[], of: (entry: T) => Searched): readonly T[] {
  return weighed(entries, words, of)
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

/** Those that have most of what few have. */
function nearestOf<T>(entries: readonly T[], words: readonly SearchWord[], of: (entry: T) => Searched): readonly T[] {
  return weighed(entries, words, of)
    .filter(({ met }) => met > 0)
    .sort((a, b) => b.met - a.met || a.score - b.score)
    .slice(0, MOST_NEAR)
    .map(({ entry }) => entry);
}

/** Rows, sets and marks of a scenario that a query names, those that just miss included: what its entry shows first. */
export function namedBy(query: string, { fires, misses, sets, marks }: GalleryScenario): { readonly fires: readonly string[]; readonly misses: readonly string[] } {
  const words = searchWords(query).flatMap(({ alike }) => alike);
  const named = (name: string): boolean => words.some((word) => name.toLowerCase().startsWith(word));
  return { fires: [...fires, ...sets, ...marks].filter(named), misses: misses.filter((row) => named(row) && !fires.includes(row)) };
}

// --- The list as it is drawn --------------------------------------------------------------------------------------

/** Without a query scenarios stand under their topic and question; with one the best stand first, without headings. */
export type GalleryLine =
  | { readonly kind: 'topic'; readonly key: string; readonly title: Localised | null }
  | { readonly kind: 'question'; readonly key: string; readonly id: string; readonly text: Localised }
  | { readonly kind: 'scenario'; readonly key: string; readonly scenario: GalleryScenario /** From 0, among the scenarios. */; readonly index: number };

export function galleryLines(gallery: Gallery, scenarios: readonly GalleryScenario[], grouped: boolean): readonly GalleryLine[] {
  const lines: GalleryLine[] = [];
  let topic: string | null = null;
  let question: string | null = null;
  scenarios.forEach((scenario, index) => {
    if (grouped && scenario.topic !== topic) {
      topic = scenario.topic;
      question = null;
      lines.push({ kind: 'topic', key: `topic ${topic}`, title: gallery.topics.find(({ id }) => id === topic)?.title ?? null });
    }
    const asked = scenario.question?.text.en ?? scenario.group.en;
    if (grouped && asked !== question) {
      question = asked;
      lines.push({ kind: 'question', key: `question ${scenario.id}`, id: scenario.question?.id ?? '', text: scenario.question?.text ?? scenario.group });
    }
    lines.push({ kind: 'scenario', key: scenario.id, scenario, index });
  });
  return lines;
}

/** Name of the set that a row of sets is about, on nodes of either family; null where each node calls it otherwise. */
export function setOfRow({ kind, id }: Pick<GalleryRow, 'kind' | 'id'>, family: GalleryFamily): string | null {
  if (kind !== 'set' || id.startsWith('natpr-')) return null;
  // ipset names have 31 characters: kube-proxy cuts its own.
  if (id.startsWith('KUBE-')) return (family === 'ipv4' ? id : id.replace('KUBE-', 'KUBE-6-')).slice(0, 31);
  return `${family === 'ipv4' ? 'ovn40' : 'ovn60'}${id}`;
}
