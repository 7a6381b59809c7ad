/**
 * MARK: `mark := (mark & ~mask) ^ value`, then the next rule.
 *
 * Source: iptables-extensions(8) "MARK"; Linux 6.18 net/netfilter/xt_mark.c, mark_tg().
 */

import { FIELD } from '../../model/field.ts';
import type { OptionUse } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { hex, integer, maskedMark, option, type MaskedValue } from '../option.ts';

const bits = integer(0, 0xffffffff, 'bits', hex);
const others = ['set', 'and', 'or', 'xor'];

const options = {
  xmark: option({
    name: '--set-xmark',
    value: { ...maskedMark, print: ({ value, mask }: MaskedValue) => `${hex(value)}/${hex(mask)}` },
    excludes: others,
    help: 'clear the bits of mask, then xor value in',
  }),
  set: option({ name: '--set-mark', value: maskedMark, excludes: ['xmark', 'and', 'or', 'xor'], help: 'clear the bits of mask and of value, then set those of value' }),
  and: option({ name: '--and-mark', value: bits, excludes: ['xmark', 'set', 'or', 'xor'], help: 'keep only these bits' }),
  or: option({ name: '--or-mark', value: bits, excludes: ['xmark', 'set', 'and', 'xor'], help: 'set these bits' }),
  xor: option({ name: '--xor-mark', value: bits, excludes: ['xmark', 'set', 'and', 'or'], help: 'flip these bits' }),
};

const use = (from: OptionUse, value: number, mask: number): OptionUse<MaskedValue> => ({ ...from, value: { value: value >>> 0, mask: mask >>> 0 } });

export const MARK = defineTarget({
  name: 'MARK',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) MARK; Linux 6.18 net/netfilter/xt_mark.c',
  normalize: ({ xmark, set, and, or, xor }) => {
    if (set) return { xmark: use(set, set.value.value, set.value.value | set.value.mask) };
    if (and) return { xmark: use(and, 0, ~and.value) };
    if (or) return { xmark: use(or, or.value, or.value) };
    if (xor) return { xmark: use(xor, xor.value, 0) };
    return { xmark };
  },
  check: ({ xmark }) => (xmark ? [] : [{ severity: 'error', code: 'missing-option', message: 'MARK needs one of --set-xmark, --set-mark, --and-mark, --or-mark, --xor-mark' }]),
  compile: ({ xmark }) => ({
    effects: xmark ? [{ op: 'assign', field: FIELD.mark, mask: xmark.value.mask, value: xmark.value.value }] : [],
    verdict: 'CONTINUE',
  }),
});
