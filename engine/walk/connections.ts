/** Connections as rules remember them: what connlimit asks (net/netfilter/nf_conncount.c). */

import { l4proto } from '../extension/l4proto/l4proto.ts';
import type { EvalContext } from '../model/context.ts';
import { FIELD } from '../model/field.ts';
import type { Walker } from './run.ts';
import { read } from './skb.ts';
import { tupleKey } from './state.ts';
import { effectiveZone } from './zone.ts';

/** By its original tuple, whichever way the packet goes; a packet that is not tracked by its own. */
export function connectionOf({ skb }: Walker): ReturnType<EvalContext['connection']> {
  const entry = skb.ct?.entry;
  if (entry) return { key: tupleKey(entry.original, effectiveZone(entry, 0)), zone: entry.zone };
  const tuple = l4proto(skb.family, read(skb, FIELD.proto)).tupleOf(skb);
  return tuple && { key: tupleKey(tuple, 0), zone: 0 };
}

/** find_or_evict(), already_closed(). */
export function isOpen({ run }: Walker, key: string): boolean {
  const found = run.draft.tuples.get(key);
  const entry = found === undefined ? undefined : run.draft.entries.get(found >> 1);
  return entry !== undefined && entry.expires > run.draft.now && entry.tcp?.state !== 'CLOSE' && entry.tcp?.state !== 'TIME_WAIT';
}
