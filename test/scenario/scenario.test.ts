/** Reading a scenario: every mistake is named with its place and, where one is certain, the way out. */

import { describe, expect, test } from 'vitest';
import { readScenario } from '../../engine/index.ts';

const packet = { in: 'eth0', src: '192.0.2.9', dst: '198.51.100.1', proto: 'tcp', sport: 1024, dport: 80 };
const good = { title: 'a title', node: './node.snapshot', packets: [packet], expect: [{ packet: 1, verdict: 'forwarded', out: null, mark: 0x90002, fires: ['filter/FORWARD/1'] }] };

describe('what formats §6 allows', () => {
  test('is read as it stands, with one form for what has several', () => {
    expect(readScenario({ ...good, title: { en: 'a', zh: 'b' }, node: ['a.save', 'b.save'], environment: { sockets: [] } })).toEqual({
      problems: [],
      scenario: { title: { en: 'a', zh: 'b' }, node: ['a.save', 'b.save'], snapshot: null, environment: { sockets: [] }, packets: good.packets, expect: good.expect },
    });
    expect(readScenario({ title: 'a', snapshot: '*filter\nCOMMIT\n', packets: [] }).scenario).toEqual({
      title: { en: 'a' },
      node: [],
      snapshot: '*filter\nCOMMIT\n',
      environment: {},
      packets: [],
      expect: [],
    });
  });

  test('every field of a packet may be expected', () => {
    const { src, dst, proto, sport, dport } = packet;
    const expectation = { packet: 1, src, dst, proto, sport, dport, flags: ['SYN'], seq: 1, ttl: 63, tos: 4, mss: 1400, id: 7, df: true, by: null, reason: 'no route' };
    expect(readScenario({ ...good, expect: [expectation] }).problems).toEqual([]);
  });
});

describe('mistakes', () => {
  const { node: _, ...nowhere } = good;
  test.each<[string, unknown, readonly (string | number)[], string, string]>([
    ['no object', [good], [], 'this is no scenario', 'a scenario has title, node, packets and expect'],
    ['a field of the scenario', { ...good, expects: [] }, ['expects'], 'unknown field "expects"', 'did you mean "expect"?'],
    ['a field of a packet', { ...good, packets: [{ ...packet, dprot: 443 }] }, ['packets', 0, 'dprot'], 'packet 1: unknown field "dprot"', 'did you mean "dport"?'],
    [
      'a packet that cannot exist',
      { ...good, packets: [{ ...packet, dst: '::1' }] },
      ['packets', 0, 'src'],
      'packet 1: src: "192.0.2.9" and "::1" are of different families',
      'give two IPv4 or two IPv6 addresses',
    ],
    ['a field of the environment', { ...good, environment: { socket: [] } }, ['environment', 'socket'], 'environment.socket: unknown field "socket"', 'did you mean "sockets"?'],
    [
      'a field of an expectation',
      { ...good, expect: [{ packet: 1, verdikt: 'sent' }] },
      ['expect', 0, 'verdikt'],
      'expectation 1: unknown field "verdikt"',
      'did you mean "verdict"?',
    ],
    ['a value', { ...good, expect: [{ packet: 1 }, { packet: 1, sport: 65536 }] }, ['expect', 1, 'sport'], 'expectation 2: sport: 65536 is not a whole number from 0 to 65535', ''],
    [
      'a verdict',
      { ...good, expect: [{ packet: 1, verdict: 'forward' }] },
      ['expect', 0, 'verdict'],
      expect.stringMatching(/^expectation 1: verdict: "forward" is not one of forwarded, /) as unknown as string,
      'did you mean "forwarded"?',
    ],
    ['a packet that is not there', { ...good, expect: [{ packet: 2 }] }, ['expect', 0, 'packet'], 'expectation 1: there is no packet 2', 'there is one packet'],
    [
      'no packet',
      { ...good, expect: [{ verdict: 'sent' }] },
      ['expect', 0, 'packet'],
      'expectation 1: "packet" is missing',
      expect.stringMatching(/^give a whole number/) as unknown as string,
    ],
    [
      'an address',
      { ...good, expect: [{ packet: 1, dst: '198.51.100.0/24' }] },
      ['expect', 0, 'dst'],
      'expectation 1: dst: "198.51.100.0/24" is not an IP address',
      'names are not resolved: give an IPv4 or IPv6 address',
    ],
    [
      'a rule',
      { ...good, expect: [{ packet: 1, not: ['filter/FORWARD/1', 'FORWARD/2'] }] },
      ['expect', 0, 'not', 1],
      'expectation 1: not: "FORWARD/2" is not the address of a rule',
      'write TABLE/CHAIN/NUMBER, with ip6: before it for IPv6',
    ],
    [
      'a contradiction',
      { ...good, expect: [{ packet: 1, fires: ['a/B/1'], not: ['a/B/1'] }] },
      ['expect', 0, 'not'],
      'expectation 1: "a/B/1" is both in "fires" and in "not"',
      'leave out one of them',
    ],
    ['no packets', { ...good, packets: undefined }, ['packets'], 'there is no list of packets', expect.any(String) as unknown as string],
    ['no node', nowhere, ['node'], 'there is no node', 'give the files of the node under "node", or the text itself under "snapshot"'],
    ['two nodes', { ...good, snapshot: '' }, ['snapshot'], 'there is both "node" and "snapshot"', 'give the files of the node under "node", or the text itself under "snapshot"'],
  ])('%s', (_what, value, path, message, hint) => {
    const { scenario, problems } = readScenario(value);
    expect(scenario).toBeNull();
    expect(problems).toEqual([{ severity: 'error', path, message, hint }]);
  });

  test('all of them at once', () => {
    const { problems } = readScenario({
      titel: 'a',
      node: 5,
      packets: [
        { ...packet, dst: 'x' },
        { ...packet, ttl: 256 },
      ],
      expect: [{ packet: 0 }],
    });
    expect(problems.map(({ path }) => path.join('.')).sort()).toEqual(['expect.0.packet', 'node', 'packets.0.dst', 'packets.1.ttl', 'titel', 'title']);
  });

  test('a field without effect is a warning and keeps nothing from running', () => {
    const { scenario, problems } = readScenario({ ...good, packets: [{ ...packet, icmpType: 3 }] });
    expect(scenario).not.toBeNull();
    expect(problems).toEqual([{ severity: 'warning', path: ['packets', 0, 'icmpType'], message: 'packet 1: "icmpType" has no effect: tcp has no such field', hint: '' }]);
  });
});
