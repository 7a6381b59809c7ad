/**
 * What the CNI portmap plugin writes for pods with hostPorts (containernetworking/plugins v1.9.1, `plugins/meta/portmap/portmap_iptables.go`).
 * Kube-OVN's own conflist runs it after itself, under the name "kube-ovn". Its jump in POSTROUTING is put at the top, all other rules at the
 * end, and pods come after kube-proxy and kube-ovn-cni: so it masquerades first and translates last.
 */

import { formatPrefix, type Family } from '../net/address.ts';
import { utf8Bytes } from '../net/utf8.ts';
import type { Pod } from './cluster.ts';
import { comment, hostPort, RuleWriter } from './kube-proxy/service-port.ts';
import { collect } from './kube-proxy/iptables.ts';
import { sha256 } from './sha256.ts';
import { sha512Hex } from './sha512.ts';
import type { RuleChain } from './tables.ts';
import { contains, familyOf, firstOf, prefixOf, type NodeView } from './view.ts';

/** Name of the network in `dist/images/01-kube-ovn.conflist`. */
const NETWORK = 'kube-ovn';
/** multiport takes no more. */
const MAX_PORTS = 15;

const nameOf = ({ namespace, name }: Pod): string => `${namespace}/${name}`;

/** `CNI-DN-` and hexadecimal digits, 28 characters in all (`pkg/utils/utils.go`, MustFormatChainNameWithPrefix). */
export function hostPortChainName(network: string, sandbox: string): string {
  return `CNI-DN-${sha512Hex(Uint8Array.from(utf8Bytes(network + sandbox)))}`.slice(0, 28);
}

/** The id of the pod's sandbox. The API does not know it; if none is given, one is made from the pod's name. */
function sandboxOf(pod: Pod): string {
  if (pod.sandbox !== null) return pod.sandbox;
  return [...sha256(Uint8Array.from(utf8Bytes(nameOf(pod))))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Pods of this node for which the plugin is called, by name. */
export function hostPortPods({ cluster, node }: NodeView): readonly Pod[] {
  return cluster.pods.filter((pod) => pod.node === node.name && !pod.hostNetwork && pod.hostPorts.length > 0).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

interface HostPortChains {
  /** To stand above everybody else's rules. */
  readonly top: readonly RuleChain[];
  /** To stand below them. */
  readonly bottom: readonly RuleChain[];
}

export function hostPortChains(node: NodeView, family: Family): HostPortChains {
  const pods = hostPortPods(node).filter(({ ips }) => firstOf(family, ips) !== null);
  if (pods.length === 0) return { top: [], bottom: [] };
  const plugin = [{ kind: 'CNI portmap', name: '', field: '' }] as const;
  const top = new RuleWriter();
  top.write('nat', 'POSTROUTING', `${comment('CNI portfwd requiring masquerade')} -j CNI-HOSTPORT-MASQ`, plugin, 'K:CNI-HOSTPORT-MASQ');
  const bottom = new RuleWriter();
  for (const chain of ['PREROUTING', 'OUTPUT']) bottom.write('nat', chain, '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT', plugin, 'K:CNI-HOSTPORT-DNAT');
  bottom.write('nat', 'CNI-HOSTPORT-SETMARK', `${comment('CNI portfwd masquerade mark')} -j MARK --set-xmark 0x2000/0x2000`, plugin);
  bottom.write('nat', 'CNI-HOSTPORT-MASQ', '-m mark --mark 0x2000/0x2000 -j MASQUERADE', plugin);
  for (const pod of pods) writePod(bottom, node, family, pod);
  // A pod whose ports all want an address of the other family has a chain with nothing in it.
  const chains = pods.map((pod) => ['nat', hostPortChainName(NETWORK, sandboxOf(pod))] as const);
  return { top: collect(top.rules, [], []), bottom: collect(bottom.rules, chains, []) };
}

function writePod(writer: RuleWriter, node: NodeView, family: Family, pod: Pod): void {
  const address = firstOf(family, pod.ips) ?? '';
  const sandbox = sandboxOf(pod);
  const chain = hostPortChainName(NETWORK, sandbox);
  const origins = [{ kind: 'Pod' as const, name: nameOf(pod), field: 'spec.containers[].ports[].hostPort' }];
  const about = comment(`dnat name: "${NETWORK}" id: "${sandbox}"`);
  for (const protocol of [...new Set(pod.hostPorts.map((port) => port.protocol))].sort()) {
    const ports = pod.hostPorts.filter((port) => port.protocol === protocol).map((port) => port.hostPort);
    for (let i = 0; i < ports.length; i += MAX_PORTS)
      writer.write('nat', 'CNI-HOSTPORT-DNAT', `-p ${protocol} ${about} -m multiport --dports ${ports.slice(i, i + MAX_PORTS).join(',')} -j ${chain}`, origins);
  }
  const range = podPrefix(node, pod, address);
  for (const { hostPort: port, containerPort, protocol, hostIP } of pod.hostPorts) {
    if (hostIP !== null && familyOf(hostIP) !== family) continue;
    const isAny = hostIP === null || hostIP === '0.0.0.0' || hostIP === '::';
    const match = `${isAny ? '' : `-d ${hostIP}/${family === 'ipv4' ? 32 : 128} `}-p ${protocol} -m ${protocol} --dport ${port}`;
    writer.write('nat', chain, `-s ${range} ${match} -j CNI-HOSTPORT-SETMARK`, origins);
    if (family === 'ipv4') writer.write('nat', chain, `-s 127.0.0.1/32 ${match} -j CNI-HOSTPORT-SETMARK`, origins);
    writer.write('nat', chain, `${match} -j DNAT --to-destination ${hostPort(address, containerPort)}`, origins);
  }
}

/** Kube-OVN gives the pod its address with the length of the Subnet's prefix, so the whole Subnet counts as "the pod itself" (`cmd/cni/cni.go`). */
function podPrefix({ subnets }: NodeView, pod: Pod, address: string): string {
  const family = familyOf(address);
  const named = subnets.filter(({ name }) => name === pod.subnet);
  const cidr = (named.length > 0 ? named : subnets).map(({ cidrs }) => cidrs[family]).find((prefix) => prefix !== undefined && contains(prefix, address));
  return cidr === undefined ? `${address}/${family === 'ipv4' ? 32 : 128}` : formatPrefix(prefixOf(cidr));
}
