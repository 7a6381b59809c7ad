/**
 * Compares what the kernel did (a recording) with what the engine says it does (formats §3), step for step. Every
 * difference is one readable line; none means that kernel and engine agree on everything that both can see.
 */

import type { EmittedJson, EntryJson, StepJson, TraceJson, TraceReportJson } from '../../engine/trace/format.ts';
import type { Packet } from '../../engine/model/packet.ts';
import { NOT_KNOWN } from '../../engine/model/trace.ts';
import type { Decoded } from './packet-bytes.ts';
import { familyOf, protocolLabel, protocolOf } from './packet-bytes.ts';
import type { EmittedWalk, KernelEntry, KernelStep, KernelWalk, Recording } from './recording.ts';

export interface Difference {
  /** 1-based number of the packet; null for what is compared at the end. */
  readonly packet: number | null;
  /** `unknown`: the engine does not know, which is honest but proves nothing. */
  readonly kind: 'step' | 'outcome' | 'emitted' | 'conntrack' | 'counters' | 'sets' | 'problem' | 'unknown';
  readonly text: string;
}

type EngineStep = Extract<StepJson, { kind: 'rule' | 'return' | 'policy' }>;

const STEP_FIELDS = ['hook', 'in', 'out', 'src', 'dst', 'sport', 'dport', 'icmpType', 'icmpCode', 'icmpId', 'mark', 'ttl', 'tos'] as const;
const PACKET_FIELDS = ['src', 'dst', 'sport', 'dport', 'icmpType', 'icmpCode', 'icmpId', 'ttl', 'tos', 'flags', 'seq', 'ack', 'mss'] as const;
const PORT_FIELDS: readonly string[] = ['sport', 'dport', 'icmpId'];
/** Timeouts run while the test does. */
const TIMEOUT_SLACK = 5;
const STREAM_AFTER = 2;

/** A port the kernel drew may stand for another one that the engine drew, always the same one, both ways. */
class Ports {
  private readonly drawn: ReadonlySet<number>;
  private readonly toEngine = new Map<number, number>();
  private readonly toKernel = new Map<number, number>();

  constructor(recording: Recording) {
    this.drawn = new Set((recording.environment.choices ?? []).filter((choice) => choice.for === 'port').map((choice) => Number(choice.value)));
  }

  same(kernel: number, engine: number): boolean {
    if (kernel === engine) return true;
    if (!this.drawn.has(kernel)) return false;
    if (!this.toEngine.has(kernel) && !this.toKernel.has(engine)) {
      this.toEngine.set(kernel, engine);
      this.toKernel.set(engine, kernel);
    }
    return this.toEngine.get(kernel) === engine;
  }
}

interface Context {
  readonly ports: Ports;
  /** Texts of the rules by `family table/chain/number`. */
  readonly rules: ReadonlyMap<string, string>;
  /** Port to its bridge: by the port a frame is seen to leave, by the bridge rules and outcome say that it does. */
  readonly bridges: ReadonlyMap<string, string>;
  readonly untraced: boolean;
  readonly add: (kind: Difference['kind'], text: string) => void;
}

function ruleTexts(recording: Recording): Map<string, string> {
  const texts = new Map<string, string>();
  const counts = new Map<string, number>();
  let family = '';
  let table = '';
  for (const line of recording.snapshot) {
    const section = /^==> (ip6?)tables\S* <==$/.exec(line);
    if (line.startsWith('==>')) family = section ? (section[1] === 'ip' ? 'ipv4' : 'ipv6') : '';
    if (line.startsWith('*')) table = line.slice(1);
    const rule = /^-A (\S+)/.exec(line);
    if (family === '' || !rule) continue;
    const chain = `${family} ${table}/${rule[1]}`;
    counts.set(chain, (counts.get(chain) ?? 0) + 1);
    texts.set(`${chain}/${counts.get(chain)}`, line.slice(`-A ${rule[1]} `.length));
  }
  return texts;
}

const address = (step: KernelStep | EngineStep): string => `${step.table}/${step.chain}/${step.rule} ${step.kind}`;

export function compareRecording(recording: Recording, report: TraceReportJson): Difference[] {
  const differences: Difference[] = [];
  const ports = new Ports(recording);
  const rules = ruleTexts(recording);
  const bridges = bridgesOf(recording);
  // The kernel has loaded all of it.
  for (const problem of report.problems)
    if (problem.severity === 'error') differences.push({ packet: null, kind: 'problem', text: `${problem.section}:${problem.line}: ${problem.message}` });
  if (report.traces.length !== recording.records.length) {
    differences.push({ packet: null, kind: 'outcome', text: `${recording.records.length} packets were sent, the engine walked ${report.traces.length}` });
    return differences;
  }
  recording.records.forEach((record, i) => {
    const trace = report.traces[i] as TraceJson;
    const context: Context = {
      ports,
      rules,
      bridges,
      untraced: recording.untraced === true,
      add: (kind, text) => {
        differences.push({ packet: i + 1, kind, text });
      },
    };
    compareWalk(record, trace, '', context);
    compareOutcome(record, trace, '', context);
    compareEmitted(record.emitted, trace.emitted, context);
  });
  for (const text of compareConntrack(recording, report.conntrack, ports)) differences.push({ packet: null, kind: 'conntrack', text });
  for (const text of compareSets(recording, report)) differences.push({ packet: null, kind: 'sets', text });
  for (const text of compareCounters(recording, report)) differences.push({ packet: null, kind: 'counters', text });
  return differences;
}

/** One difference per line, packets with what was sent. */
export function describeDifferences(recording: Recording, differences: readonly Difference[]): string {
  return differences
    .map(({ packet, kind, text }) => (packet === null ? `at the end, ${kind}: ${text}` : `packet ${packet} ${JSON.stringify(recording.packets[packet - 1])}\n  ${kind}: ${text}`))
    .join('\n');
}

function compareWalk(walk: KernelWalk, trace: TraceJson, where: string, { ports, rules, untraced, add }: Context): void {
  const steps = withCopies(trace, where === '' && !trace.packet.in);
  const unknown = steps.find((step) => step.kind === 'rule' && step.matched === 'unknown');
  if (unknown?.kind === 'rule') add('unknown', `${where}${unknown.table}/${unknown.chain}/${unknown.rule}: ${unknown.why.at(-1)?.text ?? ''}`);
  const after = steps.find((step) => step.kind === 'rule' && step.effects.some(({ field, to }) => field === 'mark' && to === NOT_KNOWN));
  if (after?.kind === 'rule') add('unknown', `${where}${after.table}/${after.chain}/${after.rule}: the mark afterwards`);
  if (untraced) return;
  const ours = steps.filter((step): step is EngineStep => step.kind === 'return' || step.kind === 'policy' || (step.kind === 'rule' && step.matched === true));
  for (let i = 0; i < Math.max(walk.steps.length, ours.length); i++) {
    const kernel = walk.steps[i];
    const engine = ours[i];
    if (!kernel || !engine || address(kernel) !== address(engine)) {
      const before = i === 0 ? 'first' : `after ${address(walk.steps[i - 1] as KernelStep)}`;
      add(
        'step',
        `${where}${before}: kernel ${kernel ? address(kernel) : 'has no more'}, engine ${engine ? address(engine) : `has no more (${ending(trace)})`}${miss(trace, kernel, engine, rules)}`,
      );
      return;
    }
    for (const field of STEP_FIELDS) {
      const seen = kernel[field];
      if (seen === undefined) continue;
      if (!sameValue(field, seen, engine[field], ports)) add('step', `${where}${address(kernel)} in ${kernel.hook}: ${field} kernel ${show(seen)}, engine ${show(engine[field])}`);
    }
  }
}

/** Copies of a packet have its id, and are the same packet to the kernel's trace. */
const COPIES: readonly string[] = ['clone', 'tee'];

const tableOf = (step: StepJson): string | null => (step.kind === 'rule' || step.kind === 'policy' || step.kind === 'return' ? step.table : null);

/**
 * The steps of a packet and its copies in the order in which the kernel takes them. A copy sets out where it was made. Where it
 * comes in again it waits: where a process sends (`interrupted`), that the table has been gone through; else that its packet is through.
 */
function withCopies(trace: Pick<TraceJson, 'steps' | 'emitted'>, interrupted: boolean): StepJson[] {
  const { steps } = trace;
  const behind = new Map<number, StepJson[]>();
  const put = (index: number, more: readonly StepJson[]) => behind.set(index, [...(behind.get(index) ?? []), ...more]);
  const last = (of: (step: StepJson) => boolean, from: number): number => {
    let index = from;
    while (index + 1 < steps.length && of(steps[index + 1] as StepJson)) index++;
    return index;
  };
  for (const copy of trace.emitted.filter(({ cause }) => COPIES.includes(cause)).sort((one, other) => one.parent - other.parent)) {
    const made = steps[copy.parent];
    const free = interrupted && made?.pass === 1;
    const all = withCopies(copy, free && copy.cause === 'clone');
    const comesIn = all.findIndex(({ pass }) => pass !== copy.steps[0]?.pass);
    const [now, later] = comesIn < 0 ? [all, []] : [all.slice(0, comesIn), all.slice(comesIn)];
    put(copy.parent, now);
    const inTable = (step: StepJson): boolean => copy.cause === 'tee' && step.hook === made?.hook && tableOf(step) === tableOf(made);
    put(last(free ? inTable : ({ pass }) => pass === made?.pass, copy.parent), later);
  }
  return steps.flatMap((step, i) => [step, ...(behind.get(i) ?? [])]);
}

const ending = (trace: TraceJson): string => `${trace.outcome.verdict}${trace.outcome.reason ? `, ${trace.outcome.reason}` : ''}${trace.outcome.by ? `, ${trace.outcome.by}` : ''}`;

/** Why the engine missed the rule that the kernel matched. */
function miss(trace: TraceJson, kernel: KernelStep | undefined, engine: EngineStep | undefined, rules: Context['rules']): string {
  const rule = kernel?.kind === 'rule' ? kernel : undefined;
  const missed =
    rule &&
    trace.steps.find(
      (step) => step.kind === 'rule' && step.matched === false && step.hook === rule.hook && step.table === rule.table && step.chain === rule.chain && step.rule === rule.rule,
    );
  if (rule && missed?.kind === 'rule') return `; ${rules.get(`${missed.family} ${rule.table}/${rule.chain}/${rule.rule}`)}: missed because ${missed.why.at(-1)?.text ?? '?'}`;
  return engine?.kind === 'rule' ? `; engine matched ${engine.target ?? 'without target'}: ${engine.why.map((why) => why.text).join(', ')}` : '';
}

function sameValue(field: string, kernel: unknown, engine: unknown, ports: Ports): boolean {
  if (PORT_FIELDS.includes(field) && typeof kernel === 'number' && typeof engine === 'number') return ports.same(kernel, engine);
  if (Array.isArray(kernel) && Array.isArray(engine)) return [...kernel].sort().join() === [...engine].sort().join();
  return (kernel ?? null) === (engine ?? null);
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value));

function compareOutcome(walk: KernelWalk, trace: TraceJson, where: string, { ports, bridges, untraced, add }: Pick<Context, 'ports' | 'bridges' | 'untraced' | 'add'>): void {
  const { verdict, out, packet } = trace.outcome;
  if (verdict === 'unknown') {
    add('unknown', `${where}outcome, because of ${trace.outcome.because?.join(', ') || trace.outcome.reason}`);
    return;
  }
  const ways = bridgeWays(trace);
  if (ways.length > 0) {
    // Fragments of one datagram leave by one port.
    const seen = [...new Set(walk.left.map((one) => one.out))].sort();
    const claimed = trace.emitted.some(({ cause }) => cause === 'tunnel') ? seen : ways.sort();
    if (seen.join() !== claimed.join() || walk.delivered !== isDelivered(trace))
      add('outcome', `${where}kernel let it out by ${seen.join(', ') || 'nothing'}, engine by ${ways.join(', ')}`);
    else if (packet && walk.left[0]) comparePacket(walk.left[0].packet, packet, ports, `${where}as it left: `, add);
    return;
  }
  // Beside a copy that TEE made, the original is the one that leaves as the engine says, if any does.
  const leaves = verdict === 'forwarded' || verdict === 'sent';
  const copied = trace.emitted.some(({ cause }) => cause === 'tee');
  // What a tunnel device took is inside the packet that the device made: it does not show on its own.
  const wrapped = trace.emitted.some(({ cause }) => cause === 'tunnel') && leaves;
  if (wrapped && walk.left.length === 0 && !walk.delivered) return;
  // Raw sockets of IPv6 get no header: beside a copy that left, nobody tells which of the two was delivered.
  if (copied && verdict === 'delivered' && !walk.delivered && walk.steps[0]?.src.includes(':')) return;
  // Nor whether it was this packet or one that the node made of it, where no trace tells who came to INPUT.
  if (untraced && walk.delivered && verdict !== 'delivered' && familyOf(trace.packet) === 'ipv6' && trace.emitted.some(({ outcome }) => outcome.verdict === 'delivered')) return;
  const left = (copied && packet ? ours(walk.left, out, packet, ports) : null) ?? (copied && !leaves ? undefined : walk.left[0]);
  if (left) {
    if (!leaves || (out !== left.out && out !== bridges.get(left.out)))
      add('outcome', `${where}kernel let it out by ${left.out}, engine ${ending(trace)}${out ? ` by ${out}` : ''}`);
    // Fragments of one datagram: the first carries what can be compared.
    else if (packet) comparePacket(left.packet, packet, ports, `${where}as it left: `, add);
  } else if ((walk.delivered !== isDelivered(trace) && !isUnseen(trace.outcome.packet ?? trace.packet)) || leaves)
    add('outcome', `${where}kernel ${walk.delivered ? 'delivered it' : 'let nothing out'}, engine ${ending(trace)}`);
}

/** Ports by which the bridge lets a frame and its copies out. */
function bridgeWays({ steps, outcome, emitted }: Pick<TraceJson, 'steps' | 'outcome' | 'emitted'>): string[] {
  const own = outcome.verdict === 'forwarded' ? steps.flatMap((step) => (step.kind === 'route' && step.table.startsWith('bridge ') && step.dev ? [step.dev] : [])) : [];
  return [...own, ...emitted.filter(({ cause }) => cause === 'clone').flatMap(bridgeWays)];
}

function bridgesOf({ snapshot }: Recording): Map<string, string> {
  const line = snapshot[snapshot.indexOf('==> ip -j addr <==') + 1] ?? '[]';
  const devices = JSON.parse(line.startsWith('[') ? line : '[]') as { ifname: string; master?: string }[];
  return new Map(devices.flatMap(({ ifname, master }) => (master === undefined ? [] : [[ifname, master]])));
}

/** Among what left, copies too, the one that is as the engine says, or else one that left by the same device from the same source. */
function ours(left: KernelWalk['left'], out: string | null, packet: Packet, ports: Ports): KernelWalk['left'][number] | null {
  const likely = left.filter((one) => one.out === out && one.packet.src === packet.src);
  const differences = (one: KernelWalk['left'][number]): number => {
    let count = 0;
    comparePacket(one.packet, packet, ports, '', () => count++);
    return count;
  };
  return likely.find((one) => differences(one) === 0) ?? likely[0] ?? null;
}

/** Of what the node sends to everybody the copy for itself is delivered, whatever becomes of the original. */
const isDelivered = ({ outcome, emitted }: Pick<TraceJson, 'outcome' | 'emitted'>): boolean =>
  outcome.verdict === 'delivered' || emitted.some((one) => one.cause === 'clone' && isDelivered(one));

const AH: readonly unknown[] = ['ah', 51];

/**
 * Delivery is seen by raw sockets. Those for ICMPv6 and mobility headers check the sum themselves, which nobody makes for the latter;
 * and what an authentication header stands before is delivered as that.
 */
const isUnseen = (packet: Packet): boolean =>
  familyOf(packet) === 'ipv6' &&
  ((packet.badChecksum === true && protocolOf(packet) === 58) ||
    protocolOf(packet) === 135 ||
    (packet.extensionHeaders ?? []).some((given) => AH.includes(typeof given === 'object' ? given.header : given)));

function comparePacket(kernel: Decoded, engine: Packet, ports: Ports, where: string, add: (kind: Difference['kind'], text: string) => void): void {
  const proto = protocolLabel(protocolOf(engine));
  if (kernel.proto !== proto) add('outcome', `${where}proto kernel ${kernel.proto}, engine ${proto}`);
  for (const field of PACKET_FIELDS) {
    if (kernel[field] === undefined) continue;
    if (!sameValue(field, kernel[field], engine[field], ports)) add('outcome', `${where}${field} kernel ${show(kernel[field])}, engine ${show(engine[field])}`);
  }
  if (kernel.inner && engine.inner) {
    const { inner } = kernel;
    for (const field of ['src', 'dst', 'sport', 'dport'] as const)
      if (inner[field] !== undefined && !sameValue(field, inner[field], engine.inner[field], ports))
        add('outcome', `${where}quoted ${field} kernel ${show(inner[field])}, engine ${show(engine.inner[field])}`);
  }
}

function compareEmitted(kernel: readonly EmittedWalk[], engine: readonly EmittedJson[], context: Context): void {
  const { ports, add } = context;
  const left = engine.flatMap(flatten).filter(({ cause }) => !COPIES.includes(cause));
  for (const walk of kernel) {
    const label = `${walk.packet.proto} ${walk.packet.icmpType === undefined ? '' : `${walk.packet.icmpType}/${walk.packet.icmpCode} `}${walk.packet.src} > ${walk.packet.dst}`;
    const at = left.findIndex(
      (one) => protocolLabel(protocolOf(one.packet)) === walk.packet.proto && (walk.packet.icmpType === undefined || one.packet.icmpType === walk.packet.icmpType),
    );
    const found = left[at];
    if (!found) {
      add('emitted', `kernel sent ${label}, engine did not`);
      continue;
    }
    left.splice(at, 1);
    const where = `emitted ${label}: `;
    // Else what is seen of it is how it left.
    if (!context.untraced) comparePacket(walk.packet, found.packet, ports, where, (_, text) => add('emitted', text));
    const inner: Context = { ...context, add: (kind, text) => add(kind === 'unknown' ? kind : 'emitted', text) };
    compareWalk(walk, found, where, inner);
    compareOutcome(walk, found, where, inner);
  }
  // Without a trace only what leaves is seen; what is not known of the others is not known of the counters either.
  if (context.untraced) for (const one of left) compareWalk({ steps: [], left: [], delivered: false }, one, '', context);
  for (const one of left.filter(({ outcome }) => !context.untraced || outcome.verdict === 'sent'))
    add('emitted', `engine sent ${one.cause} ${one.packet.proto} ${one.packet.icmpType ?? ''}/${one.packet.icmpCode ?? ''} ${one.packet.src} > ${one.packet.dst}, kernel did not`);
}

function flatten(emitted: EmittedJson): EmittedJson[] {
  return [emitted, ...emitted.emitted.flatMap(flatten)];
}

const entryLabel = (entry: KernelEntry | EntryJson): string => {
  const { src, dst, sport, dport, icmpId } = entry.original;
  return `${entry.proto} ${src}${sport === undefined ? '' : `:${sport}`} > ${dst}${dport === undefined ? '' : `:${dport}`}${icmpId === undefined ? '' : ` id ${icmpId}`} zone ${entry.zone}`;
};

function entryDifferences(kernel: KernelEntry, engine: EntryJson, ports: Ports, slack: number): string[] {
  const texts: string[] = [];
  const label = entryLabel(kernel);
  for (const field of ['state', 'mark'] as const)
    if (kernel[field] !== engine[field]) texts.push(`${label}: ${field} kernel ${show(kernel[field])}, engine ${show(engine[field])}`);
  // On a busy machine two seconds pass where none were meant to, and a connection of UDP is a stream behind them (nf_conntrack_udp_packet()).
  const streams =
    slack - TIMEOUT_SLACK >= STREAM_AFTER && ['udp', 'udplite'].includes(String(kernel.proto)) && kernel.status.includes('ASSURED') && !engine.status.includes('ASSURED');
  if (streams) return entryDifferences({ ...kernel, status: engine.status, timeout: engine.timeout }, engine, ports, slack);
  if (kernel.status.join() !== engine.status.join()) texts.push(`${label}: status kernel ${kernel.status.join()}, engine ${engine.status.join()}`);
  if (Math.abs(kernel.timeout - engine.timeout) > slack) texts.push(`${label}: timeout kernel ${kernel.timeout}, engine ${engine.timeout}`);
  for (const [field, seen] of Object.entries(kernel.reply))
    if (!sameValue(field === 'dport' ? 'dport' : field, seen, engine.reply[field as keyof EntryJson['reply']], ports))
      texts.push(`${label}: reply ${field} kernel ${show(seen)}, engine ${show(engine.reply[field as keyof EntryJson['reply']])}`);
  return texts;
}

function compareConntrack({ conntrack, took = 0 }: Recording, engine: readonly EntryJson[], ports: Ports): string[] {
  const texts: string[] = [];
  const left = [...engine];
  const slack = TIMEOUT_SLACK + took;
  for (const entry of conntrack) {
    // Protocols without a name of their own share a label: of those the one that is most like it.
    const [nearest] = left
      .filter((one) => entryLabel(one) === entryLabel(entry))
      .map((one) => ({ one, texts: entryDifferences(entry, one, ports, slack) }))
      .sort((a, b) => a.texts.length - b.texts.length);
    if (!nearest) {
      texts.push(`kernel has ${entryLabel(entry)}, engine does not`);
      continue;
    }
    left.splice(left.indexOf(nearest.one), 1);
    texts.push(...nearest.texts);
  }
  for (const entry of left) if (entry.timeout > slack) texts.push(`engine has ${entryLabel(entry)}, kernel does not`);
  return texts;
}

function compareCounters(recording: Recording, report: TraceReportJson): string[] {
  const texts: string[] = [];
  for (const family of ['ipv4', 'ipv6'] as const)
    for (const [table, chains] of Object.entries(recording.counters[family]))
      for (const [chain, counters] of Object.entries(chains)) {
        const where = `${family === 'ipv6' ? 'ip6:' : ''}${table}/${chain}`;
        const engine = report.counters[family][table]?.[chain];
        if (!engine) {
          texts.push(`${where}: engine has no counters`);
          continue;
        }
        // Policies of iptables-nft count only where a restore gave them counters.
        if (counters.policy && !recording.untraced && engine.policy?.join(':') !== counters.policy.join(':'))
          texts.push(`${where} policy: kernel [${counters.policy.join(':')}], engine [${engine.policy?.join(':')}]`);
        counters.rules.forEach((counter, i) => {
          if (engine.rules[i]?.join(':') !== counter.join(':')) texts.push(`${where}/${i + 1}: kernel [${counter.join(':')}], engine [${engine.rules[i]?.join(':')}]`);
        });
      }
  return texts;
}

/** Hash order is the kernel's own; timeouts run while the test does. */
function compareSets(recording: Recording, report: TraceReportJson): string[] {
  const texts: string[] = [];
  const normal = (entries: readonly string[] | undefined): string[] => (entries ?? []).map((entry) => entry.replace(/timeout [1-9]\d*/, 'timeout N')).sort();
  for (const [name, entries] of Object.entries(recording.sets)) {
    // Something not known was added or deleted: the engine says so there, and nothing of the set from then on.
    if (report.sets[name] === undefined) continue;
    const kernel = normal(entries);
    const engine = normal(report.sets[name]);
    const missing = kernel.filter((entry) => !engine.includes(entry));
    const extra = engine.filter((entry) => !kernel.includes(entry));
    if (missing.length > 0 || extra.length > 0) texts.push(`${name}: only the kernel has ${missing.join('; ') || 'none'}, only the engine ${extra.join('; ') || 'none'}`);
  }
  return texts;
}
