/**
 * The walk: one packet through the node, then the packets it caused, each on its own way. What comes in is a world and a
 * packet; what goes out is a trace and the world after. Where a rule's answer is not known, the walk goes on as for a
 * miss, and other walks try what the other answers would lead to.
 */

import { BLANK, fillPacket, toPacket, type PacketFailure } from '../model/full-packet.ts';
import { FIELD, SOCKET } from '../model/field.ts';
import type { FullPacket, Packet } from '../model/packet.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import type { Emitted, Outcome, Trace } from '../model/trace.ts';
import { currentPacket, ingressOf } from './emit.ts';
import { expireConnections } from './ipvs-connection.ts';
import { expireDatagrams } from './reassembly.ts';
import { takeTurns, type Carried, type Emission, type Run, type Walker } from './run.ts';
import { isIcmp } from '../net/protocol.ts';
import { makeSkb, makeUnknown, read, setUnknown, unknownBits, write, type Skb } from './skb.ts';
import type { Ending } from './stage.ts';
import { Draft, type State } from './state.ts';
import { MAX_EMITTED, travel } from './trip.ts';
import type { World } from './world.ts';

export interface WalkResult {
  readonly trace: Trace;
  /** The world that the next packet meets. */
  readonly world: World;
  /** What chance decided and what was not walked, for this packet. */
  readonly notes: readonly string[];
}

/** Unknown answers are tried both ways until so many ends are known. */
const MAX_ALTERNATIVES = 16;
/** Steps that all those walks may record: thousands of unknown rules are reported as such, not tried for minutes. */
const MAX_WEIGHED_STEPS = 100_000;

type Assumptions = Readonly<Record<string, boolean>>;

interface Once {
  readonly trace: Trace;
  readonly state: State;
  readonly unknown: readonly (readonly [string, RuleAddress])[];
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
}

/** A packet that cannot exist, or that names what the node has not; null if it can be walked. */
export function checkPacket(world: World, packet: Packet): PacketFailure | null {
  const full = fillPacket(packet);
  if ('failure' in full) return full;
  const devices = world.network.interfaces.map((device) => device.name);
  if (full.in !== null && world.node.interfaces !== null && !devices.includes(full.in))
    return { field: 'in', failure: `the node has no interface "${full.in}"`, hint: `it has ${devices.slice(0, 12).join(', ')}${devices.length > 12 ? ', …' : ''}` };
  return null;
}

/** Walks one packet. Throws only on a packet that `checkPacket` refuses. */
export function walk(world: World, packet: Packet): WalkResult {
  const full = fillPacket(packet);
  if ('failure' in full) throw new Error(`packet refused: ${full.failure}`);
  const assumed = world.environment.assume ?? {};
  const base = walkOnce(world, packet, full, assumed);
  const notes = [...base.notes, ...base.doubts];
  const next: World = { ...world, state: base.state };
  if (base.unknown.length === 0 && base.doubts.length === 0) return { trace: base.trace, world: next, notes };
  const { outcome, emitted } = weigh(world, packet, full, assumed, base);
  if (outcome.verdict === 'unknown' || emitted.some((one) => one.outcome.verdict === 'unknown'))
    notes.push(`packet ${world.state.packets + 1}: what is not known is taken as "did not match" for the packets after it`);
  return { trace: { ...base.trace, outcome, emitted }, world: next, notes };
}

/** Where one set of answers leads. */
interface End {
  readonly assume: Assumptions;
  readonly trace: Pick<Trace, 'outcome' | 'emitted'>;
}

/** Tries the answers that are not known. If all lead to the same end, that is the outcome, of the packet and of those that it causes. */
function weigh(world: World, packet: Packet, full: FullPacket, assumed: Assumptions, base: Once): Pick<Trace, 'outcome' | 'emitted'> {
  const ends: End[] = [];
  const because = new Map(base.unknown);
  let complete = base.doubts.length === 0;
  const open: Assumptions[] = [assumed];
  let walks = 0;
  let steps = 0;
  while (open.length > 0) {
    if (ends.length >= MAX_ALTERNATIVES || walks >= MAX_ALTERNATIVES * 8 || steps > MAX_WEIGHED_STEPS) {
      complete = false;
      break;
    }
    const assume = open.shift() as Assumptions;
    const once = walks++ === 0 ? base : walkOnce(world, packet, full, assume);
    steps += once.trace.steps.length;
    for (const [address, at] of once.unknown) because.set(address, at);
    if (once.doubts.length > 0) complete = false;
    const [first] = once.unknown.filter(([address]) => assume[address] === undefined);
    if (!first) {
      ends.push({ assume: Object.fromEntries(Object.entries(assume).filter(([address]) => assumed[address] === undefined)), trace: once.trace });
      continue;
    }
    open.push({ ...assume, [first[0]]: false }, { ...assume, [first[0]]: true });
  }
  const [one] = ends;
  const rules = [...because.values()];
  const emitted = weighEmitted(base.trace.emitted, ends, rules);
  if (complete && one && ends.every((other) => sameEnd(one.trace.outcome, other.trace.outcome))) return { outcome: one.trace.outcome, emitted };
  return { outcome: unknownOutcome(base.doubts[0] ?? null, rules, ends), emitted };
}

function unknownOutcome(reason: string | null, because: readonly RuleAddress[], ends: readonly End[]): Outcome {
  return { verdict: 'unknown', out: null, packet: null, by: null, reason, because, alternatives: ends.map(({ assume, trace }) => ({ assume, outcome: trace.outcome })) };
}

/** The same for each packet that follows from this one: it is compared with its likes in the walks that have it. */
function weighEmitted(emitted: readonly Emitted[], ends: readonly End[], because: readonly RuleAddress[]): readonly Emitted[] {
  return emitted.map((one, i) => {
    const likes = ends.flatMap(({ assume, trace }): End[] => {
      const like = trace.emitted[i];
      return like?.cause === one.cause ? [{ assume, trace: like }] : [];
    });
    const rest = weighEmitted(one.emitted, likes, because);
    const agree = likes.every(({ trace }) => sameEnd(trace.outcome, one.outcome));
    return { ...one, emitted: rest, outcome: agree ? one.outcome : unknownOutcome(null, because, likes) };
  });
}

function sameEnd(a: Outcome, b: Outcome): boolean {
  return a.verdict === b.verdict && a.out === b.out && JSON.stringify(a.packet) === JSON.stringify(b.packet);
}

function walkOnce(world: World, packet: Packet, full: FullPacket, assume: Assumptions): Once {
  const now = Math.max(world.state.now, full.at ?? world.state.now);
  const run: Run = {
    world,
    draft: new Draft(world.state, now),
    assume,
    number: world.state.packets + 1,
    unknown: new Map(),
    doubts: new Set(),
    notes: new Set(),
    packets: 0,
    walkNow: (caused) => walkCaused(run, caused),
    duplicating: false,
    waiting: [],
    // What a process sends is interrupted by what comes in; what came in is not.
    busy: full.in !== null,
  };
  if (world.node.virtualServers?.length) expireConnections(run);
  expireDatagrams(run);
  const result = walkPacket(run, packet, full, null);
  run.busy = false;
  takeTurns(run);
  const trace = result();
  return { trace, state: run.draft.commit(), unknown: [...run.unknown], doubts: [...run.doubts], notes: [...run.notes] };
}

const macOf = ({ world }: Run, device: string | null): string | null => world.network.interfaces.find(({ name }) => name === device)?.mac ?? null;

/** @returns what has become of it, to be asked when all have had their turn */
function walkPacket(run: Run, packet: Packet, full: FullPacket, emission: Emission | null): () => Trace {
  run.packets++;
  const skb = makeSkb(full, macOf(run, full.in));
  if (emission?.attached) {
    skb.ct = emission.attached.ct;
    skb.ctInfo = emission.attached.info;
    skb.ctDirection = emission.attached.direction;
  }
  if (emission) {
    skb.untracked = emission.untracked;
    skb.ctBarred = emission.ofUntracked ?? false;
    skb.unboundSource = emission.unboundSource;
    skb.keepsTtl = emission.keepsTtl ?? false;
    // ICMP of the kernel's own has a socket that belongs to no process; resets and copies have none.
    skb.regs[FIELD.socket.index] = isIcmp(full.family, full.proto) && emission.cause !== 'tee' ? SOCKET.kernel : SOCKET.none;
    skb.unknown = null;
    if (emission.unknownMark) setUnknown(skb, FIELD.mark, emission.unknownMark.bits, ...emission.unknownMark.because);
    if (emission.sender) ofSocket(skb, emission.sender);
    if (emission.oif) skb.boundTo = emission.oif;
    if (emission.carried) inherit(skb, emission.carried);
    if (emission.copyOf) likeCopied(skb, emission.copyOf);
  }
  if (emission?.direct !== undefined) {
    const outcome = outcomeOf({ run, skb }, { verdict: 'sent', reason: null, by: null, out: emission.direct });
    return () => ({ packet, steps: [], emitted: [], outcome });
  }
  const walker: Walker = { run, skb, steps: [], emissions: [], hook: full.in === null ? 'OUTPUT' : 'PREROUTING', within: null, rule: null };
  const trips = { start: (caused: Emission) => walkCaused(run, caused), outcome: outcomeOf };
  const result = travel(trips, walker, full.in === null ? 'send' : 'receive', emission !== null && full.in !== null);
  return () => ({ packet: emission && walker.sent ? toPacket(walker.sent) : packet, ...result() });
}

function ofSocket(skb: Skb, { uid, gid = null, groups = null, owner = null, oif = null, near = null }: NonNullable<Emission['sender']>): void {
  skb.boundTo = oif ?? near;
  skb.boundLoosely = oif === null && near !== null;
  skb.owner = owner;
  skb.packet = { ...skb.packet, groups };
  write(skb, FIELD.socket, uid === null ? SOCKET.kernel : uid === 'none' ? SOCKET.none : SOCKET.process);
  write(skb, FIELD.uid, typeof uid === 'number' ? uid : 0);
  write(skb, FIELD.gid, gid ?? 0);
  if (uid !== null && uid !== 'none') makeUnknown(skb, [...(uid === 'unknown' ? [FIELD.uid] : []), ...(gid === null ? [FIELD.gid] : [])]);
}

/** What skb_scrub_packet() leaves on a packet that goes through a tunnel: the mark; on its way in also device and socket. */
function inherit(skb: Skb, { by, from, link, copied, keepsSocket, sendDepth = 0, innerFlow = null }: Carried): void {
  setUnknown(skb, FIELD.mark, unknownBits(from, FIELD.mark), ...from.unknownBecause);
  if (skb.packet.in !== null) return;
  skb.device = by;
  skb.ofTunnel = true;
  skb.sendDepth = sendDepth;
  skb.innerFlow = innerFlow;
  skb.boundTo = link;
  const { groups, cgroup, classid } = keepsSocket ? from.packet : BLANK;
  skb.packet = { ...skb.packet, groups, cgroup, classid };
  skb.owner = keepsSocket ? from.owner : null;
  for (const field of [FIELD.socket, FIELD.uid, FIELD.gid]) {
    write(skb, field, read(from, field));
    const bits = keepsSocket || read(from, FIELD.socket) === SOCKET.none ? unknownBits(from, field) : 0xffffffff;
    setUnknown(skb, field, bits, ...from.unknownBecause);
  }
  for (const [field, bits] of copied) setUnknown(skb, field, unknownBits(from, field) & bits, ...from.unknownBecause);
}

function walkCaused(run: Run, caused: Emission): (() => Emitted) | null {
  if (run.packets > MAX_EMITTED) {
    run.notes.add(`more than ${MAX_EMITTED} packets follow from this one; the rest is not walked`);
    return null;
  }
  const { cause, parent } = caused;
  const result = walkPacket(run, toPacket(caused.packet), caused.packet, caused);
  return () => ({ cause, parent, ...result() });
}

/** What pskb_copy() takes along besides the packet: where the frame's header would be, not its bytes. There is what the memory held before. */
function likeCopied(skb: Skb, from: Skb): void {
  skb.refragmenting = from.refragmenting;
  skb.copiedBehind = ingressOf(from);
  for (const field of [FIELD.hasMac, FIELD.packetType, FIELD.turnedBack, FIELD.priority]) {
    write(skb, field, read(from, field));
    setUnknown(skb, field, unknownBits(from, field), ...from.unknownBecause);
  }
  if (read(from, FIELD.hasMac) === 1) makeUnknown(skb, [FIELD.hasMac, FIELD.srcMacHigh, FIELD.srcMacLow, FIELD.dstMacHigh, FIELD.dstMacLow]);
}

const LEAVES: ReadonlySet<Ending['verdict']> = new Set(['forwarded', 'delivered', 'sent']);

function outcomeOf({ skb, run }: Pick<Walker, 'skb' | 'run'>, { verdict, reason, by, out }: Ending): Outcome {
  if (LEAVES.has(verdict) && unknownBits(skb, FIELD.mark) !== 0)
    run.notes.add(
      `packet ${run.number}: the mark it ends with is not known, because of ${skb.unknownBecause.map(formatRuleAddress).join(', ')}; ${read(skb, FIELD.mark)} stands for it`,
    );
  const left = LEAVES.has(verdict) ? toPacket({ ...currentPacket(skb), mark: read(skb, FIELD.mark) }) : null;
  return { verdict, out, packet: left, by, reason, because: [], alternatives: [] };
}
