/**
 * ULOG: pass the packet to a logging program, as NFLOG does since. Linux took it out in 3.17: a node whose kernel has it is
 * older than any that was asked here.
 *
 * Source: iptables-extensions(8) "ULOG"; iptables 1.8.9 extensions/libipt_ULOG.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { integer, option, quoteWord } from '../option.ts';

const MAX_PREFIX = 31;
const prefix: ValueKind<string> = {
  placeholder: 'prefix',
  words: 1,
  parse: ([word = '']) =>
    word === '' || word.length > MAX_PREFIX
      ? { failure: `the prefix must have 1 to ${MAX_PREFIX} characters` }
      : word.includes('\n')
        ? { failure: 'newlines are not allowed' }
        : word,
  print: quoteWord,
};

const options = {
  prefix: option({ name: '--ulog-prefix', value: prefix, help: `text sent along, ${MAX_PREFIX} characters at most` }),
  group: option({ name: '--ulog-nlgroup', value: integer(1, 32, 'number'), hidden: (value) => value === 1, help: 'netlink group' }),
  range: option({ name: '--ulog-cprange', value: integer(0, Number.MAX_SAFE_INTEGER, 'bytes'), hidden: (value) => value === 0, help: 'bytes of the packet to send; 0 for all' }),
  threshold: option({ name: '--ulog-qthreshold', value: integer(1, 50, 'packets'), hidden: (value) => value === 1, help: 'packets to collect before sending' }),
};

export const ULOG = defineTarget({
  name: 'ULOG',
  families: ['ipv4'],
  options,
  source: 'iptables-extensions(8) ULOG; not in Linux 6.18',
  compile: ({ prefix: text }) => ({ effects: [{ op: 'log', prefix: text?.value ?? '' }], verdict: 'CONTINUE' }),
});
