/**
 * What a packet leaves behind for the next one: conntrack, sets, the state and counters of rules, the clock. A State is
 * immutable; a walk changes a draft and commits it, so that the world before every packet stays at hand.
 */

import type { SetState } from '../extension/settype/index.ts';
import type { ConntrackEntry, Tuple } from '../model/conntrack.ts';
import type { Expectation, PossibleExpectation } from '../model/expectation.ts';
import type { IpvsConnection, IpvsTemplate } from '../model/ipvs.ts';
import { MapDraft, OverlayMap } from './overlay-map.ts';
import type { Datagram } from './reassembly.ts';

type Counters = readonly [packets: number, bytes: number];

export interface State {
  /** Simulated clock, in seconds. */
  readonly now: number;
  /** How many packets have met the node. */
  readonly packets: number;
  readonly nextEntry: number;
  readonly entries: OverlayMap<number, ConntrackEntry>;
  /** Tuple key to `id * 2 + direction`. */
  readonly tuples: OverlayMap<string, number>;
  /** Tuple key to what stands behind, the newest first: zones of one direction let a tuple be there twice. */
  readonly hidden: OverlayMap<string, readonly number[]>;
  /** Key of an original source (nf_nat_bysource) to ids of entries with that source. */
  readonly sources: OverlayMap<string, readonly number[]>;
  /** Connections that helpers expect, in the order in which they are looked through. */
  readonly expectations: readonly Expectation[];
  /** What helpers may expect besides. */
  readonly possible: readonly PossibleExpectation[];
  /** IPVS connections, each under what its requests look like. */
  readonly ipvs: OverlayMap<string, IpvsConnection>;
  /** What an answer looks like to the keys of the connections it may belong to, the one opened last at the end. */
  readonly ipvsAnswers: OverlayMap<string, readonly string[]>;
  /** Nothing of IPVS expires before. */
  readonly ipvsSoonest: number;
  /** Virtual server to the real server that was given out last. */
  readonly ipvsLast: OverlayMap<string, string>;
  /** Virtual server and client to what keeps it at its real server (persistence). */
  readonly ipvsTemplates: OverlayMap<string, IpvsTemplate>;
  /** Null: the snapshot had no sets, so every set is unknown. */
  readonly sets: OverlayMap<string, SetState> | null;
  /** Operand pool index, or the name that several rules share, to the state of that operation. */
  readonly ruleStates: OverlayMap<number | string, unknown>;
  /** Source address to what limits the ICMP errors it is sent. */
  readonly peers: OverlayMap<string, Peer>;
  /** Tunnel device and inner flow to the source port of the outer flow. */
  readonly tunnelPorts: OverlayMap<string, number>;
  /** Ends of TCP and UDP that processes have sent from, and TCP connections that were answered: kept if answers are walked. And what brings back a cookie that SYNPROXY has given. */
  readonly ends: OverlayMap<string, true>;
  /** Fragments that wait for the rest of their datagram. */
  readonly datagrams: OverlayMap<string, Datagram>;
  /** Rule index, or `-1 - chain index` for a policy, to what it counted on top of the save's own counters. */
  readonly counters: OverlayMap<number, Counters>;
}

/** What the kernel remembers of an address it sends errors to (struct inet_peer, net/ipv4/inetpeer.c). */
interface Peer {
  /** Seconds' worth of answers it may still get. */
  readonly tokens: number;
  /** Clock value at which the tokens or the redirects were last counted. */
  readonly last: number;
  /** Redirects sent in a row. */
  readonly redirects: number;
}

/** A peer that nothing was sent to yet: its time lies so far back that it has all its tokens (inet_getpeer()). */
export const newPeer = (now: number): Peer => ({ tokens: 0, last: now - 60, redirects: 0 });

export function tupleKey(tuple: Tuple, zone: number): string {
  return `${zone}|${tuple.proto}|${tuple.src.join('.')}:${tuple.sport}>${tuple.dst.join('.')}:${tuple.dport}`;
}

export function sourceKey(tuple: Tuple, zone: number): string {
  return `${zone}|${tuple.proto}|${tuple.src.join('.')}:${tuple.sport}`;
}

/** The state under change during one walk. */
export class Draft {
  now: number;
  nextEntry: number;
  expectations: readonly Expectation[];
  possible: readonly PossibleExpectation[];
  sets: OverlayMap<string, SetState> | null;
  private readonly base: State;
  readonly entries: MapDraft<number, ConntrackEntry>;
  readonly tuples: MapDraft<string, number>;
  readonly hidden: MapDraft<string, readonly number[]>;
  readonly sources: MapDraft<string, readonly number[]>;
  readonly ipvs: MapDraft<string, IpvsConnection>;
  readonly ipvsAnswers: MapDraft<string, readonly string[]>;
  ipvsSoonest: number;
  readonly ipvsLast: MapDraft<string, string>;
  readonly ipvsTemplates: MapDraft<string, IpvsTemplate>;
  readonly ruleStates: MapDraft<number | string, unknown>;
  readonly peers: MapDraft<string, Peer>;
  readonly tunnelPorts: MapDraft<string, number>;
  readonly ends: MapDraft<string, true>;
  readonly datagrams: MapDraft<string, Datagram>;
  readonly counters: MapDraft<number, Counters>;

  constructor(base: State, now: number) {
    this.base = base;
    this.now = now;
    this.nextEntry = base.nextEntry;
    this.expectations = base.expectations;
    this.possible = base.possible;
    this.sets = base.sets;
    this.entries = new MapDraft(base.entries);
    this.tuples = new MapDraft(base.tuples);
    this.hidden = new MapDraft(base.hidden);
    this.sources = new MapDraft(base.sources);
    this.ipvs = new MapDraft(base.ipvs);
    this.ipvsAnswers = new MapDraft(base.ipvsAnswers);
    this.ipvsSoonest = base.ipvsSoonest;
    this.ipvsLast = new MapDraft(base.ipvsLast);
    this.ipvsTemplates = new MapDraft(base.ipvsTemplates);
    this.ruleStates = new MapDraft(base.ruleStates);
    this.peers = new MapDraft(base.peers);
    this.tunnelPorts = new MapDraft(base.tunnelPorts);
    this.ends = new MapDraft(base.ends);
    this.datagrams = new MapDraft(base.datagrams);
    this.counters = new MapDraft(base.counters);
  }

  count(key: number, bytes: number): void {
    const before = this.counters.get(key);
    this.counters.set(key, before ? [before[0] + 1, before[1] + bytes] : [1, bytes]);
  }

  setSet(name: string, state: SetState): void {
    this.sets = (this.sets ?? OverlayMap.of<string, SetState>()).with(new Map([[name, state]]));
  }

  /** What is in the set can no longer be told. */
  forgetSet(name: string): void {
    this.sets = this.sets?.with(new Map([[name, undefined]])) ?? null;
  }

  commit(): State {
    return {
      now: this.now,
      packets: this.base.packets + 1,
      nextEntry: this.nextEntry,
      expectations: this.expectations,
      possible: this.possible,
      entries: this.entries.commit(),
      tuples: this.tuples.commit(),
      hidden: this.hidden.commit(),
      sources: this.sources.commit(),
      ipvs: this.ipvs.commit(),
      ipvsAnswers: this.ipvsAnswers.commit(),
      ipvsSoonest: this.ipvsSoonest,
      ipvsLast: this.ipvsLast.commit(),
      ipvsTemplates: this.ipvsTemplates.commit(),
      sets: this.sets,
      ruleStates: this.ruleStates.commit(),
      peers: this.peers.commit(),
      tunnelPorts: this.tunnelPorts.commit(),
      ends: this.ends.commit(),
      datagrams: this.datagrams.commit(),
      counters: this.counters.commit(),
    };
  }
}
