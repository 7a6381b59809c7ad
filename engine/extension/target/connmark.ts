/**
 * CONNMARK: set the mark of the connection, save the packet's mark in it, or restore it from there. Nothing happens to a
 * packet without a connection (in raw, or untracked).
 *
 * Source: iptables-extensions(8) "CONNMARK"; iptables 1.8.9 extensions/libxt_CONNMARK.c; Linux 6.18
 * net/netfilter/xt_connmark.c, connmark_tg_shift().
 */

import type { OptionUse } from '../../model/option.ts';
import type { Effect } from '../../model/test.ts';
import { defineTarget } from '../extension.ts';
import { flag, hex, integer, maskedMark, option, type MaskedValue } from '../option.ts';

const FULL = 0xffffffff;
const bits = integer(0, FULL, 'bits', hex);
/** Bits of a mark: iptables takes a shift by all of them, connmark_tg_check() does not. */
const WORD = 32;
const shift = integer(0, WORD, 'bits');
const SET = ['xmark', 'set', 'and', 'or', 'xor', 'save', 'restore'];
const others = (key: string): string[] => SET.filter((name) => name !== key);

const options = {
  xmark: option({
    name: '--set-xmark',
    value: { ...maskedMark, print: ({ value, mask }: MaskedValue) => `${hex(value)}/${hex(mask)}` },
    excludes: others('xmark'),
    help: 'clear the bits of mask, then xor value in',
  }),
  set: option({ name: '--set-mark', value: maskedMark, excludes: others('set'), help: 'clear the bits of mask and of value, then set those of value' }),
  and: option({ name: '--and-mark', value: bits, excludes: others('and'), help: 'keep only these bits' }),
  or: option({ name: '--or-mark', value: bits, excludes: others('or'), help: 'set these bits' }),
  xor: option({ name: '--xor-mark', value: bits, excludes: others('xor'), help: 'flip these bits' }),
  save: option({ name: '--save-mark', value: flag, excludes: others('save'), help: 'packet mark to connection mark' }),
  restore: option({ name: '--restore-mark', value: flag, excludes: others('restore'), help: 'connection mark to packet mark' }),
  nfmask: option({ name: '--nfmask', value: bits, excludes: ['mask'], help: 'bits of the packet mark' }),
  ctmask: option({ name: '--ctmask', value: bits, excludes: ['mask'], help: 'bits of the connection mark' }),
  mask: option({ name: '--mask', value: bits, excludes: ['nfmask', 'ctmask'], help: 'bits of both' }),
  left: option({ name: '--left-shift-mark', value: shift, hidden: (value) => value === 0, help: 'shift left' }),
  right: option({ name: '--right-shift-mark', value: shift, hidden: (value) => value === 0, help: 'shift right' }),
};

const marked = (from: OptionUse, value: number, mask: number): OptionUse<MaskedValue> => ({ ...from, value: { value: value >>> 0, mask: mask >>> 0 } });

export const CONNMARK = defineTarget({
  name: 'CONNMARK',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) CONNMARK; Linux 6.18 net/netfilter/xt_connmark.c',
  normalize: ({ xmark, set, and, or, xor, save, restore, nfmask, ctmask, mask, left, right }) => {
    // Both set one number and its direction, so the last counts.
    const shifts = left && right ? (left.span.column > right.span.column ? { left } : { right }) : { left, right };
    if (save || restore) {
      const first = (save ?? restore) as OptionUse<true>;
      return { save, restore, nfmask: { ...first, value: (nfmask ?? mask)?.value ?? FULL }, ctmask: { ...first, value: (ctmask ?? mask)?.value ?? FULL }, ...shifts };
    }
    // A mask of its own replaces that of a set option before it (connmark_tg_parse()).
    const given = mask ?? ctmask;
    const own = (option: OptionUse): number | undefined => (given && given.span.column > option.span.column ? given.value : undefined);
    if (set) return { xmark: marked(set, set.value.value, own(set) ?? set.value.value | set.value.mask), ...shifts };
    if (and) return { xmark: marked(and, 0, own(and) ?? ~and.value), ...shifts };
    if (or) return { xmark: marked(or, or.value, own(or) ?? or.value), ...shifts };
    if (xor) return { xmark: marked(xor, xor.value, own(xor) ?? 0), ...shifts };
    return { xmark: xmark && marked(xmark, xmark.value.value, own(xmark) ?? xmark.value.mask), ...shifts };
  },
  check({ xmark, save, restore, left, right }) {
    if (!xmark && !save && !restore)
      return [{ severity: 'error', code: 'missing-option', message: 'CONNMARK: no operation specified', hint: 'give --set-xmark, --set-mark, --save-mark or --restore-mark' }];
    const key = left?.value === WORD ? 'left' : right?.value === WORD ? 'right' : null;
    return key ? [{ severity: 'error', code: 'bad-value', option: key, message: `the kernel shifts no mark by ${WORD} bits`, hint: `give 1 to ${WORD - 1}` }] : [];
  },
  compile: ({ xmark, save, restore, nfmask, ctmask, left, right }) => {
    const by = left?.value ? left.value : -(right?.value ?? 0);
    const shift = by === 0 ? {} : { shift: by };
    const effects: Effect[] = [];
    if (xmark) effects.push({ op: 'connmark', mode: 'set', value: xmark.value.value, ctMask: xmark.value.mask, nfMask: FULL, ...shift });
    else if (save || restore) effects.push({ op: 'connmark', mode: save ? 'save' : 'restore', value: 0, ctMask: ctmask?.value ?? FULL, nfMask: nfmask?.value ?? FULL, ...shift });
    return { effects, verdict: 'CONTINUE' };
  },
});
