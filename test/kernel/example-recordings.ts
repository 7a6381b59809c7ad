/**
 * Recordings of the examples: recorded/examples/FOLDER/SCENARIO.json. Scenarios of one folder share a node, so what its
 * tools printed stands once beside them, in node.snapshot.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecording, writeRecording } from './recorded.ts';
import type { Recording } from './recording.ts';

/** Of the kernel tests; the emulated kernel's are elsewhere. */
const RECORDED = fileURLToPath(new URL('./recorded/', import.meta.url));

const snapshotFile = (name: string, recorded: string): string => `${recorded}examples/${dirname(name)}/node.snapshot`;

/** `kube-ovn-installed/p01-pod-to-internet`… */
export function recordedExamples(recorded = RECORDED): string[] {
  const directory = `${recorded}examples/`;
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .sort();
}

export function readExampleRecording(name: string, recorded = RECORDED): Recording {
  return { ...readRecording(`examples/${name}`, recorded), snapshot: readFileSync(snapshotFile(name, recorded), 'utf8').trimEnd().split('\n') };
}

export function writeExampleRecording(name: string, recording: Recording, recorded = RECORDED): void {
  const file = snapshotFile(name, recorded);
  mkdirSync(dirname(file), { recursive: true });
  const text = `${recording.snapshot.join('\n')}\n`;
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  writeRecording(`examples/${name}`, { ...recording, snapshot: [] }, recorded);
}
