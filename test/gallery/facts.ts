/**
 * What each example scenario shows of Kube-OVN's rules and sets. Which rule matched is read from the kernel's recording; how near a rule
 * was that did not match, from the engine's second reading of the same walk (examples.test.ts holds the two against each other, step for
 * step). Rules are recognised by their text.
 */

import { existsSync, readFileSync } from 'node:fs';
import { explainRuleText, explainSet, FALSE, runScenario, TRUE, type CompiledChain, type Family, type Program, type Trace, type World } from '../../engine/index.ts';
import type { TableName } from '../../engine/model/hook.ts';
import { explainEveryClause } from '../../engine/walk/why.ts';
import { readRecording } from '../kernel/recorded.ts';
import type { KernelStep, Recording } from '../kernel/recording.ts';
import { EXAMPLES, exampleNode, type Example } from '../support/examples.ts';

/** Something seen of one packet of a scenario. */
export interface Sighting {
  /** `S24`, `K:KUBE-SERVICES`; of a set: `subnets-nat`. */
  readonly id: string;
  readonly family: Family;
  /** From 1. */
  readonly packet: number;
}

export interface ScenarioFacts {
  /** `kube-ovn-installed/p01-pod-to-internet`. */
  readonly name: string;
  readonly example: Example;
  /** As `uname -r` printed it. */
  readonly kernel: string;
  readonly recording: Recording;
  /** Rows whose rule the packet matched. */
  readonly fires: readonly Sighting[];
  /** Rows whose rule was looked at and failed on one clause alone. */
  readonly misses: readonly Sighting[];
  /** Sets in which a look-up found the packet, for a rule that matched. */
  readonly setHits: readonly Sighting[];
  /** Sets in which a look-up did not find it, and nothing else kept the rule from matching. */
  readonly setMisses: readonly Sighting[];
  /** Marks other than 0 that the packets had, in order of appearance. */
  readonly marks: readonly number[];
}

/** Where recordings of examples are: this kind of kernel first, then the emulated one. */
const RECORDED = ['test/kernel/recorded/', 'test/emulated/recorded/'];

/** Null if no kernel was asked yet. */
function recordingOf(name: string): Recording | null {
  const directory = RECORDED.find((candidate) => existsSync(`${candidate}examples/${name}.json`));
  return directory === undefined ? null : readRecording(`examples/${name}`, directory);
}

/** Gallery order: as index.json lists folders and files. */
function galleryOrder(): ReadonlyMap<string, number> {
  const { examples } = JSON.parse(readFileSync('public/examples/index.json', 'utf8')) as { examples: readonly { name: string; scenarios: readonly { file: string }[] }[] };
  const names = examples.flatMap((example) => example.scenarios.map(({ file }) => `${example.name}/${file.replace('.scenario.yaml', '')}`));
  return new Map(names.map((name, i) => [name, i]));
}

export interface Gallery {
  readonly facts: readonly ScenarioFacts[];
  /** Scenarios that no kernel was asked about yet. */
  readonly unrecorded: readonly string[];
}

export function readGallery(): Gallery {
  const order = galleryOrder();
  const place = ({ name }: Example): number => order.get(name) ?? order.size;
  const facts: ScenarioFacts[] = [];
  const unrecorded: string[] = [];
  for (const example of [...EXAMPLES].sort((a, b) => place(a) - place(b))) {
    const recording = recordingOf(example.name);
    if (recording) facts.push(factsOf(example, recording));
    else unrecorded.push(example.name);
  }
  return { facts, unrecorded };
}

function factsOf(example: Example, recording: Recording): ScenarioFacts {
  const { traces, world, problems } = runScenario(example.scenario, exampleNode(example));
  if (problems.length > 0) throw new Error(`${example.name}: ${problems[0]?.message}`);
  const { program } = world;
  const fires: Sighting[] = [];
  const setHits: Sighting[] = [];
  const marks = new Set<number>();
  const indexes = ruleIndexes(program);
  for (const [i, record] of recording.records.entries()) {
    const own = recording.packets[i]?.dst.includes(':') ? 'ipv6' : 'ipv4';
    const walks = [{ family: own as Family, steps: record.steps }, ...record.emitted.map(({ packet, steps }) => ({ family: packet.family, steps }))];
    for (const { family, steps } of walks)
      for (const step of steps) {
        if (step.mark !== 0) marks.add(step.mark);
        if (step.kind !== 'rule') continue;
        const ruleIndex = indexes.get(stepKey(family, step));
        // A rule that the harness put in, or a table that the node does not have.
        if (ruleIndex === undefined) continue;
        const id = rowOf(program, ruleIndex);
        if (id !== null) fires.push({ id, family, packet: i + 1 });
        for (const set of setsOf(program, ruleIndex)) setHits.push({ id: set, family, packet: i + 1 });
      }
  }
  const misses: Sighting[] = [];
  const setMisses: Sighting[] = [];
  for (const [i, trace] of traces.entries())
    for (const { ruleIndex, family, set } of justMissed(world, trace)) {
      const id = rowOf(program, ruleIndex);
      if (id !== null) misses.push({ id, family, packet: i + 1 });
      if (set !== null) setMisses.push({ id: set, family, packet: i + 1 });
    }
  return {
    name: example.name,
    example,
    kernel: recording.versions.kernel,
    recording,
    fires: distinct(fires),
    misses: distinct(misses),
    setHits: distinct(setHits),
    setMisses: distinct(setMisses),
    marks: [...marks],
  };
}

const stepKey = (family: Family, { table, chain, rule }: Pick<KernelStep, 'table' | 'chain' | 'rule'>): string => `${family} ${table}/${chain}/${rule}`;

function ruleIndexes({ chains }: Program): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  for (const { family, table, name, first, count } of chains) for (let i = 0; i < count; i++) indexes.set(stepKey(family, { table, chain: name, rule: i + 1 }), first + i);
  return indexes;
}

const rows = new WeakMap<object, string | null>();

/** Row of a rule; null if it is none of Kube-OVN's or kube-proxy's. */
function rowOf({ rules, chains }: Program, ruleIndex: number): string | null {
  const compiled = rules[ruleIndex];
  if (!compiled) return null;
  const { rule, chain } = compiled;
  let id = rows.get(rule);
  if (id === undefined) {
    const { table, name } = chains[chain] as CompiledChain;
    id = explainRuleText(table as TableName, name, rule.text)?.id ?? null;
    rows.set(rule, id);
  }
  return id;
}

/** Sets that a packet must be in for the rule to match. */
function setsOf({ rules }: Program, ruleIndex: number): readonly string[] {
  return (rules[ruleIndex]?.clauses ?? []).flatMap(({ any, negated }) => {
    const [test] = any;
    const id = test?.op === 'set' && !negated ? explainSet(test.set)?.id : undefined;
    return id === undefined ? [] : [id];
  });
}

interface JustMissed {
  readonly ruleIndex: number;
  readonly family: Family;
  /** The set that the packet had to be in, if that was all that kept the rule from matching. */
  readonly set: string | null;
}

function* justMissed(world: World, trace: Trace): IterableIterator<JustMissed> {
  for (const step of trace.steps) {
    if (step.kind !== 'misses') continue;
    for (let ruleIndex = step.ruleIndex; ruleIndex <= step.ruleIndex + step.last - step.first; ruleIndex++) {
      const readings = explainEveryClause(world, step.before, ruleIndex);
      const [failed, ...more] = readings.filter(({ holds }) => holds !== TRUE);
      if (failed?.holds !== FALSE || more.length > 0) continue;
      const set = failed.negated ? undefined : /--match-set (\S+)/.exec(failed.clause)?.[1];
      yield { ruleIndex, family: step.family, set: set === undefined ? null : (explainSet(set)?.id ?? null) };
    }
  }
  for (const emitted of trace.emitted) yield* justMissed(world, emitted);
}

function distinct(sightings: readonly Sighting[]): readonly Sighting[] {
  return [...new Map(sightings.map((one) => [`${one.id} ${one.family} ${one.packet}`, one])).values()];
}
