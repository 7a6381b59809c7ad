/** Questions about the bytes behind the transport header, or behind the IP header where the protocol has none here: what `data` or `payload` of a packet say. */

import type { SkbView } from '../model/context.ts';
import { FIELD } from '../model/field.ts';
import { FALSE, TRUE, UNKNOWN, type Clause } from '../model/test.ts';

interface PayloadQuestion {
  readonly text: string;
  readonly negated: boolean;
  readonly wanted: string;
  readonly operand: Readonly<Record<string, unknown>>;
  /** Null: it cannot be told. */
  asks(bytes: Uint8Array): boolean | null;
  saw(bytes: Uint8Array): string;
}

/** The bytes; zeros where only their number is said. */
function payloadOf({ packet }: SkbView): Uint8Array {
  const { data } = packet;
  return data === null ? new Uint8Array(packet.payload) : Uint8Array.from({ length: data.length / 2 }, (_, i) => Number.parseInt(data.slice(i * 2, i * 2 + 2), 16));
}

export function payloadClause({ text, negated, wanted, operand, asks, saw }: PayloadQuestion): Clause {
  return {
    text,
    negated,
    any: [
      {
        op: 'opaque',
        name: 'payload',
        operand,
        wanted,
        reads: [FIELD.proto],
        holds(skb) {
          const value = asks(payloadOf(skb));
          return value === null ? UNKNOWN : value ? TRUE : FALSE;
        },
        saw: (skb) => saw(payloadOf(skb)),
      },
    ],
  };
}
