/**
 * Laws of a walk, on the examples and on rules with every match: the second reading of a rule says what the interpreter decided, a walk
 * is a function of world and packet, and the world it starts from stays as it was.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  createWorld,
  explainRule,
  FALSE,
  parseNode,
  readPackets,
  TRUE,
  traceReport,
  UNKNOWN,
  walk,
  type ClauseReading,
  type Environment,
  type Packet,
  type Step,
  type Trace,
  type Tri,
  type World,
} from '../../engine/index.ts';

interface Case {
  readonly name: string;
  readonly snapshot: string;
  readonly packets: readonly Packet[];
  readonly environment: Environment;
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const EXAMPLES: readonly Case[] = readdirSync(new URL('../../public/examples/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const { packets, environment } = readPackets(JSON.parse(read(`public/examples/${name}/packets.json`)));
    return { name, snapshot: read(`public/examples/${name}/node.snapshot`), packets, environment };
  });

/** Rules with every match there is, and packets that each of them says yes and no to. */
const recording = JSON.parse(read('test/engine/extension/match/kernel-recorded.json')) as { readonly snapshot: string; readonly sent: readonly { readonly packet: Packet }[] };
const EVERY_MATCH: Case = {
  name: 'every match',
  snapshot: recording.snapshot,
  packets: recording.sent.slice(0, 60).map(({ packet }, i) => ({ ...packet, in: null, at: i * 0.02 })),
  environment: { now: '2026-11-22T14:00:00Z' },
};

/** Clauses of several tests, and such that are taken as true without a look, with others behind them. */
const LONG_CLAUSES: Case = {
  name: 'clauses of several tests',
  snapshot: `==> iptables-save <==
*raw
-A OUTPUT -p tcp -j CT --notrack
COMMIT
*filter
${[
  '-p udp -m multiport --ports 53,67 -m mark --mark 0x1',
  '-p udp -m multiport ! --ports 99 -m mark --mark 0x0 -m ttl --ttl-eq 64',
  '-m conntrack --ctstate NEW,DNAT --ctproto 17 --ctdir REPLY',
  '-m conntrack --ctstate NEW,SNAT --ctproto 17 -m tos --tos 0x10/0xff',
  '-m conntrack --ctstate UNTRACKED --ctproto 17 --ctorigsrc 10.0.0.0/8 -m mark --mark 0x1',
  '-m conntrack --ctstate UNTRACKED,DNAT --ctproto 17 -m ttl --ttl-lt 65',
  '-p icmp -m icmp ! --icmp-type 3/1 -m mark --mark 0x1',
  '-m bpf --bytecode "1,6 0 0 0" -m multiport --ports 1 -m mark --mark 0x0',
]
  .map((rule) => `-A OUTPUT ${rule}`)
  .join('\n')}
COMMIT
`,
  packets: [
    { dst: '192.0.2.7', proto: 'udp', sport: 53, dport: 99 },
    { dst: '192.0.2.7', proto: 'udp', sport: 4000, dport: 67, mark: 1 },
    { dst: '192.0.2.7', proto: 'tcp', dport: 80 },
    { dst: '192.0.2.7', proto: 'icmp' },
  ],
  environment: {},
};

/** Every rule looked at: its answer, and its clauses as they read at that moment. */
function* rulesOf(world: World, steps: readonly Step[]): IterableIterator<{ readonly rule: string; readonly answer: Tri; readonly readings: readonly ClauseReading[] }> {
  for (const step of steps) {
    const name = (number: number) => ('at' in step ? `${step.hook} ${step.at.table}/${step.at.chain}/${number}` : '');
    if (step.kind === 'rule') yield { rule: name(step.at.number), answer: step.matched, readings: step.readings ?? explainRule(world, step.before, step.ruleIndex) };
    if (step.kind === 'misses')
      for (let number = step.first; number <= step.last; number++)
        yield { rule: name(number), answer: FALSE, readings: step.readings?.get(number) ?? explainRule(world, step.before, step.ruleIndex + number - step.first) };
  }
}

/** A rule's answer as its clauses have it: false if one is, else unknown if one is, else true. */
function answerOf(readings: readonly ClauseReading[]): Tri {
  if (readings.some(({ holds }) => holds === FALSE)) return FALSE;
  return readings.some(({ holds }) => holds === UNKNOWN) ? UNKNOWN : TRUE;
}

const withCaused = (trace: Trace): readonly Trace[] => [trace, ...trace.emitted.flatMap(withCaused)];

describe.each([...EXAMPLES, EVERY_MATCH, LONG_CLAUSES])('$name', ({ name, snapshot, packets, environment }) => {
  const start = createWorld(parseNode([{ name, text: snapshot }]), environment);

  test('why says what was decided, and the first clause that is false is the last one told', () => {
    const faults: string[] = [];
    let looked = 0;
    let world = start;
    for (const [i, packet] of packets.entries()) {
      const walked = walk(world, packet);
      for (const trace of withCaused(walked.trace))
        for (const { rule, answer, readings } of rulesOf(walked.world, trace.steps)) {
          looked++;
          if (answerOf(readings) !== answer) faults.push(`packet ${i + 1}, ${rule}: decided ${answer}, told ${answerOf(readings)}: ${readings.map(({ text }) => text).join('; ')}`);
          if (readings.slice(0, -1).some(({ holds }) => holds === FALSE)) faults.push(`packet ${i + 1}, ${rule}: it goes on after a clause that is false`);
        }
      world = walked.world;
    }
    expect(faults).toEqual([]);
    expect(looked).toBeGreaterThan(packets.length);
  });

  test('the same packet in the same world walks the same way, and leaves that world as it was', () => {
    let world = start;
    for (const packet of packets) {
      const before = JSON.stringify(traceReport(world, [], []));
      const once = walk(world, packet);
      const again = walk(world, packet);
      expect(traceReport(again.world, [again.trace], again.notes)).toEqual(traceReport(once.world, [once.trace], once.notes));
      expect(JSON.stringify(traceReport(world, [], []))).toBe(before);
      world = once.world;
    }
    expect(packets.length).toBeGreaterThan(0);
  });
});
