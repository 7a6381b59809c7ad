/**
 * A packet on its way from stage to stage, with what it causes, and when which of them gets its turn. A packet that goes
 * to lo, or turns back at its device, comes in again only once the kernel has its hands free: behind what a received
 * packet is through with, or behind the table that a packet of a process stands in. What comes in waits in one line.
 *
 * Source: Linux 6.18 net/core/dev.c netif_rx(), process_backlog(); net/ipv4/netfilter/ip_tables.c ipt_do_table(), which keeps
 * softirqs off; net/ipv4/netfilter/nf_dup_ipv4.c.
 */

import { toPacket } from '../model/full-packet.ts';
import type { Emitted, Outcome, Trace } from '../model/trace.ts';
import { portTwins } from './bridge.ts';
import { currentPacket } from './emit.ts';
import { ownCopy } from './own-copy.ts';
import { runStage } from './path.ts';
import { takeTurns, type Emission, type Walker } from './run.ts';
import type { Ending, Journey, Stage } from './stage.ts';

/** Packets that one packet may cause, directly or not. */
export const MAX_EMITTED = 64;

/** What the walk does about packets and their ends. */
interface Trips {
  /** Sends a packet out that another one caused; null: there are too many. */
  readonly start: (caused: Emission) => (() => Emitted) | null;
  readonly outcome: (walker: Walker, ending: Ending) => Outcome;
}

type Travelled = Omit<Trace, 'packet'>;

/** Where a packet met what is not known, before the other ways are tried. */
const doubtOf = (walker: Walker): Pick<Trace, 'unsettled'> => {
  const met = walker.run.doubts.met.get(walker);
  return met ? { unsettled: { rules: [], from: met.step, open: true, because: [], reason: met.text } } : {};
};

interface Trip {
  readonly walker: Walker;
  readonly journey: Journey;
  stage: Stage;
  outcome: Outcome | null;
  readonly caused: (() => Emitted)[];
  duplicating: boolean;
}

/**
 * Sends a packet out from a stage. What has become of it, and of what it caused, is to be asked for when all have had their turn.
 * @param waits it comes in, and not before those that wait already
 */
export function travel(trips: Trips, walker: Walker, first: Stage, waits = false): () => Travelled {
  const { run } = walker;
  const trip: Trip = { walker, journey: { forwarded: false, by: null }, stage: first, outcome: null, caused: [], duplicating: run.duplicating && !waits };
  if (waits) run.waiting.push(() => goOn(trips, trip));
  else goOn(trips, trip);
  return () => {
    if (!trip.outcome) throw new Error('a packet is still waiting for its turn');
    return { steps: walker.steps, outcome: trip.outcome, emitted: trip.caused.map((result) => result()), ...doubtOf(walker) };
  };
}

function goOn(trips: Trips, trip: Trip): void {
  const { run } = trip.walker;
  const before = run.duplicating;
  run.duplicating = trip.duplicating;
  const ending = toTheEnd(trips, trip);
  if (ending) {
    trip.outcome = trips.outcome(trip.walker, ending);
    sendCaused(trips, trip);
  } else {
    trip.duplicating = false;
    run.waiting.push(() => goOn(trips, trip));
  }
  run.duplicating = before;
}

/** Null: it is to come in again. */
function toTheEnd(trips: Trips, trip: Trip): Ending | null {
  const { doubts } = trip.walker.run;
  const before = doubts.walking;
  doubts.walking = trip.walker;
  const ending = stageByStage(trips, trip);
  doubts.walking = before;
  return ending;
}

function stageByStage(trips: Trips, trip: Trip): Ending | null {
  const { walker, journey } = trip;
  for (;;) {
    const { stage } = trip;
    sendCopies(trips, trip);
    const next = runStage(stage, walker, journey);
    if ('end' in next) return next.end;
    trip.stage = next.stage;
    if (stage === 'transmit' && next.stage === 'prerouting') return null;
  }
}

/** What goes to everybody, or by several ports of a bridge. */
function sendCopies(trips: Trips, { walker, journey, stage, caused }: Trip): void {
  const { run, skb } = walker;
  const clone = (copy: Walker, first: Stage): void => {
    if (run.packets++ >= MAX_EMITTED) return;
    const made = { cause: 'clone', parent: Math.max(0, walker.steps.length - 1), packet: toPacket(currentPacket(copy.skb)) } as const;
    const result = travel(trips, copy, first);
    caused.push(() => ({ ...made, ...result() }));
    takeTurns(run);
  };
  // The copy of an IPv4 packet goes before it, that of an IPv6 packet after it.
  const copy = stage === (skb.family === 'ipv4' ? 'postrouting' : 'transmit') && !journey.forwarded ? ownCopy(walker) : null;
  if (copy) clone(copy, 'postrouting');
  for (const twin of portTwins(walker, stage)) clone(twin, 'bridge');
}

/** Answers and the like, one after the other; copies of TEE have set out when they were made. */
function sendCaused(trips: Trips, { walker, caused }: Trip): void {
  const { run } = walker;
  const busy = run.busy;
  run.busy = true;
  for (const emission of walker.emissions) {
    const result = emission.walked === undefined ? trips.start(emission) : emission.walked;
    if (!result) break;
    caused.push(result);
  }
  run.busy = busy;
}
