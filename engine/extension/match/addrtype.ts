/**
 * addrtype: what kind of address the node takes source or destination for.
 *
 * Source: iptables-extensions(8) "addrtype"; Linux 6.18 net/netfilter/xt_addrtype.c, addrtype_mt_v1(). IPv4 asks table
 * local alone and takes the list as alternatives. IPv6 tests MULTICAST, UNICAST and UNSPEC by the address itself, each of
 * them having to hold, and then LOCAL, ANYCAST and UNREACHABLE, of which one must, by a route look-up.
 */

import { FIELD } from '../../model/field.ts';
import type { AddressType, EvalContext, SkbView } from '../../model/context.ts';
import { FALSE, TRUE, type Clause, type OpaqueTest } from '../../model/test.ts';
import { formatAddress, type Family, type Words } from '../../net/address.ts';
import { matchText } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { flag, option } from '../option.ts';
import { nameList } from '../range.ts';

/** rtn_names of libxt_addrtype.c; a type's bit is its place. */
const TYPES: readonly AddressType[] = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE'];
const bit = (type: AddressType): number => 1 << TYPES.indexOf(type);
const IPV6_CLASSES: readonly AddressType[] = ['UNSPEC', 'UNICAST', 'MULTICAST'];
const IPV6_ROUTED: readonly AddressType[] = ['LOCAL', 'ANYCAST', 'UNREACHABLE'];
const IPV6_KNOWN = [...IPV6_CLASSES, ...IPV6_ROUTED].reduce((bits, type) => bits | bit(type), 0);

const types = nameList({ names: TYPES.map((type) => [type, bit(type)] as const), abbreviations: true, ignoreCase: true, what: 'type' });

const options = {
  srcType: option({ name: '--src-type', value: types, invertible: true, help: 'the source address is of one of these types' }),
  dstType: option({ name: '--dst-type', value: types, invertible: true, help: 'the destination address is of one of these types' }),
  limitIn: option({ name: '--limit-iface-in', value: flag, excludes: ['limitOut'], help: 'only addresses of the incoming interface count' }),
  limitOut: option({ name: '--limit-iface-out', value: flag, excludes: ['limitIn'], help: 'only addresses of the outgoing interface count' }),
};

/** ipv6_addr_type(): the class an IPv6 address has by itself; null for IPv4-mapped ones, which have none of the three. */
function ipv6Class([a = 0, b = 0, c = 0, d = 0]: Words): AddressType | null {
  if (a >>> 24 === 0xff) return 'MULTICAST';
  if (a !== 0 || b !== 0) return 'UNICAST';
  if (c === 0xffff) return null;
  return c === 0 && d === 0 ? 'UNSPEC' : 'UNICAST';
}

type Limit = 'in' | 'out' | null;

/** What is asked, in words. */
function askedText(asked: readonly AddressType[], family: Family): string {
  if (family === 'ipv4') return asked.join(' or ');
  const routed = asked.filter((type) => IPV6_ROUTED.includes(type));
  return [...asked.filter((type) => IPV6_CLASSES.includes(type)), ...(routed.length > 0 ? [routed.join(' or ')] : [])].join(' and ');
}

function addressTypeTest(side: 'src' | 'dst', mask: number, limit: Limit, family: Family): OpaqueTest {
  const look = (skb: SkbView, context: EvalContext) => {
    const { index } = FIELD[side];
    const address = Array.from(skb.regs.subarray(index, index + (skb.family === 'ipv4' ? 1 : 4)));
    const device = limit === null ? null : context.interfaceName(skb.regs[FIELD[limit].index] as number);
    return { address, device, routed: context.addressType(address, device), own: skb.family === 'ipv6' ? ipv6Class(address) : null };
  };
  const asked = TYPES.filter((type) => mask & bit(type));
  return {
    op: 'opaque',
    name: 'addrtype',
    operand: { side, types: asked.join(','), limit },
    wanted: `${askedText(asked, family)}${limit === null ? '' : ` on the ${limit === 'in' ? 'incoming' : 'outgoing'} interface`}`,
    reads: [FIELD[side], ...(limit === null ? [] : [FIELD[limit]])],
    holds(skb, context) {
      const { routed, own } = look(skb, context);
      if (skb.family === 'ipv4') return mask & bit(routed) ? TRUE : FALSE;
      if (asked.some((type) => IPV6_CLASSES.includes(type) && type !== own)) return FALSE;
      return !asked.some((type) => IPV6_ROUTED.includes(type)) || (IPV6_ROUTED.includes(routed) && mask & bit(routed)) ? TRUE : FALSE;
    },
    saw(skb, context) {
      const { address, device, routed, own } = look(skb, context);
      const text = formatAddress(skb.family, address);
      const found = skb.family === 'ipv4' ? [routed] : [own ?? 'IPv4-mapped', ...(IPV6_ROUTED.includes(routed) ? [routed] : [])];
      return `${text} is ${found.join(' and ')}${device === null ? '' : ` on ${device || 'no interface'}`}`;
    },
  };
}

export const addrtype = defineMatch({
  name: 'addrtype',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) addrtype; Linux 6.18 net/netfilter/xt_addrtype.c',
  check({ srcType, dstType, limitIn, limitOut }, { family, hooks }) {
    const findings: Finding[] = [];
    if (!srcType && !dstType)
      findings.push({ severity: 'error', code: 'missing-option', message: 'addrtype needs --src-type or --dst-type', hint: 'add --dst-type LOCAL, for example' });
    const wrongIn = limitIn && hooks.find((hook) => hook === 'OUTPUT' || hook === 'POSTROUTING');
    if (wrongIn)
      findings.push({
        severity: 'error',
        code: 'wrong-hook',
        option: 'limitIn',
        message: `--limit-iface-in is not valid in ${wrongIn}, which has no incoming interface`,
        hint: 'use --limit-iface-out there',
      });
    const wrongOut = limitOut && hooks.find((hook) => hook === 'PREROUTING' || hook === 'INPUT');
    if (wrongOut)
      findings.push({
        severity: 'error',
        code: 'wrong-hook',
        option: 'limitOut',
        message: `--limit-iface-out is not valid in ${wrongOut}, which has no outgoing interface`,
        hint: 'use --limit-iface-in there',
      });
    if (family === 'ipv6')
      for (const [key, use] of [
        ['srcType', srcType],
        ['dstType', dstType],
      ] as const) {
        const refused = TYPES.filter((type) => (use?.value ?? 0) & bit(type) & ~IPV6_KNOWN);
        if (refused.length > 0)
          findings.push({
            severity: 'error',
            code: 'bad-value',
            option: key,
            message: `the kernel does not match type ${refused.join(', ')} in IPv6`,
            hint: `types are ${[...IPV6_CLASSES, ...IPV6_ROUTED].join(', ')}`,
          });
      }
    return findings;
  },
  compile(uses, context) {
    const limit: Limit = uses.limitIn ? 'in' : uses.limitOut ? 'out' : null;
    const suffix = limit === null ? '' : ` --limit-iface-${limit}`;
    const clauses: Clause[] = [];
    for (const [key, side] of [
      ['srcType', 'src'],
      ['dstType', 'dst'],
    ] as const) {
      const use = uses[key];
      if (use)
        clauses.push({
          text: `${matchText('addrtype', options, uses, key, context)}${suffix}`,
          negated: use.negated,
          any: [addressTypeTest(side, use.value, limit, context.family)],
        });
    }
    return clauses;
  },
});
