/**
 * set: membership in an ipset.
 *
 * Source: iptables-extensions(8) "set"; Linux 6.18 net/netfilter/xt_set.c, set_match_v4(). Fewer sides than the set has
 * dimensions, or a set of the other family, never match (and always match negated); more sides are ignored.
 */

import type { ValueKind } from '../../model/option.ts';
import type { SetSide } from '../../model/set.ts';
import type { SetTest } from '../../model/test.ts';
import { defineMatch, optionText, type Finding } from '../extension.ts';
import { flag, option } from '../option.ts';
import { parseUint64, UINT64_MAX } from '../range.ts';

interface SetReference {
  readonly name: string;
  readonly sides: readonly SetSide[];
}

/** `NAME src[,dst…]`: up to six sides. */
export const setReference: ValueKind<SetReference> = {
  placeholder: 'setname src|dst[,…]',
  words: 2,
  parse: ([name = '', sides = '']) => {
    if (name.length > 31) return { failure: `setname "${name}" is longer than 31 characters` };
    // Three letters of each are looked at.
    const parts = sides.split(',').map((part) => (/^(src|dst)/.test(part) ? part.slice(0, 3) : part));
    const bad = parts.find((part) => part !== 'src' && part !== 'dst');
    if (bad !== undefined) return { failure: `"${bad}" is not src or dst`, word: 1, hint: 'give a comma-separated list of src and dst, one for each dimension of the set' };
    if (parts.length > 6) return { failure: "can't be more src/dst options than 6", word: 1 };
    return { name, sides: parts as SetSide[] };
  },
  print: ({ name, sides }) => `${name} ${sides.join(',')}`,
};

const counter: ValueKind<bigint> = {
  placeholder: 'value',
  words: 1,
  parse: ([word = '']) => parseUint64(word) ?? { failure: `"${word}" is not a number from 0 to ${UINT64_MAX}`, hint: 'give how many the entry has counted' },
  print: String,
};

const last = (): true => true;

const options = {
  matchSet: option({ name: '--match-set', aliases: ['--set'], value: setReference, invertible: true, required: true, help: 'the packet’s sides are an entry of the set' }),
  returnNomatch: option({ name: '--return-nomatch', value: flag, merge: last, help: 'match only entries flagged nomatch' }),
  updateCounters: option({
    name: '--update-counters',
    value: flag,
    merge: last,
    invertible: true,
    help: '! keeps the counters of the entry as they are',
    hidden: (_, negated) => !negated,
  }),
  updateSubcounters: option({
    name: '--update-subcounters',
    value: flag,
    merge: last,
    invertible: true,
    help: '! keeps the counters of member sets as they are',
    hidden: (_, negated) => !negated,
  }),
  packetsEq: option({ name: '--packets-eq', value: counter, invertible: true, excludes: ['packetsLt', 'packetsGt'], help: 'the entry has counted this many packets' }),
  packetsLt: option({ name: '--packets-lt', value: counter, excludes: ['packetsGt'], help: 'the entry has counted fewer packets' }),
  packetsGt: option({ name: '--packets-gt', value: counter, help: 'the entry has counted more packets' }),
  bytesEq: option({ name: '--bytes-eq', value: counter, invertible: true, excludes: ['bytesLt', 'bytesGt'], help: 'the entry has counted this many bytes' }),
  bytesLt: option({ name: '--bytes-lt', value: counter, excludes: ['bytesGt'], help: 'the entry has counted fewer bytes' }),
  bytesGt: option({ name: '--bytes-gt', value: counter, help: 'the entry has counted more bytes' }),
};

export const set = defineMatch({
  name: 'set',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) set; Linux 6.18 net/netfilter/xt_set.c',
  check(uses, context) {
    const reference = uses.matchSet?.value;
    return reference ? checkSetReference(reference, context, 'matchSet') : [];
  },
  compile(uses, context) {
    const use = uses.matchSet;
    if (!use) return [];
    const counters: SetTest['counters'][number][] = [];
    for (const what of ['packets', 'bytes'] as const) {
      const [eq, lt, gt] = [uses[`${what}Eq`], uses[`${what}Lt`], uses[`${what}Gt`]];
      if (eq) counters.push({ what, compare: eq.negated ? 'ne' : 'eq', value: Number(eq.value) });
      if (lt) counters.push({ what, compare: 'lt', value: Number(lt.value) });
      if (gt) counters.push({ what, compare: 'gt', value: Number(gt.value) });
    }
    return [
      {
        text: `-m set ${optionText(options, uses, 'matchSet', context)}`,
        negated: use.negated,
        any: [
          {
            op: 'set',
            set: use.value.name,
            sides: use.value.sides,
            returnNomatch: uses.returnNomatch !== undefined,
            updateCounters: !uses.updateCounters?.negated,
            updateSubcounters: !uses.updateSubcounters?.negated,
            counters,
          },
        ],
      },
    ];
  },
});

/** What iptables refuses about a named set; shared with the SET target. */
export function checkSetReference(reference: SetReference, context: Pick<import('../extension.ts').CheckContext, 'set' | 'family'>, optionKey: string): readonly Finding[] {
  const found = context.set(reference.name);
  if (found === undefined) return [];
  if (found === null)
    return [{ severity: 'error', code: 'missing-set', option: optionKey, message: `set "${reference.name}" doesn't exist`, hint: 'add it to the ipset save section' }];
  if (found.family && found.family !== context.family)
    return [
      {
        severity: 'error',
        code: 'set-family',
        option: optionKey,
        message: `set "${reference.name}" is ${found.family}, which is not applicable here`,
        hint: 'name a set of the rule’s own family',
      },
    ];
  if (reference.sides.length < found.dimensions)
    return [
      {
        severity: 'warning',
        code: 'set-dimensions',
        option: optionKey,
        message: `set "${reference.name}" (${found.type}) has ${found.dimensions} dimensions, so "${reference.sides.join(',')}" never matches`,
        hint: `give ${found.dimensions} of src and dst`,
      },
    ];
  return [];
}
