/**
 * TOS: `tos := (tos & ~mask) ^ value`, then the next rule. A number alone has the mask 0xff, a name 0x3f.
 *
 * Source: iptables-extensions(8) "TOS"; Linux 6.18 net/netfilter/xt_DSCP.c, tos_tg().
 */

import { FIELD } from '../../model/field.ts';
import type { OptionUse } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { tosMask } from '../match/tos.ts';
import { integer, option, type MaskedValue } from '../option.ts';

const others = (key: string) => ['set', 'and', 'or', 'xor'].filter((mode) => mode !== key);
const bits = integer(0, 255, 'bits');

const options = {
  set: option({ name: '--set-tos', value: tosMask(0x3f), excludes: others('set'), help: 'clear the bits of mask, then xor value in' }),
  and: option({ name: '--and-tos', value: bits, excludes: others('and'), help: 'keep only these bits' }),
  or: option({ name: '--or-tos', value: bits, excludes: others('or'), help: 'set these bits' }),
  xor: option({ name: '--xor-tos', value: bits, excludes: others('xor'), help: 'flip these bits' }),
};

const masked = (from: OptionUse, value: number, mask: number): OptionUse<MaskedValue> => ({ ...from, value: { value: value & 0xff, mask: mask & 0xff } });

export const TOS = defineTarget({
  name: 'TOS',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle'],
  options,
  source: 'iptables-extensions(8) TOS; Linux 6.18 net/netfilter/xt_DSCP.c',
  normalize: ({ set, and, or, xor }) => {
    if (and) return { set: masked(and, 0, ~and.value) };
    if (or) return { set: masked(or, or.value, or.value) };
    if (xor) return { set: masked(xor, xor.value, 0) };
    return { set };
  },
  check: ({ set }) => (set ? [] : [{ severity: 'error', code: 'missing-option', message: 'TOS needs one of --set-tos, --and-tos, --or-tos, --xor-tos' }]),
  compile: ({ set }) => ({ effects: set ? [{ op: 'assign', field: FIELD.tos, ...set.value }] : [], verdict: 'CONTINUE' }),
});
