/**
 * UDP and UDP-Lite. An entry lives 30 s until it has been a stream: for UDP, traffic in both directions and a packet more
 * than two seconds after the first; for UDP-Lite, any packet after the first answer.
 *
 * UDP-Lite off the wire is INVALID unless nf_conntrack_checksum is 0: the kernel checks its checksum with the protocol
 * number of UDP in the pseudo header (udplite_error() passes IPPROTO_UDP), so that right checksums look wrong. Seen on 6.18.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_udp.c. Not modelled: IPS_NAT_CLASH, which needs two processors.
 */

import { CTSTATUS, FIELD, L4 } from '../../model/field.ts';
import { portTuple, quotedPortTuple, swapTuple } from './ports.ts';
import { setting, verifiesChecksum } from './settings.ts';
import type { L4Proto } from './tracker.ts';

/** After this many seconds traffic in both directions is a stream. */
const STREAM_AFTER = 2;

function tracker(name: string, isStream: (age: number) => boolean, failsChecksum: (bad: boolean) => boolean): L4Proto {
  return {
    examine({ regs, packet }, settings, prerouting) {
      if (regs[FIELD.l4.index] !== L4.readable) return { kind: 'invalid', reason: `the ${name} header is cut short` };
      if (failsChecksum(packet.badChecksum) && verifiesChecksum(settings, prerouting))
        return {
          kind: 'invalid',
          reason: packet.badChecksum ? `bad ${name} checksum` : 'the kernel takes right UDP-Lite checksums for wrong: it reckons with the protocol number of UDP',
        };
      return { kind: 'track' };
    },
    tupleOf: portTuple,
    tupleOfQuoted: quotedPortTuple,
    invertTuple: swapTuple,
    open: (_skb, settings) => ({ kind: 'new', tcp: null, timeout: setting(settings, 'udp_timeout', 30), status: 0, note: null }),
    track(_skb, { status, started }, direction, settings, now) {
      const stream = (status & CTSTATUS.SEEN_REPLY) !== 0 && isStream(now - started);
      return {
        verdict: 'accept',
        tcp: null,
        timeout: stream ? setting(settings, 'udp_timeout_stream', 120) : setting(settings, 'udp_timeout', 30),
        status: (direction === 1 ? CTSTATUS.SEEN_REPLY : 0) | (stream ? CTSTATUS.ASSURED : 0),
        note: null,
      };
    },
  };
}

export const udp = tracker(
  'udp',
  (age) => age > STREAM_AFTER,
  (bad) => bad,
);
export const udplite = tracker(
  'udplite',
  () => true,
  () => true,
);
