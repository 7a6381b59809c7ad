/**
 * The rule header: `-s -d -i -o -p -f`, what every rule can look at without `-m`. An extension like the others, whose
 * name is empty.
 *
 * Source: iptables(8) "PARAMETERS", iptables 1.8.9 iptables/xshared.c do_parse(), save_ipv4_addr(), save_rule_details();
 * Linux 6.18 net/ipv4/netfilter/ip_tables.c ip_packet_match(), which tests in this order: source, destination, in- and
 * out-interface, protocol, fragment.
 */

import { FIELD } from '../../model/field.ts';
import type { OptionUse, ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { ADDRESS_BITS, formatPrefix, makePrefix, maskLength, parseIpv6, type Family, type Prefix, type Words } from '../../net/address.ts';
import { protocolName, protocolNumber } from '../../net/protocol.ts';
import { defineMatch, optionText } from '../extension.ts';
import { familyName, flag, option, parseInteger } from '../option.ts';

/** IFNAMSIZ of include/uapi/linux/if.h, the ending NUL included. */
const IFNAMSIZ = 16;

/** Four numbers of strtoul(3)'s bases, so `010.0.0.1` is 8.0.0.1; missing ones are 0 unless it is a mask. */
function ipv4Words(text: string, isMask: boolean): Words | null {
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

const addressWords = (family: Family, text: string, isMask: boolean) => (family === 'ipv4' ? ipv4Words(text, isMask) : parseIpv6(text));

/** `address[/mask]` as xtables_ipparse_multiple() reads one of them: host bits are cleared, names are not resolved. */
export const network: ValueKind<Prefix> = {
  placeholder: 'address[/mask]',
  words: 1,
  parse: ([word = ''], { family }) => {
    const slash = word.indexOf('/');
    const host = slash < 0 ? word : word.slice(0, slash);
    const words = addressWords(family, host, false);
    if (!words || host === '') return { failure: `host/network "${host}" not found`, hint: `give an ${familyName(family)} address or address/mask; names are not resolved` };
    if (slash < 0) return makePrefix(family, words, ADDRESS_BITS[family]);
    const suffix = word.slice(slash + 1);
    const length = parseInteger(suffix);
    if (length !== null && length <= ADDRESS_BITS[family]) return makePrefix(family, words, length);
    const mask = length === null ? addressWords(family, suffix, true) : null;
    if (!mask) return { failure: `invalid mask "${suffix}" specified`, hint: `give a prefix length from 0 to ${ADDRESS_BITS[family]} or a mask written like an address` };
    return { family, words: words.map((bits, i) => (bits & (mask[i] as number)) >>> 0), mask, length: maskLength(mask) };
  },
  print: formatPrefix,
};

export const interfaceName: ValueKind<string> = {
  placeholder: 'name[+]',
  words: 1,
  parse: ([word = '']) => {
    if (word === '') return { failure: 'empty interface is likely to be undesired', hint: 'give a name, or "+" at its end for all names that begin so' };
    if (utf8Length(word) >= IFNAMSIZ)
      return { failure: `interface name "${word}" must be shorter than IFNAMSIZ (${IFNAMSIZ - 1})`, hint: `use at most ${IFNAMSIZ - 1} characters` };
    return word;
  },
  print: (value) => value,
};

/** The kernel counts bytes. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes += code < 0x80 ? 1 : code < 0x800 || (code & 0xf800) === 0xd800 ? 2 : 3;
  }
  return bytes;
}

const protocol: ValueKind<number> = {
  placeholder: 'protocol',
  words: 1,
  parse: ([word = '']) => protocolNumber(word) ?? { failure: `unknown protocol "${word}" specified`, hint: 'give a number from 0 to 255 or a name such as tcp, udp, icmp' },
  print: protocolName,
};

const isAny = ({ mask }: Prefix) => mask.every((word) => word === 0);

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
  in: option({ name: '-i', aliases: ['--in-interface'], value: interfaceName, invertible: true, hidden: (value) => value === '+', help: 'interface the packet came in on' }),
  out: option({ name: '-o', aliases: ['--out-interface'], value: interfaceName, invertible: true, hidden: (value) => value === '+', help: 'interface the packet goes out on' }),
  proto: option({ name: '-p', aliases: ['--protocol'], value: protocol, invertible: true, hidden: (value) => value === 0, help: 'protocol, by number or name' }),
  fragment: option({ name: '-f', aliases: ['--fragments'], value: flag, invertible: true, help: 'second and later fragments (IPv4)' }),
};

export const ip = defineMatch({
  name: '',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables(8) PARAMETERS; Linux 6.18 net/ipv4/netfilter/ip_tables.c, net/ipv6/netfilter/ip6_tables.c',
  check: ({ proto }) =>
    proto?.negated && proto.value === 0
      ? [{ severity: 'error', code: 'bad-value', option: 'proto', message: 'rule would never match protocol', hint: 'leave "! -p all" out' }]
      : [],
  compile(uses, context) {
    const clauses: Clause[] = [];
    const { src, dst, proto, fragment } = uses;
    for (const [key, field, use] of [
      ['src', FIELD.src, src],
      ['dst', FIELD.dst, dst],
    ] as const) {
      if (!use || (!use.negated && isAny(use.value))) continue;
      clauses.push({ text: optionText(options, uses, key, context), negated: use.negated, any: [{ op: 'prefix', field, mask: use.value.mask, value: use.value.words }] });
    }
    for (const [key, field] of [
      ['in', FIELD.in],
      ['out', FIELD.out],
    ] as const) {
      const use: OptionUse<string> | undefined = uses[key];
      if (!use || (!use.negated && use.value === '+')) continue;
      clauses.push({ text: optionText(options, uses, key, context), negated: use.negated, any: [{ op: 'interface', field, pattern: use.value }] });
    }
    if (proto && proto.value !== 0)
      clauses.push({
        text: optionText(options, uses, 'proto', context),
        negated: proto.negated,
        any: [{ op: 'masked', field: FIELD.proto, mask: 0xffffffff, value: proto.value }],
      });
    if (fragment)
      clauses.push({
        text: optionText(options, uses, 'fragment', context),
        negated: fragment.negated,
        any: [{ op: 'masked', field: FIELD.fragOffset, mask: 0xffffffff, value: 0, negated: true }],
      });
    return clauses;
  },
});
