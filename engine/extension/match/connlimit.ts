/**
 * connlimit: number of live connections of the packet's source or destination, or of its network.
 *
 * Source: iptables-extensions(8) "connlimit"; Linux 6.18 net/netfilter/xt_connlimit.c, connlimit_mt(). The packet's own
 * connection counts. A packet that no tuple can be made of is dropped on the spot.
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE } from '../../model/test.ts';
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
    const group = { side, mask: maskWords(context.family, length) } as const;
    return [
      {
        text: `-m connlimit ${printOptions(options, uses, context)}`,
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'connlimit',
            operand: { side, length, [above ? 'above' : 'upto']: limit.value },
            wanted: `${above ? 'more than' : 'at most'} ${limit.value}`,
            reads: [FIELD[side]],
            // A step although it keeps nothing: how many there were is known only while the packet is there.
            step: (_skb, now) => ({ holds: now.connections(group) > limit.value === (above !== undefined) ? TRUE : FALSE, state: null }),
            saw(skb, now) {
              const found = now.connections(group);
              const { index } = FIELD[side];
              const network = group.mask.map((word, i) => ((skb.regs[index + i] as number) & word) >>> 0);
              return `${found} connection${found === 1 ? '' : 's'} ${daddr ? 'to' : 'from'} ${formatAddress(context.family, network)}/${length}`;
            },
          },
        ],
      },
    ];
  },
});
