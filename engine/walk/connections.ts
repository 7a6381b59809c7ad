/** Connections as rules remember them: what connlimit asks (net/netfilter/nf_conncount.c). */

import { l4proto } from '../extension/l4proto/l4proto.ts';
import type { ConntrackEntry } from '../model/conntrack.ts';
import type { EvalContext } from '../model/context.ts';
import { CTSTATUS, FIELD } from '../model/field.ts';
import type { Walker } from './run.ts';
import { read } from './skb.ts';
import { tupleKey } from './state.ts';
import { effectiveZone } from './zone.ts';

/** By its original tuple, whichever way the packet goes; a packet that is not tracked by its own, which may be one of a connection all the same. */
export function connectionOf(walker: Walker): ReturnType<EvalContext['connection']> {
  const { skb } = walker;
  const { ct, template } = skb;
  if (ct) return { key: tupleKey(ct.entry.original, effectiveZone(ct.entry, 0)), zone: ct.entry.zone, confirmed: ct.confirmed, assured: isAssured(ct.entry) };
  const tuple = l4proto(skb.family, read(skb, FIELD.proto)).tupleOf(skb);
  if (!tuple) return null;
  // What CT has attached in raw has a zone already.
  const zone = typeof template?.zone === 'number' ? template.zone : 0;
  const key = tupleKey(tuple, effectiveZone({ zone, zoneDirection: template?.direction ?? 'both' }, 0));
  const entry = liveEntry(walker, key);
  return { key, zone, confirmed: entry !== null, assured: entry !== null && isAssured(entry) };
}

const isAssured = ({ status }: ConntrackEntry): boolean => (status & CTSTATUS.ASSURED) !== 0;

function liveEntry({ run }: Walker, key: string): ConntrackEntry | null {
  const found = run.draft.tuples.get(key);
  const entry = found === undefined ? undefined : run.draft.entries.get(found >> 1);
  return entry && entry.expires > run.draft.now ? entry : null;
}

/** find_or_evict(), already_closed(). */
export function connectionState(walker: Walker, key: string): ReturnType<EvalContext['connectionState']> {
  const entry = liveEntry(walker, key);
  if (!entry) return 'gone';
  return entry.tcp?.state === 'CLOSE' || entry.tcp?.state === 'TIME_WAIT' ? 'closed' : 'open';
}
