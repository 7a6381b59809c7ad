/**
 * Cluster to node: the snapshot (the project's own format, `==> COMMAND <==` and what that command prints) that kube-ovn-cni, kube-proxy and
 * the kernel would leave on one node, and, beside the text, every rule and set with what put it there. The same cluster and the same
 * switches always make the same text.
 */

import type { Family } from '../net/address.ts';
import type { RuleAddress } from '../model/rule.ts';
import type { Cluster } from './cluster.ts';
import { nodeLinks, printAddresses, printLinks, type Link } from './interfaces.ts';
import { iptablesModeChains } from './kube-proxy/iptables.ts';
import { ipvsMode, printVirtualServers, type IpvsState } from './kube-proxy/ipvs.ts';
import { FAMILIES, NODE_NIC } from './names.ts';
import { hostPortChains, hostPortPods } from './portmap.ts';
import { closest } from '../model/closest.ts';
import type { NodeOptions } from './options.ts';
import { ovnSections } from './ovn.ts';
import { printPolicyRules, printRoutes } from './routes.ts';
import { has } from './releases.ts';
import { kubeOvnChains } from './rules/generate.ts';
import { kubeOvnSets, printSets, type GeneratedSet } from './sets.ts';
import { mergeChains, printChains, type GeneratedRule, type RuleChain } from './tables.ts';
import { firstOf, viewOf, type FamilyView, type NodeView } from './view.ts';

export interface GeneratedNode {
  /** The snapshot. */
  readonly text: string;
  readonly chains: Readonly<Record<Family, readonly RuleChain[]>>;
  readonly sets: readonly GeneratedSet[];
  /** What was filled in or left out; also in the snapshot's first lines. */
  readonly notes: readonly string[];
}

/** Why there is no node. */
export interface GenerationFailure {
  readonly failure: string;
  readonly hint: string;
}

/** The kernel that the engine's own behaviour was read from and held against. */
const DEFAULT_KERNEL = '6.18.0';

/** Fails only if no node of that name is described. */
export function generateNode(cluster: Cluster, options: NodeOptions): GeneratedNode | GenerationFailure {
  const view = viewOf(cluster, options);
  if (!view) return noSuchNode(cluster, options.node);
  const notes = [...view.notes];
  // Addresses on kube-ipvs0 come from Services, node ports listen on all others: two passes over the links.
  const own = nodeLinks(view, [], []);
  const ipvs = new Map(options.kubeProxy === 'ipvs' ? view.families.map((family) => [family.family, ipvsMode(view, family, nodeAddresses(own, family.family))] as const) : []);
  const links = nodeLinks(
    view,
    [...ipvs.values()].flatMap(({ addresses }) => addresses),
    notes,
  );
  const chains = { ipv4: chainsOf(view, 'ipv4', ipvs), ipv6: chainsOf(view, 'ipv6', ipvs) };
  const nameless = hostPortPods(view).filter(({ sandbox }) => sandbox === null);
  if (nameless.length > 0) notes.push(`the API does not name sandboxes: chains of hostPorts are named after made-up ones (${nameless.map(({ name }) => name).join(', ')})`);
  const sets = view.families.flatMap((family) => [...kubeOvnSets(view, family), ...(ipvs.get(family.family)?.sets ?? [])]);
  const sections = sectionsOf(view, { chains, sets, links, ipvs, notes });
  const text = [preamble(view, [...notes, ...limits(options)]), ...sections.map(([command, output]) => `==> ${command} <==\n${output}`)].join('');
  return { text, chains, sets, notes: [...notes, ...limits(options)] };
}

function noSuchNode({ nodes }: Cluster, name: string): GenerationFailure {
  const names = nodes.map((node) => node.name);
  if (name === '') return { failure: 'no node is named', hint: `nodes are ${names.join(', ')}` };
  const near = closest(name, names);
  return { failure: `there is no node "${name}"`, hint: near === null ? `nodes are ${names.join(', ')}` : `did you mean "${near}"?` };
}

/** Addresses on which node ports listen. */
function nodeAddresses(links: readonly Link[], family: Family): string[] {
  return links
    .filter(({ isLoopback }) => !isLoopback)
    .flatMap(({ addresses }) => addresses.filter((one) => one.family === family && one.scope === 'global').map(({ address }) => address));
}

function chainsOf(node: NodeView, family: Family, ipvs: ReadonlyMap<Family, IpvsState>): RuleChain[] {
  const view = node.families.find((candidate) => candidate.family === family);
  if (!view) return [];
  const own = kubeOvnChains(node, view);
  const proxy = proxyChains(node, view, ipvs);
  const { top, bottom } = hostPortChains(node, family);
  const { kubeProxyChains, release, order } = node.options;
  if (kubeProxyChains === 'below') return mergeChains([...top, ...own, ...proxy, ...bottom]);
  // Later releases move their jump in nat PREROUTING above kube-proxy's; everything else stays where it was put.
  const repaired = order === 'installed' && has(release, 'preroutingRepaired');
  const jump = own.filter(({ table, name }) => repaired && table === 'nat' && name === 'PREROUTING');
  return mergeChains([...top, ...jump, ...proxy, ...own.filter((chain) => !jump.includes(chain)), ...bottom]);
}

function proxyChains(node: NodeView, view: FamilyView, ipvs: ReadonlyMap<Family, IpvsState>): readonly RuleChain[] {
  switch (node.options.kubeProxy) {
    case 'iptables':
      return iptablesModeChains(node, view);
    case 'ipvs':
      return ipvs.get(view.family)?.chains ?? [];
    case 'nftables':
    case 'none':
      return [];
  }
}

interface Parts {
  readonly chains: GeneratedNode['chains'];
  readonly sets: readonly GeneratedSet[];
  readonly links: readonly Link[];
  readonly ipvs: ReadonlyMap<Family, IpvsState>;
  readonly notes: string[];
}

function sectionsOf(view: NodeView, { chains, sets, links, ipvs, notes }: Parts): (readonly [string, string])[] {
  const { options, node, subnets } = view;
  const sections: (readonly [string, string])[] = [
    ['iptables-save', printChains(chains.ipv4)],
    ['ip6tables-save', printChains(chains.ipv6)],
    ['ipset save', printSets(sets)],
    ['ip -j addr', printAddresses(links)],
    ['ip -d -j link', printLinks(links)],
    ['ip -j route show table all', printRoutes(view, subnets, 'ipv4', links, notes)],
    ['ip -j -6 route show table all', printRoutes(view, subnets, 'ipv6', links, notes)],
    ['ip -j rule', printPolicyRules(view, subnets, 'ipv4')],
    ['ip -j -6 rule', printPolicyRules(view, subnets, 'ipv6')],
    ['sysctl -a', sysctls(view, links)],
  ];
  if (options.kubeProxy === 'ipvs')
    sections.push([
      'ipvsadm -Sn',
      printVirtualServers(
        FAMILIES.flatMap((family) => ipvs.get(family)?.virtualServers ?? []),
        options.ipvsScheduler,
      ),
    ]);
  sections.push(...ovnSections(view));
  if (options.kubeProxy === 'nftables') sections.push(['nft list ruleset', view.families.map(({ family }) => nftTable(family)).join('')]);
  sections.push(['uname -r', `${node.kernel ?? DEFAULT_KERNEL}\n`]);
  return sections;
}

/** Where kube-proxy's own table hooks in (`pkg/proxy/nftables/proxier.go`), without its rules: whoever reads the snapshot is to know that something is there. */
function nftTable(family: Family): string {
  const chains = [
    ['nat-prerouting', 'nat hook prerouting priority dstnat'],
    ['nat-output', 'nat hook output priority -100'],
    ['nat-postrouting', 'nat hook postrouting priority srcnat'],
  ];
  return `table ${family === 'ipv4' ? 'ip' : 'ip6'} kube-proxy {\n${chains.map(([name, hook]) => `\tchain ${name} {\n\t\ttype ${hook}; policy accept;\n\t}\n`).join('')}}\n`;
}

/** What install-cni.sh, kube-proxy and the CNI portmap plugin write. */
function sysctls(view: NodeView, links: readonly Link[]): string {
  const { options, families } = view;
  const names = ['all', 'default', ...links.map(({ name }) => name)];
  const values: (readonly [string, number])[] = [
    ...names.map((name) => [`net.ipv4.conf.${name}.rp_filter`, 0] as const),
    ...(options.kubeProxy === 'iptables' ? [['net.ipv4.conf.all.route_localnet', 1] as const] : []),
    ...(hostPortPods(view).some(({ ips }) => firstOf('ipv4', ips) !== null) ? [[`net.ipv4.conf.${NODE_NIC}.route_localnet`, 1] as const] : []),
    ['net.ipv4.ip_forward', 1],
    ...(options.kubeProxy === 'ipvs'
      ? ([
          ['net.ipv4.vs.conntrack', 1],
          ['net.ipv4.vs.expire_nodest_conn', 1],
          ['net.ipv4.vs.expire_quiescent_template', 1],
        ] as const)
      : []),
    ...(families.some(({ family }) => family === 'ipv6') ? ([['net.ipv6.conf.all.forwarding', 1]] as const) : []),
    ['net.netfilter.nf_conntrack_tcp_be_liberal', 0],
    ['net.netfilter.nf_conntrack_tcp_loose', 1],
  ];
  return values.map(([name, value]) => `${name} = ${value}\n`).join('');
}

/** What a reader should know about these switches. */
function limits({ kubeProxy, order, release }: NodeOptions): string[] {
  return [
    ...(kubeProxy === 'nftables'
      ? ['kube-proxy in nftables mode keeps its rules in a table of its own, which is not generated: ClusterIPs and node ports are not translated']
      : []),
    ...(order === 'documented' ? ['rules as the documentation prints them: no release ever had exactly these, in this order'] : []),
    ...(order === 'installed' && release.name !== 'master'
      ? ['before v1.17 counters and designated addresses of several Subnets stood in random order; here they are sorted']
      : []),
  ];
}

function preamble({ options, node, families }: NodeView, notes: readonly string[]): string {
  const { release, kubeProxy, order, kubeProxyChains, networkType, enableLb, enableTproxy } = options;
  const proxy = kubeProxy === 'none' ? 'no kube-proxy' : `kube-proxy in ${kubeProxy} mode, its chains ${kubeProxyChains} Kube-OVN's`;
  const lines = [
    `Node ${node.name}, made by packetwalk kube-ovn: ${order === 'documented' ? 'rules of the documentation of Kube-OVN' : `rules of Kube-OVN ${release.name}`}`,
    `${proxy}; ${networkType}; OVN load balancing ${enableLb ? 'on' : 'off'}; probe proxy ${enableTproxy ? 'on' : 'off'}; ${families.map(({ family }) => (family === 'ipv4' ? 'IPv4' : 'IPv6')).join(' and ')}`,
    ...notes.map((note) => `note: ${note}`),
  ];
  return lines.map((line) => `# ${line}\n`).join('');
}

/** The rule at an address of a generated node; null for policies and addresses that are not there. */
export function generatedRuleAt({ chains }: GeneratedNode, { family, table, chain, number }: RuleAddress): GeneratedRule | null {
  return chains[family].find((candidate) => candidate.table === table && candidate.name === chain)?.rules[number - 1] ?? null;
}
