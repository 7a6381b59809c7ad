/** The engine as defendant: walks a recording's packets through its snapshot and answers with the published report. */

import {
  createWorld,
  parseNode,
  readPackets,
  traceReport,
  ipvsConnections,
  ipvsTemplates,
  type Choice,
  type Environment,
  type Packet,
  type Node,
  type Trace,
  walk,
  type World,
} from '../../engine/index.ts';
import type { Rule } from '../../engine/model/rule.ts';
import type { TraceReportJson } from '../../engine/trace/format.ts';
import { compareIpvs } from './compare-ipvs.ts';
import { compareRecording, describeDifferences, type Difference } from './compare.ts';
import type { Recording } from './recording.ts';

/** Reads what the node's tools printed, and the packets, through the same doors as a user's files. */
export function traceOnEngine(recording: Recording, options: { readonly matchedOnly?: boolean } = {}): TraceReportJson {
  return walkOnEngine(recording, options).report;
}

interface EngineWalk {
  readonly report: TraceReportJson;
  readonly traces: readonly Trace[];
  /** After the last packet. */
  readonly world: World;
}

/** A recording as the engine takes it. */
export interface Prepared {
  readonly node: Node;
  readonly packets: readonly Packet[];
  readonly environment: Environment;
}

export function prepare(recording: Recording): Prepared {
  const node = parseNode([{ name: `${recording.title}.snapshot`, text: `${recording.snapshot.join('\n')}\n` }]);
  const { packets, environment, problems } = readPackets(JSON.parse(JSON.stringify({ environment: withChance(node, recording), packets: recording.packets })));
  const refused = problems.find((problem) => problem.severity === 'error');
  if (refused) throw new Error(`readPackets refuses a packet that the kernel took: ${refused.message}`);
  return { node, packets, environment };
}

export function walkPrepared({ node, packets, environment }: Prepared, options: { readonly matchedOnly?: boolean } = {}): EngineWalk {
  let world = createWorld(node, environment);
  const traces: Trace[] = [];
  for (const packet of packets) {
    const walked = walk(world, packet);
    traces.push(walked.trace);
    world = walked.world;
  }
  return { report: traceReport(world, traces, [], options), traces, world };
}

const walkOnEngine = (recording: Recording, options: { readonly matchedOnly?: boolean }): EngineWalk => walkPrepared(prepare(recording), options);

/**
 * What chance decided, and the real servers that the scheduler of IPVS gave out: a rewritten packet shows it by where it went,
 * of the others the list of connections tells. What no service was asked for is not looked at.
 */
function withScheduler({ environment, packets, records, snapshot, ipvs = [] }: Recording): Environment {
  const servers = snapshot.flatMap((line) => /^-a .* -r (\S+) /.exec(line)?.[1] ?? []);
  /** As the service names it: port 0 stands for any, and with persistence the port may be the client's. */
  const host = (server: string): string => server.replace(/:\d+$/, '');
  const namesOf = (server: string): string[] => {
    const exact = [server, `${host(server)}:0`].filter((one) => servers.includes(one));
    return exact.length > 0 ? exact : servers.filter((one) => host(one) === host(server));
  };
  const place = (address: string | undefined, port: number | undefined): string => `${address?.includes(':') ? `[${address}]` : address}:${port ?? 0}`;
  const listed = ipvs.map((line) => line.split(/\s+/));
  const scheduled = packets.flatMap(({ src, dst, sport, dport }, i): Choice[] => {
    const { steps, left } = records[i] as Recording['records'][number];
    const rewritten = [...steps, ...left.map(({ packet }) => packet)].map((seen) => place(seen.dst, seen.dport)).filter((seen) => seen !== place(dst, dport));
    const named = rewritten.find((seen) => namesOf(seen).length > 0);
    const known = (from: string, to: string | null): string | undefined => listed.find(([, , , source, virtual]) => source === from && (to === null || virtual === to))?.[5];
    const server = named ?? known(place(src, sport), place(dst, dport)) ?? known(place(src, 0), place(dst, dport)) ?? known(place(src, sport), null);
    return server === undefined ? [] : namesOf(server).map((value): Choice => ({ packet: i + 1, for: 'ipvs', value }));
  });
  return scheduled.length === 0 ? environment : { ...environment, choices: [...(environment.choices ?? []), ...scheduled] };
}

const asksChance = ({ matches }: Rule): boolean => matches.some(({ name, uses }) => name === 'statistic' && uses.mode?.value === 'random');

/** Where rules draw source ports, the one drawn may be the one that a connection had: that, too, is chance, and nothing of the connection tells. */
function portsDrawnAsTheyWere({ snapshot, packets, records, environment }: Recording): Choice[] {
  if (!snapshot.some((line) => / --random/.test(line))) return [];
  const told = new Set(environment.choices?.flatMap((choice) => (choice.for === 'port' ? [choice.packet] : [])));
  return packets.flatMap(({ sport }, i): Choice[] =>
    sport !== undefined && !told.has(i + 1) && records[i]?.left[0]?.packet.sport === sport ? [{ packet: i + 1, for: 'port', value: sport }] : [],
  );
}

/** A rule that asks chance, and what chance said: it fired, or it did not. */
function withChance(node: Node, recording: Recording): Environment {
  const scheduled = withScheduler(recording);
  const drawnAgain = portsDrawnAsTheyWere(recording);
  const environment = drawnAgain.length === 0 ? scheduled : { ...scheduled, choices: [...drawnAgain, ...(scheduled.choices ?? [])] };
  const asking = node.tables.flatMap(({ family, name, chains }) =>
    chains.flatMap((chain) => chain.rules.flatMap((rule, i) => (asksChance(rule) ? [{ v6: family === 'ipv6', at: `${name}/${chain.name}/${i + 1}` }] : []))),
  );
  if (asking.length === 0) return environment;
  const drawn = recording.packets.flatMap((packet, i): Choice[] => {
    const fired = new Set(recording.records[i]?.steps.flatMap((step) => (step.kind === 'rule' ? [`${step.table}/${step.chain}/${step.rule}`] : [])));
    return asking.flatMap(({ v6, at }) => (v6 === packet.dst.includes(':') ? [{ packet: i + 1, for: v6 ? `ip6:${at}` : at, value: fired.has(at) }] : []));
  });
  return { ...environment, choices: [...drawn, ...(environment.choices ?? [])] };
}

/** So that one mistake does not print a thousand lines. */
const SHOWN = 12;

/** Where the engine goes another way than the kernel did, for an assertion: empty if nowhere; of many the first and how many more. */
export function disagreements(recording: Recording): string {
  const found = judge(recording);
  const more = found.length > SHOWN ? `\nand ${found.length - SHOWN} more` : '';
  return `${describeDifferences(recording, found.slice(0, SHOWN))}${more}`;
}

/** Kernel against engine. Reasons of misses are read only when there is something to explain. */
export function judge(recording: Recording): Difference[] {
  return judgeWalk(recording).differences;
}

export function judgeWalk(recording: Recording): EngineWalk & { readonly differences: Difference[] } {
  const walked = walkOnEngine(recording, { matchedOnly: true });
  const { world } = walked;
  const quick = compareRecording(recording, walked.report);
  const connections = recording.ipvs ? compareIpvs(recording.ipvs, ipvsConnections(world), ipvsTemplates(world), world.state.now) : [];
  return { ...walked, differences: [...(quick.length === 0 ? quick : compareRecording(recording, traceOnEngine(recording))), ...connections] };
}

/**
 * What was proved: where the engine says that it does not know, nothing is, and nothing behind it. `doubts` are what it
 * said, with the packet.
 */
export function withoutDoubts(differences: readonly Difference[]): { readonly differences: readonly Difference[]; readonly doubts: readonly Difference[] } {
  const doubts = differences.filter(({ kind }) => kind === 'unknown');
  const first = Math.min(...doubts.map(({ packet }) => packet ?? 0));
  return doubts.length === 0 ? { differences, doubts } : { differences: differences.filter(({ packet, kind }) => kind !== 'unknown' && packet !== null && packet < first), doubts };
}
