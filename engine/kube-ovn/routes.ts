/**
 * Routes and policy rules: what comes with addresses, what Kube-OVN adds for Subnets (`reconcileRouters` in
 * `pkg/daemon/controller_linux.go`), for external egress gateways (`setPolicyRouting`) and for kubelet's probes (`tproxy_linux.go`). Printed as
 * `ip -j route show table all` and `ip -j rule` print them (iproute2 6.1).
 */

import { ADDRESS_BITS, formatAddress, formatPrefix, makePrefix, parseAddress, type Family } from '../net/address.ts';
import type { Subnet } from './cluster.ts';
import { printList, type Link, type LinkAddress } from './interfaces.ts';
import { NODE_NIC } from './names.ts';
import { has } from './releases.ts';
import { contains, familyOf, firstOf, prefixOf, type FamilyView, type NodeView } from './view.ts';

type Printed = Readonly<Record<string, unknown>>;

/** `util.TProxyRouteTable`. */
const PROBE_TABLE = 10001;

/** A rule `from SOURCE lookup TABLE` and the way that table knows. */
interface EgressRule {
  readonly priority: number;
  readonly table: number;
  readonly source: string;
  readonly gateway: string;
}

/** Subnets with an external egress gateway send through it what the node forwards for them; natOutgoing switches it off. */
function egressRules({ cluster, node, clusterRouter }: NodeView, subnets: readonly Subnet[], family: Family): EgressRule[] {
  const rules = subnets.flatMap((subnet): EgressRule[] => {
    const { externalEgressGateways, natOutgoing, vlan, logicalGateway, vpc, deleting, gatewayType, gateways, name, cidrs } = subnet;
    const gateway = firstOf(family, externalEgressGateways);
    if (gateway === null || natOutgoing || (vlan !== '' && !logicalGateway) || vpc !== clusterRouter || deleting) return [];
    const rule = (source: string): EgressRule => ({ priority: subnet.policyRoutingPriority, table: subnet.policyRoutingTableId, source, gateway });
    if (gatewayType === 'centralized') return cidrs[family] !== undefined && gateways.some((one) => one.node === node.name) ? [rule(cidrs[family])] : [];
    return cluster.pods
      .filter((pod) => pod.node === node.name && pod.subnet === name && !pod.hostNetwork && !pod.deleting)
      .flatMap(({ ips }) => {
        const address = firstOf(family, ips);
        return address === null ? [] : [rule(`${address}/${ADDRESS_BITS[family]}`)];
      });
  });
  return rules.sort((a, b) => a.priority - b.priority);
}

/** Ways to Subnets by ovn0: overlay ones, and VLANs joined to the overlay where OVN does not balance Services for them. */
function subnetRoutes({ node, options, clusterRouter }: NodeView, subnets: readonly Subnet[], { family, joinGateway, nodeAddress }: FamilyView): Printed[] {
  const src = has(options.release, 'nodeAddressAsSource') && nodeAddress !== null ? { prefsrc: nodeAddress } : {};
  return subnets.flatMap(({ name, vpc, vlan, logicalGateway, u2oInterconnection, enableLb, cidrs }) => {
    const cidr = cidrs[family];
    const isUnderlay = vlan !== '' && !logicalGateway;
    if (vpc !== clusterRouter || cidr === undefined || name === options.joinSubnet || (isUnderlay && (!u2oInterconnection || enableLb === true))) return [];
    if (node.internalIPs.some((address) => contains(cidr, address))) return [];
    return [{ dst: shown(cidr), gateway: joinGateway, dev: NODE_NIC, protocol: 'static', ...src, ...(family === 'ipv6' ? { metric: 1024 } : {}) }];
  });
}

/** Everything `ip route` shows of one family. */
export function printRoutes(view: NodeView, subnets: readonly Subnet[], family: Family, links: readonly Link[], notes: string[]): string {
  const own = view.families.find((candidate) => candidate.family === family);
  const tail = family === 'ipv6' ? { metric: 1024 } : {};
  const tables: Printed[] = [];
  if (own && usesProbes(view)) tables.push({ type: 'local', dst: 'default', dev: 'lo', table: String(PROBE_TABLE), ...(family === 'ipv4' ? { scope: 'host' } : {}), ...tail });
  const made = new Set<string>();
  for (const { table, gateway } of own ? egressRules(view, subnets, family) : []) {
    if (made.has(`${table} ${gateway}`)) continue;
    made.add(`${table} ${gateway}`);
    const dev = links.find(({ up, addresses }) => up && addresses.some(({ address, length }) => contains(`${address}/${length}`, gateway)))?.name;
    if (dev === undefined) notes.push(`no interface of the node reaches the external egress gateway ${gateway}: its route is left out`);
    else tables.push({ dst: 'default', gateway, dev, table: String(table), protocol: 'static', ...tail });
  }
  const main: Printed[] = own ? [...subnetRoutes(view, subnets, own)] : [];
  const local: Printed[] = [];
  for (const link of links) {
    const prefixes = new Set<string>();
    for (const address of link.addresses.filter((candidate) => candidate.family === family)) {
      local.push(...localRoutes(link, address));
      const network = formatPrefix(makePrefix(family, parseAddress(address.address)?.words ?? [], address.length));
      if (prefixes.has(network) || link.isLoopback || !link.up) continue;
      prefixes.add(network);
      if (address.length === ADDRESS_BITS[family]) continue;
      main.push(
        family === 'ipv4'
          ? { dst: network, dev: link.name, protocol: 'kernel', scope: 'link', prefsrc: address.primary }
          : { dst: network, dev: link.name, protocol: 'kernel', metric: 256 },
      );
      local.push(...networkRoutes(link, address, network));
    }
    if (family === 'ipv6' && link.up && !link.isLoopback && link.addresses.some((candidate) => candidate.family === 'ipv6'))
      local.push({ type: 'multicast', dst: 'ff00::/8', dev: link.name, table: 'local', protocol: 'kernel', metric: 256 });
  }
  const defaults = links.flatMap(({ name, gateways }) =>
    gateways.filter((gateway) => familyOf(gateway) === family).map((gateway): Printed => ({ dst: 'default', gateway, dev: name, ...tail })),
  );
  const sorted = (routes: readonly Printed[]): Printed[] => [...routes].sort(byDestination);
  const all = family === 'ipv4' ? [...tables, ...defaults, ...sorted(main), ...sorted(local)] : [...tables, ...sorted(main), ...defaults, ...sorted(local)];
  return printList(all.map((route) => ({ ...route, flags: [], ...(family === 'ipv6' ? { pref: 'medium' } : {}) })));
}

function localRoutes({ name, isLoopback }: Link, { family, address, primary }: LinkAddress): Printed[] {
  const head = { dev: name, table: 'local', protocol: 'kernel' };
  if (family === 'ipv6') return [{ type: 'local', dst: address, ...head, metric: 0 }];
  const host = { type: 'local', dst: address, ...head, scope: 'host', prefsrc: primary };
  return isLoopback ? [{ ...host, dst: '127.0.0.0/8' }, host, { type: 'broadcast', dst: '127.255.255.255', ...head, scope: 'link', prefsrc: primary }] : [host];
}

/** What a prefix brings along: its broadcast address; in IPv6 the routers' anycast address, since the node forwards. */
function networkRoutes({ name }: Link, { family, length, primary }: LinkAddress, network: string): Printed[] {
  const head = { dev: name, table: 'local', protocol: 'kernel' };
  const { words, mask } = prefixOf(network);
  if (family === 'ipv6') return length > 126 ? [] : [{ type: 'anycast', dst: formatAddress(family, words), ...head, metric: 0 }];
  if (length > 30) return [];
  return [{ type: 'broadcast', dst: formatAddress(family, [((words[0] as number) | ~(mask[0] as number)) >>> 0]), ...head, scope: 'link', prefsrc: primary }];
}

/** A prefix of full length shows as an address. */
function shown(cidr: string): string {
  const { family, words, length } = prefixOf(cidr);
  return length === ADDRESS_BITS[family] ? formatAddress(family, words) : cidr;
}

function byDestination(a: Printed, b: Printed): number {
  const [left, right] = [prefixOf(String(a.dst)), prefixOf(String(b.dst))];
  for (const [i, word] of left.words.entries()) if (word !== right.words[i]) return word - (right.words[i] as number);
  return (left.length ?? 0) - (right.length ?? 0);
}

function usesProbes({ options }: NodeView): boolean {
  return options.enableTproxy && (has(options.release, 'tproxy') || options.order === 'documented');
}

/** What `ip rule` shows. The two rules of the probes are added without a priority, and get those below table main's. */
export function printPolicyRules(view: NodeView, subnets: readonly Subnet[], family: Family): string {
  const has = view.families.some((candidate) => candidate.family === family);
  const probe = (priority: number, mark: string): Printed => ({ priority, src: 'all', fwmark: mark, fwmask: mark, table: String(PROBE_TABLE) });
  const probes = has && usesProbes(view) ? [probe(32764, '0x90004'), probe(32765, '0x90003')] : [];
  const egress = (has ? egressRules(view, subnets, family) : []).map(({ priority, table, source }): Printed => {
    const { words, length } = prefixOf(source);
    return { priority, src: formatAddress(family, words), ...(length === ADDRESS_BITS[family] ? {} : { srclen: length }), table: String(table) };
  });
  const between = [...egress, ...probes].sort((a, b) => Number(a.priority) - Number(b.priority));
  const last: Printed[] = family === 'ipv4' ? [{ priority: 32767, src: 'all', table: 'default' }] : [];
  return printList([{ priority: 0, src: 'all', table: 'local' }, ...between, { priority: 32766, src: 'all', table: 'main' }, ...last]);
}
