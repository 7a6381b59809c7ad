/**
 * eui64: the interface identifier of the source address is made from the source MAC of the frame (RFC 4291 appendix A).
 *
 * Source: iptables-extensions(8) "eui64"; Linux 6.18 net/ipv6/netfilter/ip6t_eui64.c, eui64_mt6(). Drops the packet where
 * there is no Ethernet header.
 */

import { FIELD } from '../../model/field.ts';
import { FALSE, TRUE } from '../../model/test.ts';
import { formatMac } from '../../net/mac.ts';
import { equals } from '../clause.ts';
import { defineMatch } from '../extension.ts';

export const eui64 = defineMatch({
  name: 'eui64',
  families: ['ipv6'],
  hooks: ['PREROUTING', 'INPUT', 'FORWARD'],
  options: {},
  source: 'iptables-extensions(8) eui64; Linux 6.18 net/ipv6/netfilter/ip6t_eui64.c',
  compile: () => [
    // Frames on lo have a header of the same length, whose addresses are zero: they miss, and are not dropped.
    { guard: true, text: 'the frame has a header', negated: false, otherwise: 'drop', any: [equals(FIELD.hasMac, 1), { op: 'interface', field: FIELD.in, pattern: 'lo' }] },
    { guard: true, text: 'the packet has an Ethernet header', negated: false, any: [equals(FIELD.hasMac, 1)] },
    {
      text: '-m eui64',
      negated: false,
      any: [
        {
          op: 'opaque',
          name: 'eui64',
          operand: {},
          wanted: 'a source address made from it',
          reads: [FIELD.srcMacHigh, FIELD.srcMacLow, FIELD.src],
          holds({ regs }) {
            const [high, low] = [regs[FIELD.srcMacHigh.index] as number, regs[FIELD.srcMacLow.index] as number];
            const upper = (((high << 16) | ((low >>> 16) & 0xff00) | 0xff) ^ 0x02000000) >>> 0;
            const lower = (0xfe000000 | (low & 0xffffff)) >>> 0;
            return regs[FIELD.src.index + 2] === upper && regs[FIELD.src.index + 3] === lower ? TRUE : FALSE;
          },
          saw: ({ regs }) => `source MAC ${formatMac(regs[FIELD.srcMacHigh.index] as number, regs[FIELD.srcMacLow.index] as number)}`,
        },
      ],
    },
  ],
});
