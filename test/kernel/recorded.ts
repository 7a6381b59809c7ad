/**
 * Recordings as files: recorded/NAME.json. A step holds only what differs from the step before it, and each step stands
 * on its own line, so that a file is small and its history readable.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KernelStep, PacketRecord, Recording } from './recording.ts';

const DIRECTORY = fileURLToPath(new URL('./recorded/', import.meta.url));

type PackedStep = Partial<Record<keyof KernelStep, KernelStep[keyof KernelStep] | null>>;

/** Keys whose absence is not null: they come and go with the protocol. */
const OPTIONAL: readonly string[] = ['sport', 'dport', 'icmpType', 'icmpCode', 'icmpId'];

function pack(steps: readonly KernelStep[]): PackedStep[] {
  return steps.map((step, i) => {
    const before: Partial<KernelStep> = steps[i - 1] ?? {};
    const keys = new Set([...Object.keys(before), ...Object.keys(step)]) as Set<keyof KernelStep>;
    return Object.fromEntries([...keys].filter((key) => before[key] !== step[key]).map((key) => [key, step[key] ?? null]));
  });
}

function unpack(packed: readonly PackedStep[]): KernelStep[] {
  let step: Record<string, unknown> = {};
  return packed.map((change) => {
    step = { ...step, ...change };
    for (const key of OPTIONAL) if (step[key] === null) delete step[key];
    return step as unknown as KernelStep;
  });
}

export function recordedNames(directory = DIRECTORY): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -5))
      .sort();
  } catch {
    return [];
  }
}

export function readRecording(name: string, directory = DIRECTORY): Recording {
  const file = JSON.parse(readFileSync(`${directory}${name}.json`, 'utf8')) as Recording & { records: (PacketRecord & { steps: PackedStep[] })[] };
  return {
    ...file,
    records: file.records.map((record) => ({
      ...record,
      steps: unpack(record.steps),
      emitted: record.emitted.map((one) => ({ ...one, steps: unpack(one.steps as PackedStep[]) })),
    })),
  };
}

export function writeRecording(name: string, recording: Recording, directory = DIRECTORY): void {
  mkdirSync(directory, { recursive: true });
  const packed = {
    ...recording,
    records: recording.records.map((record) => ({ ...record, steps: pack(record.steps), emitted: record.emitted.map((one) => ({ ...one, steps: pack(one.steps) })) })),
  };
  writeFileSync(`${directory}${name}.json`, `${print(packed, '', 0)}\n`);
}

/** JSON, broken into lines down to the level of single steps, packets, entries and lines of text. */
function print(value: unknown, indent: string, depth: number): string {
  const flat = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || flat.length < 100 || depth > 6) return flat;
  const inner = `${indent} `;
  if (Array.isArray(value)) return `[\n${value.map((one) => inner + print(one, inner, depth + 1)).join(',\n')}\n${indent}]`;
  // A packet or an entry reads best in one line.
  if ('dst' in value || 'original' in value) return flat;
  return `{\n${Object.entries(value)
    .map(([key, one]) => `${inner}${JSON.stringify(key)}: ${print(one, inner, depth + 1)}`)
    .join(',\n')}\n${indent}}`;
}
