/**
 * string: bytes anywhere in the packet. The whole pattern must lie in the bytes from `--from` up to, without, `--to`; both count from
 * the IP header. The two algorithms find the same.
 *
 * Source: iptables-extensions(8) "string"; Linux 6.18 net/netfilter/xt_string.c; extensions/libxt_string.c of iptables
 * 1.8.9 for how patterns are read and printed. Patterns with bytes that cannot be printed, or a last backslash, print as
 * hex.
 */

import type { ValueKind } from '../../model/option.ts';
import { utf8Bytes } from '../../net/utf8.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { flag, integer, option } from '../option.ts';
import { BYTE_FIELDS, packetBytes } from '../packet-bytes.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../../model/test.ts';
import type { SkbView } from '../../model/context.ts';

/** XT_STRING_MAX_PATTERN_SIZE, XT_STRING_MAX_ALGO_NAME_SIZE. */
const MAX_PATTERN = 128;
const MAX_ALGORITHM = 15;

function printPattern(bytes: readonly number[]): string {
  const plain = bytes.every((byte) => byte >= 0x20 && byte < 0x7f) && bytes.at(-1) !== 0x5c && bytes.length > 0;
  return plain ? `"${String.fromCharCode(...bytes).replace(/["\\]/g, '\\$&')}"` : `"|${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}|"`;
}

const isPlain = (bytes: readonly number[]): boolean => printPattern(bytes)[1] !== '|' || bytes[0] === 0x7c;

const plainPattern: ValueKind<readonly number[]> = {
  placeholder: 'text',
  words: 1,
  parse: ([word = '']) => {
    const bytes = utf8Bytes(word);
    return bytes.length > MAX_PATTERN ? { failure: `the string is longer than ${MAX_PATTERN} bytes` } : bytes;
  },
  print: printPattern,
};

/** Text with blocks of hex digits between bars; a backslash outside them takes the next byte as it is. */
const hexPattern: ValueKind<readonly number[]> = {
  placeholder: 'text|hex|',
  words: 1,
  parse: ([word = '']) => {
    const source = utf8Bytes(word);
    if (source.length === 0) return { failure: 'the string must contain at least one byte' };
    const bytes: number[] = [];
    const char = (i: number) => String.fromCharCode(source[i] ?? 0);
    let inHex = false;
    for (let i = 0; i < source.length; ) {
      if (bytes.length >= MAX_PATTERN) return { failure: `the string is longer than ${MAX_PATTERN} bytes` };
      let literal = char(i) === '\\';
      if (literal && inHex) return { failure: 'a backslash cannot stand inside a hex block' };
      if (char(i) === '|') {
        inHex = !inHex;
        while (inHex && char(i + 1) === ' ') i++;
        if (i + 1 >= source.length) break;
        i++;
        literal = false;
      }
      if (literal) {
        if (i + 1 >= source.length) return { failure: 'nothing follows the last backslash' };
        bytes.push(source[i + 1] as number);
        i += 2;
      } else if (inHex) {
        const digits = char(i) + char(i + 1);
        if (i + 2 >= source.length || !/^[0-9a-fA-F]{2}$/.test(digits)) return { failure: `"${digits}" is not a hex byte of a closed block`, hint: 'write it like |03 77 77 77|' };
        bytes.push(Number.parseInt(digits, 16));
        i += char(i + 2) === ' ' ? 3 : 2;
      } else {
        bytes.push(source[i] as number);
        i++;
      }
    }
    return bytes;
  },
  print: printPattern,
};

const algorithm: ValueKind<string> = { placeholder: 'bm|kmp', words: 1, choices: ['bm', 'kmp'], parse: ([word = '']) => word.slice(0, MAX_ALGORITHM), print: (name) => name };

const options = {
  text: option({ name: '--string', value: plainPattern, invertible: true, excludes: ['hex'], help: 'the packet contains this text' }),
  hex: option({ name: '--hex-string', value: hexPattern, invertible: true, excludes: ['text'], help: 'the packet contains these bytes' }),
  algorithm: option({ name: '--algo', value: algorithm, required: true, help: 'how to search' }),
  from: option({ name: '--from', value: integer(0, 65535, 'offset'), hidden: (value) => value === 0, help: 'offset from the IP header where the search begins' }),
  to: option({ name: '--to', value: integer(0, 65535, 'offset'), hidden: (value) => value === 65535, help: 'offset before which a hit must end' }),
  ignoreCase: option({ name: '--icase', value: flag, help: 'upper and lower case are the same' }),
};

interface Search {
  readonly pattern: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly ignoreCase: boolean;
}

/** The kernel's toupper(): Latin-1 letters too (lib/ctype.c). */
function upperCase(byte: number): number {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0xdf && byte !== 0xf7) ? byte - 32 : byte;
}

/** skb_find_text(). Where a byte that is not known would have to be of the pattern, so is the answer. */
function find(skb: SkbView, { pattern, from, to, ignoreCase }: Search): { readonly holds: Tri; readonly at: number } {
  const packet = packetBytes(skb);
  if (!packet) return { holds: UNKNOWN, at: 0 };
  const same = (a: number, b: number): boolean => a === b || (ignoreCase && upperCase(a) === upperCase(b));
  let holds: Tri = FALSE;
  const last = Math.min(to, packet.bytes.length) - pattern.length;
  for (let at = from; at <= last; at++) {
    let [i, open] = [0, false];
    for (; i < pattern.length; i++) {
      if (packet.known[at + i] === 0) open = true;
      else if (!same(packet.bytes[at + i] as number, pattern[i] as number)) break;
    }
    if (i < pattern.length) continue;
    if (!open) return { holds: TRUE, at };
    holds = UNKNOWN;
  }
  return { holds, at: 0 };
}

export const string = defineMatch({
  name: 'string',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) string; Linux 6.18 net/netfilter/xt_string.c',
  notModelled: 'bytes that a packet does not say (values of TCP options, sums of what the node itself sends) are unknown',
  normalize({ text, hex, ...rest }) {
    const pattern = text ?? hex;
    if (!pattern) return rest;
    return isPlain(pattern.value) ? { ...rest, text: pattern } : { ...rest, hex: pattern };
  },
  check({ text, hex, algorithm: name, from, to }) {
    if (!text && !hex) return [{ severity: 'error', code: 'missing-option', message: 'string needs --string or --hex-string' }];
    if (name && !algorithm.choices?.includes(name.value))
      return [{ severity: 'error', code: 'bad-value', option: 'algorithm', message: `there is no algorithm "${name.value}"`, hint: 'use bm or kmp' }];
    if ((text ?? hex)?.value.length === 0) return [{ severity: 'error', code: 'bad-value', option: text ? 'text' : 'hex', message: 'the kernel refuses an empty string' }];
    if ((from?.value ?? 0) > (to?.value ?? 65535))
      return [{ severity: 'error', code: 'bad-value', option: 'from', message: '--from is behind --to', hint: 'give the smaller offset first' }];
    return [];
  },
  compile(uses, context) {
    const use = uses.text ?? uses.hex;
    if (!use) return [];
    const pattern = use.value;
    const search: Search = { pattern, from: uses.from?.value ?? 0, to: uses.to?.value ?? 65535, ignoreCase: uses.ignoreCase !== undefined };
    const wanted = `${printPattern(pattern)} in bytes ${search.from} to ${search.to}`;
    return [
      {
        text: `-m string ${printOptions(options, uses, context)}`,
        negated: use.negated,
        any: [
          {
            op: 'opaque',
            name: 'string',
            operand: { ...search },
            wanted,
            reads: BYTE_FIELDS,
            holds: (skb) => find(skb, search).holds,
            saw(skb) {
              const { holds, at } = find(skb, search);
              return holds === TRUE ? `it begins at byte ${at}` : holds === FALSE ? 'it is not there' : 'bytes that are not known';
            },
          },
        ],
      },
    ];
  },
});
