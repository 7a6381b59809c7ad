/**
 * What a run against the kernel has really tried: how often each match held and how often it was the first that did not,
 * plain and negated; how often each target fired and each set type was asked; tables by hook and family, states of
 * connections, kinds of packets, fates. Rows are made from the engine's own lists, so a row that nobody reaches shows.
 */

import { explainRule, findMatch, HOOKS, MATCHES, TABLE_NAMES, TARGETS, type Packet, type Program, type Step, type Trace, type World } from '../../engine/index.ts';
import { SET_TYPES } from '../../engine/extension/settype/types.ts';
import { ip } from '../../engine/extension/match/ip.ts';
import type { OptionContext, OptionTable, OptionUse } from '../../engine/model/option.ts';
import { BUILTIN_CHAINS } from '../../engine/model/hook.ts';
import { CTSTATUS } from '../../engine/model/field.ts';
import type { ClauseReading } from '../../engine/model/trace.ts';
import { TRUE, type Clause, type SetTest } from '../../engine/model/test.ts';
import { familyOf, protocolLabel, protocolOf } from './packet-bytes.ts';
import type { Recording } from './recording.ts';

export const AREAS = ['match', 'target', 'set type', 'hook', 'connection', 'packet', 'fate'] as const;
export type Area = (typeof AREAS)[number];

/** Columns of each area. */
export const COLUMNS: Readonly<Record<Area, readonly string[]>> = {
  match: ['held', 'missed', '! held', '! missed'],
  target: ['IPv4', 'IPv6'],
  'set type': ['held', 'missed'],
  hook: ['IPv4', 'IPv6'],
  connection: ['IPv4', 'IPv6'],
  packet: ['IPv4', 'IPv6'],
  fate: ['IPv4', 'IPv6'],
};

/** Clauses of one rule with what they belong to. */
interface Owned {
  readonly clauses: readonly Clause[];
  /** Row of each clause: `tcp`, or `-s` for the rule's own header. */
  readonly rows: readonly string[];
  /** Matches without any clause of their own: comment. */
  readonly silent: readonly string[];
}

const STATUS = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'SRC_NAT', 'DST_NAT'] as const;
const TCP_STATES = ['SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'SYN_SENT2'] as const;
const PLAIN_TARGETS = ['ACCEPT', 'DROP', 'RETURN', 'no target', 'jump', 'goto'] as const;
const HEADER = ['-s', '-d', '-i', '-o', '-p', '-f'] as const;

export class Coverage {
  readonly counts = new Map<string, number>();
  nodes = 0;
  packets = 0;
  /** Lines of the kernel's trace that were held against the engine's. */
  steps = 0;
  /** Packets, and among them those whose walk came to what the engine does not know; by what it says. */
  readonly unknowns = new Map<string, number>();

  add(area: Area, row: string, column: string, count = 1): void {
    const key = `${area}\t${row}\t${column}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }

  get(area: Area, row: string, column: string): number {
    return this.counts.get(`${area}\t${row}\t${column}`) ?? 0;
  }

  /** One node and its packets: `world` as after the last. */
  addWalk(recording: Recording, world: World, traces: readonly Trace[]): void {
    this.nodes++;
    this.packets += recording.packets.length;
    for (const record of recording.records) this.steps += record.steps.length + record.emitted.reduce((sum, one) => sum + one.steps.length, 0);
    const owned = new Map<number, Owned>();
    recording.packets.forEach((packet, i) => {
      for (const kind of packetKinds(packet)) this.add('packet', kind, familyLabel(packet));
      const trace = traces[i];
      if (trace) this.addTrace(trace, world, owned);
    });
    for (const send of recording.packets.slice(1).keys())
      if (isLater(recording.packets, send + 1)) this.add('packet', 'after a wait', familyLabel(recording.packets[send + 1] as Packet));
  }

  private addTrace(trace: Trace, world: World, owned: Map<number, Owned>): void {
    const family = trace.steps[0]?.family ?? familyOf(trace.packet);
    const label = family === 'ipv4' ? 'IPv4' : 'IPv6';
    for (const step of trace.steps) this.addStep(step, world, owned, label);
    const { verdict, reason } = trace.outcome;
    this.add('fate', `${verdict}${verdict === 'lost' && reason ? `: ${reason}` : ''}`, label);
    for (const emitted of trace.emitted) {
      this.add('fate', `made on the way: ${emitted.cause}`, label);
      this.addTrace(emitted, world, owned);
    }
  }

  private addStep(step: Step, world: World, owned: Map<number, Owned>, label: string): void {
    const { program } = world;
    if (step.kind === 'rule' || step.kind === 'policy') this.add('hook', `${step.at.table} ${step.hook}`, label);
    if (step.kind === 'conntrack') {
      if (step.event === 'lookup' || step.event === 'create') this.add('connection', step.state, label);
      if (step.entry) {
        for (const name of STATUS) if (step.entry.status & CTSTATUS[name]) this.add('connection', name, label);
        if (step.entry.tcp) this.add('connection', `TCP ${step.entry.tcp.state}`, label);
        if (step.entry.zone !== 0) this.add('connection', 'zone', label);
      }
      if (step.event === 'destroy') this.add('connection', 'destroyed', label);
    }
    if (step.kind === 'rule' && step.matched === TRUE) this.addHit(program, step.ruleIndex, ownedOf(program, step.ruleIndex, owned), label);
    if (step.kind === 'misses')
      for (let number = step.first; number <= step.last; number++) {
        const rule = step.ruleIndex + (number - step.first);
        this.addMiss(ownedOf(program, rule, owned), step.readings?.get(number) ?? explainRule(world, step.before, rule), world);
      }
  }

  private addHit(program: Program, ruleIndex: number, { clauses, rows, silent }: Owned, label: string): void {
    const rule = program.rules[ruleIndex];
    for (const row of silent) this.add('match', row, 'held');
    const seen = new Set<string>();
    clauses.forEach((clause, i) => {
      if (clause.guard) return;
      const key = `${rows[i]}\t${isNegated(clause) ? '! held' : 'held'}`;
      if (seen.has(key)) return;
      seen.add(key);
      this.add('match', rows[i] as string, isNegated(clause) ? '! held' : 'held');
    });
    const target = rule?.rule.target;
    this.add('target', target ? (target.isChain ? (target.verb === 'goto' ? 'goto' : 'jump') : target.name) : 'no target', label);
  }

  /** The readings end at the clause that decided. */
  private addMiss({ clauses, rows }: Owned, readings: readonly ClauseReading[], world: World): void {
    const last = readings.at(-1);
    if (!last) return;
    // Guards that hold have no reading, and one option may be several clauses: the last with this text that is not before the others.
    let at = -1;
    for (const { clause } of readings) {
      const next = clauses.findIndex((one, i) => i > at && one.text === clause);
      if (next >= 0) at = next;
    }
    const clause = clauses[at];
    if (!clause) return;
    this.add('match', rows[at] as string, isNegated(clause) ? '! missed' : 'missed');
    for (const test of clause.any) if (test.op === 'set') this.add('set type', setType(world, test), clause.negated ? 'held' : 'missed');
  }

  /** Set look-ups that held, from the rules that matched. */
  addSetHits(program: Program, world: World, traces: readonly Trace[]): void {
    for (const trace of traces) {
      for (const step of trace.steps)
        if (step.kind === 'rule' && step.matched === TRUE)
          for (const clause of program.rules[step.ruleIndex]?.clauses ?? [])
            for (const test of clause.any) if (test.op === 'set') this.add('set type', setType(world, test), clause.negated ? 'missed' : 'held');
      this.addSetHits(program, world, trace.emitted);
    }
  }

  /** Rows the engine claims, with the columns that must not stay empty. */
  static expected(): ReadonlyMap<Area, readonly (readonly [row: string, columns: readonly string[]])[]> {
    const both = ['IPv4', 'IPv6'];
    const families = (list: readonly string[]): readonly string[] => both.filter((name) => list.includes(name === 'IPv4' ? 'ipv4' : 'ipv6'));
    return new Map<Area, readonly (readonly [string, readonly string[]])[]>([
      [
        'match',
        [
          ...HEADER.map((row) => [row, COLUMNS.match] as const),
          ...MATCHES.map(
            ({ name, options }) => [name, canNegate(options) ? COLUMNS.match : Object.keys(options).length > 0 && name !== 'comment' ? ['held', 'missed'] : ['held']] as const,
          ),
        ],
      ],
      ['target', [...PLAIN_TARGETS.map((row) => [row, both] as const), ...TARGETS.map((target) => [target.name, families(target.families)] as const)]],
      ['set type', SET_TYPES.map(({ name }) => [name, COLUMNS['set type']] as const)],
      ['hook', TABLE_NAMES.flatMap((table) => HOOKS.filter((hook) => BUILTIN_CHAINS[table].includes(hook)).map((hook) => [`${table} ${hook}`, both] as const))],
      [
        'connection',
        [...['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'], ...STATUS, ...TCP_STATES.map((state) => `TCP ${state}`), 'zone', 'destroyed'].map(
          (row) => [row, both] as const,
        ),
      ],
      ['packet', PACKET_KINDS.map((row) => [row, row === 'to a broadcast address' ? ['IPv4'] : both] as const)],
      [
        'fate',
        ['forwarded', 'delivered', 'sent', 'dropped', 'rejected', 'made on the way: reject', 'made on the way: icmp-error', 'made on the way: tee', 'made on the way: clone'].map(
          (row) => [row, row === 'made on the way: clone' ? ['IPv4'] : both],
        ),
      ],
    ]);
  }
}

const canNegate = (options: OptionTable): boolean => Object.values(options).some(({ invertible }) => invertible);
const familyLabel = (packet: Packet): string => (familyOf(packet) === 'ipv4' ? 'IPv4' : 'IPv6');
const isNegated = (clause: Clause): boolean => clause.negated || clause.text.startsWith('! ') || / ! --/.test(clause.text);
const setType = (world: World, { set }: SetTest): string => world.node.sets?.get(set)?.type ?? 'unknown set';
const isLater = (packets: readonly Packet[], i: number): boolean => packets[i]?.at !== undefined && packets[i]?.at !== packets[i - 1]?.at;

function ownedOf(program: Program, ruleIndex: number, known: Map<number, Owned>): Owned {
  let found = known.get(ruleIndex);
  if (found) return found;
  const compiled = program.rules[ruleIndex] as Program['rules'][number];
  const chain = program.chains[compiled.chain] as Program['chains'][number];
  const { header, matches } = compiled.rule;
  const proto = header.uses.proto as OptionUse<number> | undefined;
  const context: OptionContext = { family: chain.family, table: chain.table, chain: chain.name, protocol: proto && !proto.negated ? proto.value : null };
  const rows: string[] = ip.compile(header.uses as never, { ...context, set: () => undefined }).map(({ text }) => text.replace(/^! /, '').split(' ')[0] as string);
  const silent: string[] = [];
  for (const { name, uses } of matches) {
    const own = findMatch(name)?.compile(uses as never, { ...context, set: () => undefined }) ?? [];
    if (own.every(({ guard }) => guard)) silent.push(name);
    rows.push(...own.map(() => name));
  }
  found = { clauses: compiled.clauses, rows: compiled.clauses.map((_, i) => rows[i] ?? 'target'), silent };
  known.set(ruleIndex, found);
  return found;
}

const PACKET_KINDS = [
  'tcp',
  'udp',
  'icmp',
  'sctp',
  'udplite',
  'dccp',
  'gre',
  'esp',
  'ah',
  'another protocol',
  'SYN',
  'SYN+ACK',
  'ACK',
  'FIN',
  'RST',
  'flags that make no sense',
  'ICMP error',
  'ICMP query other than echo',
  'ICMP reply',
  'first fragment',
  'later fragment',
  'to a broadcast address',
  'to a multicast address',
  'in a broadcast frame',
  'from the node',
  'over loopback',
  'to the node',
  'wrong checksum',
  'hop limit at its end',
  'with data',
  'longer than the MTU',
  'after a wait',
] as const;

function packetKinds(packet: Packet): string[] {
  const kinds: string[] = [];
  const proto = protocolLabel(protocolOf(packet));
  const v6 = familyOf(packet) === 'ipv6';
  if (packet.fragOffset) return ['later fragment'];
  if (packet.moreFragments) kinds.push('first fragment');
  kinds.push(typeof proto === 'number' ? 'another protocol' : proto === 'icmpv6' ? 'icmp' : proto);
  if (proto === 'tcp') {
    const flags = (packet.flags ?? ['SYN']).filter((flag) => !['PSH', 'ECE', 'CWR', 'URG'].includes(flag));
    const named = flags.includes('RST')
      ? flags.includes('SYN') || flags.includes('FIN')
        ? ''
        : 'RST'
      : flags.includes('FIN')
        ? flags.includes('ACK') && !flags.includes('SYN')
          ? 'FIN'
          : ''
        : flags.join('+');
    kinds.push(['SYN', 'SYN+ACK', 'ACK', 'FIN', 'RST'].includes(named) ? named : 'flags that make no sense');
  }
  if (proto === (v6 ? 'icmpv6' : 'icmp')) {
    const type = packet.icmpType ?? (v6 ? 128 : 8);
    if (packet.inner) kinds.push('ICMP error');
    else if ((v6 ? [129, 140] : [0, 14, 16, 18]).includes(type)) kinds.push('ICMP reply');
    else if (type !== (v6 ? 128 : 8)) kinds.push('ICMP query other than echo');
  }
  const { dst } = packet;
  if (dst === '255.255.255.255' || /^10\.\d\.0\.255$/.test(dst)) kinds.push('to a broadcast address');
  if (/^(22[4-9]|23\d)\./.test(dst) || dst.startsWith('ff')) kinds.push('to a multicast address');
  if (packet.l2 === 'broadcast') kinds.push('in a broadcast frame');
  if (!packet.in) kinds.push(packet.src === dst || dst === '127.0.0.1' || dst === '::1' ? 'over loopback' : 'from the node');
  if (packet.in && (/^10\.[123]\.0\.[19]$/.test(dst) || /^fd0[123]::[19]$/.test(dst))) kinds.push('to the node');
  if (packet.badChecksum) kinds.push('wrong checksum');
  if (packet.ttl === 1) kinds.push('hop limit at its end');
  if (packet.data !== undefined) kinds.push('with data');
  if ((packet.payload ?? 0) + (v6 ? 48 : 28) > 1500) kinds.push('longer than the MTU');
  return kinds;
}
