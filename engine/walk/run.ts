/**
 * One packet's run: the draft of the state, and for every packet under way (the one sent, and those it causes) a walker
 * that records its steps.
 */

import type { Field } from '../model/field.ts';
import type { Hook, HookFunctionName } from '../model/hook.ts';
import type { FullPacket } from '../model/packet.ts';
import type { RuleAddress } from '../model/rule.ts';
import type { Emitted, EmittedCause, SnapshotWorld, Step, StepDetail } from '../model/trace.ts';
import type { Draft } from './state.ts';
import { freeze, type CtHandle, type CtInfo, type Skb } from './skb.ts';
import type { World } from './world.ts';

/** A packet that walks on its own after the one that caused it. */
export interface Emission {
  readonly cause: EmittedCause;
  /** Index of the step that caused it. */
  readonly parent: number;
  readonly packet: FullPacket;
  /** Entry the kernel attaches to answers of its own (nf_ct_attach). */
  readonly attached: { readonly ct: CtHandle; readonly info: CtInfo; readonly direction: 0 | 1 } | null;
  /** Packets that carry no mark of conntrack at all (TEE). */
  readonly untracked: boolean;
  /** An answer to what is not tracked: it has no entry, yet a CT target takes it for seen already (nf_conntrack_attach(), xt_ct_target()). */
  readonly ofUntracked?: boolean;
  /** Its source was chosen after the route had been looked up without one. */
  readonly unboundSource: boolean;
  readonly carried?: Carried;
  /** Bits of its mark that are not known, because it is the mark of the packet that caused it. */
  readonly unknownMark?: { readonly bits: number; readonly because: readonly RuleAddress[] };
  /** It keeps the TTL it was made with; else it gets that of the device it leaves by. */
  readonly keepsTtl?: boolean;
  /** A copy: it has frame and priority of this one. */
  readonly copyOf?: Skb;
  /** It has set out already; what has become of it can be asked for in the end. Null: there were too many. */
  readonly walked?: (() => Emitted) | null;
  /** Device that it is looked up for: that of a link, where the address is one of the link. */
  readonly oif?: string | null;
  /** It leaves by this device as it is: no hook, no rule. */
  readonly direct?: string;
  /** Answers of sockets: the user of the process, null where a socket of the kernel's answers, `none` where none does; and the device it has to leave by. */
  readonly sender?: {
    readonly uid: number | 'unknown' | 'none' | null;
    /** Null: not known; so are the groups. */
    readonly gid?: number | null;
    readonly groups?: readonly number[] | null;
    readonly owner?: Skb['owner'];
    readonly oif?: string | null;
    /** The device that it leaves by if there is a choice. */
    readonly near?: string | null;
  };
}

/** Of a packet that comes out of a tunnel, or goes into one. */
export interface Carried {
  /** The device that made it. */
  readonly by: string;
  /** The packet whose mark it has. */
  readonly from: Skb;
  /** Device that outer packets are bound to. */
  readonly link: string | null;
  /** Besides the mark: which bits of which field are the other packet's, and so not known if they are not known there. */
  readonly copied: readonly (readonly [field: Field, bits: number])[];
  /** Outer packets: their `sendDepth` and `innerFlow`. */
  readonly sendDepth?: number;
  readonly innerFlow?: string | null;
  /** Outer packets: is the sender of the inner one still to be seen on it? False: that is not known. */
  readonly keepsSocket: boolean;
}

/** What is not known besides answers of rules, and how far packets had come when they met it. */
export class Doubts {
  readonly texts = new Set<string>();
  /** Walker to the number of steps it had, and what it met first. */
  readonly met = new Map<Walker, { readonly step: number; readonly text: string }>();
  /** Whoever is on its way. */
  walking: Walker | null = null;

  add(text: string): void {
    this.texts.add(text);
    const walker = this.walking;
    if (walker && !this.met.has(walker)) this.met.set(walker, { step: walker.steps.length, text });
  }
}

export interface Run {
  readonly world: World;
  readonly draft: Draft;
  /** Rule address to the answer assumed where it is unknown. */
  readonly assume: Readonly<Record<string, boolean>>;
  /** Position of the packet, from 1. */
  readonly number: number;
  /** Rules met whose answer is unknown and not assumed, by address. */
  readonly unknown: Map<string, RuleAddress>;
  /** Something other than a rule that is not known (a route). */
  readonly doubts: Doubts;
  /** What chance decided, for the notes. */
  readonly notes: Set<string>;
  /** Packets walked so far in this run, emitted ones included: a bound against endless answers to answers. */
  packets: number;
  /** Sends a packet out at once; null: there are too many. */
  readonly walkNow: (caused: Emission) => (() => Emitted) | null;
  /** A copy of TEE is on its way: it makes no copies, and what answers it makes none (nf_skb_duplicated). */
  duplicating: boolean;
  /** What is to come in, in order. */
  readonly waiting: (() => void)[];
  /** What is to come in has to wait: the kernel is at work on a packet that came in, or in a table. */
  busy: boolean;
}

export interface Walker {
  readonly run: Run;
  readonly skb: Skb;
  readonly steps: Step[];
  readonly emissions: Emission[];
  hook: Hook;
  /** What of the hook is running, for the steps. */
  within: HookFunctionName | null;
  /** A packet that another one caused, as it set out: with the source and the hop limit of its way. */
  sent?: FullPacket;
  /** Address of the rule whose target is being applied, so that a choice can name it. */
  rule: string | null;
}

function snapshotWorld(run: Run, skb: Skb): SnapshotWorld {
  return { sets: run.draft.sets, now: run.draft.now, unknown: skb.unknown };
}

/** Freezes the packet as it is now, for the step to come. */
export function before(walker: Walker): Step['before'] {
  const { skb, run } = walker;
  return freeze(skb, walker.hook, () => snapshotWorld(run, skb));
}

export function addStep(walker: Walker, detail: StepDetail, depth = 0, seen = before(walker)): void {
  walker.steps.push({
    index: walker.steps.length,
    family: walker.skb.family,
    hook: walker.hook,
    within: walker.within,
    pass: walker.skb.pass,
    depth,
    before: seen,
    ...detail,
  } as Step);
}

/** What a packet causes is made by the processor that handles it. */
function causedBy({ skb, steps }: Walker, emission: Omit<Emission, 'parent'>): Emission {
  return { ...emission, packet: { ...emission.packet, cpu: skb.packet.cpu }, parent: Math.max(0, steps.length - 1) };
}

export function emit(walker: Walker, emission: Omit<Emission, 'parent'>): void {
  walker.emissions.push(causedBy(walker, emission));
}

/** A copy that goes its way before the packet goes on (nf_dup_ipv4()), or until it is to come in again. */
export function emitCopy(walker: Walker, emission: Omit<Emission, 'parent'>): void {
  const { run } = walker;
  const { busy } = run;
  const caused = causedBy(walker, emission);
  run.duplicating = true;
  run.busy = true;
  const walked = run.walkNow(caused);
  run.duplicating = false;
  run.busy = busy;
  walker.emissions.push({ ...caused, walked });
}

/** All that waits comes in, one after the other, unless the kernel is at work. */
export function takeTurns(run: Run): void {
  if (run.busy) return;
  run.busy = true;
  for (let next = run.waiting.shift(); next; next = run.waiting.shift()) next();
  run.busy = false;
}
