/**
 * Every protocol without a tracker of its own (ESP, AH, IPIP, DCCP since 6.16…): one connection per pair of addresses,
 * never assured.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_generic.c, nf_conntrack_core.c get_l4proto().
 */

import type { SkbView } from '../../model/context.ts';
import { CTSTATUS } from '../../model/field.ts';
import { PROTO } from '../../net/protocol.ts';
import { quotedTupleWith, swapTuple, tupleWith } from './ports.ts';
import { setting } from './settings.ts';
import type { L4Proto } from './tracker.ts';

/** ipv6_get_l4proto(): behind the headers of IPv6 no protocol is found. */
const isEndless = ({ family, packet }: Pick<SkbView, 'family' | 'packet'>): boolean => family === 'ipv6' && (packet.proto === PROTO.ah || packet.proto === PROTO.none);

export const generic: L4Proto = {
  examine({ family, packet }) {
    // ipv6_skip_exthdr() passes over the authentication header, too; packets do not say what follows it.
    if (family === 'ipv6' && packet.proto === PROTO.ah) return { kind: 'invalid', reason: 'IPv6 looks behind the authentication header, where nothing is' };
    if (family === 'ipv6' && packet.proto === PROTO.none) return { kind: 'invalid', reason: 'no header follows the IPv6 header' };
    return { kind: 'track' };
  },
  tupleOf: (skb) => (isEndless(skb) ? null : tupleWith(skb, 0, 0)),
  tupleOfQuoted: (packet) => quotedTupleWith(packet, 0, 0),
  invertTuple: swapTuple,
  open: (_skb, settings) => ({ kind: 'new', tcp: null, timeout: setting(settings, 'generic_timeout', 600), status: 0, note: null }),
  track: (_skb, _entry, direction, settings) => ({
    verdict: 'accept',
    tcp: null,
    timeout: setting(settings, 'generic_timeout', 600),
    status: direction === 1 ? CTSTATUS.SEEN_REPLY : 0,
    note: null,
  }),
};

/** A protocol of the other family (ICMP inside IPv6): keyed like any other and then refused. */
export const foreign: L4Proto = {
  ...generic,
  examine: ({ packet }) => ({ kind: 'invalid', reason: packet.proto === PROTO.icmp ? 'ICMP inside IPv6' : 'ICMPv6 inside IPv4' }),
};
