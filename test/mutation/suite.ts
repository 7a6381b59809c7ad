/**
 * Who is to notice a broken engine: everything that was recorded of real kernels. A recording is read once; for each mutant
 * those that hold what it breaks are walked again, until one no longer agrees.
 */

import { fileURLToPath } from 'node:url';
import { readdirSync, readFileSync } from 'node:fs';
import { createWorld, parseNode, TRUE, walk, type Family, type Node, type Packet } from '../../engine/index.ts';
import { compareRecording } from '../kernel/compare.ts';
import { type Prepared, prepare, walkPrepared } from '../kernel/engine.ts';
import { readRecording, recordedNames } from '../kernel/recorded.ts';
import type { Recording } from '../kernel/recording.ts';
import { RECORDED as EMULATED } from '../emulated/cases.ts';
import { MATCHES, TARGETS } from '../../engine/extension/index.ts';
import { ip } from '../../engine/extension/match/ip.ts';
import type { Compiled, Extension, Mutant, Uses } from './mutants.ts';

interface Witness {
  readonly name: string;
  /** Bytes of its rules and packets: small ones are asked first. */
  readonly size: number;
  readonly sets: boolean;
  /** The node's tools in their own words. */
  readonly text: string;
  /** True if what the engine does is not what was recorded. */
  disagrees(change: (node: Node) => Node): boolean;
  /** The same, with the text read anew. */
  disagreesReadAnew(): boolean;
}

export const RECORDED = fileURLToPath(new URL('../kernel/recorded/', import.meta.url));
const ANSWERS = new URL('../engine/extension/match/kernel-recorded.json', import.meta.url);

/** Those that agree as things are: what is still to come elsewhere proves nothing here. */
export function witnesses(): Witness[] {
  const found: Witness[] = [];
  for (const folder of folders(RECORDED)) for (const name of recordedNames(folder)) found.push(recorded(name, readRecording(name, folder)));
  for (const name of recordedNames(EMULATED)) found.push(recorded(name, readRecording(name, EMULATED)));
  found.push(answers());
  return found.filter((one) => !one.disagrees((node) => node)).sort((a, b) => a.size - b.size);
}

/** Recordings of whole nodes; examples and facts are of other shapes. */
function folders(root: string): string[] {
  return [root, ...readdirSync(root, { withFileTypes: true }).flatMap((one) => (one.isDirectory() && !['examples', 'facts'].includes(one.name) ? [`${root}${one.name}/`] : []))];
}

export function recorded(name: string, recording: Recording): Witness {
  let prepared: Prepared | null = null;
  const text = recording.snapshot.join('\n');
  return {
    name,
    size: recording.packets.length * recording.snapshot.length,
    sets: /^create /m.test(text),
    text,
    disagreesReadAnew() {
      prepared = null;
      const disagrees = this.disagrees((node) => node);
      prepared = null;
      return disagrees;
    },
    disagrees(change) {
      prepared ??= prepare(recording);
      const { report } = walkPrepared({ ...prepared, node: change(prepared.node) }, { matchedOnly: true });
      return compareRecording(recording, report).length > 0;
    },
  };
}

/** Single rules and what the kernel counted for them. */
function answers(): Witness {
  const recording = JSON.parse(readFileSync(ANSWERS, 'utf8')) as {
    readonly rules: Readonly<Record<Family, readonly string[]>>;
    readonly snapshot: string;
    readonly sent: readonly { readonly family: Family; readonly packet: Packet; readonly hits: string }[];
  };
  const node = parseNode([{ name: 'recording', text: recording.snapshot }]);
  return {
    name: 'answers of single rules',
    size: recording.sent.length * recording.snapshot.split('\n').length,
    sets: /^create /m.test(recording.snapshot),
    text: recording.snapshot,
    // What iptables-save printed: nothing in it is written otherwise.
    disagreesReadAnew: () => false,
    disagrees(change) {
      let world = createWorld(change(node), { now: '2026-11-22T14:00:00Z' });
      return recording.sent.some(({ packet, hits, family }, index) => {
        const { trace, world: after } = walk(world, { ...packet, in: null, at: index * 0.02 });
        world = after;
        const hit = new Set<number>();
        for (const step of trace.steps) if (step.kind === 'rule' && step.at.table === 'filter' && step.at.chain === 'OUTPUT' && step.matched === TRUE) hit.add(step.at.number);
        return recording.rules[family].some((_, i) => (hits[i] === '1') !== hit.has(i + 1));
      });
    },
  };
}

interface Verdict {
  readonly mutant: Mutant;
  /** Name of the first that noticed; null: nobody. */
  readonly noticedBy: string | null;
  /** It changed a rule of some recording. */
  readonly applied: boolean;
}

/** What was compiled for one witness, by extension. */
interface Use {
  readonly uses: Uses;
  readonly result: Compiled;
}

type Compile = (uses: Uses, context: unknown) => Compiled;

/** Puts something else in the place of an extension's `compile` while `run` runs. */
const replacing = <T>(extension: Extension, replacement: (original: Compile) => Compile, run: () => T): T => replacingKey(extension, 'compile', replacement, run);

/** `compile` gives what a rule does, `normalize` the options that stand for those that were written. */
function replacingKey<T, K extends 'compile' | 'normalize'>(extension: Extension, key: K, replacement: (original: Changed[K]) => Changed[K], run: () => T): T {
  const target = extension as unknown as Changed;
  const original = target[key];
  target[key] = replacement(((uses, context) => (original as Compile).call(extension, uses, context)) as Changed[K]);
  try {
    return run();
  } finally {
    target[key] = original;
  }
}

interface Changed {
  compile: Compile;
  normalize: (uses: Uses, context: unknown) => Uses;
}

export class Suite {
  readonly witnesses: readonly Witness[];
  private readonly used = new Map<Extension, Map<Witness, Use[]>>();

  constructor(among: readonly Witness[]) {
    this.witnesses = among;
    for (const witness of among) this.watch(witness, [ip, ...MATCHES, ...TARGETS]);
  }

  private watch(witness: Witness, [extension, ...rest]: readonly Extension[]): void {
    if (!extension) {
      witness.disagrees((node) => node);
      return;
    }
    const seen: Use[] = [];
    replacing(
      extension,
      (original) => (uses, context) => {
        const result = original(uses, context);
        seen.push({ uses, result });
        return result;
      },
      () => this.watch(witness, rest),
    );
    if (seen.length === 0) return;
    const known = this.used.get(extension) ?? new Map<Witness, Use[]>();
    known.set(witness, seen);
    this.used.set(extension, known);
  }

  judge(mutant: Mutant): Verdict {
    return mutant.extension ? this.judgeExtension(mutant, mutant.extension) : this.judgeSet(mutant);
  }

  private judgeExtension(mutant: Mutant, extension: Extension): Verdict {
    const { before, after } = mutant;
    let applied = false;
    for (const [witness, list] of this.used.get(extension) ?? []) {
      if (!list.some(({ uses, result }) => before(uses) !== uses || after(result) !== result)) continue;
      applied = true;
      const noticed = replacing(
        extension,
        (original) => (uses, context) => after(original(before(uses), context)),
        () => breaks(() => witness.disagrees((node) => node)),
      );
      if (noticed) return { mutant, noticedBy: witness.name, applied };
    }
    const read = this.judgeReading(mutant, extension);
    return { ...read, applied: applied || read.applied };
  }

  /** An option that is another one once it is read (`--set-mark`, `--syn`): what reads it is broken, not what compiles it. */
  private judgeReading(mutant: Mutant, extension: Extension): Verdict {
    let applied = false;
    if (extension.normalize && mutant.option)
      for (const witness of this.witnesses) {
        if (!witness.text.includes(` ${mutant.option} `) && !witness.text.includes(` ${mutant.option}\n`)) continue;
        const noticed = replacingKey(
          extension,
          'normalize',
          (original) => (uses, context) => {
            const changed = mutant.before(uses);
            if (changed !== uses) applied = true;
            return original(changed, context);
          },
          () => breaks(() => witness.disagreesReadAnew()),
        );
        if (noticed && applied) return { mutant, noticedBy: witness.name, applied };
      }
    return { mutant, noticedBy: null, applied };
  }

  private judgeSet(mutant: Mutant): Verdict {
    let applied = false;
    const change = (node: Node): Node => {
      if (!node.sets) return node;
      const sets = new Map([...node.sets].map(([name, one]) => [name, mutant.set(one)] as const));
      if ([...sets].every(([name, one]) => one === node.sets?.get(name))) return node;
      applied = true;
      return { ...node, sets };
    };
    for (const witness of this.witnesses) if (witness.sets && breaks(() => witness.disagrees(change)) && applied) return { mutant, noticedBy: witness.name, applied };
    return { mutant, noticedBy: null, applied };
  }
}

/** What fails is noticed too. */
function breaks(run: () => boolean): boolean {
  try {
    return run();
  } catch {
    return true;
  }
}
