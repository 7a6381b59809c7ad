/**
 * TEE: send an untracked copy of the packet to another machine of the local network; the packet itself goes on.
 *
 * Source: iptables-extensions(8) "TEE"; iptables 1.8.9 extensions/libxt_TEE.c; Linux 6.18 net/netfilter/xt_TEE.c,
 * net/ipv4/netfilter/nf_dup_ipv4.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { host } from '../host.ts';
import { option } from '../option.ts';

/** Cut, not refused, when it is too long. */
const device: ValueKind<string> = { placeholder: 'device', words: 1, parse: ([word = '']) => word.slice(0, 15), print: (name) => name };

const options = {
  gateway: option({ name: '--gateway', value: host, required: true, help: 'where the copy goes' }),
  oif: option({ name: '--oif', value: device, help: 'device the copy leaves by' }),
};

export const TEE = defineTarget({
  name: 'TEE',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) TEE; Linux 6.18 net/netfilter/xt_TEE.c',
  check: ({ gateway }) =>
    gateway?.value.every((word) => word === 0)
      ? [{ severity: 'error', code: 'bad-value', option: 'gateway', message: 'TEE: the gateway may not be the null address', hint: 'give a neighbour’s address' }]
      : [],
  compile: ({ gateway, oif }) => ({ effects: gateway ? [{ op: 'tee', gateway: gateway.value, out: oif?.value ?? null }] : [], verdict: 'CONTINUE' }),
});
