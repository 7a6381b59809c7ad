/** hbh and dst: the two matches on IPv6 headers that hold options. They differ in name alone (extensions/libip6t_hbh.c, _dst.c). */

import type { ValueKind } from '../model/option.ts';
import type { Clause } from '../model/test.ts';
import { matchText, unmodelled } from './clause.ts';
import { defineMatch, type MatchExtension } from './extension.ts';
import { headerPresent, type HeaderName } from './extension-header.ts';
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
    notModelled: 'what the header holds is not known',
    compile(uses, context) {
      const clauses: Clause[] = [headerPresent(header)];
      for (const key of ['length', 'options'] as const) {
        const use = uses[key];
        if (use) clauses.push(unmodelled(matchText(name, options, uses, key, context), 'what the header holds is not known', use.negated));
      }
      return clauses;
    },
  });
}
