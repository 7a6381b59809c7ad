/** The way as it is at each stop of a trace, read once: going on and back looks it up. */

import type { NodeSummary, TraceView } from '../worker/messages.ts';
import { extrasOf, firstAtStop, pathOf, type Edges, type Extras, type PathFacts } from './path.ts';

const paths = new WeakMap<TraceView, { readonly node: NodeSummary | null; readonly at: Map<number, PathFacts> }>();

/** As `pathOf`: the same facts for all steps in a row that are at one stop. */
export function pathAt(trace: TraceView, node: NodeSummary | null, step: number, edgesOf: (extras: Extras) => Edges): PathFacts {
  const before = paths.get(trace);
  const known = before?.node === node ? before : { node, at: new Map<number, PathFacts>() };
  paths.set(trace, known);
  const first = firstAtStop(trace, step);
  const facts = known.at.get(first) ?? pathOf(trace, node, first, edgesOf(extrasOf(trace, node)));
  known.at.set(first, facts);
  return facts;
}
