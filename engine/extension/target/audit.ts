/**
 * AUDIT: write an audit record; the packet goes on unchanged.
 *
 * Source: iptables-extensions(8) "AUDIT"; iptables 1.8.9 extensions/libxt_AUDIT.c; Linux 6.18 net/netfilter/xt_AUDIT.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { option } from '../option.ts';

const TYPES = ['accept', 'drop', 'reject'];

const auditType: ValueKind<string> = {
  placeholder: 'type',
  words: 1,
  choices: TYPES,
  parse: ([word = '']) => TYPES.find((type) => type === word.toLowerCase()) ?? { failure: `bad action type value "${word}"`, hint: `types are ${TYPES.join(', ')}` },
  print: (value) => value,
};

export const AUDIT = defineTarget({
  name: 'AUDIT',
  families: ['ipv4', 'ipv6'],
  options: { type: option({ name: '--type', value: auditType, required: true, help: 'what the record says' }) },
  source: 'iptables-extensions(8) AUDIT; Linux 6.18 net/netfilter/xt_AUDIT.c',
  compile: () => ({ effects: [], verdict: 'CONTINUE' }),
});
