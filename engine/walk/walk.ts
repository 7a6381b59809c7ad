/**
 * The walk: one packet through the node, then the packets it caused, each on its own way. What comes in is a world and a
 * packet; what goes out is a trace and the world after. Where a rule's answer is not known, the walk goes on as for a
 * miss, and other walks try what the other answers would lead to.
 */

import { fillPacket, toPacket, type PacketFailure } from '../model/full-packet.ts';
import { FIELD, SOCKET } from '../model/field.ts';
import type { FullPacket, Packet } from '../model/packet.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import type { Emitted, Outcome, Trace } from '../model/trace.ts';
import { currentPacket } from './emit.ts';
import { expireConnections } from './ipvs-connection.ts';
import { ownCopy } from './own-copy.ts';
import { runStage, type Ending, type Journey, type Stage } from './path.ts';
import type { Emission, Run, Walker } from './run.ts';
import { isIcmp } from '../net/protocol.ts';
import { makeSkb, read, unknownBits } from './skb.ts';
import { Draft, type State } from './state.ts';
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
/** Packets that one packet may cause, directly or not. */
const MAX_EMITTED = 64;

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
  const outcome = weigh(world, packet, full, assumed, base);
  if (outcome.verdict === 'unknown') notes.push(`packet ${world.state.packets + 1}: what is not known is taken as "did not match" for the packets after it`);
  return { trace: { ...base.trace, outcome }, world: next, notes };
}

/** Tries the answers that are not known. If all lead to the same end, that is the outcome. */
function weigh(world: World, packet: Packet, full: FullPacket, assumed: Assumptions, base: Once): Outcome {
  const ends: { readonly assume: Assumptions; readonly outcome: Outcome }[] = [];
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
      ends.push({ assume: Object.fromEntries(Object.entries(assume).filter(([address]) => assumed[address] === undefined)), outcome: once.trace.outcome });
      continue;
    }
    open.push({ ...assume, [first[0]]: false }, { ...assume, [first[0]]: true });
  }
  const [one] = ends;
  if (complete && one && ends.every((other) => sameEnd(one.outcome, other.outcome))) return one.outcome;
  return { verdict: 'unknown', out: null, packet: null, by: null, reason: base.doubts[0] ?? null, because: [...because.values()], alternatives: ends };
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
  };
  if (world.node.virtualServers?.length) expireConnections(run);
  const trace = walkPacket(run, packet, full, null);
  return { trace, state: run.draft.commit(), unknown: [...run.unknown], doubts: [...run.doubts], notes: [...run.notes] };
}

function walkPacket(run: Run, packet: Packet, full: FullPacket, emission: Emission | null): Trace {
  run.packets++;
  const skb = makeSkb(full);
  if (emission?.attached) {
    skb.ct = emission.attached.ct;
    skb.ctInfo = emission.attached.info;
    skb.ctDirection = emission.attached.direction;
  }
  if (emission) {
    skb.untracked = emission.untracked;
    skb.unboundSource = emission.unboundSource;
    // ICMP of the kernel's own has a socket that belongs to no process; resets and copies have none.
    skb.regs[FIELD.socket.index] = isIcmp(full.family, full.proto) && emission.cause !== 'tee' ? SOCKET.kernel : SOCKET.none;
    skb.unknown = null;
  }
  const walker: Walker = { run, skb, steps: [], emissions: [], hook: full.in === null ? 'OUTPUT' : 'PREROUTING', rule: null };
  return { packet, ...travel(walker, full.in === null ? 'send' : 'receive') };
}

/** From a stage to the end, with what the packet causes. */
function travel(walker: Walker, first: Stage): Omit<Trace, 'packet'> {
  const { run, skb } = walker;
  const journey: Journey = { forwarded: false, by: null };
  const emitted: Emitted[] = [];
  let stage = first;
  let ending: Ending | null = null;
  while (!ending) {
    // The copy of an IPv4 packet goes before it, that of an IPv6 packet after it.
    const copy = stage === (skb.family === 'ipv4' ? 'postrouting' : 'transmit') && !journey.forwarded ? ownCopy(walker) : null;
    if (copy && run.packets++ < MAX_EMITTED)
      emitted.push({ cause: 'clone', parent: Math.max(0, walker.steps.length - 1), packet: toPacket(currentPacket(copy.skb)), ...travel(copy, 'postrouting') });
    const next = runStage(stage, walker, journey);
    if ('end' in next) ending = next.end;
    else stage = next.stage;
  }
  const outcome = outcomeOf(walker, ending);
  for (const caused of walker.emissions) {
    if (run.packets > MAX_EMITTED) {
      run.notes.add(`more than ${MAX_EMITTED} packets follow from this one; the rest is not walked`);
      break;
    }
    emitted.push({ cause: caused.cause, parent: caused.parent, ...walkPacket(run, toPacket(caused.packet), caused.packet, caused) });
  }
  return { steps: walker.steps, outcome, emitted };
}

const LEAVES: ReadonlySet<Ending['verdict']> = new Set(['forwarded', 'delivered', 'sent']);

function outcomeOf({ skb, run }: Walker, { verdict, reason, by, out }: Ending): Outcome {
  if (LEAVES.has(verdict) && unknownBits(skb, FIELD.mark) !== 0)
    run.notes.add(
      `packet ${run.number}: the mark it ends with is not known, because of ${skb.unknownBecause.map(formatRuleAddress).join(', ')}; ${read(skb, FIELD.mark)} stands for it`,
    );
  const left = LEAVES.has(verdict) ? toPacket({ ...currentPacket(skb), mark: read(skb, FIELD.mark) }) : null;
  return { verdict, out, packet: left, by, reason, because: [], alternatives: [] };
}
