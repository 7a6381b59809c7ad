/** Judging a scenario: what holds, and for what does not: what happened instead, which rule decided, why a rule did not fire. */

import { describe, expect, test } from 'vitest';
import { parseNode, readScenario, runScenario, type Judgement } from '../../engine/index.ts';

const SNAPSHOT = `==> iptables-save <==
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 53 -j MARK --set-xmark 0x10/0x10
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:OUT - [0:0]
:LATE - [0:0]
:LOST - [0:0]
:RETURN-BACK - [0:0]
-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 198.51.100.7:80
-A POSTROUTING -o wan -j OUT
-A POSTROUTING -p tcp -j LATE
-A POSTROUTING -p icmp -j RETURN-BACK
-A POSTROUTING -p icmp -j MASQUERADE
-A OUT -d 198.51.100.9/32 -j RETURN
-A OUT -p udp -j SNAT --to-source 203.0.113.2
-A LATE -m cpu --cpu 1 -j ACCEPT
-A LATE -j RETURN
-A LOST -j ACCEPT
-A RETURN-BACK -s 192.0.2.8/32 -j ACCEPT
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -i wan -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i lan -p tcp -m tcp --dport 25 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -i lan -j ACCEPT
COMMIT
==> ip -j addr <==
[{"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536,"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8}]},
{"ifname":"lan","flags":["UP"],"mtu":1500,"addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]},
{"ifname":"wan","flags":["UP"],"mtu":1500,"addr_info":[{"family":"inet","local":"203.0.113.2","prefixlen":24}]}]
==> ip -j route show table all <==
[{"dst":"default","gateway":"203.0.113.1","dev":"wan"},{"dst":"192.0.2.0/24","dev":"lan","protocol":"kernel","scope":"link","prefsrc":"192.0.2.1"},
{"dst":"203.0.113.0/24","dev":"wan","protocol":"kernel","scope":"link","prefsrc":"203.0.113.2"}]
==> sysctl -a <==
net.ipv4.ip_forward = 1
`;

const dns = { in: 'lan', src: '192.0.2.9', dst: '198.51.100.1', proto: 'udp', sport: 4000, dport: 53 };
const ping = { in: 'lan', src: '192.0.2.9', dst: '198.51.100.1', proto: 'icmp' };
const web = { in: 'lan', src: '192.0.2.9', dst: '198.51.100.1', proto: 'tcp', sport: 4000, dport: 443 };

function run(packets: readonly object[], expectation: object, environment: object = {}) {
  const { scenario, problems } = readScenario({ title: 'test', snapshot: SNAPSHOT, environment, packets, expect: [{ packet: packets.length, ...expectation }] });
  expect(problems).toEqual([]);
  if (!scenario) throw new Error('unreachable');
  return runScenario(scenario, parseNode([{ name: 'test', text: SNAPSHOT }]));
}

function judge(packets: readonly object[], expectation: object, environment: object = {}): Judgement {
  const { judgements, problems } = run(packets, expectation, environment);
  expect(problems).toEqual([]);
  return judgements[0] as Judgement;
}

/** What is said about each failure. */
const said = (judgement: Judgement): readonly string[] => judgement.failures.map(({ field, text }) => `${field}: ${text}`);

describe('holds', () => {
  test.each<[string, readonly object[], object]>([
    [
      'every kind of field',
      [dns],
      {
        verdict: 'forwarded',
        out: 'wan',
        by: 'filter/FORWARD/3',
        src: '203.0.113.2',
        sport: 4000,
        dst: '198.51.100.1',
        dport: 53,
        mark: 16,
        ttl: 63,
        tos: 0,
        proto: 17,
        payload: 8,
        df: false,
      },
    ],
    [
      'rules and jumps that fire, and others',
      [dns],
      { fires: ['mangle/PREROUTING/1', 'nat/POSTROUTING/1', 'nat/OUT/2', 'filter/FORWARD/3'], not: ['nat/OUT/1', 'nat/LATE/2', 'nat/LOST/1', 'filter/FORWARD/4'] },
    ],
    ['a policy that decides', [{ ...dns, in: 'wan' }], { verdict: 'dropped', by: 'filter/FORWARD/4', fires: ['filter/FORWARD/4'] }],
    ['the packet that was dropped, as it was then', [{ ...dns, in: 'wan' }], { verdict: 'dropped', mark: 0x10, src: '192.0.2.9', ttl: 63, out: null }],
    [
      'an answer',
      [dns, { in: 'wan', src: '198.51.100.1', dst: '203.0.113.2', proto: 'udp', sport: 53, dport: 4000 }],
      { verdict: 'forwarded', out: 'lan', dst: '192.0.2.9', fires: ['filter/FORWARD/1'], not: ['nat/POSTROUTING/1'] },
    ],
    ['flags in any order', [{ ...web, flags: ['SYN', 'ECE', 'CWR'] }], { flags: ['CWR', 'SYN', 'ECE'] }],
    ['nothing', [web], {}],
  ])('%s', (_, packets, expectation) => {
    expect(said(judge(packets, expectation))).toEqual([]);
  });
});

describe('does not hold', () => {
  test.each<[string, readonly object[], object, readonly string[]]>([
    [
      'another verdict, and who decided',
      [{ ...web, dport: 25 }],
      { verdict: 'forwarded' },
      ['verdict: expected forwarded, it is rejected by filter/FORWARD/2 (REJECT --reject-with icmp-port-unreachable): answered with ICMP 3/3'],
    ],
    [
      'a policy',
      [{ ...web, in: 'wan' }],
      { verdict: 'forwarded', src: '203.0.113.2' },
      ['verdict: expected forwarded, it is dropped by filter/FORWARD/4 (policy DROP)', 'src: expected 203.0.113.2, nothing left: it is dropped by filter/FORWARD/4 (policy DROP)'],
    ],
    [
      'let through',
      [dns],
      { verdict: 'dropped', by: 'filter/FORWARD/2' },
      ['verdict: expected dropped, it is forwarded through wan; filter/FORWARD/3 (ACCEPT) let it through', 'by: expected filter/FORWARD/2 to decide, filter/FORWARD/3 did'],
    ],
    ['nothing left, and no verdict says so', [{ ...dns, in: 'wan' }], { mark: 16 }, ['mark: expected 0x10, nothing left: it is dropped by filter/FORWARD/4 (policy DROP)']],
    ['the interface', [dns], { out: 'lan' }, ['out: expected to leave by lan, left by wan (route default of table main)']],
    ['a translation', [dns], { src: '192.0.2.9' }, ['src: expected 192.0.2.9, left with 203.0.113.2; nat/OUT/2 (SNAT --to-source 203.0.113.2) decided']],
    [
      'no translation',
      [{ ...dns, dst: '198.51.100.9' }],
      { src: '203.0.113.2' },
      ['src: expected 203.0.113.2, left with 192.0.2.9; nat/OUT/1 (RETURN) ended its chain, no rule of nat translated it'],
    ],
    [
      'no translation of a later packet',
      [
        { ...dns, dst: '198.51.100.9' },
        { ...dns, dst: '198.51.100.9' },
      ],
      { src: '203.0.113.2' },
      ['src: expected 203.0.113.2, left with 192.0.2.9; the nat table is only asked about the first packet of a connection'],
    ],
    ['a mark', [dns], { mark: 0 }, ['mark: expected 0x0, left with 0x10; mangle/PREROUTING/1 (MARK --set-xmark 0x10/0x10) set it']],
    ['no mark', [{ ...dns, dport: 54 }], { mark: 16, ttl: 64 }, ['ttl: expected 64, left with 63', 'mark: expected 0x10, left with 0x0; no rule set it']],
  ])('%s', (_, packets, expectation, texts) => {
    expect(said(judge(packets, expectation))).toEqual(texts);
  });

  test.each<[string, readonly object[], string, string]>([
    ['the first clause that failed', [web], 'filter/FORWARD/2', 'filter/FORWARD/2 did not match: --dport 25: dport is 443, needs 25'],
    [
      'a rule in a chain before it, which has the name of a target',
      [{ ...ping, src: '192.0.2.8' }],
      'nat/POSTROUTING/4',
      'nat/POSTROUTING/4 was not reached: nat/RETURN-BACK/1 (ACCEPT) came first',
    ],
    ['a rule before it', [{ ...dns, dst: '198.51.100.9' }], 'nat/OUT/2', 'nat/OUT/2 was not reached: nat/OUT/1 (RETURN) came first'],
    ['a rule in a chain before it', [dns], 'nat/POSTROUTING/2', 'nat/POSTROUTING/2 was not reached: nat/OUT/2 (SNAT --to-source 203.0.113.2) came first'],
    [
      'a jump that did not match',
      [{ ...dns, dst: '198.51.100.9' }],
      'nat/LATE/2',
      'nat/LATE/2 was not reached: nat/POSTROUTING/2, which leads there, did not match: -p tcp: proto is udp, needs tcp',
    ],
    [
      'a jump that was not reached',
      [dns],
      'nat/LATE/2',
      'nat/LATE/2 was not reached: nat/POSTROUTING/2, which leads there, was not reached: nat/OUT/2 (SNAT --to-source 203.0.113.2) came first',
    ],
    ['no jump at all', [dns], 'nat/LOST/1', 'nat/LOST/1 was not reached: nothing jumps to nat/LOST'],
    ['another hook', [dns], 'mangle/INPUT/1', 'mangle/INPUT/1 was not reached: the packet did not come through mangle/INPUT'],
    ['a connection that is known', [dns, dns], 'nat/POSTROUTING/1', 'nat/POSTROUTING/1 was not reached: the nat table is only asked about the first packet of a connection'],
    [
      'no connection',
      [{ ...web, flags: ['RST'] }],
      'nat/POSTROUTING/1',
      'nat/POSTROUTING/1 was not reached: the nat table is only asked about packets of a connection, and this one is INVALID',
    ],
    ['no such rule', [dns], 'filter/FORWARD/5', 'there is no rule filter/FORWARD/5: the chain has 3'],
    ['no such chain', [dns], 'filter/FORWARDS/1', 'there is no chain filter/FORWARDS; did you mean "FORWARD"?'],
    ['no such table', [dns], 'ip6:filter/FORWARD/1', 'there is no chain ip6:filter/FORWARD: the node has no IPv6 table "filter"'],
  ])('a rule does not fire: %s', (_, packets, rule, text) => {
    expect(judge(packets, { fires: [rule] }).failures).toEqual([{ field: 'fires', expected: rule, actual: expect.anything(), rule, text }]);
  });

  test('a rule fires that must not', () => {
    expect(said(judge([dns], { not: ['nat/OUT/2', 'filter/FORWARD/2'] }))).toEqual(['not: nat/OUT/2 matched (SNAT --to-source 203.0.113.2)']);
  });

  test('a rule that is not there is no rule that does not fire', () => {
    expect(said(judge([dns], { not: ['filter/FORWARD/9'] }))).toEqual(['not: there is no rule filter/FORWARD/9: the chain has 3']);
  });
});

describe('what is not known', () => {
  test('neither fires nor does not', () => {
    for (const field of ['fires', 'not']) {
      const [failure, ...others] = judge([web], { [field]: ['nat/LATE/1'] }).failures;
      expect(failure).toMatchObject({ field, actual: 'unknown', text: expect.stringMatching(/^nat\/LATE\/1 is not known to match: -m cpu --cpu 1: /) });
      expect(others).toEqual([]);
    }
  });

  test('is taken as the scenario assumes', () => {
    expect(said(judge([web], { fires: ['nat/LATE/1'], not: ['nat/LATE/2'] }, { assume: { 'nat/LATE/1': true } }))).toEqual([]);
    expect(said(judge([web], { fires: ['nat/LATE/2'], not: ['nat/LATE/1'] }, { assume: { 'nat/LATE/1': false } }))).toEqual([]);
  });
});

test('a packet that the node cannot meet keeps the scenario from being run', () => {
  const { judgements, problems } = run([dns, { ...dns, in: 'dmz' }], {});
  expect(judgements).toEqual([]);
  expect(problems).toEqual([{ severity: 'error', path: ['packets', 1, 'in'], message: 'packet 2: in: the node has no interface "dmz"', hint: 'it has lo, lan, wan' }]);
});

test('chance is told', () => {
  const random = SNAPSHOT.replace('--to-source 203.0.113.2', '--to-source 203.0.113.2 --random-fully');
  const { scenario } = readScenario({ title: 'test', snapshot: random, packets: [dns], expect: [] });
  if (!scenario) throw new Error('unreachable');
  expect(runScenario(scenario, parseNode([{ name: 'test', text: random }])).notes).toContainEqual(expect.stringContaining('the kernel draws the port by chance'));
});
