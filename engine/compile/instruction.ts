/**
 * The instruction set of compiled rules. A clause is one instruction, or ANY and the instructions it counts; an
 * instruction is five words: operation, register, operand a, operand b, flags. What does not fit two words stays in the
 * operand pool. This is derived from `Clause` (model/test.ts), never written by hand and never saved.
 */

export const WIDTH = 5;

export const OP = {
  /** `(reg & a) == b` */
  masked: 0,
  /** Address against mask and value; a = pool index of `[mask…, value…]` as Int32Array. */
  prefix: 1,
  /** `a <= reg <= b`, unsigned. */
  range: 2,
  /** a = pool index of a sorted Uint32Array low, high, low, high… */
  ranges: 3,
  /** a = pool index of an address range. */
  addressRange: 4,
  /** `(reg & a) != 0` */
  anyBit: 5,
  /** a = pool index of the interface test. */
  interface: 6,
  /** a = pool index of the SetTest. */
  set: 7,
  /** a = pool index of the OpaqueTest. */
  opaque: 8,
  /** a = truth value. */
  constant: 9,
  /** The next a instructions are alternatives. */
  any: 10,
  /** If the next instruction holds, skip a instructions behind it: they are true without a look. */
  vacuous: 11,
} as const;

export const FLAG = {
  negated: 1,
  /** Hotdrop if it does not hold. */
  drop: 2,
} as const;
