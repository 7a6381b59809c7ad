/**
 * Nanoseconds per rule looked at, by kind of rule: the engine and the kernel of this machine on the same rules, in the
 * same run. A packet goes through a chain of rules none of which matches; the time of a chain of one rule is taken off.
 * The kernel's side needs root on Linux and is left out elsewhere.
 */

import { createWorld, parseNode, walk, type World } from '../../engine/index.ts';
import { encodeFrame, toHex } from '../kernel/packet-bytes.ts';
import { PACKET, RULE_KINDS, rulesOfKind, ruleSets, SURROUNDINGS, type RuleKind } from './inputs.ts';
import { startKernelTimer, type KernelTimer } from './kernel-timer.ts';
import { usual } from './measure.ts';

const COUNTS = [10_000, 100_000];
const packet = { ...PACKET, flags: [...PACKET.flags] };
const FRAME = toHex(encodeFrame(packet, '02:00:00:00:00:02', '02:00:00:00:00:01'));

/** Packets sent for one number: about a second's worth, within bounds. */
const packetsFor = (rules: number): number => Math.min(2000, Math.max(100, Math.round(5e6 / rules)));

function worldOf(kind: RuleKind, count: number): World {
  const text = `==> iptables-save <==\n${rulesOfKind(kind, count)}==> ipset save <==\n${ruleSets()}${SURROUNDINGS}`;
  return createWorld(parseNode([{ name: 'snapshot.txt', text }]));
}

/** Nanoseconds of one walk. */
function engineTime(world: World, packets: number): number {
  const times: number[] = [];
  for (let i = 0; i < packets; i++) {
    const start = process.hrtime.bigint();
    const { trace } = walk(world, packet);
    times.push(Number(process.hrtime.bigint() - start));
    if (trace.outcome.verdict !== 'forwarded') throw new Error(`the packet was to be forwarded, but: ${trace.outcome.verdict}`);
  }
  return usual(times);
}

async function kernelTime(timer: KernelTimer, kind: RuleKind, count: number): Promise<number | string> {
  return timer.measure(rulesOfKind(kind, count), ruleSets(), FRAME, packetsFor(count));
}

function row(cells: readonly string[]): void {
  const [first = '', ...rest] = cells;
  process.stdout.write(`${first.padEnd(12)}${rest.map((cell) => cell.padStart(12)).join('')}\n`);
}

/** @param only kinds; all if empty */
export async function rules(only: readonly string[]): Promise<void> {
  const kinds = (Object.keys(RULE_KINDS) as RuleKind[]).filter((kind) => only.length === 0 || only.some((word) => kind.includes(word)));
  const timer = startKernelTimer();
  process.stdout.write('\nnanoseconds per rule looked at, none matches\n');
  if (typeof timer === 'string') process.stdout.write(`the kernel's side is left out: ${timer}\n`);
  row(['rule', 'rules', 'engine', 'kernel', 'ratio', 'engine ms', 'kernel ms']);
  for (const kind of kinds) {
    const base = engineTime(worldOf(kind, 1), 2000);
    const kernelBase = typeof timer === 'string' ? timer : await kernelTime(timer, kind, 1);
    for (const count of COUNTS) {
      const whole = engineTime(worldOf(kind, count), packetsFor(count));
      const engine = (whole - base) / (count - 1);
      const kernelWhole = typeof timer === 'string' || typeof kernelBase === 'string' ? kernelBase : await kernelTime(timer, kind, count);
      const cells = [kind, count.toLocaleString('en'), engine.toFixed(1)];
      if (typeof kernelWhole === 'string' || typeof kernelBase === 'string') {
        row([...cells, '-', '-', (whole / 1e6).toFixed(2), '-']);
        if (typeof timer !== 'string') process.stdout.write(`  the kernel's side failed: ${kernelWhole}\n`);
        continue;
      }
      const kernel = (kernelWhole - kernelBase) / (count - 1);
      row([...cells, kernel.toFixed(1), (engine / kernel).toFixed(2), (whole / 1e6).toFixed(2), (kernelWhole / 1e6).toFixed(2)]);
    }
  }
  if (typeof timer !== 'string') timer.close();
}
