/**
 * What a connection carries besides its tuples: packets and bytes of each direction, and room for labels. It gets them when
 * it is opened, or never.
 *
 * Source: Linux 6.18 include/net/netfilter/nf_conntrack_acct.h, nf_ct_acct_ext_add(), nf_ct_acct_update();
 * nf_conntrack_labels.h, nf_ct_labels_ext_add(); net/netfilter/nf_conntrack_core.c, __nf_ct_refresh_acct(), nf_ct_acct_merge().
 */

import { setting } from '../extension/l4proto/settings.ts';
import type { TrackResult } from '../extension/l4proto/l4proto.ts';
import type { Requirement } from '../extension/extension.ts';
import type { ConntrackEntry, Count } from '../model/conntrack.ts';
import type { Run } from './run.ts';

type Extras = Pick<ConntrackEntry, 'counts' | 'labels'>;

const NOTHING: Count = { packets: 0, bytes: 0 };

/** Of a connection opened by a packet of so many bytes. Rules of either family switch counting and labels on for the whole node. */
export function openingExtras({ world }: Run, bytes: number): Extras {
  const { requires } = world.program;
  const asks = (need: Requirement): boolean => requires.ipv4.has(need) || requires.ipv6.has(need);
  const counts = asks('accounting') || setting(world.settings, 'acct', 0) !== 0;
  return { ...(counts ? { counts: [{ packets: 1, bytes }, NOTHING] } : {}), ...(asks('labels') ? { labels: 'kept' } : {}) };
}

/** One packet more. */
export function counted({ counts }: ConntrackEntry, direction: 0 | 1, bytes: number): Extras {
  if (!counts) return {};
  const one = { packets: counts[direction].packets + 1, bytes: counts[direction].bytes + bytes };
  return { counts: direction === 0 ? [one, counts[1]] : [counts[0], one] };
}

/** Counted are the packets that give the connection time, and the one that ends it (nf_ct_refresh_acct(), nf_ct_kill_acct()). */
export function isCounted({ verdict, timeout }: TrackResult): boolean {
  return verdict === 'destroy' || (verdict === 'accept' && timeout !== null);
}
