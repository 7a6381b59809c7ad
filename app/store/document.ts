/**
 * Slice `document`: what the person works on — files, packets, environment — and where it came from. Every change of it
 * can be undone (slice `history`); everything else on the page is derived from it or is a choice of view.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import type { SourceFile } from '../worker/messages.ts';
import { draftOf, packetOf, type DraftField, type PacketDraft } from './draft.ts';

export interface Document {
  /** Id of the example it was opened from, null for the user's own files. */
  readonly example: string | null;
  readonly files: readonly SourceFile[];
  /** In the order in which they meet the node; never empty. */
  readonly packets: readonly PacketDraft[];
  readonly environment: Environment;
}

export const FIRST_PACKET: Packet = { in: 'eth0', src: '10.0.0.2', dst: '8.8.8.8', proto: 'tcp', sport: 40000, dport: 443 };

export const EMPTY_DOCUMENT: Document = { example: null, files: [], packets: [draftOf(FIRST_PACKET)], environment: {} };

export function withField(document: Document, packet: number, field: DraftField, text: string): Document {
  return {
    ...document,
    packets: document.packets.map((draft, i) => (i === packet ? { ...draft, fields: { ...draft.fields, [field]: text } } : draft)),
  };
}

/** The packets that can be walked: all of them, or null where any cannot be read yet. */
export function readyPackets(document: Document): readonly Packet[] | null {
  const packets: Packet[] = [];
  for (const draft of document.packets) {
    const { packet } = packetOf(draft);
    if (!packet) return null;
    packets.push(packet);
  }
  return packets;
}
