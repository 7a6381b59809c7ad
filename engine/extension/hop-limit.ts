/** ttl and hl, TTL and HL: the same matches and targets for the two families, which name one field differently (net/netfilter/xt_hl.c, xt_HL.c). */

import { FIELD } from '../model/field.ts';
import type { Family } from '../net/address.ts';
import { matchText, within } from './clause.ts';
import { defineMatch, defineTarget, type MatchExtension, type TargetExtension } from './extension.ts';
import { integer, option } from './option.ts';

const FIELD_OF = {
  ttl: { family: 'ipv4', what: 'the TTL' },
  hl: { family: 'ipv6', what: 'the hop limit' },
} as const satisfies Record<string, { readonly family: Family; readonly what: string }>;

const hops = integer(0, 255, 'number');
const step = integer(1, 255);

/** Equal to, below or above a number. */
export function hopLimitMatch(name: 'ttl' | 'hl', source: string): MatchExtension {
  const { family, what } = FIELD_OF[name];
  const options = {
    eq: option({ name: `--${name}-eq`, aliases: [`--${name}`], value: hops, invertible: true, excludes: ['lt', 'gt'], help: `${what} is this` }),
    lt: option({ name: `--${name}-lt`, value: hops, excludes: ['eq', 'gt'], help: `${what} is below this` }),
    gt: option({ name: `--${name}-gt`, value: hops, excludes: ['eq', 'lt'], help: `${what} is above this` }),
  };
  return defineMatch({
    name,
    families: [family],
    options,
    source,
    check: ({ eq, lt, gt }) => (eq || lt || gt ? [] : [{ severity: 'error', code: 'missing-option', message: `${name} needs one of --${name}-eq, --${name}-lt, --${name}-gt` }]),
    compile(uses, context) {
      const { eq, lt, gt } = uses;
      if (eq) return [{ text: matchText(name, options, uses, 'eq', context), negated: eq.negated, any: [within(FIELD.ttl, [eq.value, eq.value])] }];
      if (lt) return [{ text: matchText(name, options, uses, 'lt', context), negated: false, any: [within(FIELD.ttl, [0, lt.value - 1])] }];
      if (gt) return [{ text: matchText(name, options, uses, 'gt', context), negated: false, any: [within(FIELD.ttl, [gt.value + 1, 255])] }];
      return [];
    },
  });
}

/** Set, raise or lower; then the next rule. */
export function hopLimitTarget(name: 'TTL' | 'HL', source: string): TargetExtension {
  const lower = name === 'TTL' ? 'ttl' : 'hl';
  const { family, what } = FIELD_OF[lower];
  return defineTarget({
    name,
    families: [family],
    tables: ['mangle'],
    options: {
      set: option({ name: `--${lower}-set`, value: integer(0, 255), excludes: ['dec', 'inc'], help: `set ${what}` }),
      dec: option({ name: `--${lower}-dec`, value: step, excludes: ['set', 'inc'], help: `lower ${what}, to 0 at the least` }),
      inc: option({ name: `--${lower}-inc`, value: step, excludes: ['set', 'dec'], help: `raise ${what}, to 255 at the most` }),
    },
    source,
    check: ({ set, dec, inc }) =>
      set || dec || inc ? [] : [{ severity: 'error', code: 'missing-option', message: `${name} needs one of --${lower}-set, --${lower}-dec, --${lower}-inc` }],
    compile: ({ set, dec, inc }) => ({
      effects: [set ? { op: 'assign', field: FIELD.ttl, mask: 0xff, value: set.value } : { op: 'add', field: FIELD.ttl, delta: (inc?.value ?? 0) - (dec?.value ?? 0) }],
      verdict: 'CONTINUE',
    }),
  });
}
