/**
 * dccp: ports, packet type and options of DCCP.
 *
 * Source: iptables-extensions(8) "dccp"; Linux 6.18 net/netfilter/xt_dccp.c, dccp_mt(). A later fragment never matches; a
 * header cut short drops the packet. Type and options are those that the packet says; its header is then well-formed, so that
 * dccp_find_option() always comes to their end.
 */

import { DCCP_TYPES, dccpTypeText } from '../../model/dccp.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { FullPacket } from '../../model/packet.ts';
import { FALSE, TRUE, UNKNOWN, type Clause, type OpaqueTest } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { within } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { integer, option } from '../option.ts';
import { nameList, resolvedPorts } from '../range.ts';

/** INVALID stands for all that are reserved (libxt_dccp.c, INVALID_OTHER_TYPE_MASK). */
const NAMES: readonly string[] = [...DCCP_TYPES, 'INVALID'];
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
  notModelled: 'headers that are not well-formed; type and options are those that the packet says ("dccpType", "dccpOptions")',
  compile(uses, context) {
    const clauses: Clause[] = [...readableHeader('DCCP')];
    const { sport, dport } = uses;
    if (sport) clauses.push({ text: optionText(options, uses, 'sport', context), negated: sport.negated, any: [within(FIELD.sport, sport.value)] });
    if (dport) clauses.push({ text: optionText(options, uses, 'dport', context), negated: dport.negated, any: [within(FIELD.dport, dport.value)] });
    const { types, option: kind } = uses;
    if (types) clauses.push({ text: optionText(options, uses, 'types', context), negated: types.negated, any: [ofType(types.value, dccpTypes.print(types.value, context))] });
    if (kind) clauses.push({ text: optionText(options, uses, 'option', context), negated: kind.negated, any: [withOption(kind.value)] });
    return clauses;
  },
});

const NOT_SAID = 'the type of the DCCP packet is not said ("dccpType" of the packet)';

function ofType(mask: number, names: string): OpaqueTest {
  return {
    op: 'opaque',
    name: 'dccp',
    operand: { types: names },
    wanted: names,
    reads: [FIELD.l4],
    holds: ({ packet: { dccpType } }) => (dccpType === null ? UNKNOWN : mask & (1 << Math.min(dccpType, DCCP_TYPES.length)) ? TRUE : FALSE),
    saw: ({ packet: { dccpType } }) => (dccpType === null ? NOT_SAID : `type ${dccpTypeText(dccpType)}`),
  };
}

function withOption(kind: number): OpaqueTest {
  return {
    op: 'opaque',
    name: 'dccp-option',
    operand: { kind },
    wanted: `option ${kind}`,
    reads: [FIELD.l4],
    holds: ({ packet }) => (packet.dccpType === null ? UNKNOWN : kindsOf(packet).includes(kind) ? TRUE : FALSE),
    saw: ({ packet }) => (packet.dccpType === null ? NOT_SAID : kindsOf(packet).length === 0 ? 'no options' : `the options ${kindsOf(packet).join(',')}`),
  };
}

/** dccp_find_option(): an option of a kind above 1 says its length, whatever RFC 4340 says of those below 32; a length of 0 counts as 1. */
function kindsOf({ dccpOptions }: FullPacket): readonly number[] {
  const byte = (at: number): number => Number.parseInt(dccpOptions.slice(at * 2, at * 2 + 2), 16) || 0;
  const kinds: number[] = [];
  for (let at = 0; at < dccpOptions.length / 2; at += byte(at) < 2 ? 1 : byte(at + 1) || 1) kinds.push(byte(at));
  return kinds;
}
