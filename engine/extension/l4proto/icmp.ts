/**
 * ICMP and ICMPv6. Only requests open a connection; answers are keyed by the inverse type, the same id and code. Errors
 * are looked up by the packet they quote. Multicast listener, neighbour and router discovery of IPv6 are not tracked.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_icmp.c and nf_conntrack_proto_icmpv6.c; include/linux/icmp.h icmp_is_err().
 */

import { CTSTATUS, FIELD, L4 } from '../../model/field.ts';
import { quotedTupleWith, tupleWith } from './ports.ts';
import { setting, verifiesChecksum } from './settings.ts';
import type { Examination, L4Proto } from './tracker.ts';
import type { SkbView } from '../../model/context.ts';

interface Kinds {
  readonly name: string;
  readonly timeout: string;
  /** Pairs of types that answer each other. */
  readonly inverse: ReadonlyMap<number, number>;
  readonly requests: ReadonlySet<number>;
  /** What the type alone decides. */
  sort(skb: SkbView, type: number): Examination;
}

const pairs = (...list: [number, number][]) =>
  new Map(
    list.flatMap(
      ([a, b]) =>
        [
          [a, b],
          [b, a],
        ] as [number, number][],
    ),
  );
const TRACK: Examination = { kind: 'track' };
const ERROR: Examination = { kind: 'error' };

const V4: Kinds = {
  name: 'icmp',
  timeout: 'icmp_timeout',
  inverse: pairs([8, 0], [13, 14], [15, 16], [17, 18]),
  requests: new Set([8, 13, 15, 17]),
  sort(_skb, type) {
    // NR_ICMP_TYPES: 18 is the highest type the kernel knows.
    if (type > 18) return { kind: 'invalid', reason: `unknown ICMP type ${type}` };
    return type === 3 || type === 4 || type === 5 || type === 11 || type === 12 ? ERROR : TRACK;
  },
};

const V6: Kinds = {
  name: 'icmpv6',
  timeout: 'icmpv6_timeout',
  inverse: pairs([128, 129], [139, 140]),
  requests: new Set([128, 139]),
  sort(skb, type) {
    if ((type >= 130 && type <= 136) || type === 143 || type === 151 || type === 152)
      return { kind: 'untracked', reason: `ICMPv6 type ${type} (multicast listener, router or neighbour discovery) is never tracked` };
    if (type === 137) return redirect(skb);
    return type < 128 ? ERROR : TRACK;
  },
};

/** nf_conntrack_icmpv6_redirect(). A redirect that is no error is looked up by its own type, which has no inverse. */
function redirect({ regs, packet }: SkbView): Examination {
  if (regs[FIELD.icmpCode.index] !== 0) return TRACK;
  const linkLocal = (regs[FIELD.src.index] as number) >>> 22 === 0xfe80 >>> 6;
  if (regs[FIELD.ttl.index] !== 255 || !linkLocal) return { kind: 'invalid', reason: 'redirect with a hop limit other than 255, or not from a link-local address' };
  return packet.inner ? ERROR : TRACK;
}

function tracker({ name, timeout, inverse, requests, sort }: Kinds): L4Proto {
  const label = name === 'icmp' ? 'ICMP' : 'ICMPv6';
  return {
    examine(skb, settings, prerouting) {
      if (skb.regs[FIELD.l4.index] !== L4.readable) return { kind: 'invalid', reason: `the ${label} header is cut short` };
      if (skb.packet.badChecksum && verifiesChecksum(settings, prerouting)) return { kind: 'invalid', reason: `bad ${label} checksum` };
      return sort(skb, skb.regs[FIELD.icmpType.index] as number);
    },
    tupleOf(skb) {
      const { regs } = skb;
      if (regs[FIELD.l4.index] !== L4.readable) return null;
      return tupleWith(skb, regs[FIELD.icmpId.index] as number, ((regs[FIELD.icmpType.index] as number) << 8) | (regs[FIELD.icmpCode.index] as number));
    },
    tupleOfQuoted: (packet) => (packet.fragOffset > 0 ? null : quotedTupleWith(packet, packet.icmpId, (packet.icmpType << 8) | packet.icmpCode)),
    invertTuple({ family, proto, src, dst, sport, dport }) {
      const type = inverse.get(dport >>> 8);
      return type === undefined ? null : { family, proto, src: dst, dst: src, sport, dport: (type << 8) | (dport & 0xff) };
    },
    open({ regs }, settings) {
      const type = regs[FIELD.icmpType.index] as number;
      if (!requests.has(type))
        return { kind: 'invalid', reason: inverse.has(type) ? `${label} type ${type} answers no request that was seen` : `${label} type ${type} opens no connection` };
      return { kind: 'new', tcp: null, timeout: setting(settings, timeout, 30), status: 0, note: null };
    },
    track: (_skb, _entry, direction, settings) => ({
      verdict: 'accept',
      tcp: null,
      timeout: setting(settings, timeout, 30),
      status: direction === 1 ? CTSTATUS.SEEN_REPLY : 0,
      note: null,
    }),
  };
}

export const icmp = tracker(V4);
export const icmpv6 = tracker(V6);
