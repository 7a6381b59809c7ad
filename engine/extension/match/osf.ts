/**
 * osf: the operating system a TCP SYN looks like. Not modelled: unknown for a SYN, false for anything else.
 *
 * Source: iptables-extensions(8) "osf"; Linux 6.18 net/netfilter/xt_osf.c, nfnetlink_osf.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { FIELD, TCP_FLAG } from '../../model/field.ts';
import { PROTO } from '../../net/protocol.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { integer, option } from '../option.ts';

const genre: ValueKind<string> = { placeholder: 'name', words: 1, parse: ([word = '']) => word.slice(0, 31), print: (name) => name };

const options = {
  genre: option({ name: '--genre', value: genre, invertible: true, required: true, help: 'name of the system' }),
  ttl: option({ name: '--ttl', value: integer(0, 2, 'level'), help: 'how to take the TTL into account' }),
  log: option({ name: '--log', value: integer(0, 2, 'level'), help: 'what to log' }),
};

export const osf = defineMatch({
  name: 'osf',
  families: ['ipv4'],
  protocols: [PROTO.tcp],
  hooks: ['INPUT', 'PREROUTING', 'FORWARD'],
  options,
  source: 'iptables-extensions(8) osf; Linux 6.18 net/netfilter/xt_osf.c',
  notModelled: 'fingerprints of systems are not loaded',
  compile: (uses, context) => [
    { guard: true, text: 'the packet is a TCP SYN', negated: false, any: [{ op: 'any-bit', field: FIELD.tcpFlags, bits: TCP_FLAG.SYN }] },
    unmodelled(`-m osf ${printOptions(options, uses, context)}`, 'fingerprints of systems are not loaded', uses.genre?.negated ?? false),
  ],
});
