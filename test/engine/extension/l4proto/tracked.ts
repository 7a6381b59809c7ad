/** A connection table of one entry, for tests: what the walk does around a tracker, and nothing more. */

import { CTSTATUS } from '../../../../engine/model/field.ts';
import { l4proto, stateName } from '../../../../engine/extension/l4proto/l4proto.ts';
import type { Settings } from '../../../../engine/extension/l4proto/l4proto.ts';
import type { ConntrackEntry } from '../../../../engine/model/conntrack.ts';
import { defaults, skb, type Given } from './skb.ts';

interface Seen {
  readonly ctstate: string;
  /** As `conntrack -L` shows it; null: no entry. */
  readonly entry: { readonly state: string | null; readonly timeout: number; readonly flags: readonly string[] } | null;
}

export function connection(settings: Settings = defaults) {
  let entry: ConntrackEntry | null = null;
  const show = (now: number): Seen['entry'] =>
    entry && {
      state: stateName(entry),
      timeout: entry.expires - now,
      flags: [...(entry.status & CTSTATUS.SEEN_REPLY ? [] : ['UNREPLIED']), ...(entry.status & CTSTATUS.ASSURED ? ['ASSURED'] : [])],
    };
  /** `direction` is that of the entry; a packet that opens one is its original direction. */
  return function meet(given: Given, direction: 0 | 1, now = 0): Seen {
    const packet = skb(given);
    const proto = l4proto(packet.family, packet.packet.proto);
    const seen = (ctstate: string): Seen => ({ ctstate, entry: show(now) });
    const examined = proto.examine(packet, settings, true);
    if (examined.kind !== 'track') return seen(examined.kind === 'untracked' ? 'UNTRACKED' : examined.kind === 'error' ? 'RELATED' : 'INVALID');
    if (entry && entry.expires <= now) entry = null;
    if (entry) {
      const before: ConntrackEntry = entry;
      const result = proto.track(packet, before, direction, settings, now);
      entry = { ...before, tcp: result.tcp, sctp: result.sctp, status: before.status | result.status, expires: result.timeout === null ? before.expires : now + result.timeout };
      if (result.verdict === 'invalid') return seen('INVALID');
      if (result.verdict !== 'repeat') {
        const answered = direction === 1 || (before.status & CTSTATUS.SEEN_REPLY) !== 0;
        if (result.verdict === 'destroy') entry = null;
        return seen(answered ? 'ESTABLISHED' : 'NEW');
      }
      entry = null;
    }
    const original = proto.tupleOf(packet);
    const reply = original && proto.invertTuple(original);
    const opening = proto.open(packet, settings);
    if (!original || !reply || opening.kind !== 'new') return seen('INVALID');
    const { tcp, sctp, status, timeout } = opening;
    entry = {
      id: 1,
      original,
      reply,
      status: status | CTSTATUS.CONFIRMED,
      mark: 0,
      zone: 0,
      zoneDirection: 'both',
      tcp,
      sctp,
      expires: now + timeout,
      started: now,
      masqueradeDevice: null,
      master: null,
    };
    return seen('NEW');
  };
}
