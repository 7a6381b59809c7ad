/**
 * What iptables-nft makes of the matches tcp and udp. It says them in nft's own words: bytes behind the IP header are loaded and
 * compared, and of the packet nothing is asked but that there are so many. So a later fragment is not passed over, as xt_tcpudp.c
 * does: its data are taken for the header. In IPv6 nothing tells then where a header would begin, and the packet's own first bytes are.
 *
 * Source: iptables 1.8.9 iptables/nft.c add_nft_tcpudp(), add_nft_tcp(); Linux 6.18 net/netfilter/nf_tables_core.c nft_payload_fast_eval(),
 * include/net/netfilter/nf_tables_ipv6.h __nft_set_pktinfo_ipv6_validate(), net/ipv6/exthdrs_core.c ipv6_find_hdr().
 */

import type { SkbView } from '../model/context.ts';
import { headerLength } from '../model/extension-header.ts';
import { FIELD, L4, type Field } from '../model/field.ts';
import type { OptionTable, OptionUse, OptionUses } from '../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type Clause, type OpaqueTest, type Test } from '../model/test.ts';
import { hasPorts, PROTO } from '../net/protocol.ts';
import { optionText, type CompileContext } from './extension.ts';
import { hex, type PortRange } from './option.ts';
import { BYTE_FIELDS, packetBytes } from './packet-bytes.ts';

interface NativeOption {
  readonly text: string;
  readonly negated: boolean;
  readonly wanted: string;
  /** Where the header is what the field says. */
  readonly plain: Test;
  /** Bytes from the beginning of the header. */
  readonly at: number;
  readonly width: 1 | 2;
  holds(value: number): boolean;
}

/** An option of `tcp` or `udp`: as the field says it, or as the bytes do that stand in the place of a header. */
export function nativeClauses({ text, negated, wanted, plain, at, width, holds }: NativeOption, { protocol }: CompileContext): readonly Clause[] {
  const [inPlace, elsewhere]: readonly [Test, Test] = protocol === null ? ANY_PROTOCOL[width] : NAMED_PROTOCOL;
  const loaded: OpaqueTest = {
    op: 'opaque',
    name: 'bytes',
    operand: { at, width },
    wanted,
    reads: BYTE_FIELDS,
    holds(skb) {
      const value = load(skb, at, width);
      return typeof value === 'string' ? UNKNOWN : holds(value) ? TRUE : FALSE;
    },
    saw: (skb) => sawLoaded(load(skb, at, width)),
  };
  const enough: OpaqueTest = {
    op: 'opaque',
    name: 'bytes',
    operand: { at, width },
    reads: BYTE_FIELDS,
    holds: (skb) => (load(skb, at, width) === 'short' ? FALSE : TRUE),
    saw: () => '',
  };
  return [
    { text, negated, any: [plain], vacuousIf: elsewhere },
    { guard: true, text: 'bytes where nft takes the header to be', negated: false, any: [enough], vacuousIf: inPlace },
    { text, negated, any: [loaded], vacuousIf: inPlace },
  ];
}

const sawLoaded = (value: Loaded): string => (typeof value === 'number' ? `${hex(value)} where nft takes the header to be` : 'bytes that are not known');

/** Every port: without negation iptables-nft asks nothing then. */
export const allPorts = ([low, high]: PortRange): boolean => low === 0 && high === 65535;
export const asksPorts = (use: OptionUse<PortRange> | undefined): boolean => use !== undefined && !allPorts(use.value);

interface PortUses {
  readonly sport?: OptionUse<PortRange>;
  readonly dport?: OptionUse<PortRange>;
}

/** `--sport` and `--dport`. */
export function nativePorts<T extends OptionTable>(options: T, uses: OptionUses<T> & PortUses, context: CompileContext): readonly Clause[] {
  return (['sport', 'dport'] as const).flatMap((key) => {
    const use = uses[key] as OptionUse<PortRange> | undefined;
    if (!use || allPorts(use.value)) return [];
    const [low, high] = use.value;
    return nativeClauses(
      {
        text: optionText(options, uses, key, context),
        negated: use.negated,
        wanted: low === high ? hex(low) : `${hex(low)} to ${hex(high)}`,
        plain: { op: 'ranges', field: FIELD[key], ranges: [use.value] },
        at: key === 'sport' ? 0 : 2,
        width: 2,
        holds: (port) => port >= low && port <= high,
      },
      context,
    );
  });
}

type Loaded = number | 'short' | 'unknown';

const notLater: Test = { op: 'masked', field: FIELD.l4, mask: 0xffffffff, value: L4.none, negated: true };
const later: Test = { op: 'masked', field: FIELD.l4, mask: 0xffffffff, value: L4.none };
/** Of a rule that names a protocol: whether the field holds is a matter of fragments alone. */
const NAMED_PROTOCOL = [notLater, later] as const;

/** Behind `! -p tcp` there may be any header, or none. */
function headerTest(hasField: (proto: number) => boolean, negated: boolean): OpaqueTest {
  return {
    op: 'opaque',
    name: 'header',
    operand: {},
    reads: [FIELD.proto, FIELD.l4],
    // In IPv6 an authentication header stands before it, if there is one.
    holds: ({ regs, family }) => ((hasField(at(regs, family === 'ipv6' ? FIELD.l4proto : FIELD.proto)) && at(regs, FIELD.l4) === L4.readable) !== negated ? TRUE : FALSE),
    saw: () => '',
  };
}
const at = (regs: SkbView['regs'], { index }: Field): number => regs[index] as number;
const isTcp = (proto: number): boolean => proto === PROTO.tcp;
/** By width: flags are of TCP alone, the ports of all that have some. */
const ANY_PROTOCOL = { 1: [headerTest(isTcp, false), headerTest(isTcp, true)], 2: [headerTest(hasPorts, false), headerTest(hasPorts, true)] } as const;

function load(skb: SkbView, offset: number, width: number): Loaded {
  const found = packetBytes(skb);
  if (!found) return 'unknown';
  const { bytes, known } = found;
  const start = headerOffset(skb) + offset;
  if (start + width > bytes.length) return 'short';
  let value = 0;
  for (let i = start; i < start + width; i++) {
    if (known[i] === 0) return 'unknown';
    value = value * 256 + (bytes[i] as number);
  }
  return value;
}

/** nft_thoff() from the IP header on; an authentication header is where it stops. */
function headerOffset({ family, packet, regs }: SkbView): number {
  if (family === 'ipv4') return 20;
  if (at(regs, FIELD.l4) === L4.none) return 0;
  let length = 40;
  for (const header of packet.extensionHeaders) {
    if (header.header === PROTO.ah) return length;
    length += headerLength(header);
  }
  return length + (packet.moreFragments ? 8 : 0);
}
