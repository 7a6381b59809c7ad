/**
 * Chains of nft that iptables did not make, beside rules of iptables: a datagram from the node to itself, on the kernel and
 * through what its own tools print. What the walk states for certain is what the kernel does; where a chain that is not read
 * decides, it states nothing.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, parseNode, walk } from '../../engine/index.ts';
import { kernelAvailable } from './kernel.ts';
import { openNamespace, type Namespace } from './tools.ts';

const kernel = kernelAvailable();

const DATAGRAM = `
import socket
to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); to.bind(('127.0.0.1', 5300)); to.settimeout(0.3)
try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x' * 8, ('127.0.0.1', 5300))
except OSError: pass
try: to.recv(99); print('delivered')
except OSError: print('lost')
`;

const table = (head: string, ...lines: string[]) => `table inet own {\n chain c {\n  ${head}\n  ${lines.join('\n  ')}\n }\n}\n`;
const INPUT = 'type filter hook input priority filter + 10; policy accept;';

/** Rules of iptables, a table of nft, what the kernel does, and what the walk says. */
const CASES: readonly (readonly [name: string, rule: string | null, ruleset: string, kernel: string, walk: string])[] = [
  ['no rule', null, table(INPUT), 'delivered', 'delivered'],
  ['rules that let through', '-A INPUT -p udp', table(INPUT, 'udp dport 5300 counter accept', 'log prefix "drop "'), 'delivered', 'delivered'],
  ['a rule that drops', '-A INPUT -p udp -j ACCEPT', table(INPUT, 'udp dport 5300 drop'), 'lost', 'unknown'],
  ['a policy that drops', '-A INPUT -p udp -j ACCEPT', table(INPUT.replace('accept', 'drop')), 'lost', 'unknown'],
  ['a rule that drops behind one of iptables', '-A INPUT -p udp -j DROP', table(INPUT, 'udp dport 5300 drop'), 'lost', 'dropped'],
  ['a rule that drops before', '-A INPUT -p udp -j ACCEPT', table('type filter hook output priority -400; policy accept;', 'udp dport 5300 drop'), 'lost', 'unknown'],
  ['a rule for other ports', '-A INPUT -p udp', table(INPUT, 'udp dport 53 drop'), 'delivered', 'unknown'],
  ['a rule at a hook that it does not pass', '-A INPUT -p udp', table('type filter hook forward priority filter; policy drop;'), 'delivered', 'delivered'],
  ['a table that sleeps', '-A INPUT -p udp', 'table inet own {\n flags dormant;\n chain c {\n  type filter hook input priority 0; policy drop;\n }\n}\n', 'delivered', 'delivered'],
  ['a rule where frames of lo come in', '-A INPUT -p udp', table('type filter hook ingress device "lo" priority 0;', 'drop'), 'lost', 'unknown'],
  ['a chain of a table of iptables', '-A INPUT -p udp', 'table ip filter {\n chain mine {\n  type filter hook input priority 5; policy drop;\n }\n}\n', 'lost', 'unknown'],
];

describe.skipIf(!kernel.ok)('chains of nft beside rules of iptables', { timeout: 60_000 }, () => {
  let namespace: Namespace;
  beforeEach(async () => {
    namespace = await openNamespace();
    namespace.run('ip', ['link', 'set', 'lo', 'up']);
  });
  afterEach(() => namespace.close());

  const print = (tool: string, ...args: string[]) => `==> ${[tool, ...args].join(' ')} <==\n${namespace.run(tool, args).stdout}`;

  it.each(CASES)('%s', (_, rule, ruleset, done, said) => {
    if (rule !== null) expect(namespace.run('iptables-nft', rule.split(' ')).stderr).toBe('');
    expect(namespace.run('nft', ['-f', '-'], ruleset).stderr).toBe('');
    expect(namespace.run('python3', ['-'], DATAGRAM).stdout.trim()).toBe(done);
    const text = [print('iptables-nft-save'), print('nft', 'list', 'ruleset'), print('ip', '-d', 'addr'), print('ip', 'route', 'show', 'table', 'all'), print('sysctl', '-a')].join(
      '',
    );
    const packet = { in: null, src: '127.0.0.1', dst: '127.0.0.1', proto: 'udp', sport: 5301, dport: 5300 } as const;
    expect(walk(createWorld(parseNode([{ name: 'node.snapshot', text }])), packet).trace.outcome.verdict).toBe(said);
    // Of the same rules in JSON nothing is read: nothing is stated.
    const json = parseNode([{ name: 'node.snapshot', text: `${print('iptables-nft-save')}${print('nft', '-j', 'list', 'ruleset')}` }]);
    expect(json.problems.map(({ message }) => message)).toEqual(['this is what "nft -j" prints, which is not read']);
    expect(walk(createWorld(json), packet).trace.outcome.verdict).toBe('unknown');
  });
});
