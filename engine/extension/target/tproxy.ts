/**
 * TPROXY: hand the packet to a local transparent socket without changing its addresses. Without such a socket the packet
 * is dropped; with one, the mark is set and the table ends with ACCEPT.
 *
 * Source: iptables-extensions(8) "TPROXY"; iptables 1.8.9 extensions/libxt_TPROXY.c; Linux 6.18
 * net/netfilter/xt_TPROXY.c, tproxy_tg4_v1().
 */

import type { ValueKind } from '../../model/option.ts';
import { formatAddress, type Words } from '../../net/address.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineTarget } from '../extension.ts';
import { host } from '../host.ts';
import { hex, maskedMark, option, type MaskedValue } from '../option.ts';
import { resolvedPort } from '../range.ts';

/** By number, taken modulo 65536 as getaddrinfo(3) does, or by the name of a service of any protocol. */
const port: ValueKind<number> = {
  placeholder: 'port',
  words: 1,
  parse: ([word = '']) => {
    return resolvedPort(word) ?? { failure: `port "${word}" does not resolve to anything`, hint: 'give a port from 0 to 65535 or a service name' };
  },
  print: String,
};

const mark: ValueKind<MaskedValue> = { ...maskedMark, print: ({ value, mask }) => `${hex(value)}/${hex(mask)}` };

const options = {
  port: option({ name: '--on-port', value: port, required: true, help: 'port of the socket; 0 for the packet’s own' }),
  ip: option({ name: '--on-ip', value: host, help: 'address of the socket; by default one of the ingress device' }),
  mark: option({ name: '--tproxy-mark', value: mark, help: 'set these bits of the packet mark' }),
};

export const TPROXY = defineTarget({
  name: 'TPROXY',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle'],
  hooks: ['PREROUTING'],
  protocols: [PROTO.tcp, PROTO.udp],
  options,
  requires: ['defrag'],
  source: 'iptables-extensions(8) TPROXY; Linux 6.18 net/netfilter/xt_TPROXY.c',
  print: ({ port: onPort, ip, mark: bits }, context) =>
    `--on-port ${onPort?.value} --on-ip ${formatAddress(context.family, ip?.value ?? anyAddress(context.family))} --tproxy-mark ${mark.print(bits?.value ?? { value: 0, mask: 0 }, context)}`,
  compile: ({ port: onPort, ip, mark: bits }) => ({
    effects: [
      { op: 'tproxy', port: onPort?.value ?? 0, address: ip?.value.some((word) => word !== 0) ? ip.value : null, mark: bits?.value.value ?? 0, mask: bits?.value.mask ?? 0 },
    ],
    verdict: 'ACCEPT',
  }),
});

function anyAddress(family: 'ipv4' | 'ipv6'): Words {
  return family === 'ipv4' ? [0] : [0, 0, 0, 0];
}
