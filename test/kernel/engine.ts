/** The engine as defendant: walks a recording's packets through its snapshot and answers with the published report. */

import { createWorld, parseNode, readPackets, traceReport, type Trace, walk } from '../../engine/index.ts';
import type { TraceReportJson } from '../../engine/trace/format.ts';
import { compareRecording, type Difference } from './compare.ts';
import type { Recording } from './recording.ts';

/** Reads what the node's tools printed, and the packets, through the same doors as a user's files. */
export function traceOnEngine(recording: Recording, options: { readonly matchedOnly?: boolean } = {}): TraceReportJson {
  const node = parseNode([{ name: `${recording.title}.snapshot`, text: `${recording.snapshot.join('\n')}\n` }]);
  const { packets, environment, problems } = readPackets(JSON.parse(JSON.stringify({ environment: recording.environment, packets: recording.packets })));
  const refused = problems.find((problem) => problem.severity === 'error');
  if (refused) throw new Error(`readPackets refuses a packet that the kernel took: ${refused.message}`);
  let world = createWorld(node, environment);
  const traces: Trace[] = [];
  for (const packet of packets) {
    const walked = walk(world, packet);
    traces.push(walked.trace);
    world = walked.world;
  }
  return traceReport(world, traces, [], options);
}

/** Kernel against engine. Reasons of misses are read only when there is something to explain. */
export function judge(recording: Recording): Difference[] {
  const quick = compareRecording(recording, traceOnEngine(recording, { matchedOnly: true }));
  return quick.length === 0 ? quick : compareRecording(recording, traceOnEngine(recording));
}

/** Null, or why nothing can be compared yet. */
export const engineMissing: string | null = [createWorld, parseNode, readPackets, traceReport, walk].every((one) => typeof one === 'function')
  ? null
  : 'the engine has no walk yet';
