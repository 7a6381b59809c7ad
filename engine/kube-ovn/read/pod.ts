/** A Pod: where it is, its addresses, the Subnet of its primary network, the ports that kubelet probes, and those that the node has as well. */

import type { HostPort, Pod } from '../cluster.ts';
import { splitWords } from '../options.ts';
import type { ObjectReader } from './object.ts';

interface ProbeJson {
  readonly httpGet?: { readonly port?: number | string };
  readonly tcpSocket?: { readonly port?: number | string };
  readonly grpc?: { readonly port?: number | string };
}

interface PortJson {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly protocol?: string;
  readonly hostIP?: string;
}

interface ContainerJson {
  readonly livenessProbe?: ProbeJson;
  readonly readinessProbe?: ProbeJson;
  readonly ports?: readonly PortJson[];
}

/** Null if something in it has no meaning; the reader has said what. */
export function readPod(reader: ObjectReader): Pod | null {
  const annotations = reader.get<Readonly<Record<string, string>>>('annotations') ?? {};
  const listed = (reader.get<readonly { readonly ip?: string }[]>('podIPs') ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  const written = reader.get<readonly string[]>('ips');
  const ips = written
    ? reader.addresses('ips', written)
    : listed.length > 0
      ? reader.addresses('podIPs', listed, (i) => [i, 'ip'])
      : reader.text('podIP') !== ''
        ? reader.addresses('podIP', [reader.text('podIP')], () => [])
        : reader.addresses('annotations', splitWords(annotations['ovn.kubernetes.io/ip_address'] ?? ''), () => ['ovn.kubernetes.io/ip_address']);
  const containers = reader.get<readonly ContainerJson[]>('containers') ?? [];
  const { plain, later } = probePorts(containers);
  const hostPorts = [
    ...containers.flatMap(({ ports = [] }, i) => ports.flatMap((port, j) => readHostPort(reader, port, 'containers', [i, 'ports', j, 'hostIP']))),
    ...(reader.get<readonly PortJson[]>('hostPorts') ?? []).flatMap((port, i) => readHostPort(reader, port, 'hostPorts', [i, 'hostIP'])),
  ];
  for (const port of reader.get<readonly number[]>('probes') ?? []) plain.add(port);
  if (!reader.ok) return null;
  const sorted = (ports: ReadonlySet<number>): number[] => [...ports].filter((port) => port > 0).sort((a, b) => a - b);
  return {
    namespace: reader.text('namespace', 'default'),
    name: reader.name,
    node: reader.text('nodeName', reader.text('node')),
    ips,
    subnet: reader.get<string>('subnet') ?? annotations['ovn.kubernetes.io/logical_switch'] ?? null,
    hostNetwork: reader.truth('hostNetwork'),
    deleting: reader.get<string>('deletionTimestamp') !== undefined,
    probePorts: sorted(plain),
    laterProbePorts: sorted(later),
    hostPorts,
    sandbox: reader.get<string>('sandbox') ?? null,
  };
}

/** None if the port is the pod's alone; `place` is where its hostIP stands. */
function readHostPort(
  reader: ObjectReader,
  { containerPort, hostPort = 0, protocol = 'TCP', hostIP = '' }: PortJson,
  field: string,
  place: readonly (string | number)[],
): HostPort[] {
  if (hostPort === 0) return [];
  const [address] = hostIP === '' ? [] : reader.addresses(field, [hostIP], () => place);
  return [{ hostPort, containerPort, protocol: protocol.toLowerCase(), hostIP: address ?? null }];
}

/** Liveness and readiness probes; startup probes are not looked at (`pkg/daemon/tproxy_linux.go`, getProbePorts). */
function probePorts(containers: readonly ContainerJson[]): { readonly plain: Set<number>; readonly later: Set<number> } {
  const plain = new Set<number>();
  const later = new Set<number>();
  for (const { livenessProbe, readinessProbe, ports = [] } of containers)
    for (const probe of [livenessProbe, readinessProbe]) {
      const port = probe?.tcpSocket?.port ?? probe?.httpGet?.port;
      if (typeof port === 'number') plain.add(port);
      const named = port ?? probe?.grpc?.port;
      const number = typeof named === 'string' ? ports.find(({ name }) => name === named)?.containerPort : named;
      if (typeof port !== 'number' && number !== undefined) later.add(number);
    }
  return { plain, later };
}
