/** Expectations: connections that the helper of another one has announced, before their first packet. Immutable. */

import { parseAddress, type Family, type Words } from '../net/address.ts';
import { hasPorts, protocolNumber } from '../net/protocol.ts';
import type { Tuple } from './conntrack.ts';
import type { ExpectedConnection } from './packet.ts';

/** An expectation as `conntrack -L expect` or the scenario declares it (struct nf_conntrack_expect). */
export interface Expectation {
  /** What the first packet looks like. Of its source counts what `sourceMask` and `portMask` leave. */
  readonly tuple: Tuple;
  readonly sourceMask: Words;
  /** Bits of the source port that count: 0 for any port. */
  readonly portMask: number;
  /** Original direction of the connection that expects it. */
  readonly master: Tuple;
  readonly zone: number;
  /** Name of the helper; null: not said. */
  readonly helper: string | null;
  /** It stays there once it has been met. */
  readonly permanent: boolean;
  /** Not to be met yet. */
  readonly inactive: boolean;
  /** Seconds it is there from the start; null: as long as its master. */
  readonly timeout: number | null;
  /** Destination port that its address translation gives back; null: not said (`conntrack -L expect` does not print it). */
  readonly privatePort: number | null;
  readonly origin: 'snapshot' | 'scenario';
}

/** What a helper may have made out of a payload that is not read: any connection between the ends of its master. */
export interface PossibleExpectation {
  /** Id of the entry whose payload the helper was given. */
  readonly masterId: number;
  readonly helper: string;
}

/** Where an expected connection is translated to, as its master is: addresses, and a destination port. */
export interface Following {
  readonly src: Words;
  readonly dst: Words;
  readonly dport: number;
}

/** A mask of all bits of an address of the family; of none. */
const everyBit = (family: Family): Words => new Array<number>(family === 'ipv4' ? 1 : 4).fill(0xffffffff);
const noBit = (family: Family): Words => everyBit(family).map(() => 0);

/** What is wrong with an expectation that the scenario declares. */
interface ExpectationFailure {
  readonly field: string;
  readonly failure: string;
  readonly hint: string;
}

/** An expectation as the scenario declares it, with addresses and protocols as numbers. */
export function readExpectation(given: ExpectedConnection): Expectation | ExpectationFailure {
  const proto = protocolOf(given.proto);
  if (proto === null) return unknownProtocol('proto', given.proto);
  const masterProto = given.master.proto === undefined ? proto : protocolOf(given.master.proto);
  if (masterProto === null) return unknownProtocol('master.proto', given.master.proto ?? '');
  const words: Record<string, Words> = {};
  let family: Family | null = null;
  for (const [field, text] of Object.entries({ dst: given.dst, src: given.src, 'master.src': given.master.src, 'master.dst': given.master.dst })) {
    if (text === undefined) continue;
    const address = parseAddress(text);
    if (!address) return { field, failure: `"${text}" is not an IP address`, hint: 'give one IPv4 or IPv6 address' };
    if (family !== null && address.family !== family) return { field, failure: `"${text}" is not of the family of "${given.dst}"`, hint: 'give addresses of one family' };
    family = address.family;
    words[field] = address.words;
  }
  const of = family as Family;
  const end = (field: string): Words => words[field] ?? noBit(of);
  const port = (number: number, value: number | undefined): number => (hasPorts(number) ? (value ?? 0) : 0);
  return {
    tuple: { family: of, proto, src: end('src'), dst: end('dst'), sport: port(proto, given.sport), dport: port(proto, given.dport) },
    sourceMask: given.src === undefined ? noBit(of) : everyBit(of),
    portMask: given.sport === undefined ? 0 : 0xffff,
    master: {
      family: of,
      proto: masterProto,
      src: end('master.src'),
      dst: end('master.dst'),
      sport: port(masterProto, given.master.sport),
      dport: port(masterProto, given.master.dport),
    },
    zone: given.zone ?? 0,
    helper: given.helper ?? null,
    permanent: given.permanent ?? false,
    inactive: false,
    timeout: given.timeout ?? null,
    privatePort: given.natPort ?? null,
    origin: 'scenario',
  };
}

const protocolOf = (value: string | number): number | null => (typeof value === 'number' ? value : protocolNumber(value));

const unknownProtocol = (field: string, value: string | number): ExpectationFailure => ({
  field,
  failure: `unknown protocol "${value}"`,
  hint: 'give a name of /etc/protocols, or a number from 0 to 255',
});
