/**
 * IPv6 extension headers, as far as they are modelled: whether a packet has any. A match that looks for one of them is
 * false without it, negated or not; what it says of a packet that does carry headers is unknown.
 */

import { FALSE, TRUE, UNKNOWN, type Clause, type Tri } from '../model/test.ts';
import type { SkbView } from '../model/context.ts';
import { FIELD } from '../model/field.ts';
import { PROTO } from '../net/protocol.ts';

export type HeaderName = 'ah' | 'frag' | 'hop-by-hop' | 'destination options' | 'routing' | 'segment routing';

function isFragment({ regs }: SkbView): boolean {
  return regs[FIELD.fragOffset.index] !== 0 || regs[FIELD.moreFragments.index] !== 0;
}

/** Has the packet any extension header that is written out? */
export function hasExtensionHeaders(skb: SkbView): boolean {
  return skb.packet.extensionHeaders.length > 0 || isFragment(skb);
}

function present(skb: SkbView, header: HeaderName): Tri {
  if (header === 'frag' && isFragment(skb)) return TRUE;
  if (header === 'ah' && skb.regs[FIELD.proto.index] === PROTO.ah) return TRUE;
  return skb.packet.extensionHeaders.length === 0 ? FALSE : UNKNOWN;
}

/** The packet carries the header. */
export function headerPresent(header: HeaderName): Clause {
  return {
    guard: true,
    text: `the packet has a ${header} header`,
    negated: false,
    any: [
      {
        op: 'opaque',
        name: 'extension-header',
        operand: { header },
        wanted: `a ${header} header`,
        reads: header === 'frag' ? [FIELD.fragOffset, FIELD.moreFragments] : header === 'ah' ? [FIELD.proto] : [],
        holds: (skb) => present(skb, header),
        saw: (skb) => (present(skb, header) === FALSE ? 'no such header' : present(skb, header) === TRUE ? `a ${header} header` : 'extension headers that are not looked into'),
      },
    ],
  };
}
