/**
 * icmp6: type and code of the ICMPv6 header.
 *
 * Source: iptables-extensions(8) "icmp6"; Linux 6.18 net/netfilter/xt_tcpudp.c, icmp6_match(). A later fragment never
 * matches, negated or not; a header cut short drops the packet on the spot.
 */

import { PROTO } from '../../net/protocol.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { icmpType, icmpTypeClauses, printIcmpType, type IcmpName } from '../icmp-type.ts';
import { option } from '../option.ts';

// biome-ignore format: a table
export const ICMPV6_NAMES: readonly IcmpName[] = [
  ['destination-unreachable', 1], ['no-route', 1, 0], ['communication-prohibited', 1, 1], ['beyond-scope', 1, 2], ['address-unreachable', 1, 3], ['port-unreachable', 1, 4],
  ['failed-policy', 1, 5], ['reject-route', 1, 6], ['packet-too-big', 2], ['time-exceeded', 3], ['ttl-exceeded', 3], ['ttl-zero-during-transit', 3, 0], ['ttl-zero-during-reassembly', 3, 1],
  ['parameter-problem', 4], ['bad-header', 4, 0], ['unknown-header-type', 4, 1], ['unknown-option', 4, 2], ['echo-request', 128], ['ping', 128], ['echo-reply', 129], ['pong', 129],
  ['router-solicitation', 133], ['router-advertisement', 134], ['neighbour-solicitation', 135], ['neighbor-solicitation', 135], ['neighbour-advertisement', 136],
  ['neighbor-advertisement', 136], ['redirect', 137],
];

const options = { type: option({ name: '--icmpv6-type', value: icmpType(ICMPV6_NAMES, printIcmpType), invertible: true, required: true, help: 'ICMPv6 type, or type and code' }) };

export const icmp6 = defineMatch({
  name: 'icmp6',
  families: ['ipv6'],
  protocols: [PROTO.icmpv6],
  options,
  source: 'iptables-extensions(8) icmp6; Linux 6.18 net/netfilter/xt_tcpudp.c',
  compile: (uses, context) => (uses.type ? [...readableHeader('ICMPv6'), ...icmpTypeClauses(optionText(options, uses, 'type', context), uses.type)] : []),
});
