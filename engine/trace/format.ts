/**
 * The published trace and problems (formats §3 and §4), as shapes: the types below and `dist/schema/*.json` are both made
 * from them. What an `Entry` or an `Outcome` means stands here and nowhere else. trace/json.ts fills them in.
 */

import { HOOKS } from '../model/hook.ts';
import { packetShape } from '../model/packet-shape.ts';
import type { Packet } from '../model/packet.ts';
import {
  choice,
  either,
  list,
  nothing,
  object,
  optional,
  orNull,
  pair,
  record,
  recursive,
  tagged,
  text,
  truth,
  whole,
  type Fields,
  type Infer,
  type Shape,
} from '../model/shape.ts';
import { ruleAddressShape, verdictShape } from './verdict-shape.ts';

export { ruleAddressShape, verdictShape } from './verdict-shape.ts';

const U32 = 0xffffffff;
const COUNT = Number.MAX_SAFE_INTEGER;
const family = choice(['ipv4', 'ipv6']);
const port = whole(0, 65535);
const byte = whole(0, 255);

/** `true`, `false` or `"unknown"`. */
const truthValue = (about: string): Shape<boolean | 'unknown'> => choice([true, false, 'unknown'], about);

/** One direction of a connection: with ports, with ICMP fields, or with neither. */
const tupleShape = object('Tuple', {
  src: text('Canonical address.'),
  dst: text('Canonical address.'),
  sport: optional(port),
  dport: optional(port),
  icmpType: optional(byte),
  icmpCode: optional(byte),
  icmpId: optional(port),
});
export type TupleJson = Infer<typeof tupleShape>;

/** A conntrack entry. */
const entryShape = object(
  'Entry',
  {
    family,
    proto: text('As `conntrack -L` names it.'),
    state: orNull(text(), 'TCP state; null for other protocols.'),
    status: list(choice(['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'SRC_NAT', 'DST_NAT']), 'In this order.'),
    original: tupleShape,
    reply: tupleShape,
    mark: whole(0, U32),
    zone: whole(0, 65535),
    timeout: whole(0, COUNT, 'Whole seconds left.'),
  },
  'A conntrack entry.',
);
export type EntryJson = Infer<typeof entryShape>;

/** What one clause of a rule asked and saw. */
const whyShape = object(
  'Why',
  {
    clause: text('As printed.'),
    field: text(),
    negated: truth(),
    wanted: text(),
    saw: text(),
    holds: truthValue('What the clause, negation included, answered.'),
    entry: optional(text('The set entry that decided.')),
    text: text('The same as a sentence.'),
  },
  'One clause of a rule, tested.',
);
export type WhyJson = Infer<typeof whyShape>;

const changeShape = object('Change', { field: text(), from: either([text(), whole(-COUNT, COUNT)]), to: either([text(), whole(-COUNT, COUNT)]) }, 'A field that a target changed.');

/** What every step has: where, and the packet as it was before. */
const stepBase = {
  family,
  hook: choice(HOOKS, 'The hook; between hooks the one just left.'),
  pass: whole(1, COUNT, 'How often this packet has entered the stack: more than 1 through lo, IPVS or a tunnel device.'),
  in: orNull(text(), 'Interface as this hook’s rules see it; null if none.'),
  out: orNull(text(), 'Interface as this hook’s rules see it; null if none.'),
  src: text('Before the step.'),
  dst: text('Before the step.'),
  sport: optional(port),
  dport: optional(port),
  icmpType: optional(byte),
  icmpCode: optional(byte),
  icmpId: optional(port),
  mark: whole(0, U32),
  ttl: byte,
  tos: byte,
} as const satisfies Fields;

const place = { table: text(), chain: text(), rule: whole(1, COUNT, 'From 1; for `return` and `policy` number of rules + 1.') } as const;

const ruleStep = object(
  'RuleStep',
  {
    ...stepBase,
    kind: choice(['rule']),
    ...place,
    matched: truthValue('Whether the rule matched.'),
    target: orNull(text(), 'Text after -j or -g; null if there is none.'),
    why: list(whyShape, 'In the order tested, up to and including the first that is false.'),
    effects: list(changeShape),
  },
  'A rule was looked at.',
);
const returnStep = object('ReturnStep', { ...stepBase, kind: choice(['return']), ...place }, 'The end of a user-defined chain: back to its caller.');
const policyStep = object('PolicyStep', { ...stepBase, kind: choice(['policy']), ...place, verdict: choice(['ACCEPT', 'DROP']) }, 'The end of a built-in chain.');
const conntrackStep = object('ConntrackStep', {
  ...stepBase,
  kind: choice(['conntrack']),
  event: choice(['lookup', 'create', 'confirm', 'update', 'destroy']),
  state: choice(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']),
  direction: either([choice(['original', 'reply']), nothing]),
  entry: either([entryShape, nothing]),
});
const natStep = object(
  'NatStep',
  {
    ...stepBase,
    kind: choice(['nat']),
    manip: choice(['src', 'dst']),
    from: tupleShape,
    to: tupleShape,
    byChance: optional(truth('The port of `to` was drawn by chance: it is one of many.')),
  },
  'Something was rewritten.',
);
const routeStep = object(
  'RouteStep',
  {
    ...stepBase,
    kind: choice(['route']),
    table: text('As `ip` prints it.'),
    route: text('The prefix.'),
    via: orNull(text()),
    dev: orNull(text()),
    type: text('unicast, local, unreachable…'),
    rule: orNull(whole(0, U32), 'Priority of the `ip rule`.'),
  },
  'A routing decision.',
);
const tproxyStep = object('TproxyStep', { ...stepBase, kind: choice(['tproxy']), text: text() });
const ipvsStep = object('IpvsStep', { ...stepBase, kind: choice(['ipvs']), text: text() });
const encapStep = object('EncapStep', { ...stepBase, kind: choice(['encap']), text: text() });
const dropStep = object('DropStep', { ...stepBase, kind: choice(['drop']), reason: text(), text: text() });

/** One thing the kernel did, in the kernel's order. */
const stepShape = tagged('Step', 'kind', [ruleStep, returnStep, policyStep, conntrackStep, natStep, routeStep, tproxyStep, ipvsStep, encapStep, dropStep]);
export type StepJson = Infer<typeof stepShape>;
export type RuleStepJson = Infer<typeof ruleStep>;

/** How a walk ended. */
export interface OutcomeJson {
  readonly verdict: Infer<typeof verdictShape>;
  readonly out: string | null;
  readonly packet: Packet | null;
  readonly by: string | null;
  readonly reason?: string;
  readonly notKnown?: readonly string[];
  readonly byChance?: readonly string[];
  readonly because?: readonly string[];
  readonly alternatives?: readonly { readonly assume: Readonly<Record<string, boolean>>; readonly outcome: OutcomeJson }[];
}

export const outcomeShape: Shape<OutcomeJson> = recursive<OutcomeJson>(
  'Outcome',
  () => ({
    verdict: verdictShape,
    out: orNull(text(), 'Interface it leaves by; null if none.'),
    packet: either([packetShape, nothing], 'As it leaves or is delivered, every field, defaults included; null if nothing left.'),
    by: orNull(ruleAddressShape, 'The rule or policy that decided; null if none did, or, with `because`, if it is not known which.'),
    reason: optional(text('no route, ttl exceeded, rp_filter…')),
    notKnown: optional(list(text(), 'Fields of the packet, as it leaves or as it ended, that are not known: a value stands for each.')),
    byChance: optional(list(text(), 'Fields of the packet that the kernel draws by chance: each has one value of many.')),
    because: optional(list(ruleAddressShape, 'For unknown, or where by or reason is not known: the rules that stood in the way.')),
    alternatives: optional(list(object('Alternative', { assume: record(truth()), outcome: outcomeShape }), 'With `because`: what each assumption leads to.', 16)),
  }),
  'How a walk ended.',
);

/** The walk of one packet. */
export interface TraceJson {
  readonly packet: Packet;
  readonly steps: readonly StepJson[];
  readonly outcome: OutcomeJson;
  readonly emitted: readonly EmittedJson[];
}

/** A packet that the walk caused and that walks on its own. */
export interface EmittedJson extends TraceJson {
  readonly cause: 'reject' | 'icmp-error' | 'tunnel' | 'tee' | 'socket' | 'clone';
  readonly parent: number;
}

const traceFields = (): { readonly [K in keyof TraceJson]: Shape<TraceJson[K]> } => ({
  packet: packetShape,
  steps: list(stepShape),
  outcome: outcomeShape,
  emitted: list(emittedShape),
});

const emittedShape: Shape<EmittedJson> = recursive<EmittedJson>(
  'Emitted',
  () => ({
    cause: choice(['reject', 'icmp-error', 'tunnel', 'tee', 'socket', 'clone']),
    parent: whole(0, COUNT, 'Index, from 0, of the step in `steps` of the packet that caused it.'),
    ...traceFields(),
  }),
  'A packet that the walk caused and that walks on its own.',
);

export const packetTraceShape: Shape<TraceJson> = recursive<TraceJson>('Trace', traceFields, 'The walk of one packet.');

/** Something wrong with the files given. */
const problemShape = object(
  'Problem',
  {
    severity: choice(['error', 'warning', 'note']),
    code: text('Stable, kebab-case.'),
    section: text('First words of the section’s header.'),
    line: whole(0, COUNT, 'From 1, in the file given; 0 if it has no place.'),
    column: whole(0, COUNT, 'In code points, from 1.'),
    rule: orNull(ruleAddressShape),
    message: text(),
    hint: text('The way out; empty if none is certain.'),
  },
  'Something wrong with the files given.',
);
export type ProblemJson = Infer<typeof problemShape>;

const countersShape = record(
  record(object('ChainCounters', { policy: either([pair(whole(0, COUNT)), nothing]), rules: list(pair(whole(0, COUNT))) }, 'Packets and bytes.')),
  'Table to chain to counters.',
);
export type CountersJson = Infer<typeof countersShape>;

/** What `packetwalk trace --json` prints. */
export const traceReportShape = object('TraceReport', {
  format: choice([1]),
  notes: list(text(), 'What a reader should know: defaults that were used, blind spots.'),
  problems: list(problemShape),
  traces: list(packetTraceShape),
  conntrack: list(entryShape, 'After the last packet, in order of creation.'),
  sets: record(list(text()), 'Name to entries, as `ipset save` prints them.'),
  counters: object('Counters', { ipv4: countersShape, ipv6: countersShape }),
});
export type TraceReportJson = Infer<typeof traceReportShape>;

/** What any command prints with `--json` when its input cannot be used at all. */
export const errorReportShape = object('ErrorReport', {
  error: object('UsageError', {
    file: orNull(text()),
    section: orNull(text()),
    line: orNull(whole(1, COUNT)),
    column: orNull(whole(1, COUNT)),
    message: text(),
  }),
});
export type ErrorReportJson = Infer<typeof errorReportShape>;

/** What `packetwalk check --json` prints. */
export const checkReportShape = object('CheckReport', { format: choice([1]), problems: list(problemShape) });
export type CheckReportJson = Infer<typeof checkReportShape>;
