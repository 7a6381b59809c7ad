/**
 * What a rule asks of the world around the packet, where no packet of the kernel's recordings shows it (test/kernel/outside-cases.ts
 * has those that do): inputs that are not given, time zones, rates that are not 0, objects that have counted before.
 */

import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, readPackets, traceReport, walk } from '../../../../engine/index.ts';
import type { Environment, Packet } from '../../../../engine/model/packet.ts';
import { answer, type Situation } from './answer.ts';

const PACKET: Packet = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.9', proto: 'udp', sport: 7, dport: 53 };
const OWN: Packet = { src: '192.0.2.1', dst: '198.51.100.2', proto: 'udp', sport: 7, dport: 53 };

interface Said {
  readonly matched: boolean | 'unknown';
  readonly why: string | null;
}

/** What the rules say of each packet, and the words of the first clause that does not hold. */
function said(rules: readonly string[], packets: readonly Packet[], environment: Environment = {}, more = ''): readonly (readonly Said[])[] {
  const chain = packets[0]?.in ? 'PREROUTING' : 'OUTPUT';
  const text = `==> iptables-save <==\n*mangle\n${rules.map((rule) => `-A ${chain} ${rule}`).join('\n')}\nCOMMIT\n${more}`;
  const node = parseNode([{ name: 'node.snapshot', text }]);
  expect(node.problems).toEqual([]);
  const read = readPackets(JSON.parse(JSON.stringify({ environment, packets })));
  expect(read.problems).toEqual([]);
  let world = createWorld(node, read.environment);
  const traces = read.packets.map((packet) => {
    const walked = walk(world, packet);
    world = walked.world;
    return walked.trace;
  });
  return traceReport(world, traces, []).traces.map(({ steps }) =>
    rules.map((_, i) => {
      const step = steps.find((one) => one.kind === 'rule' && one.chain === chain && one.rule === i + 1);
      if (step?.kind !== 'rule') throw new Error(`rule ${i + 1} was not looked at`);
      return { matched: step.matched, why: step.why.find(({ holds }) => holds !== true)?.text ?? null };
    }),
  );
}

describe('what nobody says is unknown, and the words name the input', () => {
  test.each<[string, Packet, string]>([
    ['-m cpu --cpu 0', PACKET, '"cpu" of the packet or of the environment'],
    ['-m cpu ! --cpu 0', PACKET, '"cpu" of the packet or of the environment'],
    ['-m cgroup --path system.slice', OWN, '"cgroup" of the packet or of the socket'],
    ['-m cgroup ! --cgroup 7', OWN, '"classid" of the packet or of the socket'],
    ['-m owner --gid-owner 5 --suppl-groups', { ...OWN, uid: 1, gid: 6 }, '"groups" of the packet or of the socket'],
    ['-p dccp -m dccp --dccp-types REQUEST', { ...PACKET, proto: 'dccp' }, '"dccpType" of the packet'],
    ['-p dccp -m dccp ! --dccp-option 33', { ...PACKET, proto: 'dccp' }, '"dccpType" of the packet'],
    ['-m nfacct --nfacct-name web', PACKET, '"nfacct list" in the snapshot'],
    ['-m rateest --rateest web --rateest-gt --rateest-pps 9', PACKET, '"rates" of the environment'],
  ])('%s', (rule, packet, input) => {
    const [[first] = []] = said([rule], [packet]);
    expect(first?.matched).toBe('unknown');
    expect(first?.why).toContain(input);
  });

  test('the time zone of the kernel', () => {
    const [[first] = []] = said(['-m time --timestart 08:00 --timestop 09:00 --kerneltz'], [PACKET], { now: '2026-11-24T06:30:00Z' });
    expect(first).toEqual({ matched: 'unknown', why: expect.stringContaining('"minutesWest" of the environment') });
  });
});

test('the packet goes before the environment in what processor it names; what it causes has the same', () => {
  const rules = ['-m cpu --cpu 3', '-m cpu ! --cpu 3'];
  const [first, second] = said(rules, [{ ...PACKET, cpu: 1 }, PACKET], { cpu: 3 });
  expect(first?.map(({ matched }) => matched)).toEqual([false, true]);
  expect(second?.map(({ matched }) => matched)).toEqual([true, false]);
});

test('time --kerneltz: minutes west of Greenwich are taken off (xt_time.c time_mt)', () => {
  const now = '2026-11-24T06:30:00Z';
  const rules = ['-m time --timestart 08:00 --timestop 09:00 --kerneltz', '-m time --weekdays Mon --kerneltz', '-m time --timestart 06:00 --timestop 07:00'];
  const matched = (minutesWest: number) => said(rules, [PACKET], { now, minutesWest })[0]?.map((one) => one.matched);
  // Moscow, and California in winter, where it is still Monday.
  expect(matched(-180)).toEqual([false, false, true]);
  expect(matched(-120)).toEqual([true, false, true]);
  expect(matched(480)).toEqual([false, true, true]);
});

test('rateest compares bytes and packets per second; both where both are asked (xt_rateest.c xt_rateest_mt)', () => {
  const environment: Environment = {
    rates: [
      { name: 'a', bps: 80_000, pps: 10 },
      { name: 'b', bps: 40_000 },
    ],
  };
  const table: Readonly<Record<string, boolean | 'unknown'>> = {
    '-m rateest --rateest a --rateest-gt --rateest-bps 79999bit': true,
    '-m rateest --rateest a --rateest-gt --rateest-bps 80kbit': false,
    '-m rateest --rateest a --rateest-eq --rateest-bps 10kbps': true,
    '-m rateest --rateest a ! --rateest-lt --rateest-pps 10': true,
    '-m rateest --rateest a --rateest-lt --rateest-pps 11 --rateest-bps 10kbps': false,
    '-m rateest --rateest a --rateest-lt --rateest-pps 11 --rateest-bps 11kbps': true,
    '-m rateest --rateest1 a --rateest-gt --rateest-bps --rateest2 b': true,
    '-m rateest --rateest1 b --rateest-gt --rateest-bps --rateest2 a': false,
    '-m rateest --rateest1 a --rateest-gt --rateest-pps --rateest2 b': 'unknown',
    // Below the number by 20 and by 30 kbit; above the number nothing is left.
    '-m rateest --rateest-delta --rateest1 a --rateest-bps1 100kbit --rateest-lt --rateest-bps2 70kbit --rateest2 b': true,
    '-m rateest --rateest-delta --rateest a --rateest-bps1 10kbit --rateest-eq --rateest-bps2 0bit': true,
  };
  expect(Object.fromEntries(Object.keys(table).map((rule) => [rule, said([rule], [PACKET], environment)[0]?.[0]?.matched]))).toEqual(table);
});

describe('nfacct', () => {
  const list = '==> nfacct list <==\n{ pkts = 00000000000000000009, bytes = 00000000000000000900, quota = 00000000000000000010, mode = packet, overquota = no } = web;\n';
  test('counts from what the list says, and 64 bits', () => {
    const rules = ['-m nfacct --nfacct-name web'];
    expect(said(rules, [PACKET, PACKET], {}, list).map(([one]) => one?.matched)).toEqual([false, true]);
    // The counter wraps: it is below its quota again.
    const full = list.replace('00000000000000000009', '18446744073709551615');
    expect(said(rules, [PACKET], {}, full)[0]?.[0]).toEqual({ matched: false, why: expect.stringContaining('0 packets of a quota of 10') });
  });
  test('an object that is not in the list refuses the rule, as the kernel does (nfacct_mt_checkentry)', () => {
    const text = `==> iptables-save <==\n*mangle\n-A PREROUTING -m nfacct --nfacct-name other\nCOMMIT\n${list}`;
    const { problems, accounting } = parseNode([{ name: 'node.snapshot', text }]);
    expect(problems).toEqual([expect.objectContaining({ severity: 'error', code: 'unknown-object', line: 3, message: 'accounting object "other" does not exist' })]);
    expect(accounting?.get('web')).toEqual({ packets: 9n, bytes: 900n, quota: { of: 'packets', amount: 10n } });
  });
  test('a line that is none is named, and the others are read', () => {
    const { problems, accounting } = parseNode([{ name: 'acct', text: `${list.slice(list.indexOf('{'))}pkts = 5\n` }]);
    expect(problems).toEqual([expect.objectContaining({ severity: 'error', section: 'nfacct list', line: 2 })]);
    expect([...(accounting?.keys() ?? [])]).toEqual(['web']);
  });
});

describe('recent, of what the scenario says', () => {
  const rules = ['-m recent --rcheck --seconds 10 --name web', '-m recent --rcheck --seconds 60 --hitcount 2 --name web', '-m recent --rcheck --name other'];
  const seenAt = (...seen: number[]): Environment => ({ recent: [{ list: 'web', address: '198.51.100.2', seen }] });
  test('times count from before the start', () => {
    const matched = (environment: Environment, at = 0) => said(rules, [{ ...PACKET, at }], environment)[0]?.map((one) => one.matched);
    expect(matched(seenAt(5, 50))).toEqual([true, true, false]);
    expect(matched(seenAt(5, 50), 6)).toEqual([false, true, false]);
    expect(matched(seenAt(5, 50), 11)).toEqual([false, false, false]);
  });
  test('no more times than the list has places for: the next power of two', () => {
    const [[first] = []] = said(['-m recent --rcheck --hitcount 3 --name web'], [PACKET], seenAt(1, 2, 3, 4, 5, 6));
    expect(first?.matched).toBe(true);
    const [[second] = []] = said(['-m recent ! --rcheck --hitcount 3 --seconds 60 --name web'], [PACKET], seenAt(1, 2, 3, 4, 5, 6));
    expect(second?.matched).toBe(false);
    expect(second?.why).toContain('seen 4 times');
  });
  test('an address that is none is named', () => {
    const { problems } = readPackets({ environment: { recent: [{ list: 'web', address: '198.51.100', seen: [1] }] }, packets: [PACKET] });
    expect(problems.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['environment.recent.0.address', 'environment.recent.0.address: "198.51.100" is not an IP address'],
    ]);
  });
});

describe('owner and cgroup', () => {
  const process: Situation = { fields: { socket: 2, gid: 50 }, context: { hook: 'OUTPUT' } };
  test('a group in the range is one; of an ICMP error nobody is asked', () => {
    const rule = '-m owner --gid-owner 60-69 --suppl-groups';
    const negated = '-m owner ! --gid-owner 60-69 --suppl-groups';
    const groups = (...ids: number[]): Situation => ({ ...process, packet: { groups: ids } });
    expect([groups(59, 70), groups(1, 69), groups()].map((one) => [answer(rule, one), answer(negated, one)])).toEqual([
      ['miss', 'match'],
      ['match', 'miss'],
      ['miss', 'match'],
    ]);
    const kernel: Situation = { fields: { socket: 1, gid: 60 }, packet: { groups: [60] } };
    expect([answer(rule, kernel), answer(negated, kernel)]).toEqual(['miss', 'match']);
  });
  test('a group is above another one name by name; without a socket nothing holds', () => {
    const of = (cgroup: string): Situation => ({ ...process, packet: { cgroup } });
    expect(['/a/b', '/a', '/ab', '/'].map((group) => answer('-m cgroup --path a', of(group)))).toEqual(['match', 'match', 'miss', 'miss']);
    expect(['--path a', '! --path a', '--cgroup 0', '! --cgroup 0'].map((rule) => answer(`-m cgroup ${rule}`, {}))).toEqual(['miss', 'miss', 'miss', 'miss']);
  });
});

test('dccp: a reserved type is INVALID; options are read up to their end', () => {
  const of = (dccpType: number, dccpOptions = ''): Situation => ({ packet: { dccpType, dccpOptions } });
  expect([9, 10, 15].map((type) => answer('-p dccp -m dccp --dccp-types INVALID', { ...of(type), fields: { proto: 33 } }))).toEqual(['miss', 'match', 'match']);
  expect(answer('-p dccp -m dccp --dccp-option 33', { ...of(2, '2a032100'), fields: { proto: 33 } })).toBe('miss');
  expect(answer('-p dccp -m dccp --dccp-option 33', { ...of(2, '2a0321210300'), fields: { proto: 33 } })).toBe('match');
});
