/**
 * ECN: clear ECE and CWR of the TCP header, or set them or the two ECN bits of the IP header (for tests).
 *
 * Source: iptables-extensions(8) "ECN"; iptables 1.8.9 extensions/libipt_ECN.c; Linux 6.18 net/ipv4/netfilter/ipt_ECN.c.
 */

import { FIELD, TCP_FLAG } from '../../model/field.ts';
import type { Effect } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineTarget, type Finding } from '../extension.ts';
import { flag, integer, option } from '../option.ts';

const options = {
  remove: option({ name: '--ecn-tcp-remove', value: flag, excludes: ['ece', 'cwr'], help: 'clear ECE and CWR' }),
  ece: option({ name: '--ecn-tcp-ece', value: integer(0, 1, 'bit'), help: 'set ECE to this' }),
  cwr: option({ name: '--ecn-tcp-cwr', value: integer(0, 1, 'bit'), help: 'set CWR to this' }),
  ect: option({ name: '--ecn-ip-ect', value: integer(0, 3, 'codepoint'), help: 'set the ECN bits of the IP header' }),
};

export const ECN = defineTarget({
  name: 'ECN',
  families: ['ipv4'],
  tables: ['mangle'],
  options,
  source: 'iptables-extensions(8) ECN; Linux 6.18 net/ipv4/netfilter/ipt_ECN.c',
  // ECN_parse() adds each operation to those before it, but for --ecn-tcp-remove, which takes their place.
  normalize: ({ remove, ece, cwr, ect }) => {
    if (!remove || !ect) return { remove, ece, cwr, ect };
    return ect.span.column < remove.span.column ? { remove } : { ece: { ...remove, value: 0 }, cwr: { ...remove, value: 0 }, ect };
  },
  check({ remove, ece, cwr, ect }, { protocol }) {
    const findings: Finding[] = [];
    if (!remove && !ece && !cwr && !ect) findings.push({ severity: 'error', code: 'missing-option', message: 'ECN: an operation is required', hint: 'give --ecn-tcp-remove' });
    const key = remove ? 'remove' : ece ? 'ece' : cwr ? 'cwr' : null;
    if (key && protocol !== PROTO.tcp)
      findings.push({ severity: 'error', code: 'wrong-protocol', option: key, message: 'ECN: TCP operations need -p tcp', hint: 'add -p tcp, without "!"' });
    return findings;
  },
  compile: ({ remove, ece, cwr, ect }) => {
    const effects: Effect[] = [];
    if (ect) effects.push({ op: 'assign', field: FIELD.tos, mask: 0x03, value: ect.value });
    const mask = (remove || ece ? TCP_FLAG.ECE : 0) | (remove || cwr ? TCP_FLAG.CWR : 0);
    if (mask !== 0) effects.push({ op: 'assign', field: FIELD.tcpFlags, mask, value: (ece?.value ? TCP_FLAG.ECE : 0) | (cwr?.value ? TCP_FLAG.CWR : 0) });
    return { effects, verdict: 'CONTINUE' };
  },
});
