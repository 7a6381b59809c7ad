/**
 * Recordings of the examples: recorded/examples/FOLDER/SCENARIO.json. Scenarios of one folder share a node, so what its
 * tools printed stands once beside them, in node.snapshot.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecording, writeRecording } from './recorded.ts';
import type { Recording } from './recording.ts';

const DIRECTORY = fileURLToPath(new URL('./recorded/examples/', import.meta.url));

const snapshotFile = (name: string): string => `${DIRECTORY}${dirname(name)}/node.snapshot`;

/** `kube-ovn-installed/p01-pod-to-internet`… */
export function recordedExamples(): string[] {
  return readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .sort();
}

export function readExampleRecording(name: string): Recording {
  return { ...readRecording(`examples/${name}`), snapshot: readFileSync(snapshotFile(name), 'utf8').trimEnd().split('\n') };
}

export function writeExampleRecording(name: string, recording: Recording): void {
  mkdirSync(`${DIRECTORY}${dirname(name)}`, { recursive: true });
  const text = `${recording.snapshot.join('\n')}\n`;
  const file = snapshotFile(name);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  writeRecording(`examples/${name}`, { ...recording, snapshot: [] });
}
