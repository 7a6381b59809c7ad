/**
 * The second reading: why a rule matched or did not, clause by clause, up to the first that is false. It asks the
 * interpreter's own functions for every answer and only adds words: what was wanted, what was seen.
 */

import { OP, WIDTH } from '../compile/instruction.ts';
import type { CompiledRule } from '../compile/program.ts';
import type { SkbView } from '../model/context.ts';
import { TCP_FLAG, CTSTATE, CTSTATUS, type Field } from '../model/field.ts';
import { NOT_KNOWN, type ClauseReading, type Snapshot } from '../model/trace.ts';
import { FALSE, not, TRUE, UNKNOWN, type Clause, type OpaqueTest, type SetTest, type Test, type Tri } from '../model/test.ts';
import { formatAddress, maskLength } from '../net/address.ts';
import { evaluation, type LiveEvaluation } from './evaluation.ts';
import { clauseHolds, leafHolds, unknownReads } from './test.ts';
import { registerText, valueText } from './value.ts';
import type { World } from './world.ts';

/** What a report asks of one snapshot, rule after rule, it asks of one evaluation. */
const evaluations = new WeakMap<Snapshot, { readonly world: World; readonly again: LiveEvaluation }>();

/** Why the rule answered as it did on the packet of a snapshot. */
export function explainRule(world: World, snapshot: Snapshot, ruleIndex: number): readonly ClauseReading[] {
  return explain(world, evaluationOf(world, snapshot), ruleIndex);
}

/** Every clause of the rule, also behind the first that is false: how far a miss was from a match. */
export function explainEveryClause(world: World, snapshot: Snapshot, ruleIndex: number): readonly ClauseReading[] {
  return explain(world, evaluationOf(world, snapshot), ruleIndex, true);
}

function evaluationOf(world: World, snapshot: Snapshot): LiveEvaluation {
  let found = evaluations.get(snapshot);
  if (found?.world !== world) {
    const live = evaluation(
      world,
      { skb: snapshot, hook: snapshot.hook, now: snapshot.world.now, sets: snapshot.world.sets, unknown: snapshot.world.unknown, number: 0 },
      // What a stateful clause saw is recorded when it is asked; read later, its state is gone.
      { counting: false, connection: () => null, connectionState: () => 'gone', step: () => UNKNOWN },
    );
    found = { world, again: readAgain(live) };
    evaluations.set(snapshot, found);
  }
  return found.again;
}

/** The same, with the evaluation at hand. */
export function explainClauses(world: World, live: LiveEvaluation, ruleIndex: number): readonly ClauseReading[] {
  return explain(world, readAgain(live), ruleIndex);
}

/** Stateful operations are not asked again: their answers are those given. */
function readAgain(live: LiveEvaluation): LiveEvaluation {
  return { ...live, stepOpaque: (test) => live.answers.get(test) ?? UNKNOWN, testSet: (test) => live.setAnswer(test).holds };
}

function explain(world: World, again: LiveEvaluation, ruleIndex: number, every = false): readonly ClauseReading[] {
  const { program } = world;
  const { clauses } = program.rules[ruleIndex] as CompiledRule;
  const readings: ClauseReading[] = [];
  let at = program.firstOf(ruleIndex);
  for (const clause of clauses) {
    const length = clause.any.length === 1 ? 1 : clause.any.length + 1;
    if (clause.vacuousIf) {
      at++;
      const vacuous = leafHolds(program, at, again) === TRUE;
      at++;
      if (vacuous) {
        at += length;
        continue;
      }
    }
    const holds = clauseHolds(program, at, again);
    if (!clause.guard || holds !== TRUE) readings.push(reading(world, again, clause, at, holds));
    if (holds === FALSE && !every) break;
    at += length;
  }
  return readings;
}

function reading(world: World, live: LiveEvaluation, clause: Clause, at: number, holds: Tri): ClauseReading {
  const { code } = world.program;
  const single = code[at * WIDTH] !== OP.any;
  const first = single ? at : at + 1;
  // A clause of one test carries its negation in the instruction; what is told is the bare test.
  const parts = clause.any.map((test, i) => {
    const answer = leafHolds(world.program, first + i, live);
    const negations = (test.negated ? 1 : 0) + (single && clause.negated ? 1 : 0);
    return part(world, live, test, negations === 1 ? not(answer) : answer);
  });
  const lead = parts.find((candidate) => candidate.held === TRUE) ?? (parts[0] as Part);
  const negated = clause.negated !== (single && clause.any[0]?.negated === true);
  const wanted = unique(parts.map((p, i) => (!single && clause.any[i]?.negated ? `not ${p.wanted}` : p.wanted))).join(' or ');
  const saw = unique(parts.map((p) => p.saw)).join(', ');
  const field = unique(parts.map((p) => p.field)).join(',');
  const sentence = single ? lead.sentence : `${field} ${saw}`;
  const told = single && lead.complete;
  const text = clause.guard ? guardText(clause, holds) : `${sentence}${endText(negated, single ? lead.needs : wanted, holds, told, single ? lead.refused : undefined)}`;
  return {
    clause: clause.text,
    field,
    negated,
    wanted: negated ? `not ${wanted}` : wanted,
    saw,
    holds,
    ...(single && lead.entry !== undefined ? { entry: lead.entry } : {}),
    text,
  };
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)];

function guardText(clause: Clause, holds: Tri): string {
  return holds === TRUE ? clause.text : holds === UNKNOWN ? `not known: ${clause.text}` : `not so, and then it never matches: ${clause.text}`;
}

/** What turns the sentence about the packet into an answer. `told`: the sentence already says whether the bare test holds. */
function endText(negated: boolean, needs: string, holds: Tri, told: boolean, refused = `must not be ${needs}`): string {
  if (holds === UNKNOWN) return told ? '' : `, needs ${negated ? 'anything but ' : ''}${needs}`;
  if (holds === TRUE) return told && !negated ? '' : ', as wanted';
  if (negated) return told ? ', and must not be' : `, ${refused}`;
  return told ? '' : `, needs ${needs}`;
}

interface Part {
  readonly field: string;
  readonly wanted: string;
  /** `wanted` as a sentence takes it. */
  readonly needs: string;
  /** What is said where it is just that and must not be; absent: `must not be` and what is needed. */
  readonly refused?: string;
  readonly saw: string;
  /** Answer of the bare test, before any negation. */
  readonly held: Tri;
  readonly sentence: string;
  /** The sentence says by itself whether the test holds. */
  readonly complete: boolean;
  readonly entry?: string;
}

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

function part(world: World, live: LiveEvaluation, test: Test, held: Tri): Part {
  const { names } = world;
  const { skb } = live;
  const open = (field: Field) => (live.unknown?.[field.index] ?? 0) !== 0;
  const show = (field: Field) => (!open(field) ? registerText(names, skb.family, skb.regs, field) : held === UNKNOWN ? NOT_KNOWN : 'known in part');
  const value = (field: Field, number: number) => valueText(names, skb.family, field, number);
  switch (test.op) {
    case 'masked':
      return masked(test, held, skb, live.unknown?.[test.field.index] ?? 0, show(test.field), (number) => value(test.field, number));
    case 'prefix': {
      const length = maskLength(test.mask);
      const wanted = `${formatAddress(skb.family, test.value)}/${length ?? formatAddress(skb.family, test.mask)}`;
      return about(test.field, wanted, show(test.field), held, inText(test.field.name, show(test.field), wanted, held));
    }
    case 'ranges': {
      const wanted = test.ranges.map(([low, high]) => (low === high ? value(test.field, low) : `${value(test.field, low)}-${value(test.field, high)}`)).join(', ');
      return plain(test.field, wanted, show(test.field), held);
    }
    case 'address-range': {
      const wanted = `${formatAddress(skb.family, test.low)}-${formatAddress(skb.family, test.high)}`;
      return about(test.field, wanted, show(test.field), held, inText(test.field.name, show(test.field), wanted, held));
    }
    case 'any-bit': {
      const wanted = bitNames(test.field, test.bits);
      return plain(test.field, wanted, show(test.field), held);
    }
    case 'interface': {
      const saw = show(test.field) === 'none' ? 'no interface' : show(test.field);
      return plain(test.field, test.pattern, saw, held);
    }
    case 'set':
      return setPart(live, test, held);
    case 'opaque':
      return opaquePart(live, test, held);
    case 'constant':
      return { field: 'rule', wanted: 'known', needs: 'known', saw: test.reason, held, sentence: test.reason, complete: true };
  }
}

function inText(name: string, saw: string, block: string, held: Tri): string {
  return held === UNKNOWN ? `whether ${name} is in ${block} is ${NOT_KNOWN}` : `${name} ${saw} is ${held === TRUE ? '' : 'not '}in ${block}`;
}

function plain(field: Field, wanted: string, saw: string, held: Tri): Part {
  return { field: field.name, wanted, needs: wanted, saw, held, sentence: `${field.name} is ${saw}`, complete: false };
}

function about(field: Field, wanted: string, saw: string, held: Tri, sentence: string): Part {
  return { field: field.name, wanted, needs: wanted, saw, held, sentence, complete: true };
}

/** @param unknown bits of the field that are not known; @param saw its text; @param show text of a value of it */
function masked(test: Extract<Test, { op: 'masked' }>, held: Tri, { regs, family }: SkbView, unknown: number, saw: string, show: (value: number) => string): Part {
  const { name, kind, index } = test.field;
  const mask = test.mask >>> 0;
  const wanted = test.value >>> 0;
  if (kind === 'address') {
    const text = `${formatAddress(family, [wanted])}/${maskLength([mask]) ?? formatAddress(family, [mask])}`;
    return about(test.field, text, saw, held, inText(name, saw, text, held));
  }
  if (mask === 0xffffffff) return plain(test.field, show(wanted), saw, held);
  if (kind === 'tcp-flags') return flagsPart(name, mask, wanted, regs[index] as number, unknown === 0 ? null : saw, held, show);
  const value = regs[index] as number;
  // Where a known bit decides, that bit is told.
  const looked = held === UNKNOWN ? mask : (mask & ~unknown) >>> 0;
  const seen = held === UNKNOWN ? NOT_KNOWN : hex(value & looked);
  return {
    field: name,
    wanted: `${hex(wanted)}/${hex(mask)}`,
    needs: hex(wanted & looked),
    saw: unknown === 0 ? hex(value) : saw,
    held,
    sentence: `${name}${unknown === 0 ? ` ${hex(value)}` : ''} & ${hex(looked)} is ${seen}`,
    complete: false,
  };
}

/** `of FIN,SYN,RST,ACK the packet has SYN,ACK, needs SYN alone`. `saw`: null if the flags are known. */
function flagsPart(field: string, mask: number, wanted: number, flags: number, saw: string | null, held: Tri, show: (flags: number) => string): Part {
  const needs = wanted === 0 || wanted === mask ? show(wanted) : `${show(wanted)} alone`;
  const sentence = saw === null ? `of ${show(mask)} the packet has ${show(flags & mask)}` : `flags of the packet are ${saw}`;
  return { field, wanted: `${show(wanted)} of ${show(mask)}`, needs, refused: `must not have ${needs}`, saw: saw ?? show(flags), held, sentence, complete: false };
}

function bitNames(field: Field, bits: number): string {
  const names: Readonly<Record<string, number>> = field.kind === 'ctstate' ? CTSTATE : field.kind === 'ctstatus' ? CTSTATUS : field.kind === 'tcp-flags' ? TCP_FLAG : {};
  const found = Object.entries(names)
    .filter(([, bit]) => bits & bit)
    .map(([name]) => name);
  return found.length > 0 ? found.join(' or ') : hex(bits);
}

function setPart(live: LiveEvaluation, test: SetTest, held: Tri): Part {
  const field = test.sides.join(',');
  const wanted = `in ${test.set}`;
  const { saw, entry, incomplete } = live.setAnswer(test);
  if (!saw) return { field, wanted, needs: wanted, saw: 'the set is not known', held, sentence: `what is in the set ${test.set} is not known`, complete: true };
  const values = `${saw.sides} ${saw.values}`;
  const negative = test.returnNomatch ? `is no exception in ${test.set}` : `is in no entry of ${test.set}`;
  const sentence =
    held === UNKNOWN
      ? `whether ${values} is in ${test.set} is not known${incomplete ? ', for part of the set cannot be read' : ''}`
      : held === TRUE
        ? `${values} is in ${test.set}${entry ? ` (${entry})` : ''}`
        : `${values} ${negative}`;
  return { field, wanted, needs: wanted, saw: saw.values, held, sentence, complete: true, ...(entry ? { entry } : {}) };
}

function opaquePart(live: LiveEvaluation, test: OpaqueTest, held: Tri): Part {
  const open = live.unknown === null ? [] : unknownReads(test, live.unknown);
  const saw = open.length > 0 ? `${open.map(({ name }) => name).join(' and ')} ${NOT_KNOWN}` : sawText(live, test);
  const operand = Object.entries(test.operand)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(', ');
  const wanted = test.wanted ?? operand;
  return { field: test.name, wanted, needs: wanted, saw, held, sentence: saw, complete: false };
}

/** What an operation saw; and where nobody knows what its rule has counted before, that it was taken as new. */
function sawText({ skb, context, states }: LiveEvaluation, test: OpaqueTest): string {
  const state = states.has(test) ? states.get(test) : test.initial;
  const saw = test.saw(skb, context, state);
  return test.asLoaded?.(skb, context, state) ? `${saw}, as just loaded` : saw;
}
