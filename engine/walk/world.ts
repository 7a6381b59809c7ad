/**
 * A world: a compiled node, what the scenario says about its surroundings, and the state that packets have left. Worlds
 * are values; `walk` gives a new one.
 */

import { compile } from '../compile/compile.ts';
import type { Program } from '../compile/program.ts';
import { EMPTY_TABLE } from '../extension/hashlimit-table.ts';
import { declaredLists, recentKey } from '../extension/recent-list.ts';
import { createSetState, findSetType, type SetState } from '../extension/settype/index.ts';
import { entryFromSeed } from '../extension/l4proto/l4proto.ts';
import type { Settings } from '../extension/l4proto/tracker.ts';
import type { Problem } from '../model/diagnostic.ts';
import { accountingKey } from '../model/accounting.ts';
import { readExpectation, type Expectation } from '../model/expectation.ts';
import type { Node } from '../model/node.ts';
import type { Environment } from '../model/packet.ts';
import { InterfaceNames } from './interfaces.ts';
import { networkOf, type Network } from './network.ts';
import { indexServices, type Services } from './ipvs-services.ts';
import { OverlayMap } from './overlay-map.ts';
import { Routing } from './route.ts';
import type { Sockets } from './socket.ts';
import { sourceKey, tupleKey, type State } from './state.ts';
import { effectiveZone } from './zone.ts';

export interface World {
  readonly node: Node;
  readonly program: Program;
  readonly network: Network;
  readonly routing: Routing;
  readonly names: InterfaceNames;
  readonly settings: Settings;
  readonly services: Services;
  readonly environment: Environment;
  /** Those that the scenario names; where it names none, not even an empty list, those that the snapshot lists. */
  readonly sockets: Sockets;
  readonly state: State;
  /** Of the text and of linking and loading, together. */
  readonly problems: readonly Problem[];
  /** Defaults and blind spots that every trace of this world rests on. */
  readonly notes: readonly string[];
}

export function createWorld(node: Node, environment: Environment = {}): World {
  const program = compile(node);
  const network = networkOf(node);
  const settings: Settings = { sysctl: (name) => network.sysctl(name) };
  const notes = [...node.notes, ...network.notes];
  if (node.sets === null && program.asksSets) notes.push('no sets in the snapshot: what is in them is unknown');
  notes.push(...ordersNotKnown(program));
  if (network.sysctl('net.netfilter.nf_conntrack_helper') === '1')
    notes.push('net.netfilter.nf_conntrack_helper is 1: this kernel gives connections to well-known ports a helper without a rule, which is not modelled');
  return {
    node,
    program,
    network,
    routing: new Routing(network),
    names: new InterfaceNames(),
    settings,
    services: indexServices(node.virtualServers ?? []),
    environment,
    sockets: { all: environment.sockets ?? node.sockets ?? [], unread: environment.sockets ? [] : (node.unread ?? []) },
    state: initialState(node, environment),
    problems: node.problems,
    notes,
  };
}

/** Of two tables at one place the kernel asks the one first that was loaded last (nf_hook_entries_grow()), which no snapshot tells. */
function ordersNotKnown({ entryPoints }: Program): string[] {
  const places = new Map<string, Set<string>>();
  for (const { family, table, hook, backend } of entryPoints) {
    const place = `${family === 'ipv4' ? 'IPv4' : 'IPv6'} table ${table} at ${hook}`;
    places.set(place, (places.get(place) ?? new Set()).add(String(backend)));
  }
  const both = [...places].filter(([, backends]) => backends.size > 1).map(([place]) => place);
  if (both.length === 0) return [];
  const more = both.length > 3 ? ` and ${both.length - 3} more` : '';
  return [
    `both back ends have the ${both.slice(0, 3).join(', the ')}${more}: the kernel asks the one that was loaded last first, which a snapshot does not tell; they are walked in the order in which it has them`,
  ];
}

/** Those that can be read; readPackets() names the others. */
const declared = (environment: Environment): Expectation[] =>
  (environment.expectations ?? []).flatMap((given) => {
    const read = readExpectation(given);
    return 'failure' in read ? [] : [read];
  });

function initialState(node: Node, environment: Environment): State {
  // A set of a type that nobody knows has no state: what is in it is unknown.
  const sets = node.sets && OverlayMap.of<string, SetState>([...node.sets].flatMap(([name, set]) => (findSetType(set.type) ? [[name, createSetState(set)] as const] : [])));
  // `conntrack -L` lists both families, `conntrack -L -f ipv6` one of them again.
  const listed = new Map((node.conntrack ?? []).map((seed) => [tupleKey(seed.original, seed.zone), seed] as const));
  const seeds = [...listed.values()].map((seed, i) => entryFromSeed(seed, i + 1, 0));
  const tuples = new Map<string, number>();
  const hidden = new Map<string, number[]>();
  const sources = new Map<string, number[]>();
  for (const entry of seeds) {
    for (const direction of [0, 1] as const) {
      const place = tupleKey(direction === 0 ? entry.original : entry.reply, effectiveZone(entry, direction));
      const before = tuples.get(place);
      if (before !== undefined) hidden.set(place, [before, ...(hidden.get(place) ?? [])]);
      tuples.set(place, entry.id * 2 + direction);
    }
    const key = sourceKey(entry.original, entry.zone);
    sources.set(key, [...(sources.get(key) ?? []), entry.id]);
  }
  return {
    now: 0,
    packets: 0,
    nextEntry: seeds.length + 1,
    expectations: [...(node.expectations ?? []), ...declared(environment)],
    possible: [],
    entries: OverlayMap.of(seeds.map((entry) => [entry.id, entry] as const)),
    tuples: OverlayMap.of(tuples),
    hidden: OverlayMap.of<string, readonly number[]>(hidden),
    sources: OverlayMap.of<string, readonly number[]>(sources),
    ipvs: OverlayMap.of(),
    ipvsAnswers: OverlayMap.of<string, readonly string[]>(),
    ipvsSoonest: Number.POSITIVE_INFINITY,
    ipvsLast: OverlayMap.of(),
    ipvsTemplates: OverlayMap.of(),
    sets: sets ?? null,
    ruleStates: OverlayMap.of<number | string, unknown>([
      ...[...(node.accounting ?? [])].map(([name, object]) => [accountingKey(name), object] as const),
      ...[...(node.hashlimits ?? [])].map(([key, listed]) => [key, { ...EMPTY_TABLE, listed }] as const),
      ...[...declaredLists(environment.recent ?? [])].map(([name, list]) => [recentKey(name), list] as const),
    ]),
    peers: OverlayMap.of(),
    tunnelPorts: OverlayMap.of(),
    ends: OverlayMap.of<string, true>(),
    datagrams: OverlayMap.of(),
    counters: OverlayMap.of(),
  };
}
