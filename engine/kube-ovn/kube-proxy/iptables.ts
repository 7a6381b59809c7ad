/**
 * What kube-proxy writes in iptables mode (Kubernetes 1.28, `pkg/proxy/iptables/proxier.go`), and kubelet’s KUBE-FIREWALL. Services stand by
 * name; on a node their order is chance. Not written: topology hints.
 */

import type { TableName } from '../../model/hook.ts';
import { chainHash } from '../names.ts';
import { insertedAtTop } from '../order.ts';
import type { GeneratedRule, RuleChain } from '../tables.ts';
import { contains, type FamilyView, type NodeView } from '../view.ts';
import { comment, RuleWriter, servicePorts, type ProxyEndpoint, type ServicePortView } from './service-port.ts';

const isNew = '-m conntrack --ctstate NEW ';
/** Jumps in the order in which kube-proxy puts each at the top; kubelet, which starts before it, put KUBE-FIREWALL there. */
const JUMPS: readonly (readonly [TableName, string, string])[] = [
  ['filter', 'INPUT', '-j KUBE-FIREWALL'],
  ['filter', 'OUTPUT', '-j KUBE-FIREWALL'],
  ['filter', 'INPUT', `${isNew}${comment('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`],
  ['filter', 'FORWARD', `${isNew}${comment('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`],
  ['filter', 'INPUT', `${comment('kubernetes health check service ports')} -j KUBE-NODEPORTS`],
  ['filter', 'FORWARD', `${isNew}${comment('kubernetes service portals')} -j KUBE-SERVICES`],
  ['filter', 'OUTPUT', `${isNew}${comment('kubernetes service portals')} -j KUBE-SERVICES`],
  ['filter', 'FORWARD', `${comment('kubernetes forwarding rules')} -j KUBE-FORWARD`],
  ['filter', 'INPUT', `${isNew}${comment('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`],
  ['filter', 'OUTPUT', `${isNew}${comment('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`],
  ['filter', 'FORWARD', `${isNew}${comment('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`],
  ['nat', 'OUTPUT', `${comment('kubernetes service portals')} -j KUBE-SERVICES`],
  ['nat', 'PREROUTING', `${comment('kubernetes service portals')} -j KUBE-SERVICES`],
  ['nat', 'POSTROUTING', `${comment('kubernetes postrouting rules')} -j KUBE-POSTROUTING`],
];
/** Chains that are there even if nothing is in them. */
const CHAINS: readonly (readonly [TableName, string])[] = [
  ['filter', 'KUBE-EXTERNAL-SERVICES'],
  ['filter', 'KUBE-FIREWALL'],
  ['filter', 'KUBE-FORWARD'],
  ['filter', 'KUBE-NODEPORTS'],
  ['filter', 'KUBE-PROXY-FIREWALL'],
  ['filter', 'KUBE-SERVICES'],
  ['nat', 'KUBE-MARK-MASQ'],
  ['nat', 'KUBE-NODEPORTS'],
  ['nat', 'KUBE-POSTROUTING'],
  ['nat', 'KUBE-SERVICES'],
];

/** The chains of one family; built-in chains hold kube-proxy's and kubelet's jumps only. */
export function iptablesModeChains(node: NodeView, view: FamilyView): RuleChain[] {
  const writer = new RuleWriter();
  const clusterCidr = node.options.clusterCidr[view.family] ?? null;
  const ports = servicePorts(node, view.family);
  for (const port of ports) writePort(writer, port, clusterCidr, view.nodeAddress);
  // Node ports on ::1 never work.
  const notLocalhost = view.family === 'ipv6' ? '! -d ::1/128 ' : '';
  writer.write(
    'nat',
    'KUBE-SERVICES',
    `${notLocalhost}${comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
  );
  writeCommon(writer);
  if (view.family === 'ipv4')
    writer.write(
      'filter',
      'KUBE-FIREWALL',
      `! -s 127.0.0.0/8 -d 127.0.0.0/8 ${comment('block incoming localnet connections')} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
      [{ kind: 'kubelet', name: '', field: '' }],
    );
  return collect(writer.rules, CHAINS, JUMPS);
}

/** KUBE-FORWARD, KUBE-MARK-MASQ and KUBE-POSTROUTING. */
function writeCommon(writer: RuleWriter): void {
  writer.write('filter', 'KUBE-FORWARD', '-m conntrack --ctstate INVALID -j DROP');
  writer.write('filter', 'KUBE-FORWARD', `${comment('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`);
  writer.write('filter', 'KUBE-FORWARD', `${comment('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`);
  writeMasquerade(writer);
}

export function writeMasquerade(writer: RuleWriter): void {
  writer.write('nat', 'KUBE-MARK-MASQ', '-j MARK --set-xmark 0x4000/0x4000');
  writer.write('nat', 'KUBE-POSTROUTING', '-m mark ! --mark 0x4000/0x4000 -j RETURN');
  writer.write('nat', 'KUBE-POSTROUTING', '-j MARK --set-xmark 0x4000/0x0');
  writer.write('nat', 'KUBE-POSTROUTING', `${comment('kubernetes service traffic requiring SNAT')} -j MASQUERADE --random-fully`);
}

function writePort(writer: RuleWriter, port: ServicePortView, clusterCidr: string | null, nodeAddress: string | null): void {
  const { name, protocol, endpoints, externalPolicyLocal, internalPolicyLocal } = port;
  const origins = [port.origin];
  const hash = chainHash(name + protocol);
  const local = endpoints.filter(({ isLocal }) => isLocal);
  const [clusterChain, localChain, externalChain, firewallChain] = [`KUBE-SVC-${hash}`, `KUBE-SVL-${hash}`, `KUBE-EXT-${hash}`, `KUBE-FW-${hash}`];
  const isExternal = port.nodePort > 0 || port.externalIPs.length > 0 || port.loadBalancerIPs.length > 0;
  const hasEndpoints = endpoints.length > 0;
  const hasFirewall = hasEndpoints && port.loadBalancerIPs.length > 0 && port.sourceRanges.length > 0;
  const usable = (onlyLocal: boolean): boolean => (onlyLocal ? local.length > 0 : hasEndpoints);
  const refusal = hasEndpoints ? ['has no local endpoints', '-j DROP'] : ['has no endpoints', '-j REJECT'];
  const at = (address: string): string => `-d ${address}/${address.includes(':') ? 128 : 32} `;
  const to = (what: string, dport: number, extra = ''): string => `-p ${protocol} ${comment(`${name} ${what}`)} ${extra}-m ${protocol} --dport ${dport}`;
  const reject = (text: string): string => (text === '-j REJECT' ? `${text} --reject-with ${port.clusterIP.includes(':') ? 'icmp6' : 'icmp'}-port-unreachable` : text);
  const refuse = (chain: string, match: (what: string) => string): void => writer.write('filter', chain, `${match(refusal[0] as string)} ${reject(refusal[1] as string)}`, origins);

  const internalChain = internalPolicyLocal ? localChain : clusterChain;
  if (usable(internalPolicyLocal)) {
    if (clusterCidr !== null) writer.write('nat', internalChain, `! -s ${clusterCidr} ${at(port.clusterIP)}${to('cluster IP', port.port)} -j KUBE-MARK-MASQ`, origins);
    writer.write('nat', 'KUBE-SERVICES', `${at(port.clusterIP)}${to('cluster IP', port.port)} -j ${internalChain}`, origins);
  } else refuse('KUBE-SERVICES', (what) => `${at(port.clusterIP)}${to(what, port.port)}`);

  for (const [addresses, what, chain] of [
    [port.externalIPs, 'external IP', externalChain],
    [port.loadBalancerIPs, 'loadbalancer IP', hasFirewall ? firewallChain : externalChain],
  ] as const)
    for (const address of addresses) {
      if (hasEndpoints) writer.write('nat', 'KUBE-SERVICES', `${at(address)}${to(what, port.port)} -j ${chain}`, origins);
      if (chain === firewallChain) writer.write('filter', 'KUBE-PROXY-FIREWALL', `${at(address)}${to(`traffic not accepted by ${chain}`, port.port)} -j DROP`, origins);
      if (!usable(externalPolicyLocal)) refuse('KUBE-EXTERNAL-SERVICES', (text) => `${at(address)}${to(text, port.port)}`);
    }
  if (port.nodePort > 0) {
    if (hasEndpoints) writer.write('nat', 'KUBE-NODEPORTS', `-p ${protocol} ${comment(name)} -m ${protocol} --dport ${port.nodePort} -j ${externalChain}`, origins);
    if (!usable(externalPolicyLocal)) refuse('KUBE-EXTERNAL-SERVICES', (text) => to(text, port.nodePort, '-m addrtype --dst-type LOCAL '));
  }
  if (port.healthCheckNodePort > 0)
    writer.write('filter', 'KUBE-NODEPORTS', `-p tcp ${comment(`${name} health check node port`)} -m tcp --dport ${port.healthCheckNodePort} -j ACCEPT`, origins);

  if (hasFirewall) writeFirewall(writer, port, firewallChain, externalChain, nodeAddress);
  if (isExternal && hasEndpoints) writeExternal(writer, port, { clusterChain, localChain, externalChain, clusterCidr, usable: usable(externalPolicyLocal) });
  const usesCluster = !internalPolicyLocal || (isExternal && !externalPolicyLocal) || (isExternal && externalPolicyLocal);
  if (usesCluster && hasEndpoints) writeChoice(writer, clusterChain, port, endpoints);
  if ((internalPolicyLocal || externalPolicyLocal) && local.length > 0) writeChoice(writer, localChain, port, local);
  const reachable = usesCluster ? endpoints : local;
  for (const endpoint of reachable) writeEndpoint(writer, port, endpoint);
}

/** Who comes from none of the ranges is not translated, and so meets KUBE-PROXY-FIREWALL. */
function writeFirewall(writer: RuleWriter, port: ServicePortView, chain: string, externalChain: string, nodeAddress: string | null): void {
  const { name, loadBalancerIPs, sourceRanges, origin } = port;
  const origins = [{ ...origin, field: 'spec.loadBalancerSourceRanges' }];
  // The node reaches an address that is its own as that address.
  const itself = nodeAddress !== null && sourceRanges.some((range) => contains(range, nodeAddress)) ? loadBalancerIPs : [];
  for (const range of [...sourceRanges, ...itself.map((address) => `${address}/${address.includes(':') ? 128 : 32}`)])
    writer.write('nat', chain, `${range.endsWith('/0') ? '' : `-s ${range} `}${comment(`${name} loadbalancer IP`)} -j ${externalChain}`, origins);
  writer.write('nat', chain, comment(`other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`), origins);
}

interface ExternalChains {
  readonly clusterChain: string;
  readonly localChain: string;
  readonly externalChain: string;
  readonly clusterCidr: string | null;
  readonly usable: boolean;
}

/** What comes by a node port, an external address or a load balancer. */
function writeExternal(
  writer: RuleWriter,
  { name, externalPolicyLocal, origin }: ServicePortView,
  { clusterChain, localChain, externalChain, clusterCidr, usable }: ExternalChains,
): void {
  const write = (text: string): void => writer.write('nat', externalChain, text, [origin]);
  if (!externalPolicyLocal) write(`${comment(`masquerade traffic for ${name} external destinations`)} -j KUBE-MARK-MASQ`);
  else {
    if (clusterCidr !== null) write(`-s ${clusterCidr} ${comment(`pod traffic for ${name} external destinations`)} -j ${clusterChain}`);
    write(`${comment(`masquerade LOCAL traffic for ${name} external destinations`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`);
    write(`${comment(`route LOCAL traffic for ${name} external destinations`)} -m addrtype --src-type LOCAL -j ${clusterChain}`);
  }
  if (usable) write(`-j ${externalPolicyLocal ? localChain : clusterChain}`);
}

const endpointChain = ({ name, protocol }: ServicePortView, { text }: ProxyEndpoint): string => `KUBE-SEP-${chainHash(name + protocol + text)}`;

/** One endpoint by chance, or the one a client had before. */
function writeChoice(writer: RuleWriter, chain: string, port: ServicePortView, endpoints: readonly ProxyEndpoint[]): void {
  const { name, affinity, origin } = port;
  const mask = port.clusterIP.includes(':') ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : '255.255.255.255';
  if (affinity !== null)
    for (const endpoint of endpoints) {
      const target = endpointChain(port, endpoint);
      writer.write(
        'nat',
        chain,
        `${comment(`${name} -> ${endpoint.text}`)} -m recent --rcheck --seconds ${affinity} --reap --name ${target} --mask ${mask} --rsource -j ${target}`,
        [origin],
      );
    }
  for (const [i, endpoint] of endpoints.entries()) {
    const left = endpoints.length - i;
    // kube-proxy writes ten digits, the kernel keeps 31 bits, iptables-save prints eleven digits of them.
    const kept = Math.round(Number((1 / left).toFixed(10)) * 2 ** 31) / 2 ** 31;
    const chance = left > 1 ? `-m statistic --mode random --probability ${kept.toFixed(11)} ` : '';
    writer.write('nat', chain, `${comment(`${name} -> ${endpoint.text}`)} ${chance}-j ${endpointChain(port, endpoint)}`, [origin]);
  }
}

function writeEndpoint(writer: RuleWriter, port: ServicePortView, endpoint: ProxyEndpoint): void {
  const { name, protocol, affinity, origin } = port;
  const chain = endpointChain(port, endpoint);
  const isIpv6 = endpoint.address.includes(':');
  const mask = isIpv6 ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : '255.255.255.255';
  writer.write('nat', chain, `-s ${endpoint.address}/${isIpv6 ? 128 : 32} ${comment(name)} -j KUBE-MARK-MASQ`, [origin]);
  const remember = affinity === null ? '' : `-m recent --set --name ${chain} --mask ${mask} --rsource `;
  writer.write('nat', chain, `-p ${protocol} ${comment(name)} ${remember}-m ${protocol} -j DNAT --to-destination ${endpoint.text}`, [origin]);
}

/** Chains of the rules written, those that must be there although empty, and the jumps to them. */
export function collect(rules: readonly GeneratedRule[], always: readonly (readonly [TableName, string])[], jumps: readonly (readonly [TableName, string, string])[]): RuleChain[] {
  const chains = new Map<string, { table: TableName; name: string; rules: GeneratedRule[] }>();
  const chain = (table: TableName, name: string): GeneratedRule[] => {
    const key = `${table} ${name}`;
    let found = chains.get(key);
    if (!found) {
      found = { table, name, rules: [] };
      chains.set(key, found);
    }
    return found.rules;
  };
  for (const [table, name] of always) chain(table, name);
  for (const rule of rules) chain(rule.table, rule.chain).push(rule);
  const top = insertedAtTop(jumps);
  for (const [table, name, text] of top) {
    const target = text.replace(/^.* ?-j /, '');
    const kind = target === 'KUBE-FIREWALL' ? 'kubelet' : 'kube-proxy';
    chain(table, name).push({ row: `K:${target}`, table, chain: name, text, origins: [{ kind, name: '', field: '' }] });
  }
  return [...chains.values()];
}
