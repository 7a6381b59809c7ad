/**
 * udp: ports of the UDP header.
 *
 * Source: iptables-extensions(8) "udp"; Linux 6.18 net/netfilter/xt_tcpudp.c, udp_mt(). A later fragment never matches,
 * negated or not; a header cut short drops the packet on the spot. The kernel has the match for UDP-Lite too, iptables
 * has no name for it.
 */

import { FIELD } from '../../model/field.ts';
import type { Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { within } from '../clause.ts';
import type { OptionUses } from '../../model/option.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { allPorts, asksPorts, nativePorts } from '../native-payload.ts';
import { option } from '../option.ts';
import { nftPorts, resolvedPorts } from '../range.ts';

const options = {
  sport: option({ name: '--sport', aliases: ['--source-port'], value: resolvedPorts, invertible: true, help: 'source port or range', hidden: allPorts }),
  dport: option({ name: '--dport', aliases: ['--destination-port'], value: resolvedPorts, invertible: true, help: 'destination port or range', hidden: allPorts }),
};

const isNative = ({ sport, dport }: OptionUses<typeof options>): boolean => asksPorts(sport) || asksPorts(dport);

export const udp = defineMatch({
  name: 'udp',
  families: ['ipv4', 'ipv6'],
  protocols: [PROTO.udp],
  options,
  emptyInNft: true,
  nativeInNft: isNative,
  normalize: (uses, { backend }) => (backend === 'nft' ? { ...uses, sport: nftPorts(uses.sport), dport: nftPorts(uses.dport) } : uses),
  source: 'iptables-extensions(8) udp; Linux 6.18 net/netfilter/xt_tcpudp.c',
  compile(uses, context) {
    if (context.nativeMatches && isNative(uses)) return nativePorts(options, uses, context);
    const clauses: Clause[] = [...readableHeader('UDP')];
    const { sport, dport } = uses;
    if (sport) clauses.push({ text: optionText(options, uses, 'sport', context), negated: sport.negated, any: [within(FIELD.sport, sport.value)] });
    if (dport) clauses.push({ text: optionText(options, uses, 'dport', context), negated: dport.negated, any: [within(FIELD.dport, dport.value)] });
    return clauses;
  },
});
