/**
 * cpu: the processor that handles the packet, which the packet or the scenario says. What a packet causes on its way is handled
 * by the same one, and so is what goes through the loopback device (without RPS on it).
 *
 * Source: iptables-extensions(8) "cpu"; Linux 6.18 net/netfilter/xt_cpu.c, cpu_mt().
 */

import { FALSE, TRUE, UNKNOWN, type Clause } from '../../model/test.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { integer, option } from '../option.ts';

const options = { cpu: option({ name: '--cpu', value: integer(0, 0xffffffff, 'number'), invertible: true, required: true, help: 'number of the processor' }) };

export const cpu = defineMatch({
  name: 'cpu',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) cpu; Linux 6.18 net/netfilter/xt_cpu.c',
  notModelled: 'which processor handles a packet: the packet or the scenario says it ("cpu")',
  compile(uses, context): readonly Clause[] {
    const use = uses.cpu;
    if (!use) return [];
    return [
      {
        text: matchText('cpu', options, uses, 'cpu', context),
        negated: use.negated,
        any: [
          {
            op: 'opaque',
            name: 'cpu',
            operand: { number: use.value },
            wanted: `processor ${use.value}`,
            reads: [],
            holds: (_skb, now) => (now.cpu === null ? UNKNOWN : now.cpu === use.value ? TRUE : FALSE),
            saw: (_skb, now) => (now.cpu === null ? 'which processor handles the packet is not said ("cpu" of the packet or of the environment)' : `processor ${now.cpu}`),
          },
        ],
      },
    ];
  },
});
