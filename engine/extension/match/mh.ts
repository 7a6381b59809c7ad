/**
 * mh: the message type of a Mobile IPv6 header. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "mh"; Linux 6.18 net/ipv6/netfilter/ip6t_mh.c, mh_mt6(). A later fragment never matches.
 */

import type { ValueKind } from '../../model/option.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { option, parseInteger } from '../option.ts';
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
  notModelled: 'the mobility header of a packet is not known',
  compile: (uses, context) =>
    uses.type
      ? [...readableHeader('mobility'), unmodelled(optionText(options, uses, 'type', context), 'the mobility header of the packet is not known', uses.type.negated)]
      : [...readableHeader('mobility')],
});
