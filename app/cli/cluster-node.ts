/** A node of a cluster's file: its options and those of the command line, what is wrong with either, and the snapshot they ask for. */

import {
  generateNode,
  KUBE_PROXY_CHAINS,
  KUBE_PROXY_MODES,
  NETWORK_TYPES,
  readOptions,
  RELEASE_SERIES,
  RULE_ORDERS,
  type ClusterProblem,
  type GeneratedNode,
  type NodeOptions,
} from '../../engine/index.ts';
import type { ClusterFile } from './cluster-file.ts';
import { Refusal, type CommandLine } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Options of the command line, and the switch each sets. */
export const SWITCHES: Readonly<Record<string, { readonly key: string; readonly placeholder: string; readonly help: string; readonly isTruth?: boolean }>> = {
  node: { key: 'node', placeholder: 'NAME', help: 'which node; may be left out if there is only one' },
  release: { key: 'release', placeholder: 'RELEASE', help: `Kube-OVN: ${RELEASE_SERIES.join(', ')}, or a tag like v1.12.4; master if left out` },
  'kube-proxy': { key: 'kubeProxy', placeholder: KUBE_PROXY_MODES.join('|'), help: 'mode of kube-proxy; iptables if left out' },
  order: { key: 'order', placeholder: RULE_ORDERS.join('|'), help: 'rules as installed, or as the documentation prints them' },
  'kube-proxy-chains': { key: 'kubeProxyChains', placeholder: KUBE_PROXY_CHAINS.join('|'), help: 'where kube-proxy’s jumps stand; below if left out' },
  'network-type': { key: 'networkType', placeholder: NETWORK_TYPES.join('|'), help: 'tunnel between nodes; geneve if left out' },
  'enable-lb': { key: 'enableLb', placeholder: 'true|false', help: 'OVN balances ClusterIPs; true if left out', isTruth: true },
  'enable-tproxy': { key: 'enableTproxy', placeholder: 'true|false', help: 'probes of pods in custom VPCs go through a proxy; false if left out', isTruth: true },
  'service-cidr': { key: 'serviceCidr', placeholder: 'CIDR[,CIDR]', help: 'prefixes of ClusterIPs' },
  'cluster-cidr': { key: 'clusterCidr', placeholder: 'CIDR[,CIDR]', help: 'clusterCIDR of kube-proxy; not set if left out' },
  'node-local-dns': { key: 'nodeLocalDns', placeholder: 'ADDRESS[,…]', help: 'addresses of NodeLocal DNS' },
  'ipvs-scheduler': { key: 'ipvsScheduler', placeholder: 'NAME', help: 'scheduler of IPVS; rr if left out' },
};

/** Warnings go to standard error; a description that cannot be used is refused. A command may have some of the switches only. */
export function generatedNode(file: ClusterFile, line: Pick<CommandLine, 'value'>, terminal: Terminal): GeneratedNode {
  for (const problem of file.problems) if (problem.severity !== 'error') terminal.writeError(`packetwalk: ${problem.severity}: ${placed(file, problem)}\n`);
  const errors = file.problems.filter(({ severity }) => severity === 'error');
  if (file.cluster === null) throw new Refusal(errors.map((problem) => placed(file, problem)).join('\npacketwalk: '));
  const options = optionsOf(line, file, (warning) => terminal.writeError(`packetwalk: warning: ${file.name}: ${warning}\n`));
  const [only] = file.cluster.nodes;
  const node = generateNode(file.cluster, options.node === '' && file.cluster.nodes.length === 1 && only ? { ...options, node: only.name } : options);
  if ('failure' in node) throw new Refusal(node.failure, { file: file.name, hint: options.node === '' ? `write --node NAME; ${node.hint}` : node.hint });
  return node;
}

/** `cluster.yaml:7:20: Subnet "net1": spec.cidrBlock: … ; hint`. */
function placed(file: ClusterFile, { document, path, message, hint }: ClusterProblem): string {
  const place = path.length === 0 ? null : file.locate(document, path);
  return `${[file.name, ...(place ? [place.line, place.column] : [])].join(':')}: ${message}${hint === '' ? '' : `; ${hint}`}`;
}

/** Switches of the file, and over them those of the command line. */
function optionsOf(line: Pick<CommandLine, 'value'>, file: ClusterFile, warn: (text: string) => void): NodeOptions {
  const given = Object.fromEntries(
    Object.entries(SWITCHES).flatMap(([name, { key, isTruth }]) => {
      const value = line.value(name);
      return value === null ? [] : [[key, isTruth && /^(true|false)$/.test(value) ? value === 'true' : value]];
    }),
  ) as Readonly<Record<string, unknown>>;
  const { options, problems } = readOptions({ ...file.options, ...given });
  for (const { unknown, message, hint } of problems) if (unknown) warn(`options: ${message}${hint === '' ? '' : `; ${hint}`}`);
  const [problem] = problems.filter(({ unknown }) => !unknown);
  if (options === null) {
    const key = String(problem?.path[0] ?? '');
    const name = Object.entries(SWITCHES).find(([, option]) => option.key === key)?.[0];
    if (name !== undefined && Object.hasOwn(given, key)) throw new Refusal(`--${name}: ${problem?.message}`, { hint: problem?.hint ?? '' });
    throw new Refusal(`options: ${problem?.message}`, { file: file.name, hint: problem?.hint ?? '' });
  }
  return options;
}
