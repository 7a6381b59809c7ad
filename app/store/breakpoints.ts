/**
 * Breakpoints: where playing pauses and running stops. They are kept as they are written, so that a document, a link and
 * the panel say the same:
 *
 *     nat/OVN-POSTROUTING/10      a rule, wherever it is asked, whether it matches or not
 *     nat/OVN-POSTROUTING         a chain, each time it is entered
 *     POSTROUTING                 a hook, each time the packet comes to it
 *     bit 19                      that bit of the packet's mark is switched
 *     any nat                     conntrack rewrites an address
 *     any drop                    the packet is dropped or refused
 *     mark & 0x4000               an expression (expression.ts), where it comes to hold
 */

import type { HookName, NodeSummary, StepView, TraceView } from '../worker/messages.ts';
import { chainOf, type Renumber, type RulePlace, type Stop } from './cursor.ts';
import type { Document } from './document.ts';
import { parseExpression, type Expression, type ExpressionFailure } from './expression.ts';
import { targetName } from './fate.ts';
import { visitsOf } from './visits.ts';

type Breakpoint =
  | { readonly kind: 'rule'; readonly place: RulePlace }
  | { readonly kind: 'chain'; readonly table: string; readonly chain: string }
  | { readonly kind: 'hook'; readonly hook: HookName }
  | { readonly kind: 'bit'; readonly bit: number }
  | { readonly kind: 'nat' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'expression'; readonly holds: Expression };

export type BreakpointFailure = ExpressionFailure | { readonly kind: 'empty' | 'bit' | 'rule'; readonly at: number; readonly found: string };

const HOOKS: readonly HookName[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
/** What can be chosen without writing: hooks, rewriting, dropping. */
export const READY_BREAKPOINTS: readonly string[] = ['any nat', 'any drop', ...HOOKS];
const TABLE = /^(?:(?:legacy|nft):)?(?:ip6:)?(?:raw|mangle|nat|filter|security)$/;

/** `text`: as it is kept. */
type ParsedBreakpoint = { readonly text: string; readonly breakpoint: Breakpoint } | { readonly failure: BreakpointFailure };

export function parseBreakpoint(written: string): ParsedBreakpoint {
  const text = written.trim().replace(/\s+/g, ' ');
  if (text === '') return { failure: { kind: 'empty', at: 0, found: '' } };
  const hook = HOOKS.find((name) => name === text.toUpperCase());
  if (hook) return { text: hook, breakpoint: { kind: 'hook', hook } };
  const any = /^(?:any )?(nat|drop)$/i.exec(text)?.[1]?.toLowerCase();
  if (any === 'nat' || any === 'drop') return { text: `any ${any}`, breakpoint: { kind: any } };
  const bit = /^(?:mark )?bit (.*)$/i.exec(text)?.[1];
  if (bit !== undefined) {
    if (!/^\d{1,2}$/.test(bit) || Number(bit) > 31) return { failure: { kind: 'bit', at: text.length - bit.length, found: bit } };
    return { text: `bit ${Number(bit)}`, breakpoint: { kind: 'bit', bit: Number(bit) } };
  }
  // Chain names may hold anything but blanks: the table is told by its name, the rule by its number.
  const [table = '', ...rest] = text.split('/');
  if (rest.length > 0 && TABLE.test(table) && !text.includes(' ')) {
    const last = rest.at(-1) ?? '';
    const numbered = rest.length > 1 && /^\d+$/.test(last);
    const chain = (numbered ? rest.slice(0, -1) : rest).join('/');
    if (chain === '' || (numbered && Number(last) < 1)) return { failure: { kind: 'rule', at: table.length + 1, found: rest.join('/') } };
    if (!numbered) return { text, breakpoint: { kind: 'chain', table, chain } };
    return { text: breakpointAt({ table, chain, rule: Number(last) }), breakpoint: { kind: 'rule', place: { table, chain, rule: Number(last) } } };
  }
  const parsed = parseExpression(text);
  return typeof parsed === 'function' ? { text, breakpoint: { kind: 'expression', holds: parsed } } : { failure: parsed };
}

/** How the breakpoint on a rule is written. */
export function breakpointAt({ table, chain, rule }: RulePlace): string {
  return `${table}/${chain}/${rule}`;
}

const NONE: readonly string[] = [];

export function breakpointsOf(document: Pick<Document, 'breakpoints'>): readonly string[] {
  return document.breakpoints ?? NONE;
}

/** With one more breakpoint, or without it where it is there. */
export function withBreakpoint(document: Document, text: string): Document {
  const all = breakpointsOf(document);
  return { ...document, breakpoints: all.includes(text) ? all.filter((one) => one !== text) : [...all, text] };
}

/** The breakpoints on rules where these stand now; one whose rule is gone stays as it is, and is not met. */
export function renumbered(document: Document, renumber: Renumber): Document {
  const all = breakpointsOf(document);
  const moved = all.map((text) => {
    const parsed = parseBreakpoint(text);
    if ('failure' in parsed || parsed.breakpoint.kind !== 'rule') return text;
    const rule = renumber(parsed.breakpoint.place);
    return rule === null ? text : breakpointAt({ ...parsed.breakpoint.place, rule });
  });
  return moved.some((text, i) => text !== all[i]) ? { ...document, breakpoints: [...new Set(moved)] } : document;
}

/** What a breakpoint names and the node has not: then no packet meets it. Null: it has it, or which it has is not known. */
export function missingAt(written: string, node: NodeSummary | null): 'chain' | 'rule' | null {
  const parsed = parseBreakpoint(written);
  if (!node || 'failure' in parsed) return null;
  const { breakpoint } = parsed;
  if (breakpoint.kind !== 'chain' && breakpoint.kind !== 'rule') return null;
  const chain = chainOf(node, breakpoint.kind === 'rule' ? breakpoint.place : breakpoint);
  if (!chain) return 'chain';
  return breakpoint.kind === 'rule' && breakpoint.place.rule > chain.rules.length ? 'rule' : null;
}

/** Numbers of the rules of a chain that have a breakpoint. */
export function rulesWithBreakpoints(all: readonly string[], table: string, chain: string): ReadonlySet<number> {
  const start = `${table}/${chain}/`;
  return new Set(all.filter((text) => text.startsWith(start) && /^\d+$/.test(text.slice(start.length))).map((text) => Number(text.slice(start.length))));
}

/** A stop that a breakpoint makes: of a run of misses, at the rule. */
interface Hit extends Stop {
  readonly text: string;
}

const known = new WeakMap<TraceView, { readonly all: readonly string[]; readonly hits: readonly Hit[] }>();

/** Where the breakpoints stop a walk, in its order. Those that cannot be read stop nothing. */
export function hitsOf(trace: TraceView, all: readonly string[]): readonly Hit[] {
  const found = known.get(trace);
  if (found?.all === all) return found.hits;
  const hits = all.flatMap((text) => {
    const parsed = parseBreakpoint(text);
    return 'failure' in parsed ? [] : stopsAt(trace, parsed.breakpoint).map((stop) => ({ ...stop, text }));
  });
  hits.sort((a, b) => order(a, b));
  known.set(trace, { all, hits });
  return hits;
}

function stopsAt(trace: TraceView, breakpoint: Breakpoint): readonly Stop[] {
  const { steps, states } = trace;
  const at = (step: StepView, rule: number | null = null): Stop => ({ step: step.index, rule, part: 0 });
  const where = (holds: (step: StepView) => boolean): readonly Stop[] => steps.filter(holds).map((step) => at(step));
  switch (breakpoint.kind) {
    case 'rule':
      return stopsAtRule(trace, breakpoint.place);
    case 'chain':
      return visitsOf(trace)
        .list.filter(({ table, chain }) => table === breakpoint.table && chain === breakpoint.chain)
        .flatMap(({ steps: [first] }) => steps[first] ?? [])
        .map((step) => at(step));
    case 'hook':
      return where((step) => step.hook === breakpoint.hook && (steps[step.index - 1]?.hook !== step.hook || steps[step.index - 1]?.pass !== step.pass));
    case 'bit':
      return where((step) => ((((states[step.before]?.mark ?? 0) ^ (states[step.after]?.mark ?? 0)) >>> breakpoint.bit) & 1) === 1);
    case 'nat':
      return where((step) => step.kind === 'nat');
    case 'drop':
      return where(
        (step) =>
          step.kind === 'drop' ||
          (step.kind === 'policy' && step.verdict === 'DROP') ||
          (step.kind === 'rule' && step.matched === 'true' && ['DROP', 'REJECT'].includes(targetName(step.target))),
      );
    case 'expression': {
      let held = false;
      return where((step) => {
        const before = states[step.before];
        const after = states[step.after];
        const was = step.index === 0 ? false : held;
        held = after !== undefined && breakpoint.holds(after);
        return (held && !was) || (step.index === 0 && !held && before !== undefined && breakpoint.holds(before));
      });
    }
  }
}

/** Every stop at which a rule was asked. */
function stopsAtRule(trace: TraceView, { table, chain, rule }: RulePlace): readonly Stop[] {
  return trace.steps
    .filter((step) => (step.kind === 'rule' || step.kind === 'misses') && step.table === table && step.chain === chain)
    .filter((step) => 'rule' in step && step.rule !== null && step.rule <= rule && (step.kind === 'misses' ? step.last : step.rule) >= rule)
    .map((step) => ({ step: step.index, rule: step.kind === 'misses' && step.last > step.rule ? rule : null, part: 0 }));
}

/** Earlier first; a run of misses as a whole stands before its rules. */
function order(a: Stop, b: Stop): number {
  return a.step - b.step || (a.rule ?? 0) - (b.rule ?? 0);
}

/** The first stop behind the cursor's place, or the last before it. */
export function nextOf<T extends Stop>(stops: readonly T[], at: Stop): T | null {
  return stops.find((stop) => order(stop, at) > 0) ?? null;
}

export function previousOf<T extends Stop>(stops: readonly T[], at: Stop): T | null {
  return stops.findLast((stop) => order(stop, at) < 0) ?? null;
}
