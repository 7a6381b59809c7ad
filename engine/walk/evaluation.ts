/**
 * What the interpreter is given besides the packet: the node's facts as opaque operations may ask them, the sets of the
 * moment, and the state of rules. One evaluation serves a live walk or a snapshot read again later.
 */

import { ruleAddress } from '../compile/program.ts';
import {
  countHits,
  decidingEntry,
  entryText,
  lookup,
  lostByLookup,
  packetText,
  testSet,
  UNKNOWN_ENTRY,
  type PacketText,
  type SetContext,
  type SetHits,
  type SetState,
} from '../extension/settype/index.ts';
import type { EvalContext, SkbView } from '../model/context.ts';
import { FIELD } from '../model/field.ts';
import type { Hook } from '../model/hook.ts';
import { formatRuleAddress } from '../model/rule.ts';
import { FALSE, TRUE, UNKNOWN, type OpaqueTest, type SetTest, type Tri } from '../model/test.ts';
import type { Family, Words } from '../net/address.ts';
import { PROTO } from '../net/protocol.ts';
import { OWN_KEY } from './route.ts';
import { read } from './skb.ts';
import { findSocket, isTransparent, isWildcard } from './socket.ts';
import type { Evaluation, RuleAnswer } from './test.ts';
import type { World } from './world.ts';

interface Moment {
  readonly skb: SkbView;
  readonly hook: Hook;
  readonly now: number;
  readonly sets: { get(name: string): unknown } | null;
  readonly unknown: Uint32Array | null;
  /** Position of the packet in the scenario, for choices; 0 if it has none. */
  readonly number: number;
}

/** What a set look-up found, for explanations. */
interface SetAnswer {
  readonly holds: Tri;
  /** Text of the entry that decided; null if none did. */
  readonly entry: string | null;
  /** What of the packet was looked for, sides and values; null: the set is not known. */
  readonly saw: PacketText | null;
  /** A part of the set could not be read. */
  readonly incomplete: boolean;
}

export interface LiveEvaluation extends Evaluation {
  unknown: Uint32Array | null;
  /** Rule being looked at, for choices; -1: none. */
  ruleIndex: number;
  /** What the last rule looked at answered. */
  answer: RuleAnswer;
  /** True once a stateful operation took part; the caller resets it for each rule. */
  stateful: boolean;
  /** State before and answer of the stateful operations asked since. */
  readonly states: Map<OpaqueTest, unknown>;
  readonly answers: Map<OpaqueTest, Tri>;
  /** Set entries that counted the packet since they were last taken; null: nobody counts. */
  readonly hits: SetHits | null;
  /** Takes them: the changed sets by name; null: none. */
  takeHits(): ReadonlyMap<string, SetState> | null;
  setAnswer(test: SetTest): SetAnswer;
  /** Sets or unknown registers have changed. */
  refresh(sets: Moment['sets'], unknown: Uint32Array | null): void;
}

/** What a set look-up may ask. */
export function setContext(world: World, family: Family, { now, sets, unknown }: Pick<Moment, 'now' | 'sets' | 'unknown'>, hits: SetHits | null): SetContext {
  return { family, now, unknown, interfaceName: (id) => world.names.name(id), setState: (name) => sets?.get(name) as SetState | undefined, hits };
}

interface EvaluationOptions {
  /** Do set entries count this packet? Only where the packet really passes. */
  readonly counting: boolean;
  readonly connection: EvalContext['connection'];
  readonly connectionState: EvalContext['connectionState'];
  /** Asks a stateful operation; the answer's new state is the caller's to keep. */
  readonly step: (live: LiveEvaluation, test: OpaqueTest, pool: number) => Tri;
  /** Told which sets nobody knows any more, because the packet may have changed them; absent: nobody minds. */
  readonly lost?: (live: LiveEvaluation, names: readonly string[]) => void;
}

/** ipv6_find_hdr() takes what a later fragment of an authentication header begins with for another one, and looks no further. */
const hasNoProtocol = ({ family, packet, regs }: SkbView): boolean => family === 'ipv6' && packet.proto === PROTO.ah && regs[FIELD.fragOffset.index] !== 0;

/** The node's facts, as the operations of the rule that is looked at may ask for them; `ruleIndex`: which that is, -1 for none. */
function contextOf(world: World, moment: Moment, options: EvaluationOptions, ruleIndex: () => number): EvalContext {
  const { routing, environment, names } = world;
  const { skb } = moment;
  const { family } = skb;
  const wall = environment.now;
  const epoch = typeof wall === 'number' ? wall : wall === undefined ? Number.NaN : Date.parse(wall) / 1000;
  return {
    family,
    hook: moment.hook,
    now: moment.now,
    number: moment.number,
    wallClock: Number.isNaN(epoch) ? null : epoch + moment.now,
    minutesWest: environment.minutesWest ?? null,
    rate(name) {
      const found = environment.rates?.find((one) => one.name === name);
      return { bytes: found?.bps === undefined ? null : Math.floor(found.bps / 8), packets: found?.pps === undefined ? null : Math.floor(found.pps) };
    },
    fingerprints: world.node.fingerprints ?? null,
    ipsec: world.node.ipsec ?? {},
    cpu: skb.packet.cpu ?? environment.cpu ?? null,
    interfaceName: (id) => names.name(id),
    interfaceGroup: (id) => (id === 0 ? 0 : (world.node.interfaces?.find(({ name }) => name === names.name(id))?.group ?? null)),
    addressType: (address, device) => routing.addressType(family, address, device),
    reverseRoute(address: Words, mark: number) {
      const words = family === 'ipv4' ? 1 : 4;
      const dst = Array.from(skb.regs.subarray(FIELD.dst.index, FIELD.dst.index + words));
      const word = dst[0] as number;
      // rpfilter_get_saddr(), rpfilter_addr_unicast(): a group or everybody is no source of an answer.
      const isGroup = family === 'ipv4' ? word >>> 28 === 0xe || word === 0xffffffff || word === 0 : word >>> 24 === 0xff;
      const proto = family === 'ipv6' ? read(skb, FIELD.proto) : 0;
      const found = routing.lookup(family, { ...OWN_KEY, src: isGroup ? null : dst, dst: address, mark, tos: read(skb, FIELD.tos), proto });
      // A look-up for a device is asked by rules that select one; this one is not.
      const sure = !world.network.policyRules.some((rule) => rule.family === family && rule.oif !== null);
      return found.type === 'none' ? null : { dev: found.dev, type: found.type, ways: routing.waysOf(found), sure };
    },
    socket() {
      const found = findSocket(world.sockets, skb, names.name(skb.regs[FIELD.in.index] as number));
      if (found === null || found === 'unknown') return found;
      const transparent = isTransparent(found);
      return { transparent, wildcard: isWildcard(found), mark: transparent === null ? null : (found.mark ?? 0) };
    },
    connection: options.connection,
    connectionState: options.connectionState,
    choice(kind) {
      const mine = environment.choices?.filter((choice) => choice.packet === moment.number);
      if (!mine || mine.length === 0) return undefined;
      const index = ruleIndex();
      const rule = index < 0 ? null : formatRuleAddress(ruleAddress(world.program, index));
      return mine.find((choice) => choice.for === kind || choice.for === rule)?.value;
    },
  };
}

export function evaluation(world: World, moment: Moment, options: EvaluationOptions): LiveEvaluation {
  const { skb } = moment;
  const { family } = skb;
  const hits: SetHits | null = options.counting ? { states: [], positions: [] } : null;
  let silent = setContext(world, family, moment, null);
  let inSets = setContext(world, family, moment, hits);
  const context = contextOf(world, moment, options, () => live.ruleIndex);
  const live: LiveEvaluation = {
    skb,
    context,
    unknown: moment.unknown,
    ruleIndex: -1,
    answer: FALSE,
    stateful: false,
    tentative: false,
    mayDrop: false,
    hasNoProtocol: hasNoProtocol(skb),
    hits,
    states: new Map(),
    answers: new Map(),
    testSet(test) {
      const state = inSets.setState(test.set);
      if (!state) return UNKNOWN;
      const found = testSet(test, state, skb.regs, live.tentative ? silent : inSets);
      if (found === UNKNOWN_ENTRY && !live.tentative && options.lost) {
        const lost = lostByLookup(state, test.sides, skb.regs, silent);
        if (lost.length > 0) options.lost(live, lost);
      }
      return found >= 0 ? TRUE : found === UNKNOWN_ENTRY ? UNKNOWN : FALSE;
    },
    stepOpaque(test, pool) {
      live.stateful = true;
      return options.step(live, test, pool);
    },
    setAnswer(test) {
      const state = inSets.setState(test.set);
      if (!state) return { holds: UNKNOWN, entry: null, saw: null, incomplete: false };
      const found = testSet(test, state, skb.regs, silent);
      const position = decidingEntry(found >= 0 ? found : lookup(state, test.sides, skb.regs, silent, test));
      // A member of a list decides with an entry of its own, which has no position in the list.
      return {
        holds: found >= 0 ? TRUE : found === UNKNOWN_ENTRY ? UNKNOWN : FALSE,
        entry: position >= 0 ? entryText(state, position) : null,
        saw: packetText(state, test.sides, skb.regs, silent),
        incomplete: state.set.incomplete,
      };
    },
    takeHits() {
      if (!hits || hits.positions.length === 0) return null;
      const changed = countHits(hits, skb.regs, moment.now);
      hits.states.length = 0;
      hits.positions.length = 0;
      hits.macs?.clear();
      return changed;
    },
    refresh(changedSets, unknown) {
      const after = { now: moment.now, sets: changedSets, unknown };
      silent = setContext(world, family, after, null);
      inSets = setContext(world, family, after, hits);
      live.unknown = unknown;
    },
  };
  return live;
}
