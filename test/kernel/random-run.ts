/**
 * Many random nodes, one after the other: each walks on the kernel and in the engine, what it reached is counted, a sample
 * is judged for its misses too, and a disagreement is made small and kept as a recording. What comes in: where the seeds
 * begin and how long to go on; what goes out: everything the report tells.
 */

import { createWorld, parseNode } from '../../engine/index.ts';
import type { KernelCase } from './cases.ts';
import { compareRecording, describeDifferences, type Difference } from './compare.ts';
import { Coverage } from './coverage.ts';
import { cutNode } from './cut-rules.ts';
import { judgeWalk, traceOnEngine, withoutDoubts } from './engine.ts';
import { type Agent, agentOf, KernelRefused, runOnKernel } from './kernel.ts';
import type { KernelNode } from './node.ts';
import { type Coverage as MissCoverage, judgeMisses, withoutCuts } from './misses.ts';
import { randomCase } from './random-node.ts';
import { writeRecording } from './recorded.ts';
import type { Recording } from './recording.ts';
import { shrinkCase } from './shrink.ts';

interface RunSettings {
  readonly first: number;
  /** Ends with whichever comes first. */
  readonly nodes: number;
  readonly seconds: number;
  /** Share of rules with rarer matches and targets. */
  readonly rare: number;
  /** Every so many nodes are loaded by iptables-nft; 0: none. */
  readonly nftEvery: number;
  /** Every so many nodes are judged for their misses too; 0: none. */
  readonly missesEvery: number;
  /** Folder for what disagrees. */
  readonly failures: string;
  /** Trials that one disagreement may cost. */
  readonly trials: number;
  /** So many disagreements are made small: one mistake must not cost the whole run. */
  readonly small: number;
}

interface Failure {
  readonly seed: number;
  readonly text: string;
  /** Of the small case, if one was kept. */
  readonly file: string | null;
}

export interface RunResult {
  readonly settings: RunSettings;
  readonly versions: Recording['versions'] | null;
  readonly coverage: Coverage;
  readonly misses: Map<string, MissCoverage>;
  readonly missNodes: number;
  readonly failures: readonly Failure[];
  /** Those loaded by iptables-nft, and their packets; the others' steps were seen. */
  readonly nft: { readonly nodes: number; readonly packets: number };
  /** Nodes that both refuse. */
  readonly refused: number;
  readonly seconds: number;
}

const SHOWN = 6;
/** Nodes at a time: while the engine walks one, the kernel builds others, and waits for their packets. */
const LANES = 4;

export async function randomRun(settings: RunSettings): Promise<RunResult> {
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const coverage = new Coverage();
  const misses = new Map<string, MissCoverage>();
  const failures: Failure[] = [];
  let versions: Recording['versions'] | null = null;
  let refused = 0;
  let missNodes = 0;
  const nft = { nodes: 0, packets: 0 };
  let next = settings.first;
  const walkNode = async (seed: number, judge: Agent): Promise<void> => {
    const drawn = randomCase(seed, { rare: settings.rare });
    const backend = settings.nftEvery > 0 && seed % settings.nftEvery === 0 && !isMergedBySave(drawn.node) ? 'nft' : 'legacy';
    const one: KernelCase = { ...drawn, node: { ...drawn.node, backend } };
    try {
      const recording = await runOnKernel(one.node, one.sends, { ...one.options, title: one.name, judge });
      versions ??= recording.versions;
      if (backend === 'nft') {
        nft.nodes++;
        nft.packets += recording.packets.length;
      }
      const { differences: all, traces, world } = judgeWalk(recording);
      const { differences, doubts } = withoutDoubts(all);
      coverage.addWalk(recording, world, traces);
      coverage.addSetHits(world.program, world, traces);
      for (const { text } of doubts.slice(0, 1)) coverage.unknowns.set(reasonOf(text), (coverage.unknowns.get(reasonOf(text)) ?? 0) + 1);
      if (differences.length > 0) failures.push(await failure(one, seed, recording, differences, settings, failures.length < settings.small, judge));
      if (settings.missesEvery > 0 && backend === 'legacy' && (seed - settings.first) % settings.missesEvery === 0) {
        missNodes++;
        const faults = await judgeMissesOf(one, misses, judge);
        if (faults.length > 0) failures.push({ seed, text: `misses of seed ${seed}: ${faults.slice(0, 2).join('\n')}`, file: null });
      }
    } catch (error) {
      if (!(error instanceof KernelRefused)) throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      if (one.needs !== undefined || refusedByEngine(one)) refused++;
      else failures.push({ seed, text: `seed ${seed}: the kernel refuses a node that the engine takes: ${error.message}`, file: null });
    }
  };
  const lane = async (judge: Agent): Promise<void> => {
    while (next < settings.first + settings.nodes && elapsed() < settings.seconds) await walkNode(next++, judge);
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(agentOf(number))));
  failures.sort((a, b) => a.seed - b.seed);
  return { settings, versions, coverage, misses, missNodes, failures, nft, refused, seconds: elapsed() };
}

/** Of two matches of tcp in one rule the kernel asks both, and iptables-nft-save 1.8.9 prints the last: such a rule cannot be read back. */
const isMergedBySave = ({ iptables = '', ip6tables = '' }: KernelNode): boolean => /-m (tcp|udp)\b.*-m \1\b/.test(iptables + ip6tables);

/** Without what belongs to one packet. */
const reasonOf = (text: string): string => text.replace(/^.*?: /, '').replace(/[0-9a-f]*[.:][0-9a-f.:]+\/?\d*/g, '…');

function refusedByEngine({ node }: KernelCase): boolean {
  const save = node.backend === 'nft' ? 'tables-nft-save' : 'tables-save';
  const text = `==> ipset save <==\n${node.ipset ?? ''}==> ip${save} <==\n${node.iptables ?? ''}==> ip6${save} <==\n${node.ip6tables ?? ''}`;
  return createWorld(parseNode([{ name: 'node', text }])).problems.some(({ severity }) => severity === 'error');
}

/** What a difference is about, without the places and values of one node: the small case must be about the same. */
export const signature = ({ kind, text }: Difference): string =>
  `${kind} ${text
    .replace(/(ip6:)?(raw|mangle|nat|filter|security)\/\S+/g, 'RULE')
    .replace(/\b[0-9a-f]*([.:][0-9a-f]*){2,}(\/\d+)?/g, 'ADDRESS')
    .replace(/\d+/g, 'N')
    .replace(/;.*/, '')}`;
const signaturesOf = (differences: readonly Difference[]): ReadonlySet<string> => new Set(differences.map(signature));

async function failure(
  one: KernelCase,
  seed: number,
  recording: Recording,
  differences: readonly Difference[],
  settings: RunSettings,
  small: boolean,
  judge: Agent,
): Promise<Failure> {
  const said = `seed ${seed}: ${differences.length} differences\n${describeDifferences(recording, differences.slice(0, SHOWN))}`;
  const again = `PACKETWALK_NFT=${one.node.backend === 'nft' ? 1 : 0} PACKETWALK_RARE=${settings.rare} PACKETWALK_SEED=${seed} PACKETWALK_SEEDS=1 npx vitest run --project kernel test/kernel/random.test.ts`;
  if (!small) return { seed, text: `${said}\nonce more: ${again}`, file: null };
  // Where packets wait, every trial does.
  const waits = recording.packets.some(({ at = 0 }) => at > 0);
  const trials = waits ? Math.ceil(settings.trials / 10) : settings.trials;
  const kept = await keepSmall(one, `seed-${seed}`, signaturesOf(differences), { trials, failures: settings.failures }, judge);
  if (kept.disagrees) return { seed, text: `${said}\nonce more: ${again}\n${kept.text}`, file: kept.file };
  // Memory, time or another processor had a say: what the kernel did this once must not be lost.
  const once = `seed-${seed}-once`;
  writeRecording(once, recording, settings.failures);
  const file = `${settings.failures}${once}.json`;
  return { seed, text: `${said}\nit did so once and not again; what it did is in ${file}\nonce more: ${again}`, file };
}

/** Shrinks, writes the recording, and says how to run it again. */
export async function keepSmall(one: KernelCase, name: string, about: ReadonlySet<string>, { trials, failures }: Pick<RunSettings, 'trials' | 'failures'>, judge = agentOf(0)) {
  const disagrees = async (tried: KernelCase): Promise<boolean> => {
    try {
      const { differences } = withoutDoubts(judgeWalk(await runOnKernel(tried.node, tried.sends, { ...tried.options, title: name, judge })).differences);
      return differences.some((one) => about.has(signature(one))) && !differences.some(({ kind }) => kind === 'problem');
    } catch (error) {
      if (error instanceof KernelRefused || (error instanceof Error && /test packet|was not sent|the kernel was late/.test(error.message))) return false;
      throw error;
    }
  };
  const shrunk = await shrinkCase(one, disagrees, trials);
  const recording = await runOnKernel(shrunk.one.node, shrunk.one.sends, { ...shrunk.one.options, title: name, judge });
  writeRecording(name, recording, failures);
  const file = `${failures}${name}.json`;
  const { differences } = withoutDoubts(compareRecording(recording, traceOnEngine(recording)));
  const rules = recording.snapshot.filter((line) => /^(-A|create|add|\*)/.test(line));
  return {
    file,
    disagrees: differences.length > 0,
    text: `after ${shrunk.trials} trials (${file}; PACKETWALK_CASE=${file} walks it again):\n${rules.join('\n')}\n${recording.packets.map((packet) => JSON.stringify(packet)).join('\n')}\n${describeDifferences(recording, differences.slice(0, SHOWN))}`,
  };
}

/** Counters of set entries move while a rule is looked at: what a reason says of them holds at one moment only. */
const withoutCounters = (text = ''): string => text.replace(/ (! )?--(packets|bytes)-(eq|lt|gt) \d+/g, '');

/** The node as its misses can be judged. */
export function forMisses(node: KernelNode): KernelNode {
  return { ...node, iptables: withoutCounters(node.iptables), ip6tables: withoutCounters(node.ip6tables) };
}

async function judgeMissesOf(one: KernelCase, misses: Map<string, MissCoverage>, judge: Agent): Promise<readonly string[]> {
  const cut = cutNode(forMisses(one.node));
  const recording = await runOnKernel(cut.node, one.sends, { ...one.options, title: one.name, judge });
  const judged = judgeMisses(recording, cut, traceOnEngine(withoutCuts(recording, cut)));
  for (const [kind, { exact, match, none }] of judged.coverage) {
    const sum = misses.get(kind) ?? { exact: 0, match: 0, none: 0 };
    misses.set(kind, { exact: sum.exact + exact, match: sum.match + match, none: sum.none + none });
  }
  return judged.faults;
}
