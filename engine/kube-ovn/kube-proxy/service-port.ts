/** A port of a Service in one family, as kube-proxy sees it from one node. */

import type { Family } from '../../net/address.ts';
import { parseAddress } from '../../net/address.ts';
import type { TableName } from '../../model/hook.ts';
import type { Cluster, ObjectReference } from '../cluster.ts';
import { savedWord } from '../names.ts';
import type { GeneratedRule } from '../tables.ts';
import { familyOf, firstOf, type NodeView } from '../view.ts';

export interface ProxyEndpoint {
  readonly address: string;
  readonly port: number;
  /** `10.16.0.30:8080`, `[fd00:10:16::1e]:8080`. */
  readonly text: string;
  readonly isLocal: boolean;
}

export interface ServicePortView {
  /** `default/web`, `default/web:http`. */
  readonly name: string;
  readonly protocol: string;
  readonly clusterIP: string;
  readonly port: number;
  readonly nodePort: number;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  readonly sourceRanges: readonly string[];
  readonly externalPolicyLocal: boolean;
  readonly internalPolicyLocal: boolean;
  readonly affinity: number | null;
  readonly healthCheckNodePort: number;
  readonly endpoints: readonly ProxyEndpoint[];
  readonly origin: ObjectReference;
}

export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Services with a ClusterIP of the family, by name; headless ones and ExternalNames are passed over. */
export function servicePorts({ cluster, node }: NodeView, family: Family): ServicePortView[] {
  const nodes = nodesByAddress(cluster);
  const found = cluster.services.flatMap((service) => {
    const clusterIP = firstOf(family, service.clusterIPs);
    if (clusterIP === null) return [];
    const name = `${service.namespace}/${service.name}`;
    const ofFamily = (addresses: readonly string[]): string[] => addresses.filter((address) => familyOf(address) === family);
    return service.ports.map(
      (port): ServicePortView => ({
        name: port.name === '' ? name : `${name}:${port.name}`,
        protocol: port.protocol,
        clusterIP,
        port: port.port,
        nodePort: port.nodePort,
        externalIPs: ofFamily(service.externalIPs),
        loadBalancerIPs: ofFamily(service.loadBalancerIPs),
        sourceRanges: ofFamily(service.sourceRanges),
        externalPolicyLocal: service.externalPolicyLocal,
        internalPolicyLocal: service.internalPolicyLocal,
        affinity: service.affinity,
        healthCheckNodePort: service.healthCheckNodePort,
        endpoints: port.endpoints
          .filter(({ address }) => familyOf(address) === family)
          .map((endpoint) => ({
            address: endpoint.address,
            port: endpoint.port,
            text: hostPort(endpoint.address, endpoint.port),
            isLocal: (endpoint.node ?? nodes.get(endpoint.address)) === node.name,
          })),
        origin: { kind: 'Service', name, field: '' },
      }),
    );
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.protocol < b.protocol ? -1 : 1));
}

/** Node of an endpoint that does not say: that of the pod, or the node whose address it is. */
function nodesByAddress({ nodes, pods }: Cluster): ReadonlyMap<string, string> {
  return new Map([
    ...nodes.flatMap(({ internalIPs, name }) => internalIPs.map((address) => [address, name] as const)),
    ...pods.flatMap(({ ips, node }) => ips.map((address) => [address, node] as const)),
  ]);
}

/** Numeric order, so that the same addresses always make the same text. */
export function byAddress(a: string, b: string): number {
  const [left, right] = [parseAddress(a)?.words ?? [], parseAddress(b)?.words ?? []];
  for (const [i, word] of left.entries()) if (word !== right[i]) return word - (right[i] ?? 0);
  return 0;
}

/** Rules of kube-proxy and its neighbours, row by row named after their chain, or after what they jump to. */
export class RuleWriter {
  readonly rules: GeneratedRule[] = [];

  write(table: TableName, chain: string, text: string, origins: readonly ObjectReference[] = [{ kind: 'kube-proxy', name: '', field: '' }], row = `K:${chainKind(chain)}`): void {
    this.rules.push({ row, table, chain, text, origins });
  }
}

/** `KUBE-SVC-NPX46M4PTMTKRN6Y` → `KUBE-SVC`, `CNI-DN-67e92b96e692a494b6b85` → `CNI-DN`. */
export function chainKind(chain: string): string {
  return chain.replace(/^(KUBE-(?:SVC|SVL|SEP|EXT|FW)-[A-Z2-7]{16}|CNI-DN-[0-9a-f]{21})$/, (name) => name.slice(0, name.lastIndexOf('-')));
}

export const comment = (text: string): string => `-m comment --comment ${savedWord(text)}`;
