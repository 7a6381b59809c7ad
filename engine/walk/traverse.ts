/**
 * One table at one hook: chains are walked rule by rule with a stack of places to return to, until a verdict or the
 * policy. Rules that do not match are folded into runs; what a stateful clause saw is kept, because it cannot be read
 * again later.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/ip_tables.c, ipt_do_table().
 */

import { chainAddress, END, type CompiledChain, type CompiledRule, type EntryPoint, type Program } from '../compile/program.ts';
import { FIELD } from '../model/field.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import type { ClauseReading, Step } from '../model/trace.ts';
import { FALSE, TRUE, UNKNOWN, type StepAnswer } from '../model/test.ts';
import { connectionOf, connectionState } from './connections.ts';
import { applyAction } from './effect.ts';
import { evaluation, type LiveEvaluation } from './evaluation.ts';
import { addStep, before, type Walker } from './run.ts';
import { makeUnknown, read, setUnknown, unknownBits, write } from './skb.ts';
import { HOTDROP, testRule } from './test.ts';
import { explainClauses } from './why.ts';

export interface TableResult {
  readonly verdict: 'ACCEPT' | 'DROP' | 'QUEUE' | 'STOLEN' | 'BEYOND';
  /** Rule or policy that decided. */
  readonly by: RuleAddress;
  readonly rejected: boolean;
  /** What the kernel did of itself, for the outcome's reason; null for a plain verdict. */
  readonly reason: string | null;
  /** A queue without a listener was bypassed: the verdict is ACCEPT to the packet, but not to NAT (nf_nat_inet_fn). */
  readonly bypassed?: boolean;
}

/**
 * Steps that one packet's walk may record. Chains that jump twice each to the next double the way with every chain: the
 * kernel goes all of it, we stop here and say that we do not know the end.
 */
const MAX_STEPS = 500_000;

/** Where the walk through a table is: the chain, its next rule, the places to return to, and the run of misses that is still open. */
class Course {
  readonly base: CompiledChain;
  chain: CompiledChain;
  next: number;
  private readonly walker: Walker;
  private readonly callers: { readonly chain: CompiledChain; readonly next: number }[] = [];
  private missesFrom = -1;
  private readings: Map<number, readonly ClauseReading[]> | null = null;

  constructor(walker: Walker, base: CompiledChain) {
    this.walker = walker;
    this.base = base;
    this.chain = base;
    this.next = base.first;
  }

  get depth(): number {
    return this.callers.length;
  }

  /** @param readings what the rule's clauses saw, where that cannot be read again */
  miss(index: number, readings: readonly ClauseReading[] | null = null): void {
    if (this.missesFrom < 0) this.missesFrom = index;
    if (!readings) return;
    this.readings ??= new Map();
    this.readings.set(index - this.chain.first + 1, readings);
  }

  /** Records the run of misses before `until`. */
  flush(until: number): void {
    const { chain, missesFrom, readings } = this;
    if (missesFrom < 0) return;
    const first = missesFrom - chain.first + 1;
    addStep(this.walker, { kind: 'misses', at: chainAddress(chain, first), ruleIndex: missesFrom, first, last: until - chain.first, readings }, this.depth);
    this.missesFrom = -1;
    this.readings = null;
  }

  /** To the first rule of another chain. */
  enter(chain: CompiledChain, returns: boolean): void {
    if (returns) this.callers.push({ chain: this.chain, next: this.next });
    this.chain = chain;
    this.next = chain.first;
  }

  /** Behind the rule that called; false: none did. */
  back(): boolean {
    const caller = this.callers.pop();
    if (!caller) return false;
    this.chain = caller.chain;
    this.next = caller.next;
    return true;
  }
}

/** @param out device that `-o` of the outcome's NAT decision means: the one the packet leaves by */
export function traverse(walker: Walker, entry: EntryPoint, out: string | null): TableResult {
  const { run } = walker;
  const { program } = run.world;
  const course = new Course(walker, program.chains[entry.chain] as CompiledChain);
  const pending: Pending = { certain: new Map(), tentative: new Map() };
  const live = liveEvaluation(walker, pending);
  for (;;) {
    const { chain, next } = course;
    if (walker.steps.length > MAX_STEPS) {
      run.doubts.add(`more than ${MAX_STEPS} steps: the chains lead through each other too often to be walked to the end`);
      return { verdict: 'DROP', by: chainAddress(chain, Math.min(next - chain.first + 1, chain.count + 1)), rejected: false, reason: 'too many steps' };
    }
    const end = chain.first + chain.count;
    const index = passMisses(program, next, end, live);
    if (index > next) course.miss(next);
    if (index >= end) {
      course.flush(end);
      // Every user-defined chain ends in a RETURN of its own, also one that was reached by goto.
      if (chain !== course.base) addStep(walker, { kind: 'return', at: chainAddress(chain, chain.count + 1) }, course.depth);
      if (course.back()) continue;
      return endAtPolicy(walker, course.base);
    }
    course.next = index + 1;
    const rule = program.rules[index] as CompiledRule;
    const looked: Look = { rule, index, at: chainAddress(chain, rule.rule.number), readings: readNow(walker, live, index) };
    const assumed = live.answer === UNKNOWN ? run.assume[formatRuleAddress(looked.at)] : undefined;
    countSets(walker, live);
    if (live.stateful) commitRuleStates(walker, pending, assumed === true);
    const answer = assumed === undefined ? live.answer : assumed ? TRUE : FALSE;
    if (answer === HOTDROP) return dropUnread(walker, course, live, looked);
    if (answer === UNKNOWN) noteUnknown(walker, course, live, looked);
    else if (answer !== TRUE) course.miss(index, looked.readings);
    else {
      const result = match(walker, course, live, looked, out);
      if (result) return result;
    }
  }
}

/** A rule that was looked at; `readings` null: they can be read again later. */
interface Look {
  readonly rule: CompiledRule;
  readonly index: number;
  readonly at: RuleAddress;
  readonly readings: readonly ClauseReading[] | null;
}

/** Counters move on, so what a clause saw of them is told now. */
function readNow({ run }: Walker, live: LiveEvaluation, index: number): readonly ClauseReading[] | null {
  return live.stateful || (live.hits !== null && live.hits.positions.length > 0) ? explainClauses(run.world, live, index) : null;
}

function dropUnread(walker: Walker, course: Course, live: LiveEvaluation, { index, at }: Look): TableResult {
  course.flush(index);
  course.miss(index, explainClauses(walker.run.world, live, index));
  course.flush(index + 1);
  addStep(walker, { kind: 'drop', reason: 'malformed', text: 'the kernel cannot tell what the rule asks for and drops the packet' }, course.depth);
  return { verdict: 'DROP', by: at, rejected: false, reason: 'malformed' };
}

/** The walk goes on as for a miss; what else may be is tried later (walk.ts). */
function noteUnknown(walker: Walker, course: Course, live: LiveEvaluation, { rule, index, at, readings }: Look): void {
  const { run, skb } = walker;
  for (const cause of [at, ...skb.unknownBecause]) run.unknown.set(formatRuleAddress(cause), cause);
  if (live.mayDrop) run.doubts.add(`${formatRuleAddress(at)} drops the packet if it cannot read what it asks for, and whether it can is not known`);
  course.flush(index);
  const step = { kind: 'rule', at, ruleIndex: index, matched: UNKNOWN, target: rule.targetText, effects: [], text: null } as const;
  addStep(walker, { ...step, readings: readings ?? explainClauses(run.world, live, index) }, course.depth);
}

/** What a rule that matches does; null: the walk goes on, here or in another chain. */
function match(walker: Walker, course: Course, live: LiveEvaluation, { rule, index, at, readings }: Look, out: string | null): TableResult | null {
  const { run, skb } = walker;
  course.flush(index);
  run.draft.count(index, read(skb, FIELD.length));
  const step = { kind: 'rule', at, ruleIndex: index, matched: TRUE, target: rule.targetText, effects: [], text: null, readings } as const;
  const seen = before(walker);
  if (rule.end !== END.action || !rule.action) {
    addStep(walker, step, course.depth, seen);
    if (rule.end !== END.none) course.enter(run.world.program.chains[rule.to] as CompiledChain, rule.end === END.jump);
    return null;
  }
  // The target sees and may rewrite the packet; its step shows the packet as the rule saw it.
  const place = walker.steps.length;
  walker.rule = formatRuleAddress(at);
  addStep(walker, step, course.depth, seen);
  const applied = applyAction(walker, rule.action, at, out);
  walker.rule = null;
  walker.steps[place] = { ...(walker.steps[place] as Step), effects: applied.changes, text: applied.text } as Step;
  refresh(walker, live);
  switch (applied.verdict) {
    case 'CONTINUE':
    case 'REPEAT':
      return null;
    case 'RETURN':
      return course.back() ? null : endAtPolicy(walker, course.base);
    default:
      return {
        verdict: applied.verdict,
        by: at,
        rejected: applied.rejected,
        reason: applied.rejected || applied.queued || applied.verdict === 'STOLEN' || applied.verdict === 'BEYOND' ? applied.text : null,
        bypassed: applied.bypassed,
      };
  }
}

/**
 * First rule from `from` on, before `end`, that is more than a plain miss: it may match, or looking at it has left something
 * to be recorded. Its answer is in `live`; `end` if there is none. Nearly all rules of a large rule set are passed over here,
 * so nothing is made for them.
 */
function passMisses(program: Program, from: number, end: number, live: LiveEvaluation): number {
  const hits = live.hits?.positions ?? null;
  live.stateful = false;
  for (let index = from; index < end; index++) {
    live.ruleIndex = index;
    const answer = testRule(program, index, live);
    if (answer !== FALSE || live.stateful || (hits !== null && hits.length > 0)) {
      live.answer = answer;
      return index;
    }
  }
  return end;
}

/** The hidden last rule of a built-in chain: everything that reaches it counts. */
function endAtPolicy(walker: Walker, base: CompiledChain): TableResult {
  const at = chainAddress(base, base.count + 1);
  const verdict = base.policy ?? 'ACCEPT';
  walker.run.draft.count(-1 - base.index, read(walker.skb, FIELD.length));
  addStep(walker, { kind: 'policy', at, verdict });
  return { verdict, by: at, rejected: false, reason: null };
}

/** New states of a rule's operations: those the kernel surely asked, and those behind a clause whose answer is not known. */
interface Pending {
  readonly certain: Map<number | string, unknown>;
  readonly tentative: Map<number | string, unknown>;
}

function liveEvaluation(walker: Walker, pending: Pending): LiveEvaluation {
  const { run, skb } = walker;
  return evaluation(
    run.world,
    { skb, hook: walker.hook, now: run.draft.now, sets: run.draft.sets, unknown: skb.unknown, number: run.number },
    {
      counting: true,
      connection: () => connectionOf(walker),
      connectionState: (key) => connectionState(walker, key),
      lost(live, names) {
        for (const name of names) run.draft.forgetSet(name);
        skb.frozen = null;
        refresh(walker, live);
      },
      step(live, test, pool) {
        // The tests of a rule stand one behind the other in the pool.
        const key = test.shared ?? (test.continues ? pool - 1 : pool);
        // A rule may ask one list twice.
        const state = pending.tentative.get(key) ?? pending.certain.get(key) ?? run.draft.ruleStates.get(key) ?? test.initial;
        const answer = test.step?.(skb, live.context, state) ?? { holds: UNKNOWN, state };
        live.states.set(test, state);
        live.answers.set(test, answer.holds);
        (live.tentative ? pending.tentative : pending.certain).set(key, answer.state);
        if (answer.writes) writeByMatch(walker, live, answer.writes);
        return answer.holds;
      },
    },
  );
}

/** A match that writes into the packet does so as soon as it is asked; behind a clause whose answer is not known, it may not have been. */
function writeByMatch({ skb }: Walker, live: LiveEvaluation, { field, value }: NonNullable<StepAnswer['writes']>): void {
  if (value === null) makeUnknown(skb, [field]);
  else if (!live.tentative) {
    write(skb, field, value);
    if (unknownBits(skb, field) !== 0) setUnknown(skb, field, 0);
  } else if (read(skb, field) !== value || unknownBits(skb, field) !== 0) makeUnknown(skb, [field]);
  live.unknown = skb.unknown;
}

/** State of rules moves on when the rule has been looked at, whether it matched or not; `all`: the unknown clauses are assumed to hold. */
function commitRuleStates(walker: Walker, { certain, tentative }: Pending, all: boolean): void {
  for (const [pool, state] of all ? [...certain, ...tentative] : certain) walker.run.draft.ruleStates.set(pool, state);
  certain.clear();
  tentative.clear();
}

/** After a target: what it may have changed is read anew. */
function refresh(walker: Walker, live: LiveEvaluation): void {
  live.refresh(walker.run.draft.sets, walker.skb.unknown);
}

/** Counters of the set entries found: they move when the look-up succeeds, whatever the rest of the rule says. */
function countSets(walker: Walker, live: LiveEvaluation): void {
  const hits = live.takeHits();
  if (!hits) return;
  for (const [name, state] of hits) walker.run.draft.setSet(name, state);
  walker.skb.frozen = null;
  refresh(walker, live);
}
