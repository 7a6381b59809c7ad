/**
 * The headers of a packet that is delivered, behind INPUT: they are taken up one after the other. Those before a fragment header
 * are read in each fragment; of a datagram that tracking has put together the kernel remembers that they are to be read, but not
 * where they stand, and takes the first bytes of what they carry for the first of them.
 *
 * Source: Linux 6.18 net/ipv6/ip6_input.c ip6_protocol_deliver_rcu(), net/ipv6/exthdrs.c ipv6_destopt_rcv(), ipv6_rthdr_rcv(),
 * net/ipv6/netfilter/nf_conntrack_reasm.c nf_ct_frag6_reasm() (transport_header, and no IP6CB(skb)->nhoff).
 */

import { packetBytes } from '../extension/packet-bytes.ts';
import { networkHeaderLength } from '../model/packet-length.ts';
import { DESTINATION_OPTIONS, MALFORMED, refusedByDestinationOptions } from './header-options.ts';
import { refusedByRouting, ROUTING } from './routing-header.ts';
import { addStep, type Walker } from './run.ts';

/** Why the packet goes no further, with a step that says more; null: it does. */
export function refusedByHeaders(walker: Walker): string | null {
  const { packet, refragmenting } = walker.skb;
  if (refragmenting && !refragmenting.forDelivery) return refusedByMistake(walker);
  for (const { header, data } of packet.extensionHeaders) {
    const refused = refusedBy(walker, header, data);
    if (refused !== null) return refused;
  }
  return null;
}

function refusedBy(walker: Walker, header: number, data: string | null): string | null {
  if (header === DESTINATION_OPTIONS) return data === null ? null : refusedByDestinationOptions(walker, data);
  return header === ROUTING ? refusedByRouting(walker, data) : null;
}

/** The hop-by-hop header has been read when the first fragment came in. */
function refusedByMistake(walker: Walker): string | null {
  const { skb, run } = walker;
  const header = skb.packet.extensionHeaders.find((one) => one.header !== 0)?.header;
  if (header !== DESTINATION_OPTIONS && header !== ROUTING) return null;
  const name = header === ROUTING ? 'routing' : 'destination';
  run.notes.add(`packet ${run.number}: tracking has put it together, and the kernel takes its first bytes for its ${name} header`);
  const whole = packetBytes(skb);
  const at = networkHeaderLength(skb.packet);
  const [bytes, known] = [whole?.bytes.subarray(at), whole?.known.subarray(at)];
  const length = ((bytes?.[1] ?? 0) + 1) * 8;
  if (!bytes || !known || known.subarray(0, Math.min(length, bytes.length)).includes(0)) {
    run.doubts.add(`what the kernel takes for the ${name} header is not known`);
    return null;
  }
  if (length > bytes.length) {
    addStep(walker, { kind: 'drop', reason: MALFORMED, text: `what is taken for the ${name} header has ${bytes.length} bytes, and says that it has ${length}` });
    return MALFORMED;
  }
  const refused = refusedBy(walker, header, Array.from(bytes.subarray(2, length), (byte) => byte.toString(16).padStart(2, '0')).join(''));
  if (refused === null) run.doubts.add(`what the kernel takes for the headers behind its ${name} header is not modelled`);
  return refused;
}
