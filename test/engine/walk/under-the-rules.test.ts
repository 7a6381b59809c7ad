/**
 * What lies under the rules and is not in every recording: lengths, as sockets of processes met them on Linux 6.18 (with each
 * value of IP_MTU_DISCOVER), links that are more than a wire, and what a look-up leaves in a set.
 */

import { describe, expect, test } from 'vitest';
import type { WalkResult } from '../../../engine/index.ts';
import { walkSnapshot } from '../../support/walk-snapshot.ts';

/** Walks packets through a node; tables and addresses are there, the rest is said. */
function walked(sections: Readonly<Record<string, string>>, packets: readonly unknown[]): WalkResult[] {
  const text = Object.entries({ 'iptables-save': '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n', ...sections })
    .map(([header, body]) => `==> ${header} <==\n${body}`)
    .join('');
  return walkSnapshot(text, packets);
}

const fates = (results: readonly WalkResult[]): string[] => results.map(({ trace: { outcome } }) => `${outcome.verdict}${outcome.reason ? `: ${outcome.reason}` : ''}`);
const link = (name: string, rest: object = {}): object => ({ ifname: name, flags: ['UP'], mtu: 1400, ...rest });
const address = (local: string): object => ({ addr_info: [{ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen: local.includes(':') ? 64 : 24, scope: 'global' }] });
const udp = { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport: 1, dport: 2, payload: 8 };

describe('what a process sends that is longer than its way takes', () => {
  const node = {
    'ip -j -d addr': `${JSON.stringify([link('ra', address('10.1.0.1')), link('rb', address('10.2.0.1')), link('rb', address('fd02::1'))])}\n`,
    'ip route': 'default via 10.2.0.254 dev rb\n10.2.0.0/24 dev rb\n20.0.0.0/8 via 10.2.0.254 dev rb mtu 1000\n',
    'ip -6 route': 'default via fd02::254 dev rb\n',
  };
  const own = (dst: string, payload: number, rest: object = {}) => ({
    in: null,
    src: dst.includes(':') ? 'fd02::1' : '10.2.0.1',
    dst,
    proto: 'udp',
    sport: 5,
    dport: 9,
    payload,
    ...rest,
  });

  test('and may not be cut: no socket gets it through the device', () => {
    const results = walked(node, [own('8.8.8.8', 1372, { df: true }), own('8.8.8.8', 1373, { df: true })]);
    expect(fates(results)).toEqual(['sent', 'lost: packet too big']);
    expect(results[1]?.trace.steps.some(({ kind }) => kind === 'policy')).toBe(false);
  });

  test('and the route alone takes less: it is up to the socket', () => {
    const [result] = walked(node, [own('20.1.1.1', 1100, { df: true })]);
    expect(result?.trace.outcome.verdict).toBe('unknown');
    expect(result?.trace.outcome.reason).toContain('IP_MTU_DISCOVER');
  });

  test('and may be cut: rules see it whole, and behind them it leaves in fragments, of TCP in segments', () => {
    const results = walked(node, [own('8.8.8.8', 1390), own('20.1.1.1', 1100), own('2001:db8::1', 1390), own('8.8.8.8', 9000, { proto: 'tcp', df: true })]);
    expect(fates(results)).toEqual(['sent', 'sent', 'sent', 'sent']);
    expect(results.map(({ notes }) => /leaves in (\w+)/.exec(notes.join())?.[1])).toEqual(['fragments', 'fragments', 'fragments', 'segments']);
  });
});

describe('an MTU of a route of IPv6', () => {
  const node = (mtu: string) => ({
    'ip6tables-save': '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
    'ip -j -d addr': `${JSON.stringify([link('ra', address('fd01::1')), link('rb', address('fd02::1'))])}\n`,
    'ip -6 route': `default via fd02::254 dev rb ${mtu}\nfd01::/64 dev ra\nfd02::/64 dev rb\n`,
  });
  test('is asked before FORWARD if it is locked, and behind POSTROUTING if not (kernel)', () => {
    const packet = { in: 'ra', src: 'fd01::2', dst: '2001:db8::1', proto: 'udp', sport: 1, dport: 2, payload: 1300 };
    expect(fates(walked(node('mtu lock 1300'), [packet]))).toEqual(['lost: packet too big']);
    expect(fates(walked(node('mtu 1300'), [packet]))).toEqual(['dropped']);
  });
});

describe('links that are more than a wire', () => {
  const node = (links: readonly object[], rules = '') => ({
    'ip -j -d addr': `${JSON.stringify([...links, link('rb', address('10.2.0.1'))])}\n`,
    'ip route': 'default via 10.2.0.254 dev rb\n10.1.0.0/24 dev ra\n10.2.0.0/24 dev rb\n10.9.0.0/24 dev tun\n10.8.0.0/24 dev va\n',
    ...(rules === '' ? {} : { 'ip rule': rules }),
  });
  const kind = (info_kind: string, info_data?: object) => ({ linkinfo: { info_kind, ...(info_data ? { info_data } : {}) } });

  test('frames of a member are those of the bond (bond_handle_frame())', () => {
    const rules = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -i bond0 -j DROP\nCOMMIT\n';
    const links = [link('bond0', { ...address('10.1.0.1'), ...kind('bond') }), link('eth0', { master: 'bond0', flags: ['UP', 'SLAVE'] })];
    expect(fates(walked({ ...node(links), 'iptables-save': rules }, [{ ...udp, in: 'eth0' }]))).toEqual(['dropped']);
  });

  test('frames of a port of Open vSwitch go where its flows say, which nobody knows', () => {
    const links = [
      link('ovs-system', kind('openvswitch')),
      link('ra', { ...address('10.1.0.1'), master: 'ovs-system' }),
      link('ovn0', { ...address('10.16.0.1'), ...kind('openvswitch') }),
    ];
    const results = walked(node(links), [udp, { ...udp, in: 'ovn0', src: '10.16.0.2' }]);
    expect(results.map(({ trace }) => trace.outcome.verdict)).toEqual(['unknown', 'forwarded']);
    expect(results[0]?.trace.outcome.reason).toContain('Open vSwitch');
  });

  test('of a VRF its members alone are in doubt', () => {
    const links = [link('blue', kind('vrf', { table: 10 })), link('ra', { ...address('10.1.0.1'), master: 'blue' }), link('rc', address('10.3.0.1'))];
    const rules = '0:\tfrom all lookup local\n1000:\tfrom all lookup [l3mdev-table]\n32766:\tfrom all lookup main\n';
    const results = walked(node(links, rules), [udp, { ...udp, in: 'rc', src: '10.3.0.2' }]);
    expect(results.map(({ trace }) => trace.outcome.verdict)).toEqual(['unknown', 'forwarded']);
    expect(results[0]?.trace.outcome.reason).toContain('VRF');
  });

  test('what is down takes nothing in', () => {
    expect(fates(walked(node([link('ra', { ...address('10.1.0.1'), flags: ['BROADCAST'] })]), [udp]))).toEqual(['lost: device down']);
  });

  test('what a tunnel wraps, and what comes in at the other end, is said not to be walked', () => {
    const links = [link('ra', address('10.1.0.1')), link('tun', kind('gre')), link('va', { ...kind('veth'), link: 'vb' }), link('vb', { ...kind('veth'), link: 'va' })];
    const results = walked(node(links), [{ ...udp, dst: '10.9.0.2' }, { ...udp, dst: '10.8.0.2' }, { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'gre', payload: 8 }, udp]);
    expect(fates(results)).toEqual(['forwarded', 'forwarded', 'delivered', 'forwarded']);
    expect(results.map(({ notes }) => notes.filter((note) => note.includes('not walked')).length)).toEqual([1, 1, 1, 0]);
  });
});

test('a route with what is not modelled leaves in doubt what goes by it, and nothing else', () => {
  const node = {
    'ip -j -d addr': `${JSON.stringify([link('ra', address('fd01::1')), link('rb', address('fd02::1'))])}\n`,
    'ip -j -6 route':
      '[{"dst":"fd08::/64","from":"fd01::/64","gateway":"fd02::9","dev":"rb"},{"dst":"default","gateway":"fd02::254","dev":"rb","pref":"medium"},{"dst":"fd01::/64","dev":"ra"}]\n',
  };
  const six = { in: 'ra', src: 'fd01::2', dst: 'fd08::1', proto: 'udp', sport: 1, dport: 2 };
  const results = walked(node, [six, { ...six, dst: 'fd09::1' }]);
  expect(results.map(({ trace }) => trace.outcome.verdict)).toEqual(['unknown', 'forwarded']);
  expect(results[0]?.trace.outcome.reason).toContain('"from"');
});

test('what an entry has learnt from a copy, whose header is what memory held, is not known, even where the rule was none for it (kernel)', () => {
  const node = {
    'ipset save': 'create macs bitmap:ip,mac range 10.1.0.0-10.1.0.255\nadd macs 10.1.0.2\nadd macs 10.1.0.3,02:00:00:00:0B:02\n',
    'ip -j -d addr': `${JSON.stringify([link('ra', address('10.1.0.1')), link('rb', address('10.2.0.1'))])}\n`,
    'ip route': 'default via 10.2.0.254 dev rb\n10.1.0.0/24 dev ra\n10.2.0.0/24 dev rb\n',
    'iptables-save': `*mangle\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -s 10.1.0.2 -j TEE --gateway 10.2.0.254
-A POSTROUTING -o rb -m set --match-set macs src,src -m ttl --ttl-eq 1\n-A FORWARD -m set --match-set macs src,src -j DROP\nCOMMIT\n`,
  };
  const srcMac = '02:00:00:00:0a:02';
  expect(fates(walked(node, [{ ...udp, srcMac }]))).toEqual(['unknown']);
  expect(fates(walked(node, [{ ...udp, srcMac, src: '10.1.0.3' }]))).toEqual(['forwarded']);
});
