/**
 * Ways that may take less than their MTU says. An ICMP error that reaches the node shortens the way to whom the quoted packet
 * was for, for ten minutes, if the socket that sent it takes the error for its own. Which sockets do is not known here, so nobody
 * guesses at the length: what depends on it is in doubt.
 *
 * Source: Linux 6.18 net/ipv4/icmp.c icmp_unreach(), route.c ip_rt_update_pmtu(), mtu_expires; net/ipv6/route.c rt6_do_update_pmtu().
 */

import type { FullPacket } from '../model/packet.ts';
import { formatAddress, type Words } from '../net/address.ts';
import { PROTO } from '../net/protocol.ts';
import type { Walker } from './run.ts';

/** Under which the state keeps the destinations, with the time until which they count. */
const STATE = 'learnt-mtu';
/** DEFAULT_MTU_EXPIRES, in seconds. */
const KEPT = 600;

type Learnt = ReadonlyMap<string, number>;

const tellsOfMtu = ({ family, proto, icmpType, icmpCode }: FullPacket): boolean =>
  family === 'ipv4' ? proto === PROTO.icmp && icmpType === 3 && icmpCode === 4 : proto === PROTO.icmpv6 && icmpType === 2;

const learntOf = ({ run }: Walker): Learnt => (run.draft.ruleStates.get(STATE) as Learnt | undefined) ?? new Map();

/** The node gets the packet: what it may learn by it. */
export function learnMtu(walker: Walker): void {
  const { skb, run } = walker;
  const { inner } = skb.packet;
  if (!inner || !tellsOfMtu(skb.packet)) return;
  run.draft.ruleStates.set(STATE, new Map(learntOf(walker)).set(formatAddress(inner.family, inner.dst), run.draft.now + KEPT));
}

/** Something depends on how much the way to the address takes. */
export function doubtMtu(walker: Walker, address: Words): void {
  const { skb, run } = walker;
  const name = formatAddress(skb.family, address);
  if ((learntOf(walker).get(name) ?? 0) > run.draft.now)
    run.doubts.add(`an ICMP error has told the node that the way to ${name} takes less, and whether it believed that is not known`);
}
