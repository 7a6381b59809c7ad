/**
 * What the node sends to everybody it hears itself: a copy turns back at the device, passes POSTROUTING on its own and
 * comes in again as a received packet does, while the original leaves.
 *
 * Source: Linux 6.18 net/ipv4/ip_output.c ip_mc_output(), dev_loopback_xmit(); net/ipv6/ip6_output.c ip6_finish_output2().
 * In IPv4 the copy goes first, in IPv6 the original.
 */

import { FIELD, PACKET_TYPE } from '../model/field.ts';
import type { Words } from '../net/address.ts';
import { inBlock } from './reroute.ts';
import type { Walker } from './run.ts';
import { readWords, sameWords, write, type Skb } from './skb.ts';

/** Is the packet, sent by the node, for everybody or for a group? */
function audience({ family, route, teeDevice }: Skb, dst: Words): 'broadcast' | 'multicast' | null {
  if (family === 'ipv6') return (dst[0] as number) >>> 24 === 0xff ? 'multicast' : null;
  // A copy of TEE goes to one host, whatever its address says.
  if (teeDevice !== null) return null;
  if (dst[0] === 0xffffffff || route?.type === 'broadcast') return 'broadcast';
  return inBlock(dst, 0xe, 4) ? 'multicast' : null;
}

/**
 * The copy that a packet of the node makes for the node itself, ready to go through POSTROUTING; null if it makes none.
 * A group that nobody is known to have joined makes none, and a note says so.
 */
export function ownCopy(walker: Walker): Walker | null {
  const { skb, run } = walker;
  const dev = skb.route?.dev ?? null;
  if (dev === null || dev === 'lo' || skb.turnedBack) return null;
  const dst = readWords(skb, FIELD.dst);
  const kind = audience(skb, dst);
  if (kind === null) return null;
  if (kind === 'multicast' && !joined(walker, dst, dev)) {
    run.notes.add(`packet ${run.number}: the node is not known to have joined the group, so it gets no copy`);
    return null;
  }
  // The copy has no sender that could be asked for (skb_clone() leaves the socket behind).
  const copy: Skb = { ...skb, regs: skb.regs.slice(), turnedBack: true, owner: null, frozen: null };
  for (const field of [FIELD.socket, FIELD.uid, FIELD.gid]) write(copy, field, 0);
  return { run, skb: copy, steps: [], emissions: [], hook: 'POSTROUTING', within: null, rule: null };
}

/** dev_loopback_xmit(): behind POSTROUTING the copy is one that comes in. What a rule sees of its type goes by its address (xt_pkttype.c). */
export function turnBack(skb: Skb): void {
  write(skb, FIELD.turnedBack, 1);
  const group = skb.family === 'ipv6' || inBlock(readWords(skb, FIELD.dst), 0xe, 4);
  write(skb, FIELD.packetType, group ? PACKET_TYPE.multicast : PACKET_TYPE.broadcast);
}

/**
 * Is the node itself in the group on this device? All hosts; in IPv6 all nodes, all routers where it forwards (of the link: those of the
 * site only if forwarding came after the device), and the groups of its addresses, if neighbours are looked for there
 * (ipv6_add_dev(), dev_forward_change(), addrconf_join_solict()).
 */
export function joined(walker: Walker, dst: Words, device: string): boolean {
  const { network, routing } = walker.run.world;
  if (walker.skb.family === 'ipv4') return dst[0] === 0xe0000001;
  if ((dst[0] === 0xff020000 || dst[0] === 0xff010000) && dst[1] === 0 && dst[2] === 0) return dst[3] === 1 || (dst[3] === 2 && routing.isRouter(device));
  const own = network.interfaces.find(({ name }) => name === device);
  const solicits = own !== undefined && !own.flags.includes('NOARP') && !own.flags.includes('LOOPBACK');
  return solicits && own.addresses.some(({ family, local }) => family === 'ipv6' && sameWords(dst, [0xff020000, 0, 1, (0xff000000 | ((local[3] as number) & 0xffffff)) >>> 0]));
}
