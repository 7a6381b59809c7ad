/** Services and the endpoints behind them, as kube-proxy puts them together. */

import { parseAddress } from '../../net/address.ts';
import type { Endpoint, Service, ServicePort } from '../cluster.ts';
import { formatPrefix, parsePrefix } from '../../net/address.ts';
import type { ObjectReader } from './object.ts';

interface PortJson {
  readonly name?: string;
  readonly protocol?: string;
  readonly port: number;
  readonly nodePort?: number;
  readonly targetPort?: number | string;
}

/** Endpoints of one EndpointSlice. */
export interface Slice {
  /** `default/web`. */
  readonly service: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly endpoints: readonly { readonly addresses: readonly string[]; readonly node: string | null }[];
}

/** Seconds of ClientIP affinity where the Service says none (`DefaultClientIPServiceAffinitySeconds`). */
const DEFAULT_AFFINITY = 10800;

/** Null if something in it has no meaning; the reader has said what. Endpoints of slices come in later. */
export function readService(reader: ObjectReader): Service | null {
  const type = reader.text('type', 'ClusterIP');
  const written = reader.get<readonly string[]>('clusterIPs');
  const single = reader.text('clusterIP');
  const clusterIPs = written
    ? reader.addresses(
        'clusterIPs',
        written.filter((word) => word !== 'None'),
      )
    : reader.addresses(
        'clusterIP',
        [single].filter((word) => word !== '' && word !== 'None'),
        () => [],
      );
  const externalIPs = reader.addresses('externalIPs', reader.get<readonly string[]>('externalIPs') ?? []);
  const ingress = reader.get<{ readonly ingress?: readonly { readonly ip?: string }[] }>('loadBalancer')?.ingress ?? [];
  const loadBalancerIPs = [
    ...ingress.flatMap(({ ip }, i) => (ip === undefined ? [] : reader.addresses('loadBalancer', [ip], () => ['ingress', i, 'ip']))),
    ...reader.addresses('loadBalancerIPs', reader.get<readonly string[]>('loadBalancerIPs') ?? []),
  ];
  const sourceRanges = (reader.get<readonly string[]>('loadBalancerSourceRanges') ?? []).flatMap((word, i): string[] => {
    const prefix = parsePrefix(word.trim());
    if (prefix) return [formatPrefix(prefix)];
    reader.fieldProblem('error', 'loadBalancerSourceRanges', [i], `"${word}" is no prefix`, 'write 203.0.113.0/24');
    return [];
  });
  const ports = (reader.get<readonly PortJson[]>('ports') ?? []).map((port, i) => readPort(reader, port, i));
  // Ports that are given and wrong have been told of.
  if (reader.ok && clusterIPs.length > 0 && ports.length === 0) reader.fieldProblem('warning', 'ports', [], 'there are no "ports", so kube-proxy does nothing for it', '');
  if (ports.length > 1 && ports.some(({ name }) => name === '')) reader.fieldProblem('error', 'ports', [], 'with several ports each needs a name', 'give every port a "name"');
  if (!reader.ok) return null;
  const affinity = reader.get<{ readonly clientIP?: { readonly timeoutSeconds?: number } }>('sessionAffinityConfig')?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY;
  return {
    namespace: reader.text('namespace', 'default'),
    name: reader.name,
    type,
    clusterIPs: type === 'ExternalName' ? [] : clusterIPs,
    externalIPs,
    loadBalancerIPs: type === 'LoadBalancer' ? loadBalancerIPs : [],
    sourceRanges,
    externalPolicyLocal: reader.text('externalTrafficPolicy') === 'Local',
    internalPolicyLocal: reader.text('internalTrafficPolicy') === 'Local',
    affinity: reader.text('sessionAffinity') === 'ClientIP' ? affinity : null,
    healthCheckNodePort: type === 'LoadBalancer' && reader.text('externalTrafficPolicy') === 'Local' ? reader.number('healthCheckNodePort') : 0,
    ports: type === 'ClusterIP' ? ports.map((port) => ({ ...port, nodePort: 0 })) : ports,
  };
}

type EndpointJson = string | { readonly address: string; readonly port?: number; readonly node?: string };

function readPort(reader: ObjectReader, { name = '', protocol = 'TCP', port, nodePort = 0, targetPort }: PortJson, index: number): ServicePort {
  const written = reader.get<readonly EndpointJson[]>('endpoints') ?? [];
  const endpoints = written.flatMap((item, i): Endpoint[] => {
    const { address, port: own, node } = typeof item === 'string' ? { address: item, port: undefined, node: undefined } : item;
    const target = own ?? (typeof targetPort === 'number' ? targetPort : targetPort === undefined ? port : null);
    if (target === null) {
      if (index === 0) reader.fieldProblem('error', 'endpoints', [i], `the port named "${targetPort}" has no number here`, 'give the endpoint as {address, port}');
      return [];
    }
    // One mistake is told once, not once a port.
    const addresses = index === 0 ? reader.addresses('endpoints', [address], () => (typeof item === 'string' ? [i] : [i, 'address'])) : [canonical(address)];
    return addresses.map((text) => ({ address: text, port: target, node: node ?? null }));
  });
  return { name, protocol: protocol.toLowerCase(), port, nodePort, endpoints };
}

const canonical = (address: string): string => formatPrefix(parsePrefix(address) ?? (parsePrefix('::') as NonNullable<ReturnType<typeof parsePrefix>>)).replace(/\/\d+$/, '');

/** An EndpointSlice; null for one of a Service that is not named, or of host names. */
export function readSlice(reader: ObjectReader): Slice | null {
  const service = reader.get<Readonly<Record<string, string>>>('labels')?.['kubernetes.io/service-name'];
  if (reader.text('addressType') === 'FQDN' || !reader.ok) return null;
  if (service === undefined) {
    reader.fieldProblem('note', 'labels', [], 'the label "kubernetes.io/service-name" is missing, so it belongs to no Service', '');
    return null;
  }
  const endpoints = (
    reader.get<readonly { readonly addresses: readonly string[]; readonly nodeName?: string; readonly conditions?: { readonly ready?: boolean } }[]>('endpoints') ?? []
  ).flatMap(({ addresses, nodeName, conditions }, i) =>
    // Absent means ready (API reference).
    conditions?.ready === false ? [] : [{ addresses: reader.addresses('endpoints', addresses, (j) => [i, 'addresses', j]), node: nodeName ?? null }],
  );
  const ports = (reader.get<readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[]>('ports') ?? []).flatMap(
    ({ name = '', port, protocol = 'TCP' }) => (port === undefined ? [] : [{ name, port, protocol: protocol.toLowerCase() }]),
  );
  if (!reader.ok) return null;
  return { service: `${reader.text('namespace', 'default')}/${service}`, ports, endpoints };
}

/** The Service with the endpoints of its slices, each once, in the order of address and port. */
export function withSlices(service: Service, slices: readonly Slice[]): Service {
  const own = slices.filter((slice) => slice.service === `${service.namespace}/${service.name}`);
  const ports = service.ports.map((port) => {
    const found = own.flatMap((slice) =>
      slice.ports
        .filter((candidate) => candidate.name === port.name && candidate.protocol === port.protocol)
        .flatMap((candidate) => slice.endpoints.flatMap(({ addresses, node }) => addresses.slice(0, 1).map((address): Endpoint => ({ address, port: candidate.port, node })))),
    );
    const all = new Map([...port.endpoints, ...found].map((endpoint) => [`${endpoint.address} ${endpoint.port}`, endpoint]));
    return { ...port, endpoints: [...all.values()].sort(byAddress) };
  });
  return { ...service, ports };
}

function byAddress(a: Endpoint, b: Endpoint): number {
  const [left, right] = [parseAddress(a.address)?.words ?? [], parseAddress(b.address)?.words ?? []];
  for (const [i, word] of left.entries()) if (word !== right[i]) return word - (right[i] ?? -1);
  return left.length - right.length || a.port - b.port;
}
