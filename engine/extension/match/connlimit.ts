/**
 * connlimit: number of live connections of the packet's source or destination, or of its network. A rule counts those that it has
 * met: a packet that a rule before, or an option before, kept from it leaves its connection out. The packet's own counts: once
 * more each time that the rule meets it before the connection is in the table, and not if the rule first meets it when it is
 * assured. Where that leaves none to be counted, the kernel takes it for a failure and drops the packet.
 *
 * Source: iptables-extensions(8) "connlimit"; Linux 6.18 net/netfilter/xt_connlimit.c, connlimit_mt(); nf_conncount.c,
 * __nf_conncount_add(), and what 6.18.44 was seen to do. A packet that no tuple can be made of is dropped on the spot. The
 * address is the packet's at that place, so that answers count for the other end.
 */

import type { EvalContext, SkbView } from '../../model/context.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, type Clause } from '../../model/test.ts';
import { ADDRESS_BITS, formatAddress, maskWords } from '../../net/address.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { networkMask } from '../host.ts';
import { flag, integer, option } from '../option.ts';

const count: ValueKind<number> = integer(0, 0xffffffff, 'number');

const options = {
  upto: option({ name: '--connlimit-upto', value: count, invertible: true, excludes: ['above'], help: 'at most this many connections' }),
  above: option({ name: '--connlimit-above', value: count, invertible: true, excludes: ['upto'], help: 'more than this many connections' }),
  mask: option({ name: '--connlimit-mask', value: networkMask, help: 'addresses that share this prefix are counted together' }),
  saddr: option({ name: '--connlimit-saddr', value: flag, excludes: ['daddr'], help: 'group by source' }),
  daddr: option({ name: '--connlimit-daddr', value: flag, excludes: ['saddr'], help: 'group by destination' }),
};

/** Connections that a rule has met, in that order. */
interface List {
  readonly keys: readonly string[];
  /** The packet with which it grew last. */
  readonly grown: number;
  /** The packet that it was made for: what a node's rule met before that, nobody tells. */
  readonly made: number;
}

/** By zone and network. */
type Met = ReadonlyMap<string, List>;

/**
 * The list after a packet. In the moment in which the list has grown nobody looks for what is in it: so a new connection counts
 * with each meeting. A search ends at the packet's own connection, and what stands behind it is not forgotten. One that is
 * assured is not added to a list that is there: the list only forgets what has ended, and may be empty then.
 */
function metAgain(met: List | undefined, { key, confirmed, assured }: NonNullable<ReturnType<EvalContext['connection']>>, { number, connectionState }: EvalContext): List {
  if (!met) return { keys: [key], grown: number, made: number };
  const { keys, grown, made } = met;
  if (assured) return grown === number ? met : { keys: keys.filter((one) => connectionState(one) === 'open'), grown: number, made };
  if (!confirmed && grown === number) return { keys: [...keys, key], grown, made };
  const kept: string[] = [];
  for (const [i, one] of keys.entries()) {
    const state = connectionState(one);
    if (one === key && state !== 'gone') return { keys: [...kept, ...keys.slice(i)], grown, made };
    if (state === 'open') kept.push(one);
  }
  return { keys: [...kept, key], grown: number, made };
}

export const connlimit = defineMatch({
  name: 'connlimit',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) connlimit; Linux 6.18 net/netfilter/xt_connlimit.c',
  normalize(uses, { family }) {
    const { above, upto, mask, saddr, daddr } = uses;
    const limit = above ?? upto;
    if (!limit) return uses;
    const isAbove = (above !== undefined) !== limit.negated;
    const bound = { ...limit, negated: false };
    const at = { negated: false, span: limit.span };
    return {
      ...(isAbove ? { above: bound } : { upto: bound }),
      mask: mask ?? { value: ADDRESS_BITS[family], ...at },
      ...(daddr ? { daddr } : { saddr: saddr ?? { value: true as const, ...at } }),
    };
  },
  check: ({ above, upto }) => (above || upto ? [] : [{ severity: 'error', code: 'missing-option', message: 'connlimit needs --connlimit-above or --connlimit-upto' }]),
  compile(uses, context) {
    const { above, upto, mask, daddr } = uses;
    const limit = above ?? upto;
    if (!limit) return [];
    const length = mask?.value ?? ADDRESS_BITS[context.family];
    const side = daddr ? 'dst' : 'src';
    const networkWords = maskWords(context.family, length);
    const { index } = FIELD[side];
    const network = ({ regs }: SkbView): number[] => networkWords.map((word, i) => ((regs[index + i] as number) & word) >>> 0);
    /** Connections of the packet's network that the rule has met, its own with them; null: it has none. */
    const count = (skb: SkbView, now: EvalContext, met: Met): { readonly group: string; readonly list: List } | null => {
      const own = now.connection();
      if (!own) return null;
      const group = `${own.zone}|${network(skb).join('.')}`;
      return { group, list: metAgain(met.get(group), own, now) };
    };
    const tupled: Clause = {
      text: 'the packet belongs to a connection, or can open one',
      guard: true,
      negated: false,
      otherwise: 'drop',
      any: [
        {
          op: 'opaque',
          name: 'connlimit',
          operand: {},
          reads: [FIELD.proto, FIELD.l4],
          step: (_skb, now) => ({ holds: now.connection() ? TRUE : FALSE, state: null }),
          saw: (_skb, now) => (now.connection() ? 'it can' : 'its header is cut short'),
        },
      ],
    };
    /** The packet's list, when the rule has counted. */
    const listOf = (skb: SkbView, now: EvalContext, met: Met): List | undefined => met.get(`${now.connection()?.zone}|${network(skb).join('.')}`);
    const counted = (skb: SkbView, now: EvalContext, met: Met): number => listOf(skb, now, met)?.keys.length ?? 0;
    const some: Clause = {
      text: 'there is a connection to count',
      guard: true,
      negated: false,
      otherwise: 'drop',
      any: [
        {
          op: 'opaque',
          name: 'connlimit',
          operand: { counted: true },
          reads: [FIELD[side]],
          initial: new Map() satisfies Met,
          step(skb, now, state) {
            const found = count(skb, now, state as Met);
            if (!found) return { holds: FALSE, state };
            return { holds: found.list.keys.length > 0 ? TRUE : FALSE, state: new Map(state as Met).set(found.group, found.list) };
          },
          saw: (skb, now, state) => (count(skb, now, state as Met)?.list.keys.length ? 'there is one' : 'all that the rule has met are closed'),
        },
      ],
    };
    const limited: Clause = {
      text: `-m connlimit ${printOptions(options, uses, context)}`,
      negated: false,
      any: [
        {
          op: 'opaque',
          name: 'connlimit',
          operand: { side, length, [above ? 'above' : 'upto']: limit.value },
          wanted: `${above ? 'more than' : 'at most'} ${limit.value}`,
          reads: [FIELD[side]],
          initial: new Map() satisfies Met,
          continues: true,
          step: (skb, now, state) => ({ holds: counted(skb, now, state as Met) > limit.value === (above !== undefined) ? TRUE : FALSE, state }),
          saw(skb, now, state) {
            const found = counted(skb, now, state as Met);
            return `${found} connection${found === 1 ? '' : 's'} ${daddr ? 'to' : 'from'} ${formatAddress(context.family, network(skb))}/${length}`;
          },
          asLoaded: (skb, now, state) => listOf(skb, now, state as Met)?.made === now.number,
        },
      ],
    };
    return [tupled, some, limited];
  },
});
