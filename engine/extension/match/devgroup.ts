/**
 * devgroup: the group of an interface (`ip link set … group`). Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "devgroup"; Linux 6.18 net/netfilter/xt_devgroup.c. Group names other than `default` are
 * not known.
 */

import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { maskedMark, option, type MaskedValue } from '../option.ts';

/** /etc/iproute2/group as iproute2 ships it. */
const group: ValueKind<MaskedValue> = {
  ...maskedMark,
  parse: ([word = ''], context) => (word === 'default' ? { value: 0, mask: 0xffffffff } : maskedMark.parse([word], context)),
  print: (value, context) => (value.value === 0 && value.mask === 0xffffffff ? 'default' : maskedMark.print(value, context)),
};

const options = {
  src: option({ name: '--src-group', value: group, invertible: true, help: 'group of the incoming interface' }),
  dst: option({ name: '--dst-group', value: group, invertible: true, help: 'group of the outgoing interface' }),
};

export const devgroup = defineMatch({
  name: 'devgroup',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) devgroup; Linux 6.18 net/netfilter/xt_devgroup.c',
  notModelled: 'groups of interfaces are not read',
  check({ src, dst }, { hooks }) {
    if (!src && !dst) return [{ severity: 'error', code: 'missing-option', message: 'devgroup needs --src-group or --dst-group' }];
    const without = (side: typeof src, names: readonly string[]) => (side ? hooks.find((hook) => names.includes(hook)) : undefined);
    const noIn = without(src, ['OUTPUT', 'POSTROUTING']);
    if (noIn) return [{ severity: 'error', code: 'wrong-hook', option: 'src', message: `--src-group is not valid in ${noIn}, which has no incoming interface` }];
    const noOut = without(dst, ['PREROUTING', 'INPUT']);
    return noOut ? [{ severity: 'error', code: 'wrong-hook', option: 'dst', message: `--dst-group is not valid in ${noOut}, which has no outgoing interface` }] : [];
  },
  compile(uses, context) {
    const clauses: Clause[] = [];
    for (const key of ['src', 'dst'] as const) {
      const use = uses[key];
      if (use) clauses.push(unmodelled(matchText('devgroup', options, uses, key, context), 'groups of interfaces are not read', use.negated));
    }
    return clauses;
  },
});
