/** A disagreement made small, without a kernel: the judge is the engine itself, and what disagrees with it is an engine broken on purpose. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, walk, type Packet } from '../../engine/index.ts';
import { mark } from '../../engine/extension/match/mark.ts';
import type { KernelCase } from './cases.ts';
import { ruleParts, shrinkCase } from './shrink.ts';

const one: KernelCase = {
  name: 'large',
  node: {
    interfaces: [
      { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
      { name: 'rb', addresses: ['10.2.0.1/24'] },
    ],
    routes: ['default via 10.2.0.254', 'unreachable 10.9.0.0/16'],
    rules: ['fwmark 7 lookup 100'],
    ipset: 'create s0 hash:ip family inet\nadd s0 10.1.0.2\nadd s0 10.1.0.3\ncreate s1 hash:net family inet\nadd s1 10.0.0.0/8\n',
    iptables: `*mangle
:PREROUTING ACCEPT [0:0]
:MANGLE-0 - [0:0]
-A PREROUTING -p udp -j MANGLE-0
-A PREROUTING -m set --match-set s0 src -j ACCEPT
-A MANGLE-0 -s 10.1.0.0/24 -m set --match-set s1 src -m comment --comment "two words" -j MARK --set-xmark 0x10/0xff
COMMIT
*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -p tcp -j DROP
-A FORWARD -p udp -m mark --mark 0x10/0xff -m ttl --ttl-gt 10 -j DROP
-A FORWARD -j ACCEPT
COMMIT
`,
    ip6tables: '*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n',
    sysctls: { 'net.ipv4.conf.all.rp_filter': '1' },
  },
  sends: [
    { packet: { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'tcp', sport: 1, dport: 2 } },
    { replyTo: 0 },
    { packet: { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport: 1, dport: 2, tos: 16, payload: 20 } },
    { packet: { in: 'ra', src: '10.1.0.9', dst: '10.2.0.2', proto: 'icmp' } },
  ],
};

/** What the engine makes of the plain packets of a case, in one line each. */
function fates({ node, sends }: KernelCase): string[] {
  const addresses = JSON.stringify(
    node.interfaces.map(({ name, addresses: list = [] }, i) => ({
      ifindex: i + 1,
      ifname: name,
      operstate: 'UP',
      flags: ['UP'],
      mtu: 1500,
      addr_info: list.filter((text) => !text.includes(':')).map((text) => ({ family: 'inet', local: text.split('/')[0], prefixlen: 24, scope: 'global' })),
    })),
  );
  const routes = JSON.stringify([
    { dst: '10.1.0.0/24', dev: 'ra', scope: 'link', flags: [] },
    { dst: '10.2.0.0/24', dev: 'rb', scope: 'link', flags: [] },
  ]);
  const text = `==> ip -j addr <==\n${addresses}\n==> ip -j route <==\n${routes}\n==> ipset save <==\n${node.ipset}==> iptables-save <==\n${node.iptables}`;
  let world = createWorld(parseNode([{ name: 'node', text }]));
  return sends.flatMap((send) => {
    const packet = 'packet' in send ? (send.packet as Packet) : null;
    if (!packet) return [];
    const walked = walk(world, packet);
    world = walked.world;
    return [walked.trace.outcome.verdict];
  });
}

/** The mark match answers the other way round. */
function broken<T>(run: () => T): T {
  const match = mark as unknown as { compile: (...all: unknown[]) => { negated: boolean }[] };
  const { compile } = match;
  match.compile = (...all) => compile.apply(match, all).map((clause) => ({ ...clause, negated: !clause.negated }));
  try {
    return run();
  } finally {
    match.compile = compile;
  }
}

const disagrees = (tried: KernelCase): Promise<boolean> => Promise.resolve(fates(tried).join() !== broken(() => fates(tried)).join());

describe('a disagreement', () => {
  it('is made small', async () => {
    expect(await disagrees(one)).toBe(true);
    const { one: small, trials } = await shrinkCase(one, disagrees, 300);
    expect(await disagrees(small)).toBe(true);
    expect(trials).toBeLessThan(300);
    expect(small.sends).toEqual([{ packet: expect.objectContaining({ dst: '10.2.0.2' }) }]);
    const rules = (small.node.iptables ?? '').split('\n').filter((line) => line.startsWith('-A'));
    expect(rules).toEqual([expect.stringMatching(/^-A FORWARD -m mark --mark 0x10\/0xff -j DROP$/)]);
    expect(small.node).toMatchObject({ ip6tables: '', ipset: '', routes: [], rules: [], sysctls: {} });
  });

  it('costs no more trials than it may', async () => {
    let asked = 0;
    const { trials } = await shrinkCase(
      one,
      (tried) => {
        asked++;
        return disagrees(tried);
      },
      7,
    );
    expect([trials, asked]).toEqual([7, 7]);
  });

  it('that every part is needed for stays as it is', async () => {
    const size = JSON.stringify(one).length;
    const { one: same } = await shrinkCase(one, (tried) => Promise.resolve(JSON.stringify(tried).length >= size), 300);
    expect(same).toEqual(one);
  });
});

describe('a rule', () => {
  it('is taken apart at its matches', () => {
    expect(ruleParts('-A X ! -s 10.0.0.0/8 -p tcp -m tcp ! --dport 80 -m comment --comment "-m mark" -j MARK --set-xmark 0x1/0xff')).toEqual([
      '! -s 10.0.0.0/8',
      '-p tcp',
      '-m tcp ! --dport 80',
      '-m comment --comment "-m mark"',
      '-j MARK --set-xmark 0x1/0xff',
    ]);
    expect(ruleParts(':FORWARD ACCEPT [0:0]')).toEqual([]);
  });
});
