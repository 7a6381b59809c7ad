/**
 * tcp: ports, flags and options of the TCP header.
 *
 * Source: iptables-extensions(8) "tcp"; Linux 6.18 net/netfilter/xt_tcpudp.c, tcp_mt(). A later fragment never matches,
 * negated or not; a header cut short drops the packet on the spot (hotdrop).
 */

import { FIELD, TCP_FLAG, type TcpFlagName } from '../../model/field.ts';
import type { OptionUses, ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineMatch, optionText, type CompileContext } from '../extension.ts';
import { flag, integer, option, portRange } from '../option.ts';
import { allPorts, asksPorts, nativeClauses, nativePorts } from '../native-payload.ts';
import { nftPorts } from '../range.ts';
import { readableHeader } from '../guards.ts';

/** iptables prints flags in this order; ECE and CWR have no name there. */
const FLAG_ORDER: readonly TcpFlagName[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const ALL = 0x3f;
const SYN_MASK = TCP_FLAG.FIN | TCP_FLAG.SYN | TCP_FLAG.RST | TCP_FLAG.ACK;

interface FlagTest {
  readonly mask: number;
  readonly compare: number;
  /** iptables-nft does not say it: of no flag it asks nothing, negated or not. */
  readonly unsaid?: true;
}

/** Commas with nothing between them say nothing (strtok(3)). */
function flagBits(word: string): number | null {
  let bits = 0;
  for (const name of word.split(',').filter((one) => one !== '')) {
    const upper = name.toUpperCase();
    if (upper === 'ALL') bits |= ALL;
    else if ((FLAG_ORDER as readonly string[]).includes(upper)) bits |= TCP_FLAG[upper as TcpFlagName];
    else if (upper !== 'NONE') return null;
  }
  return bits;
}

function flagNames(bits: number): string {
  const names = FLAG_ORDER.filter((name) => bits & TCP_FLAG[name]);
  return names.length === 0 ? 'NONE' : names.join(',');
}

const tcpFlags: ValueKind<FlagTest> = {
  placeholder: 'mask compare',
  words: 2,
  choices: [...FLAG_ORDER, 'ALL', 'NONE'],
  parse: (words) => {
    const bits = words.map(flagBits);
    const bad = bits.indexOf(null);
    if (bad >= 0) return { failure: `unknown TCP flag in "${words[bad]}"`, word: bad, hint: `flags are ${FLAG_ORDER.join(', ')}, ALL, NONE` };
    return { mask: bits[0] as number, compare: bits[1] as number };
  },
  print: ({ mask, compare }) => `${flagNames(mask)} ${flagNames(compare)}`,
};

/** A second fragment that starts within the TCP header is an attack on filters (RFC 1858), and dropped; IPv6 does not ask. */
const noSplitHeader: Clause = {
  guard: true,
  text: 'no fragment at offset 8',
  negated: true,
  otherwise: 'drop',
  any: [{ op: 'masked', field: FIELD.fragOffset, mask: 0xffffffff, value: 1 }],
};

const saidByNft = (value: FlagTest): FlagTest => (value.mask === 0 ? { ...value, unsaid: true } : value);

const options = {
  sport: option({
    name: '--sport',
    aliases: ['--source-port'],
    value: portRange,
    invertible: true,
    help: 'source port or range',
    hidden: allPorts,
  }),
  dport: option({
    name: '--dport',
    aliases: ['--destination-port'],
    value: portRange,
    invertible: true,
    help: 'destination port or range',
    hidden: allPorts,
  }),
  option: option({ name: '--tcp-option', value: integer(1, 255, 'number'), invertible: true, help: 'the option of this kind is present' }),
  flags: option({
    name: '--tcp-flags',
    value: tcpFlags,
    invertible: true,
    hidden: ({ mask, unsaid }, negated) => mask === 0 && (!negated || unsaid === true),
    help: 'of the flags in mask, exactly those in compare are set',
  }),
  syn: option({ name: '--syn', value: flag, invertible: true, excludes: ['flags'], help: 'SYN set; RST, ACK and FIN clear' }),
};

type Uses = OptionUses<typeof options>;

/** Without an option of the header there are words of nft for all of it; of nothing at all the kernel's match is left. */
const isNative = ({ sport, dport, flags, option: kind }: Uses): boolean => !kind && (asksPorts(sport) || asksPorts(dport) || (flags !== undefined && flags.value.mask !== 0));

function compileNative(uses: Uses, context: CompileContext): readonly Clause[] {
  const clauses = nativePorts(options, uses, context);
  const { flags } = uses;
  if (!flags || flags.value.mask === 0) return clauses;
  const { mask, compare } = flags.value;
  return [
    ...clauses,
    ...nativeClauses(
      {
        text: optionText(options, uses, 'flags', context),
        negated: flags.negated,
        wanted: tcpFlags.print(flags.value, context),
        plain: { op: 'masked', field: FIELD.tcpFlags, mask, value: compare },
        at: 13,
        width: 1,
        holds: (byte) => (byte & mask) === compare,
      },
      context,
    ),
  ];
}

export const tcp = defineMatch({
  name: 'tcp',
  families: ['ipv4', 'ipv6'],
  protocols: [PROTO.tcp],
  options,
  emptyInNft: true,
  nativeInNft: isNative,
  source: 'iptables-extensions(8) tcp; Linux 6.18 net/netfilter/xt_tcpudp.c',
  normalize: (all, { backend }) => {
    if (backend !== 'nft' && !all.syn) return all;
    const { syn, ...given } = all;
    // With a header option it stays a match of the kernel's.
    const uses =
      backend === 'nft' && !given.option
        ? { ...given, sport: nftPorts(given.sport), dport: nftPorts(given.dport), flags: given.flags && { ...given.flags, value: saidByNft(given.flags.value) } }
        : given;
    return syn ? { ...uses, flags: { ...syn, value: { mask: SYN_MASK, compare: TCP_FLAG.SYN } } } : uses;
  },
  compile(uses, context) {
    if (context.nativeMatches && isNative(uses)) return compileNative(uses, context);
    const clauses: Clause[] = [...(context.family === 'ipv4' ? [noSplitHeader] : []), ...readableHeader('TCP')];
    const { sport, dport, flags, option: kind } = uses;
    if (sport) clauses.push({ text: optionText(options, uses, 'sport', context), negated: sport.negated, any: [{ op: 'ranges', field: FIELD.sport, ranges: [sport.value] }] });
    if (dport) clauses.push({ text: optionText(options, uses, 'dport', context), negated: dport.negated, any: [{ op: 'ranges', field: FIELD.dport, ranges: [dport.value] }] });
    if (flags) {
      const { mask, compare } = flags.value;
      clauses.push({ text: optionText(options, uses, 'flags', context), negated: flags.negated, any: [{ op: 'masked', field: FIELD.tcpFlags, mask, value: compare }] });
    }
    if (kind)
      clauses.push({
        text: optionText(options, uses, 'option', context),
        negated: kind.negated,
        any: [
          {
            op: 'opaque',
            name: 'tcp-option',
            operand: { kind: kind.value },
            reads: [],
            holds: (skb) => (tcpOptionKinds(skb.packet).includes(kind.value) ? 2 : 0),
            saw: (skb) => tcpOptionKinds(skb.packet).join(',') || 'no options',
          },
        ],
      });
    return clauses;
  },
});

function tcpOptionKinds(packet: { readonly tcpOptions: readonly number[]; readonly mss: number | null }): readonly number[] {
  return packet.mss !== null && !packet.tcpOptions.includes(2) ? [2, ...packet.tcpOptions] : packet.tcpOptions;
}
