/**
 * Slice `document`: what the person works on — files, packets, environment — and where it came from. Every change of it
 * can be undone (slice `history`); everything else on the page is derived from it or is a choice of view.
 */

import type { Environment, Expectation, Packet, Scenario } from '../../engine/index.ts';
import type { SourceFile } from '../worker/messages.ts';
import type { OpenableEntry, ScenarioSlice } from './state.ts';
import { DRAFT_FIELDS, draftOf, packetOf, samePacket, type DraftField, type PacketDraft } from './draft.ts';

export interface Document {
  /** Id of the example it was opened from, null for the user's own files. */
  readonly example: string | null;
  readonly files: readonly SourceFile[];
  /** The first file describes a cluster, and the node is made from it; the others add to the node. */
  readonly cluster: boolean;
  /** In the order in which they meet the node; never empty. */
  readonly packets: readonly PacketDraft[];
  readonly environment: Environment;
  /** The other of two lists of packets that are compared: `shown` says which one `packets` is. */
  readonly twin?: { readonly shown: 'A' | 'B'; readonly packets: readonly PacketDraft[] };
  /** As they are written (breakpoints.ts). */
  readonly breakpoints?: readonly string[];
  /** What the scenario's file says that it came from and the page does not use: it is in the next file again. */
  readonly said?: { readonly title: Scenario['title']; readonly expect: readonly Expectation[] };
}

export const FIRST_PACKET: Packet = { in: 'eth0', src: '10.0.0.2', dst: '8.8.8.8', proto: 'tcp', sport: 40000, dport: 443 };

export const EMPTY_DOCUMENT: Document = { example: null, files: [], cluster: false, packets: [draftOf(FIRST_PACKET)], environment: {} };

export function withField(document: Document, packet: number, field: DraftField, text: string): Document {
  if ((document.packets[packet]?.fields[field] ?? text) === text) return document;
  return {
    ...document,
    packets: document.packets.map((draft, i) => (i === packet ? { ...draft, fields: { ...draft.fields, [field]: text } } : draft)),
  };
}

/** With another text of a file. It is the person's own then: a link to the example would not hold it. */
export function withText(document: Document, file: number, text: string): Document {
  if (document.files[file]?.text === text) return document;
  return { ...document, example: null, files: document.files.map((one, i) => (i === file ? { ...one, text } : one)) };
}

/** Files of the person's own are there, not those of a scenario that ships. */
export function hasOwnFiles({ example, files }: Document): boolean {
  return example === null && files.length > 0;
}

/** More than a scenario as it ships: files of the person's own, packets that were changed, in either of two twins, or breakpoints. */
export function isOwnWork(document: Document, opened: Readonly<Record<string, { readonly packets: readonly Packet[] }>>): boolean {
  if (document.files.length === 0) return false;
  const shipped = document.example === null ? undefined : opened[document.example]?.packets.map(draftOf);
  if (!shipped || document.breakpoints?.length) return true;
  return [document.packets, document.twin?.packets ?? shipped].some(
    (packets) => packets.length !== shipped.length || packets.some((draft, i) => !samePacket(draft, shipped[i] as PacketDraft)),
  );
}

/** What is walked is the same: of the rest, as breakpoints, the walk knows nothing. */
export function walksAlike(a: Document, b: Document): boolean {
  return a.files === b.files && a.cluster === b.cluster && a.packets === b.packets && a.environment === b.environment;
}

/** Packets as they were read, by the list that holds them. */
const read = new WeakMap<Document['packets'], readonly Packet[] | null>();

/** The packets that can be walked: all of them, or null where any cannot be read yet. */
export function readyPackets({ packets }: Pick<Document, 'packets'>): readonly Packet[] | null {
  const known = read.get(packets);
  if (known !== undefined) return known;
  const found = packets.map((draft) => packetOf(draft).packet);
  const ready = found.every((packet) => packet !== null) ? found : null;
  read.set(packets, ready);
  return ready;
}

/** The packets, with what they were before in place of what cannot be read. */
export function mendedPackets({ packets }: Pick<Document, 'packets'>): readonly Packet[] {
  return packets.map((draft) => {
    const { packet, failures } = packetOf(draft);
    if (packet) return packet;
    const before = draftOf(draft.rest).fields;
    const fields = { ...draft.fields, ...Object.fromEntries(DRAFT_FIELDS.filter((field) => field in failures).map((field) => [field, before[field] ?? ''])) };
    return packetOf({ ...draft, fields }).packet ?? draft.rest;
  });
}

/** The entry of a scenario by its present id, as far as it is known yet. */
export function knownEntry({ examples, entry }: ScenarioSlice, id: string | null): OpenableEntry | null {
  return examples?.find((one) => one.id === id) ?? (entry?.id === id ? entry : null);
}
