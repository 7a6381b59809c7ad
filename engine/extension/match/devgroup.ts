/**
 * devgroup: the group of an interface (`ip link set … group`), as `ip -j addr` tells it.
 *
 * Source: iptables-extensions(8) "devgroup"; Linux 6.18 net/netfilter/xt_devgroup.c.
 */

import type { EvalContext, SkbView } from '../../model/context.ts';
import { FIELD, type Field } from '../../model/field.ts';
import { FALSE, TRUE, UNKNOWN, type Clause } from '../../model/test.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { namedMark } from '../named-number.ts';
import { hex, option, type MaskedValue } from '../option.ts';

const group = namedMark('groups', 'cat /etc/iproute2/group');

const options = {
  src: option({ name: '--src-group', value: group, invertible: true, help: 'group of the incoming interface' }),
  dst: option({ name: '--dst-group', value: group, invertible: true, help: 'group of the outgoing interface' }),
};

function groupClause(text: string, field: Field, { value: { value, mask }, negated }: { readonly value: MaskedValue; readonly negated: boolean }): Clause {
  const groupOf = (skb: SkbView, context: EvalContext): number | null => context.interfaceGroup(skb.regs[field.index] as number);
  return {
    text,
    negated,
    any: [
      {
        op: 'opaque',
        name: 'devgroup',
        operand: { side: field.name, value, mask },
        wanted: mask === 0xffffffff ? `group ${value}` : `group ${hex(value)}/${hex(mask)}`,
        reads: [field],
        holds(skb, context) {
          const found = groupOf(skb, context);
          return found === null ? UNKNOWN : ((found ^ value) & mask) === 0 ? TRUE : FALSE;
        },
        saw(skb, context) {
          const found = groupOf(skb, context);
          return found === null ? 'the group of the interface is not known' : `group ${found}`;
        },
      },
    ],
  };
}

export const devgroup = defineMatch({
  name: 'devgroup',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) devgroup; Linux 6.18 net/netfilter/xt_devgroup.c',
  notModelled: 'groups by name, without the node’s own /etc/iproute2/group in the snapshot',
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
      if (use) clauses.push(groupClause(matchText('devgroup', options, uses, key, context), key === 'src' ? FIELD.in : FIELD.out, use));
    }
    return clauses;
  },
});
