/**
 * Sockets that the snapshot lists (`ss -Hltunp`): who gets a packet, held against what the kernel did with sockets of all kinds
 * (listed-sockets/record.py). All of them are transparent there, which `ss` does not tell: so what hangs on that is unknown for just
 * those that the kernel found.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, readPackets, traceReport, walk } from '../../../engine/index.ts';
import type { Environment, Packet } from '../../../engine/model/packet.ts';

const read = (name: string): string => readFileSync(new URL(`./listed-sockets/${name}`, import.meta.url), 'utf8');
const SNAPSHOT = read('node.snapshot');
/** Protocol and address, behind what was asked, to the ports at which it was so. */
const KERNEL = JSON.parse(read('kernel.json')) as { readonly answers: Readonly<Record<string, readonly number[]>>; readonly matched: Readonly<Record<string, readonly number[]>> };
const PORTS = [...Array.from({ length: 16 }, (_, i) => 1001 + i), 1020];
const PROXIED = 2000;
const ADDRESSES = ['10.1.0.1', '10.2.0.1', 'fd01::1', 'fd02::1', 'fe80::1'];
const ENDS = ADDRESSES.flatMap((address) => ['tcp', 'udp'].map((proto) => [proto, address] as const));

function traced(text: string, packets: readonly Packet[], environment: Environment = {}) {
  const node = parseNode([{ name: 'node.snapshot', text }]);
  const given = readPackets(JSON.parse(JSON.stringify({ environment, packets })));
  expect(given.problems).toEqual([]);
  const world = createWorld(node, given.environment);
  // Each packet meets the node as it was.
  const walked = given.packets.map((packet) => walk(world, packet));
  return traceReport(
    world,
    walked.map(({ trace }) => trace),
    walked.flatMap(({ notes }) => notes),
  );
}

const sent = (proto: string, dst: string, dport: number): Packet => ({
  in: 'ra',
  src: dst.startsWith('fe80') ? 'fe80::2' : dst.includes(':') ? 'fd01::2' : '10.1.0.2',
  dst,
  proto,
  sport: 40000,
  dport,
});

test('without a list of sockets TPROXY drops, and says what that rests on', () => {
  const rules = '==> iptables-save <==\n*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j TPROXY --on-port 2000 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1\nCOMMIT\n';
  const packet: Packet = { in: 'eth0', src: '192.0.2.9', dst: '8.8.8.8', proto: 'tcp', sport: 4000, dport: 80 };
  const said = (environment: Environment) => traced(rules, [packet], environment).notes.filter((note) => note.includes('TPROXY drops'));
  expect(said({})).toEqual(['no sockets are stated ("ss", environment.sockets): nothing listens, so TPROXY drops']);
  expect(said({ sockets: [{ proto: 'tcp', address: '0.0.0.0', port: 2001 }] })).toEqual([]);
});

describe('as the kernel gives packets to sockets', () => {
  test('the recording has all of it', () => {
    expect(parseNode([{ name: 'node.snapshot', text: SNAPSHOT }]).problems).toEqual([]);
    expect(Object.keys(KERNEL.answers)).toHaveLength(ENDS.length);
    expect(Object.values(KERNEL.answers).flat()).not.toContain(1020);
  });

  test.each(ENDS)('%s to %s: who answers', (proto, address) => {
    const { traces } = traced(
      SNAPSHOT,
      PORTS.map((port) => sent(proto, address, port)),
      { answers: true },
    );
    const open = PORTS.filter((_, i) => {
      const emitted = traces[i]?.emitted ?? [];
      return proto === 'udp' ? emitted.length === 0 : emitted.some(({ packet }) => packet.flags?.includes('SYN'));
    });
    expect(open).toEqual(KERNEL.answers[`${proto} ${address}`]);
  });

  test.each(ENDS)('%s to %s: -m socket', (proto, address) => {
    const save = address.includes(':') ? '==> ip6tables-save <==' : '==> iptables-save <==';
    const rules =
      (SNAPSHOT.split(save)[1] ?? '')
        .split('==> ')[0]
        ?.split('\n')
        .filter((line) => line.startsWith('-A PREROUTING')) ?? [];
    const { traces } = traced(
      SNAPSHOT,
      PORTS.map((port) => sent(proto, address, port)),
    );
    for (const options of ['', ' --nowildcard', ' --transparent --nowildcard']) {
      const answers = PORTS.map((port, i) => {
        const number = rules.findIndex((rule) => rule.includes(`-p ${proto} `) && rule.includes(`--dport ${port} `) && rule.endsWith(`-m socket${options}`)) + 1;
        const step = traces[i]?.steps.find((one) => one.kind === 'rule' && one.chain === 'PREROUTING' && one.rule === number);
        return step?.kind === 'rule' ? step.matched : null;
      });
      const found = KERNEL.matched[`socket${options} ${proto} ${address}`] ?? [];
      expect(answers, options).toEqual(PORTS.map((port) => (found.includes(port) ? (options.includes('--transparent') ? 'unknown' : true) : false)));
    }
  });

  test.each(ENDS)('%s to %s: TPROXY', (proto, address) => {
    const { traces } = traced(
      SNAPSHOT,
      PORTS.map((port) => sent(proto, address, PROXIED + port)),
    );
    const given = KERNEL.matched[`tproxy ${proto} ${address}`] ?? [];
    expect(given.length).toBeGreaterThan(3);
    expect(traces.map(({ outcome }) => outcome.verdict)).toEqual(PORTS.map((port) => (given.includes(port) ? 'unknown' : 'dropped')));
  });
});

const RULES =
  '==> iptables-save <==\n*mangle\n-A PREROUTING -p tcp --dport 80 -j TPROXY --on-port 8080 --tproxy-mark 1\n-A PREROUTING -p udp -m socket --nowildcard --restore-skmark\n-A PREROUTING -m mark --mark 0x5\nCOMMIT\n';
const LISTED = '==> ss -Hltunp <==\ntcp   LISTEN 0      128          0.0.0.0:8080      0.0.0.0:*    users:(("proxy",pid=9,fd=3))\nudp UNCONN 0 0 192.0.2.1:53 0.0.0.0:*\n';
const WEB: Packet = { in: 'eth0', src: '198.51.100.2', dst: '203.0.113.9', proto: 'tcp', sport: 4000, dport: 80 };
const DNS: Packet = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.1', proto: 'udp', sport: 4000, dport: 53 };

describe('what is not listed is not guessed', () => {
  test('whether TPROXY may give a packet to a socket: the outcome names what is missing', () => {
    const { traces, notes } = traced(RULES + LISTED, [WEB]);
    const [first] = traces;
    expect(first?.outcome.verdict).toBe('unknown');
    expect(JSON.stringify(first)).toContain('whether the socket on port 8080 is transparent is not known: \\"ss\\" does not tell, \\"transparent\\" of environment.sockets does');
    expect(notes.filter((note) => note.includes('kept and not read'))).toEqual([]);
  });
  test('the mark of a socket, for --restore-skmark', () => {
    const [first] = traced(RULES + LISTED, [DNS]).traces;
    const [asked, after] = first?.steps.flatMap((one) => (one.kind === 'rule' && one.rule > 1 ? [one] : [])) ?? [];
    expect(asked?.matched).toBe(true);
    expect(asked?.why.at(-1)?.saw).toBe('a socket whose mark "ss" does not tell ("mark" of environment.sockets does)');
    expect(after?.matched).toBe('unknown');
    // Of one that the scenario names, the mark is known.
    const named = traced(RULES + LISTED, [DNS], { sockets: [{ proto: 'udp', address: '192.0.2.1', port: 53, mark: 5 }] }).traces[0];
    expect(named?.steps.flatMap((one) => (one.kind === 'rule' && one.rule === 3 ? [one.matched] : []))).toEqual([true]);
  });
  test('nobody listens there, or no section says who: dropped', () => {
    expect(traced(RULES + LISTED.replace(':8080', ':8081'), [WEB]).traces[0]?.outcome).toMatchObject({ verdict: 'dropped' });
    for (const text of [RULES, `${RULES}==> ss -Hltunp <==\n`]) expect(traced(text, [WEB]).traces[0]?.outcome).toMatchObject({ verdict: 'dropped', by: 'mangle/PREROUTING/1' });
  });
  test('a line that cannot be read may be the listener, unless it has another port', () => {
    const odd = (line: string) => traced(`${RULES}${LISTED.replace(':8080', ':8081')}${line}\n`, [WEB]).traces[0]?.outcome.verdict;
    expect(odd('tcp LISTEN 0 128 nowhere:8080 0.0.0.0:*')).toBe('unknown');
    expect(odd('tcp LISTEN 0 128 nowhere:http-alt 0.0.0.0:*')).toBe('unknown');
    expect(odd('tcp LISTEN 0 128 nowhere:22 0.0.0.0:*')).toBe('dropped');
  });
  test('the mark of what a listed socket answers: taken as 0, and said', () => {
    const note = 'packet 1: the mark of the socket that answers is taken as 0: "ss" does not tell it';
    const syn: Packet = { ...DNS, proto: 'tcp', dport: 8080 };
    const { traces, notes } = traced(RULES + LISTED, [syn], { answers: true });
    expect(traces[0]?.emitted.map(({ packet }) => [packet.flags, packet.mark])).toEqual([[['SYN', 'ACK'], 0]]);
    expect(notes).toContain(note);
    const named = traced(RULES + LISTED, [syn], { answers: true, sockets: [{ proto: 'tcp', address: '0.0.0.0', port: 8080, listening: true, mark: 9 }] });
    expect(named.traces[0]?.emitted.map(({ packet }) => packet.mark)).toEqual([9]);
    expect(named.notes).not.toContain(note);
    expect(traced(RULES + LISTED, [{ ...syn, flags: ['FIN'] }], { answers: true }).notes).not.toContain(note);
  });
  test('a line that cannot be read may be who answers: no reset is claimed', () => {
    const text = `${RULES}==> ss -Hltunp <==\ntcp LISTEN 0 128 nowhere:ssh 0.0.0.0:*\n`;
    for (const proto of ['tcp', 'udp']) {
      const { traces, notes } = traced(text, [{ ...DNS, proto, dport: 22 }], { answers: true });
      expect(traces[0]?.emitted).toEqual([]);
      expect(notes.join()).toContain('packet 1: no answer is walked: line 8 of ss could not be read: somebody may listen');
      expect(traced(RULES, [{ ...DNS, proto, dport: 22 }], { answers: true }).traces[0]?.emitted).toHaveLength(1);
    }
  });
});

describe('the scenario is the stronger word', () => {
  const listener = { proto: 'tcp', address: '0.0.0.0', port: 8080, listening: true };
  test.each<[string, Environment, string]>([
    ['one that is transparent', { sockets: [{ ...listener, transparent: true }] }, 'lost'],
    ['one that is not', { sockets: [listener] }, 'dropped'],
    ['none at all', { sockets: [] }, 'dropped'],
    ['others: those listed do not count besides', { sockets: [{ ...listener, port: 1 }] }, 'dropped'],
  ])('%s', (_, environment, verdict) => {
    const outcome = traced(RULES + LISTED, [WEB], environment).traces[0]?.outcome;
    // Given to a socket, it is lost: no route says that it is the node's own.
    expect(outcome).toMatchObject(verdict === 'dropped' ? { verdict, by: 'mangle/PREROUTING/1' } : { verdict });
  });
});
