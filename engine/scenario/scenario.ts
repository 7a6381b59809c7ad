/**
 * A scenario (formats §6) read from what a JSON or YAML parser made of its file, with every mistake named: a node, the
 * packets that meet it in order, what the node's tools cannot say, and what is expected of each packet.
 */

import type { InputFile } from '../format/node.ts';
import { readPackets } from '../format/packets.ts';
import type { Environment, Packet } from '../model/packet.ts';
import { parseRuleAddress } from '../model/rule.ts';
import { mismatches, type Mismatch } from '../model/shape.ts';
import { parseAddress } from '../net/address.ts';
import { protocolNumber } from '../net/protocol.ts';
import { scenarioShape, type ExpectationJson, type ScenarioJson } from './format.ts';

/** What is expected of one packet. */
export type Expectation = ExpectationJson;

export interface Scenario {
  readonly title: { readonly en: string; readonly zh?: string };
  /** Files of the node, as written: from the scenario's own folder. Empty: `snapshot` holds the node. */
  readonly node: readonly string[];
  /** Text of the snapshot; null: `node` names its files, or there are `files`. */
  readonly snapshot: string | null;
  /** The node's files themselves, where the scenario holds several. */
  readonly files?: readonly InputFile[];
  /** What the page keeps with it. */
  readonly page?: unknown;
  readonly environment: Environment;
  readonly packets: readonly Packet[];
  readonly expect: readonly Expectation[];
}

/** What is wrong in a scenario. An `error` keeps it from being run. */
export interface ScenarioProblem {
  readonly severity: 'error' | 'warning';
  /** Keys and indexes (from 0) from the root of the value. */
  readonly path: readonly (string | number)[];
  /** Place, what, the text in quotes: `expectation 2: unknown field "marc"`. */
  readonly message: string;
  /** The way out; empty if none is certain. */
  readonly hint: string;
}

export interface ScenarioReading {
  /** Null if anything keeps it from being run. */
  readonly scenario: Scenario | null;
  readonly problems: readonly ScenarioProblem[];
}

/** Reads a scenario. The files that `node` names are the caller's to find. */
export function readScenario(value: unknown): ScenarioReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused([], 'this is no scenario', 'a scenario has title, node, packets and expect');
  // Packets and environment are those of a file of packets: the same reader, the same words.
  const given = value as Readonly<Record<string, unknown>>;
  const {
    packets,
    environment,
    problems: packetProblems,
  } = readPackets({ packets: given.packets, ...(given.environment === undefined ? {} : { environment: given.environment }) });
  const problems: ScenarioProblem[] = mismatches(scenarioShape, value)
    .filter(({ path }) => path[0] !== 'packets' && path[0] !== 'environment')
    .map(problemOf);
  problems.push(...packetProblems.map(({ severity, path, message, hint }) => ({ severity, path: path.length === 0 ? ['packets'] : path, message, hint })));
  if (problems.some(isError)) return { scenario: null, problems };

  const { title, node, snapshot, expect = [], page } = value as ScenarioJson;
  if ((node === undefined) === (snapshot === undefined))
    problems.push(
      error(
        [node === undefined ? 'node' : 'snapshot'],
        node === undefined ? 'there is no node' : 'there is both "node" and "snapshot"',
        'give the files of the node under "node", or the text itself under "snapshot"',
      ),
    );
  if (Array.isArray(snapshot) && snapshot.length === 0) problems.push(error(['snapshot'], 'there is no file in "snapshot"', 'give each file of the node with its name and text'));
  for (const [i, expectation] of expect.entries()) problems.push(...checkExpectation(expectation, i, packets.length));
  const scenario: Scenario = {
    title: typeof title === 'string' ? { en: title } : title,
    node: node === undefined ? [] : typeof node === 'string' ? [node] : node,
    snapshot: typeof snapshot === 'string' ? snapshot : null,
    ...(Array.isArray(snapshot) ? { files: snapshot as readonly InputFile[] } : {}),
    ...(page === undefined ? {} : { page }),
    environment,
    packets,
    expect,
  };
  return { scenario: problems.some(isError) ? null : scenario, problems };
}

const isError = ({ severity }: ScenarioProblem): boolean => severity === 'error';

function refused(path: ScenarioProblem['path'], message: string, hint: string): ScenarioReading {
  return { scenario: null, problems: [error(path, message, hint)] };
}

function error(path: ScenarioProblem['path'], message: string, hint: string): ScenarioProblem {
  return { severity: 'error', path, message, hint };
}

/** `expectation 2: sport: 70000 is not …`. */
function problemOf({ path, message, hint }: Mismatch): ScenarioProblem {
  const [section, position, ...inside] = path;
  const numbered = section === 'expect' && typeof position === 'number';
  const fields = (numbered ? inside : path).filter((key) => !(typeof key === 'string' && message.includes(`"${key}"`)));
  const place = [...(numbered ? [`expectation ${position + 1}`] : []), ...(fields.length > 0 ? [fields.join('.')] : [])];
  return error(path, [...place, message].join(': '), hint);
}

/** What a shape cannot say: packets that are there, addresses that are some. */
function checkExpectation(expectation: Expectation, index: number, packets: number): readonly ScenarioProblem[] {
  const found: ScenarioProblem[] = [];
  const add = (path: readonly (string | number)[], message: string, hint: string): void =>
    void found.push(error(['expect', index, ...path], `expectation ${index + 1}: ${message}`, hint));
  if (expectation.packet > packets) add(['packet'], `there is no packet ${expectation.packet}`, packets === 1 ? 'there is one packet' : `there are ${packets} packets`);
  for (const field of ['src', 'dst'] as const) {
    const address = expectation[field];
    if (address !== undefined && !parseAddress(address)) add([field], `${field}: "${address}" is not an IP address`, 'names are not resolved: give an IPv4 or IPv6 address');
  }
  const { proto } = expectation;
  if (typeof proto === 'string' && protocolNumber(proto) === null) add(['proto'], `proto: unknown protocol "${proto}"`, 'give a name like tcp, or a number from 0 to 255');
  const rules = [
    ...(['fires', 'not'] as const).flatMap((field) => (expectation[field] ?? []).map((rule, i) => ({ path: [field, i], rule }))),
    ...(expectation.by ? [{ path: ['by'], rule: expectation.by }] : []),
  ];
  for (const { path, rule } of rules)
    if (!parseRuleAddress(rule)) add(path, `${path[0]}: "${rule}" is not the address of a rule`, 'write TABLE/CHAIN/NUMBER, with ip6: before it for IPv6');
  for (const rule of expectation.fires ?? []) if (expectation.not?.includes(rule)) add(['not'], `"${rule}" is both in "fires" and in "not"`, 'leave out one of them');
  return found;
}
