/**
 * What the page is told about the shipped scenarios, against what a real kernel did with them (the expectations in the
 * scenario files were recorded there). The engine itself is tested elsewhere: here it is what reaches the page.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evidenceOf, fateOf } from '../../app/store/fate.ts';
import { visitsOf } from '../../app/store/visits.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, NodeSummary, ProblemView, Request, TraceView } from '../../app/worker/messages.ts';
import { CHINESE } from '../../app/worker/chinese.ts';
import { describe as describeCluster } from '../../app/worker/cluster.ts';
import { createPlainSession, type Engine } from '../../app/worker/plain-session.ts';
import { createSession } from '../../app/worker/session.ts';
import { EXAMPLES, exampleSnapshot } from '../support/examples.ts';
import { firstSeed } from '../support/seed.ts';

function ask(...requests: Request[]): Answer[] {
  const answers: Answer[] = [];
  const session = createSession(engine, (answer) => answers.push(answer));
  for (const request of requests) session(request, describeCluster);
  return answers;
}

const RULES =
  '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m comment --comment "a \\"b\\" <i>" -m tcp --dport 80 -j DROP\n-A PREROUTING -m nosuch --thing 1 -j DROP\nCOMMIT\n';
const packet = { in: 'eth0', src: '192.0.2.1', dst: '10.0.0.1', proto: 'tcp', dport: 80 };
const run = (more: Partial<Extract<Request, { kind: 'run' }>> = {}): Request => ({
  kind: 'run',
  id: 1,
  files: [{ name: 'a', text: RULES }],
  cluster: false,
  packets: [packet],
  environment: {},
  ...more,
});
const traceIn = (answers: readonly Answer[]): TraceView => {
  const found = answers.findLast((answer) => answer.kind === 'traces')?.traces[0];
  if (!found) throw new Error(`no trace: ${JSON.stringify(answers)}`);
  return found;
};
const nodeIn = (answers: readonly Answer[]): NodeSummary => answers.find((answer) => answer.kind === 'node')?.node as NodeSummary;

describe.each(EXAMPLES)('$name', (example) => {
  const { scenario } = example;
  const answers = ask({
    kind: 'run',
    id: 1,
    files: [{ name: 'node.snapshot', text: exampleSnapshot(example) }],
    cluster: false,
    packets: scenario.packets,
    environment: scenario.environment,
  });
  const traces = answers.findLast((answer) => answer.kind === 'traces')?.traces ?? [];

  test('verdict, source and rules that fired are the recorded ones', () => {
    expect(traces).toHaveLength(scenario.packets.length);
    for (const wanted of scenario.expect) {
      const trace = traces[wanted.packet - 1] as TraceView;
      const fate = fateOf(trace);
      expect(fate.verdict).toBe(wanted.verdict);
      if (wanted.src !== undefined && fate.src !== null) expect(fate.src).toBe(wanted.src);
      const fired = new Set(trace.steps.flatMap((step) => (step.kind === 'rule' ? [`${step.table}/${step.chain}/${step.rule}`] : [])));
      for (const rule of wanted.fires ?? []) expect(fired).toContain(rule);
      for (const rule of wanted.not ?? []) expect(fired).not.toContain(rule);
    }
  });

  test('every rule that was looked at says why: the last test decides, those before it hold', () => {
    for (const trace of traces)
      for (const step of trace.steps) {
        if (step.kind !== 'rule' && step.kind !== 'misses') continue;
        const matched = step.kind === 'rule' ? step.matched : 'false';
        for (let rule = step.rule; rule <= (step.kind === 'misses' ? step.last : step.rule); rule++) {
          const readings = trace.readings[`${step.index}/${rule}`];
          expect(readings, `${step.table}/${step.chain}/${rule}`).toBeDefined();
          if (matched === 'false') expect(readings?.at(-1)?.holds).toBe('false');
          for (const reading of readings?.slice(0, matched === 'false' ? -1 : undefined) ?? []) expect(reading.holds).not.toBe('false');
        }
      }
  });

  test('the causes lead to steps that exist, and every table step lies in a visit of its chain', () => {
    for (const trace of traces) {
      const { causes, deciding } = evidenceOf(trace);
      for (const step of [...causes.map((cause) => cause.step), deciding]) expect(trace.steps[step]).toBeDefined();
      const visits = visitsOf(trace);
      for (const step of trace.steps) if ('chain' in step) expect(visits.list[visits.ofStep[step.index] as number]?.chain).toBe(step.chain);
    }
  });
});

describe('session', () => {
  test('rules come as text: tests apart, the comment unquoted, nothing as markup', () => {
    const rule = nodeIn(ask(run())).tables[0]?.chains[0]?.rules[0];
    expect(rule).toMatchObject({ number: 1, line: 3, tests: ['-p tcp', '--dport 80'], comment: 'a "b" <i>', target: 'DROP', targetOptions: '', toChain: false });
  });
  test('a match that is not modelled is unknown, not a verdict', () => {
    const trace = traceIn(ask(run({ packets: [{ ...packet, dport: 22 }] })));
    expect(trace.outcome.verdict).toBe('unknown');
    expect(evidenceOf(trace).causes).toMatchObject([{ kind: 'unknown', chain: 'PREROUTING', rule: 2 }]);
    expect(trace.outcome.alternatives.length).toBeGreaterThan(0);
  });
  test('why is answered for the run it was asked of, and for no other', () => {
    const why = { kind: 'why', packet: 0, step: 0, rule: 1 } as const;
    const step = traceIn(ask(run())).steps.find((one) => one.kind === 'rule')?.index ?? -1;
    const answers = ask(run(), { ...why, id: 1, step }, { ...why, id: 7, step });
    expect(answers.filter((answer) => answer.kind === 'why')).toHaveLength(1);
    expect(answers.at(-1)).toMatchObject({ kind: 'why', readings: expect.arrayContaining([expect.objectContaining({ clause: '--dport 80', holds: 'true' })]) });
  });
  test('the same node need not be given again, and is not parsed again', () => {
    let parsed = 0;
    const answers: Answer[] = [];
    const session = createSession(
      {
        ...engine,
        parseNode: (files) => {
          parsed++;
          return engine.parseNode(files);
        },
      },
      (answer) => answers.push(answer),
    );
    session(run());
    session(run({ id: 2, files: null, packets: [{ ...packet, dport: 81 }] }));
    expect(parsed).toBe(1);
    expect(answers.filter((answer) => answer.kind === 'node')).toHaveLength(1);
    expect(answers.at(-1)).toMatchObject({ kind: 'traces', id: 2 });
  });
  test.each(['parseNode', 'explainerOf', 'createWorld'] as const)('after %s broke, nothing is walked through the node before', (broken) => {
    const answers: Answer[] = [];
    let works = true;
    const breaks = (): never => {
      throw new Error('a bug');
    };
    const { handle } = createPlainSession<never>(
      new Proxy(engine as Engine<never>, { get: (from, name: keyof typeof engine) => (name === broken && !works ? breaks : from[name]) }),
      (answer) => answers.push(answer),
    );
    handle(run());
    works = false;
    handle(run({ id: 2, files: [{ name: 'b', text: '*raw\n:PREROUTING DROP\nCOMMIT\n' }] }));
    handle(run({ id: 3, files: null }));
    expect(answers.slice(2)).toMatchObject([
      { kind: 'failed', id: 2, message: 'a bug' },
      { kind: 'failed', id: 3 },
    ]);
  });
  test('a packet the node cannot get is refused with its field, not walked', () => {
    const text = `==> iptables-save <==\n${RULES}==> ip -j addr <==\n[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536,"addr_info":[]}]\n`;
    expect(ask(run({ files: [{ name: 'a', text }] })).at(-1)).toMatchObject({ kind: 'refused', packet: 0, field: 'in' });
  });
  test('rules are found by any part of their line, whatever the case', () => {
    const found = ask(run(), { kind: 'find', id: 1, query: 'DPORT 80' }, { kind: 'find', id: 1, query: 'nowhere' }).flatMap((answer) =>
      answer.kind === 'found' ? [{ query: answer.query, places: [...answer.found] }] : [],
    );
    expect(found).toEqual([
      { query: 'DPORT 80', places: [0, 0, 1] },
      { query: 'nowhere', places: [] },
    ]);
  });
  test('… or by words of it, wherever they stand', () => {
    const found = (query: string) =>
      ask(run(), { kind: 'find', id: 1, query, words: true }).flatMap((answer) => (answer.kind === 'found' ? [[...answer.found], answer.words] : []));
    expect(found('80 TCP prerouting')).toEqual([[0, 0, 1], true]);
    expect(found('80 tcp nowhere')).toEqual([[], true]);
  });
  test('a set holds what ipset save says; one that is not there holds nothing', () => {
    const text = `==> ipset save <==\ncreate s hash:net family inet timeout 60\nadd s 10.0.0.0/8 timeout 12\nadd s 10.1.0.0/16 timeout 0 nomatch\n==> iptables-save <==\n${RULES}`;
    const sets = ask(run({ files: [{ name: 'a', text }] }), { kind: 'set', id: 1, name: 's' }, { kind: 'set', id: 1, name: 't' }).filter((answer) => answer.kind === 'set');
    expect(sets).toEqual([{ kind: 'set', id: 1, name: 's', entries: ['10.0.0.0/8 timeout 12', '10.1.0.0/16 timeout 0 nomatch'] }]);
  });
  test('a rule that cannot be modelled or was refused says so itself; the others do not', () => {
    const rules = nodeIn(ask(run())).tables[0]?.chains[0]?.rules ?? [];
    expect(rules.map(({ problems }) => problems?.map(({ code }) => code) ?? [])).toEqual([[], [expect.stringContaining('match')]]);
  });
  test('counters that were saved with a rule come with it', () => {
    const text = '*filter\n:INPUT ACCEPT [0:0]\n[12:3456] -A INPUT -j ACCEPT\n[0:0] -A INPUT -j DROP\nCOMMIT\n';
    expect(nodeIn(ask(run({ files: [{ name: 'a', text }] }))).tables[0]?.chains[0]?.rules.map(({ packets }) => packets)).toEqual([12, undefined]);
  });
  test('rubbish gives a node with problems and an answer, never an exception', () => {
    for (const text of ['', '\0\0', 'hello\nworld', '*nat\n-A', '{'.repeat(1000)]) {
      const answers = ask(run({ files: [{ name: 'a', text }] }));
      expect(answers.at(-1)?.kind, JSON.stringify(text.slice(0, 20))).toBe('traces');
    }
  });
});

describe('what the page was given may be of any shape: it came in a link or a file', () => {
  const refusal = (more: Partial<Extract<Request, { kind: 'run' }>>): Answer | undefined => ask(run(more)).at(-1);

  test('an environment is refused with its place', () => {
    expect(refusal({ environment: { sockets: 5 } as never })).toMatchObject({
      kind: 'refused',
      packet: null,
      field: 'sockets',
      message: expect.stringMatching(/^environment\.sockets: 5 is not /) as string,
    });
    expect(refusal({ environment: [] as never })).toMatchObject({ kind: 'refused', packet: null });
  });
  test('a packet is refused with its number and its field, and its Chinese', () => {
    const wrong = refusal({ packets: [packet, { ...packet, extensionHeaders: 5 } as never] });
    expect(wrong).toMatchObject({ kind: 'refused', packet: 1, field: 'extensionHeaders', message: expect.stringMatching(/^extensionHeaders: 5 is not /) as string });
    expect(Object.keys((wrong?.kind === 'refused' && wrong.zh) || {})).toEqual([(wrong as { message: string }).message]);
  });
  test('any JSON is walked or refused, and nothing throws', () => {
    const key = fc.constantFrom(
      'in',
      'src',
      'dst',
      'proto',
      'flags',
      'inner',
      'extensionHeaders',
      'groups',
      'socket',
      'sockets',
      'now',
      'choices',
      'expectations',
      'recent',
      'rates',
      'assume',
      'at',
      '__proto__',
    );
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom<unknown>('10.0.0.1', 'fd00::1', 'tcp', -1, 1e300, [null], [{}]));
    const spoiled = fc.dictionary(key, value, { maxKeys: 3 });
    let walked = 0;
    fc.assert(
      fc.property(
        fc.array(spoiled, { maxLength: 3 }),
        fc.oneof({ weight: 1, arbitrary: spoiled as fc.Arbitrary<unknown> }, { weight: 2, arbitrary: fc.constant({}) }),
        (packets, environment) => {
          const last = refusal({ packets: packets.map((wrong) => ({ ...packet, ...wrong })) as never, environment: environment as never });
          expect(last?.kind, JSON.stringify(last)).toMatch(/^(traces|refused)$/);
          if (last?.kind === 'traces') walked++;
        },
      ),
      { seed: firstSeed(), numRuns: 200 },
    );
    expect(walked).toBeGreaterThan(5);
  });
});

describe('a page that becomes Chinese', () => {
  const ofProblem = ({ message, messageZh, hint, hintZh }: Pick<ProblemView, 'message' | 'messageZh' | 'hint' | 'hintZh'>): Record<string, string> => ({
    ...(messageZh && { [message]: messageZh }),
    ...(hintZh && { [hint]: hintZh }),
  });
  const said = (answers: readonly Answer[]): Record<string, string> => {
    const all: Record<string, string> = {};
    const of = ({ zh, emitted }: TraceView): void => {
      Object.assign(all, zh);
      emitted.forEach(of);
    };
    for (const answer of answers) {
      if ('zh' in answer) Object.assign(all, answer.zh);
      if (answer.kind === 'node') Object.assign(all, answer.node.zh);
      if (answer.kind === 'traces') answer.traces.forEach(of);
      if (answer.kind === 'traces') for (const problem of answer.problems) Object.assign(all, ofProblem(problem));
      if (answer.kind === 'cluster') for (const issue of answer.cluster.issues) Object.assign(all, ofProblem(issue));
    }
    return all;
  };
  const plainly = (...requests: Request[]): { readonly plain: readonly Answer[]; readonly later: readonly Answer[] } => {
    const answers: Answer[] = [];
    const { handle, speak } = createPlainSession(engine, (answer) => answers.push(answer));
    for (const request of requests) handle(request, describeCluster);
    const plain = answers.splice(0);
    speak(CHINESE);
    handle({ kind: 'chinese', id: 1 });
    return { plain, later: answers };
  };
  const requests: readonly (readonly [string, readonly Request[]])[] = [
    ['rules with problems', [run(), { kind: 'why-not', id: 1, packet: 0, wish: { kind: 'accept' } }, { kind: 'why', id: 1, packet: 0, step: 2, rule: 1 }]],
    ['a cluster that is no YAML', [run({ files: [{ name: 'cluster.yaml', text: 'subnets: [' }], cluster: true })]],
    ['a cluster with an unknown switch', [run({ files: [{ name: 'cluster.yaml', text: 'options:\n  kubeProxi: ipvs\nnodes: [a]\n' }], cluster: true })]],
    ['a packet that is refused', [run({ packets: [{ ...packet, dst: '0.0.0.0' }] })]],
    ...EXAMPLES.slice(0, 3).map((example): readonly [string, readonly Request[]] => [
      example.name,
      [run({ files: [{ name: 'node.snapshot', text: exampleSnapshot(example) }], packets: example.scenario.packets, environment: example.scenario.environment })],
    ]),
  ];
  test.each(requests)('%s: hears of what was said before what it would have heard at once', (_, asked) => {
    const { plain, later } = plainly(...asked);
    const atOnce = said(ask(...asked));
    expect(Object.keys(atOnce).length).toBeGreaterThan(0);
    expect(said(plain)).toEqual({});
    expect(said(later)).toEqual(atOnce);
  });
  test('a word of any length is looked through once', () => {
    const word = 'a'.repeat(40_000);
    const began = performance.now();
    const [answer] = [word, `not ${word} or`].map((wanted) =>
      CHINESE.answer({ kind: 'why', id: 1, packet: 0, step: 0, rule: 1, readings: [{ clause: '--comment', wanted, saw: '', text: '', holds: 'yes' }] } as unknown as Answer),
    );
    expect(answer).not.toHaveProperty('zh');
    // Milliseconds; begun again at each of its letters it takes some seconds.
    expect(performance.now() - began).toBeLessThan(500);
  });
});
