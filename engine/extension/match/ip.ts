/**
 * The rule header: `-s -d -i -o -p -f`, what every rule can look at without `-m`. An extension like the others, whose
 * name is empty.
 *
 * Source: iptables(8) "PARAMETERS", iptables 1.8.9 iptables/xshared.c do_parse(), save_ipv4_addr(), save_rule_details();
 * Linux 6.18 net/ipv4/netfilter/ip_tables.c ip_packet_match(), which tests in this order: source, destination, in- and
 * out-interface, protocol, fragment.
 */

import { FIELD, NO_PROTOCOL, type Field } from '../../model/field.ts';
import type { OptionContext, OptionUse, ValueKind } from '../../model/option.ts';
import type { Clause, Test } from '../../model/test.ts';
import { ADDRESS_BITS, formatPrefix, makePrefix, maskLength, maskWords, parseIpv4, parseIpv6, type Family, type Prefix, type Words } from '../../net/address.ts';
import { protocolName, protocolNumber } from '../../net/protocol.ts';
import { utf8Length } from '../../net/utf8.ts';
import { defineMatch, optionText, type Finding } from '../extension.ts';
import { familyName, flag, option, parseInteger } from '../option.ts';
import { parseHost } from '../host.ts';

/** IFNAMSIZ of include/uapi/linux/if.h, the ending NUL included. */
const IFNAMSIZ = 16;

const LEADING_ZERO = /(?:^|\.)0[0-9]/;

/** Four numbers of strtoul(3)'s bases, so `010.0.0.1` is 8.0.0.1; missing ones are 0 unless it is a mask. */
function ipv4Words(text: string, isMask: boolean): Words | null {
  const plain = parseIpv4(text);
  if (plain >= 0 && !LEADING_ZERO.test(text)) return [plain];
  const parts = text.split('.');
  if (parts.length > 4 || (isMask && parts.length < 4)) return null;
  let word = 0;
  for (let i = 0; i < 4; i++) {
    const part = parts[i] === undefined ? 0 : parseInteger(parts[i] as string);
    if (part === null || part > 255) return null;
    word = word * 256 + part;
  }
  return [word];
}

/** An address as xtables_numeric_to_ipaddr() reads it. */
export const addressWords = (family: Family, text: string, isMask: boolean): Words | null => (family === 'ipv4' ? ipv4Words(text, isMask) : parseIpv6(text));

/**
 * `address[/mask]` as xtables_ipparse_multiple() reads one of them: host bits are cleared, names are not resolved. Before a
 * mask of 0 it does not look at the address at all, so `any/0` and, for IPv6, `0.0.0.0/0` are taken.
 */
const network: ValueKind<Prefix> = {
  placeholder: 'address[/mask]',
  words: 1,
  parse: (given, { family }) => {
    const word = given[0] ?? '';
    const slash = word.lastIndexOf('/');
    const host = slash < 0 ? word : word.slice(0, slash);
    const words = host === '' ? null : (addressWords(family, host, false) ?? resolvedWords(family, host));
    const mask = slash < 0 ? maskWords(family, ADDRESS_BITS[family]) : readMask(family, word.slice(slash + 1));
    if (mask && isZero(mask)) return makePrefix(family, mask, 0);
    if (!words) return { failure: `host/network "${host}" not found`, hint: `give an ${familyName(family)} address or address/mask; names are not resolved` };
    if (!mask)
      return { failure: `invalid mask "${word.slice(slash + 1)}" specified`, hint: `give a prefix length from 0 to ${ADDRESS_BITS[family]} or a mask written like an address` };
    return { family, words: maskedWords(words, mask), mask, length: maskLength(mask) };
  },
  print: formatPrefix,
};

function isZero(mask: Words): boolean {
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) return false;
  return true;
}

/** The same words where no host bits are set. */
function maskedWords(words: Words, mask: Words): Words {
  for (let i = 0; i < words.length; i++) if (((words[i] as number) & ~(mask[i] as number)) !== 0) return words.map((bits, at) => (bits & (mask[at] as number)) >>> 0);
  return words;
}

/**
 * What getaddrinfo(3) takes for an address rather than a name: one to four numbers, the last of which fills the rest; an IPv4
 * address as IPv6 writes it; an IPv6 address with the number of a zone, which the rule then has not.
 */
function resolvedWords(family: Family, host: string): Words | null {
  return family === 'ipv6' || /^(\d[\d.]*|0x[\da-f]+|.*:.*)$/i.test(host) ? parseHost(host, family) : null;
}

function readMask(family: Family, text: string): Words | null {
  const length = parseInteger(text);
  return length === null ? addressWords(family, text, true) : length <= ADDRESS_BITS[family] ? maskWords(family, length) : null;
}

const interfaceName: ValueKind<string> = {
  placeholder: 'name[+]',
  words: 1,
  parse: (words) => {
    const word = words[0] ?? '';
    if (word === '') return { failure: 'empty interface is likely to be undesired', hint: 'give a name, or "+" at its end for all names that begin so' };
    if (utf8Length(word) >= IFNAMSIZ)
      return { failure: `interface name "${word}" must be shorter than IFNAMSIZ (${IFNAMSIZ - 1})`, hint: `use at most ${IFNAMSIZ - 1} characters` };
    return word;
  },
  print: (value) => value,
};

/** xtables_parse_protocol(): digits that are no number, such as 08, are no name either. */
function protocolByText(word: string): number | null {
  const number = parseInteger(word);
  if (number === null) return /^\d+$/.test(word) ? null : protocolNumber(word);
  return number <= 255 ? number : null;
}

const protocol: ValueKind<number> = {
  placeholder: 'protocol',
  words: 1,
  parse: (words) =>
    protocolByText(words[0] ?? '') ?? { failure: `unknown protocol "${words[0] ?? ''}" specified`, hint: 'give a number from 0 to 255 or a name such as tcp, udp, icmp' },
  print: protocolName,
};

const isAny = ({ mask }: Prefix) => isZero(mask);

const addressTest = (field: Field, { mask, words }: Prefix): Test => ({ op: 'prefix', field, mask, value: words });

const protocolClauses = new Map<number, Clause>();

/** Few protocols serve many rules, so each has one clause. */
function protocolClause({ value, negated }: OptionUse<number>): Clause {
  const key = negated ? -value : value;
  let clause = protocolClauses.get(key);
  if (!clause) {
    clause = { text: `${negated ? '! ' : ''}-p ${protocolName(value)}`, negated, any: [{ op: 'masked', field: FIELD.proto, mask: 0xffffffff, value }] };
    protocolClauses.set(key, clause);
  }
  return clause;
}

/** `meta l4proto`: where there is none the rule does not match, whatever it asks. */
const nativeProtocol = ({ value, negated }: OptionUse<number>): readonly Clause[] => [
  ...(negated ? [hasProtocol] : []),
  { text: `${negated ? '! ' : ''}-p ${protocolName(value)}`, negated, any: [{ op: 'masked', field: FIELD.l4proto, mask: 0xffffffff, value }] },
];
const hasProtocol: Clause = { guard: true, text: 'the protocol can be told', negated: true, any: [{ op: 'masked', field: FIELD.l4proto, mask: 0xffffffff, value: NO_PROTOCOL }] };

/** Legacy forgets "!" before it. */
const anyInterface = (value: string, negated: boolean, { backend }: OptionContext): boolean => value === '+' && !(negated && backend === 'nft');

const NO_FINDINGS: readonly Finding[] = [];

const options = {
  src: option({ name: '-s', aliases: ['--source', '--src'], value: network, invertible: true, hidden: (value, negated) => !negated && isAny(value), help: 'source address' }),
  dst: option({
    name: '-d',
    aliases: ['--destination', '--dst'],
    value: network,
    invertible: true,
    hidden: (value, negated) => !negated && isAny(value),
    help: 'destination address',
  }),
  in: option({ name: '-i', aliases: ['--in-interface'], value: interfaceName, invertible: true, hidden: anyInterface, help: 'interface the packet came in on' }),
  out: option({ name: '-o', aliases: ['--out-interface'], value: interfaceName, invertible: true, hidden: anyInterface, help: 'interface the packet goes out on' }),
  proto: option({ name: '-p', aliases: ['--protocol'], value: protocol, invertible: true, hidden: (value) => value === 0, help: 'protocol, by number or name' }),
  fragment: option({ name: '-f', aliases: ['--fragments'], value: flag, invertible: true, help: 'second and later fragments (IPv4)' }),
};

export const ip = defineMatch({
  name: '',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables(8) PARAMETERS; Linux 6.18 net/ipv4/netfilter/ip_tables.c, net/ipv6/netfilter/ip6_tables.c',
  check({ proto, src, dst }, { backend }) {
    if (backend !== 'nft' && !proto?.negated) return NO_FINDINGS;
    const findings: Finding[] = [];
    if (proto?.negated && proto.value === 0)
      findings.push({ severity: 'error', code: 'bad-value', option: 'proto', message: 'rule would never match protocol', hint: 'leave "! -p all" out' });
    // It writes no mask of 0, and the kernel takes no comparison of nothing.
    if (backend === 'nft')
      for (const [option, use] of [
        ['src', src],
        ['dst', dst],
      ] as const)
        if (use?.negated && isAny(use.value))
          findings.push({
            severity: 'error',
            code: 'bad-value',
            option,
            message: `"! ${options[option].name}" of every address: iptables-nft cannot say it`,
            hint: 'such a rule never matches: leave it out',
          });
    return findings;
  },
  compile(uses, context) {
    const clauses: Clause[] = [];
    const { src, dst, proto, fragment } = uses;
    if (src && (src.negated || !isAny(src.value)))
      clauses.push({ text: optionText(options, uses, 'src', context), negated: src.negated, any: [addressTest(FIELD.src, src.value)] });
    if (dst && (dst.negated || !isAny(dst.value)))
      clauses.push({ text: optionText(options, uses, 'dst', context), negated: dst.negated, any: [addressTest(FIELD.dst, dst.value)] });
    if (uses.in && (uses.in.negated || uses.in.value !== '+'))
      clauses.push({ text: optionText(options, uses, 'in', context), negated: uses.in.negated, any: [{ op: 'interface', field: FIELD.in, pattern: uses.in.value }] });
    if (uses.out && (uses.out.negated || uses.out.value !== '+'))
      clauses.push({ text: optionText(options, uses, 'out', context), negated: uses.out.negated, any: [{ op: 'interface', field: FIELD.out, pattern: uses.out.value }] });
    if (proto && proto.value !== 0) clauses.push(...(context.backend === 'nft' && context.family === 'ipv6' ? nativeProtocol(proto) : [protocolClause(proto)]));
    if (fragment)
      clauses.push({
        text: optionText(options, uses, 'fragment', context),
        negated: fragment.negated,
        any: [{ op: 'masked', field: FIELD.fragOffset, mask: 0xffffffff, value: 0, negated: true }],
      });
    return clauses;
  },
});
