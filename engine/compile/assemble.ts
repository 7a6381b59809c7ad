/** Clauses to instructions. */

import type { Field } from '../model/field.ts';
import type { Clause, SetTest, Test } from '../model/test.ts';
import { FLAG, OP, WIDTH } from './instruction.ts';

export interface InterfaceOperand {
  readonly pattern: string;
  /** Answers by interface id, filled as they are met: 0 not yet, 1 no, 2 yes. */
  answers: Uint8Array;
}

export interface AddressRangeOperand {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

export class Assembler {
  /** Instructions so far, and room for more. */
  code = new Int32Array(1024);
  private length = 0;
  readonly pool: unknown[] = [];
  private readonly interned = new Map<string, number>();

  /** Index of the next instruction. */
  get position(): number {
    return this.length / WIDTH;
  }

  rule(clauses: readonly Clause[]): void {
    for (const clause of clauses) {
      if (clause.vacuousIf) {
        this.emit(OP.vacuous, 0, clause.any.length === 1 ? 1 : clause.any.length + 1, 0, 0);
        this.test(clause.vacuousIf, 0);
      }
      const flags = (clause.negated ? FLAG.negated : 0) | (clause.otherwise === 'drop' ? FLAG.drop : 0);
      const [only] = clause.any;
      if (clause.any.length === 1 && only) this.test(only, flags);
      else {
        this.emit(OP.any, 0, clause.any.length, 0, flags);
        for (const test of clause.any) this.test(test, 0);
      }
    }
  }

  private emit(op: number, register: number, a: number, b: number, flags: number): void {
    if (this.length + WIDTH > this.code.length) {
      const larger = new Int32Array(this.code.length * 2);
      larger.set(this.code);
      this.code = larger;
    }
    this.code[this.length] = op;
    this.code[this.length + 1] = register;
    this.code[this.length + 2] = a | 0;
    this.code[this.length + 3] = b | 0;
    this.code[this.length + 4] = flags;
    this.length += WIDTH;
  }

  /** One operand for all that have the same key: a thousand rules that ask one set keep one test of it within reach. */
  private operand(key: string, make: () => unknown): number {
    let index = this.interned.get(key);
    if (index === undefined) {
      index = this.pool.push(make()) - 1;
      this.interned.set(key, index);
    }
    return index;
  }

  private test(test: Test, clauseFlags: number): void {
    const flags = test.negated ? clauseFlags ^ FLAG.negated : clauseFlags;
    switch (test.op) {
      case 'masked':
        return this.emit(OP.masked, test.field.index, test.mask, test.value, flags);
      case 'prefix':
        return this.prefix(test.field, test.mask, test.value, flags);
      case 'ranges': {
        const [only] = test.ranges;
        if (test.ranges.length === 1 && only) return this.emit(OP.range, test.field.index, only[0], only[1], flags);
        return this.emit(
          OP.ranges,
          test.field.index,
          this.operand(`ranges ${test.ranges.join(' ')}`, () => Uint32Array.from(test.ranges.flat())),
          0,
          flags,
        );
      }
      case 'address-range': {
        const make = (): AddressRangeOperand => ({ low: Uint32Array.from(test.low), high: Uint32Array.from(test.high) });
        return this.emit(OP.addressRange, test.field.index, this.operand(`addresses ${test.low}-${test.high}`, make), 0, flags);
      }
      case 'any-bit':
        return this.emit(OP.anyBit, test.field.index, test.bits, 0, flags);
      case 'interface': {
        const make = (): InterfaceOperand => ({ pattern: test.pattern, answers: new Uint8Array(16) });
        return this.emit(OP.interface, test.field.index, this.operand(`interface ${test.pattern}`, make), 0, flags);
      }
      case 'set':
        return this.emit(
          OP.set,
          0,
          this.operand(setKey(test), () => test),
          0,
          flags,
        );
      case 'opaque':
        // Never shared: its place in the pool is what the state of its rule goes by.
        return this.emit(OP.opaque, 0, this.pool.push(test) - 1, 0, flags);
      case 'constant':
        return this.emit(OP.constant, 0, test.value, 0, flags);
    }
  }

  private prefix(field: Field, mask: readonly number[], value: readonly number[], flags: number): void {
    if (mask.length === 1) return this.emit(OP.masked, field.index, mask[0] as number, value[0] as number, flags);
    this.emit(
      OP.prefix,
      field.index,
      this.operand(`prefix ${mask}/${value}`, () => Int32Array.from([...mask, ...value])),
      0,
      flags,
    );
  }
}

/** Everything that tells two tests of a set apart, but negation, which is the instruction's. */
function setKey({ set, sides, returnNomatch, updateCounters, updateSubcounters, counters }: SetTest): string {
  const conditions = counters.map(({ what, compare, value }) => `${what} ${compare} ${value}`);
  return `set ${set} ${sides} ${returnNomatch} ${updateCounters} ${updateSubcounters} ${conditions}`;
}
