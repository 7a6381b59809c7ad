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

  const sysctl = (text: string, one: Packet = packet) => {
    const given = `==> iptables-save <==\n${NEW}==> ip addr <==\n${ADDRESSES}==> ip route show table all <==\n${ROUTES}==> sysctl -a <==\n${text}`;
    const { verdict, reason } = walk(createWorld(parseNode([{ name: 'node.snapshot', text: given }])), one).trace.outcome;
    return [verdict, reason];
  };
  const AT = 'line 16 of sysctl could not be read: a setting may be another';

  it.each([
    ['no value', 'net.ipv4.ip_forward = \n', 'unknown', AT],
    ['a word', 'net.ipv4.conf.eth1.rp_filter = strict\nnet.ipv4.ip_forward = 1\n', 'unknown', AT],
    ['a name alone', 'net.ipv4.ip_forward\n', 'unknown', AT],
    ['not allowed to be read', "sysctl: permission denied on key 'net.ipv4.ip_forward'\n", 'unknown', AT],
    ['of devices to come', 'net.ipv4.conf.default.rp_filter = strict\nnet.ipv4.ip_forward = 1\n', 'forwarded', null],
    ['of the other family', 'net.ipv6.conf.all.forwarding = \nnet.ipv4.ip_forward = 1\n', 'forwarded', null],
    ['that no walk asks for', 'net.ipv4.tcp_congestion_control = bbr\nnet.ipv4.ip_local_reserved_ports = \nkernel\nnet.ipv4.ip_forward = 1\n', 'forwarded', null],
    ['that is secret', 'sysctl: reading key "net.ipv6.conf.all.stable_secret"\nnet.ipv4.ip_forward = 1\n', 'forwarded', null],
  ])('a setting: %s', (_, text, verdict, reason) => {
    expect(sysctl(text)).toEqual([verdict, reason]);
  });

  it('expected connections and virtual servers', () => {
    const more = (header: string, text: string) => {
      const found = outcome({ conntrack: `==> ${header} <==\n${text}` });
      return [found.verdict, found.reason?.replace(/^line \d+/, 'line N')];
    };
    expect(more('conntrack -L expect', `299 proto=17 src=${packet.src} dst=${packet.dst} sport=0 dpo\n`)).toEqual([
      'unknown',
      'line N of conntrack -L expect could not be read: the connection may be expected',
    ]);
    expect(more('conntrack -L expect', `299 proto=17 src=${packet.src} dst=203.0.113.8 sport=0 dpo\n`)).toEqual(['forwarded', undefined]);
    const toNode = outcome({ conntrack: '==> ipvsadm -Sn <==\n-A -t 198.51.100.1:http -s rr\n' }, { ...packet, dst: '198.51.100.1' });
    expect([toNode.verdict, toNode.reason]).toEqual(['unknown', 'line 20 of ipvsadm could not be read: a virtual server may be missing']);
  });

  it('hosts behind a bridge', () => {
    const ports = ['3: p0', '4: p1', '5: p2']
      .map((name, i) => `${name}: <UP> mtu 1500 master br0\n    link/ether 02:00:00:00:00:1${i} brd ff:ff:ff:ff:ff:ff\n    bridge_slave state forwarding\n`)
      .join('');
    const text = (fdb: string) =>
      `==> ip -d addr <==\n2: br0: <UP> mtu 1500\n    link/ether 02:00:00:00:00:10 brd ff:ff:ff:ff:ff:ff\n    bridge\n    inet 10.4.0.1/24 scope global br0\n${ports}==> bridge fdb show <==\n${fdb}`;
    const frame: Packet = { in: 'p0', physIn: 'p0', src: '10.4.0.2', dst: '10.4.0.3', proto: 'udp', srcMac: '02:00:00:00:aa:02', dstMac: '02:00:00:00:aa:03' };
    const found = (fdb: string) => walk(createWorld(parseNode([{ name: 'node.snapshot', text: text(fdb) }])), frame).trace.outcome;
    expect(found('02:00:00:00:aa:03 dev p1 master br0\n').verdict).toBe('forwarded');
    expect(found('02:00:00:00:aa:03 de\n')).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(/of bridge fdb could not be read: a forwarding entry may be missing$/) as string,
    });
    expect(found('02:00:00:00:aa:03 dev p1 master br0\n02:00:00:00:aa:04 de\n').verdict).toBe('forwarded');
  });
});
