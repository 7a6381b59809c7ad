/** public/examples/catalogue.json: every packet of the catalogue with its scenarios, and what each scenario shows, for the page to search. */

import type { Bilingual } from '../../engine/index.ts';
import type { Gallery, ScenarioFacts, Sighting } from './facts.ts';
import { PACKETS } from './questions.ts';

interface ScenarioEntry {
  /** `P13b`; null for scenarios outside the catalogue. */
  readonly id: string | null;
  /** Relative to public/examples. */
  readonly file: string;
  readonly title: unknown;
  /** As `uname -r` printed it, two numbers. */
  readonly kernel: string;
  /** Rows whose rule a packet matched, or failed by one clause. */
  readonly fires: readonly string[];
  readonly misses: readonly string[];
  /** Sets that a packet was found in. */
  readonly sets: readonly string[];
  readonly marks: readonly string[];
}

interface Catalogue {
  readonly format: 1;
  readonly packets: readonly { readonly id: string; readonly question: Bilingual; readonly none?: Bilingual; readonly scenarios: readonly ScenarioEntry[] }[];
  /** Scenarios that are about a row, a mark or a finding and not about a packet of the catalogue. */
  readonly more: readonly ScenarioEntry[];
}

/** `kube-ovn-installed/p13b-asymmetric-data` → `P13b`. */
export function packetId(name: string): string | null {
  const id = /\/p(\d\d[a-z0-9]*)-/.exec(name)?.[1];
  return id === undefined ? null : `P${id}`;
}

export const kernelSeries = (release: string): string => /^\d+\.\d+/.exec(release)?.[0] ?? release;

export function catalogue({ facts }: Gallery): Catalogue {
  const entries = facts.map(entry);
  return {
    format: 1,
    packets: PACKETS.map(({ id, question, none }) => ({
      id,
      question,
      ...(none ? { none } : {}),
      scenarios: entries.filter((one) => one.id?.slice(0, 3) === id).sort((a, b) => (a.id as string).localeCompare(b.id as string, 'en')),
    })),
    more: entries.filter(({ id }) => id === null),
  };
}

function entry({ name, example, kernel, fires, misses, setHits, marks }: ScenarioFacts): ScenarioEntry {
  return {
    id: packetId(name),
    file: `${name}.scenario.yaml`,
    title: example.scenario.title,
    kernel: kernelSeries(kernel),
    fires: ids(fires),
    misses: ids(misses),
    sets: ids(setHits),
    marks: marks.map((mark) => `0x${mark.toString(16)}`),
  };
}

const ids = (sightings: readonly Sighting[]): readonly string[] => [...new Set(sightings.map(({ id }) => id))];

/** Packets that have neither a scenario nor a reason for having none. */
export function missingPackets({ facts }: Gallery): readonly string[] {
  const there = new Set(facts.map(({ name }) => packetId(name)));
  return PACKETS.flatMap(({ id, variants, none }) => (none ? [] : (variants ?? [id]).filter((variant) => !there.has(variant))));
}
