/**
 * Engine values to plain values for the page: registers become addresses, names and numbers, folded steps keep their
 * ranges, snapshots that many steps share are rendered once.
 */

import { CTSTATE, CTSTATUS, FIELD, PROTO, TCP_FLAG, formatAddress, objectWords, originWords, protocolName, setChange, setOfClause } from '../../engine/index.ts';
import type { ClauseReading, Explainer, Field, Interface, IpvsConnection, Node, Outcome, Rule, RuleAddress, Snapshot, Step, Table, Trace, Tuple } from '../../engine/index.ts';
import type {
  ConntrackState,
  IpvsView,
  NodeSummary,
  PacketState,
  Reading,
  RowSummary,
  RuleProblem,
  RulePurpose,
  RuleSummary,
  SetChangeView,
  SetPurpose,
  StepView,
  TableSummary,
  TraceView,
  Truth,
} from './messages.ts';
import { maskedOption } from '../text/format.ts';

const TRUTH: readonly Truth[] = ['false', 'unknown', 'true'];
const WITH_PORTS: ReadonlySet<number> = new Set([PROTO.tcp, PROTO.udp, PROTO.udplite, PROTO.sctp, PROTO.dccp]);

function truth(value: number): Truth {
  return TRUTH[value] ?? 'unknown';
}

export function renderReading(reading: ClauseReading, explainer: Explainer): Reading {
  const set = setOfClause(reading.clause);
  const plain = { ...reading, holds: truth(reading.holds) };
  if (set === null) return plain;
  const behind = explainer.behind(reading);
  return behind.length === 0 ? { ...plain, set } : { ...plain, set, entryOf: originWords(behind) };
}

/** Kinds of devices that wrap packets; a switch has tunnels for ports. */
const TUNNEL_KINDS: ReadonlySet<string> = new Set(['vxlan', 'geneve', 'openvswitch']);

// --- The node -----------------------------------------------------------------------------------------------------

/** What stands before the chain in a rule address. */
export function tableKey(place: { readonly family: string; readonly backend: string | null; readonly table: string }): string {
  return `${place.backend ? `${place.backend}:` : ''}${place.family === 'ipv6' ? 'ip6:' : ''}${place.table}`;
}

export function summarise(node: Node, devices: readonly Interface[], problems: NodeSummary['problems'], notes: readonly string[], explainer: Explainer): NodeSummary {
  const rows: Record<string, RowSummary> = {};
  const byRule = new Map<string, RuleProblem[]>();
  for (const { rule, severity, code, message, hint, messageZh, hintZh } of problems) {
    if (rule === null) continue;
    const known = byRule.get(rule);
    const problem = { severity, code, message, hint, ...(messageZh && { messageZh }), ...(hintZh && { hintZh }) };
    if (known) known.push(problem);
    else byRule.set(rule, [problem]);
  }
  return {
    tables: node.tables.map((table) => summariseTable(table, explainer, rows, byRule)),
    sets: node.sets && [...node.sets.values()].map((set) => ({ name: set.name, type: set.type, entries: set.entries.count, purpose: setPurpose(set.name, explainer) })),
    rows,
    written: marksWritten(node),
    marks: explainer.marks.map(({ value, mask, setBy, readBy, purpose }) => ({ value, mask, setBy, readBy, purpose })),
    has: {
      ipvs: (node.virtualServers?.length ?? 0) > 0,
      tunnels: devices.some(({ kind }) => TUNNEL_KINDS.has(kind ?? '')),
      tproxy: node.tables.some(hasTproxy),
      lateSecurity: node.tables.some(({ name, writtenBy }) => name === 'security' && writtenBy === 'nft'),
    },
    interfaces: devices.map((link) => ({
      name: link.name,
      addresses: link.addresses.map((address) => `${formatAddress(address.family, address.local)}/${address.prefixLength}`),
    })),
    isAssumed: node.interfaces === null,
    problems,
    notes,
  };
}

function summariseTable(table: Table, explainer: Explainer, rows: Record<string, RowSummary>, problems: ReadonlyMap<string, readonly RuleProblem[]>): TableSummary {
  const key = tableKey({ family: table.family, backend: table.backend, table: table.name });
  const purposeOf = (chain: string, rule: Rule): RulePurpose | null => {
    const found = explainer.rule({ family: table.family, table: table.name, chain }, rule);
    if (!found) return null;
    const { id, title, purpose, condition, since, origins, because } = found;
    rows[id] ??= { id, title, purpose, condition, since };
    return { row: id, objects: objectWords(origins), because };
  };
  return {
    key,
    family: table.family,
    name: table.name,
    chains: table.chains.map((chain) => {
      const rules = chain.rules.map((rule) =>
        summariseRule(rule, purposeOf(chain.name, rule), problems.size > 0 ? problems.get(`${key}/${chain.name}/${rule.number}`) : undefined),
      );
      return { name: chain.name, policy: chain.policy, numbered: rules.some(({ purpose }) => purpose !== null && NUMBERED.test(purpose.row)), rules };
    }),
  };
}

/** More marks than these nobody looks through. */
const MOST_MARKS = 40;

function marksWritten({ tables }: Node): NodeSummary['written'] {
  const found = new Map<string, NodeSummary['written'][number]>();
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const { target } of rules) {
        const option = target?.name === 'MARK' ? maskedOption(target.text) : null;
        if (!option) continue;
        found.set(`${option.value}/${option.mask}`, { value: option.value, mask: option.mask });
        if (found.size === MOST_MARKS) return [...found.values()];
      }
  return [...found.values()];
}

/** Ids of rows that are not named after kube-proxy's chains. */
const NUMBERED = /^(?!K:)/;

function hasTproxy({ name, chains }: Table): boolean {
  return name === 'mangle' && chains.some(({ rules }) => rules.some(({ target }) => target?.name === 'TPROXY'));
}

function setPurpose(name: string, explainer: Explainer): SetPurpose | null {
  const found = explainer.set(name);
  return found && { purpose: found.purpose, since: found.since, because: found.because };
}

function summariseRule(rule: Rule, purpose: RulePurpose | null, problems: readonly RuleProblem[] | undefined): RuleSummary {
  const tests: string[] = [];
  let comment: string | null = null;
  // What could be read of a line that is broken is less than what stands there: it would say that the rule wants less.
  const written = rule.broken === null ? '' : rule.text.replace(/(^|\s+)-[jg]\s.*$/, '');
  if (written !== '') tests.push(written);
  else if (rule.header.text) tests.push(rule.header.text);
  for (const match of rule.matches) {
    if (written !== '') break;
    if (match.name === 'comment') comment = commentText(match.text);
    else tests.push(withoutName(match));
  }
  const target = rule.target;
  const packets = rule.source.startsWith('[') ? Number(/^\[(\d+):/.exec(rule.source)?.[1] ?? 0) : 0;
  return {
    number: rule.number,
    line: rule.line,
    source: rule.source,
    tests,
    comment,
    target: target?.name ?? null,
    targetOptions: target ? target.text.slice(target.name.length).trim() : '',
    goto: target?.verb === 'goto',
    toChain: target?.isChain ?? false,
    purpose,
    ...(packets > 0 && { packets }),
    ...(problems && { problems }),
  };
}

/** `--dport 80` of `-m tcp --dport 80`; a match without options keeps its name. */
function withoutName({ name, text }: Rule['matches'][number]): string {
  const start = name.length + 4;
  const isNamed = text.startsWith('-m ') && text.startsWith(name, 3) && text[start - 1] === ' ';
  return isNamed && (text[start] === '-' || text[start] === '!') ? text.slice(start) : text.replace(/^-m \S+ ?(?=-|!)/, '');
}

function commentText(text: string): string {
  const value = text.replace(/^(-m comment )?--comment /, '');
  return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value;
}

// --- The packet at one moment -------------------------------------------------------------------------------------

type InterfaceName = (id: number) => string;

function renderState(snapshot: Snapshot, interfaceName: InterfaceName): PacketState {
  const { regs, family } = snapshot;
  const value = (field: Field): number => regs[field.index] as number;
  const address = (field: Field): string => formatAddress(family, regs, field.index);
  const proto = value(FIELD.proto);
  const ports = WITH_PORTS.has(proto);
  const icmp = proto === PROTO.icmp || proto === PROTO.icmpv6;
  const tracked = value(FIELD.hasCt) === 1;
  const end = (host: string, port: Field): string => (ports ? (family === 'ipv6' ? `[${host}]:${value(port)}` : `${host}:${value(port)}`) : host);
  const conntrack: ConntrackState = {
    ctstate: nameOfBit(CTSTATE, value(FIELD.ctState)),
    direction: tracked ? (value(FIELD.ctDir) === 1 ? 'reply' : 'original') : null,
    status: tracked ? namesOfBits(CTSTATUS, value(FIELD.ctStatus)) : [],
    mark: value(FIELD.ctMark),
    original: tracked ? `${end(address(FIELD.ctOrigSrc), FIELD.ctOrigSport)} → ${end(address(FIELD.ctOrigDst), FIELD.ctOrigDport)}` : null,
    reply: tracked ? `${end(address(FIELD.ctReplSrc), FIELD.ctReplSport)} → ${end(address(FIELD.ctReplDst), FIELD.ctReplDport)}` : null,
  };
  return {
    family,
    in: interfaceName(value(FIELD.in)) || null,
    out: interfaceName(value(FIELD.out)) || null,
    src: address(FIELD.src),
    dst: address(FIELD.dst),
    proto: protocolName(proto),
    sport: ports ? value(FIELD.sport) : null,
    dport: ports ? value(FIELD.dport) : null,
    flags: proto === PROTO.tcp ? namesOfBits(TCP_FLAG, value(FIELD.tcpFlags)) : null,
    icmp: icmp ? { type: value(FIELD.icmpType), code: value(FIELD.icmpCode), id: value(FIELD.icmpId) } : null,
    ttl: value(FIELD.ttl),
    tos: value(FIELD.tos),
    length: value(FIELD.length),
    mark: value(FIELD.mark) >>> 0,
    conntrack,
  };
}

function namesOfBits(names: Readonly<Record<string, number>>, bits: number): string[] {
  return Object.keys(names).filter((name) => (bits & (names[name] as number)) !== 0);
}

function nameOfBit(names: Readonly<Record<string, number>>, bits: number): string | null {
  return namesOfBits(names, bits)[0] ?? null;
}

/** The state after the last step, for which no snapshot exists: what the outcome says, over what was there before. */
function finalState(before: PacketState, outcome: Outcome, last: Step | undefined): PacketState {
  const left = outcome.packet;
  if (!left) return before;
  return {
    ...before,
    out: outcome.out ?? before.out,
    src: left.src ?? before.src,
    dst: left.dst,
    sport: before.sport === null ? null : (left.sport ?? before.sport),
    dport: before.dport === null ? null : (left.dport ?? before.dport),
    mark: left.mark ?? before.mark,
    ttl: left.ttl ?? before.ttl,
    tos: left.tos ?? before.tos,
    ...(last?.kind === 'conntrack' && last.entry && { conntrack: { ...before.conntrack, status: namesOfBits(CTSTATUS, last.entry.status) } }),
  };
}

// --- The trace ----------------------------------------------------------------------------------------------------

export function renderTrace(trace: Trace, interfaceName: InterfaceName, explainer: Explainer): Omit<TraceView, 'reply' | 'notes' | 'emitted' | 'decisive' | 'ipvs'> {
  const states: PacketState[] = [];
  const seen = new Map<Snapshot, number>();
  const stateOf = (snapshot: Snapshot): number => {
    let index = seen.get(snapshot);
    if (index === undefined) {
      index = states.length;
      states.push(renderState(snapshot, interfaceName));
      seen.set(snapshot, index);
    }
    return index;
  };
  const before = trace.steps.map((step) => stateOf(step.before));
  const lastState = states[before.at(-1) ?? -1];
  let end = before.at(-1) ?? 0;
  if (lastState && trace.outcome.packet) {
    end = states.length;
    states.push(finalState(lastState, trace.outcome, trace.steps.at(-1)));
  }
  const steps = trace.steps.map((step, i) => renderStep(step, i, before[i] as number, before[i + 1] ?? end, trace.steps[i + 1]));
  const readings: Record<string, readonly Reading[]> = {};
  const read = (reading: ClauseReading): Reading => renderReading(reading, explainer);
  trace.steps.forEach((step, i) => {
    if (step.kind === 'rule' && step.readings) readings[readingKey(i, step.at.number)] = step.readings.map(read);
    if (step.kind === 'misses' && step.readings) for (const [rule, list] of step.readings) readings[readingKey(i, rule)] = list.map(read);
  });
  return {
    packet: trace.packet,
    steps,
    states,
    outcome: trace.outcome,
    ...(trace.unsettled && { unsettled: trace.unsettled }),
    readings,
  };
}

export function readingKey(step: number, rule: number): string {
  return `${step}/${rule}`;
}

function renderStep(step: Step, index: number, before: number, after: number, next: Step | undefined): StepView {
  const base = { index, family: step.family, hook: step.hook, within: step.within, pass: step.pass, depth: step.depth, before, after };
  switch (step.kind) {
    case 'rule': {
      const sets = setChanges(step, next);
      return {
        ...base,
        ...place(step.at),
        kind: 'rule',
        matched: step.matched === 2 ? 'true' : 'unknown',
        target: step.target,
        effects: step.effects,
        ...(sets.length > 0 && { sets }),
      };
    }
    case 'misses':
      return { ...base, ...place(step.at), kind: 'misses', rule: step.first, last: step.last };
    case 'return':
      return { ...base, ...place(step.at), kind: 'return' };
    case 'policy':
      return { ...base, ...place(step.at), kind: 'policy', verdict: step.verdict };
    case 'conntrack':
      return {
        ...base,
        kind: 'conntrack',
        event: step.event,
        state: step.state,
        direction: step.direction,
        entry: step.entry,
        ...(step.entry && { timeout: Math.max(0, Math.ceil(step.entry.expires - step.before.world.now)) }),
      };
    case 'nat':
      return {
        ...base,
        kind: 'nat',
        manip: step.manip,
        from: endText(step.from, step.manip),
        to: endText(step.to, step.manip),
        ...(step.byChance && { byChance: formatAddress(step.to.family, step.to[step.manip]) }),
      };
    case 'route': {
      const { table, route, via, dev, type, rule, text } = step;
      return { ...base, kind: 'route', table, route, via, dev, type, rule, text };
    }
    case 'drop':
      return { ...base, kind: 'drop', reason: step.reason, text: step.text };
    default:
      return { ...base, kind: step.kind, text: step.text };
  }
}

function place(at: RuleAddress): { table: string; chain: string; rule: number } {
  return { table: tableKey(at), chain: at.chain, rule: at.number };
}

/** Sets that a rule changed, entry by entry. */
function setChanges({ before, effects }: Extract<Step, { kind: 'rule' }>, next: Step | undefined): readonly SetChangeView[] {
  const names = effects.flatMap(({ field }) => (field.startsWith('set ') ? [field.slice('set '.length)] : []));
  return [...new Set(names)].flatMap((name) => {
    const change = next ? setChange(before, next.before, name) : null;
    return change ? [{ name, ...change }] : [];
  });
}

export function renderIpvs(connections: readonly IpvsConnection[], now: number): readonly IpvsView[] {
  const end = (family: IpvsConnection['family'], words: IpvsConnection['client'], port: number): string =>
    family === 'ipv6' ? `[${formatAddress(family, words)}]:${port}` : `${formatAddress(family, words)}:${port}`;
  return connections.map(({ family, proto, client, clientPort, virtual, virtualPort, server, serverPort, method, state, expires }) => ({
    proto: protocolName(proto),
    client: end(family, client, clientPort),
    virtual: end(family, virtual, virtualPort),
    server: end(family, server, serverPort),
    method,
    state,
    timeout: Math.max(0, Math.ceil(expires - now)),
  }));
}

/** The end of a tuple that NAT rewrites: `192.168.0.101:60514`. */
function endText(tuple: Tuple, manip: 'src' | 'dst'): string {
  const [words, port] = manip === 'src' ? [tuple.src, tuple.sport] : [tuple.dst, tuple.dport];
  const host = formatAddress(tuple.family, words);
  if (!WITH_PORTS.has(tuple.proto)) return host;
  return tuple.family === 'ipv6' ? `[${host}]:${port}` : `${host}:${port}`;
}
