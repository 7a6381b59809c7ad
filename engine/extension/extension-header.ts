/**
 * IPv6 extension headers as rules look for them: whether a packet has one, and what it holds. A match that looks for one of
 * them is false without it, negated or not; where the packet does not say what it holds, what is asked of it is unknown.
 *
 * Source: Linux 6.18 net/ipv6/exthdrs_core.c, ipv6_find_hdr(): the first of its kind counts, and nothing behind the header of
 * a later fragment is found.
 */

import { FALSE, TRUE, UNKNOWN, type Clause, type Tri } from '../model/test.ts';
import type { SkbView } from '../model/context.ts';
import { headerLength } from '../model/extension-header.ts';
import { FIELD, type Field } from '../model/field.ts';
import { PROTO } from '../net/protocol.ts';

export type HeaderName = 'ah' | 'frag' | 'hop-by-hop' | 'destination options' | 'routing' | 'segment routing';

const NUMBERS: Readonly<Record<HeaderName, number>> = { ah: PROTO.ah, frag: 44, 'hop-by-hop': 0, 'destination options': 60, routing: 43, 'segment routing': 43 };

/** A header that a packet has. */
export interface FoundHeader {
  /** What follows next header and length; null: not said. */
  readonly bytes: Uint8Array | null;
  /** In bytes, where it is known. */
  readonly length: number | null;
  /** Number of the next header, for which the protocol may be looked at; null: not known. */
  readonly next: number | null;
}

/** What tells where headers end. */
const READ: readonly Field[] = [FIELD.fragOffset, FIELD.moreFragments];

export function isFragment({ regs }: SkbView): boolean {
  return regs[FIELD.fragOffset.index] !== 0 || regs[FIELD.moreFragments.index] !== 0;
}

/** The first header of that name; null: the packet has none. */
function findHeader(skb: SkbView, name: HeaderName): FoundHeader | null {
  const { packet, regs } = skb;
  const fragment = isFragment(skb);
  if (name === 'frag') return fragment ? { bytes: null, length: 8, next: null } : null;
  const at = packet.extensionHeaders.findIndex(({ header }) => header === NUMBERS[name]);
  const found = packet.extensionHeaders[at];
  if (found) {
    const bytes = found.data === null ? null : Uint8Array.from({ length: found.data.length / 2 }, (_, i) => Number.parseInt((found.data as string).slice(i * 2, i * 2 + 2), 16));
    return {
      bytes,
      length: bytes && headerLength(found),
      get next() {
        return packet.extensionHeaders[at + 1]?.header ?? (fragment ? NUMBERS.frag : (regs[FIELD.proto.index] as number));
      },
    };
  }
  return name === 'ah' && packet.proto === PROTO.ah && regs[FIELD.fragOffset.index] === 0 ? { bytes: null, length: null, next: null } : null;
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
        reads: READ,
        holds: (skb) => (findHeader(skb, header) ? TRUE : FALSE),
        saw: (skb) => (findHeader(skb, header) ? `a ${header} header` : 'no such header'),
      },
    ],
  };
}

export interface HeaderQuestion {
  readonly header: HeaderName;
  /** As printed, negation included. */
  readonly text: string;
  readonly negated: boolean;
  readonly wanted: string;
  readonly reads?: readonly Field[];
  readonly operand: Readonly<Record<string, unknown>>;
  /** The answer to the bare question; null: what it depends on is not said. */
  asks(header: FoundHeader, skb: SkbView): boolean | null;
  /** What it saw; asked only where there is an answer. */
  saw(header: FoundHeader, skb: SkbView): string;
}

/** A question about a header that is there. */
export function headerClause({ header, text, negated, wanted, reads, operand, asks, saw }: HeaderQuestion): Clause {
  const answer = (skb: SkbView): boolean | null => {
    const found = findHeader(skb, header);
    return found && asks(found, skb);
  };
  const holds = (skb: SkbView): Tri => {
    const value = answer(skb);
    return value === null ? UNKNOWN : value ? TRUE : FALSE;
  };
  return {
    text,
    negated,
    any: [
      {
        op: 'opaque',
        name: 'extension-header',
        operand,
        wanted,
        reads: [...READ, ...(reads ?? [])],
        holds,
        saw: (skb) => {
          const found = findHeader(skb, header);
          return found && answer(skb) !== null ? saw(found, skb) : `a ${header} header that does not say what it holds`;
        },
      },
    ],
  };
}

/** A number in network order. */
export function numberAt(bytes: Uint8Array, at: number, count: 1 | 2 | 4): number {
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

export function inRange(value: number | null, [low, high]: readonly [number, number]): boolean | null {
  return value === null ? null : value >= low && value <= high;
}

/** A reserved field of so many bytes is zero. */
export function reservedQuestion(at: number, count: 2 | 4): Pick<HeaderQuestion, 'wanted' | 'operand' | 'asks' | 'saw'> {
  return {
    wanted: '0 in the reserved field',
    operand: { reserved: 0 },
    asks: ({ bytes }) => (bytes ? numberAt(bytes, at, count) === 0 : null),
    saw: ({ bytes }) => `0x${(bytes ? numberAt(bytes, at, count) : 0).toString(16)} in the reserved field`,
  };
}
