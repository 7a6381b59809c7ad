/**
 * What `SET --map-set` takes out of a set: mark, priority and queue of the entry that the packet meets.
 *
 * Source: Linux 6.18 net/netfilter/xt_set.c, set_target_v3(); ip_set_core.c ip_set_match_extensions(). Entries of a set without
 * skbinfo, and those that say nothing, hold zeros: a mark with mask 0 changes nothing, a priority of 0 is one. In a list:set the
 * member's values stay unless the list has its own.
 */

import type { SetSide } from '../../model/set.ts';
import { decidingEntry, lookup, testSet, UNKNOWN_ENTRY, type SetContext } from './lookup.ts';
import { entryRecord, entryText, expiresAt, isPresent, waitsForMac, type SetState } from './state.ts';

interface MappedValues {
  readonly mark: number;
  readonly markMask: number;
  /** Major and minor class, as in `FIELD.priority`. */
  readonly priority: number;
  /** Text of the entry. */
  readonly entry: string;
}

/** Null: the packet meets no entry. `unknown`: whether it does, or which, cannot be told. */
export function mappedValues(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): MappedValues | null | 'unknown' {
  const test = { op: 'set', set: state.set.name, sides, returnNomatch: false, updateCounters: true, counters: [] } as const;
  const found = testSet(test, state, regs, context);
  if (found === UNKNOWN_ENTRY) return 'unknown';
  if (found < 0) return null;
  if (state.layout.type.method !== 'list') return valuesOf(state, found);
  const silent = { ...context, hits: null };
  let values: MappedValues | null = null;
  for (let position = 0; position <= found; position++) {
    if (!isPresent(state, position) || context.now > expiresAt(state, position)) continue;
    const member = context.setState(state.names[state.base.words[position] as number] as string);
    // An exception that was met has left its values, too.
    const at = member ? decidingEntry(lookup(member, sides, regs, silent)) : -1;
    if (member && at >= 0 && member.layout.skbinfo) values = valuesOf(member, at);
  }
  const own = valuesOf(state, found);
  return state.layout.skbinfo || !values ? own : { ...values, entry: own.entry };
}

function valuesOf(state: SetState, position: number): MappedValues {
  const record = entryRecord(state, position);
  // An entry that learns its MAC is made anew, with nothing in it (ip_set_test(), -EAGAIN).
  const { skbmark, skbprio = '0:0' } = waitsForMac(state, record.words, 0) ? { skbmark: undefined } : record;
  const [major = 0, minor = 0] = skbprio.split(':').map((part) => Number.parseInt(part, 16));
  const [mark = 0, markMask = 0] = skbmark ?? [];
  return { mark, markMask, priority: ((major << 16) | minor) >>> 0, entry: entryText(state, position) };
}
