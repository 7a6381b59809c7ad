/** Runs a scenario: its packets meet the node in order, and each expectation is held against the walk of its packet. */

import type { Node } from '../model/node.ts';
import type { Trace } from '../model/trace.ts';
import { checkPacket, walk } from '../walk/walk.ts';
import { createWorld, type World } from '../walk/world.ts';
import type { ExpectationFailureJson } from './format.ts';
import { expectedText, failures, happened } from './judge.ts';
import type { Expectation, Scenario, ScenarioProblem } from './scenario.ts';

/** One expectation, judged. */
export interface Judgement {
  readonly expectation: Expectation;
  readonly passed: boolean;
  /** In short, for people. */
  readonly expected: string;
  readonly happened: string;
  readonly failures: readonly ExpectationFailureJson[];
}

export interface ScenarioRun {
  /** In the order of `expect`; empty if there are problems. */
  readonly judgements: readonly Judgement[];
  readonly traces: readonly Trace[];
  /** After the last packet. */
  readonly world: World;
  /** What keeps the scenario from being run on this node. */
  readonly problems: readonly ScenarioProblem[];
  /** Defaults and blind spots, and what chance decided. */
  readonly notes: readonly string[];
}

/** `node`: what `parseNode` made of the scenario's files or of its `snapshot`. */
export function runScenario(scenario: Scenario, node: Node): ScenarioRun {
  let world = createWorld(node, scenario.environment);
  const traces: Trace[] = [];
  const notes: string[] = [...world.notes];
  for (const [i, packet] of scenario.packets.entries()) {
    const refused = checkPacket(world, packet);
    if (refused) {
      const problem: ScenarioProblem = {
        severity: 'error',
        path: ['packets', i, ...refused.field.split('.')],
        message: `packet ${i + 1}: ${refused.field}: ${refused.failure}`,
        hint: refused.hint,
      };
      return { judgements: [], traces, world, problems: [problem], notes };
    }
    const walked = walk(world, packet);
    traces.push(walked.trace);
    notes.push(...walked.notes);
    world = walked.world;
  }
  const judgements = scenario.expect.map((expectation) => judge(world, traces[expectation.packet - 1] as Trace, expectation));
  return { judgements, traces, world, problems: [], notes: [...new Set(notes)] };
}

function judge(world: World, trace: Trace, expectation: Expectation): Judgement {
  const found = failures(world, trace, expectation);
  return { expectation, passed: found.length === 0, expected: expectedText(expectation), happened: happened(trace), failures: found };
}
