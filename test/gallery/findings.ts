/**
 * Findings: what happens on a Kube-OVN gateway that one would not expect, and what it rests on. Whether it is confirmed, and on which kernel,
 * follows from recordings: every piece of evidence is held against what a kernel did.
 */

import { readFileSync } from 'node:fs';
import type { Bilingual } from '../../engine/index.ts';
import { readRecording } from '../kernel/recorded.ts';
import type { PacketRecord } from '../kernel/recording.ts';
import { kernelSeries } from './catalogue.ts';
import type { Gallery } from './facts.ts';

/** What a kernel did with one packet. */
interface PacketEvidence {
  /** `kube-ovn-installed/p01-pod-to-internet`. */
  readonly scenario: string;
  /** From 1; absent: the first. */
  readonly packet?: number;
  /** Rows whose rule matched, or did not. */
  readonly fires?: readonly string[];
  readonly not?: readonly string[];
  /** Interface it left by; null: it did not leave. */
  readonly out?: string | null;
  readonly delivered?: boolean;
  /** As it left; of one that did not, as its last rule saw it. */
  readonly src?: string;
  readonly dst?: string;
  /** As the last rule saw it. */
  readonly mark?: number;
}

export type Evidence =
  | PacketEvidence
  /** A recording of test/kernel: the address that the packet's connection was translated to. */
  | { readonly recording: string; readonly entry: number; readonly translatedTo: string }
  /** An answer of the tools (test/kernel/facts.test.ts) that begins, or ends, with these words. */
  | { readonly fact: string; readonly says: string };

export interface Finding {
  readonly id: string;
  readonly topic: string;
  readonly statement: Bilingual;
  /** Empty: nobody was asked. */
  readonly rests: readonly Evidence[];
  /** The evidence speaks against what was expected. */
  readonly reproduced?: false;
  /** Why nobody was asked, or how far what is shown goes. */
  readonly note?: Bilingual;
}

export interface JudgedFinding {
  readonly id: string;
  readonly topic: string;
  readonly statement: Bilingual;
  readonly note?: Bilingual;
  readonly status: 'confirmed' | 'not reproduced' | 'not asked';
  /** `6.18`, `6.1`. */
  readonly kernels: readonly string[];
  readonly scenarios: readonly { readonly file: string; readonly packet: number }[];
  /** Recordings and answers of test/kernel that it rests on besides. */
  readonly tests: readonly string[];
}

interface ToolFacts {
  readonly versions: { readonly kernel: string };
  readonly facts: Readonly<Record<string, string>>;
}

const toolFacts = (): ToolFacts => JSON.parse(readFileSync('test/kernel/recorded/facts/tools.json', 'utf8')) as ToolFacts;

interface Judged {
  readonly kernel: string;
  /** What the recording says otherwise; empty if the evidence holds. */
  readonly broken: readonly string[];
}

function judge(gallery: Gallery, evidence: Evidence): Judged {
  if ('fact' in evidence) {
    const { versions, facts } = toolFacts();
    const found = facts[evidence.fact];
    const holds = found !== undefined && (found.startsWith(evidence.says) || found.endsWith(evidence.says));
    return { kernel: versions.kernel, broken: holds ? [] : [`${evidence.fact}: ${found}`] };
  }
  if ('recording' in evidence) {
    const { versions, conntrack } = readRecording(evidence.recording);
    const address = conntrack[evidence.entry]?.reply.dst;
    return { kernel: versions.kernel, broken: address === evidence.translatedTo ? [] : [`${evidence.recording}: ${address}`] };
  }
  return judgePacket(gallery, evidence);
}

function judgePacket({ facts }: Gallery, evidence: PacketEvidence): Judged {
  const { scenario, packet = 1, fires = [], not = [], out, delivered, src, dst, mark } = evidence;
  const found = facts.find(({ name }) => name === scenario);
  const record = found?.recording.records[packet - 1];
  if (!found || !record) return { kernel: '', broken: [`${scenario}: no recording of packet ${packet}`] };
  const rows = new Set(found.fires.filter((one) => one.packet === packet).map(({ id }) => id));
  const broken: string[] = [];
  const say = (text: string): void => {
    broken.push(`${scenario}, packet ${packet}: ${text}`);
  };
  for (const row of fires) if (!rows.has(row)) say(`${row} did not fire`);
  for (const row of not) if (rows.has(row)) say(`${row} fired`);
  const ends = endOf(record);
  if (out !== undefined && out !== ends.out) say(`out ${ends.out}`);
  if (delivered !== undefined && delivered !== record.delivered) say(`delivered ${record.delivered}`);
  if (src !== undefined && src !== ends.src) say(`src ${ends.src}`);
  if (dst !== undefined && dst !== ends.dst) say(`dst ${ends.dst}`);
  if (mark !== undefined && mark !== ends.mark) say(`mark ${ends.mark}`);
  return { kernel: found.kernel, broken };
}

function endOf({ steps, left }: PacketRecord): { readonly out: string | null; readonly src?: string; readonly dst?: string; readonly mark?: number } {
  const last = steps.at(-1);
  const gone = left[0];
  return { out: gone?.out ?? null, src: gone?.packet.src ?? last?.src, dst: gone?.packet.dst ?? last?.dst, mark: last?.mark };
}

/** Evidence that its recording does not bear out. */
export function brokenEvidence(gallery: Gallery, findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ id, rests }) => rests.flatMap((evidence) => judge(gallery, evidence).broken.map((text) => `${id}: ${text}`)));
}

export function judgeFinding(gallery: Gallery, { id, topic, statement, note, rests, reproduced }: Finding): JudgedFinding {
  const kernels = [...new Set(rests.map((evidence) => kernelSeries(judge(gallery, evidence).kernel)))].filter((kernel) => kernel !== '');
  const scenarios = rests.flatMap((evidence) => ('scenario' in evidence ? [{ file: `${evidence.scenario}.scenario.yaml`, packet: evidence.packet ?? 1 }] : []));
  const tests = rests.flatMap((evidence) => ('fact' in evidence ? [evidence.fact] : 'recording' in evidence ? [evidence.recording] : []));
  const status = rests.length === 0 ? 'not asked' : reproduced === false ? 'not reproduced' : 'confirmed';
  return { id, topic, statement, ...(note ? { note } : {}), status, kernels: kernels.sort(descending), scenarios, tests: [...new Set(tests)] };
}

/** 6.18 before 6.1. */
const descending = (a: string, b: string): number => b.localeCompare(a, 'en', { numeric: true });
