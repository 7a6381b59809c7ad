/**
 * The kernel as judge: builds a node in a fresh network namespace, sends packets one by one and records what the kernel
 * did with each. The work inside the namespace is agent.py's; this side decides what to send and reads the answers.
 */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Choice, Packet } from '../../engine/model/packet.ts';
import { agentSpec, interfaceMacs, type KernelNode, relevantSysctl, type RunOptions, type Sending } from './node.ts';
import { type Decoded, encodeFrame, encodePacket, familyOf, protocolOf, tailOf, toHex } from './packet-bytes.ts';
import { type AgentAnswer, type AgentEntry, KernelLate, packetKey, type PacketRecord, readAnswer, readCounters, readEntry, type Recording, tableShape } from './recording.ts';

const AGENT = fileURLToPath(new URL('./agent/agent.py', import.meta.url));

/** Seconds between two packets (`at`), which really pass. */
const LONGEST_WAIT = 10;

export class KernelRefused extends Error {}

/** Whoever does what is asked: agent.py on this kernel, or on another one (test/emulated). */
export interface Agent {
  ask<T>(message: Record<string, unknown>): Promise<T>;
  close(): void;
}

/** `command` starts something that speaks as agent.py does. */
export function startAgent(command = 'python3', args: readonly string[] = [AGENT]): Agent {
  const child: ChildProcessWithoutNullStreams = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let buffer = '';
  let errors = '';
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    buffer += chunk;
    for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
      waiting.shift()?.resolve(buffer.slice(0, end));
      buffer = buffer.slice(end + 1);
    }
  });
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    errors += chunk;
  });
  child.on('exit', (code) => {
    for (const [lane, one] of running) if (one === started) running.delete(lane);
    for (const one of waiting.splice(0)) one.reject(new Error(`the kernel agent ended with status ${code}: ${errors}`));
  });
  const started: Agent = {
    async ask<T>(message: Record<string, unknown>): Promise<T> {
      const line = await new Promise<string>((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(message)}\n`);
      });
      const answer = JSON.parse(line) as T & { refused?: string };
      if (answer.refused !== undefined) throw new KernelRefused(answer.refused);
      return answer;
    },
    // End of input ends the agent, and its namespaces with it.
    close: () => child.stdin.end(),
  };
  return started;
}

const running = new Map<number, Agent>();

/** Each lane has nodes of its own, one at a time, and a processor of its own as far as there are. */
export function agentOf(lane: number): Agent {
  const found = running.get(lane) ?? startAgent('python3', [AGENT, String(lane)]);
  running.set(lane, found);
  return found;
}

/** Nodes at a time: while the engine walks one, or a packet of it is waited for, the kernel builds others. Another file has as many. */
export const LANES = 3;
const busy = new Set<number>();
const inQueue: { readonly mayUse: (lane: number) => boolean; readonly begin: (lane: number) => void }[] = [];

/** A lane for as long as `use` takes, the first that is free. Who asks one node after the other gets the same lane each time. */
async function inLane<T>(mayUse: (lane: number) => boolean, use: (judge: Agent) => Promise<T>): Promise<T> {
  const found = Array.from({ length: LANES }, (_, lane) => lane).find((lane) => !busy.has(lane) && mayUse(lane));
  if (found !== undefined) busy.add(found);
  const lane = found ?? (await new Promise<number>((begin) => inQueue.push({ mayUse, begin })));
  try {
    return await use(agentOf(lane));
  } finally {
    const next = inQueue.findIndex((one) => one.mayUse(lane));
    if (next < 0) busy.delete(lane);
    else inQueue.splice(next, 1)[0]?.begin(lane);
  }
}

/**
 * So often again is a fixed case tried that came out otherwise: the kernel allows redirects every 20 ms and looks for ended connections in each
 * jiffy, which packets of one moment meet when the machine is busy. What the kernel does differently, it does differently each time.
 */
export const BUSY = 2;

/** Control groups and fingerprints of systems are the machine's, not a namespace's: their nodes are built one after the other. */
const usesTheMachine = (node: KernelNode): boolean => node.fingerprints !== undefined || (node.cgroups ?? []).length > 0;

/** Ends the agents, and with them every namespace. */
export function closeKernel(): void {
  for (const one of running.values()) one.close();
  running.clear();
}

let availability: { readonly ok: boolean; readonly reason: string } | null = null;

/** Can this machine be the judge? Tried, not guessed: a small node is built. */
export function kernelAvailable(): { readonly ok: boolean; readonly reason: string } {
  availability ??= probe();
  return availability;
}

function probe(): { ok: boolean; reason: string } {
  if (process.platform !== 'linux') return { ok: false, reason: `this is ${process.platform}, not Linux` };
  if (process.getuid?.() !== 0) return { ok: false, reason: 'not root' };
  const node: KernelNode = { interfaces: [{ name: 'pw0', addresses: ['192.0.2.1/24'] }], iptables: '*filter\nCOMMIT\n', ip6tables: '*filter\nCOMMIT\n' };
  const done = spawnSync('python3', [AGENT], { input: `${JSON.stringify({ do: 'build', node: agentSpec(node, [], {}) })}\n`, encoding: 'utf8', timeout: 20_000 });
  if (done.error) return { ok: false, reason: `python3 cannot be run: ${done.error.message}` };
  try {
    const answer = JSON.parse(done.stdout) as { refused?: string };
    return answer.refused === undefined ? { ok: true, reason: '' } : { ok: false, reason: answer.refused };
  } catch {
    const said = done.stderr.trim().split('\n').at(-1) ?? 'nothing';
    // A machine may forbid what the agent needs; any other failure is the agent's own, and must not pass as a skipped test.
    if (!/^(PermissionError|OSError|FileNotFoundError)\b/.test(said)) throw new Error(`the kernel agent fails: ${said}`);
    return { ok: false, reason: `the agent said: ${said}` };
  }
}

interface Built {
  readonly snapshot: Readonly<Record<string, string>>;
  readonly hadRaw: Readonly<Record<'ipv4' | 'ipv6', boolean>>;
  readonly notes: readonly string[];
}

function snapshotText(sections: Readonly<Record<string, string>>): string[] {
  return Object.entries(sections).flatMap(([command, text]) => {
    const lines = text
      .replace(/\n$/, '')
      .split('\n')
      .filter((line) => line !== '');
    return [`==> ${command} <==`, ...(command.startsWith('sysctl') ? lines.filter(relevantSysctl) : lines)];
  });
}

/** On a busy machine what a packet sets off may come late: then all is done anew, with more patience (seconds of silence). */
const PATIENCE = [0.0005, 0.003, 0.02, 0.1];
/** So many seconds, and so many more for each packet before it, one that waited may be behind its time: some wait for the last tenth of a second before a limit. */
const [LATE, LATE_EACH] = [0.04, 0.01];

interface KernelOptions extends RunOptions {
  readonly title?: string;
  readonly judge?: Agent;
}

/**
 * Sends the packets through the node in order. Throws `KernelRefused` with the tool's own words if the node cannot be
 * built; a packet that cannot be sent is in its record (`error`). Without a judge it waits for a lane: any number may be asked for at once.
 */
export function runOnKernel(node: KernelNode, sends: readonly (Sending | Packet)[], options: KernelOptions = {}): Promise<Recording> {
  if (options.judge) return runPatiently(node, sends, options, options.judge);
  return inLane(usesTheMachine(node) ? (lane) => lane === 0 : () => true, (judge) => runPatiently(node, sends, options, judge));
}

async function runPatiently(node: KernelNode, sends: readonly (Sending | Packet)[], options: KernelOptions, judge: Agent): Promise<Recording> {
  for (const settle of PATIENCE.slice(0, -1))
    try {
      return await runOnce(node, sends, options, judge, settle);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  return runOnce(node, sends, options, judge, PATIENCE.at(-1) as number);
}

/** Too late, or too much at once for whoever listens. */
const isPassing = (error: unknown): boolean => error instanceof KernelLate || (error instanceof KernelRefused && /No buffer space/.test(error.message));

async function runOnce(node: KernelNode, sends: readonly (Sending | Packet)[], options: KernelOptions, judge: Agent, settle: number): Promise<Recording> {
  const list = sends.map((one): Sending => ('dst' in one ? { packet: one } : one));
  const given = list.flatMap((one) => ('packet' in one ? [one.packet] : []));
  const versions = await judge.ask<Recording['versions']>({ do: 'versions' });
  const built = await judge.ask<Built>({ do: 'build', node: { ...agentSpec(node, list, options), settle } });
  if (built.notes.length > 0) throw new KernelRefused(built.notes.join('; '));
  const saves = { ipv4: built.snapshot['iptables-save'] ?? '', ipv6: built.snapshot['ip6tables-save'] ?? '' };
  const shape = tableShape(saves, built.hadRaw);
  // connlimit forgets ended connections once per jiffy at most, and what another processor noted after two (nf_conncount.c find_or_evict()).
  const countsConnections = / -m connlimit /.test(saves.ipv4 + saves.ipv6);
  /** What rules ask for is said of every packet: processors take turns, and the agent has no class. */
  const asked = (packet: Packet, index: number): Packet => ({
    ...(/ -m cpu /.test(saves.ipv4 + saves.ipv6) && !options.judge ? { cpu: index % Math.min(2, availableParallelism()) } : {}),
    ...(/ -m cgroup .*--cgroup /.test(saves.ipv4 + saves.ipv6) && !packet.in ? { classid: 0 } : {}),
    ...packet,
  });
  const macs = interfaceMacs(node);
  const packets: Packet[] = [];
  const records: PacketRecord[] = [];
  const choices: Choice[] = [];
  const keys = new Set<string>();
  const known = new Set<number>();
  const sinks = new Set<number>();
  let clock = 0;
  let connections: readonly string[] | null = null;
  let expected: readonly string[] = [];
  let limits: readonly string[] = [];
  const began = Date.now();
  for (const [index, send] of list.entries()) {
    if (index === options.listAfter) {
      const listed = await judge.ask<{ text: string; expected: string; limits: Record<string, string> }>({ do: 'connections' });
      connections = lines(listed.text);
      expected = lines(listed.expected);
      limits = Object.entries(listed.limits).flatMap(([path, text]) => [`==> cat ${path} <==`, ...lines(text)]);
    }
    const packet = asked(withMacs(await completePacket(send, index, packets, records, judge), macs), index);
    const family = familyOf(packet);
    if (index > 0 && countsConnections) await judge.ask({ do: 'tick', count: 2 });
    const waits = packet.at !== undefined && packet.at > clock;
    if (waits) {
      if (packet.at - clock > LONGEST_WAIT) throw new Error(`test packet ${index + 1} waits ${packet.at - clock} seconds: the kernel's clock cannot be moved`);
      if (index > 0) await judge.ask({ do: 'wait', seconds: packet.at - clock });
      clock = packet.at;
    }
    if ('replyTo' in send && (options.answers ?? 'quiet') === 'quiet' && packet.dport && !sinks.has(packet.dport)) {
      // The port was known only now.
      sinks.add(packet.dport);
      await judge.ask({
        do: 'sink',
        ports: [
          ['tcp', packet.dport],
          ['udp', packet.dport],
        ],
      });
    }
    const answer = await judge.ask<AgentAnswer>({ do: 'send', packet: agentPacket(packet, macs, tailOf(packet, given)) });
    const late = (Date.now() - began) / 1000 - clock;
    if (waits && late > LATE + index * (countsConnections ? 3 : 1) * LATE_EACH && settle !== PATIENCE.at(-1))
      throw new KernelLate(`test packet ${index + 1} was sent ${late} seconds late`);
    packets.push(packet);
    records.push(readAnswer(answer, packet, family, shape, keys));
    keys.add(packetKey(packet, family));
    choices.push(...randomPorts(answer, index, known), ...drawnByStack(records[index] as PacketRecord, index));
  }
  const took = Math.floor((Date.now() - began) / 1000 - clock);
  const end = await judge.ask<{ conntrack: AgentEntry[]; counters: Record<'ipv4' | 'ipv6', string>; sets: string; ipvs: string | null; nft?: string | null }>({ do: 'finish' });
  return {
    format: 1,
    title: options.title ?? '',
    versions: { kernel: versions.kernel, iptables: versions.iptables, ipset: versions.ipset, ...(node.ipvs === undefined ? {} : { ipvsadm: versions.ipvsadm }) },
    ...(node.backend === 'nft' ? { untraced: true as const } : {}),
    snapshot: snapshotText(node.nft ? byLoading(built.snapshot, node.nft.first) : node.backend === 'nft' ? asNft(built.snapshot) : built.snapshot),
    environment: {
      sockets: options.sockets ?? [],
      ...(options.expectations ? { expectations: options.expectations } : {}),
      ...options.told,
      ...(/ -m time /.test(saves.ipv4 + saves.ipv6) ? { now: Math.floor(began / 1000) } : {}),
      ...(options.answers === 'stack' ? { answers: true } : {}),
      ...(choices.length > 0 ? { choices } : {}),
    },
    answers: options.answers ?? 'quiet',
    packets,
    records,
    // The dump comes in hash order, which is seeded anew at every boot.
    conntrack: end.conntrack.map(readEntry).sort((a, b) => compareText(JSON.stringify(a.original), JSON.stringify(b.original))),
    counters: readCounters(end.counters, built.hadRaw),
    ...(end.nft ? { nftCounters: readCounters({ ipv4: end.nft, ipv6: '' }, { ipv4: true, ipv6: true }) } : {}),
    sets: setLines(end.sets),
    ...(took < 1 ? {} : { took }),
    ...(connections === null ? {} : { connections }),
    ...(expected.length === 0 ? {} : { expected }),
    ...(limits.length === 0 ? {} : { listed: limits }),
    ...(end.ipvs === null ? {} : { ipvs: end.ipvs.trimEnd().split('\n').slice(2) }),
  };
}

const lines = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '');
/** Of two tables at one place the kernel asks the one first that was loaded last: so they stand in the snapshot. */
function byLoading({ 'iptables-save': legacy = '', 'iptables-nft-save': nft = '', ...rest }: Readonly<Record<string, string>>, nftFirst: boolean): Record<string, string> {
  const both = [['iptables-legacy-save', legacy] as const, ['iptables-nft-save', nft] as const];
  return { ...Object.fromEntries(nftFirst ? both : both.reverse()), ...rest };
}

const asNft = (sections: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(sections).map(([command, text]) => [command.replace(/^(ip6?tables)-save$/, '$1-nft-save'), text]));

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Name to entries, as after `add NAME` of `ipset save`. */
function setLines(save: string): Record<string, string[]> {
  const sets: Record<string, string[]> = {};
  for (const line of save.split('\n')) {
    const [, verb, name, rest] = /^(create|add) (\S+) (.*)$/.exec(line) ?? [];
    if (verb === 'create') sets[name as string] = [];
    if (verb === 'add') sets[name as string]?.push(rest as string);
  }
  return sets;
}

/** The frame's addresses as sent: the mac match looks at them. */
function withMacs(packet: Packet, macs: ReturnType<typeof interfaceMacs>): Packet {
  const mac = packet.in ? macs.get(packet.physIn ?? packet.in) : undefined;
  return mac && packet.srcMac === undefined ? { ...packet, srcMac: mac.peer } : packet;
}

function agentPacket(packet: Packet, macs: ReturnType<typeof interfaceMacs>, tail: readonly number[]): Record<string, unknown> {
  if (packet.in) {
    const [mac, wire] = [macs.get(packet.in), macs.get(packet.physIn ?? packet.in)];
    if (!mac || !wire) throw new Error(`test packet arrives on "${packet.physIn ?? packet.in}", which the node does not have`);
    return { in: packet.physIn ?? packet.in, cpu: packet.cpu, bytes: toHex(encodeFrame(packet, mac.node, wire.peer, tail)) };
  }
  const { src, dst, uid, gid, groups, cgroup, classid, cpu } = packet;
  return {
    in: null,
    family: familyOf(packet),
    src,
    dst,
    uid,
    gid,
    groups,
    cgroup,
    classid,
    cpu,
    mark: packet.mark ?? 0,
    tos: packet.tos ?? 0,
    proto: protocolOf(packet),
    bytes: toHex(encodePacket(packet, tail)),
  };
}

/** Writes a reply out, finds the source of a local packet that has none, and gives every packet its own id. */
async function completePacket(send: Sending, index: number, packets: readonly Packet[], records: readonly PacketRecord[], judge: Agent): Promise<Packet> {
  let packet =
    'packet' in send
      ? send.packet
      : 'replyTo' in send
        ? replyPacket(send.replyTo, packets, records, send.overrides)
        : errorPacket(send.errorFor, send.code, packets, records, send.overrides);
  const family = familyOf(packet);
  if (packet.src === undefined) {
    const { src } = await judge.ask<{ src: string | null }>({ do: 'source', packet: { family, dst: packet.dst, port: packet.dport ?? 0, mark: packet.mark ?? 0 } });
    packet = { ...packet, src: src ?? (family === 'ipv4' ? '127.0.0.1' : '::1') };
  }
  // The agent is root; the owner match asks for who opened the socket.
  if (!packet.in) packet = { ...packet, uid: packet.uid ?? 0, gid: packet.gid ?? 0 };
  // A raw socket fills in an id of 0; an own one also tells the packets apart.
  if (family === 'ipv4' && !packet.id) packet = { ...packet, id: 1001 + index };
  if (family === 'ipv6' && !packet.flowLabel) packet = { ...packet, flowLabel: 0x1001 + index };
  return packet;
}

const ICMP_REPLY: Readonly<Record<string, number>> = { 'icmp 8': 0, 'icmp 13': 14, 'icmp 15': 16, 'icmp 17': 18, 'icmpv6 128': 129 };

/** The answer to what left for packet `index`, as its receiver would send it. What was delivered is answered by the node itself. */
function replyPacket(index: number, packets: readonly Packet[], records: readonly PacketRecord[], overrides: Partial<Packet> = {}): Packet {
  const record = records[index];
  const sent = packets[index];
  if (!record || !sent) throw new Error(`reply to packet ${index}, which was not sent`);
  const wire = record.left[0];
  const last = record.steps.at(-1);
  // Nothing left: answer the packet as the last rule saw it, or as it was sent.
  const seen: Decoded | Packet = wire ? wire.packet : { ...sent, ...(last && record.delivered ? pick(last) : {}) };
  const proto = seen.proto;
  const reply: Packet = {
    in: wire ? wire.out : record.delivered || !sent.in ? null : (sent.physIn ?? sent.in),
    src: seen.dst,
    dst: seen.src as string,
    proto,
    ...(seen.sport === undefined ? {} : { sport: seen.dport, dport: seen.sport }),
    ...(proto === 'tcp' ? tcpAnswer(seen) : {}),
    ...(proto === 'icmp' || proto === 'icmpv6'
      ? { icmpType: ICMP_REPLY[`${proto} ${seen.icmpType}`] ?? seen.icmpType, icmpCode: seen.icmpCode ?? 0, icmpId: seen.icmpId ?? 1, icmpSeq: seen.icmpSeq ?? 1 }
      : {}),
  };
  return { ...reply, ...overrides };
}

/** A decoded packet in the form of formats §2. */
function asPacket(seen: Decoded): Packet {
  const { family: _, inner, ...rest } = seen;
  return { ...rest, ...(inner ? { inner: asPacket(inner) } : {}) };
}

/** "Destination unreachable" about what left for packet `index`, sent by its destination; about what was sent, if nothing left. */
function errorPacket(index: number, code: number, packets: readonly Packet[], records: readonly PacketRecord[], overrides: Partial<Packet> = {}): Packet {
  const wire = records[index]?.left[0];
  const sent = packets[index];
  if (!sent) throw new Error(`error for packet ${index}, which was not sent`);
  const { in: _, mark: __, ...quoted } = wire ? asPacket(wire.packet) : sent;
  const v6 = familyOf(sent) === 'ipv6';
  return {
    in: wire ? wire.out : (sent.in ?? null),
    src: quoted.dst,
    dst: quoted.src as string,
    proto: v6 ? 'icmpv6' : 'icmp',
    icmpType: v6 ? 1 : 3,
    icmpCode: code,
    inner: quoted,
    ...overrides,
  };
}

function pick(step: PacketRecord['steps'][number]): Partial<Packet> {
  const { src, dst, sport, dport } = step;
  return { src, dst, ...(sport === undefined ? {} : { sport, dport }) };
}

function tcpAnswer(seen: Decoded | Packet): Partial<Packet> {
  const flags = seen.flags ?? ['SYN'];
  const seq = seen.seq ?? 0;
  const length = (seen.payload ?? 0) + (flags.includes('SYN') ? 1 : 0) + (flags.includes('FIN') ? 1 : 0);
  if (flags.includes('SYN') && !flags.includes('ACK')) return { flags: ['SYN', 'ACK'], seq: 5000, ack: (seq + length) >>> 0 };
  return { flags: ['ACK'], seq: seen.ack ?? 0, ack: (seq + length) >>> 0 };
}

/** Source ports of outer packets, a hash with a seed of the boot: the only UDP that the kernel sends of itself. And where its TCP connections begin. */
function drawnByStack({ emitted }: PacketRecord, index: number): Choice[] {
  const outer = emitted.filter(({ packet, steps }) => packet.proto === 'udp' && steps[0]?.hook === 'OUTPUT');
  const opened = emitted.filter(({ packet: { flags = [] } }) => flags.includes('SYN'));
  return [
    ...outer.flatMap(({ packet: { sport } }): Choice[] => (sport === undefined ? [] : [{ packet: index + 1, for: 'tunnel', value: sport }])),
    ...opened.flatMap(({ packet: { seq } }): Choice[] => (seq === undefined ? [] : [{ packet: index + 1, for: 'sequence', value: seq }])),
  ];
}

/** Source ports and ICMP ids that a new connection got other than it had: for the engine to take over, should they have been chance. */
function randomPorts(answer: AgentAnswer, index: number, known: Set<number>): Choice[] {
  const found: Choice[] = [];
  for (const [event, entry] of answer.events) {
    // Ids come from addresses in memory, so that a later connection may get the id of one that is gone.
    if (event !== 'set') known.delete(entry.id);
    if (event !== 'set' || known.has(entry.id)) continue;
    known.add(entry.id);
    const { original, reply } = entry;
    if (original.icmpId !== undefined && original.icmpId !== reply.icmpId) found.push({ packet: index + 1, for: 'port', value: reply.icmpId as number });
    else if (original.sport !== undefined && original.sport !== reply.dport) found.push({ packet: index + 1, for: 'port', value: reply.dport as number });
  }
  return found;
}
