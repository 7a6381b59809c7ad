/**
 * REJECT: drops the packet and sends the answer that says so.
 *
 * Source: iptables-extensions(8) "REJECT"; Linux 6.18 net/ipv4/netfilter/ipt_REJECT.c, net/ipv6/netfilter/ip6t_REJECT.c;
 * names and aliases of iptables 1.8.9 extensions/libxt_REJECT (libipt_REJECT.c, libip6t_REJECT.c).
 */

import type { OptionContext, ValueKind } from '../../model/option.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineTarget } from '../extension.ts';
import { option } from '../option.ts';

/** Name, alias: the same words iptables takes. A word may be any beginning of a name, as strncasecmp() there has it. */
const KINDS: Readonly<Record<OptionContext['family'], readonly (readonly [string, string])[]>> = {
  ipv4: [
    ['icmp-net-unreachable', 'net-unreach'],
    ['icmp-host-unreachable', 'host-unreach'],
    ['icmp-proto-unreachable', 'proto-unreach'],
    ['icmp-port-unreachable', 'port-unreach'],
    ['icmp-net-prohibited', 'net-prohib'],
    ['icmp-host-prohibited', 'host-prohib'],
    ['tcp-reset', 'tcp-rst'],
    ['icmp-admin-prohibited', 'admin-prohib'],
  ],
  ipv6: [
    ['icmp6-no-route', 'no-route'],
    ['icmp6-adm-prohibited', 'adm-prohibited'],
    ['icmp6-addr-unreachable', 'addr-unreach'],
    ['icmp6-port-unreachable', 'port-unreach'],
    ['tcp-reset', 'tcp-reset'],
    ['icmp6-policy-fail', 'policy-fail'],
    ['icmp6-reject-route', 'reject-route'],
  ],
};

const kind: ValueKind<string> = {
  placeholder: 'type',
  words: 1,
  choices: [...KINDS.ipv4, ...KINDS.ipv6].map(([name]) => name),
  parse: ([word = ''], { family }) => {
    const lower = word.toLowerCase();
    // Of nothing the first is a beginning, too.
    const found = KINDS[family].find(([name, alias]) => name.startsWith(lower) || alias.startsWith(lower));
    return found ? found[0] : { failure: `unknown reject type "${word}"`, hint: `types are ${KINDS[family].map(([name]) => name).join(', ')}` };
  },
  print: (value) => value,
};

const options = { with: option({ name: '--reject-with', value: kind, help: 'the answer to send' }) };

const NOWHERE = { line: 0, column: 1, length: 1 };

export const REJECT = defineTarget({
  name: 'REJECT',
  families: ['ipv4', 'ipv6'],
  tables: ['filter'],
  hooks: ['INPUT', 'FORWARD', 'OUTPUT'],
  options,
  source: 'iptables-extensions(8) REJECT; Linux 6.18 net/ipv4/netfilter/ipt_REJECT.c',
  normalize: (uses, { family }) => (uses.with ? uses : { with: { value: family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable', negated: false, span: NOWHERE } }),
  check: (uses, { protocol }) =>
    uses.with?.value === 'tcp-reset' && protocol !== PROTO.tcp
      ? [{ severity: 'error', code: 'needs-protocol', option: 'with', message: 'tcp-reset is valid only for TCP', hint: 'put -p tcp before it' }]
      : [],
  compile: (uses) => ({ effects: [{ op: 'reject', with: uses.with?.value ?? 'icmp-port-unreachable' }], verdict: 'DROP' }),
});
