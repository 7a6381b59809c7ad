/**
 * GRE. Plain GRE (version 0) has no key in the kernel's eyes, also when its header carries one: all GRE between two
 * addresses is one connection. Only PPTP (version 1) is told apart by its call id, and needs the pptp helper.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_gre.c, gre_pkt_to_tuple(). Not modelled: PPTP.
 */

import { CTSTATUS } from '../../model/field.ts';
import { generic } from './generic.ts';
import { setting } from './settings.ts';
import type { L4Proto } from './tracker.ts';

export const gre: L4Proto = {
  ...generic,
  examine: () => ({ kind: 'track' }),
  open: (_skb, settings) => ({ kind: 'new', tcp: null, timeout: setting(settings, 'gre_timeout', 30), status: 0, note: null }),
  track(_skb, { status }, direction, settings) {
    const answered = (status & CTSTATUS.SEEN_REPLY) !== 0;
    return {
      verdict: 'accept',
      tcp: null,
      timeout: answered ? setting(settings, 'gre_timeout_stream', 180) : setting(settings, 'gre_timeout', 30),
      status: (direction === 1 ? CTSTATUS.SEEN_REPLY : 0) | (answered ? CTSTATUS.ASSURED : 0),
      note: null,
    };
  },
};
