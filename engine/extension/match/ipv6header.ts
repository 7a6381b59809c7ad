/**
 * ipv6header: which headers the packet has. Exactly these, or with `--soft` at least these; an upper-layer protocol counts
 * as the header `prot`.
 *
 * Source: iptables-extensions(8) "ipv6header"; Linux 6.18 net/ipv6/netfilter/ip6t_ipv6header.c, ipv6header_mt6(). What follows
 * the authentication header of a packet whose protocol is AH is not said, so the answer is unknown for it.
 */

import type { SkbView } from '../../model/context.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE } from '../../model/test.ts';
import { PROTO, protocolNumber } from '../../net/protocol.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { isFragment } from '../extension-header.ts';
import { flag, option } from '../option.ts';

/** Protocol number, bit (include/uapi/linux/netfilter_ipv6/ip6t_ipv6header.h) and name as printed, in the order of printing. */
const HEADERS = [
  [0, 128, 'hop-by-hop'],
  [60, 64, 'ipv6-opts'],
  [43, 32, 'ipv6-route'],
  [44, 16, 'ipv6-frag'],
  [51, 8, 'ah'],
  [50, 4, 'esp'],
  [59, 2, 'ipv6-nonxt'],
  [255, 1, 'protocol'],
] as const;
// biome-ignore format: a table
const NAMES: ReadonlyMap<string, number> = new Map([
  ['hop-by-hop', 0], ['hop', 0], ['dst', 60], ['route', 43], ['frag', 44], ['auth', 51], ['esp', 50], ['none', 59], ['protocol', 255], ['prot', 255],
]);
/** Aliases of /etc/protocols, where case counts. */
// biome-ignore format: a table
const ALIASES: ReadonlyMap<string, number> = new Map([
  ['HOPOPT', 0], ['IPv6-Opts', 60], ['IPv6-Route', 43], ['IPv6-Frag', 44], ['IPSEC-AH', 51], ['IPSEC-ESP', 50], ['IPv6-NoNxt', 59],
]);
const NONE = 59;
/** Bit of the fragment header. */
const FRAGMENT = 16;

const headerList: ValueKind<number> = {
  placeholder: 'header[,…]',
  words: 1,
  choices: [...NAMES.keys()],
  parse: ([word = '']) => {
    let bits = 0;
    for (const part of word.split(',').filter((text) => text !== '')) {
      const number = NAMES.get(part) ?? (part === part.toLowerCase() ? protocolNumber(part) : (ALIASES.get(part) ?? null));
      const found = HEADERS.find(([proto]) => proto === number);
      if (!found) return { failure: `unknown header "${part}"`, hint: `headers are ${[...NAMES.keys()].join(', ')}` };
      bits |= found[1];
    }
    return bits === 0 ? { failure: 'no header named' } : bits;
  },
  print: (bits) =>
    HEADERS.filter(([, bit]) => bits & bit)
      .map(([, , name]) => name)
      .join(','),
};

const options = {
  header: option({ name: '--header', value: headerList, invertible: true, required: true, help: 'headers of the packet' }),
  soft: option({ name: '--soft', value: flag, help: 'other headers may be there too' }),
};

function headersOf(skb: SkbView): number {
  const proto = skb.regs[FIELD.proto.index];
  const upper = proto === PROTO.esp ? 4 : proto === NONE ? 2 : 1;
  // Behind the authentication header of a packet of protocol AH is nothing.
  const numbers = [...skb.packet.extensionHeaders.map(({ header }) => header), skb.packet.proto];
  return numbers.reduce((bits, header) => bits | (HEADERS.find(([number]) => number === header)?.[1] ?? 0), upper | (isFragment(skb) ? FRAGMENT : 0));
}

export const ipv6header = defineMatch({
  name: 'ipv6header',
  families: ['ipv6'],
  options,
  source: 'iptables-extensions(8) ipv6header; Linux 6.18 net/ipv6/netfilter/ip6t_ipv6header.c',
  compile(uses, context) {
    const use = uses.header;
    if (!use) return [];
    // With --soft the kernel inverts the asked bits: none of them may be there. Without it, it inverts the answer.
    const wanted = uses.soft && use.negated ? ~use.value & 0xff : use.value;
    const considered = uses.soft ? use.value : 0xff;
    return [
      {
        text: `-m ipv6header ${printOptions(options, uses, context)}`,
        negated: use.negated && !uses.soft,
        any: [
          {
            op: 'opaque',
            name: 'ipv6header',
            operand: { headers: use.value, inverted: use.negated, soft: uses.soft !== undefined },
            wanted: `${uses.soft ? (use.negated ? 'none of' : 'at least') : 'exactly'} ${headerList.print(use.value, context)}`,
            reads: [FIELD.proto, FIELD.fragOffset, FIELD.moreFragments],
            holds: (skb) => (((headersOf(skb) ^ wanted) & considered) === 0 ? TRUE : FALSE),
            saw: (skb) => `the headers ${headerList.print(headersOf(skb), context)}`,
          },
        ],
      },
    ];
  },
});
