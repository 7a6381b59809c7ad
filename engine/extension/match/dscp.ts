/**
 * dscp: the upper six bits of the TOS byte or traffic class, by number or by class name.
 *
 * Source: iptables-extensions(8) "dscp"; Linux 6.18 net/netfilter/xt_dscp.c, dscp_mt().
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { integer, option } from '../option.ts';

/** extensions/dscp_helper.c; the first name that the word begins with counts. RFC 2474, 2597, 3246. */
// biome-ignore format: a table
const CLASSES: readonly (readonly [string, number])[] = [
  ['CS0', 0x00], ['CS1', 0x08], ['CS2', 0x10], ['CS3', 0x18], ['CS4', 0x20], ['CS5', 0x28], ['CS6', 0x30], ['CS7', 0x38], ['BE', 0x00], ['AF11', 0x0a], ['AF12', 0x0c], ['AF13', 0x0e],
  ['AF21', 0x12], ['AF22', 0x14], ['AF23', 0x16], ['AF31', 0x1a], ['AF32', 0x1c], ['AF33', 0x1e], ['AF41', 0x22], ['AF42', 0x24], ['AF43', 0x26], ['EF', 0x2e],
];

export const printDscp = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

export const dscpClass: ValueKind<number> = {
  placeholder: 'class',
  words: 1,
  choices: CLASSES.map(([name]) => name),
  parse: ([word = '']) => {
    const upper = word.toUpperCase();
    const found = CLASSES.find(([name]) => upper.startsWith(name));
    return found ? found[1] : { failure: `invalid DSCP class "${word}"`, hint: `classes are ${CLASSES.map(([name]) => name).join(', ')}` };
  },
  print: printDscp,
};

const options = {
  dscp: option({ name: '--dscp', value: integer(0, 63, 'value', printDscp), invertible: true, excludes: ['class'], help: 'the DSCP is this number' }),
  class: option({ name: '--dscp-class', value: dscpClass, invertible: true, excludes: ['dscp'], help: 'the DSCP is that of this class' }),
};

export const dscp = defineMatch({
  name: 'dscp',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) dscp; Linux 6.18 net/netfilter/xt_dscp.c',
  normalize: ({ class: named, ...uses }) => (named ? { ...uses, dscp: named } : uses),
  check: ({ dscp: use }) => (use ? [] : [{ severity: 'error', code: 'missing-option', message: 'dscp needs --dscp or --dscp-class' }]),
  compile(uses, context) {
    const use = uses.dscp;
    if (!use) return [];
    return [{ text: matchText('dscp', options, uses, 'dscp', context), negated: use.negated, any: [{ op: 'masked', field: FIELD.tos, mask: 0xfc, value: use.value << 2 }] }];
  },
});
