/**
 * dccp: ports, packet type and options of DCCP.
 *
 * Source: iptables-extensions(8) "dccp"; Linux 6.18 net/netfilter/xt_dccp.c, dccp_mt(). A later fragment never matches; a
 * header cut short drops the packet. Not modelled: packet type and options.
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { within, unmodelled } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { integer, option } from '../option.ts';
import { nameList, resolvedPorts } from '../range.ts';

const NAMES = ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK', 'INVALID'];
const listed = nameList({ names: NAMES.map((name, i) => [name, 1 << i] as const), abbreviations: false, ignoreCase: true, what: 'DCCP type' });
/** Empty places in the list are passed over. */
const dccpTypes: ValueKind<number> = {
  ...listed,
  parse: ([word = ''], context) =>
    listed.parse(
      [
        word
          .split(',')
          .filter((part) => part !== '')
          .join(','),
      ],
      context,
    ),
};

const options = {
  sport: option({ name: '--sport', aliases: ['--source-port'], value: resolvedPorts, invertible: true, help: 'source port or range' }),
  dport: option({ name: '--dport', aliases: ['--destination-port'], value: resolvedPorts, invertible: true, help: 'destination port or range' }),
  types: option({ name: '--dccp-types', value: dccpTypes, invertible: true, help: 'the packet is of one of these types' }),
  option: option({ name: '--dccp-option', value: integer(1, 255, 'number'), invertible: true, help: 'the option of this kind is present' }),
};

export const dccp = defineMatch({
  name: 'dccp',
  families: ['ipv4', 'ipv6'],
  protocols: [PROTO.dccp],
  options,
  source: 'iptables-extensions(8) dccp; Linux 6.18 net/netfilter/xt_dccp.c',
  notModelled: 'packet type and options of DCCP are not known',
  compile(uses, context) {
    const clauses: Clause[] = [...readableHeader('DCCP')];
    const { sport, dport } = uses;
    if (sport) clauses.push({ text: optionText(options, uses, 'sport', context), negated: sport.negated, any: [within(FIELD.sport, sport.value)] });
    if (dport) clauses.push({ text: optionText(options, uses, 'dport', context), negated: dport.negated, any: [within(FIELD.dport, dport.value)] });
    for (const key of ['types', 'option'] as const) {
      const use = uses[key];
      if (use) clauses.push(unmodelled(optionText(options, uses, key, context), 'type and options of the DCCP packet are not known', use.negated));
    }
    return clauses;
  },
});
