/**
 * The walk: one packet through the node, then the packets it caused, each on its own way. What comes in is a world and a
 * packet; what goes out is a trace and the world after. Where a rule's answer is not known, the walk goes on as for a
 * miss, and other walks try what the other answers would lead to.
 */

import { BLANK, fillPacket, toPacket, type PacketFailure } from '../model/full-packet.ts';
import { FIELD, SOCKET } from '../model/field.ts';
import type { FullPacket, Packet } from '../model/packet.ts';
import { formatRuleAddress } from '../model/rule.ts';
import type { Emitted, Outcome, Trace } from '../model/trace.ts';
import { currentPacket, ingressOf } from './emit.ts';
import { expireConnections } from './ipvs-connection.ts';
import { drawnFields } from './nat.ts';
import { expireDatagrams } from './reassembly.ts';
import { Doubts, takeTurns, type Carried, type Emission, type Run, type Walker } from './run.ts';
import { isIcmp } from '../net/protocol.ts';
import { makeSkb, makeUnknown, read, setUnknown, unknownBits, write, type Skb } from './skb.ts';
import type { Ending } from './stage.ts';
import { Draft } from './state.ts';
import { MAX_EMITTED, travel } from './trip.ts';
import { weigh, type Assumptions, type Once } from './weigh.ts';
import type { World } from './world.ts';

export interface WalkResult {
  readonly trace: Trace;
  /** The world that the next packet meets. */
  readonly world: World;
  /** What chance decided and what was not walked, for this packet. */
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
  const { trace, stateOpen, causesMore, because } = weigh(base, assumed, (assume) => walkOnce(world, packet, full, assume));
  const number = world.state.packets + 1;
  if (stateOpen || trace.outcome.verdict === 'unknown' || trace.emitted.some((one) => one.outcome.verdict === 'unknown'))
    notes.push(`packet ${number}: what is not known is taken as "did not match" for the packets after it`);
  if (causesMore && trace.outcome.verdict !== 'unknown')
    notes.push(`packet ${number}: it may cause more packets than are shown, because of ${because.map(formatRuleAddress).join(', ')}`);
  return { trace, world: next, notes };
}

function walkOnce(world: World, packet: Packet, full: FullPacket, assume: Assumptions): Once {
  const now = Math.max(world.state.now, full.at ?? world.state.now);
  const run: Run = {
    world,
    draft: new Draft(world.state, now),
    assume,
    number: world.state.packets + 1,
    unknown: new Map(),
    doubts: new Doubts(),
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
  return { trace, state: run.draft.commit(), unknown: [...run.unknown], doubts: [...run.doubts.texts], notes: [...run.notes] };
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
  const drawn = drawnFields(skb);
  const markOpen = unknownBits(skb, FIELD.mark) !== 0;
  if (LEAVES.has(verdict) && markOpen)
    run.notes.add(
      `packet ${run.number}: the mark it ends with is not known, because of ${skb.unknownBecause.map(formatRuleAddress).join(', ')}; ${read(skb, FIELD.mark)} stands for it`,
    );
  const left = LEAVES.has(verdict) ? toPacket({ ...currentPacket(skb), mark: read(skb, FIELD.mark) }) : null;
  return { verdict, out, packet: left, by, reason, ...(markOpen ? { notKnown: ['mark'] } : {}), ...(drawn.length > 0 ? { byChance: drawn } : {}), because: [], alternatives: [] };
}
