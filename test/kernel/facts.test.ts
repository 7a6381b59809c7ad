/**
 * What the tools and the kernel refuse or do that no packet of a scenario shows, asked in a namespace of its own. PACKETWALK_RECORD=1
 * rewrites recorded/facts/tools.json, on which findings rest (test/gallery).
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { describe, expect, it } from 'vitest';
import { kernelAvailable } from './kernel.ts';
import { openNamespace, type Namespace } from './tools.ts';

const FILE = 'test/kernel/recorded/facts/tools.json';
const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: the tools are not asked: ${kernel.reason}`);

/** `taken`, or `refused: ` and the tool's own words. */
function answer(namespace: Namespace, tool: string, args: readonly string[], input = ''): string {
  const { ok, stderr } = namespace.run(tool, args, input);
  return ok ? 'taken' : `refused: ${stderr.trim().split('\n')[0] ?? ''}`;
}

const words = (text: string): readonly string[] => text.split(' ');

/** Sends one UDP packet into the namespace by a wire, to 10.9.0.1:53. */
const SEND = `
import socket, struct
def sum16(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
udp = struct.pack('!HHHH', 4000, 53, 12, 0) + b'test'
head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 7, 0, 64, 17, 0, socket.inet_aton('10.9.0.2'), socket.inet_aton('10.9.0.1'))
head = head[:10] + struct.pack('!H', sum16(head)) + head[12:]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(('outside', 0))
wire.send(b'\\x02\\0\\0\\0\\0\\x02' + b'\\x02\\0\\0\\0\\0\\x01' + b'\\x08\\0' + head + udp)
`;

/** A wire into the namespace, ready for `SEND`. */
function layWire(namespace: Namespace): void {
  for (const line of [
    'link add inside address 02:00:00:00:00:02 type veth peer name outside',
    'link set inside up',
    'link set outside up',
    'addr add 10.9.0.1/24 dev inside',
    'neigh add 10.9.0.2 lladdr 02:00:00:00:00:01 dev inside',
  ])
    namespace.run('ip', words(line));
}

function sendOne(namespace: Namespace): void {
  const { ok, stderr } = namespace.run('python3', ['-c', SEND]);
  if (!ok) throw new Error(stderr);
}

/** Two filter INPUT chains of one priority, each dropping: the one that counts the packet was asked first. */
function filterAskedFirst(namespace: Namespace, tools: readonly ('iptables-legacy' | 'iptables-nft')[]): string {
  layWire(namespace);
  for (const tool of tools) namespace.run(tool, words('-A INPUT -p udp -j DROP'));
  sendOne(namespace);
  return tools.map((tool) => `${tool} ${/^\[[1-9]\d*:\d+\] -A INPUT/m.test(namespace.run(`${tool}-save`, ['-c', '-t', 'filter']).stdout) ? 'asked' : 'not asked'}`).join(', then ');
}

/** A limit that one packet uses up, before and after another rule is added to the table. */
function limitAfterEdit(namespace: Namespace, tool: 'iptables-legacy' | 'iptables-nft'): string {
  layWire(namespace);
  namespace.run(tool, words('-A INPUT -p udp -m limit --limit 1/hour --limit-burst 1 -j DROP'));
  sendOne(namespace);
  sendOne(namespace);
  namespace.run(tool, words('-A INPUT -s 192.0.2.1 -j ACCEPT'));
  sendOne(namespace);
  const matched = /^\[(\d+):\d+\] -A INPUT .*limit/m.exec(namespace.run(`${tool}-save`, ['-c', '-t', 'filter']).stdout)?.[1];
  return `three packets, an edit before the third: ${matched} matched`;
}

/** What is left of a policy and a chain that a restore does not name. */
function unnamedAfterRestore(namespace: Namespace, tool: 'iptables-legacy' | 'iptables-nft'): string {
  for (const line of ['-P FORWARD DROP', '-N OWN']) namespace.run(tool, words(line));
  namespace.run(`${tool}-restore`, [], '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n');
  return namespace
    .run(tool, ['-S'])
    .stdout.trim()
    .split('\n')
    .filter((line) => /FORWARD|OWN/.test(line))
    .join(', ');
}

/** Two nat PREROUTING chains of one priority, each translating: the one that counts the packet was asked first. */
function askedFirst(namespace: Namespace, chains: readonly ('iptables-legacy' | 'iptables-nft' | 'nft')[]): string {
  layWire(namespace);
  for (const chain of chains) {
    const said =
      chain === 'nft'
        ? answer(
            namespace,
            'nft',
            ['-f', '-'],
            'table ip kube-proxy { chain nat-prerouting { type nat hook prerouting priority dstnat; udp dport 53 counter dnat to 10.9.0.1:5300; }; }',
          )
        : answer(namespace, chain, words('-t nat -A PREROUTING -p udp -j DNAT --to-destination 10.9.0.1:5301'));
    if (said !== 'taken') throw new Error(`${chain}: ${said}`);
  }
  sendOne(namespace);
  const counts = chains.map((chain): readonly [string, boolean] => {
    if (chain === 'nft') return [chain, /counter packets [1-9]/.test(namespace.run('nft', words('list table ip kube-proxy')).stdout)];
    return [chain, /^\[[1-9]\d*:\d+\] -A PREROUTING/m.test(namespace.run(`${chain}-save`, ['-c', '-t', 'nat']).stdout)];
  });
  return counts.map(([chain, counted]) => `${chain} ${counted ? 'asked' : 'not asked'}`).join(', then ');
}

/** Each on a fresh namespace. */
const FACTS: Readonly<Record<string, (namespace: Namespace) => string>> = {
  'hash:net, prefix length 0, IPv4': (namespace) => {
    namespace.run('ipset', words('create ovn40natpr-0-src hash:net family inet'));
    return answer(namespace, 'ipset', words('add ovn40natpr-0-src 0.0.0.0/0'));
  },
  'hash:net, prefix length 0, IPv6': (namespace) => {
    namespace.run('ipset', words('create ovn60natpr-0-src hash:net family inet6'));
    return answer(namespace, 'ipset', words('add ovn60natpr-0-src ::/0'));
  },
  'hash:net, prefix length 1': (namespace) => {
    namespace.run('ipset', words('create ovn40natpr-0-src hash:net family inet'));
    return answer(namespace, 'ipset', words('add ovn40natpr-0-src 0.0.0.0/1'));
  },
  'destroy a set that a rule looks at': (namespace) => {
    namespace.run('ipset', words('create KUBE-CLUSTER-IP hash:ip,port'));
    namespace.run('iptables-legacy', words('-t nat -A PREROUTING -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT'));
    return answer(namespace, 'ipset', words('destroy KUBE-CLUSTER-IP'));
  },
  'swap a set that a rule looks at': (namespace) => {
    namespace.run('ipset', words('create ovn40subnets hash:net'));
    namespace.run('ipset', words('create ovn4t0 hash:net'));
    namespace.run('iptables-legacy', words('-A INPUT -m set --match-set ovn40subnets src -j ACCEPT'));
    return answer(namespace, 'ipset', words('swap ovn40subnets ovn4t0'));
  },
  ...Object.fromEntries(
    (['iptables-legacy', 'iptables-nft'] as const).map((tool): [string, (namespace: Namespace) => string] => [
      `delete a chain that a rule jumps to, ${tool}`,
      (namespace) => {
        for (const line of ['-N OVN-PREROUTING', '-A OVN-PREROUTING -j MARK --set-mark 1', '-A PREROUTING -j OVN-PREROUTING']) namespace.run(tool, words(`-t mangle ${line}`));
        const answers = ['-F OVN-PREROUTING', '-X OVN-PREROUTING'].map((line) => `${line}: ${answer(namespace, tool, words(`-t mangle ${line}`))}`);
        return `${answers.join('; ')}; left: ${namespace
          .run(tool, words('-t mangle -S'))
          .stdout.match(/^-[NA].*$/gm)
          ?.join(', ')}`;
      },
    ]),
  ),
  'SNAT without an address': (namespace) => answer(namespace, 'iptables-legacy', words('-t nat -A POSTROUTING -j SNAT --to-source')),
  'a chain name of 28 characters': (namespace) => answer(namespace, 'iptables-legacy', words('-t nat -N OVN-NAT-PSUBNET-aa98851157c5')),
  'a chain name of 29 characters': (namespace) => answer(namespace, 'iptables-legacy', words('-t nat -N OVN-NAT-PSUBNET-aa98851157c56')),
  'a set name of 31 characters': (namespace) => answer(namespace, 'ipset', ['create', 's'.repeat(31), 'hash:net']),
  'a set name of 32 characters': (namespace) => answer(namespace, 'ipset', ['create', 's'.repeat(32), 'hash:net']),
  'filter INPUT, iptables-legacy before iptables-nft': (namespace) => filterAskedFirst(namespace, ['iptables-legacy', 'iptables-nft']),
  'filter INPUT, iptables-nft before iptables-legacy': (namespace) => filterAskedFirst(namespace, ['iptables-nft', 'iptables-legacy']),
  'a limit after an edit, iptables-legacy': (namespace) => limitAfterEdit(namespace, 'iptables-legacy'),
  'a limit after an edit, iptables-nft': (namespace) => limitAfterEdit(namespace, 'iptables-nft'),
  'a policy and a chain that a restore does not name, iptables-legacy': (namespace) => unnamedAfterRestore(namespace, 'iptables-legacy'),
  'a policy and a chain that a restore does not name, iptables-nft': (namespace) => unnamedAfterRestore(namespace, 'iptables-nft'),
  'nat PREROUTING, iptables-legacy before nft': (namespace) => askedFirst(namespace, ['iptables-legacy', 'nft']),
  'nat PREROUTING, nft before iptables-legacy': (namespace) => askedFirst(namespace, ['nft', 'iptables-legacy']),
  'nat PREROUTING, iptables-nft before nft': (namespace) => askedFirst(namespace, ['iptables-nft', 'nft']),
  'nat PREROUTING, nft before iptables-nft': (namespace) => askedFirst(namespace, ['nft', 'iptables-nft']),
};

describe.skipIf(!kernel.ok)('the kernel and its tools', () => {
  const found: Record<string, string> = {};
  it.each(Object.keys(FACTS))('%s', async (name) => {
    const namespace = await openNamespace();
    try {
      found[name] = FACTS[name]?.(namespace) ?? '';
    } finally {
      namespace.close();
    }
    if (!process.env.PACKETWALK_RECORD) expect(found[name]).toBe((JSON.parse(readFileSync(FILE, 'utf8')) as { facts: Record<string, string> }).facts[name]);
  });

  it.runIf(process.env.PACKETWALK_RECORD)('are written down', async () => {
    const namespace = await openNamespace();
    const tool = (name: string): string => namespace.run(name, ['--version']).stdout.trim().split('\n')[0] ?? '';
    const versions = { kernel: release(), iptables: tool('iptables-legacy'), ipset: tool('ipset'), nft: tool('nft') };
    namespace.close();
    mkdirSync('test/kernel/recorded/facts', { recursive: true });
    writeFileSync(FILE, `${JSON.stringify({ versions, facts: found }, null, 1)}\n`);
  });
});
