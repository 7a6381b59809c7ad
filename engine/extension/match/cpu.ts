/**
 * cpu: the processor that handles the packet. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "cpu"; Linux 6.18 net/netfilter/xt_cpu.c.
 */

import { matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { integer, option } from '../option.ts';

const options = { cpu: option({ name: '--cpu', value: integer(0, 0xffffffff, 'number'), invertible: true, required: true, help: 'number of the processor' }) };

export const cpu = defineMatch({
  name: 'cpu',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) cpu; Linux 6.18 net/netfilter/xt_cpu.c',
  notModelled: 'which processor handles a packet is not known',
  compile: (uses, context) => [unmodelled(matchText('cpu', options, uses, 'cpu', context), 'which processor handles a packet is not known')],
});
