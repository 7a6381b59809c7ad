/** Packets of one connection: opening it, being of it, and the order of packets. All of it can be undone. */

import type { Packet } from '../../engine/index.ts';
import { rolesOf } from '../store/connection.ts';
import { copyOf, draftOf, type PacketDraft } from '../store/draft.ts';
import type { App } from '../store/store.ts';
import type { State } from '../store/state.ts';
import type { Action } from './action.ts';

export const handshake: Action = {
  name: 'handshake',
  label: (words) => words.actions.handshake,
  keys: [],
  // Where nobody answers it says so.
  available: ({ answer, selection }) => !answer.stale && answer.traces[selection.packet] !== undefined,
  perform(app) {
    const { answer, selection, document } = app.store.getState();
    const draft = document.packets[selection.packet];
    const reply = answer.traces[selection.packet]?.reply;
    if (!draft || !reply) return app.say({ kind: 'no-reply', detail: '' });
    if (rolesOf(answer.traces)[selection.packet]?.direction === 'reply') return app.say({ kind: 'is-reply', detail: '' });
    const at = selection.packet + 1;
    if (!opens(draft)) return openWith(app, at - 1, draft, at);
    app.addPacket(at, [...document.packets.slice(0, at - 1), draft, draftOf(reply), following(copyOf(draft), reply), ...document.packets.slice(at)]);
  },
};

export const packetEarlier: Action = {
  name: 'packetEarlier',
  label: (words) => words.actions.packetEarlier,
  keys: [],
  available: ({ selection }) => selection.packet > 0,
  perform: (app) => swap(app, -1),
};

export const packetLater: Action = {
  name: 'packetLater',
  label: (words) => words.actions.packetLater,
  keys: [],
  available: ({ selection, document }) => selection.packet < document.packets.length - 1,
  perform: (app) => swap(app, 1),
};

export const removePacket: Action = {
  name: 'removePacket',
  label: (words) => words.actions.removePacket,
  keys: [],
  available: ({ document }) => document.packets.length > 1,
  perform: (app) => app.removePacket(app.store.getState().selection.packet),
};

function swap(app: App, by: 1 | -1): void {
  const { document, selection } = app.store.getState();
  const to = selection.packet + by;
  const packets = [...document.packets];
  const [here, there] = [packets[selection.packet], packets[to]];
  if (!here || !there) return;
  packets[selection.packet] = there;
  packets[to] = here;
  app.addPacket(to, packets);
}

/** States that a packet can be brought to by other packets, or by other flags. */
export type ChosenState = 'NEW' | 'ESTABLISHED' | 'INVALID';

export function statesFor(draft: PacketDraft): readonly ChosenState[] {
  return draft.fields.proto === 'tcp' ? ['NEW', 'ESTABLISHED', 'INVALID'] : ['NEW', 'ESTABLISHED'];
}

/**
 * Brings the chosen packet to a state of conntrack by what leads to it: for ESTABLISHED the packets that open its
 * connection come before it, otherwise those that did are taken away. An answer to no SYN is INVALID, Linux 6.18
 * nf_conntrack_proto_tcp.c, tcp_conntracks.
 */
export function bringTo(app: App, state: ChosenState): void {
  const now = app.store.getState();
  const { answer, selection, document } = now;
  const at = selection.packet;
  const draft = document.packets[at];
  if (!draft) return;
  if (state === 'ESTABLISHED') {
    const reply = answer.stale ? null : answer.traces[at]?.reply;
    if (!reply) return app.say({ kind: 'not-opened', detail: '' });
    if (!opens(draft)) return openWith(app, at, draft, at + 2);
    return app.addPacket(at + 2, [...document.packets.slice(0, at), draft, draftOf(reply), following(copyOf(draft), reply), ...document.packets.slice(at + 1)]);
  }
  const others = sameConnection(now, at);
  const kept = document.packets.slice(0, at).filter((_, i) => !others.has(i));
  const flags = draft.fields.proto !== 'tcp' ? draft.fields.flags : state === 'INVALID' ? 'SYN ACK' : 'SYN';
  app.addPacket(kept.length, [...kept, { ...draft, fields: { ...draft.fields, flags } }, ...document.packets.slice(at + 1)]);
}

/** Earlier packets of the connection that a packet is of. */
function sameConnection({ answer }: State, at: number): ReadonlySet<number> {
  const roles = rolesOf(answer.traces);
  const opener = roles[at]?.opener ?? null;
  if (opener === null) return new Set();
  return new Set(roles.flatMap((role, i) => (i < at && (i === opener || role.opener === opener) ? [i] : [])));
}

// --- An exchange --------------------------------------------------------------------------------------------------

/** Anything but a TCP packet amid a connection opens one. */
function opens({ fields }: PacketDraft): boolean {
  return fields.proto !== 'tcp' || fields.flags.trim().toUpperCase() === 'SYN';
}

let exchanges = 0;

/**
 * Rules may treat a SYN otherwise than what follows it: it is walked first, and the answer is the one to it. Both edits
 * are one to undo. `chosen`: the packet to look at in the end.
 */
function openWith(app: App, at: number, draft: PacketDraft, chosen: number): void {
  const merge = `exchange:${++exchanges}`;
  const syn = { ...copyOf(draft), fields: { ...draft.fields, flags: 'SYN' } };
  const before = app.store.getState();
  const packets = [...before.document.packets.slice(0, at), syn, ...before.document.packets.slice(at)];
  const stop = app.store.subscribe(({ answer, document }) => {
    // Something else was done meanwhile: that counts.
    if (document.packets !== packets && document !== before.document) return stop();
    if (document.packets !== packets || answer === before.answer || answer.status === 'running') return;
    stop();
    // Cancelled: these are the traces of before.
    if (answer.stale) return;
    const reply = answer.status === 'ready' ? answer.traces[at]?.reply : null;
    if (!reply) {
      app.undo();
      return app.say({ kind: 'not-opened', detail: '' });
    }
    app.edit((now) => ({ ...now, packets: [...packets.slice(0, at + 1), draftOf(reply), following(draft, reply), ...packets.slice(at + 2)] }), merge);
    app.select({ packet: chosen });
  });
  app.edit((now) => ({ ...now, packets }), merge);
}

/** The packet that comes when the connection is open: what opened it becomes an ACK. Both sides count the SYN as one. */
function following(draft: PacketDraft, reply: Packet): PacketDraft {
  const later = { ...draft, fields: { ...draft.fields, at: '' } };
  if (draft.fields.proto !== 'tcp') return later;
  const flags = opens(draft) ? 'ACK' : draft.fields.flags;
  return { ...later, fields: { ...later.fields, flags }, rest: { ...draft.rest, seq: next(draft.rest.seq), ack: next(reply.seq) } };
}

function next(sequence: number | undefined): number {
  return ((sequence ?? 0) + 1) >>> 0;
}
