/**
 * Why did something not happen? For an outcome one would have expected (source translation, a drop, this very rule), each
 * rule that could have brought it about says where it failed: the first test that did not hold, or what kept the packet
 * from it. Read from a trace; nothing is walked again.
 */

import type { CompiledChain, CompiledRule, Program } from '../compile/program.ts';
import { chainAddress, ruleAddress } from '../compile/program.ts';
import { FIELD } from '../model/field.ts';
import type { Hook } from '../model/hook.ts';
import { HOOKS } from '../model/hook.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import { FALSE, TRUE, UNKNOWN, type Action } from '../model/test.ts';
import type { ClauseReading, FateVerdict, Step, Trace } from '../model/trace.ts';
import { HOOK_FUNCTIONS } from '../walk/hooks.ts';
import { explainEveryClause, explainRule } from '../walk/why.ts';
import type { World } from '../walk/world.ts';

/** What one would have expected. */
export type Wish =
  | { readonly kind: 'snat' | 'dnat' | 'accept' | 'drop' | 'reject' | 'tproxy' }
  /** A rule that writes these bits of the mark. */
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  | { readonly kind: 'rule'; readonly at: RuleAddress };

/** What became of a rule. `step` proves it. */
export type Reason =
  | { readonly kind: 'matched'; readonly step: number }
  | { readonly kind: 'unknown'; readonly step: number; readonly reading: ClauseReading | null }
  /** It was looked at; `reading` is its first test that did not hold, `held` how many did before it. */
  | { readonly kind: 'missed'; readonly step: number; readonly reading: ClauseReading | null; readonly held: number }
  /** Its chain was left before it: by the rule or policy of `step`. */
  | { readonly kind: 'left-before'; readonly step: number }
  /** No rule led into its chain: what became of those that do. */
  | { readonly kind: 'not-entered'; readonly jumps: readonly Candidate[] }
  /** nat is asked for the first packet of a connection alone; `step` is conntrack's look-up, null where nothing was tracked. */
  | { readonly kind: 'nat-not-asked'; readonly step: number | null; readonly state: string }
  /** The packet did not come through the hook. */
  | { readonly kind: 'hook-not-passed'; readonly hook: Hook }
  /** No rule leads into its chain. */
  | { readonly kind: 'unused-chain' };

export interface Candidate {
  readonly at: RuleAddress;
  readonly ruleIndex: number;
  readonly target: string | null;
  readonly reason: Reason;
}

export interface WhyNot {
  /** Steps that did it after all. */
  readonly happened: readonly number[];
  /** Rules that could have done it, the nearest to it first. */
  readonly candidates: readonly Candidate[];
  /** How many more there are. */
  readonly more: number;
}

const MOST_CANDIDATES = 24;
/** A chain that nothing entered is looked for so many jumps back. */
const DEEPEST = 8;
/** How many candidates the ways into one chain may come to, one way spelled out within another. */
const MOST_SPELLED_OUT = 256;
/** A chain that nothing entered, without the ways into it. */
const NOT_ENTERED: Reason = { kind: 'not-entered', jumps: [] };

/** @param world any world of the node whose rules the trace walked */
export function whyNot(world: World, trace: Trace, wish: Wish): WhyNot {
  const { program } = world;
  const family = trace.steps[0]?.family ?? 'ipv4';
  const ways = new Ways(world, trace);
  const wanted = wish.kind === 'rule' ? formatRuleAddress(wish.at) : null;
  const candidates: Candidate[] = [];
  for (const [ruleIndex, rule] of program.rules.entries()) {
    const chain = program.chains[rule.chain] as CompiledChain;
    if (chain.family !== family) continue;
    if (wanted === null ? !brings(rule, wish) : formatRuleAddress(chainAddress(chain, rule.rule.number)) !== wanted) continue;
    candidates.push(ways.candidate(ruleIndex));
  }
  const happened = candidates.flatMap(({ reason }) => (reason.kind === 'matched' ? [reason.step] : []));
  const ranked = ways.nearestFirst(candidates);
  return { happened, candidates: ranked.slice(0, MOST_CANDIDATES), more: Math.max(0, ranked.length - MOST_CANDIDATES) };
}

/** Would the rule bring it about if it matched? */
function brings({ action }: CompiledRule, wish: Wish): boolean {
  if (!action) return false;
  switch (wish.kind) {
    case 'snat':
    case 'dnat':
      return natKind(action) === wish.kind;
    case 'accept':
      return action.verdict === 'ACCEPT' && action.effects.length === 0;
    case 'drop':
      return action.verdict === 'DROP' && action.effects.length === 0;
    case 'reject':
      return action.effects.some(({ op }) => op === 'reject');
    case 'tproxy':
      return action.effects.some(({ op }) => op === 'tproxy');
    case 'mark':
      return action.effects.some(
        (effect) => effect.op === 'assign' && effect.field === FIELD.mark && (effect.mask & wish.mask) === wish.mask && (effect.value & wish.mask) === wish.value,
      );
    case 'rule':
      return false;
  }
}

function natKind({ effects }: Action): 'snat' | 'dnat' | null {
  for (const effect of effects) if (effect.op === 'nat') return effect.kind === 'dnat' || effect.kind === 'redirect' ? 'dnat' : 'snat';
  return null;
}

/**
 * How far a rule was from doing it: how many things would have to be otherwise. Each test that does not hold is one, also behind
 * the first, and so is what left its chain before it. Of equals the one more of which holds is the nearer, then the one decided last.
 */
interface Distance {
  /** What was decided by rules stands before what the packet's way does not come to. */
  readonly group: number;
  readonly obstacles: number;
  readonly held: number;
  readonly step: number;
}

const nearer = (a: Distance, b: Distance): number => a.group - b.group || a.obstacles - b.obstacles || b.held - a.held || b.step - a.step;

/** By what a rule says of itself; `not-entered` is as far as the nearest of its jumps, or here where none of them was looked at. */
const GROUP: Readonly<Record<Reason['kind'], number>> = {
  matched: 0,
  unknown: 1,
  missed: 2,
  'left-before': 2,
  'nat-not-asked': 3,
  'not-entered': 4,
  'hook-not-passed': 5,
  'unused-chain': 6,
};

type RuleStep = Extract<Step, { kind: 'rule' | 'misses' | 'policy' | 'return' }>;
const hasPlace = (step: Step): step is RuleStep => 'at' in step;
const placeOf = ({ family, backend, table, chain }: RuleAddress): string => `${backend}:${family}:${table}/${chain}`;

/** How many candidates stand in a reason. */
const sizeOf = (reason: Reason): number => (reason.kind === 'not-entered' ? reason.jumps.reduce((sum, jump) => sum + 1 + sizeOf(jump.reason), 0) : 0);

/** Verdicts that a hook gives; where it is not known which, the packet is taken to go on. */
const ENDS: ReadonlySet<FateVerdict> = new Set(['dropped', 'rejected', 'lost', 'queued', 'stolen']);

/** Does the step belong to what runs at its hook before nat? */
function isBeforeNat({ hook, within, family }: Step, { program }: World): boolean {
  // Table security of iptables-nft stands behind it.
  const isNft = program.entryPoints.some((entry) => entry.table === within && entry.hook === hook && entry.family === family && entry.writtenBy === 'nft');
  const names = HOOK_FUNCTIONS[hook].map((fn) => (fn.kind !== 'table' ? fn.kind : fn.of === undefined || (fn.of === 'nft') === isNft ? fn.table : null));
  return within !== null && names.indexOf(within) < names.indexOf('nat');
}

/** The trace, by chain. */
class Ways {
  private readonly world: World;
  private readonly trace: Trace;
  private readonly visits = new Map<string, RuleStep[]>();
  private readonly jumpsTo = new Map<number, number[]>();
  /** By chain: what was found, so that chains that many rules lead into are asked about once. */
  private readonly found = new Map<number, Reason>();
  private readonly distances = new WeakMap<Candidate, Distance>();

  constructor(world: World, trace: Trace) {
    this.world = world;
    this.trace = trace;
    for (const step of trace.steps) {
      if (!hasPlace(step)) continue;
      const place = placeOf(step.at);
      const steps = this.visits.get(place) ?? [];
      this.visits.set(place, steps);
      steps.push(step);
    }
    for (const [ruleIndex, { to }] of world.program.rules.entries()) {
      if (to < 0) continue;
      const jumps = this.jumpsTo.get(to);
      if (jumps) jumps.push(ruleIndex);
      else this.jumpsTo.set(to, [ruleIndex]);
    }
  }

  candidate(ruleIndex: number, depth = 0): Candidate {
    const { program } = this.world;
    return { at: ruleAddress(program, ruleIndex), ruleIndex, target: program.rules[ruleIndex]?.targetText ?? null, reason: this.reason(program, ruleIndex, depth) };
  }

  /** Equals stay in the order of the rules. */
  nearestFirst(candidates: readonly Candidate[]): readonly Candidate[] {
    return candidates.toSorted((a, b) => nearer(this.distance(a), this.distance(b)));
  }

  private distance(candidate: Candidate): Distance {
    const known = this.distances.get(candidate);
    if (known) return known;
    const found = this.distanceOf(candidate);
    this.distances.set(candidate, found);
    return found;
  }

  private distanceOf({ reason, ruleIndex }: Candidate): Distance {
    const group = GROUP[reason.kind];
    switch (reason.kind) {
      case 'missed': {
        const { failed, held } = this.tests(reason.step, ruleIndex);
        // What counts as it is asked is not asked again: that it failed is known.
        return { group, obstacles: Math.max(1, failed), held, step: reason.step };
      }
      case 'left-before': {
        const { failed, held } = this.tests(reason.step, ruleIndex);
        return { group, obstacles: 1 + failed, held, step: reason.step };
      }
      case 'not-entered': {
        const nearest = reason.jumps[0] && this.distance(reason.jumps[0]);
        if (!nearest || nearest.group > GROUP.missed) return { group, obstacles: nearest?.group ?? Infinity, held: 0, step: 0 };
        // Had it jumped there, its own tests would have been next.
        return { ...nearest, group: Math.max(GROUP.unknown, nearest.group), obstacles: nearest.obstacles + this.tests(nearest.step, ruleIndex).failed };
      }
      case 'unknown':
        return { group, obstacles: 0, held: 0, step: reason.step };
      default:
        return { group, obstacles: 0, held: 0, step: 0 };
    }
  }

  /** The tests of a rule, asked of the packet as it came to a step. */
  private tests(step: number, ruleIndex: number): { readonly failed: number; readonly held: number } {
    const { before } = this.trace.steps[step] as Step;
    const readings = explainEveryClause(this.world, before, ruleIndex);
    return { failed: readings.filter(({ holds }) => holds === FALSE).length, held: readings.filter(({ holds }) => holds === TRUE).length };
  }

  private reason(program: Program, ruleIndex: number, depth: number): Reason {
    const { rule, chain: chainIndex } = program.rules[ruleIndex] as CompiledRule;
    const chain = program.chains[chainIndex] as CompiledChain;
    const { number } = rule;
    const visits = this.visits.get(placeOf(chainAddress(chain, number))) ?? [];
    // A chain may be walked more than once: where it matched counts, else where it was looked at last.
    const seen = visits.filter((step) => (step.kind === 'rule' && step.at.number === number) || (step.kind === 'misses' && step.first <= number && number <= step.last));
    const hit = seen.find((step) => step.kind === 'rule' && step.matched !== UNKNOWN) ?? seen.find((step) => step.kind === 'rule') ?? seen.at(-1);
    if (hit?.kind === 'rule') return hit.matched === TRUE ? { kind: 'matched', step: hit.index } : { kind: 'unknown', step: hit.index, reading: hit.readings?.at(-1) ?? null };
    if (hit?.kind === 'misses') {
      const readings = hit.readings?.get(number) ?? explainRule(this.world, hit.before, ruleIndex);
      return { kind: 'missed', step: hit.index, reading: readings.at(-1) ?? null, held: Math.max(0, readings.length - 1) };
    }
    const last = visits.at(-1);
    if (last) return { kind: 'left-before', step: this.whatLeft(last) };
    return this.notEntered(chain, depth);
  }

  private notEntered(chain: CompiledChain, depth: number): Reason {
    const hook = HOOKS.find((one) => one === chain.name);
    if (chain.policy !== null && hook) return this.baseNotEntered(chain, hook);
    const jumps = this.jumpsTo.get(chain.index) ?? [];
    if (jumps.length === 0) return { kind: 'unused-chain' };
    if (depth >= DEEPEST) return NOT_ENTERED;
    let found = this.found.get(chain.index);
    if (!found) {
      // Chains that lead into one another: whoever comes back here gets the bare answer.
      this.found.set(chain.index, NOT_ENTERED);
      found = this.waysInto(jumps, depth);
      this.found.set(chain.index, found);
    }
    return found;
  }

  private baseNotEntered({ table }: CompiledChain, hook: Hook): Reason {
    const { steps, outcome } = this.trace;
    const last = steps.findLast((step) => step.hook === hook);
    if (!last) return { kind: 'hook-not-passed', hook };
    if (table !== 'nat' || (last === steps.at(-1) && ENDS.has(outcome.verdict) && isBeforeNat(last, this.world))) return { kind: 'left-before', step: last.index };
    const lookup = steps.find((step) => step.kind === 'conntrack' && step.event !== 'confirm' && step.event !== 'update');
    return { kind: 'nat-not-asked', step: lookup?.index ?? null, state: lookup?.kind === 'conntrack' ? lookup.state : 'UNTRACKED' };
  }

  private waysInto(jumps: readonly number[], depth: number): Reason {
    const from = this.nearestFirst(jumps.map((ruleIndex) => this.candidate(ruleIndex, depth + 1)));
    const [only] = from;
    // All of them out of reach for one reason: that is the reason here too.
    if (only && (only.reason.kind === 'hook-not-passed' || only.reason.kind === 'nat-not-asked') && from.every(({ reason }) => reason.kind === only.reason.kind))
      return only.reason;
    let left = MOST_SPELLED_OUT;
    return {
      kind: 'not-entered',
      jumps: from.map((jump) => {
        const size = sizeOf(jump.reason);
        if (size <= left) {
          left -= size;
          return jump;
        }
        const bare = { ...jump, reason: NOT_ENTERED };
        this.distances.set(bare, this.distance(jump));
        return bare;
      }),
    };
  }

  /** The step that ended a chain's walk: the rule that matched there, or whatever ended the table in a chain it led to. */
  private whatLeft(last: RuleStep): number {
    const { steps } = this.trace;
    let end = last;
    for (let i = last.index + 1; i < steps.length; i++) {
      const step = steps[i] as Step;
      if (!hasPlace(step) || step.at.table !== last.at.table || step.hook !== last.hook || step.pass !== last.pass) break;
      if (step.depth <= last.depth) break;
      end = step;
    }
    return end.index;
  }
}
