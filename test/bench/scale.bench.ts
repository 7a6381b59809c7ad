/**
 * How large inputs fare: reading, compiling, walking, reporting, memory. Budgets stand beside the numbers they are for;
 * nothing fails when one is missed.
 */

import { createWorld, parseNode, printNode, traceReportText, walk, type Node, type WalkResult, type World } from '../../engine/index.ts';
import { mixedRules, PACKET, setSave, SURROUNDINGS } from './inputs.ts';
import { inMegabytes, inMilliseconds, megabytesOfArrays, megabytesUsed, milliseconds, printRows, type Row } from './measure.ts';

const read = (text: string): Node => parseNode([{ name: 'snapshot.txt', text }]);
/** In one piece, as a file is read: a text still in its parts would be counted as memory of whoever reads it first. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');
const withSurroundings = (rules: string): string => flat(`==> iptables-save <==\n${rules}${SURROUNDINGS}`);
const packet = { ...PACKET, flags: [...PACKET.flags] };
const counted = (count: number): string => count.toLocaleString('en');

/** Work whose result is wanted too. */
function timed<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const start = performance.now();
  const result = work();
  return { result, ms: performance.now() - start };
}

const errorsOf = (node: Node): string => {
  const errors = node.problems.filter(({ severity }) => severity === 'error');
  return errors.length === 0 ? '' : `${counted(errors.length)} errors: ${errors[0]?.message}`;
};

function* rules(count: number, shape: 'flat' | 'chains'): Iterable<Row> {
  const text = withSurroundings(mixedRules(count, shape));
  const name = shape === 'flat' ? 'one chain' : 'many chains';
  const budget = count === 20_000 ? 'budget 800 ms' : '';
  const empty = megabytesUsed();
  const first = timed(() => read(text));
  yield [`${name}: parse ${inMegabytes(text.length / 1e6)}, the first time`, inMilliseconds(first.ms), `${budget} ${errorsOf(first.result)}`.trim()];
  const node = first.result;
  const parsed = megabytesUsed();
  yield [`${name}: memory of the node`, inMegabytes(parsed - empty), `${(((parsed - empty) * 1e6) / count).toFixed(0)} bytes per rule`];
  const compiled = timed(() => createWorld(node));
  yield [`${name}: compile, the first time`, inMilliseconds(compiled.ms)];
  const used = megabytesUsed();
  yield [`${name}: memory of the program`, inMegabytes(used - parsed), `${(((used - parsed) * 1e6) / count).toFixed(0)} bytes per rule`];
  yield* packets(name, compiled.result, count === 20_000 && shape === 'flat' ? 'budget 50 ms, ' : '');
  yield [`${name}: parse, warm`, inMilliseconds(milliseconds(() => read(text), 3)), budget];
  yield [`${name}: compile, warm`, inMilliseconds(milliseconds(() => createWorld(node), 3))];
  yield [`${name}: print as saved`, inMilliseconds(milliseconds(() => printNode(node), 3))];
}

function* packets(name: string, world: World, budget: string): Iterable<Row> {
  const first = timed(() => walk(world, packet));
  yield [`${name}: first packet`, inMilliseconds(first.ms), `${budget}${first.result.trace.outcome.verdict}`];
  yield [`${name}: packets after it`, inMilliseconds(milliseconds(() => walk(world, packet), 20)), `${first.result.trace.steps.length} steps`];
  yield* report(name, first.result, true);
  yield* report(name, first.result, false);
}

function* report(name: string, { world, trace }: WalkResult, matchedOnly: boolean): Iterable<Row> {
  let length = 0;
  const { ms } = timed(() => {
    for (const piece of traceReportText(world, [trace], [], { matchedOnly })) length += piece.length;
  });
  yield [`${name}: JSON report, ${matchedOnly ? 'rules that fired' : 'every rule and why'}`, inMilliseconds(ms), inMegabytes(length / 1e6)];
}

function* sets(type: string, count: number): Iterable<Row> {
  const line = `-A FORWARD -m set --match-set big src${type === 'hash:ip,port' ? ',dst' : ''} -j DROP\n`;
  const text = flat(`${withSurroundings(`*filter\n:FORWARD ACCEPT [0:0]\n${line.repeat(1000)}COMMIT\n`)}==> ipset save <==\n${setSave(type, count)}`);
  const before = megabytesOfArrays();
  const { result: node, ms } = timed(() => read(text));
  yield [`${type}: parse ${inMegabytes(text.length / 1e6)}`, inMilliseconds(ms), errorsOf(node)];
  const compiled = timed(() => createWorld(node));
  yield [`${type}: index`, inMilliseconds(compiled.ms)];
  const used = megabytesOfArrays() - before;
  yield [`${type}: memory of entries and index`, inMegabytes(used), `${((used * 1e6) / count).toFixed(0)} bytes per entry`];
  const { trace } = walk(compiled.result, packet);
  yield [`${type}: a packet through 1,000 look-ups`, inMilliseconds(milliseconds(() => walk(compiled.result, packet), 50)), trace.outcome.verdict];
  yield [`${type}: print as saved`, inMilliseconds(timed(() => printNode(node)).ms)];
}

const LARGE = 50e6;
/** 50 MB of what nobody would write. None of it may hang. */
const ODD_FILES: Readonly<Record<string, () => string>> = {
  'one word of 50 MB': () => `*filter\n-A FORWARD -s ${'1'.repeat(LARGE)} -j DROP\nCOMMIT\n`,
  'one rule of 3 million words': () => `*filter\n-A FORWARD ${'-m mark --mark 1 '.repeat(LARGE / 17)}-j DROP\nCOMMIT\n`,
  'lines outside any table': () => '-A FORWARD -j DROP\n'.repeat(LARGE / 19),
  'misspelt options': () => `*filter\n${'-A FORWARD --dprot 80 -j DROP\n'.repeat(LARGE / 30)}COMMIT\n`,
  'one chain declared again and again': () => `*filter\n${':SERVICE - [0:0]\n'.repeat(LARGE / 17)}COMMIT\n`,
  'jumps to chains that are not there': () => `*filter\n${Array.from({ length: LARGE / 28 }, (_, i) => `-A FORWARD -j MISSING-${i}\n`).join('')}COMMIT\n`,
  'one blank line': () => `*filter\n${' '.repeat(LARGE)}\nCOMMIT\n`,
};

function* largeFiles(): Iterable<Row> {
  const text = mixedRules(540_000, 'chains');
  const { result: node, ms } = timed(() => read(text));
  yield [`540,000 rules in ${inMegabytes(text.length / 1e6)}: parse`, inMilliseconds(ms), errorsOf(node)];
  const compiled = timed(() => createWorld(node));
  yield ['540,000 rules: compile', inMilliseconds(compiled.ms), `${inMegabytes(megabytesUsed())} in use`];
  yield ['540,000 rules: first packet', inMilliseconds(timed(() => walk(compiled.result, packet)).ms)];
}

function* oddFiles(): Iterable<Row> {
  for (const [name, make] of Object.entries(ODD_FILES)) {
    const { result, ms } = timed(() => read(make()));
    yield [name, inMilliseconds(ms), `${counted(result.problems.length)} problems`];
  }
}

const PARTS: Readonly<Record<string, () => Iterable<Row>>> = {
  '20,000 rules': function* () {
    yield* rules(20_000, 'flat');
    yield* rules(20_000, 'chains');
  },
  '100,000 rules': function* () {
    yield* rules(100_000, 'flat');
    yield* rules(100_000, 'chains');
  },
  '1,000,000 set entries': function* () {
    for (const type of ['hash:ip', 'hash:net', 'hash:ip,port']) yield* sets(type, 1_000_000);
  },
  'a file of 50 MB': largeFiles,
  'odd files of 50 MB': oddFiles,
};

/** @param only words of the parts' titles; all parts if empty */
export function scale(only: readonly string[]): void {
  for (const [title, part] of Object.entries(PARTS)) if (only.length === 0 || only.some((word) => title.includes(word))) printRows(title, part());
}
