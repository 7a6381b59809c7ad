/**
 * rpfilter: would an answer to the source leave by the interface the packet came in by?
 *
 * Source: iptables-extensions(8) "rpfilter"; Linux 6.18 net/ipv4/netfilter/ipt_rpfilter.c, net/ipv6/netfilter/ip6t_rpfilter.c.
 * True on loopback, and for what the node sent to everybody and hears itself. Where several routes or next hops lead back, one
 * by the interface is enough; in IPv6 also one of a worse metric, as long as it is to the same destination (rt6_device_match()).
 */

import type { EvalContext, SkbView } from '../../model/context.ts';
import { FIELD } from '../../model/field.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../../model/test.ts';
import { formatAddress } from '../../net/address.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { flag, option } from '../option.ts';

const options = {
  loose: option({ name: '--loose', value: flag, help: 'any interface will do' }),
  validMark: option({ name: '--validmark', value: flag, help: 'use the packet mark in the look-up' }),
  acceptLocal: option({ name: '--accept-local', value: flag, help: 'let own addresses pass as sources' }),
  invert: option({ name: '--invert', value: flag, help: 'match what fails the test' }),
};

interface Question {
  readonly loose: boolean;
  readonly validMark: boolean;
  readonly acceptLocal: boolean;
}

function look(skb: SkbView, context: EvalContext, { loose, validMark, acceptLocal }: Question): { holds: Tri; saw: string } {
  const { regs, family } = skb;
  const word = (field: { readonly index: number }, i = 0) => regs[field.index + i] as number;
  const device = context.interfaceName(word(FIELD.in));
  if (device === 'lo') return { holds: TRUE, saw: 'it came in by lo' };
  if (word(FIELD.turnedBack) === 1) return { holds: TRUE, saw: 'the node sent it to everybody, itself included' };
  const source = Array.from(regs.subarray(FIELD.src.index, FIELD.src.index + (family === 'ipv4' ? 1 : 4)));
  const text = formatAddress(family, source);
  if (family === 'ipv4') {
    const destination = word(FIELD.dst);
    const toAll = destination === 0xffffffff || destination >>> 8 === 0xe00000;
    if (word(FIELD.src) >>> 24 === 0 && toAll) return { holds: TRUE, saw: `${text} to ${formatAddress(family, [destination])}` };
  } else {
    if (source.every((part) => part === 0)) return { holds: TRUE, saw: 'no source address' };
    if (word(FIELD.src) >>> 22 === 0x3fa) return { holds: TRUE, saw: `${text} is on the link` };
  }
  const route = context.reverseRoute(source, validMark ? word(FIELD.mark) : 0);
  if (!route) return { holds: FALSE, saw: `no route to ${text}` };
  if (route.type === 'local') return { holds: acceptLocal && (family === 'ipv6' || loose || route.dev === device) ? TRUE : FALSE, saw: `${text} is an own address` };
  if (!loose && route.dev !== device && route.ways.includes(device)) return { holds: TRUE, saw: `a route to ${text} leaves by ${device}` };
  if (route.type !== 'unicast') return { holds: FALSE, saw: `the route to ${text} is ${route.type}` };
  const saw = `the route to ${text} leaves by ${route.dev ?? 'no interface'}`;
  if (loose || route.dev === device) return { holds: TRUE, saw };
  return { holds: family === 'ipv4' || route.sure ? FALSE : UNKNOWN, saw };
}

export const rpfilter = defineMatch({
  name: 'rpfilter',
  families: ['ipv4', 'ipv6'],
  tables: ['raw', 'mangle'],
  hooks: ['PREROUTING'],
  options,
  source: 'iptables-extensions(8) rpfilter; Linux 6.18 net/ipv4/netfilter/ipt_rpfilter.c, net/ipv6/netfilter/ip6t_rpfilter.c',
  notModelled: 'IPv6 without --loose where a policy rule selects an output interface',
  compile(uses, context) {
    const question: Question = { loose: uses.loose !== undefined, validMark: uses.validMark !== undefined, acceptLocal: uses.acceptLocal !== undefined };
    const text = ['-m rpfilter', printOptions(options, uses, context)].filter(Boolean).join(' ');
    return [
      {
        text,
        negated: uses.invert !== undefined,
        any: [
          {
            op: 'opaque',
            name: 'rpfilter',
            operand: { ...question },
            reads: [FIELD.in, FIELD.turnedBack, FIELD.src, FIELD.dst, FIELD.tos, ...(question.validMark ? [FIELD.mark] : [])],
            wanted: question.loose ? 'a way back' : 'a way back by the same interface',
            holds: (skb, now) => look(skb, now, question).holds,
            saw: (skb, now) => look(skb, now, question).saw,
          },
        ],
      },
    ];
  },
});
