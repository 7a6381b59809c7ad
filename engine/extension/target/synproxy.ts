/**
 * SYNPROXY: answer SYNs with a cookie in place of the server. The SYN, and the ACK that brings the cookie back, go no
 * further; what the proxy then does with the server is not modelled.
 *
 * Source: iptables-extensions(8) "SYNPROXY"; iptables 1.8.9 extensions/libxt_SYNPROXY.c; Linux 6.18
 * net/ipv4/netfilter/ipt_SYNPROXY.c, synproxy_tg4().
 */

import type { ValueKind } from '../../model/option.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineTarget } from '../extension.ts';
import { flag, integer, option } from '../option.ts';

/** Taken modulo what fits where 1.8.9 stores it. */
function stored(placeholder: string, values: number): ValueKind<number> {
  const whole = integer(0, 0xffffffff, placeholder);
  return {
    ...whole,
    parse: (words, context) => {
      const value = whole.parse(words, context);
      return typeof value === 'number' ? value % values : value;
    },
  };
}

const options = {
  sackPerm: option({ name: '--sack-perm', value: flag, help: 'pass the SACK permitted option on' }),
  timestamp: option({ name: '--timestamp', value: flag, help: 'pass the timestamp option on' }),
  wscale: option({ name: '--wscale', value: stored('shift', 256), help: 'window scale of the server' }),
  mss: option({ name: '--mss', value: stored('bytes', 65536), help: 'MSS of the server' }),
  ecn: option({ name: '--ecn', value: flag, help: 'pass ECN on' }),
};

export const SYNPROXY = defineTarget({
  name: 'SYNPROXY',
  families: ['ipv4', 'ipv6'],
  hooks: ['INPUT', 'FORWARD'],
  protocols: [PROTO.tcp],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) SYNPROXY; Linux 6.18 net/ipv4/netfilter/ipt_SYNPROXY.c, net/ipv6/netfilter/ip6t_SYNPROXY.c',
  notModelled: 'the connection that the proxy opens to the server when a cookie comes back',
  compile: ({ mss, timestamp, sackPerm, wscale, ecn }) => ({
    effects: [
      { op: 'syn-proxy', mss: mss?.value ?? null, timestamp: timestamp !== undefined, sackPerm: sackPerm !== undefined, wscale: wscale !== undefined, ecn: ecn !== undefined },
    ],
    verdict: 'CONTINUE',
  }),
});
