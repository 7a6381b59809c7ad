/**
 * What `packetwalk trace --json` prints (formats §3): the traces of some packets and the world they left behind, in the
 * published shape.
 */

import { listEntries } from '../extension/settype/index.ts';
import type { CompiledChain } from '../compile/program.ts';
import type { Trace } from '../model/trace.ts';
import type { Family } from '../net/address.ts';
import type { CountersJson, EntryJson, TraceReportJson } from '../trace/format.ts';
import { entryJson, problemJson, traceJson, traceJsonText, type TraceJsonOptions, type TraceReader } from '../trace/json.ts';
import { explainRule } from '../walk/why.ts';
import type { World } from '../walk/world.ts';

/** How traces of this world are read. */
export function traceReader(world: World): TraceReader {
  return {
    explain: (snapshot, ruleIndex) => explainRule(world, snapshot, ruleIndex),
    target: (ruleIndex) => world.program.rules[ruleIndex]?.targetText ?? null,
    clauses: (ruleIndex) => world.program.rules[ruleIndex]?.clauses ?? [],
    action: (ruleIndex) => world.program.rules[ruleIndex]?.action ?? null,
    interfaceName: (id) => world.names.name(id) || null,
    now: world.state.now,
  };
}

/** The whole report as one value. `world` is the one after the last packet. */
export function traceReport(world: World, traces: readonly Trace[], notes: readonly string[], options: TraceJsonOptions = {}): TraceReportJson {
  const reader = traceReader(world);
  return { ...reportHead(world, notes), traces: traces.map((trace) => traceJson(trace, reader, options)), ...reportTail(world) };
}

/** The same report as JSON text, in pieces: many packets through many rules make more text than one string can hold. */
export function* traceReportText(world: World, traces: readonly Trace[], notes: readonly string[], options: TraceJsonOptions = {}): IterableIterator<string> {
  const reader = traceReader(world);
  yield `${JSON.stringify(reportHead(world, notes)).slice(0, -1)},"traces":[`;
  for (const [i, trace] of traces.entries()) {
    yield i === 0 ? '\n' : ',\n';
    yield* traceJsonText(trace, reader, options);
  }
  yield `],\n${JSON.stringify(reportTail(world)).slice(1)}\n`;
}

function reportHead(world: World, notes: readonly string[]): Pick<TraceReportJson, 'format' | 'notes' | 'problems'> {
  return { format: 1, notes: [...new Set([...world.notes, ...notes])], problems: world.problems.map(problemJson) };
}

function reportTail(world: World): Pick<TraceReportJson, 'conntrack' | 'sets' | 'counters'> {
  return { conntrack: conntrackEntries(world), sets: setEntries(world), counters: { ipv4: counters(world, 'ipv4'), ipv6: counters(world, 'ipv6') } };
}

/** Live entries in order of creation. */
export function conntrackEntries(world: World): readonly EntryJson[] {
  const { entries, now } = world.state;
  return [...entries.entries()]
    .map(([, entry]) => entry)
    .filter((entry) => entry.expires > now)
    .sort((a, b) => a.id - b.id)
    .map((entry) => entryJson(entry, now));
}

/** Name to entries as `ipset save` prints them after `add NAME `. Empty if the sets are not known. */
function setEntries(world: World): Readonly<Record<string, readonly string[]>> {
  // Not by assignment: "__proto__" is a name like any other, for chains too.
  return Object.fromEntries([...(world.state.sets?.entries() ?? [])].map(([name, state]) => [name, listEntries(state, world.state.now)]));
}

/** Packets and bytes of every rule and policy: the save's own and what the walks added. */
function counters(world: World, family: Family): CountersJson {
  const tables = new Map<string, [string, CountersJson[string][string]][]>();
  const saved = savedPolicies(world);
  for (const chain of world.program.chains) {
    if (chain.family !== family) continue;
    const name = chain.backend ? `${chain.backend}:${chain.table}` : chain.table;
    const counted = tables.get(name) ?? [];
    counted.push([chain.name, chainCounters(world, chain, saved.get(policyKey(chain, chain.table, chain.name)))]);
    tables.set(name, counted);
  }
  return Object.fromEntries([...tables].map(([name, chains]) => [name, Object.fromEntries(chains)]));
}

type Counted = readonly [number, number] | null | undefined;

const policyKey = ({ family, backend }: Pick<CompiledChain, 'family' | 'backend'>, table: string, chain: string): string => `${backend} ${family} ${table}/${chain}`;

/** What the save says that policies have counted. */
function savedPolicies({ node }: World): ReadonlyMap<string, Counted> {
  const saved = new Map<string, Counted>();
  for (const table of node.tables) for (const chain of table.chains) if (chain.policy !== null) saved.set(policyKey(table, table.name, chain.name), chain.counters);
  return saved;
}

function chainCounters(world: World, chain: CompiledChain, policy: Counted): CountersJson[string][string] {
  const sum = (saved: Counted, key: number): readonly [number, number] => {
    const added = world.state.counters.get(key);
    return [(saved?.[0] ?? 0) + (added?.[0] ?? 0), (saved?.[1] ?? 0) + (added?.[1] ?? 0)];
  };
  return {
    policy: chain.policy === null ? null : sum(policy, -1 - chain.index),
    rules: Array.from({ length: chain.count }, (_, i) => sum(world.program.rules[chain.first + i]?.rule.counters, chain.first + i)),
  };
}
