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
import { HOTDROP, testRule, type RuleAnswer } from './test.ts';
import { explainClauses } from './why.ts';

export interface TableResult {
  readonly verdict: 'ACCEPT' | 'DROP' | 'QUEUE' | 'STOLEN';
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

/** @param out device that `-o` of the outcome's NAT decision means: the one the packet leaves by */
export function traverse(walker: Walker, entry: EntryPoint, out: string | null): TableResult {
  const { run, skb } = walker;
  const { program } = run.world;
  const base = program.chains[entry.chain] as CompiledChain;
  const pending: Pending = { certain: new Map(), tentative: new Map() };
  const live = liveEvaluation(walker, pending);
  const stack: { readonly chain: CompiledChain; readonly next: number }[] = [];
  let chain = base;
  let next = chain.first;
  let missesFrom = -1;
  let missReadings: Map<number, readonly ClauseReading[]> | null = null;

  const flush = (until: number) => {
    if (missesFrom < 0) return;
    const first = missesFrom - chain.first + 1;
    addStep(walker, { kind: 'misses', at: chainAddress(chain, first), ruleIndex: missesFrom, first, last: until - chain.first, readings: missReadings }, stack.length);
    missesFrom = -1;
    missReadings = null;
  };

  for (;;) {
    if (walker.steps.length > MAX_STEPS) {
      run.doubts.add(`more than ${MAX_STEPS} steps: the chains lead through each other too often to be walked to the end`);
      return { verdict: 'DROP', by: chainAddress(chain, Math.min(next - chain.first + 1, chain.count + 1)), rejected: false, reason: 'too many steps' };
    }
    const end = chain.first + chain.count;
    const index = passMisses(program, next, end, live);
    if (index > next && missesFrom < 0) missesFrom = next;
    if (index >= end) {
      flush(end);
      // Every user-defined chain ends in a RETURN of its own, also one that was reached by goto.
      if (chain !== base) addStep(walker, { kind: 'return', at: chainAddress(chain, chain.count + 1) }, stack.length);
      const caller = stack.pop();
      if (caller) {
        chain = caller.chain;
        next = caller.next;
        continue;
      }
      return endAtPolicy(walker, base);
    }
    next = index + 1;
    const rule = program.rules[index] as CompiledRule;
    const at = chainAddress(chain, rule.rule.number);
    let answer: RuleAnswer = live.answer;
    // Counters move on, so what a clause saw of them is told now.
    let readings: readonly ClauseReading[] | null = live.stateful || (live.hits !== null && live.hits.positions.length > 0) ? explainClauses(run.world, live, index) : null;
    countSets(walker, live);
    if (live.stateful) commitRuleStates(walker, pending, answer === UNKNOWN && run.assume[formatRuleAddress(at)] === true);
    if (answer === HOTDROP) {
      flush(index);
      readings = explainClauses(run.world, live, index);
      missesFrom = index;
      missReadings = new Map([[index - chain.first + 1, readings]]);
      flush(index + 1);
      addStep(walker, { kind: 'drop', reason: 'malformed', text: 'the kernel cannot tell what the rule asks for and drops the packet' }, stack.length);
      return { verdict: 'DROP', by: at, rejected: false, reason: 'malformed' };
    }
    if (answer === UNKNOWN) {
      const address = formatRuleAddress(at);
      const assumed = run.assume[address];
      if (assumed === undefined) {
        for (const cause of [at, ...skb.unknownBecause]) run.unknown.set(formatRuleAddress(cause), cause);
        if (live.mayDrop) run.doubts.add(`${address} drops the packet if it cannot read what it asks for, and whether it can is not known`);
        flush(index);
        addStep(
          walker,
          { kind: 'rule', at, ruleIndex: index, matched: UNKNOWN, target: rule.targetText, effects: [], text: null, readings: readings ?? explainClauses(run.world, live, index) },
          stack.length,
        );
        continue;
      }
      answer = assumed ? TRUE : FALSE;
    }
    if (answer !== TRUE) {
      if (missesFrom < 0) missesFrom = index;
      if (readings) {
        missReadings ??= new Map();
        missReadings.set(index - chain.first + 1, readings);
      }
      continue;
    }

    flush(index);
    run.draft.count(index, read(skb, FIELD.length));
    const step = { kind: 'rule', at, ruleIndex: index, matched: TRUE, target: rule.targetText, effects: [], text: null, readings } as const;
    const seen = before(walker);
    if (rule.end !== END.action || !rule.action) {
      addStep(walker, step, stack.length, seen);
      if (rule.end === END.none) continue;
      if (rule.end === END.jump) stack.push({ chain, next });
      chain = program.chains[rule.to] as CompiledChain;
      next = chain.first;
      continue;
    }
    // The target sees and may rewrite the packet; its step shows the packet as the rule saw it.
    const place = walker.steps.length;
    walker.rule = formatRuleAddress(at);
    addStep(walker, step, stack.length, seen);
    const applied = applyAction(walker, rule.action, at, out);
    walker.rule = null;
    walker.steps[place] = { ...(walker.steps[place] as Step), effects: applied.changes, text: applied.text } as Step;
    refresh(walker, live);
    switch (applied.verdict) {
      case 'CONTINUE':
      case 'REPEAT':
        continue;
      case 'RETURN': {
        const caller = stack.pop();
        if (!caller) return endAtPolicy(walker, base);
        chain = caller.chain;
        next = caller.next;
        continue;
      }
      default:
        return {
          verdict: applied.verdict,
          by: at,
          rejected: applied.rejected,
          reason: applied.rejected || applied.queued || applied.verdict === 'STOLEN' ? applied.text : null,
          bypassed: applied.bypassed,
        };
    }
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
  if (!live.tentative) {
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
