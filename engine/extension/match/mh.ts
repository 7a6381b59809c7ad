/**
 * mh: the message type of a Mobile IPv6 header, which is what a packet of protocol 135 begins with. A later fragment never
 * matches; a header that is cut short, or that says that something follows it, drops the packet.
 *
 * Source: iptables-extensions(8) "mh"; Linux 6.18 net/ipv6/netfilter/ip6t_mh.c, mh_mt6(); RFC 6275 section 6.1.
 */

import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { defineMatch, optionText } from '../extension.ts';
import { inRange } from '../extension-header.ts';
import { readableHeader } from '../guards.ts';
import { option, parseInteger } from '../option.ts';
import { payloadClause } from '../payload.ts';
import { printRange, type NumberRange } from '../range.ts';

const IPPROTO_MH = 135;

/** extensions/libip6t_mh.c; RFC 6275. */
// biome-ignore format: a table
const NAMES: readonly (readonly [string, number])[] = [
  ['binding-refresh-request', 0], ['brr', 0], ['home-test-init', 1], ['hoti', 1], ['careof-test-init', 2], ['coti', 2], ['home-test', 3], ['hot', 3], ['careof-test', 4], ['cot', 4],
  ['binding-update', 5], ['bu', 5], ['binding-acknowledgement', 6], ['ba', 6], ['binding-error', 7], ['be', 7],
];

/** The name in full, else the first that begins with the word. */
function messageType(word: string): number | null {
  const start = word.toLowerCase();
  const found = NAMES.find(([name]) => name === start) ?? NAMES.find(([name]) => name.startsWith(start));
  if (found) return found[1];
  const number = parseInteger(word);
  return number !== null && number <= 255 ? number : null;
}

const typeRange: ValueKind<NumberRange> = {
  placeholder: 'type[:type]',
  words: 1,
  choices: NAMES.map(([name]) => name),
  parse: ([word = '']) => {
    const cut = word.indexOf(':');
    const [first, second] = cut < 0 ? [word, word] : [word.slice(0, cut), word.slice(cut + 1)];
    const low = cut >= 0 && first === '' ? 0 : messageType(first);
    const high = cut >= 0 && second === '' ? 255 : messageType(second);
    if (low === null || high === null) return { failure: `invalid MH type "${word}"`, hint: `types are ${NAMES.map(([name]) => name).join(', ')} or numbers to 255` };
    return low > high ? { failure: 'invalid MH type range (min > max)', hint: 'write the lower type first' } : [low, high];
  },
  print: printRange,
};

const options = { type: option({ name: '--mh-type', value: typeRange, invertible: true, hidden: ([low, high]) => low === 0 && high === 255, help: 'type of the message' }) };

export const mh = defineMatch({
  name: 'mh',
  families: ['ipv6'],
  protocols: [IPPROTO_MH],
  options,
  source: 'iptables-extensions(8) mh; Linux 6.18 net/ipv6/netfilter/ip6t_mh.c',
  compile(uses, context) {
    const { type } = uses;
    return [
      ...readableHeader('mobility'),
      wellFormed,
      ...(type
        ? [
            payloadClause({
              text: optionText(options, uses, 'type', context),
              negated: type.negated,
              wanted: `message type ${printRange(type.value)}`,
              operand: { type: type.value },
              asks: (bytes) => inRange(bytes[2] ?? null, type.value),
              saw: (bytes) => `message type ${bytes[2]}`,
            }),
          ]
        : []),
    ];
  },
});

const NO_NEXT_HEADER = 59;
/** struct ip6_mh. */
const HEADER_LENGTH = 6;

const wellFormed: Clause = {
  ...payloadClause({
    text: 'the mobility header is whole, and nothing follows it',
    negated: false,
    wanted: 'a whole header with no next one',
    operand: {},
    asks: (bytes) => bytes.length >= HEADER_LENGTH && bytes[0] === NO_NEXT_HEADER,
    saw: (bytes) => (bytes.length < HEADER_LENGTH ? 'a header that is cut short' : `next header ${bytes[0]}`),
  }),
  guard: true,
  otherwise: 'drop',
};
