/**
 * What the kernel did with a list of packets, as data that can be kept in a file and compared with the engine's trace.
 * `readAnswer` makes it from the bytes the agent hands over.
 */

import type { Environment, Packet } from '../../engine/model/packet.ts';
import type { Family } from '../../engine/net/address.ts';
import { type Decoded, decodePacket, fromHex, protocolLabel } from './packet-bytes.ts';

/** One line of the kernel's trace, numbered as iptables numbers rules. The packet is as it was before the rule's target ran. */
export interface KernelStep {
  readonly hook: string;
  readonly table: string;
  readonly chain: string;
  /** From 1; number of rules + 1 for `return` and `policy`. */
  readonly rule: number;
  /** The kernel calls bare ACCEPT, DROP and RETURN rules `policy` or `return`; here they are rules. */
  readonly kind: 'rule' | 'return' | 'policy';
  readonly in: string | null;
  readonly out: string | null;
  readonly mark: number;
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
  readonly ttl: number;
  readonly tos: number;
}

interface LeftPacket {
  readonly out: string;
  readonly packet: Decoded;
}

/** One packet's way through the node: the one sent, or one the kernel made on the way. */
export interface KernelWalk {
  readonly steps: readonly KernelStep[];
  readonly left: readonly LeftPacket[];
  /** Handed to the node's own protocols. */
  readonly delivered: boolean;
}

export interface EmittedWalk extends KernelWalk {
  readonly packet: Decoded;
}

export interface PacketRecord extends KernelWalk {
  /** What sending it failed with (`EPERM`, `ENETUNREACH`), null if it did not. */
  readonly error: string | null;
  readonly emitted: readonly EmittedWalk[];
}

interface KernelTuple {
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
}

/** formats §3, Entry. */
export interface KernelEntry {
  readonly family: Family;
  readonly proto: string;
  readonly state: string | null;
  readonly status: readonly string[];
  readonly original: KernelTuple;
  readonly reply: KernelTuple;
  readonly mark: number;
  readonly zone: number;
  readonly timeout: number;
}

type Counter = readonly [number, number];
export type Counters = Readonly<Record<Family, Readonly<Record<string, Readonly<Record<string, { readonly policy: Counter | null; readonly rules: readonly Counter[] }>>>>>>;

export interface Recording {
  readonly format: 1;
  readonly title: string;
  readonly versions: { readonly kernel: string; readonly iptables: string; readonly ipset: string; readonly ipvsadm?: string };
  /** The node as its own tools printed it before the first packet (formats §1). */
  readonly snapshot: readonly string[];
  readonly environment: Environment;
  /** `quiet`: the node's own programs and protocols answered nothing. */
  readonly answers: 'quiet' | 'stack';
  /** Exactly as sent: replies written out, ids filled in. */
  readonly packets: readonly Packet[];
  readonly records: readonly PacketRecord[];
  readonly conntrack: readonly KernelEntry[];
  readonly counters: Counters;
  /** After the last packet: name to entries, as `ipset save` prints them. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** As `conntrack -L -o extended` listed them under way, where it was asked for. */
  readonly connections?: readonly string[];
  /** Seconds that a busy machine took besides those that packets waited for: timeouts have run meanwhile. Absent: less than one. */
  readonly took?: number;
  /** `conntrack -L expect` at the same moment. */
  readonly expected?: readonly string[];
  /** Sections of what else was asked for at that moment: tables of hashlimit. */
  readonly listed?: readonly string[];
  /** No steps were seen: the rules are of iptables-nft. */
  readonly untraced?: true;
  /** Of rules of iptables-nft, where both back ends are there. */
  readonly nftCounters?: Counters;
  /** IPVS connections after the last packet, as `ipvsadm -Lcn` prints them; absent for a node without virtual services. */
  readonly ipvs?: readonly string[];
}

// ---- what the agent says ----

interface AgentTrace {
  readonly family: Family;
  readonly prefix: string;
  readonly hook: number;
  readonly mark: number;
  readonly in: string | null;
  readonly out: string | null;
  readonly bytes: string;
}

interface AgentTuple {
  readonly src: string;
  readonly dst: string;
  readonly proto: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
}

export interface AgentEntry {
  readonly family: Family;
  readonly id: number;
  readonly original: AgentTuple;
  readonly reply: AgentTuple;
  readonly status: number;
  readonly timeout: number;
  readonly mark: number;
  readonly zone: number;
  readonly zones: readonly (readonly ['orig' | 'reply', number])[];
  readonly tcp: number | null;
}

export interface AgentAnswer {
  readonly trace: readonly AgentTrace[];
  readonly frames: readonly (readonly [string, string])[];
  readonly events: readonly (readonly ['set' | 'destroy', AgentEntry])[];
  readonly delivered: readonly (readonly [Family, number, string, string])[];
  readonly error: string | null;
}

const HOOK_NAMES = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
/** include/uapi/linux/netfilter/nf_conntrack_tcp.h, enum tcp_conntrack. */
const TCP_STATES = ['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'SYN_SENT2'];
/** Bits of ip_conntrack_status that formats §3 names, in its order. */
const STATUS_BITS: readonly (readonly [string, number])[] = [
  ['EXPECTED', 1],
  ['SEEN_REPLY', 2],
  ['ASSURED', 4],
  ['SRC_NAT', 16],
  ['DST_NAT', 32],
];

/** Rules that agent/guards.py puts before the node's own in table raw. */
const GUARDS: readonly string[] = ['-j TRACE', '-p ipv6-icmp -m icmp6 --icmpv6-type 143 -j DROP', '-p ipv6-icmp -m icmp6 --icmpv6-type 137 -j DROP'];

/** The node's rule counts, for telling a bare rule from the end of a chain, and what the harness added. */
interface TableShape {
  /** Number of rules by `family table chain`. */
  readonly rules: ReadonlyMap<string, number>;
  readonly hadRaw: Readonly<Record<Family, boolean>>;
}

export function tableShape(saves: Readonly<Record<Family, string>>, hadRaw: Readonly<Record<Family, boolean>>): TableShape {
  const rules = new Map<string, number>();
  for (const family of ['ipv4', 'ipv6'] as const) {
    let table = '';
    for (const line of saves[family].split('\n')) {
      if (line.startsWith('*')) table = line.slice(1);
      const chain = /^:(\S+)/.exec(line) ?? /^-A (\S+)/.exec(line);
      if (!chain) continue;
      const key = `${family} ${table} ${chain[1]}`;
      rules.set(key, (rules.get(key) ?? 0) + (line.startsWith('-A') ? 1 : 0));
    }
  }
  return { rules, hadRaw };
}

/** One trace line, or null for what the harness itself caused: its TRACE rule, and a raw table the node does not have. */
function readStep(line: AgentTrace, shape: TableShape): KernelStep | null {
  // What rules with NFLOG write comes the same way, and tells nothing that the trace does not.
  if (!line.prefix.startsWith('TRACE: ')) return null;
  const parts = /^TRACE: ([^:]+):(.+):(rule|return|policy):(\d+) $/.exec(line.prefix);
  if (!parts) throw new Error(`not a trace line: "${line.prefix}"`);
  const [, table, chain, type] = parts as unknown as [string, string, string, KernelStep['kind']];
  let rule = Number(parts[4]);
  const ours = table === 'raw' && (chain === 'PREROUTING' || chain === 'OUTPUT');
  if (ours && !shape.hadRaw[line.family]) return null;
  if (ours) rule -= line.family === 'ipv6' && chain === 'OUTPUT' ? GUARDS.length : 1;
  if (rule <= 0) return null;
  const count = shape.rules.get(`${line.family} ${table} ${chain}`) ?? 0;
  const packet = decodePacket(fromHex(line.bytes));
  if (!packet) throw new Error(`not an IP packet in the trace: ${line.bytes}`);
  const { src, dst, sport, dport, icmpType, icmpCode, icmpId, ttl, tos } = packet;
  const kind: KernelStep['kind'] = rule <= count ? 'rule' : type === 'policy' ? 'policy' : 'return';
  return clean({
    hook: HOOK_NAMES[line.hook] ?? '',
    table,
    chain,
    rule,
    kind,
    in: line.in,
    out: line.out,
    mark: line.mark,
    src,
    dst,
    sport,
    dport,
    icmpType,
    icmpCode,
    icmpId,
    ttl,
    tos,
  });
}

function clean<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

/** What tells packets apart on the way: NAT, marks, TTL and TOS do not touch it. */
export function packetKey(packet: Decoded | Packet, family: Family): string {
  const { proto, icmpType, fragOffset } = packet;
  // The kernel numbers its errors by chance, and now and then as the packet that they are about.
  const isError = icmpType !== undefined && !fragOffset && (family === 'ipv4' ? [3, 4, 5, 11, 12].includes(icmpType) : icmpType < 128);
  const id = family === 'ipv4' ? packet.id : packet.flowLabel;
  // What the kernel says in TCP has no number and no label, be it a SYN+ACK or the RST that refuses it.
  const isOwnReset = proto === 'tcp' && !id && (packet.flags ?? []).includes('RST');
  return `${family} ${proto} ${id}${isError ? ' error' : ''}${isOwnReset ? ' reset' : ''}`;
}

interface Group {
  readonly key: string;
  readonly first: Decoded;
  readonly steps: KernelStep[];
  readonly left: LeftPacket[];
  delivered: boolean;
}

/** A packet's consequences came after the next one had been sent: what was recorded proves nothing. */
export class KernelLate extends Error {}

/** Everything reported after one packet was sent, sorted by packet. The first of `own` is the one sent; others are the kernel's. */
export function readAnswer(answer: AgentAnswer, sent: Packet, family: Family, shape: TableShape, earlier: ReadonlySet<string>): PacketRecord {
  const own = packetKey({ ...sent, proto: typeof sent.proto === 'number' ? protocolLabel(sent.proto) : sent.proto }, family);
  const groups: Group[] = [];
  const group = (packet: Decoded): Group => {
    const key = packetKey(packet, packet.family);
    let found = groups.find((one) => one.key === key);
    if (!found) {
      if (key !== own && earlier.has(key)) throw new KernelLate(`the kernel was late: "${key}" is of an earlier packet`);
      found = { key, first: packet, steps: [], left: [], delivered: false };
      groups.push(found);
    }
    return found;
  };
  const ownGroup = (): Group => {
    const found = groups.find(({ key }) => key === own) ?? { key: own, first: { ...sent, family } as Decoded, steps: [], left: [], delivered: false };
    if (!groups.includes(found)) groups.push(found);
    return found;
  };
  for (const line of answer.trace) {
    const packet = decodePacket(fromHex(line.bytes));
    if (!packet || (isNoise(packet) && packetKey(packet, packet.family) !== own)) continue;
    const step = readStep(line, shape);
    const target = group(packet);
    if (step) target.steps.push(step);
  }
  for (const [device, hex] of answer.frames) {
    const bytes = fromHex(hex);
    const packet = decodePacket(bytes.subarray(14));
    if (!packet || (isNoise(packet) && packetKey(packet, packet.family) !== own)) continue;
    group(packet).left.push({ out: device, packet });
  }
  const untraced = answer.trace.length === 0;
  for (const [one, proto, , hex] of answer.delivered) {
    // Nothing else tells then that it was on the way.
    if (untraced && one === 'ipv6' && family === one && own.startsWith(`ipv6 ${protocolLabel(proto)} `)) {
      ownGroup().delivered = true;
      continue;
    }
    const packet = one === 'ipv4' ? decodePacket(fromHex(hex)) : null;
    const target = packet ? group(packet) : receivedBy(groups.filter(({ first }) => first.family === one && first.proto === protocolLabel(proto)));
    if (target) target.delivered = true;
  }
  const mine = groups.find((one) => one.key === own);
  return {
    error: answer.error,
    steps: mine?.steps ?? [],
    left: mine?.left ?? [],
    delivered: mine?.delivered ?? false,
    emitted: groups.filter((one) => one !== mine).map((one) => ({ packet: one.first, steps: one.steps, left: one.left, delivered: one.delivered })),
  };
}

/** An IPv6 raw socket gives no header: what it got is the last that passed INPUT with this protocol, and did not leave; the copy of one may have (TEE). */
function receivedBy(groups: readonly Group[]): Group | undefined {
  const passed = groups.filter(({ steps }) => steps.some(({ hook }) => hook === 'INPUT'));
  const stayed = (among: readonly Group[]): Group | undefined => among.filter(({ left }) => left.length === 0).at(-1);
  return stayed(passed) ?? passed.at(-1) ?? stayed(groups);
}

/** Neighbour discovery and group membership, which the kernel sends when it likes. */
function isNoise(packet: Decoded): boolean {
  return (packet.proto === 'icmpv6' && (packet.icmpType === 143 || ((packet.icmpType ?? 0) >= 130 && (packet.icmpType ?? 0) <= 136))) || packet.proto === 2;
}

const CONNTRACK_NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 33: 'dccp', 47: 'gre', 58: 'icmpv6', 132: 'sctp', 136: 'udplite' };

function readTuple(tuple: AgentTuple): KernelTuple {
  const { proto, sport, dport, ...rest } = tuple;
  // conntrack(8) prints keys of GRE, which netlink carries as ports.
  return clean(proto === 47 ? rest : { ...rest, sport, dport });
}

export function readEntry(entry: AgentEntry): KernelEntry {
  return {
    family: entry.family,
    proto: CONNTRACK_NAMES[entry.original.proto] ?? 'unknown',
    state: entry.tcp === null ? null : (TCP_STATES[entry.tcp] ?? String(entry.tcp)),
    status: STATUS_BITS.filter(([, bit]) => entry.status & bit).map(([name]) => name),
    original: readTuple(entry.original),
    reply: readTuple(entry.reply),
    mark: entry.mark,
    zone: entry.zone || (entry.zones[0]?.[1] ?? 0),
    timeout: entry.timeout,
  };
}

/** `iptables-save -c`, without what the harness added. */
export function readCounters(saves: Readonly<Record<Family, string>>, hadRaw: Readonly<Record<Family, boolean>>): Counters {
  const result: Record<Family, Record<string, Record<string, { policy: Counter | null; rules: Counter[] }>>> = { ipv4: {}, ipv6: {} };
  for (const family of ['ipv4', 'ipv6'] as const) {
    let table = '';
    for (const line of saves[family].split('\n')) {
      if (line.startsWith('*')) table = line.slice(1);
      if (table === 'raw' && !hadRaw[family]) continue;
      const chain = /^:(\S+) (\S+) \[(\d+):(\d+)\]/.exec(line);
      if (chain) {
        const chains = result[family][table] ?? {};
        result[family][table] = chains;
        chains[chain[1] as string] = { policy: chain[2] === '-' ? null : [Number(chain[3]), Number(chain[4])], rules: [] };
      }
      const rule = /^\[(\d+):(\d+)\] -A (\S+)(?: (.*))?$/.exec(line);
      if (rule && !GUARDS.includes(rule[4] as string)) result[family][table]?.[rule[3] as string]?.rules.push([Number(rule[1]), Number(rule[2])]);
    }
  }
  return result;
}

/** The way of each packet, without what chance decides: the same for every recording of one case. */
export function waysOf({ records }: Recording): unknown {
  return records.map(({ steps, left, delivered, error }) => ({
    steps: steps.map((step) => `${step.hook} ${step.table}/${step.chain}/${step.rule} ${step.kind} mark ${step.mark} ${step.src} > ${step.dst}`),
    left: left.map(({ out, packet }) => `${out} ${packet.src} > ${packet.dst}`),
    delivered,
    error,
  }));
}
