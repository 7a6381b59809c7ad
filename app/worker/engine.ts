/** The engine as the session takes it. */

import {
  answerTo,
  checkPacket,
  createWorld,
  explainerOf,
  explainRule,
  ipvsConnections,
  parseNode,
  printEntries,
  summarizeTrace,
  traceReader,
  walk,
  whyNot,
  type World,
} from '../../engine/index.ts';
import type { Engine } from './plain-session.ts';

export const engine: Engine<World> = {
  parseNode: (files) => parseNode(files),
  createWorld: (node, environment) => createWorld(node, environment),
  problemsOf: (world) => world.problems,
  notesOf: (world) => world.notes,
  devicesOf: (world) => world.network.interfaces,
  checkPacket: (world, packet) => checkPacket(world, packet),
  answerTo: (outcome) => answerTo(outcome),
  walk: (world, packet) => walk(world, packet),
  ipvsOf: (world) => ({ connections: ipvsConnections(world), now: world.state.now }),
  decisive: (world, trace) => summarizeTrace(trace, traceReader(world)).decisive.map(({ index }) => index),
  whyNot: (world, trace, wish) => whyNot(world, trace, wish),
  explainRule: (world, snapshot, ruleIndex) => explainRule(world, snapshot, ruleIndex),
  interfaceName: (world, id) => world.names.name(id),
  entriesOf: (set) => printEntries(set),
  explainerOf,
};
