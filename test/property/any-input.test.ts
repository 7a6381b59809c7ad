/**
 * Whatever text is given, it is read, walked and reported without throwing and in the time of its length. The texts are
 * a real snapshot with pieces cut out, doubled and exchanged, and words that are special to JavaScript and to nobody else.
 */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPacket, createWorld, parseNode, printNode, readPackets, traceReportText, walk, type Node, type Packet } from '../../engine/index.ts';

const snapshot = readFileSync(new URL('../support/gateway.snapshot', import.meta.url), 'utf8');
const PACKETS: readonly Packet[] = [
  { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 },
  { dst: '127.0.0.1', proto: 'udp', dport: 53 },
  { in: 'eth0', src: 'fe80::1', dst: 'ff02::1', proto: 'icmpv6' },
];

/** All that a person can have done with a node: the report of some packets. */
function reportOf(node: Node, environment = {}, packets = PACKETS): string {
  let world = createWorld(node, environment);
  const traces = [];
  for (const packet of packets) {
    if (checkPacket(world, packet)) continue;
    const walked = walk(world, packet);
    traces.push(walked.trace);
    world = walked.world;
  }
  return [...traceReportText(world, traces, [])].join('');
}

const read = (...texts: readonly string[]): Node => parseNode(texts.map((text, i) => ({ name: `file ${i}`, text })));

describe('mutilated snapshots', () => {
  const place = fc.nat({ max: snapshot.length });
  const piece = fc.oneof(
    fc.constantFrom('}', ']', '[', '{', '"', ',', '\n', '\r\n', '!', ' -', '==> ip -j addr <==\n', '*nat\n', 'COMMIT\n', '\u0000', '/', ':', '-1', '1e9', '99999999999'),
    // Half surrogate pairs included.
    fc.array(fc.nat({ max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
    fc.tuple(place, fc.nat({ max: 300 })).map(([at, length]) => snapshot.slice(at, at + length)),
  );
  const edit = fc.record({ at: place, cut: fc.nat({ max: 200 }), piece });

  test('can be read, printed, walked and reported', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        let text = snapshot;
        for (const { at, cut, piece: put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        const node = read(text);
        printNode(node);
        JSON.parse(reportOf(node));
      }),
      { numRuns: 150 },
    );
  });
});

describe('mutilated output of single tools', () => {
  const TEXTS: readonly string[] = [
    'create a hash:net,port family inet hashsize 1024 maxelem 65536 timeout 300 counters comment skbinfo bucketsize 12 initval 0x1b1e1c2d\nadd a 10.0.0.0/8,tcp:80-90 timeout 5 packets 1 bytes 2 comment "x y" skbmark 0x1/0xff nomatch\ncreate b list:set size 8\nadd b a\nswap a b\nrename b c\n-exist add a 1.2.3.4,udp:5\n',
    'tcp      6 99 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 packets=0 bytes=0 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=5 delta-time=1 [start=Sun Nov 22 20:29:13 2026] zone=3 use=1 id=7\nipv6     10 icmpv6   58 29 src=fd00::1 dst=fd00::2 type=128 code=0 id=9 src=fd00::2 dst=fd00::1 type=129 code=0 id=9 use=1\n',
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n    inet6 ::1/128 scope host \n',
    'default via 10.0.0.1 dev eth0 proto static metric 100 \n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5 \nunreachable fd00::/8 dev lo metric 1024 error -113 pref medium\n10.9.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.0.0.3 dev eth1 weight 2\n',
    '0:\tfrom all lookup local\n100:\tnot from 10.0.0.0/8 fwmark 0x4000/0x4000 iif eth0 ipproto tcp dport 80-90 lookup 100\n32766:\tfrom all lookup main\n',
    '-A -t 10.96.0.10:53 -s rr -p 10800\n-a -t 10.96.0.10:53 -r 10.0.0.5:53 -m -w 1\n-A -f 7 -6 -s sh -b sh-port\n-a -f 7 -r [fd00::1]:80 -g -w 0\n',
    '-P INPUT ACCEPT -c 1 2\n-N A\n-A INPUT -c 3 4 -p tcp -m tcp --dport 80 -j A\n',
    'table ip nat {\n\tchain POSTROUTING {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\t}\n}\n',
    '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536,"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"}]}]\n',
    '299 proto=6 src=10.2.0.2 dst=10.2.0.9 sport=0 dport=5001 mask-src=255.255.255.255 mask-dst=255.255.255.255 sport=0 dport=65535 master-src=10.1.0.2 master-dst=10.2.0.2 sport=4000 dport=21 class=0 helper=ftp\n',
    '02:00:00:00:aa:02 dev pa master br0 static\n33:33:00:00:00:01 dev br0 self permanent\n02:00:00:00:bb:03 dev pb vlan 5 master br0 extern_learn \n',
    '[{"mac":"02:00:00:00:aa:02","ifname":"pa","master":"br0","flags":[],"state":"static"}]\n',
    '10.1.0.9 dev e0 lladdr 02:00:00:00:00:09 PERMANENT \nfd00::9 dev e0 lladdr 02:00:00:00:00:0a router STALE \n',
    '==> nfacct list <==\n{ pkts = 00000000000000000001, bytes = 00000000000000000002, quota = 00000000000000001000, mode = byte, overquota = no } = web;\n',
    '==> cat /proc/net/ipt_hashlimit/web <==\n59 10.0.0.1:0->0.0.0.0:0 274877906944 1374389534720 274877906944\n',
    '==> cat /usr/share/xtables/pf.os <==\nS%4:64:1:60:M1460,S,T,N,W0:Linux:2.4::Linux 2.4\n',
    '==> cat /etc/iproute2/rt_realms <==\n0 cosmos\n0x5\tradio # five\n==> ip rule <==\n100:\tfrom 10.0.0.0/8 lookup main realms radio/7\n',
    'net.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0/5.rp_filter = 2\nnet.netfilter.nf_conntrack_tcp_loose = 0\n',
    '[{"dst":"default","gateway":"10.0.0.1","dev":"eth0","metric":100,"flags":[]},{"type":"local","dst":"10.0.0.5","dev":"eth0","table":"local","flags":[]}]\n',
  ];
  const bytes = fc.oneof(
    fc.nat({ max: 0xff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('-1', '99999999999999999999', '=', '[', ']', '/', ':', '\t', '\n', '"', '::', '0x', '\u0000'),
  );
  const edit = fc.record({ at: fc.nat({ max: 1000 }), cut: fc.nat({ max: 12 }), put: bytes });

  test.each(TEXTS.map((text) => [text.slice(0, 40), text]))('%s', (_, text) => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let changed = text;
        for (const { at, cut, put } of edits) changed = changed.slice(0, at % changed.length) + put + changed.slice((at % changed.length) + cut);
        const node = read(changed);
        // What is printed can be read again, and says the same.
        const printed = printNode(node).text;
        expect(printNode(read(printed)).text).toBe(printed);
        for (const { line, column, message } of node.problems) expect({ place: line >= 1 && column >= 1, said: message !== '' }).toEqual({ place: true, said: true });
        createWorld(node);
      }),
      { numRuns: 60 },
    );
  });
});

describe('names that every JavaScript object has', () => {
  const NAMES = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'];

  test.each(NAMES)('"%s" may name a chain and a set', (name) => {
    const rules = `*filter\n:INPUT ACCEPT [0:0]\n:${name} - [0:0]\n-A OUTPUT -m set --match-set ${name} dst -j ${name}\n-A ${name} -j DROP\nCOMMIT\n`;
    const sets = `create ${name} hash:ip\nadd ${name} 127.0.0.1\n`;
    const node = read(rules, sets);
    expect(node.problems).toEqual([]);
    const report = JSON.parse(reportOf(node)) as { sets: Record<string, string[]>; counters: { ipv4: { filter: Record<string, { rules: number[][] }> } } };
    expect(Object.hasOwn(report.sets, name) && report.sets[name]).toEqual(['127.0.0.1']);
    expect(Object.hasOwn(report.counters.ipv4.filter, name) && report.counters.ipv4.filter[name]?.rules).toEqual([[1, 36]]);
    expect(printNode(read(printNode(node).text)).text).toBe(printNode(node).text);
  });

  test.each(NAMES)('"%s" is no option, unit, type, family, helper or header', (name) => {
    const rules = [
      `-A OUTPUT -p tcp -j TCPOPTSTRIP --strip-options ${name}`,
      `-A OUTPUT -j RATEEST --rateest-name a --rateest-interval 1${name} --rateest-ewmalog 1s`,
      `-A OUTPUT -p ${name}`,
      `-A OUTPUT -p tcp -m tcp --dport ${name}`,
      `-A OUTPUT -m ${name}`,
      `-A OUTPUT -j ${name}`,
      `-A OUTPUT -p tcp --${name} 1`,
    ];
    const errors = (node: Node) => node.problems.filter(({ severity }) => severity !== 'note').length;
    for (const rule of rules) expect(errors(read(`*mangle\n${rule}\nCOMMIT\n`)), rule).toBeGreaterThan(0);
    expect(errors(read(`*raw\n-A OUTPUT -p tcp -j CT --helper ${name}\nCOMMIT\n`))).toBeGreaterThan(0);
    for (const sets of [`create a hash:ip family ${name}`, `create a ${name}`, `create a hash:ip\nadd a 1.1.1.1 ${name} 1`, `create a hash:ip\n${name} a 1.1.1.1`])
      expect(errors(read(`create b hash:ip\n${sets}\n`)), sets).toBeGreaterThan(0);
  });
});

describe('values without bounds', () => {
  const node = read('*filter\n-A OUTPUT -m time --timestart 08:00 -j DROP\nCOMMIT\n');
  test.each([{ now: 1e20 }, { now: 0, at: 1e300 }])('a clock set to %o', ({ now, at = 0 }) => {
    expect(reportOf(node, { now }, [{ dst: '127.0.0.1', proto: 'udp', at }])).toContain('s after 1970');
  });
  test('a packet that quotes a packet that quotes…', () => {
    let packet: Packet = { src: '10.0.0.1', dst: '10.0.0.2', proto: 'icmp' };
    for (let i = 0; i < 50_000; i++) packet = { src: '10.0.0.1', dst: '10.0.0.2', proto: 'icmp', icmpType: 3, inner: packet };
    expect(readPackets([packet]).problems).toEqual([expect.objectContaining({ severity: 'error', message: expect.stringContaining('nested too deeply') })]);
  });
});
