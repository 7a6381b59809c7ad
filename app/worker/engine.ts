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
  readPackets,
  summarizeTrace,
  traceReader,
  walk,
  whyNot,
  type Environment,
  type Packet,
  type PacketFailure,
  type World,
} from '../../engine/index.ts';
import type { Engine } from './plain-session.ts';

/** The first of what keeps packets or an environment from being some; null if nothing does. */
function misshapen(packets: readonly Packet[], environment: Environment): PacketFailure | null {
  const wrong = readPackets({ packets, environment }).problems.find(({ severity }) => severity === 'error');
  if (!wrong) return null;
  const [, ...inEnvironment] = wrong.path;
  const [, ...inPacket] = inEnvironment;
  return { field: (wrong.packet === null ? inEnvironment : inPacket).join('.'), failure: wrong.message.replace(/^packet 1: /, ''), hint: wrong.hint };
}

export const engine: Engine<World> = {
  parseNode: (files) => parseNode(files),
  createWorld: (node, environment) => createWorld(node, environment),
  problemsOf: (world) => world.problems,
  notesOf: (world) => world.notes,
  devicesOf: (world) => world.network.interfaces,
  checkEnvironment: (environment) => misshapen([], environment),
  checkPacket: (world, packet) => misshapen([packet], {}) ?? checkPacket(world, packet),
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
