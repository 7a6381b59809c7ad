/**
 * The interpreter: decides whether a rule matches, from the compiled instructions, without allocating. It is the only
 * place where a test is decided; `why.ts` explains by asking the same functions, clause by clause.
 */

import type { AddressRangeOperand, InterfaceOperand } from '../compile/assemble.ts';
import { FLAG, OP, WIDTH } from '../compile/instruction.ts';
import type { Program } from '../compile/program.ts';
import type { EvalContext, SkbView } from '../model/context.ts';
import { FIELD, type Field } from '../model/field.ts';
import { FALSE, TRUE, UNKNOWN, type OpaqueTest, type SetTest, type Tri } from '../model/test.ts';
import { interfaceMatches } from './interfaces.ts';

/** A rule's answer besides the truth values: the kernel drops the packet here and now. */
export const HOTDROP = 3;
export type RuleAnswer = Tri | typeof HOTDROP;

/** What the interpreter asks beyond the registers. */
export interface Evaluation {
  readonly skb: SkbView;
  readonly context: EvalContext;
  /** For each register the bits that are not known, the same in all words of a field; null: all are known. */
  readonly unknown: Uint32Array | null;
  /** True behind a clause whose answer is not known: the kernel may not have looked any further. */
  tentative: boolean;
  /** Whether the rule last looked at drops the packet on the spot is not known. */
  mayDrop: boolean;
  /** The kernel finds no protocol in the packet: a rule that asks for one drops it (ip6_packet_match()). */
  readonly hasNoProtocol: boolean;
  testSet(test: SetTest): Tri;
  /** A stateful operation; `pool` identifies the instruction's state. */
  stepOpaque(test: OpaqueTest, pool: number): Tri;
}

/** Do all clauses of a rule hold? The first that does not ends it, as in the kernel. */
export function testRule(program: Program, ruleIndex: number, evaluation: Evaluation): RuleAnswer {
  let at = program.start[ruleIndex] as number;
  if (at < 0) at = program.firstOf(ruleIndex);
  const { code } = program;
  const end = program.end[ruleIndex] as number;
  let answer: Tri = TRUE;
  evaluation.tentative = false;
  evaluation.mayDrop = false;
  while (at < end) {
    const word = at * WIDTH;
    const op = code[word] as number;
    if (op === OP.vacuous) {
      at++;
      const skip = code[word + 2] as number;
      at += leafHolds(program, at, evaluation) === TRUE ? 1 + skip : 1;
      continue;
    }
    let holds: Tri;
    if (op === OP.any) {
      holds = clauseHolds(program, at, evaluation);
      at += code[word + 2] as number;
    } else holds = leafHolds(program, at, evaluation);
    if (evaluation.hasNoProtocol && code[word + 1] === FIELD.proto.index && op === OP.masked) return answer === TRUE ? HOTDROP : UNKNOWN;
    if (holds === FALSE) {
      const drops = ((code[word + 4] as number) & FLAG.drop) !== 0;
      if (answer === TRUE) return drops ? HOTDROP : FALSE;
      // A clause before it may have ended the look already, or dropped the packet.
      if (drops) evaluation.mayDrop = true;
      return evaluation.mayDrop ? UNKNOWN : FALSE;
    }
    if (holds === UNKNOWN) {
      answer = UNKNOWN;
      evaluation.tentative = true;
      if ((code[word + 4] as number) & FLAG.drop) evaluation.mayDrop = true;
    }
    at++;
  }
  return answer;
}

/** The clause whose first instruction is `at`. */
export function clauseHolds(program: Program, at: number, evaluation: Evaluation): Tri {
  const { code } = program;
  const word = at * WIDTH;
  if (code[word] !== OP.any) return leafHolds(program, at, evaluation);
  const count = code[word + 2] as number;
  let best: Tri = FALSE;
  for (let i = 1; i <= count && best !== TRUE; i++) {
    const holds = leafHolds(program, at + i, evaluation);
    if (holds > best) best = holds;
  }
  return (code[word + 4] as number) & FLAG.negated ? ((2 - best) as Tri) : best;
}

/** One test, with its own negation. The four commonest look at one register and nothing else. */
export function leafHolds(program: Program, at: number, evaluation: Evaluation): Tri {
  const { code } = program;
  const word = at * WIDTH;
  const op = code[word] as number;
  const register = code[word + 1] as number;
  const { unknown } = evaluation;
  const { regs } = evaluation.skb;
  const negated = (code[word + 4] as number) & FLAG.negated;
  // Look-ups and opaque operations see to it themselves.
  if (unknown !== null && op < OP.set && unknown[register] !== 0) {
    const answer = partlyKnown(program, word, regs, unknown);
    return negated ? ((2 - answer) as Tri) : answer;
  }
  let holds: boolean;
  if (op === OP.masked) holds = ((regs[register] as number) & (code[word + 2] as number)) === (code[word + 3] as number);
  else if (op === OP.range) {
    const value = regs[register] as number;
    holds = value >= (code[word + 2] as number) >>> 0 && value <= (code[word + 3] as number) >>> 0;
  } else if (op === OP.anyBit) holds = ((regs[register] as number) & (code[word + 2] as number)) !== 0;
  else if (op === OP.interface) holds = interfaceHolds(program.pool[code[word + 2] as number] as InterfaceOperand, regs[register] as number, evaluation.context);
  else {
    const answer = operandHolds(program, op, register, code[word + 2] as number, evaluation);
    return negated ? ((2 - answer) as Tri) : answer;
  }
  return holds === (negated === 0) ? TRUE : FALSE;
}

/** The tests whose operand is in the pool, or that are more than yes and no. */
function operandHolds({ pool }: Program, op: number, register: number, a: number, evaluation: Evaluation): Tri {
  const { regs } = evaluation.skb;
  switch (op) {
    case OP.prefix:
      return prefixHolds(regs, register, pool[a] as Int32Array) ? TRUE : FALSE;
    case OP.ranges:
      return rangesHold(regs[register] as number, pool[a] as Uint32Array) ? TRUE : FALSE;
    case OP.addressRange:
      return addressRangeHolds(regs, register, pool[a] as AddressRangeOperand) ? TRUE : FALSE;
    case OP.set:
      return evaluation.testSet(pool[a] as SetTest);
    case OP.opaque: {
      const test = pool[a] as OpaqueTest;
      if (evaluation.unknown !== null && readsUnknown(test, evaluation.unknown)) return UNKNOWN;
      return test.holds ? test.holds(evaluation.skb, evaluation.context) : evaluation.stepOpaque(test, a);
    }
    case OP.constant:
      return a as Tri;
    default:
      throw new Error(`unknown instruction ${op}: the assembler and the interpreter disagree`);
  }
}

function readsUnknown({ reads }: OpaqueTest, unknown: Uint32Array): boolean {
  for (let i = 0; i < reads.length; i++) if (unknown[(reads[i] as Field).index] !== 0) return true;
  return false;
}

/** The fields an operation looks at of which something is not known. */
export function unknownReads(test: OpaqueTest, unknown: Uint32Array): readonly Field[] {
  return test.reads.filter(({ index }) => unknown[index] !== 0);
}

/** A plain test, negation aside, of registers of which some bits are not known: decided where the others suffice. */
function partlyKnown({ code, pool }: Program, word: number, regs: Uint32Array, unknown: Uint32Array): Tri {
  const register = code[word + 1] as number;
  const a = code[word + 2] as number;
  const b = code[word + 3] as number;
  const value = regs[register] as number;
  const open = unknown[register] as number;
  switch (code[word]) {
    case OP.masked:
      return maskedPartly(value, a, b, open);
    case OP.prefix: {
      const operand = pool[a] as Int32Array;
      let answer: Tri = TRUE;
      for (let i = 0; i < 4; i++) {
        const holds = maskedPartly(regs[register + i] as number, operand[i] as number, operand[i + 4] as number, unknown[register + i] as number);
        if (holds < answer) answer = holds;
      }
      return answer;
    }
    case OP.anyBit:
      if (value & a & ~open) return TRUE;
      return a & open ? UNKNOWN : FALSE;
    case OP.range:
      return rangesPartly(value, open, [a >>> 0, b >>> 0]);
    case OP.ranges:
      return rangesPartly(value, open, pool[a] as Uint32Array);
    default:
      return UNKNOWN;
  }
}

function maskedPartly(value: number, mask: number, wanted: number, unknown: number): Tri {
  const open = unknown & mask;
  if (((value & mask) ^ wanted) & ~open) return FALSE;
  return open === 0 ? TRUE : UNKNOWN;
}

/** By the least and the greatest value there may be. */
function rangesPartly(value: number, unknown: number, ranges: ArrayLike<number>): Tri {
  const least = (value & ~unknown) >>> 0;
  const greatest = (value | unknown) >>> 0;
  let answer: Tri = FALSE;
  for (let i = 0; i < ranges.length; i += 2) {
    const [low, high] = [ranges[i] as number, ranges[i + 1] as number];
    if (least >= low && greatest <= high) return TRUE;
    if (least <= high && greatest >= low) answer = UNKNOWN;
  }
  return answer;
}

function prefixHolds(regs: Uint32Array, register: number, operand: Int32Array): boolean {
  for (let i = 0; i < 4; i++) if (((regs[register + i] as number) & (operand[i] as number)) !== operand[i + 4]) return false;
  return true;
}

function rangesHold(value: number, ranges: Uint32Array): boolean {
  for (let i = 0; i < ranges.length; i += 2) if (value >= (ranges[i] as number) && value <= (ranges[i + 1] as number)) return true;
  return false;
}

function addressRangeHolds(regs: Uint32Array, register: number, { low, high }: AddressRangeOperand): boolean {
  return compareRegisters(regs, register, low) >= 0 && compareRegisters(regs, register, high) <= 0;
}

function compareRegisters(regs: Uint32Array, register: number, words: Uint32Array): number {
  for (let i = 0; i < words.length; i++) {
    const difference = (regs[register + i] as number) - (words[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function interfaceHolds(operand: InterfaceOperand, id: number, context: EvalContext): boolean {
  if (id >= operand.answers.length) {
    const larger = new Uint8Array(Math.max(id + 1, operand.answers.length * 2));
    larger.set(operand.answers);
    operand.answers = larger;
  }
  let answer = operand.answers[id] as number;
  if (answer === 0) {
    answer = interfaceMatches(operand.pattern, context.interfaceName(id)) ? 2 : 1;
    operand.answers[id] = answer;
  }
  return answer === 2;
}
