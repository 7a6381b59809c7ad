/** Whether a rule fired in a walk and, where it did not, why: the clause that failed, or what kept the walk away from it. */

import type { CompiledChain, Program } from '../compile/program.ts';
import { chainAddress, ruleAddress } from '../compile/program.ts';
import { closest } from '../model/closest.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import { FALSE, TRUE, UNKNOWN } from '../model/test.ts';
import type { ClauseReading, Step, Trace } from '../model/trace.ts';
import { explainRule } from '../walk/why.ts';
import type { World } from '../walk/world.ts';

/** `fired`: it matched at least once, or, for a policy, it decided. `unknown`: whether it matched is not known. */
type Fired = { readonly fired: boolean | 'unknown'; readonly text: string };

/** What became of a rule or policy in one packet's walk. `world`: any world of the same node. */
export function ruleInWalk(world: World, trace: Trace, address: RuleAddress): Fired {
  const { program } = world;
  const chain = program.chains.find(
    (candidate) => candidate.family === address.family && candidate.backend === address.backend && candidate.table === address.table && candidate.name === address.chain,
  );
  const name = formatRuleAddress(address);
  if (!chain) return { fired: 'unknown', text: `there is no chain ${name.slice(0, name.lastIndexOf('/'))}${suggestion(program, address)}` };
  const last = chain.count + (chain.policy === null ? 0 : 1);
  if (address.number < 1 || address.number > last) return { fired: 'unknown', text: `there is no rule ${name}: the chain has ${chain.count}` };

  const steps = trace.steps.filter((step) => holdsRule(step, address));
  const matched = steps.find((step) => step.kind === 'policy' || (step.kind === 'rule' && step.matched === TRUE));
  const unsure = unsureText(trace, name, steps, matched);
  if (unsure) return { fired: 'unknown', text: unsure };
  if (matched) return { fired: true, text: `${name} ${matched.kind === 'policy' ? `decided: policy ${matched.verdict}` : `matched${targetText(matched)}`}` };
  const missed = steps.at(-1);
  if (!missed) return { fired: false, text: `${name} was not reached: ${whyNotReached(world, trace, chain, address.number, new Set())}` };
  const unknown = steps.some((step) => step.kind === 'rule' && step.matched !== FALSE);
  return { fired: unknown ? 'unknown' : false, text: `${name} ${unknown ? 'is not known to match' : 'did not match'}${clauseText(world, missed, address.number)}` };
}

/** Why it is not known whether the rule fires, if that is not its own clauses' doing; null if it is known. */
function unsureText({ unsettled }: Trace, name: string, steps: readonly Step[], matched: Step | undefined): string | null {
  if (!unsettled || steps.some((step) => step.kind === 'rule' && step.matched === UNKNOWN)) return null;
  const { rules, from, open, because, reason } = unsettled;
  const sure = (step: Step): boolean => step.index < from;
  if (!rules.some((rule) => formatRuleAddress(rule) === name) && (!open || (matched ? sure(matched) : steps.some(sure)))) return null;
  return `whether ${name} matches is not known: ${because.length > 0 ? `it rests on ${because.map(formatRuleAddress).join(', ')}` : (reason ?? 'not every way was tried')}`;
}

/** Is there a rule or policy at this place? */
function holdsRule(step: Step, { family, backend, table, chain, number }: RuleAddress): boolean {
  if (!('at' in step) || step.kind === 'return') return false;
  const { at } = step;
  if (at.family !== family || at.backend !== backend || at.table !== table || at.chain !== chain) return false;
  return step.kind === 'misses' ? step.first <= number && number <= step.last : at.number === number;
}

const inChain = (step: Step, chain: CompiledChain): boolean =>
  'at' in step && step.at.chain === chain.name && step.at.table === chain.table && step.at.family === chain.family && step.at.backend === chain.backend;

function targetText(step: Step): string {
  return step.kind === 'rule' && step.target !== null ? ` (${step.target})` : '';
}

/** `: --dport 80: dport is 443, needs 80`: the clause that did not hold. */
function clauseText(world: World, step: Step, number: number): string {
  const readings = readingsOf(world, step, number);
  const failing = readings.find((reading) => reading.holds !== TRUE);
  if (!failing) return '';
  return failing.clause === '' ? `: ${failing.text}` : `: ${failing.clause}: ${failing.text}`;
}

function readingsOf(world: World, step: Step, number: number): readonly ClauseReading[] {
  if (step.kind === 'rule') return step.readings ?? explainRule(world, step.before, step.ruleIndex);
  if (step.kind === 'misses') return step.readings?.get(number) ?? explainRule(world, step.before, step.ruleIndex + number - step.first);
  return [];
}

/** What came first, or what did not lead there. `asked`: chains on the way, so that chains without a way in end the question. */
function whyNotReached(world: World, trace: Trace, chain: CompiledChain, number: number, asked: Set<number>): string {
  asked.add(chain.index);
  const visited = trace.steps.findLast((step) => inChain(step, chain) && 'at' in step && step.at.number < number);
  if (visited) return whatEnded(world, trace, visited);
  const { program } = world;
  if (trace.steps.some((step) => step.family !== chain.family)) return `the packet is ${chain.family === 'ipv6' ? 'IPv4' : 'IPv6'}`;
  if (chain.policy !== null) return (chain.table === 'nat' ? whyNoNat(trace) : null) ?? `the packet did not come through ${chain.table}/${chain.name}`;
  const jumps = program.rules.flatMap((rule, index) => (rule.to === chain.index ? [{ index, rule }] : []));
  if (jumps.length === 0) return `nothing jumps to ${chain.table}/${chain.name}`;
  // The jump that was looked at says most.
  for (const { index } of jumps) {
    const address = ruleAddress(program, index);
    const step = trace.steps.findLast((candidate) => holdsRule(candidate, address));
    if (step) return `${formatRuleAddress(address)}, which leads there, did not match${clauseText(world, step, address.number)}`;
  }
  for (const { index, rule } of jumps) {
    const from = program.chains[rule.chain];
    if (from && !asked.has(from.index))
      return `${formatRuleAddress(ruleAddress(program, index))}, which leads there, was not reached: ${whyNotReached(world, trace, from, rule.rule.number, asked)}`;
  }
  return `nothing leads to ${formatRuleAddress(chainAddress(chain, number))}`;
}

/** The walk was in the chain and left it early: by a rule of its own, or by one in a chain it went on to. */
function whatEnded(world: World, trace: Trace, visited: Step): string {
  const left = 'at' in visited ? visited : null;
  if (!left) return 'the walk ended before';
  let end: Step = visited;
  if (!returns(world, visited))
    for (const step of trace.steps.slice(visited.index + 1)) {
      if (!('at' in step) || step.hook !== visited.hook || step.pass !== visited.pass || step.at.table !== left.at.table) break;
      if (step.kind === 'rule' && step.matched === TRUE) end = step;
    }
  return 'at' in end ? `${formatRuleAddress(end.at)}${targetText(end)} came first` : 'the walk ended before';
}

/** Does the step's rule go back to the caller of its chain? */
export function returns({ program }: World, step: Step): boolean {
  return step.kind === 'rule' && step.matched === TRUE && program.rules[step.ruleIndex]?.action?.verdict === 'RETURN';
}

/** Why the nat table was not asked at all; null if conntrack is not the reason. */
export function whyNoNat(trace: Trace): string | null {
  const lookups = trace.steps.filter((step) => step.kind === 'conntrack');
  const first = lookups[0];
  if (!first || lookups.some((step) => step.event === 'create')) return null;
  return first.entry
    ? 'the nat table is only asked about the first packet of a connection'
    : `the nat table is only asked about packets of a connection, and this one is ${first.state}`;
}

function suggestion(program: Program, { family, table, chain }: RuleAddress): string {
  const names = program.chains.filter((candidate) => candidate.family === family && candidate.table === table).map((candidate) => candidate.name);
  const near = closest(chain, names);
  return near === null ? (names.length === 0 ? `: the node has no ${family === 'ipv6' ? 'IPv6 ' : ''}table "${table}"` : '') : `; did you mean "${near}"?`;
}
