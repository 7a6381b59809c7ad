/**
 * The gallery's data, fetched when the gallery is first opened: the catalogue of questions, which rule and set shows in
 * which scenario, the findings, and what is known of each scenario before it is opened. The files are made by
 * `npm run coverage`; a scenario that none of them knows is listed all the same.
 */

import type { Gallery, GalleryFamily, GalleryFinding, GalleryRow, GalleryScenario, RowSighting } from '../store/gallery.ts';
import type { FateClass } from '../store/fate.ts';
import type { ExampleEntry, Localised } from '../store/state.ts';
import { fetchText } from './examples.ts';

/** `gallery.json`. */
export interface GalleryFile {
  readonly format: 1;
  /** Parts of the catalogue, by the first packet of each. */
  readonly topics: readonly { readonly id: string; readonly first: string; readonly title: Localised }[];
  /** By id: `kube-ovn-installed/p43-policy-forward`. */
  readonly scenarios: Readonly<Record<string, ScenarioNote>>;
  /** Texts of rules, by row. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
}

/** What is known of a scenario before it is opened. */
export interface ScenarioNote {
  readonly class: FateClass;
  readonly verdict: Localised;
  readonly families: readonly GalleryFamily[];
  /** `10.0.11.2 → 8.8.8.8 tcp 443`: the first packet. */
  readonly packet: string;
  readonly packets: number;
}

/** `catalogue.json`. */
export interface CatalogueFile {
  readonly packets: readonly { readonly id: string; readonly question: Localised; readonly none?: Localised; readonly scenarios: readonly CatalogueScenario[] }[];
  readonly more: readonly CatalogueScenario[];
}

interface CatalogueScenario {
  readonly id: string | null;
  readonly file: string;
  readonly kernel: string;
  readonly fires: readonly string[];
  readonly misses: readonly string[];
  readonly sets: readonly string[];
  readonly marks: readonly string[];
}

/** `coverage.json`. */
export interface CoverageFile {
  readonly rows: readonly {
    readonly kind: 'rule' | 'set';
    readonly id: string;
    readonly title: Localised;
    readonly cells: Readonly<Record<'fires' | 'misses', Readonly<Record<GalleryFamily, CoverageCell | null>>>>;
  }[];
}

type CoverageCell = { readonly scenario: string; readonly packet: number } | { readonly none: Localised };

/** `findings.json`. */
export interface FindingsFile {
  readonly topics: Readonly<Record<string, Localised>>;
  readonly findings: readonly {
    readonly id: string;
    readonly topic: string;
    readonly statement: Localised;
    readonly note?: Localised;
    readonly status: GalleryFinding['status'];
    readonly kernels: readonly string[];
    readonly scenarios: readonly { readonly file: string; readonly packet: number }[];
  }[];
}

let fetched: Promise<readonly [GalleryFile, CatalogueFile, CoverageFile, FindingsFile]> | null = null;

export async function fetchGallery(examples: readonly ExampleEntry[]): Promise<Gallery> {
  fetched ??= Promise.all(
    (['gallery', 'catalogue', 'coverage', 'findings'] as const).map(async (name) => JSON.parse(await fetchText(`examples/${name}.json`)) as unknown),
  ) as Promise<unknown> as NonNullable<typeof fetched>;
  try {
    return readGallery(examples, ...(await fetched));
  } catch (error) {
    // Tried anew when the gallery is opened again.
    fetched = null;
    throw error;
  }
}

const idOf = (file: string): string => file.replace(/\.scenario\.(yaml|json)$/, '');

export function readGallery(examples: readonly ExampleEntry[], notes: GalleryFile, catalogue: CatalogueFile, coverage: CoverageFile, findings: FindingsFile): Gallery {
  const listed = new Map(examples.map((entry) => [entry.id, entry]));
  const titles = new Map(coverage.rows.map(({ id, title }) => [id, title]));
  const scenarios: GalleryScenario[] = [];
  const add = (entry: ExampleEntry, topic: string, shown: CatalogueScenario | null, question: GalleryScenario['question']): void => {
    listed.delete(entry.id);
    const note = notes.scenarios[entry.id] ?? null;
    const words = [...(shown?.fires ?? [])].flatMap((row) => [...(notes.rules[row] ?? []), titles.get(row)?.en ?? '', titles.get(row)?.zh ?? '']);
    scenarios.push({
      id: entry.id,
      name: shown?.id ?? null,
      title: entry.title,
      group: entry.group,
      topic,
      question,
      class: note?.class ?? null,
      verdict: note?.verdict ?? null,
      families: note?.families ?? [],
      packet: note?.packet ?? '',
      packets: note?.packets ?? 1,
      kernel: shown?.kernel ?? null,
      fires: shown?.fires ?? [],
      misses: shown?.misses ?? [],
      sets: shown?.sets ?? [],
      marks: shown?.marks ?? [],
      ruleText: words.join('\n').toLowerCase(),
    });
  };
  let topic = '';
  const topics = notes.topics.map(({ id, title }) => ({ id, title }));
  for (const { id, question, scenarios: entries } of catalogue.packets) {
    topic = notes.topics.find(({ first }) => first === id)?.id ?? topic;
    for (const shown of entries) {
      const entry = listed.get(idOf(shown.file));
      if (entry) add(entry, topic, shown, { id, text: question });
    }
  }
  for (const shown of catalogue.more) {
    const entry = listed.get(idOf(shown.file));
    if (entry) add(entry, 'more', shown, null);
  }
  for (const entry of [...listed.values()]) add(entry, 'more', null, entry.question && { id: '', text: entry.question });
  const known = new Set(scenarios.map(({ id }) => id));
  return { topics, scenarios, rows: coverage.rows.map((row) => readRow(row, known, notes)), findings: readFindings(findings, known) };
}

function readRow({ kind, id, title, cells }: CoverageFile['rows'][number], known: ReadonlySet<string>, notes: GalleryFile): GalleryRow {
  const sightings: RowSighting[] = [];
  for (const answer of ['fires', 'misses'] as const)
    for (const family of ['ipv4', 'ipv6'] as const) {
      const cell = cells[answer][family];
      if (cell === null) continue;
      if ('none' in cell) sightings.push({ answer, family, scenario: null, packet: 0, none: cell.none });
      else if (known.has(idOf(cell.scenario))) sightings.push({ answer, family, scenario: idOf(cell.scenario), packet: cell.packet - 1, none: null });
    }
  return { kind, id, title, sightings, texts: notes.rules[id] ?? [] };
}

function readFindings({ topics, findings }: FindingsFile, known: ReadonlySet<string>): readonly GalleryFinding[] {
  return findings.map(({ id, topic, statement, note, status, kernels, scenarios }) => ({
    id,
    topic: topics[topic] ?? { en: topic, zh: topic },
    statement,
    note: note ?? null,
    status,
    kernels,
    scenarios: scenarios.map(({ file, packet }) => ({ id: idOf(file), packet: packet - 1 })).filter((one) => known.has(one.id)),
  }));
}
