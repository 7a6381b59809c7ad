/**
 * The public door of the engine, as a table of contents: read a node, make a world of it, walk packets, read the trace.
 * The page and the command line import nothing else.
 */

// Read a node.
export { parseNode, printNode, type InputFile, type ParseNodeOptions } from './format/node.ts';
export { printEntries } from './format/ipset-save.ts';
export { readSections } from './format/snapshot.ts';
export { unmodelledParts } from './format/iptables-unmodelled.ts';
export type { ConntrackSeed, Node, Section } from './model/node.ts';
export type { Problem, Severity, Span } from './model/diagnostic.ts';

// Packets.
export { fieldsWithoutEffect, readPackets, type PacketProblem, type PacketsFile } from './format/packets.ts';
export { fillPacket, toPacket, type PacketFailure } from './model/full-packet.ts';
export * from './format/packet-line.ts';
export type { Choice, Environment, FullPacket, Packet, Socket } from './model/packet.ts';

// Walk.
export { createWorld, type World } from './walk/world.ts';
export { checkPacket, walk, type WalkResult } from './walk/walk.ts';
export { explainRule } from './walk/why.ts';
export { setChange } from './walk/set-change.ts';
export type { SetDifference } from './extension/settype/index.ts';
// Ask: why did something not happen?
export { whyNot, type Candidate, type Reason, type WhyNot, type Wish } from './analysis/why-not.ts';
export { ipvsConnections, ipvsTemplates } from './walk/ipvs-connection.ts';
export { HOOK_FUNCTIONS, type HookFunction } from './walk/hooks.ts';
export { PATH, type Stage } from './walk/stage.ts';

// Read a trace.
export * from './model/trace.ts';
export * from './trace/format.ts';
export * from './trace/json.ts';
export * from './trace/read.ts';

// Answers, handshakes and the published report.
export * from './scenario/exchange.ts';
export * from './scenario/trace-report.ts';

// Scenarios: read, run, judge.
export { readScenario, type Expectation, type Scenario, type ScenarioProblem, type ScenarioReading } from './scenario/scenario.ts';
export { runScenario, type Judgement, type ScenarioRun } from './scenario/run-scenario.ts';
export type { ExpectationFailureJson, TestReportJson } from './scenario/format.ts';

// A Kube-OVN cluster: description to node, and what each rule is for.
export * from './kube-ovn/index.ts';

// JSON: with places, and the published schemas.
export { parseJson, type JsonFailure, type JsonText } from './format/json-text.ts';
export { mismatches, type Mismatch, type Shape } from './model/shape.ts';
export { schemas } from './scenario/schemas.ts';

// Nouns.
export * from './model/conntrack.ts';
export type { IpvsConnection, IpvsState, IpvsTemplate, RealServer, VirtualServer } from './model/ipvs.ts';
export * from './model/field.ts';
export * from './model/hook.ts';
export * from './model/route.ts';
export * from './model/rule.ts';
export * from './model/set.ts';
export type { Action, Clause, Effect, Test, Tri, Verdict } from './model/test.ts';
export { FALSE, TRUE, UNKNOWN } from './model/test.ts';
export { ruleAddress, type CompiledChain, type CompiledRule, type Program } from './compile/program.ts';

// Extensions.
export { describeExtensions, type ExtensionDescription, type OptionDescription } from './extension/describe.ts';
export { findMatch, findTarget, MATCHES, TARGETS } from './extension/index.ts';

// Addresses and names.
export * from './net/address.ts';
export { PROTO, protocolName, protocolNumber } from './net/protocol.ts';

// Words.
export { closest } from './model/closest.ts';
