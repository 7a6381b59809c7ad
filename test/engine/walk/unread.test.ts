/** What stands in a line that cannot be read may be just what decides: nothing that it could change is firm. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, walk, type Packet } from '../../../engine/index.ts';

const ADDRESSES = '2: eth0: <UP> mtu 1500\n    inet 192.0.2.2/24 scope global eth0\n3: eth1: <UP> mtu 1500\n    inet 198.51.100.1/24 scope global eth1\n';
const ROUTES = 'default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 scope link\n198.51.100.0/24 dev eth1 scope link\n';
const RULES = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n';
/** As conntrack 1.4.7 prints them. */
const entry = (src: string, dst: string) => `ipv4     2 udp      17 29 src=${src} dst=${dst} sport=7 dport=53 src=${dst} dst=${src} sport=53 dport=7 mark=0 use=1\n`;
const NEW = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n';

const packet: Packet = { in: 'eth1', src: '198.51.100.7', dst: '203.0.113.9', proto: 'udp', sport: 7, dport: 53 };

function outcome(
  parts: { readonly addr?: string; readonly route?: string; readonly rule?: string; readonly conntrack?: string },
  one = packet,
  headers = ['ip addr', 'ip route show table all', 'ip rule'],
) {
  const { addr = ADDRESSES, route = ROUTES, rule = RULES, conntrack = '' } = parts;
  const [a, b, c] = headers;
  const text = `==> iptables-save <==\n${NEW}==> ${a} <==\n${addr}==> ${b} <==\n${route}==> ${c} <==\n${rule}==> conntrack -L -o extended <==\n${conntrack}==> sysctl -a <==\nnet.ipv4.ip_forward = 1\n`;
  const { verdict, out, reason } = walk(createWorld(parseNode([{ name: 'node.snapshot', text }])), one).trace.outcome;
  return { verdict, out, reason };
}

describe('a line that cannot be read', () => {
  it.each([
    ['none', {}, 'forwarded', null],
    ['of addresses', { addr: `${ADDRESSES}4: eth2 inet 10.0.0.1/8 and more\n` }, 'unknown', /^line 11 of ip addr could not be read: an address of the node may be missing$/],
    ['an address that is none', { addr: ADDRESSES.replace('198.51.100.1/24', '198.51.100.300/24') }, 'unknown', /an address of the node may be missing$/],
    ['of routes', { route: `${ROUTES}203.0.113.0/24 via nonsense dev eth1\n` }, 'unknown', /^line 15 of ip route could not be read: a route may be missing$/],
    ['of routes to somewhere else', { route: `${ROUTES}203.0.114.0/24 via nonsense dev eth1\n` }, 'forwarded', null],
    ['of rules', { rule: `${RULES}from 198.51.100.0/24 lookup 100\n` }, 'unknown', /^line 18 of ip rule could not be read: a policy rule may be missing$/],
    ['of connections', { conntrack: entry(packet.src as string, packet.dst).replace('udp      17', 'udp      what') }, 'unknown', /this may be the connection in it$/],
    ['of connections of others', { conntrack: entry('198.51.100.8', packet.dst).replace('udp      17', 'udp      what') }, 'forwarded', null],
    ['of connections without ends', { conntrack: 'ipv4 2 udp 17 29 src=\n' }, 'unknown', /this may be the connection in it$/],
  ] as const)('%s', (_, parts, verdict, reason) => {
    const found = outcome(parts);
    expect(found.verdict).toBe(verdict);
    if (reason) expect(found.reason).toMatch(reason);
    else expect(found.out).toBe('eth0');
  });

  // As iproute2 6.1 prints it: no routes, and addresses without the state of their devices.
  it('what "ip -o addr" prints is no route, and no address either', () => {
    const folded =
      '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n2: eth0    inet 192.0.2.2/24 scope global eth0\\       valid_lft forever preferred_lft forever\n';
    const node = parseNode([{ name: 'addr.txt', text: folded }]);
    expect(node.problems.map(({ message, hint }) => [message, hint])).toEqual([['this is what "ip -o addr" prints, which leaves things out', 'run "ip -j addr" instead']]);
    expect([node.routes, node.interfaces]).toEqual([null, null]);
    expect(outcome({ addr: folded }).verdict).toBe('unknown');
    expect(walk(createWorld(node), packet).trace.outcome.verdict).toBe('unknown');
  });
});
