/** The engine as defendant: walks a recording's packets through its snapshot and answers with the published report. */

import { createWorld, parseNode, readPackets, traceReport, ipvsConnections, type Choice, type Environment, type Trace, walk, type World } from '../../engine/index.ts';
import type { TraceReportJson } from '../../engine/trace/format.ts';
import { compareIpvs } from './compare-ipvs.ts';
import { compareRecording, type Difference } from './compare.ts';
import type { Recording } from './recording.ts';

/** Reads what the node's tools printed, and the packets, through the same doors as a user's files. */
export function traceOnEngine(recording: Recording, options: { readonly matchedOnly?: boolean } = {}): TraceReportJson {
  return walkOnEngine(recording, options).report;
}

function walkOnEngine(recording: Recording, options: { readonly matchedOnly?: boolean }): { readonly report: TraceReportJson; readonly world: World } {
  const node = parseNode([{ name: `${recording.title}.snapshot`, text: `${recording.snapshot.join('\n')}\n` }]);
  const { packets, environment, problems } = readPackets(JSON.parse(JSON.stringify({ environment: withScheduler(recording), packets: recording.packets })));
  const refused = problems.find((problem) => problem.severity === 'error');
  if (refused) throw new Error(`readPackets refuses a packet that the kernel took: ${refused.message}`);
  let world = createWorld(node, environment);
  const traces: Trace[] = [];
  for (const packet of packets) {
    const walked = walk(world, packet);
    traces.push(walked.trace);
    world = walked.world;
  }
  return { report: traceReport(world, traces, [], options), world };
}

/** What chance decided, and the real servers that the scheduler of IPVS gave out, read from its list of connections. */
function withScheduler({ environment, packets, ipvs = [] }: Recording): Environment {
  const scheduled = ipvs.flatMap((line): Choice[] => {
    const [, , , source, virtual, value] = line.split(/\s+/);
    return packets.flatMap(({ src, sport, dst, dport }, i) =>
      value && source === `${src}:${sport}` && virtual === `${dst}:${dport}` ? [{ packet: i + 1, for: 'ipvs', value }] : [],
    );
  });
  return scheduled.length === 0 ? environment : { ...environment, choices: [...(environment.choices ?? []), ...scheduled] };
}

/** Kernel against engine. Reasons of misses are read only when there is something to explain. */
export function judge(recording: Recording): Difference[] {
  const { report, world } = walkOnEngine(recording, { matchedOnly: true });
  const quick = compareRecording(recording, report);
  const connections = recording.ipvs ? compareIpvs(recording.ipvs, ipvsConnections(world), world.state.now) : [];
  return [...(quick.length === 0 ? quick : compareRecording(recording, traceOnEngine(recording))), ...connections];
}

/** Null, or why nothing can be compared yet. */
export const engineMissing: string | null = [createWorld, parseNode, readPackets, traceReport, walk].every((one) => typeof one === 'function')
  ? null
  : 'the engine has no walk yet';
