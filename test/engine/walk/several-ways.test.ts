/**
 * Ways that the harness of test/kernel cannot judge: next hops that a hash with a seed of the boot chooses between, and sources that a
 * process leaves to the kernel. The answers about sources were seen on Linux 6.18 with sockets of Python, for the rules and routes below.
 */

import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, readPackets, walk, type Trace } from '../../../engine/index.ts';

function traces(sections: Readonly<Record<string, string>>, packets: readonly unknown[], choices: readonly unknown[] = []): Trace[] {
  const text = Object.entries(sections)
    .map(([command, lines]) => `==> ${command} <==\n${lines}\n`)
    .join('');
  const node = parseNode([
    { name: 'node.snapshot', text: `==> iptables-save <==\n*filter\nCOMMIT\n${text}==> sysctl -a <==\nnet.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n` },
  ]);
  expect(node.problems).toEqual([]);
  const read = readPackets({ environment: { choices }, packets });
  expect(read.problems).toEqual([]);
  let world = createWorld(node, read.environment);
  return read.packets.map((packet) => {
    const walked = walk(world, packet);
    world = walked.world;
    return walked.trace;
  });
}

const ADDRESSES =
  '1: lo: <LOOPBACK,UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo\n2: ra: <UP> mtu 1500\n    inet 10.1.0.1/24 scope global ra\n3: rb: <UP> mtu 1500\n    inet 10.2.0.1/24 scope global rb\n    inet6 fd02::1/64 scope global\n4: rc: <UP> mtu 1500\n    inet 10.3.0.1/24 scope global rc\n    inet6 fd03::1/64 scope global';
const CONNECTED =
  '10.1.0.0/24 dev ra proto kernel scope link src 10.1.0.1\n10.2.0.0/24 dev rb proto kernel scope link src 10.2.0.1\n10.3.0.0/24 dev rc proto kernel scope link src 10.3.0.1';
const forwarded = { in: 'ra', src: '10.1.0.2', dst: '8.8.8.8', proto: 'udp', sport: 1, dport: 2 };

describe('a route with several next hops', () => {
  const over = (second: string) => ({
    'ip addr': ADDRESSES,
    'ip route show table all': `default\n\tnexthop via 10.2.0.254 dev rb weight 1\n\tnexthop via ${second} weight 1\n${CONNECTED}`,
  });

  test('by two devices is unknown, and says so', () => {
    const [trace] = traces(over('10.3.0.254 dev rc'), [forwarded]);
    expect(trace?.outcome.verdict).toBe('unknown');
    expect(trace?.outcome.reason).toBe('default has 2 next hops, and the kernel picks one by a seeded hash (environment.choices fixes it, for "multipath")');
  });

  test('is known once the scenario says which, by device or gateway', () => {
    const choice = (packet: number, value: string) => ({ packet, for: 'multipath', value });
    const walked = traces(over('10.3.0.254 dev rc'), [forwarded, forwarded, forwarded], [choice(1, 'rc'), choice(2, 'rb'), choice(3, '10.3.0.254')]);
    expect(walked.map(({ outcome: { verdict, out } }) => [verdict, out])).toEqual([
      ['forwarded', 'rc'],
      ['forwarded', 'rb'],
      ['forwarded', 'rc'],
    ]);
  });

  test('by one device is known: it leaves by that', () => {
    const [trace] = traces(over('10.2.0.253 dev rb'), [forwarded]);
    expect(trace?.outcome).toMatchObject({ verdict: 'forwarded', out: 'rb' });
  });
});

describe('a source that the kernel selects', () => {
  const RULES = '0:\tfrom all lookup local\n32765:\tfrom 10.2.0.1 lookup 100\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default';
  const RULES6 = '0:\tfrom all lookup local\n32765:\tfrom fd02::1 lookup 100\n32766:\tfrom all lookup main';
  const node = {
    'ip addr': ADDRESSES,
    'ip route show table all': `default via 10.3.0.254 dev rc table 100\ndefault via 10.2.0.254 dev rb\n${CONNECTED}`,
    'ip -6 route show table all':
      'default via fd03::254 dev rc table 100 metric 1024 pref medium\ndefault via fd02::254 dev rb metric 1024 pref medium\nfd02::/64 dev rb proto kernel metric 256 pref medium\nfd03::/64 dev rc proto kernel metric 256 pref medium',
    'ip rule': RULES,
    'ip -6 rule': RULES6,
  };
  const own = (dst: string, proto: string, src?: string) => ({ in: null, dst, proto, sport: 1000, dport: 2, ...(src ? { src } : {}) });
  const ends = (packets: readonly unknown[]) => traces(node, packets).map(({ outcome: { out, packet } }) => [out, packet?.src]);

  test('has a say in the way of an IPv4 connection, not of a datagram', () => {
    expect(ends([own('8.8.8.8', 'tcp'), own('8.8.8.8', 'udp'), own('8.8.8.8', 'udp', '10.2.0.1')])).toEqual([
      ['rc', '10.2.0.1'],
      ['rb', '10.2.0.1'],
      ['rc', '10.2.0.1'],
    ]);
  });

  test('has none in IPv6', () => {
    expect(ends([own('2001:db8::8', 'tcp'), own('2001:db8::8', 'udp'), own('2001:db8::8', 'udp', 'fd02::1')])).toEqual([
      ['rb', 'fd02::1'],
      ['rb', 'fd02::1'],
      ['rc', 'fd02::1'],
    ]);
  });
});
