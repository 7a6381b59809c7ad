/**
 * TCPOPTSTRIP: overwrite options of the TCP header with no-operations.
 *
 * Source: iptables-extensions(8) "TCPOPTSTRIP"; iptables 1.8.9 extensions/libxt_TCPOPTSTRIP.c; Linux 6.18
 * net/netfilter/xt_TCPOPTSTRIP.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineTarget } from '../extension.ts';
import { option, parseInteger } from '../option.ts';

const NAMES: ReadonlyMap<string, number> = new Map([
  ['wscale', 3],
  ['mss', 2],
  ['sack-permitted', 4],
  ['sack', 5],
  ['timestamp', 8],
  ['md5', 19],
]);

const kinds: ValueKind<readonly number[]> = {
  placeholder: 'option[,option…]',
  words: 1,
  choices: [...NAMES.keys()],
  parse: ([word = '']) => {
    const found: number[] = [];
    for (const part of word.split(',')) {
      const kind = NAMES.get(part) ?? parseInteger(part);
      if (kind === null || kind > 255) return { failure: `bad TCP option value "${part}"`, hint: `give a number from 2 to 255 or one of ${[...NAMES.keys()].join(', ')}` };
      if (kind < 2) return { failure: 'option value may not be 0 or 1', hint: 'end and no-operation cannot be stripped' };
      if (found.includes(kind)) return { failure: `option "${part}" already specified`, hint: 'name it once' };
      found.push(kind);
    }
    return found.sort((a, b) => a - b);
  },
  print: (list) => list.join(','),
};

const options = { strip: option({ name: '--strip-options', value: kinds, help: 'options to strip' }) };

export const TCPOPTSTRIP = defineTarget({
  name: 'TCPOPTSTRIP',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle'],
  protocols: [PROTO.tcp],
  options,
  source: 'iptables-extensions(8) TCPOPTSTRIP; Linux 6.18 net/netfilter/xt_TCPOPTSTRIP.c',
  compile: ({ strip }) => ({ effects: strip ? [{ op: 'strip-options', kinds: strip.value }] : [], verdict: 'CONTINUE' }),
});
