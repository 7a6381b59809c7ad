/**
 * SECMARK and CONNSECMARK: security labels of packets and connections. They decide nothing that a rule can see.
 *
 * Source: iptables-extensions(8) "SECMARK", "CONNSECMARK"; Linux 6.18 net/netfilter/xt_SECMARK.c, xt_CONNSECMARK.c. The
 * kernel refuses SECMARK unless its security module knows the context.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { flag, option } from '../option.ts';

const MAX_CONTEXT = 255;
const context: ValueKind<string> = {
  placeholder: 'context',
  words: 1,
  parse: ([word = '']) => (word.length > MAX_CONTEXT ? { failure: `the context is longer than ${MAX_CONTEXT} characters` } : word),
  print: (value) => value,
};

export const SECMARK = defineTarget({
  name: 'SECMARK',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle', 'security'],
  options: { context: option({ name: '--selctx', value: context, required: true, help: 'security context of the packet' }) },
  source: 'iptables-extensions(8) SECMARK; Linux 6.18 net/netfilter/xt_SECMARK.c',
  notModelled: 'security labels',
  compile: () => ({ effects: [], verdict: 'CONTINUE' }),
});

export const CONNSECMARK = defineTarget({
  name: 'CONNSECMARK',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle', 'security'],
  options: {
    save: option({ name: '--save', value: flag, excludes: ['restore'], help: 'packet label to connection label' }),
    restore: option({ name: '--restore', value: flag, excludes: ['save'], help: 'connection label to packet label' }),
  },
  requires: ['conntrack'],
  source: 'iptables-extensions(8) CONNSECMARK; Linux 6.18 net/netfilter/xt_CONNSECMARK.c',
  notModelled: 'security labels',
  check: ({ save, restore }) =>
    save || restore ? [] : [{ severity: 'error', code: 'missing-option', message: 'CONNSECMARK: parameter required', hint: 'give --save or --restore' }],
  compile: () => ({ effects: [], verdict: 'CONTINUE' }),
});
