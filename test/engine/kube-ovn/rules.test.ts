/**
 * The rules of a generated node against the tables they were read from: the documentation page *Iptables Rules* (2023-07-13) in its own order, and
 * Kube-OVN's source (commit 1533681d7) in the order in which a fresh node has them.
 */

import { describe, expect, test } from 'vitest';
import { allIds, CANONICAL, idsOf, membersOf, nodeOf, PAGE, rulesOf } from './clusters.ts';
import { policyRuleId } from '../../../engine/index.ts';

type Family = 'ipv4' | 'ipv6';

/** The page's rows, chain by chain, S01 to S31 from the top, with the page's own names for what varies. */
const PAGE_ROWS: readonly (readonly [table: string, chain: string, rows: readonly string[]])[] = [
  [
    'filter',
    'INPUT',
    [
      '-m set --match-set SERVICES src -j ACCEPT',
      '-m set --match-set SERVICES dst -j ACCEPT',
      '-m set --match-set SUBNETS src -j ACCEPT',
      '-m set --match-set SUBNETS dst -j ACCEPT',
    ],
  ],
  [
    'filter',
    'FORWARD',
    [
      '-m set --match-set SERVICES src -j ACCEPT',
      '-m set --match-set SERVICES dst -j ACCEPT',
      '-m set --match-set SUBNETS src -j ACCEPT',
      '-m set --match-set SUBNETS dst -j ACCEPT',
      '-s JOIN -m comment --comment "ovn-subnet-gateway,join"',
      '-d JOIN -m comment --comment "ovn-subnet-gateway,join"',
      '-s NET1 -m comment --comment "ovn-subnet-gateway,net1"',
      '-d NET1 -m comment --comment "ovn-subnet-gateway,net1"',
      '-s DEFAULT -m comment --comment "ovn-subnet-gateway,ovn-default"',
      '-d DEFAULT -m comment --comment "ovn-subnet-gateway,ovn-default"',
    ],
  ],
  ['filter', 'OUTPUT', ['-p udp -m udp --dport 6081 -j MARK --set-xmark 0x0/0xffffffff']],
  ['nat', 'PREROUTING', ['-m comment --comment "kube-ovn prerouting rules" -j OVN-PREROUTING']],
  ['nat', 'POSTROUTING', ['-m comment --comment "kube-ovn postrouting rules" -j OVN-POSTROUTING']],
  [
    'nat',
    'OVN-PREROUTING',
    [
      '-i ovn0 -m set --match-set SUBNETS src -m set --match-set SERVICES dst -j MARK --set-xmark 0x4000/0x4000',
      '-p tcp -m addrtype --dst-type LOCAL -m set --match-set KUBE-NODE-PORT-LOCAL-TCP dst -j MARK --set-xmark 0x80000/0x80000',
      '-p udp -m addrtype --dst-type LOCAL -m set --match-set KUBE-NODE-PORT-LOCAL-UDP dst -j MARK --set-xmark 0x80000/0x80000',
    ],
  ],
  [
    'nat',
    'OVN-POSTROUTING',
    [
      '-m set --match-set SERVICES src -m set --match-set SUBNETS dst -m mark --mark 0x4000/0x4000 -j SNAT --to-source NODE',
      '-m mark --mark 0x4000/0x4000 -j MASQUERADE',
      '-m set --match-set SUBNETS src -m set --match-set SUBNETS dst -j MASQUERADE',
      '-m mark --mark 0x80000/0x80000 -m set --match-set SUBNETS-distributed-gw dst -j RETURN',
      '-m mark --mark 0x80000/0x80000 -j MASQUERADE',
      '-p tcp -m tcp --tcp-flags SYN NONE -m conntrack --ctstate NEW -j RETURN',
      '-s 10.16.0.0/16 -m set ! --match-set SUBNETS dst -j SNAT --to-source 192.168.0.101',
      '-m set --match-set SUBNETS-nat src -m set ! --match-set SUBNETS dst -j MASQUERADE',
      '-m set --match-set SUBNETS-nat-policy src -m set ! --match-set SUBNETS dst -j OVN-NAT-POLICY',
      '-m mark --mark 0x90001/0x90001 -j MASQUERADE --random-fully',
      '-m mark --mark 0x90002/0x90002 -j RETURN',
    ],
  ],
  ['nat', 'OVN-NAT-POLICY', ['-s NET1 -m comment --comment natPolicySubnet-net1 -j OVN-NAT-PSUBNET-aa98851157c5']],
  ['nat', 'OVN-NAT-PSUBNET-aa98851157c5', ['-m set --match-set POLICY-src src -m set --match-set POLICY-dst dst -j MARK --set-xmark 0x90002/0x90002']],
  ['mangle', 'OVN-OUTPUT', ['-d POD -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x90003/0x90003']],
  ['mangle', 'OVN-PREROUTING', ['-d POD -p tcp -m tcp --dport 80 -j TPROXY --on-port 8102 --on-ip NODE --tproxy-mark 0x90004/0x90004']],
];

const NET1_RULES = [
  { action: 'forward', srcIPs: '10.0.11.0/30,10.0.11.254', dstIPs: '114.114.114.114' },
  { action: 'forward', srcIPs: 'fd00:10:0:11::/126', dstIPs: '2001:db8::72' },
] as const;

/** The page shows IPv4; the other family has the same rows, save S23, whose address after a node's name is never read as IPv6. */
function inFamily(rows: readonly string[], family: Family): string[] {
  const v4 = family === 'ipv4';
  const index = v4 ? 0 : 1;
  return rows
    .filter((row) => v4 || !row.includes('10.16.0.0/16'))
    .map((row) =>
      row
        .replaceAll('SERVICES', v4 ? 'ovn40services' : 'ovn60services')
        .replaceAll('SUBNETS', v4 ? 'ovn40subnets' : 'ovn60subnets')
        .replaceAll('POLICY-', `${v4 ? 'ovn40' : 'ovn60'}natpr-${policyRuleId('net1', index, NET1_RULES[index])}-`)
        .replaceAll('KUBE-', v4 ? 'KUBE-' : 'KUBE-6-')
        .replaceAll('JOIN', v4 ? '100.64.0.0/16' : 'fd00:100:64::/112')
        .replaceAll('NET1', v4 ? '10.0.11.0/24' : 'fd00:10:0:11::/112')
        .replaceAll('DEFAULT', v4 ? '10.16.0.0/16' : 'fd00:10:16::/112')
        .replaceAll('POD', v4 ? '10.241.39.2/32' : 'fd00:10:241::2/128')
        .replaceAll('NODE ', v4 ? '192.168.0.101 ' : 'fd00:192:168::101 ')
        .replaceAll(/NODE$/g, v4 ? '192.168.0.101' : 'fd00:192:168::101'),
    );
}

describe.each(['ipv4', 'ipv6'] as const)('as the documentation prints them, %s', (family) => {
  const node = nodeOf(PAGE, { order: 'documented' });
  // kube-proxy's own jumps stand below.
  const own = (table: string, chain: string): readonly string[] =>
    rulesOf(node, family, table, chain).filter((text) => !text.includes('KUBE-') || text.includes('NODE-PORT-LOCAL'));

  test.each(PAGE_ROWS)('%s %s', (table, chain, rows) => {
    expect(own(table, chain)).toEqual(inFamily(rows, family));
  });

  test('nothing but the page’s rows, and the jumps into its mangle chains', () => {
    const ids = [...allIds(node)].filter((id) => !id.startsWith('K:'));
    expect(ids.filter((id) => !id.startsWith('S')).sort()).toEqual(['X12', 'X13']);
    expect(ids.filter((id) => id.startsWith('S'))).toHaveLength(31);
  });
});

describe('as installed', () => {
  /** From the top; X rows are those the page leaves out. Order of execution of v1.12 and of the newest source. */
  test.each<[string, string, string, readonly string[]]>([
    ['v1.12.0', 'nat', 'OVN-PREROUTING', ["S14'", 'S15', 'X1', 'S16', 'X2']],
    ['v1.12.0', 'nat', 'OVN-POSTROUTING', ['S17', 'S18', 'S19', 'S20', 'S21', 'S22', 'X3', 'S25', 'S26', 'S27', 'S23', 'S24']],
    ['v1.12.0', 'nat', 'OVN-MASQUERADE', ['X4', 'X5']],
    ['v1.12.0', 'filter', 'INPUT', ['X7', 'S02', 'S01', 'S04', 'S03']],
    ['v1.12.0', 'filter', 'FORWARD', ['S10', 'S09', 'S10', 'S09', 'S10', 'S09', 'S06', 'S05', 'S08', 'S07']],
    ['v1.12.0', 'filter', 'OUTPUT', ['X8', 'S11']],
    ['v1.12.0', 'mangle', 'OVN-OUTPUT', ['S30']],
    ['v1.12.0', 'mangle', 'OVN-PREROUTING', ['S31']],
    ['v1.12.0', 'mangle', 'OVN-POSTROUTING', []],
    ['master', 'filter', 'OUTPUT', ['X8', 'X6', 'S11']],
    ['master', 'mangle', 'OVN-POSTROUTING', ['X9', 'X10']],
    ['master', 'mangle', 'POSTROUTING', ['X11']],
    ['master', 'mangle', 'PREROUTING', ['X12']],
    ['master', 'mangle', 'OUTPUT', ['X13']],
  ])('%s: %s %s', (release, table, chain, ids) => {
    expect(idsOf(nodeOf(PAGE, { release }), 'ipv4', table, chain)).toEqual(ids);
  });

  test('the newest source’s chains, word for word', () => {
    const node = nodeOf(PAGE);
    expect(rulesOf(node, 'ipv4', 'nat', 'OVN-PREROUTING')).toEqual([
      '-i ovn0 -m set --match-set ovn40subnets src -m set --match-set KUBE-CLUSTER-IP dst,dst -j MARK --set-xmark 0x4000/0x4000',
      '-p tcp -m addrtype --dst-type LOCAL -m set --match-set KUBE-NODE-PORT-LOCAL-TCP dst -j MARK --set-xmark 0x80000/0x80000',
      '-p tcp -m set --match-set ovn40other-node src -m set --match-set KUBE-NODE-PORT-LOCAL-TCP dst -j MARK --set-xmark 0x4000/0x4000',
      '-p udp -m addrtype --dst-type LOCAL -m set --match-set KUBE-NODE-PORT-LOCAL-UDP dst -j MARK --set-xmark 0x80000/0x80000',
      '-p udp -m set --match-set ovn40other-node src -m set --match-set KUBE-NODE-PORT-LOCAL-UDP dst -j MARK --set-xmark 0x4000/0x4000',
    ]);
    expect(rulesOf(node, 'ipv4', 'nat', 'OVN-POSTROUTING')).toEqual([
      '-m set --match-set ovn40services src -m set --match-set ovn40subnets dst -m mark --mark 0x4000/0x4000 -j SNAT --to-source 192.168.0.101 --random-fully',
      '-m mark --mark 0x4000/0x4000 -j OVN-MASQUERADE',
      '-m set --match-set ovn40subnets src -m set --match-set ovn40subnets dst -j OVN-MASQUERADE',
      '-m mark --mark 0x80000/0x80000 -m set --match-set ovn40subnets-distributed-gw dst -j RETURN',
      '-m mark --mark 0x80000/0x80000 -j OVN-MASQUERADE',
      '-p tcp -m tcp --tcp-flags SYN NONE -m conntrack --ctstate NEW -j RETURN',
      '-m set ! --match-set ovn40subnets src -m set ! --match-set ovn40other-node src -m set --match-set ovn40subnets-nat dst -j RETURN',
      '-m set --match-set ovn40subnets-nat-policy src -m set ! --match-set ovn40subnets dst -j OVN-NAT-POLICY',
      '-m mark --mark 0x90001/0x90001 -j OVN-MASQUERADE',
      '-m mark --mark 0x90002/0x90002 -j RETURN',
      '-s 10.16.0.0/16 -m set ! --match-set ovn40subnets dst -j SNAT --to-source 192.168.0.101 --random-fully',
      '-m set --match-set ovn40subnets-nat src -m set ! --match-set ovn40subnets dst -j OVN-MASQUERADE',
    ]);
    expect(rulesOf(node, 'ipv4', 'mangle', 'OVN-POSTROUTING')).toEqual([
      '-p tcp -m set --match-set ovn40subnets src -m tcp --tcp-flags RST RST -m state --state INVALID -j DROP',
      '-s 10.16.0.0/16 -p tcp -m tcp --tcp-flags SYN NONE -m conntrack --ctstate NEW -m set ! --match-set ovn40subnets dst -j DROP',
    ]);
    expect(rulesOf(node, 'ipv4', 'filter', 'INPUT')[0]).toBe(
      '-p tcp -m mark ! --mark 0x4000/0x4000 -m set --match-set ovn40services dst -m conntrack --ctstate NEW -j REJECT --reject-with icmp-port-unreachable',
    );
  });

  test('IPv6 has the same rows, save those of designated addresses', () => {
    const node = nodeOf(PAGE);
    for (const { table, name } of node.chains.ipv4) expect(idsOf(node, 'ipv6', table, name)).toEqual(idsOf(node, 'ipv4', table, name).filter((id) => id !== 'S23' && id !== 'X10'));
  });

  test('outside IPVS mode nothing looks at kube-proxy’s sets', () => {
    for (const kubeProxy of ['iptables', 'nftables', 'none'] as const) {
      const ids = allIds(nodeOf(PAGE, { kubeProxy }));
      expect([...ids].filter((id) => ["S14'", 'S15', 'S16', 'X1', 'X2', 'X7', 'X8'].includes(id))).toEqual([]);
      expect(ids).toContain('S14');
    }
  });

  test('switches of OVN’s own load balancing and tunnels change no rule', () => {
    const { chains, sets } = nodeOf(PAGE);
    for (const given of [{ enableLb: false }, { networkType: 'vxlan' }] as const) expect(nodeOf(PAGE, given)).toMatchObject({ chains, sets });
  });

  test.each([
    ['below', 'v1.12', ['S12', 'K:KUBE-SERVICES']],
    ['above', 'v1.12', ['K:KUBE-SERVICES', 'S12']],
    // Since v1.13 the jump is moved up.
    ['above', 'v1.13', ['S12', 'K:KUBE-SERVICES']],
  ] as const)('kube-proxy’s jumps %s, %s', (kubeProxyChains, release, ids) => {
    const node = nodeOf(PAGE, { kubeProxyChains, release });
    expect(node.chains.ipv4.find(({ table, name }) => table === 'nat' && name === 'PREROUTING')?.rules.map(({ row }) => row)).toEqual(ids);
    const post = node.chains.ipv4.find(({ table, name }) => table === 'nat' && name === 'POSTROUTING')?.rules.map(({ row }) => row);
    expect(post).toEqual(kubeProxyChains === 'below' ? ['S13', 'K:KUBE-POSTROUTING'] : ['K:KUBE-POSTROUTING', 'S13']);
  });
});

describe('which release has what', () => {
  const withAll = (release: string): ReadonlySet<string> => allIds(nodeOf(PAGE, { release }));

  /** First release with a rule, and the last without it. Read from the tags. */
  test.each([
    ['S17', 'v1.11', 'v1.12.0'],
    ['X1', 'v1.11.5', 'v1.11.6'],
    ['X4', 'v1.11.7', 'v1.11.8'],
    ['S09', 'v1.11', 'v1.12.0'],
    ['S25', 'v1.11', 'v1.12.0'],
    ['S29', 'v1.11', 'v1.12.0'],
    ['S31', 'v1.11', 'v1.12.0'],
    ["S14'", 'v1.11', 'v1.12.0'],
    ['X7', 'v1.11', 'v1.12.0'],
    ['X9', 'v1.11.12', 'v1.11.13'],
    ['X9', 'v1.12.3', 'v1.12.4'],
    ['X11', 'v1.12.3', 'v1.12.4'],
    ['X6', 'v1.12.28', 'v1.12.29'],
    ['X10', 'v1.15.18', 'v1.15.19'],
    ['X10', 'v1.16.2', 'master'],
  ])('%s: not in %s, in %s', (id, without, first) => {
    expect(withAll(without)).not.toContain(id);
    expect(withAll(first)).toContain(id);
  });

  test('what every release has', () => {
    for (const release of ['v1.10', 'v1.11', 'v1.12', 'v1.13', 'v1.14', 'v1.15', 'v1.16', 'master'])
      expect([...withAll(release)]).toEqual(expect.arrayContaining(['S01', 'S15', 'S20', 'S22', 'X3', 'S24']));
  });

  test.each([
    ['v1.11.7', '-m mark --mark 0x4000/0x4000 -j MASQUERADE'],
    ['v1.11.8', '-m mark --mark 0x4000/0x4000 -j OVN-MASQUERADE'],
  ])('%s masquerades by %s', (release, text) => {
    expect(rulesOf(nodeOf(PAGE, { release }), 'ipv4', 'nat', 'OVN-POSTROUTING')).toContain(text);
  });

  test('random ports since v1.12', () => {
    expect(rulesOf(nodeOf(PAGE, { release: 'v1.11' }), 'ipv4', 'nat', 'OVN-MASQUERADE')).toEqual(['-j MARK --set-xmark 0x0/0xffffffff', '-j MASQUERADE']);
    expect(rulesOf(nodeOf(PAGE, { release: 'v1.12' }), 'ipv4', 'nat', 'OVN-MASQUERADE')).toEqual(['-j MARK --set-xmark 0x0/0xffffffff', '-j MASQUERADE --random-fully']);
  });

  test('all protocols were refused up to v1.12.8', () => {
    expect(rulesOf(nodeOf(PAGE, { release: 'v1.12.8' }), 'ipv4', 'filter', 'INPUT')[0]).toMatch(/^-m mark ! --mark/);
    expect(rulesOf(nodeOf(PAGE, { release: 'v1.12.9' }), 'ipv4', 'filter', 'INPUT')[0]).toMatch(/^-p tcp -m mark ! --mark/);
  });

  test('NodeLocal DNS was a member of the set of Subnets up to v1.11', () => {
    expect(membersOf(nodeOf(PAGE, { release: 'v1.11' }), 'ovn40subnets')).toContain('169.254.20.10');
    expect(membersOf(nodeOf(PAGE, { release: 'v1.12' }), 'ovn40subnets')).not.toContain('169.254.20.10');
    // The documentation says it to this day.
    expect(membersOf(nodeOf(PAGE, { order: 'documented' }), 'ovn40subnets')).toContain('169.254.20.10');
  });

  test('the probe proxy listened everywhere on dual-stack nodes before v1.13.5', () => {
    expect(rulesOf(nodeOf(PAGE, { release: 'v1.13.4' }), 'ipv4', 'mangle', 'OVN-PREROUTING')[0]).toContain('--on-ip 0.0.0.0 ');
    expect(rulesOf(nodeOf(PAGE, { release: 'v1.13.5' }), 'ipv4', 'mangle', 'OVN-PREROUTING')[0]).toContain('--on-ip 192.168.0.101 ');
  });

  test('releases before v1.10.7 are refused, with the reason', () => {
    expect(() => nodeOf(PAGE, { release: 'v1.10.6' })).toThrow(/v1\.10\.6/);
    expect(() => nodeOf(PAGE, { release: 'v1.9' })).toThrow(/v1\.9/);
  });
});

describe('sets', () => {
  const node = nodeOf(CANONICAL);

  test.each([
    ['ovn40services', ['10.96.0.0/12']],
    ['ovn60services', ['fd00:10:96::/108']],
    ['ovn40subnets', ['10.0.11.0/24', '10.16.0.0/16', '10.17.0.0/16', '10.66.0.0/16', '100.64.0.0/16']],
    ['ovn40subnets-nat', ['10.0.11.0/24', '10.16.0.0/16', '10.17.0.0/16']],
    ['ovn60subnets-distributed-gw', ['fd00:10:0:11::/112', 'fd00:10:16::/112', 'fd00:10:66::/112']],
    ['ovn40other-node', ['192.168.0.102', '192.168.0.103']],
    ['ovn60local-pod-ip-nat', []],
    ['ovn60subnets-nat-policy', ['fd00:10:0:11::/112']],
    ['ovn40natpr-1615a54fc889-src', ['10.0.11.0/30', '10.0.11.254']],
    // The twin of the other family is there, empty.
    ['ovn60natpr-1615a54fc889-src', []],
  ])('%s', (name, members) => {
    expect([...(membersOf(node, name) ?? ['missing'])].sort()).toEqual([...members].sort());
  });

  test('custom VPCs, VLANs and Subnets being deleted', () => {
    const yaml = `${CANONICAL}
  - { name: custom, vpc: vpc1, cidrBlock: 10.90.0.0/16, natOutgoing: true }
  - { name: under, vlan: vlan1, cidrBlock: 10.91.0.0/16, natOutgoing: true }
  - { name: logical, vlan: vlan1, logicalGateway: true, cidrBlock: 10.92.0.0/16, natOutgoing: true }
  - { name: going, deletionTimestamp: "2026-01-01T00:00:00Z", cidrBlock: 10.93.0.0/16, natOutgoing: true }
`;
    const other = nodeOf(yaml);
    const added = (set: string): readonly string[] => (membersOf(other, set) ?? []).filter((text) => /^10\.9/.test(text));
    expect(added('ovn40subnets')).toEqual(['10.93.0.0/16', '10.92.0.0/16']);
    expect(added('ovn40subnets-nat')).toEqual(['10.92.0.0/16']);
    expect(added('ovn40subnets-distributed-gw')).toEqual(['10.92.0.0/16']);
  });

  test('a second gateway is not the active one, unless all of them are', () => {
    const gateways = 'gatewayNode: "node2:192.168.0.102,node1:192.168.0.110"';
    const standby = CANONICAL.replace('gatewayNode: "node1:192.168.0.110"', gateways);
    expect(allIds(nodeOf(standby))).not.toContain('S23');
    expect(allIds(nodeOf(standby.replace(gateways, `${gateways}, enableEcmp: true`)))).toContain('S23');
    expect(allIds(nodeOf(standby.replace(gateways, `${gateways}, activateGateway: node1`)))).toContain('S23');
  });

  test('without natOutgoing policy rules are nowhere', () => {
    const other = nodeOf(CANONICAL.replaceAll('natOutgoing: true', 'natOutgoing: false'));
    expect(allIds(other)).not.toContain('S28');
    expect(other.sets.filter(({ name }) => name.includes('natpr'))).toEqual([]);
    expect(membersOf(other, 'ovn40subnets-nat-policy')).toEqual([]);
  });
});
