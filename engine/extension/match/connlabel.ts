/**
 * connlabel: a label of the connection, by number; names of connlabel.conf are not read. `--set` gives it the label if it has it
 * not. Without a conntrack entry it is false, and true when negated; so it is for a connection without room for labels, which is
 * one that was opened before any rule asked for them.
 *
 * Source: iptables-extensions(8) "connlabel"; Linux 6.18 net/netfilter/xt_connlabel.c, connlabel_mt().
 */

import type { SkbView } from '../../model/context.ts';
import { FALSE, not, TRUE, UNKNOWN, type Tri } from '../../model/test.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { flag, option } from '../option.ts';
import { parseInt32 } from '../range.ts';

const label: ValueKind<number> = {
  placeholder: 'label',
  words: 1,
  parse: ([word = '']) => {
    const number = parseInt32(word);
    // Stored in 16 bits.
    return number !== null && number >= 0 ? number % 65536 : { failure: `label "${word}" is not known`, hint: 'give its number' };
  },
  print: (number) => `"${number}"`,
};

const options = {
  label: option({ name: '--label', value: label, invertible: true, required: true, help: 'the connection has this label' }),
  set: option({ name: '--set', value: flag, help: 'give it the label first' }),
};

export const connlabel = defineMatch({
  name: 'connlabel',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack', 'labels'],
  source: 'iptables-extensions(8) connlabel; Linux 6.18 net/netfilter/xt_connlabel.c',
  notModelled: 'labels of connections that the snapshot lists are not known',
  check: ({ label: use }) => (use && use.value > 127 ? [{ severity: 'error', code: 'bad-value', option: 'label', message: 'labels go up to 127' }] : []),
  compile(uses, context) {
    if (!uses.label) return [];
    const { value: asked, negated } = uses.label;
    const sets = uses.set !== undefined;
    return [
      {
        text: `-m connlabel ${printOptions(options, uses, context)}`,
        // The answer has it in it: what cannot be labelled answers as if the label were not there, whatever is set.
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'connlabel',
            operand: { label: asked, inverted: negated, set: sets },
            wanted: negated ? `not the label ${asked}` : `the label ${asked}`,
            reads: [FIELD.hasCt],
            initial: new Map() satisfies Labels,
            shared: 'connlabel',
            step(skb, _now, state) {
              const labels = state as Labels;
              const found = labelled(skb, labels, asked);
              if (found === null || (found === FALSE && !sets)) return { holds: answer(FALSE, negated), state };
              if (!sets || found === TRUE) return { holds: answer(found, negated), state };
              const id = skb.ct?.entry.id as number;
              const after = found === FALSE ? new Map(labels).set(id, new Set([...(labels.get(id) ?? []), asked])) : labels;
              // Whether there is room for it is not known where its labels are not.
              return { holds: found === FALSE ? answer(TRUE, negated) : UNKNOWN, state: after };
            },
            saw(skb, _now, state) {
              const labels = state as Labels;
              const entry = skb.ct?.entry;
              if (!entry) return 'no conntrack entry';
              if (entry.labels === undefined) return 'a connection without room for labels';
              if (entry.labels === 'unknown') return 'a connection whose labels are not known';
              const own = [...(labels.get(entry.id) ?? [])].toSorted((a, b) => a - b);
              return own.length === 0 ? 'a connection without labels' : `a connection with label ${own.join(', ')}`;
            },
          },
        ],
      },
    ];
  },
});

/** Labels of each connection, by its id. */
type Labels = ReadonlyMap<number, ReadonlySet<number>>;

/** Null: the connection has no room for labels, or there is none. */
function labelled({ ct }: SkbView, labels: Labels, label: number): Tri | null {
  if (ct?.entry.labels === undefined) return null;
  return ct.entry.labels === 'unknown' ? UNKNOWN : labels.get(ct.entry.id)?.has(label) ? TRUE : FALSE;
}

const answer = (holds: Tri, negated: boolean): Tri => (negated ? not(holds) : holds);
