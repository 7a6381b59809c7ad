/**
 * connlabel: a label of the connection, by number; names of connlabel.conf are not read. Not modelled: unknown;
 * without a conntrack entry it is false, and true when negated.
 *
 * Source: iptables-extensions(8) "connlabel"; Linux 6.18 net/netfilter/xt_connlabel.c.
 */

import { FALSE, UNKNOWN } from '../../model/test.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { flag, option } from '../option.ts';
import { parseInt32 } from '../range.ts';

const label: ValueKind<number> = {
  placeholder: 'label',
  words: 1,
  parse: ([word = '']) => {
    const number = parseInt32(word);
    return number !== null && number >= 0 ? number : { failure: `label "${word}" is not known`, hint: 'give its number' };
  },
  print: (number) => `"${number}"`,
};

const options = {
  label: option({ name: '--label', value: label, invertible: true, required: true, help: 'the connection has this label' }),
  set: option({ name: '--set', value: flag, help: 'give it the label first' }),
};

export const connlabel = defineMatch({
  name: 'connlabel',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) connlabel; Linux 6.18 net/netfilter/xt_connlabel.c',
  notModelled: 'labels of connections are not kept',
  check: ({ label: use }) => (use && use.value > 127 ? [{ severity: 'error', code: 'bad-value', option: 'label', message: 'labels go up to 127' }] : []),
  compile: (uses, context) => [
    {
      text: `-m connlabel ${printOptions(options, uses, context)}`,
      negated: uses.label?.negated ?? false,
      any: [
        {
          op: 'opaque',
          name: 'connlabel',
          operand: { label: uses.label?.value },
          reads: [FIELD.hasCt],
          holds: ({ regs }) => (regs[FIELD.hasCt.index] === 1 ? UNKNOWN : FALSE),
          saw: ({ regs }) => (regs[FIELD.hasCt.index] === 1 ? 'a connection whose labels are not known' : 'no conntrack entry'),
        },
      ],
    },
  ],
});
