/**
 * ecn: the ECN bits of the IP header, and ECE and CWR of TCP.
 *
 * Source: iptables-extensions(8) "ecn"; Linux 6.18 net/netfilter/xt_ecn.c. The TCP options are false, negated or not,
 * where there is no TCP header to read; the data of a later fragment is taken for one.
 */

import { FIELD, L4, TCP_FLAG } from '../../model/field.ts';
import { TRUE, type Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { equals, matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { dataAsTcpHeader } from '../guards.ts';
import { flag, integer, option } from '../option.ts';

const options = {
  ece: option({ name: '--ecn-tcp-ece', value: flag, invertible: true, help: 'the ECE bit of TCP is set' }),
  cwr: option({ name: '--ecn-tcp-cwr', value: flag, invertible: true, help: 'the CWR bit of TCP is set' }),
  ect: option({ name: '--ecn-ip-ect', value: integer(0, 3, 'number'), invertible: true, help: 'the two ECN bits of IP are this number' }),
};

const tcpHeader: Clause = { guard: true, text: 'the TCP header is readable', negated: false, any: [equals(FIELD.l4, L4.readable), dataAsTcpHeader(TRUE)] };

export const ecn = defineMatch({
  name: 'ecn',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) ecn; Linux 6.18 net/netfilter/xt_ecn.c',
  check({ ece, cwr, ect }, { protocol }) {
    if (!ece && !cwr && !ect) return [{ severity: 'error', code: 'missing-option', message: 'ecn needs at least one option' }];
    if ((ece || cwr) && protocol !== PROTO.tcp)
      return [
        {
          severity: 'error',
          code: 'wrong-protocol',
          option: ece ? 'ece' : 'cwr',
          message: `${ece ? '--ecn-tcp-ece' : '--ecn-tcp-cwr'} needs "-p tcp"`,
          hint: 'put "-p tcp" before it',
        },
      ];
    return [];
  },
  compile(uses, context) {
    const clauses: Clause[] = [];
    const { ece, cwr, ect } = uses;
    if (ect) clauses.push({ text: matchText('ecn', options, uses, 'ect', context), negated: ect.negated, any: [{ op: 'masked', field: FIELD.tos, mask: 3, value: ect.value }] });
    if (ece || cwr) clauses.push(tcpHeader);
    if (ece) clauses.push({ text: matchText('ecn', options, uses, 'ece', context), negated: ece.negated, any: [{ op: 'any-bit', field: FIELD.tcpFlags, bits: TCP_FLAG.ECE }] });
    if (cwr) clauses.push({ text: matchText('ecn', options, uses, 'cwr', context), negated: cwr.negated, any: [{ op: 'any-bit', field: FIELD.tcpFlags, bits: TCP_FLAG.CWR }] });
    return clauses;
  },
});
