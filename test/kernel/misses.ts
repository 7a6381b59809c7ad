/**
 * Reasons held against the kernel: from what the engine says of a rule (which clause was the first false one) follows
 * which of its cut rules the packet must match and which it must not; the kernel's trace says which it did.
 */

import type { Family } from '../../engine/index.ts';
import type { StepJson, TraceJson, TraceReportJson } from '../../engine/trace/format.ts';
import { places, planKey, type CutNode, type RulePlan } from './cut-rules.ts';
import { familyOf } from './packet-bytes.ts';
import type { KernelStep, Recording } from './recording.ts';

type RuleStep = Extract<StepJson, { kind: 'rule' }>;

/** The recording as it would be without the cut rules: what the engine walks. */
export function withoutCuts(recording: Recording, { plans }: CutNode): Recording {
  let family: Family | null = null;
  let table = '';
  const counts = new Map<string, number>();
  const snapshot = recording.snapshot.filter((line) => {
    const section = /^==> (ip6?)tables-save <==$/.exec(line);
    if (line.startsWith('==>')) family = section ? (section[1] === 'ip' ? 'ipv4' : 'ipv6') : null;
    if (line.startsWith('*')) table = line.slice(1);
    const chain = /^-A (\S+)/.exec(line)?.[1];
    if (family === null || chain === undefined) return true;
    const key = planKey(family, table, chain);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return places(plans.get(key) ?? [])[count]?.clauses === null;
  });
  return { ...recording, snapshot };
}

/** One line of the kernel's trace, foreseen. */
interface Foreseen {
  readonly label: string;
  /** Whether the packet matches is not known. */
  readonly optional: boolean;
  /** Why it is foreseen, for people. */
  readonly because: string;
}

export interface Coverage {
  /** Misses whose clause the kernel was asked about exactly: all before it hold, with it they do not. */
  exact: number;
  /** Misses where the cut is next to the clause: the whole match was taken and left out. */
  match: number;
  /** Misses without a cut. */
  none: number;
}

interface MissJudgement {
  readonly faults: readonly string[];
  /** By kind of clause: `tcp --dport`, `set ! --match-set`, `tcp: not a later fragment`. */
  readonly coverage: ReadonlyMap<string, Coverage>;
}

export function judgeMisses(recording: Recording, { plans }: CutNode, report: TraceReportJson): MissJudgement {
  const faults: string[] = [];
  const coverage = new Map<string, Coverage>();
  const numbered = new Map([...plans].map(([key, list]) => [key, places(list)]));
  // What a packet left behind where something was not known of it (counts, connections, entries of sets) may be otherwise in the kernel.
  const unknown = report.traces.findIndex(isDoubtful);
  const known = unknown < 0 ? recording.records.length : unknown + 1;
  recording.records.slice(0, known).forEach((record, i) => {
    const trace = report.traces[i];
    const packet = recording.packets[i];
    // A copy's steps stand among its original's in the kernel's trace.
    if (!trace || !packet || trace.emitted.some(({ cause }) => cause === 'clone' || cause === 'tee')) return;
    const { lines, complete } = foresee(trace, plans, coverage);
    const fault = compare(
      record.steps.map((step) => kernelLabel(familyOf(packet), step, numbered)),
      lines,
      complete,
    );
    if (fault) faults.push(`packet ${i + 1} ${JSON.stringify(packet)}\n  ${fault}`);
  });
  return { faults, coverage };
}

const isDoubtful = ({ steps, outcome, emitted }: Pick<TraceJson, 'steps' | 'outcome' | 'emitted'>): boolean =>
  outcome.verdict === 'unknown' || steps.some((step) => step.kind === 'rule' && step.matched === 'unknown') || emitted.some(isDoubtful);

const label = (hook: string, table: string, chain: string, number: number, clauses: number | null): string =>
  `${hook} ${table}/${chain}/${number}${clauses === null ? '' : ` first ${clauses} clauses`}`;

function kernelLabel(family: Family, { hook, table, chain, rule }: KernelStep, numbered: ReadonlyMap<string, ReturnType<typeof places>>): string {
  const place = numbered.get(planKey(family, table, chain))?.[rule - 1];
  // A table without a plan is one the node does not have: nothing was put into it.
  return place ? label(hook, table, chain, place.number, place.clauses) : label(hook, table, chain, rule, null);
}

/** The whole trace of the cut node, from the engine's trace of the node without cuts. Incomplete: it ends where something is not known. */
function foresee(
  { steps, outcome }: TraceJson,
  plans: ReadonlyMap<string, readonly RulePlan[]>,
  coverage: Map<string, Coverage>,
): { readonly lines: readonly Foreseen[]; readonly complete: boolean } {
  const lines: Foreseen[] = [];
  for (const step of steps) {
    if (step.kind === 'return' || step.kind === 'policy')
      lines.push({ label: label(step.hook, step.table, step.chain, step.rule, null), optional: false, because: `the engine says ${step.kind}` });
    // Where it goes from here may depend on what is not known.
    if (step.kind === 'route' && outcome.verdict === 'unknown') return { lines, complete: false };
    if (step.kind !== 'rule') continue;
    const plan = plans.get(planKey(step.family, step.table, step.chain))?.[step.rule - 1];
    if (!plan) throw new Error(`the engine walked ${step.table}/${step.chain}/${step.rule}, which the node does not have`);
    const { holding, failing } = readWhy(step, plan);
    const because = `${plan.text}\n  engine: ${step.matched === true ? 'matches' : (step.why.at(-1)?.text ?? 'no reason')}`;
    for (const clauses of plan.cuts)
      if (clauses <= failing) lines.push({ label: label(step.hook, step.table, step.chain, step.rule, clauses), optional: clauses > holding, because });
    if (step.matched === 'unknown') return { lines, complete: false };
    if (step.matched === true) lines.push({ label: label(step.hook, step.table, step.chain, step.rule, null), optional: false, because });
    else count(coverage, plan, holding, failing);
  }
  return { lines, complete: true };
}

/** `holding`: so many first clauses hold for sure; `failing`: the first that is false, the number of clauses if none is. */
function readWhy({ why, matched }: RuleStep, { clauses, text }: RulePlan): { readonly holding: number; readonly failing: number } {
  let at = 0;
  let holding = Number.POSITIVE_INFINITY;
  for (const { clause, holds } of why) {
    // Guards that hold and clauses that are not looked at have no reading.
    while (at < clauses.length && clauses[at]?.text !== clause) at++;
    if (at === clauses.length) throw new Error(`the reason "${clause}" is no clause of "${text}"`);
    if (holds === 'unknown') holding = Math.min(holding, at);
    if (holds === false) return { holding: Math.min(holding, at), failing: at };
    at++;
  }
  if (matched === false) throw new Error(`no reason is false, and yet "${text}" is said to miss`);
  return { holding: Math.min(holding, clauses.length), failing: clauses.length };
}

function count(coverage: Map<string, Coverage>, { clauses, matchOf, cuts }: RulePlan, holding: number, failing: number): void {
  const clause = clauses[failing];
  if (!clause) return;
  const match = matchOf[failing] ?? '';
  const option = clause.text.replace(/^-m \S+ ?/, '').match(/^(! )?\S+/)?.[0] ?? '';
  const kind = clause.guard ? `${match}: ${clause.text}` : `${match} ${option}`.trim();
  const found = coverage.get(kind) ?? { exact: 0, match: 0, none: 0 };
  coverage.set(kind, found);
  // One option may be several clauses: they are cut off together.
  let first = failing;
  let end = failing + 1;
  while (first > 0 && clauses[first - 1]?.text === clause.text && matchOf[first - 1] === match) first--;
  while (clauses[end]?.text === clause.text && matchOf[end] === match) end++;
  if (holding === failing && cuts.includes(first) && cuts.includes(end)) found.exact++;
  else if (holding === failing && cuts.some((cut) => cut > failing) && cuts.some((cut) => cut <= failing && matchOf[cut] === match && matchOf[cut - 1] !== match)) found.match++;
  else found.none++;
}

/** Null if the kernel's lines are those foreseen. */
function compare(kernel: readonly string[], foreseen: readonly Foreseen[], complete: boolean): string | null {
  let at = 0;
  for (const [i, seen] of kernel.entries()) {
    while (foreseen[at]?.optional && foreseen[at]?.label !== seen) at++;
    const wanted = foreseen[at];
    if (!wanted) return complete ? `kernel goes on with ${seen}, the engine's trace has ended` : null;
    if (wanted.label !== seen) return `kernel: ${seen}; foreseen: ${wanted.label}, of ${wanted.because}\n  before: ${kernel[i - 1] ?? 'nothing'}`;
    at++;
  }
  while (foreseen[at]?.optional) at++;
  const wanted = foreseen[at];
  return wanted && complete ? `kernel has no more; foreseen: ${wanted.label}, of ${wanted.because}` : null;
}
