/**
 * A node with Kube-OVN's rules beside kube-proxy's in IPVS mode, as both programs write them (kube-ovn
 * pkg/daemon/gateway_linux.go; kubernetes pkg/proxy/ipvs/proxier.go, release 1.29 and later). Every rule carries the id of
 * the fact sheet, so that a walk reads as `S14' S02 S18 X4 X5`. Overlay subnets are join, ovn-default and cent; pods, nodes
 * and services are the ones that the examples use.
 */

import type { Family } from '../../engine/net/address.ts';
import type { KernelNode } from '../kernel/node.ts';

interface KubeOvnVariant {
  /** `seed`: the rules as the documentation prints them, in installed order: no REJECT, no marks for other nodes, no OVN-MASQUERADE. */
  readonly rules?: 'newest' | 'seed';
  /** nat PREROUTING: Kube-OVN's jump above kube-proxy's, as it should be, or below, as after a flush. */
  readonly jump?: 'above' | 'below';
  /** Endpoint of the node ports with externalTrafficPolicy Local, and of the load balancer; the host part is the same in IPv6. */
  readonly local?: 'distributed' | 'centralized';
  /** kube-proxy is told the cluster's CIDR, and masks sources outside of it; else it masks sources that are services. */
  readonly clusterCidr?: boolean;
}

interface Names {
  readonly family: Family;
  readonly ovn: string;
  readonly kube: string;
  readonly node: string;
  readonly join: string;
  readonly subnets: { readonly cent: string; readonly join: string; readonly 'ovn-default': string };
  readonly services: string;
  readonly otherNodes: readonly string[];
  readonly loopback: string;
  readonly web: string;
  readonly api: string;
  readonly dns: string;
  readonly collision: string;
  readonly balancer: string;
  readonly p2: string;
  readonly p3: string;
  readonly central: string;
  readonly apiServer: string;
  /** Address and port in the tools' form. */
  readonly at: (address: string, port: number) => string;
}

const V4: Names = {
  family: 'ipv4',
  ovn: 'ovn40',
  kube: 'KUBE-',
  node: '192.168.0.101',
  join: '100.64.0.2',
  subnets: { cent: '10.17.0.0/16', join: '100.64.0.0/16', 'ovn-default': '10.16.0.0/16' },
  services: '10.96.0.0/12',
  otherNodes: ['192.168.0.102', '192.168.0.103'],
  loopback: '127.0.0.0/8',
  web: '10.96.0.50',
  api: '10.96.0.1',
  dns: '10.96.0.10',
  collision: '10.96.0.60',
  balancer: '198.51.100.10',
  p2: '10.16.0.20',
  p3: '10.16.0.30',
  central: '10.17.0.5',
  apiServer: '192.168.0.103',
  at: (address, port) => `${address}:${port}`,
};

const V6: Names = {
  family: 'ipv6',
  ovn: 'ovn60',
  kube: 'KUBE-6-',
  node: 'fd00:192:168::101',
  join: 'fd00:100:64::2',
  subnets: { cent: 'fd00:10:17::/112', join: 'fd00:100:64::/112', 'ovn-default': 'fd00:10:16::/112' },
  services: 'fd00:10:96::/108',
  otherNodes: ['fd00:192:168::102', 'fd00:192:168::103'],
  loopback: '::1/128',
  web: 'fd00:10:96::32',
  api: 'fd00:10:96::1',
  dns: 'fd00:10:96::a',
  collision: 'fd00:10:96::3c',
  balancer: '2001:db8:100::10',
  p2: 'fd00:10:16::14',
  p3: 'fd00:10:16::1e',
  central: 'fd00:10:17::5',
  apiServer: 'fd00:192:168::103',
  at: (address, port) => `[${address}]:${port}`,
};

/** `[id, rule without -A CHAIN]`. */
type Rule = readonly [id: string, rule: string];
type Tables = Readonly<Record<string, Readonly<Record<string, readonly Rule[]>>>>;

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
};

function kubeProxyFilter({ kube, family }: Names): Record<string, readonly Rule[]> {
  return {
    'KUBE-FORWARD': [
      ['K:FORWARD-mark', '-m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT'],
      ['K:FORWARD-ct', '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
    ],
    'KUBE-IPVS-FILTER': [
      ['K:FILTER-lb', `-m set --match-set ${kube}LOAD-BALANCER dst,dst -j RETURN`],
      ['K:FILTER-cluster', `-m set --match-set ${kube}CLUSTER-IP dst,dst -j RETURN`],
      ['K:FILTER-external', `-m set --match-set ${kube}EXTERNAL-IP dst,dst -j RETURN`],
      ['K:FILTER-external-local', `-m set --match-set ${kube}EXTERNAL-IP-LOCAL dst,dst -j RETURN`],
      ['K:FILTER-health', `-m set --match-set ${kube}HEALTH-CHECK-NODE-PORT dst -j RETURN`],
      [
        'K:FILTER-reject',
        `-m conntrack --ctstate NEW -m set --match-set ${kube}IPVS-IPS dst -j REJECT --reject-with ${family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'}`,
      ],
    ],
    'KUBE-IPVS-OUT-FILTER': [],
    'KUBE-NODE-PORT': [['K:HEALTH', `-m comment --comment "Kubernetes health check node port" -m set --match-set ${kube}HEALTH-CHECK-NODE-PORT dst -j ACCEPT`]],
    'KUBE-PROXY-FIREWALL': [],
    'KUBE-SOURCE-RANGES-FIREWALL': [['K:RANGES-drop', '-j DROP']],
  };
}

function kubeProxyNat({ kube, loopback, subnets }: Names, clusterCidr: boolean): Record<string, readonly Rule[]> {
  const portal = '-m comment --comment "Kubernetes service cluster ip + port for masquerade purpose"';
  const nodePort = (proto: string): Rule[] => [
    [
      `K:PORT-local-${proto}`,
      `-p ${proto} -m comment --comment "Kubernetes nodeport ${proto.toUpperCase()} port with externalTrafficPolicy=local" -m set --match-set ${kube}NODE-PORT-LOCAL-${proto.toUpperCase()} dst -j RETURN`,
    ],
    [
      `K:PORT-masq-${proto}`,
      `-p ${proto} -m comment --comment "Kubernetes nodeport ${proto.toUpperCase()} port for masquerade purpose" -m set --match-set ${kube}NODE-PORT-${proto.toUpperCase()} dst -j KUBE-MARK-MASQ`,
    ],
  ];
  return {
    'KUBE-LOAD-BALANCER': [
      [
        'K:LB-local',
        `-m comment --comment "Kubernetes service load balancer ip + port with externalTrafficPolicy=local" -m set --match-set ${kube}LOAD-BALANCER-LOCAL dst,dst -j RETURN`,
      ],
      ['K:LB-masq', '-j KUBE-MARK-MASQ'],
    ],
    'KUBE-MARK-MASQ': [['K:MASQ-mark', '-j MARK --set-xmark 0x4000/0x4000']],
    'KUBE-NODE-PORT': [...nodePort('tcp'), ...nodePort('udp')],
    'KUBE-POSTROUTING': [
      ['K:LOOP', `-m comment --comment "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" -m set --match-set ${kube}LOOP-BACK dst,dst,src -j MASQUERADE`],
      ['K:POST-unmarked', '-m mark ! --mark 0x4000/0x4000 -j RETURN'],
      ['K:POST-unmark', '-j MARK --set-xmark 0x4000/0x0'],
      ['K:POST-masq', '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully'],
    ],
    'KUBE-SERVICES': [
      ['K:LOOPBACK', `-s ${loopback} -j RETURN`],
      ['K:LB', `-m comment --comment "Kubernetes service lb portal" -m set --match-set ${kube}LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER`],
      [
        'K:MASQ',
        clusterCidr
          ? `! -s ${subnets['ovn-default']} ${portal} -m set --match-set ${kube}CLUSTER-IP dst,dst -j KUBE-MARK-MASQ`
          : `${portal} -m set --match-set ${kube}CLUSTER-IP src,dst -j KUBE-MARK-MASQ`,
      ],
      ['K:NODE-PORT', '-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT'],
      ['K:ACCEPT', `-m set --match-set ${kube}CLUSTER-IP dst,dst -j ACCEPT`],
      ['K:ACCEPT-lb', `-m set --match-set ${kube}LOAD-BALANCER dst,dst -j ACCEPT`],
    ],
  };
}

/** kube-proxy puts its jumps on top in this order, so the last stands highest. */
const PROXY_JUMPS: Readonly<Record<string, readonly Rule[]>> = {
  'filter INPUT': [
    ['K:jump', '-m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER'],
    ['K:jump', '-m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL'],
    ['K:jump', '-m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT'],
  ],
  'filter FORWARD': [
    ['K:jump', '-m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL'],
    ['K:jump', '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD'],
  ],
  'filter OUTPUT': [['K:jump', '-m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER']],
  'nat PREROUTING': [['K:jump', '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES']],
  'nat OUTPUT': [['K:jump', '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES']],
  'nat POSTROUTING': [['K:jump', '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING']],
};

function tablesOf(names: Names, { rules = 'newest', jump = 'above', clusterCidr = true }: KubeOvnVariant): Tables {
  const { ovn, kube, node, subnets, family } = names;
  const newest = rules === 'newest';
  const set = (name: string, side: string): string => `-m set --match-set ${ovn}${name} ${side}`;
  const not = (name: string, side: string): string => `-m set ! --match-set ${ovn}${name} ${side}`;
  const kubeSet = (name: string, side: string): string => `-m set --match-set ${kube}${name} ${side}`;
  const masquerade = newest ? '-j OVN-MASQUERADE' : '-j MASQUERADE';
  const reject = `-p tcp -m mark ! --mark 0x4000/0x4000 ${set('services', 'dst')} -m conntrack --ctstate NEW -j REJECT --reject-with ${family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'}`;
  const byName = (['ovn-default', 'join', 'cent'] as const).flatMap((name): Rule[] => [
    ['S10', `-d ${subnets[name]} -m comment --comment "ovn-subnet-gateway,${name}"`],
    ['S09', `-s ${subnets[name]} -m comment --comment "ovn-subnet-gateway,${name}"`],
  ]);
  const accepts: Rule[] = [
    ['services dst', `${set('services', 'dst')} -j ACCEPT`],
    ['services src', `${set('services', 'src')} -j ACCEPT`],
    ['subnets dst', `${set('subnets', 'dst')} -j ACCEPT`],
    ['subnets src', `${set('subnets', 'src')} -j ACCEPT`],
  ];
  const named = (ids: readonly string[]): Rule[] => accepts.map(([, rule], i) => [ids[i] as string, rule]);
  const when = (condition: boolean, ...list: readonly Rule[]): readonly Rule[] => (condition ? list : []);
  const preroutingJump: Rule = ['S12', '-m comment --comment "kube-ovn prerouting rules" -j OVN-PREROUTING'];
  const proxy = (chain: string): readonly Rule[] => PROXY_JUMPS[chain] ?? [];
  const nodePort = (proto: string, own: string, other: string): readonly Rule[] => [
    [own, `-p ${proto} -m addrtype --dst-type LOCAL ${kubeSet(`NODE-PORT-LOCAL-${proto.toUpperCase()}`, 'dst')} -j MARK --set-xmark 0x80000/0x80000`],
    ...when(newest, [other, `-p ${proto} ${set('other-node', 'src')} ${kubeSet(`NODE-PORT-LOCAL-${proto.toUpperCase()}`, 'dst')} -j MARK --set-xmark 0x4000/0x4000`]),
  ];
  return {
    filter: {
      INPUT: [...when(newest, ['X7', reject]), ...named(['S02', 'S01', 'S04', 'S03']), ...proxy('filter INPUT')],
      FORWARD: [...byName, ...named(['S06', 'S05', 'S08', 'S07']), ...proxy('filter FORWARD')],
      OUTPUT: [
        ...when(newest, ['X8', reject], ['X6', '-p udp -m udp --dport 4789 -j MARK --set-xmark 0x0/0xffffffff']),
        ['S11', '-p udp -m udp --dport 6081 -j MARK --set-xmark 0x0/0xffffffff'],
        ...proxy('filter OUTPUT'),
      ],
      ...kubeProxyFilter(names),
    },
    nat: {
      PREROUTING: jump === 'above' ? [preroutingJump, ...proxy('nat PREROUTING')] : [...proxy('nat PREROUTING'), preroutingJump],
      OUTPUT: proxy('nat OUTPUT'),
      POSTROUTING: [['S13', '-m comment --comment "kube-ovn postrouting rules" -j OVN-POSTROUTING'], ...proxy('nat POSTROUTING')],
      ...kubeProxyNat(names, clusterCidr),
      'OVN-PREROUTING': [
        newest
          ? ["S14'", `-i ovn0 ${set('subnets', 'src')} ${kubeSet('CLUSTER-IP', 'dst,dst')} -j MARK --set-xmark 0x4000/0x4000`]
          : ['S14', `-i ovn0 ${set('subnets', 'src')} ${set('services', 'dst')} -j MARK --set-xmark 0x4000/0x4000`],
        ...nodePort('tcp', 'S15', 'X1'),
        ...nodePort('udp', 'S16', 'X2'),
      ],
      'OVN-POSTROUTING': [
        ['S17', `${set('services', 'src')} ${set('subnets', 'dst')} -m mark --mark 0x4000/0x4000 -j SNAT --to-source ${node}${newest ? ' --random-fully' : ''}`],
        ['S18', `-m mark --mark 0x4000/0x4000 ${masquerade}`],
        ['S19', `${set('subnets', 'src')} ${set('subnets', 'dst')} ${masquerade}`],
        ['S20', `-m mark --mark 0x80000/0x80000 ${set('subnets-distributed-gw', 'dst')} -j RETURN`],
        ['S21', `-m mark --mark 0x80000/0x80000 ${masquerade}`],
        ['S22', '-p tcp -m tcp --tcp-flags SYN NONE -m conntrack --ctstate NEW -j RETURN'],
        ...when(newest, ['X3', `${not('subnets', 'src')} ${not('other-node', 'src')} ${set('subnets-nat', 'dst')} -j RETURN`]),
        ['S25', `${set('subnets-nat-policy', 'src')} ${not('subnets', 'dst')} -j OVN-NAT-POLICY`],
        ['S26', `-m mark --mark 0x90001/0x90001 ${newest ? masquerade : '-j MASQUERADE --random-fully'}`],
        ['S27', '-m mark --mark 0x90002/0x90002 -j RETURN'],
        ['S24', `${set('subnets-nat', 'src')} ${not('subnets', 'dst')} ${masquerade}`],
      ],
      ...(newest
        ? {
            'OVN-MASQUERADE': [
              ['X4', '-j MARK --set-xmark 0x0/0xffffffff'],
              ['X5', '-j MASQUERADE --random-fully'],
            ],
          }
        : {}),
      'OVN-NAT-POLICY': [],
    },
    ...(newest
      ? {
          mangle: {
            POSTROUTING: [['X11', '-m comment --comment "kube-ovn postrouting rules" -j OVN-POSTROUTING']],
            'OVN-POSTROUTING': [['X9', `-p tcp ${set('subnets', 'src')} -m tcp --tcp-flags RST RST -m state --state INVALID -j DROP`]],
          },
        }
      : {}),
  };
}

function restoreText(tables: Tables): string {
  const lines = Object.entries(tables).flatMap(([table, chains]) => {
    const builtIn = BUILT_IN[table] as readonly string[];
    const own = Object.keys(chains).filter((chain) => !builtIn.includes(chain));
    const rules = [...builtIn, ...own].flatMap((chain) => (chains[chain] ?? []).map(([, rule]) => `-A ${chain} ${rule}`));
    return [`*${table}`, ...builtIn.map((chain) => `:${chain} ACCEPT [0:0]`), ...own.map((chain) => `:${chain} - [0:0]`), ...rules, 'COMMIT'];
  });
  return `${lines.join('\n')}\n`;
}

interface Service {
  readonly address: string;
  readonly port: number;
  readonly proto: 'tcp' | 'udp';
  readonly endpoint: readonly [address: string, port: number];
}

interface Services {
  readonly cluster: readonly Service[];
  readonly balancer: readonly Service[];
  /** On every address of the node but those of kube-ipvs0. */
  readonly nodePorts: readonly (Omit<Service, 'address'> & { readonly local: boolean })[];
}

function servicesOf(names: Names, { local = 'distributed' }: KubeOvnVariant): Services {
  const behind = local === 'distributed' ? names.p2 : names.central;
  return {
    cluster: [
      { address: names.web, port: 80, proto: 'tcp', endpoint: [names.p3, 8080] },
      { address: names.api, port: 443, proto: 'tcp', endpoint: [names.apiServer, 6443] },
      { address: names.dns, port: 53, proto: 'udp', endpoint: [names.p3, 53] },
      { address: names.collision, port: 30080, proto: 'tcp', endpoint: [names.p3, 8080] },
    ],
    balancer: [{ address: names.balancer, port: 80, proto: 'tcp', endpoint: [behind, 8080] }],
    nodePorts: [
      { port: 30080, proto: 'tcp', endpoint: [behind, 8080], local: true },
      { port: 30053, proto: 'udp', endpoint: [behind, 53], local: true },
      { port: 30090, proto: 'tcp', endpoint: [names.p3, 8080], local: false },
    ],
  };
}

function setsText(names: Names, { cluster, balancer, nodePorts }: Services): string {
  const { ovn, kube, subnets, family } = names;
  const inet = family === 'ipv4' ? 'inet' : 'inet6';
  const net = (name: string, members: readonly string[]): string[] => [
    `create ${ovn}${name} hash:net family ${inet} hashsize 1024 maxelem 1048576`,
    ...members.map((member) => `add ${ovn}${name} ${member}`),
  ];
  const hash = (name: string, type: string, members: readonly string[]): string[] => [
    `create ${kube}${name} ${type} family ${inet} hashsize 1024 maxelem 65536`,
    ...members.map((member) => `add ${kube}${name} ${member}`),
  ];
  const ports = (name: string, members: readonly number[]): string[] => [
    `create ${kube}${name} bitmap:port range 0-65535`,
    ...members.map((member) => `add ${kube}${name} ${member}`),
  ];
  const portal = ({ address, port, proto }: Service): string => `${address},${proto}:${port}`;
  const nodePort = (proto: string, local: boolean): number[] => nodePorts.filter((one) => one.proto === proto && (one.local || !local)).map(({ port }) => port);
  const lines = [
    ...net('services', [names.services]),
    ...net('subnets', Object.values(subnets)),
    ...net('subnets-nat', [subnets.cent, subnets['ovn-default']]),
    ...net('subnets-distributed-gw', [subnets['ovn-default']]),
    ...net('other-node', names.otherNodes),
    ...net('subnets-nat-policy', []),
    ...hash('CLUSTER-IP', 'hash:ip,port', cluster.map(portal)),
    ...hash('LOAD-BALANCER', 'hash:ip,port', balancer.map(portal)),
    ...hash('LOAD-BALANCER-LOCAL', 'hash:ip,port', balancer.map(portal)),
    ...hash('EXTERNAL-IP', 'hash:ip,port', []),
    ...hash('EXTERNAL-IP-LOCAL', 'hash:ip,port', []),
    ...hash('LOOP-BACK', 'hash:ip,port,ip', [`${names.p2},tcp:8080,${names.p2}`, `${names.p2},udp:53,${names.p2}`]),
    ...hash(
      'IPVS-IPS',
      'hash:ip',
      [...cluster, ...balancer].map(({ address }) => address),
    ),
    ...ports('NODE-PORT-TCP', nodePort('tcp', false)),
    ...ports('NODE-PORT-LOCAL-TCP', nodePort('tcp', true)),
    ...ports('NODE-PORT-UDP', nodePort('udp', false)),
    ...ports('NODE-PORT-LOCAL-UDP', nodePort('udp', true)),
    ...ports('HEALTH-CHECK-NODE-PORT', []),
  ];
  return `${lines.join('\n')}\n`;
}

function virtualServers({ node, join, at }: Names, { cluster, balancer, nodePorts }: Services): string[] {
  const onNode = nodePorts.flatMap((one) => [node, join].map((address): Service => ({ ...one, address })));
  return [...cluster, ...balancer, ...onNode].flatMap(({ address, port, proto, endpoint }) => {
    const service = `${proto === 'tcp' ? '-t' : '-u'} ${at(address, port)}`;
    return [`-A ${service} -s rr`, `-a ${service} -r ${at(...endpoint)} -m -w 1`];
  });
}

export interface KubeOvnNode {
  readonly node: KernelNode;
  /** Fact-sheet id by `family table/chain/number`. */
  readonly ids: ReadonlyMap<string, string>;
}

export function kubeOvnNode(variant: KubeOvnVariant = {}): KubeOvnNode {
  const ids = new Map<string, string>();
  const tables = { ipv4: tablesOf(V4, variant), ipv6: tablesOf(V6, variant) };
  for (const [family, own] of Object.entries(tables))
    for (const [table, chains] of Object.entries(own))
      for (const [chain, rules] of Object.entries(chains)) rules.forEach(([id], i) => void ids.set(`${family} ${table}/${chain}/${i + 1}`, id));
  const services = { ipv4: servicesOf(V4, variant), ipv6: servicesOf(V6, variant) };
  const bound = (list: Services, length: number): string[] => [...list.cluster, ...list.balancer].map(({ address }) => `${address}/${length}`);
  return {
    ids,
    node: {
      interfaces: [
        { name: 'eth0', addresses: ['192.168.0.101/24', 'fd00:192:168::101/64'] },
        { name: 'ovn0', mtu: 1400, addresses: ['100.64.0.2/16', 'fd00:100:64::2/112'] },
        { name: 'kube-ipvs0', create: 'type dummy', up: false, addresses: [...bound(services.ipv4, 32), ...bound(services.ipv6, 128)] },
      ],
      routes: ['default via 192.168.0.1 dev eth0', ...['10.16.0.0/16', '10.17.0.0/16'].map((cidr) => `${cidr} via 100.64.0.1 dev ovn0 proto static src 192.168.0.101`)],
      routes6: [
        'default via fd00:192:168::1 dev eth0',
        ...['fd00:10:16::/112', 'fd00:10:17::/112'].map((cidr) => `${cidr} via fd00:100:64::1 dev ovn0 proto static src fd00:192:168::101`),
      ],
      ipset: setsText(V4, services.ipv4) + setsText(V6, services.ipv6),
      iptables: restoreText(tables.ipv4),
      ip6tables: restoreText(tables.ipv6),
      ipvs: `${[...virtualServers(V4, services.ipv4), ...virtualServers(V6, services.ipv6)].join('\n')}\n`,
      sysctls: { 'net.ipv4.vs.conntrack': '1' },
    },
  };
}
