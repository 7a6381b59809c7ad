/** Pieces of clauses that several matches share. */

import type { Field } from '../model/field.ts';
import type { OptionContext, OptionTable, OptionUses } from '../model/option.ts';
import { FALSE, UNKNOWN, type Clause, type Test } from '../model/test.ts';
import { optionText } from './extension.ts';

const FULL = 0xffffffff;

export function equals(field: Field, value: number): Test {
  return { op: 'masked', field, mask: FULL, value };
}

export function differs(field: Field, value: number): Test {
  return { op: 'masked', field, mask: FULL, value, negated: true };
}

/** `low <= field <= high`; an inverted range, which 1.8.9 lets through, holds for nothing. */
export function within(field: Field, [low, high]: readonly [number, number]): Test {
  return low <= high ? { op: 'ranges', field, ranges: [[low, high]] } : { op: 'constant', value: FALSE, reason: 'no number is in an empty range' };
}

/** Text of a clause of a match that is named with `-m`: `-m mark ! --mark 0x1`. */
export function matchText<T extends OptionTable, K extends keyof T & string>(name: string, options: T, uses: OptionUses<T>, key: K, context: OptionContext): string {
  return context.wordless ? '' : `-m ${name} ${optionText(options, uses, key, context)}`;
}

/** A clause whose answer a walk does not know. */
export function unmodelled(text: string, reason: string, negated = false): Clause {
  return { text, negated, any: [{ op: 'constant', value: UNKNOWN, reason }] };
}
