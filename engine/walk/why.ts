/**
 * The second reading: why a rule matched or did not, clause by clause, up to the first that is false. It asks the
 * interpreter's own functions for every answer and only adds words: what was wanted, what was seen.
 */

import { OP, WIDTH } from '../compile/instruction.ts';
import type { CompiledRule } from '../compile/program.ts';
import { FIELD, TCP_FLAG, CTSTATE, CTSTATUS, type Field } from '../model/field.ts';
import type { ClauseReading, Snapshot } from '../model/trace.ts';
import { FALSE, not, TRUE, UNKNOWN, type Clause, type OpaqueTest, type SetTest, type Test, type Tri } from '../model/test.ts';
import { formatAddress, maskLength } from '../net/address.ts';
import { evaluation, type LiveEvaluation } from './evaluation.ts';
import { clauseHolds, leafHolds } from './test.ts';
import { registerText, valueText } from './value.ts';
import type { World } from './world.ts';

/** What a report asks of one snapshot, rule after rule, it asks of one evaluation. */
const evaluations = new WeakMap<Snapshot, { readonly world: World; readonly again: LiveEvaluation }>();

/** Why the rule answered as it did on the packet of a snapshot. */
export function explainRule(world: World, snapshot: Snapshot, ruleIndex: number): readonly ClauseReading[] {
  let found = evaluations.get(snapshot);
  if (found?.world !== world) {
    const live = evaluation(
      world,
      { skb: snapshot, hook: snapshot.hook, now: snapshot.world.now, sets: snapshot.world.sets, unknown: snapshot.world.unknown, number: 0 },
      // What a stateful clause saw is recorded when it is asked; read later, its state is gone.
      { counting: false, connections: () => 0, step: () => UNKNOWN },
    );
    found = { world, again: readAgain(live) };
    evaluations.set(snapshot, found);
  }
  return explain(world, found.again, ruleIndex);
}

/** The same, with the evaluation at hand. */
export function explainClauses(world: World, live: LiveEvaluation, ruleIndex: number): readonly ClauseReading[] {
  return explain(world, readAgain(live), ruleIndex);
}

/** Stateful operations are not asked again: their answers are those given. */
function readAgain(live: LiveEvaluation): LiveEvaluation {
  return { ...live, stepOpaque: (test) => live.answers.get(test) ?? UNKNOWN, testSet: (test) => live.setAnswer(test).holds };
}

function explain(world: World, again: LiveEvaluation, ruleIndex: number): readonly ClauseReading[] {
  const { program } = world;
  const { clauses } = program.rules[ruleIndex] as CompiledRule;
  const readings: ClauseReading[] = [];
  let at = program.start[ruleIndex] as number;
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
    if (holds === FALSE) break;
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
  const text = clause.guard ? guardText(clause, holds) : `${sentence}${endText(negated, single ? lead.needs : wanted, holds, told)}`;
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
function endText(negated: boolean, needs: string, holds: Tri, told: boolean): string {
  if (holds === UNKNOWN) return told ? '' : `, needs ${negated ? 'anything but ' : ''}${needs}`;
  if (holds === TRUE) return told && !negated ? '' : ', as wanted';
  if (negated) return told ? ', and must not be' : `, must not be ${needs}`;
  return told ? '' : `, needs ${needs}`;
}

interface Part {
  readonly field: string;
  readonly wanted: string;
  /** `wanted` as a sentence takes it. */
  readonly needs: string;
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
  const show = (field: Field) => (live.unknown?.[field.index] ? 'not known' : registerText(names, skb.family, skb.regs, field));
  switch (test.op) {
    case 'masked':
      return masked(test, skb.regs[test.field.index] as number, held, show(test.field), (value) => valueText(names, test.field, value), skb.family);
    case 'prefix': {
      const length = maskLength(test.mask);
      const wanted = `${formatAddress(skb.family, test.value)}/${length ?? formatAddress(skb.family, test.mask)}`;
      return about(test.field, wanted, show(test.field), held, `${test.field.name} ${show(test.field)} is ${held === TRUE ? '' : 'not '}in ${wanted}`);
    }
    case 'ranges': {
      const wanted = test.ranges
        .map(([low, high]) => (low === high ? valueText(names, test.field, low) : `${valueText(names, test.field, low)}-${valueText(names, test.field, high)}`))
        .join(', ');
      return plain(test.field, wanted, show(test.field), held);
    }
    case 'address-range': {
      const wanted = `${formatAddress(skb.family, test.low)}-${formatAddress(skb.family, test.high)}`;
      return about(test.field, wanted, show(test.field), held, `${test.field.name} ${show(test.field)} is ${held === TRUE ? '' : 'not '}in ${wanted}`);
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
      return setPart(world, live, test, held);
    case 'opaque':
      return opaquePart(live, test, held);
    case 'constant':
      return { field: 'rule', wanted: 'known', needs: 'known', saw: test.reason, held, sentence: test.reason, complete: true };
  }
}

function plain(field: Field, wanted: string, saw: string, held: Tri): Part {
  return { field: field.name, wanted, needs: wanted, saw, held, sentence: `${field.name} is ${saw}`, complete: false };
}

function about(field: Field, wanted: string, saw: string, held: Tri, sentence: string): Part {
  return { field: field.name, wanted, needs: wanted, saw, held, sentence, complete: true };
}

function masked(test: Extract<Test, { op: 'masked' }>, value: number, held: Tri, saw: string, show: (value: number) => string, family: 'ipv4' | 'ipv6'): Part {
  const mask = test.mask >>> 0;
  const wanted = test.value >>> 0;
  if (test.field.kind === 'address') {
    const text = `${formatAddress(family, [wanted])}/${maskLength([mask]) ?? formatAddress(family, [mask])}`;
    return about(test.field, text, saw, held, `${test.field.name} ${saw} is ${held === TRUE ? '' : 'not '}in ${text}`);
  }
  if (mask === 0xffffffff) return plain(test.field, show(wanted), saw, held);
  const seen = (value & mask) >>> 0;
  if (test.field.kind === 'tcp-flags')
    return {
      field: test.field.name,
      wanted: `${show(wanted)} of ${show(mask)}`,
      needs: show(wanted),
      saw,
      held,
      sentence: `set of the flags ${show(mask)}: ${show(seen)}`,
      complete: false,
    };
  return {
    field: test.field.name,
    wanted: `${hex(wanted)}/${hex(mask)}`,
    needs: hex(wanted),
    saw: hex(value),
    held,
    sentence: `${test.field.name} ${hex(value)} & ${hex(mask)} is ${hex(seen)}`,
    complete: false,
  };
}

function bitNames(field: Field, bits: number): string {
  const names: Readonly<Record<string, number>> = field.kind === 'ctstate' ? CTSTATE : field.kind === 'ctstatus' ? CTSTATUS : field.kind === 'tcp-flags' ? TCP_FLAG : {};
  const found = Object.entries(names)
    .filter(([, bit]) => bits & bit)
    .map(([name]) => name);
  return found.length > 0 ? found.join(' or ') : hex(bits);
}

function setPart(world: World, live: LiveEvaluation, test: SetTest, held: Tri): Part {
  const field = test.sides.join(',');
  const answer = live.setAnswer(test);
  if (!answer.state)
    return { field, wanted: `in ${test.set}`, needs: `in ${test.set}`, saw: 'the set is not known', held, sentence: `what is in the set ${test.set} is not known`, complete: true };
  const saw = sideValues(world, live, test, answer.state.set.type);
  const dims = test.sides.map((side) => (side === 'src' ? 'src' : 'dst')).join(',');
  const negative = test.returnNomatch ? `is no exception in ${test.set}` : `is in no entry of ${test.set}`;
  const sentence = held === TRUE ? `${dims} ${saw} is in ${test.set}${answer.entry ? ` (${answer.entry})` : ''}` : `${dims} ${saw} ${negative}`;
  return { field, wanted: `in ${test.set}`, needs: `in ${test.set}`, saw, held, sentence, complete: true, ...(answer.entry ? { entry: answer.entry } : {}) };
}

/** The values a set looks at, side by side, as an entry would be written: `10.0.0.1,tcp:80`. */
function sideValues(world: World, live: LiveEvaluation, test: SetTest, type: string): string {
  const { skb } = live;
  const show = (field: Field) => registerText(world.names, skb.family, skb.regs, field);
  const parts = type.slice(type.indexOf(':') + 1).split(',');
  return test.sides
    .slice(0, type === 'list:set' ? test.sides.length : parts.length)
    .map((side, i) => {
      const what = type === 'list:set' ? 'ip' : parts[i];
      if (what === 'port') return isPortless(skb.regs) ? show(FIELD.proto) : `${show(FIELD.proto)}:${show(side === 'src' ? FIELD.sport : FIELD.dport)}`;
      if (what === 'iface') return show(side === 'src' ? FIELD.in : FIELD.out);
      if (what === 'mac') return `${(skb.regs[FIELD.srcMacHigh.index] as number).toString(16)}:${(skb.regs[FIELD.srcMacLow.index] as number).toString(16)}`;
      if (what === 'mark') return show(FIELD.mark);
      return show(side === 'src' ? FIELD.src : FIELD.dst);
    })
    .join(',');
}

function isPortless(regs: Uint32Array): boolean {
  return ![6, 17, 33, 132, 136].includes(regs[FIELD.proto.index] as number);
}

function opaquePart(live: LiveEvaluation, test: OpaqueTest, held: Tri): Part {
  const saw = test.saw(live.skb, live.context, live.states.has(test) ? live.states.get(test) : test.initial);
  const operand = Object.entries(test.operand)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(', ');
  const wanted = test.wanted ?? operand;
  return { field: test.name, wanted, needs: wanted, saw, held, sentence: saw, complete: false };
}
