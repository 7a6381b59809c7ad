/**
 * What `ip` prints for people says the same as what it prints with `-j`: a namespace with addresses, routes and rules of every
 * kind, read both ways.
 */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseNode, type Node } from '../../engine/index.ts';
import { kernelAvailable } from './kernel.ts';
import { openNamespace, type Namespace } from './tools.ts';

const kernel = kernelAvailable();

const SETUP = [
  'link set lo up',
  'link add e0 type veth peer name e1',
  'link add br0 type bridge',
  'link add d0 type veth peer name d1',
  'link add vx type vxlan id 5 dstport 4789 dev e0',
  'link add ext type vxlan external dstport 4790',
  'link set d0 master br0',
  'link set ext up',
  'link set e0 up',
  'link set e1 up',
  'link set e1 mtu 1400',
  'addr add 10.1.0.1/24 brd + dev e0',
  'addr add 10.1.0.2/24 dev e0',
  'addr add 10.9.0.1 peer 10.9.0.2/32 dev e1',
  '-6 addr add fd00::1/64 dev e0 nodad',
  'route add default via 10.1.0.254 metric 100 mtu 1400',
  'route add 10.5.0.0/16 nexthop via 10.1.0.253 weight 2 nexthop via 10.1.0.252',
  'route add blackhole 192.0.2.0/24',
  'route add 10.6.0.0/16 via inet6 fd00::9 dev e0',
  'route add 10.7.0.0/16 via 10.200.0.1 dev e0 onlink src 10.1.0.2 tos 0x10 proto static scope global',
  'route add unreachable 198.51.100.0/24 table 100',
  'route add throw 198.18.0.0/15 table 100',
  'route add prohibit 203.0.113.7 metric 7',
  'route add 10.77.0.0/16 encap ip id 100 dst 192.0.2.1 src 192.0.2.7 ttl 9 tos 4 csum via 10.1.0.251 dev ext onlink',
  'route add 10.78.0.0/16 encap ip id 101 dst 192.0.2.2 dev ext',
  '-6 route add fd77::/64 encap ip6 id 5 dst fd00::2 hoplimit 7 tc 8 dev ext',
  '-6 route add default via fd00::9',
  '-6 route add fd05::/64 via fd00::9 src fd00::1 metric 12',
  '-6 route add fd06::/64 nexthop via fd00::8 weight 3 nexthop via fd00::9',
  '-6 route add unreachable 2001:db8::/32',
  'rule add from 10.0.0.0/8 to 192.0.2.1 fwmark 0x1/0xff iif e0 ipproto tcp dport 80-90 lookup 100',
  'rule add not from all fwmark 5 unreachable priority 50',
  'rule add uidrange 0-100 oif e0 lookup 100 suppress_prefixlength 0 priority 60',
  'rule add priority 70 goto 32766',
  'rule add priority 71 nop',
  'rule add priority 75 tos 0x10 sport 5 lookup main',
  'rule add priority 80 iif gone lookup 100',
  '-6 rule add from fd00::/16 prohibit',
  'neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev e0',
  'neigh add fd00::9 lladdr 02:00:00:00:00:0a dev e0 router',
];

const COMMANDS = ['addr', '-d link', 'route show table all', '-6 route show table all', 'rule', '-6 rule', 'neigh'];

describe.skipIf(!kernel.ok)('ip, with -j and without', () => {
  let namespace: Namespace;
  beforeAll(async () => {
    namespace = await openNamespace();
    for (const line of SETUP) expect(namespace.run('ip', line.split(' ')), line).toMatchObject({ ok: true });
    // Duplicates of the link-local addresses are looked for: between the two readings none may come to be settled.
    await vi.waitFor(() => expect(namespace.run('ip', ['-6', 'addr', 'show', 'tentative']).stdout).toBe(''), 30_000);
  });
  afterAll(() => namespace?.close());

  const snapshot = (isJson: boolean): string =>
    COMMANDS.map((command) => {
      const words = [...(isJson ? ['-j'] : []), ...command.split(' ')];
      return `==> ip ${words.join(' ')} <==\n${namespace.run('ip', words).stdout}\n`;
    }).join('');
  const read = (text: string): Node => parseNode([{ name: 'node.snapshot', text }]);

  it('say the same of interfaces, addresses, routes, rules and neighbours', () => {
    const [plain, json] = [read(snapshot(false)), read(snapshot(true))];
    expect(plain.problems.map(({ line: _, column: __, length: ___, ...rest }) => rest)).toEqual(json.problems.map(({ line: _, column: __, length: ___, ...rest }) => rest));
    expect(plain.interfaces?.length).toBe(8);
    // What a tunnel is made of, and the settings of bridges and their ports, are not read from the plain form.
    const bare = ({ interfaces }: Node) => interfaces?.map(({ tunnel: _, bridge: __, port: ___, ...rest }) => rest);
    expect(bare(plain)).toEqual(bare(json));
    expect(plain.routes?.length).toBeGreaterThan(20);
    expect(plain.routes).toEqual(json.routes);
    expect(plain.policyRules).toEqual(json.policyRules);
    expect(plain.neighbours).toEqual(json.neighbours);
  });

  it('with -o and -d say the same', () => {
    const given = (options: readonly string[], header: boolean): Node =>
      read(
        COMMANDS.filter((command) => !/\baddr\b/.test(command))
          .map((command) => `==> ip ${header ? `${options.join(' ')} ` : ''}${command} <==\n${namespace.run('ip', [...options, ...command.split(' ')]).stdout}\n`)
          .join(''),
      );
    const plain = given([], false);
    expect(plain.routes?.some(({ nexthops }) => nexthops.length > 1)).toBe(true);
    for (const header of [true, false]) {
      const folded = given(['-o'], header);
      expect([folded.interfaces, folded.routes, folded.policyRules, folded.neighbours]).toEqual([plain.interfaces, plain.routes, plain.policyRules, plain.neighbours]);
      const detailed = given(['-d'], header);
      expect([detailed.routes?.map(({ protocol: _, ...rest }) => rest), detailed.neighbours]).toEqual([plain.routes?.map(({ protocol: _, ...rest }) => rest), plain.neighbours]);
    }
  });

  it('what leaves things out is refused by name, with or without a header, and nothing is read of it', () => {
    for (const [words, part] of [
      ['-o addr', 'interfaces'],
      ['-o -4 addr', 'interfaces'],
      ['-j -o addr', 'interfaces'],
      ['-br addr', 'interfaces'],
      ['-br -4 addr', 'interfaces'],
      ['-j -br addr', 'interfaces'],
      ['-br link', 'interfaces'],
      ['-j -br link', 'interfaces'],
      ['-br neigh', 'neighbours'],
    ] as const) {
      const { stdout } = namespace.run('ip', words.split(' '));
      expect(stdout, words).not.toBe('');
      for (const text of [stdout, `==> ip ${words} <==\n${stdout}`, `==> ip ${words.split(' ').at(-1)} <==\n${stdout}`]) {
        const node = parseNode([{ name: 'paste', text }]);
        expect([words, node[part]?.length ?? 0, node.problems.map(({ code }) => code)]).toEqual([words, 0, ['wrong-output']]);
        expect(node.problems[0]?.hint).toMatch(/^run "ip (-d )?-j (addr|link|neigh)" instead$/);
      }
    }
  });

  it('and are recognised without a header', () => {
    for (const [command, part] of [
      ['addr', 'interfaces'],
      ['route', 'routes'],
      ['rule', 'policyRules'],
      ['neigh', 'neighbours'],
    ] as const) {
      const node = parseNode([{ name: 'paste', text: namespace.run('ip', [command]).stdout }]);
      expect(node[part]?.length, command).toBeGreaterThan(0);
    }
  });
});
