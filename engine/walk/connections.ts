/** How many live connections belong to a group of addresses: what connlimit asks (net/netfilter/nf_conncount.c). */

import { FIELD } from '../model/field.ts';
import type { EvalContext } from '../model/context.ts';
import type { Walker } from './run.ts';
import { readWords } from './skb.ts';

/** The packet's own connection counts, confirmed or not; only its zone is looked at. */
export const connectionsOf = (walker: Walker, group: Parameters<EvalContext['connections']>[0]): number => {
  const { skb, run } = walker;
  const own = skb.ct?.entry ?? null;
  const masked = (words: readonly number[]) => words.map((word, i) => (word & (group.mask[i] as number)) >>> 0).join('.');
  const address = own ? own.original[group.side] : readWords(skb, group.side === 'src' ? FIELD.src : FIELD.dst);
  const wanted = masked(address);
  let count = 0;
  for (const [, entry] of run.draft.entries.entries())
    if (
      entry.original.family === skb.family &&
      entry.expires > run.draft.now &&
      entry.zone === (own?.zone ?? 0) &&
      entry.id !== own?.id &&
      masked(entry.original[group.side]) === wanted
    )
      count++;
  return count + 1;
};
