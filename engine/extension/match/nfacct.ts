/**
 * nfacct: counts packets in a named object, and is true; of an object with a quota only once it has counted more than that, the
 * packet itself included. What objects count is in the snapshot (`nfacct list`).
 *
 * Source: iptables-extensions(8) "nfacct"; Linux 6.18 net/netfilter/xt_nfacct.c nfacct_mt(), nfacct_mt_checkentry();
 * nfnetlink_acct.c nfnl_acct_update(), nfnl_acct_overquota().
 */

import { accountingKey, type AccountingObject } from '../../model/accounting.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type Clause } from '../../model/test.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option, quoteWord } from '../option.ts';

/** NFACCT_NAME_MAX less the final zero byte. */
const objectName: ValueKind<string> = {
  placeholder: 'name',
  words: 1,
  parse: ([word = '']) => (word === '' || word.includes('\n') ? { failure: `"${word}" cannot be the name of an object` } : word.slice(0, 31)),
  print: quoteWord,
};
const options = { name: option({ name: '--nfacct-name', value: objectName, required: true, help: 'object that counts' }) };

export const nfacct = defineMatch({
  name: 'nfacct',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) nfacct; Linux 6.18 net/netfilter/xt_nfacct.c',
  notModelled: 'without the section "nfacct list" of the snapshot, whether an object has a quota',
  check({ name }, { accounting }) {
    if (!name || !accounting || accounting.includes(name.value)) return [];
    return [
      {
        severity: 'error',
        code: 'unknown-object',
        option: 'name',
        message: `accounting object "${name.value}" does not exist`,
        hint: 'add it with "nfacct add", or take the section "nfacct list" anew',
      },
    ];
  },
  compile(uses, context): readonly Clause[] {
    const name = uses.name?.value ?? '';
    return [
      {
        text: matchText('nfacct', options, uses, 'name', context),
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'nfacct',
            operand: { object: name },
            wanted: 'no quota, or more than it',
            reads: [FIELD.length],
            initial: null,
            shared: accountingKey(name),
            step(skb, _context, state) {
              const object = state as AccountingObject | null;
              if (!object) return { holds: UNKNOWN, state };
              const after = counted(object, skb.regs[FIELD.length.index] as number);
              return { holds: !after.quota || after[after.quota.of] > after.quota.amount ? TRUE : FALSE, state: after };
            },
            saw(skb, _context, state) {
              const object = state as AccountingObject | null;
              if (!object) return `what "${name}" counts, and its quota, is not known ("nfacct list" in the snapshot says it)`;
              const after = counted(object, skb.regs[FIELD.length.index] as number);
              return after.quota ? `${after[after.quota.of]} ${after.quota.of} of a quota of ${after.quota.amount}` : `no quota of "${name}"`;
            },
          },
        ],
      },
    ];
  },
});

/** Counters of 64 bits. */
function counted(object: AccountingObject, length: number): AccountingObject {
  return { ...object, packets: BigInt.asUintN(64, object.packets + 1n), bytes: BigInt.asUintN(64, object.bytes + BigInt(length)) };
}
