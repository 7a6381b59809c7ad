/** One expectation held against the walk of its packet: what is not as expected, what happened instead, which rule decided. */

import { endPacket } from '../model/end-packet.ts';
import type { Packet } from '../model/packet.ts';
import { formatRuleAddress, parseRuleAddress, type RuleAddress } from '../model/rule.ts';
import { isRecord } from '../model/shape.ts';
import { TRUE } from '../model/test.ts';
import type { FateVerdict, Outcome, Trace } from '../model/trace.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { protocolNumber } from '../net/protocol.ts';
import { realChanges } from '../trace/read.ts';
import type { World } from '../walk/world.ts';
import { PACKET_FIELDS, type ExpectationFailureJson } from './format.ts';
import { returns, ruleInWalk, whyNoNat } from './fired.ts';
import type { Expectation } from './scenario.ts';

type Failure = ExpectationFailureJson;

/** Everything that is not as expected; empty if the expectation holds. `world`: any world of the node walked. */
export function failures(world: World, trace: Trace, expectation: Expectation): readonly Failure[] {
  const { outcome } = trace;
  const found: Failure[] = [];
  const fail = (field: string, expected: unknown, actual: unknown, text: string, rule: RuleAddress | null): void =>
    void found.push({ field, expected, actual: actual ?? null, rule: rule && formatRuleAddress(rule), text });

  const { verdict, out, by, reason } = expectation;
  const open = notKnown(outcome, expectation);
  if (verdict !== undefined && verdict !== outcome.verdict) fail('verdict', verdict, outcome.verdict, `expected ${verdict}, ${endText(trace)}`, outcome.by);
  if (out !== undefined && open.out) fail('out', out, 'unknown', `expected to leave by ${out ?? 'no interface'}, whether it does is not known: ${openText(outcome)}`, null);
  else if (out !== undefined && out !== outcome.out)
    fail(
      'out',
      out,
      outcome.out,
      `expected to leave by ${out ?? 'no interface'}, ${outcome.out === null ? endText(trace) : `left by ${outcome.out}${routeText(trace)}`}`,
      outcome.by,
    );
  const decider = outcome.by && formatRuleAddress(outcome.by);
  if (by !== undefined && open.by) fail('by', by, 'unknown', `expected ${by ?? 'no rule'} to decide, which rule does is not known: ${openText(outcome)}`, null);
  else if (by !== undefined && by !== decider)
    fail('by', by, decider, `expected ${by ?? 'no rule'} to decide, ${decider === null ? `no rule did: ${endText(trace)}` : `${decider} did`}`, outcome.by);
  if (reason !== undefined && open.reason) fail('reason', reason, 'unknown', `expected "${reason}", why is not known: ${openText(outcome)}`, null);
  else if (reason !== undefined && reason !== outcome.reason) fail('reason', reason, outcome.reason, `expected "${reason}", ${endText(trace)}`, outcome.by);

  const packet = judgedPacket(trace, expectation);
  for (const field of Object.keys(PACKET_FIELDS) as (keyof Packet)[]) {
    const expected = expectation[field];
    if (expected === undefined) continue;
    const unsure = packet && unsureText(trace, field, valueText(field, packet[field]));
    if (unsure) fail(field, expected, 'unknown', `expected ${valueText(field, expected)}, ${unsure}`, null);
    else if (packet === null) fail(field, expected, null, `expected ${valueText(field, expected)}, nothing left: ${endText(trace)}`, outcome.by);
    else if (!sameValue(field, expected, packet[field])) {
      const { text, rule } = changerOf(world, trace, field);
      fail(field, expected, packet[field], `expected ${valueText(field, expected)}, ${left(outcome) ? 'left' : 'ended'} with ${valueText(field, packet[field])}${text}`, rule);
    }
  }
  for (const [field, wanted] of [
    ['fires', true],
    ['not', false],
  ] as const)
    for (const rule of expectation[field] ?? []) {
      const address = parseRuleAddress(rule);
      const { fired, text } = address ? ruleInWalk(world, trace, address) : { fired: 'unknown', text: `"${rule}" is not the address of a rule` };
      if (fired !== wanted) fail(field, rule, fired, text, address);
    }
  return found;
}

/** How a walk ended, in short: `forwarded through eth0`, `dropped by filter/FORWARD/3`. `how`: more about the rule. */
export function happened({ outcome }: Trace, how = ''): string {
  const { verdict, out, by, reason, because } = outcome;
  const rules = verdict === 'unknown' && because.length > 0 ? `, because of ${because.map(formatRuleAddress).join(', ')}` : '';
  return `${verdict}${out === null ? '' : ` through ${out}`}${left(outcome) || !by ? '' : ` by ${formatRuleAddress(by)}${how}`}${reason === null ? '' : `: ${reason}`}${rules}`;
}

/** What is expected, in short: `forwarded, out eth0, src 10.0.11.2, 2 rules fire, 1 does not`. */
export function expectedText(expectation: Expectation): string {
  const { packet: _, verdict, fires = [], not = [], ...fields } = expectation;
  const rules = (list: readonly string[], one: string, many: string): readonly string[] =>
    list.length === 0 ? [] : [`${list.length === 1 ? `${list[0]} ${one}` : `${list.length} rules ${many}`}`];
  return [
    ...(verdict === undefined ? [] : [verdict]),
    ...Object.entries(fields).map(([field, value]) => `${field} ${valueText(field, value)}`),
    ...rules(fires, 'fires', 'fire'),
    ...rules(not, 'does not', 'do not'),
  ].join(', ');
}

/** Which of these is not known: the ways that the packet may have gone differ in it, or not all of them were tried. Whoever expects what is unknown gets it. */
function notKnown({ verdict, alternatives }: Outcome, expectation: Expectation): Readonly<Record<'out' | 'by' | 'reason', boolean>> {
  if (verdict === 'unknown') return expectation.verdict === 'unknown' ? { out: false, by: false, reason: false } : { out: true, by: true, reason: false };
  const differ = (of: (outcome: Outcome) => unknown): boolean => new Set(alternatives.map(({ outcome }) => of(outcome))).size > 1;
  return { out: false, by: differ(({ by }) => by && formatRuleAddress(by)), reason: differ(({ reason }) => reason) };
}

const openText = ({ because, reason }: Outcome): string =>
  because.length > 0 ? `it rests on ${because.map(formatRuleAddress).join(', ')}` : (reason ?? 'not every way was tried');

/** Why a field of the packet is not what it seems to be; null if it is. */
function unsureText({ outcome, unsettled }: Trace, field: string, value: string): string | null {
  if (outcome.notKnown?.includes(field)) {
    const rules = unsettled?.because ?? [];
    return `${field} is not known${rules.length === 0 ? '' : `: it rests on ${rules.map(formatRuleAddress).join(', ')}`}`;
  }
  return outcome.byChance?.includes(field) ? `${field} is drawn by chance: ${value} is one of many (environment.choices fixes it)` : null;
}

const left = (outcome: Outcome): boolean => outcome.packet !== null;

/** Where the expected verdict lets nothing leave, fields can only mean the packet as it was when its walk ended. */
const ENDS: ReadonlySet<FateVerdict> = new Set(['dropped', 'rejected', 'lost', 'queued', 'stolen']);

function judgedPacket(trace: Trace, { verdict }: Expectation): Packet | null {
  if (left(trace.outcome)) return trace.outcome.packet;
  return verdict !== undefined && verdict === trace.outcome.verdict && ENDS.has(verdict) ? endPacket(trace) : null;
}

/** `it is dropped by filter/FORWARD/3 (DROP)`, `it is forwarded through eth0; filter/FORWARD/14 (ACCEPT) let it through`. */
function endText(trace: Trace): string {
  const { by } = trace.outcome;
  if (!by) return `it is ${happened(trace)}`;
  const address = formatRuleAddress(by);
  const step = trace.steps.findLast((candidate) => 'at' in candidate && candidate.kind !== 'misses' && formatRuleAddress(candidate.at) === address);
  const how = step?.kind === 'policy' ? ` (policy ${step.verdict})` : step?.kind === 'rule' && step.target !== null ? ` (${step.target})` : '';
  return left(trace.outcome) ? `it is ${happened(trace)}; ${address}${how} let it through` : `it is ${happened(trace, how)}`;
}

function routeText({ steps }: Trace): string {
  const route = steps.findLast((step) => step.kind === 'route');
  return route?.kind === 'route' ? ` (route ${route.route}${route.table ? ` of table ${route.table}` : ''})` : '';
}

const NAT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  src: ['POSTROUTING', 'INPUT'],
  sport: ['POSTROUTING', 'INPUT'],
  icmpId: ['POSTROUTING', 'INPUT', 'PREROUTING', 'OUTPUT'],
  dst: ['PREROUTING', 'OUTPUT'],
  dport: ['PREROUTING', 'OUTPUT'],
};

/** The rule that made a field what it is, or the one that left it alone. */
function changerOf(world: World, trace: Trace, field: string): { readonly text: string; readonly rule: RuleAddress | null } {
  const hooks = NAT_FIELDS[field];
  if (hooks) return translatorOf(world, trace, hooks);
  const step = trace.steps.findLast((candidate) => candidate.kind === 'rule' && realChanges(candidate.effects).some((change) => change.field === field));
  if (step?.kind === 'rule') return { text: `; ${formatRuleAddress(step.at)} (${step.target}) set it`, rule: step.at };
  return { text: field === 'mark' ? '; no rule set it' : '', rule: null };
}

function translatorOf(world: World, trace: Trace, hooks: readonly string[]): { readonly text: string; readonly rule: RuleAddress | null } {
  const asked = trace.steps.filter((step) => 'at' in step && step.at.table === 'nat' && hooks.includes(step.hook));
  const end = asked.findLast((step) => step.kind === 'policy' || (step.kind === 'rule' && step.matched === TRUE));
  if (end?.kind === 'policy') {
    // A policy decides nothing by itself: a RETURN on the way did.
    const back = asked.findLast((step) => returns(world, step));
    const at = back && 'at' in back ? back.at : end.at;
    return { text: back ? `; ${formatRuleAddress(at)} (RETURN) ended its chain, no rule of nat translated it` : '; no rule of nat translated it', rule: at };
  }
  if (end?.kind === 'rule') return { text: `; ${formatRuleAddress(end.at)}${end.target === null ? '' : ` (${end.target})`} decided`, rule: end.at };
  const why = whyNoNat(trace);
  return { text: why === null ? '' : `; ${why}`, rule: null };
}

function sameValue(field: string, expected: unknown, actual: unknown): boolean {
  if (actual === undefined) return expected === null;
  if (field === 'src' || field === 'dst') return canonical(expected) === canonical(actual);
  if (field === 'proto') return protocolOf(expected) === protocolOf(actual);
  if (Array.isArray(expected) && Array.isArray(actual) && field === 'flags') return [...expected].sort().join() === [...actual].sort().join();
  if (Array.isArray(expected) && Array.isArray(actual)) return expected.length === actual.length && expected.every((value, i) => sameValue('', value, actual[i]));
  if (isRecord(expected) && isRecord(actual)) return Object.entries(expected).every(([key, value]) => sameValue(key, value, actual[key]));
  if (typeof expected === 'string' && typeof actual === 'string') return expected.toLowerCase() === actual.toLowerCase();
  return expected === actual;
}

function canonical(value: unknown): unknown {
  const address = typeof value === 'string' ? parseAddress(value) : null;
  return address ? formatAddress(address.family, address.words) : value;
}

function protocolOf(value: unknown): unknown {
  return typeof value === 'string' ? (protocolNumber(value) ?? value) : value;
}

const HEX: ReadonlySet<string> = new Set(['mark', 'tos', 'flowLabel', 'spi', 'greKey']);

function valueText(field: string, value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'number' && HEX.has(field)) return `0x${value.toString(16)}`;
  return Array.isArray(value) && value.every((one) => typeof one !== 'object') ? value.join(',') || 'none' : typeof value === 'string' ? value : JSON.stringify(value);
}
