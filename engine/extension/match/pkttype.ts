/**
 * pkttype: how the frame was addressed: to this host, to all, to a group.
 *
 * Source: iptables-extensions(8) "pkttype"; Linux 6.18 net/netfilter/xt_pkttype.c, pkttype_mt(). Frames for another host
 * are dropped before any hook, so `otherhost` never matches.
 */

import { FIELD, PACKET_TYPE } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { equals, matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option } from '../option.ts';

/** Names and the values of PACKET_HOST… (include/uapi/linux/if_packet.h); the first name of a value is the one printed. */
const TYPES: readonly (readonly [string, number])[] = [
  ['unicast', PACKET_TYPE.unicast],
  ['broadcast', PACKET_TYPE.broadcast],
  ['multicast', PACKET_TYPE.multicast],
  ['otherhost', 3],
  ['bcast', PACKET_TYPE.broadcast],
  ['mcast', PACKET_TYPE.multicast],
  ['host', PACKET_TYPE.unicast],
];

const packetType: ValueKind<number> = {
  placeholder: 'unicast|broadcast|multicast|otherhost',
  words: 1,
  choices: TYPES.map(([name]) => name),
  parse: ([word = '']) => {
    const found = TYPES.find(([name]) => name === word.toLowerCase());
    return found ? found[1] : { failure: `bad packet type "${word}"`, hint: 'types are unicast, broadcast, multicast, otherhost' };
  },
  print: (value) => TYPES.find(([, type]) => type === value)?.[0] ?? String(value),
};

const options = { type: option({ name: '--pkt-type', value: packetType, invertible: true, required: true, help: 'how the frame was addressed' }) };

export const pkttype = defineMatch({
  name: 'pkttype',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) pkttype; Linux 6.18 net/netfilter/xt_pkttype.c',
  compile: (uses, context) =>
    uses.type ? [{ text: matchText('pkttype', options, uses, 'type', context), negated: uses.type.negated, any: [equals(FIELD.packetType, uses.type.value)] }] : [],
});
