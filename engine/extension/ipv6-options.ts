/** hbh and dst: the two matches on IPv6 headers that hold options. They differ in name alone (extensions/libip6t_hbh.c, _dst.c). */

import type { ValueKind } from '../model/option.ts';
import type { Clause } from '../model/test.ts';
import { matchText } from './clause.ts';
import { defineMatch, type MatchExtension } from './extension.ts';
import { headerClause, headerPresent, type HeaderName } from './extension-header.ts';
import { integer, option } from './option.ts';
import { parseInt32 } from './range.ts';

const SLOTS = 16;

/** Option number and length; null for any length. */
type HeaderOption = readonly [number: number, length: number | null];

const headerOptions: ValueKind<readonly HeaderOption[]> = {
  placeholder: 'option[:length][,…]',
  words: 1,
  parse: ([word = '']) => {
    const found: HeaderOption[] = [];
    for (const part of word.split(',')) {
      const cut = part.indexOf(':');
      const number = parseInt32(cut < 0 ? part : part.slice(0, cut));
      const length = cut < 0 ? 0xff : parseInt32(part.slice(cut + 1));
      if (number === null || length === null) return { failure: `"${part}" is not option[:length]`, hint: 'write it like 5:4,194' };
      if (cut >= 0 && (number & 0xff) === 0) return { failure: 'PAD0 has no length', hint: 'write 0 alone' };
      if (found.length === SLOTS || (cut >= 0 && found.length === SLOTS - 1)) return { failure: 'too many options specified', hint: `at most ${SLOTS}` };
      found.push([number & 0xff, (length & 0xff) === 0xff ? null : length & 0xff]);
    }
    return found;
  },
  print: (list) => list.map(([number, length]) => (length === null ? String(number) : `${number}:${length}`)).join(','),
};

export function optionsHeaderMatch(name: 'hbh' | 'dst', header: HeaderName, source: string): MatchExtension {
  const options = {
    length: option({ name: `--${name}-len`, value: integer(0, 0xffffffff, 'length'), invertible: true, help: 'length of the header in bytes' }),
    options: option({ name: `--${name}-opts`, value: headerOptions, help: 'options the header holds, in order' }),
  };
  return defineMatch({
    name,
    families: ['ipv6'],
    options,
    source,
    notModelled: 'a packet that does not say what its header holds is unknown',
    compile(uses, context) {
      const clauses: Clause[] = [headerPresent(header)];
      const { length, options: list } = uses;
      if (length)
        clauses.push(
          headerClause({
            header,
            text: matchText(name, options, uses, 'length', context),
            negated: length.negated,
            wanted: `${length.value} bytes`,
            operand: { length: length.value },
            asks: (found) => (found.length === null ? null : found.length === length.value),
            saw: (found) => `a header of ${found.length} bytes`,
          }),
        );
      if (list)
        clauses.push(
          headerClause({
            header,
            text: matchText(name, options, uses, 'options', context),
            negated: false,
            wanted: `the options ${headerOptions.print(list.value, context)}`,
            operand: { options: list.value },
            asks: ({ bytes }) => (bytes ? beginsWith(bytes, list.value) : null),
            saw: ({ bytes }) => (bytes ? `the options ${headerOptions.print(optionsIn(bytes), context)}` : ''),
          }),
        );
      return clauses;
    },
  });
}

/** hbh_mt6(): the header begins with these options. Pad1 is a single byte; a length that leads beyond the header ends the look, unless it was the last one asked for. */
function beginsWith(bytes: Uint8Array, wanted: readonly HeaderOption[]): boolean {
  let at = 0;
  for (const [i, [number, length]] of wanted.entries()) {
    if (at >= bytes.length || bytes[at] !== number) return false;
    let size = 1;
    if (number !== 0) {
      if (at + 1 >= bytes.length) return false;
      const own = bytes[at + 1] as number;
      if (length !== null && length !== own) return false;
      size = own + 2;
    }
    if (bytes.length - at < size && i < wanted.length - 1) return false;
    at += size;
  }
  return true;
}

function optionsIn(bytes: Uint8Array): readonly HeaderOption[] {
  const found: HeaderOption[] = [];
  for (let at = 0; at < bytes.length; ) {
    const number = bytes[at] as number;
    const length = number === 0 ? null : (bytes[at + 1] ?? 0);
    found.push([number, length]);
    at += length === null ? 1 : length + 2;
  }
  return found;
}
