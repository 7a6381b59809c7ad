/**
 * icmp: type and code of the ICMP header. Type 255 (`any`) stands for every type.
 *
 * Source: iptables-extensions(8) "icmp"; Linux 6.18 net/netfilter/xt_tcpudp.c, icmp_match(). A later fragment never
 * matches, negated or not; a header cut short drops the packet on the spot.
 */

import { TRUE } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { icmpType, icmpTypeClauses, printIcmpType, type IcmpName } from '../icmp-type.ts';
import { option } from '../option.ts';

const ANY = 255;

// biome-ignore format: a table
export const ICMP_NAMES: readonly IcmpName[] = [
  ['any', ANY], ['echo-reply', 0], ['pong', 0], ['destination-unreachable', 3], ['network-unreachable', 3, 0], ['host-unreachable', 3, 1], ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3], ['fragmentation-needed', 3, 4], ['source-route-failed', 3, 5], ['network-unknown', 3, 6], ['host-unknown', 3, 7], ['network-prohibited', 3, 9],
  ['host-prohibited', 3, 10], ['TOS-network-unreachable', 3, 11], ['TOS-host-unreachable', 3, 12], ['communication-prohibited', 3, 13], ['host-precedence-violation', 3, 14],
  ['precedence-cutoff', 3, 15], ['source-quench', 4], ['redirect', 5], ['network-redirect', 5, 0], ['host-redirect', 5, 1], ['TOS-network-redirect', 5, 2], ['TOS-host-redirect', 5, 3],
  ['echo-request', 8], ['ping', 8], ['router-advertisement', 9], ['router-solicitation', 10], ['time-exceeded', 11], ['ttl-exceeded', 11], ['ttl-zero-during-transit', 11, 0],
  ['ttl-zero-during-reassembly', 11, 1], ['parameter-problem', 12], ['ip-header-bad', 12, 0], ['required-option-missing', 12, 1], ['timestamp-request', 13], ['timestamp-reply', 14],
  ['address-mask-request', 17], ['address-mask-reply', 18],
];

const options = {
  type: option({
    name: '--icmp-type',
    value: icmpType(ICMP_NAMES, (value) => (value.type === ANY ? 'any' : printIcmpType(value))),
    invertible: true,
    required: true,
    help: 'ICMP type, or type and code',
  }),
};

export const icmp = defineMatch({
  name: 'icmp',
  families: ['ipv4'],
  protocols: [PROTO.icmp],
  options,
  source: 'iptables-extensions(8) icmp; Linux 6.18 net/netfilter/xt_tcpudp.c',
  compile(uses, context) {
    const use = uses.type;
    if (!use) return [];
    const text = optionText(options, uses, 'type', context);
    if (use.value.type === ANY) return [...readableHeader('ICMP'), { text, negated: use.negated, any: [{ op: 'constant', value: TRUE, reason: 'type 255 stands for any type' }] }];
    return [...readableHeader('ICMP'), ...icmpTypeClauses(text, use)];
  },
});
