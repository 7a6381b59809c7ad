/** The switches: which node, which release, and how Kube-OVN and kube-proxy are started. Names and defaults are those of `dist/images/install.sh` where it has them. */

import { choice, mismatches, object, optional, text, truth, type Infer } from '../model/shape.ts';
import { formatPrefix, parseAddress, parsePrefix, type Family } from '../net/address.ts';
import { parseRelease, type Release } from './releases.ts';

export const KUBE_PROXY_MODES = ['iptables', 'ipvs', 'nftables', 'none'] as const;
export const NETWORK_TYPES = ['geneve', 'vxlan'] as const;
export const RULE_ORDERS = ['installed', 'documented'] as const;
export const KUBE_PROXY_CHAINS = ['below', 'above'] as const;

/** As written by hand, under `options` or as arguments of the command line. */
export const optionsShape = object('KubeOvnOptions', {
  node: optional(text('Name of the node.')),
  release: optional(text('Kube-OVN release: a series like v1.12, a tag like v1.12.4, or master. Default master.')),
  kubeProxy: optional(choice(KUBE_PROXY_MODES, 'Mode of kube-proxy. Default iptables.')),
  enableLb: optional(truth('OVN balances ClusterIPs before packets reach the node. Default true.')),
  enableTproxy: optional(truth('kubelet’s probes of pods in custom VPCs go through a proxy on the node. Default false.')),
  networkType: optional(choice(NETWORK_TYPES, 'Tunnel between nodes. Default geneve.')),
  order: optional(choice(RULE_ORDERS, 'Rules as kube-ovn-cni installs them, or as the documentation prints them. Default installed.')),
  kubeProxyChains: optional(choice(KUBE_PROXY_CHAINS, 'Where kube-proxy’s jumps stand in the built-in chains. Default below, as after a boot.')),
  serviceCidr: optional(text('Prefixes of ClusterIPs, one a family, with a comma between. Default 10.96.0.0/12,fd00:10:96::/108.')),
  clusterCidr: optional(text('clusterCIDR of kube-proxy, one prefix a family. Default: not set.')),
  nodeLocalDns: optional(text('Addresses of NodeLocal DNS, with commas between. Default none.')),
  ipvsScheduler: optional(text('Scheduler of IPVS. Default rr.', /^[a-z]{1,16}$/, 'a scheduler like rr')),
  clusterRouter: optional(text('Name of the default VPC. Default ovn-cluster.')),
  joinSubnet: optional(text('Name of the Subnet between nodes and router. Default join.')),
});
export type OptionsJson = Infer<typeof optionsShape>;

export interface NodeOptions {
  readonly node: string;
  readonly release: Release;
  readonly kubeProxy: (typeof KUBE_PROXY_MODES)[number];
  readonly enableLb: boolean;
  readonly enableTproxy: boolean;
  readonly networkType: (typeof NETWORK_TYPES)[number];
  readonly order: (typeof RULE_ORDERS)[number];
  readonly kubeProxyChains: (typeof KUBE_PROXY_CHAINS)[number];
  /** Canonical prefixes by family; a family may be missing. */
  readonly serviceCidr: Readonly<Partial<Record<Family, string>>>;
  readonly clusterCidr: Readonly<Partial<Record<Family, string>>>;
  readonly nodeLocalDns: readonly string[];
  readonly ipvsScheduler: string;
  /** Null: as the Vpc objects say, else `ovn-cluster`. */
  readonly clusterRouter: string | null;
  readonly joinSubnet: string;
}

export interface OptionProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string;
  /** An unknown field, which is passed over. */
  readonly unknown: boolean;
}

export const DEFAULT_SERVICE_CIDR = '10.96.0.0/12,fd00:10:96::/108';

/** Fills in defaults. `options` is null if a switch has no meaning; the node's name may still be empty. */
export function readOptions(value: unknown): { readonly options: NodeOptions | null; readonly problems: readonly OptionProblem[] } {
  const problems: OptionProblem[] = mismatches(optionsShape, value).map((mismatch) => ({ ...mismatch, unknown: mismatch.message.startsWith('unknown field ') }));
  if (problems.some(({ unknown }) => !unknown)) return { options: null, problems };
  const given = value as OptionsJson;
  const fail = (field: string, message: string, hint: string): void => void problems.push({ path: [field], message, hint, unknown: false });
  const release = parseRelease(given.release ?? 'master');
  if (typeof release === 'string') fail('release', `unknown release "${given.release}"`, release);
  const prefixes = (field: 'serviceCidr' | 'clusterCidr', written: string): Partial<Record<Family, string>> => {
    const found: Partial<Record<Family, string>> = {};
    for (const word of splitWords(written)) {
      const prefix = parsePrefix(word);
      if (!prefix || prefix.length === null) fail(field, `${field}: "${word}" is no prefix`, 'write one a family, like 10.96.0.0/12,fd00:10:96::/108');
      else if (prefix.length === 0) fail(field, `${field}: a set of type hash:net cannot hold "${word}"`, 'give the prefix that the cluster uses');
      else if (found[prefix.family]) fail(field, `${field}: "${word}" is the second prefix of its family`, 'give one a family');
      else found[prefix.family] = formatPrefix(prefix);
    }
    return found;
  };
  const serviceCidr = prefixes('serviceCidr', given.serviceCidr ?? DEFAULT_SERVICE_CIDR);
  const clusterCidr = prefixes('clusterCidr', given.clusterCidr ?? '');
  const nodeLocalDns = splitWords(given.nodeLocalDns ?? '');
  for (const word of nodeLocalDns) if (!parseAddress(word)) fail('nodeLocalDns', `nodeLocalDns: "${word}" is not an IP address`, 'write addresses with commas between them');
  if (problems.some(({ unknown }) => !unknown) || typeof release === 'string') return { options: null, problems };
  const options: NodeOptions = {
    node: given.node ?? '',
    release,
    kubeProxy: given.kubeProxy ?? 'iptables',
    enableLb: given.enableLb ?? true,
    enableTproxy: given.enableTproxy ?? false,
    networkType: given.networkType ?? 'geneve',
    order: given.order ?? 'installed',
    kubeProxyChains: given.kubeProxyChains ?? 'below',
    serviceCidr,
    clusterCidr,
    nodeLocalDns,
    ipvsScheduler: given.ipvsScheduler ?? 'rr',
    clusterRouter: given.clusterRouter ?? null,
    joinSubnet: given.joinSubnet ?? 'join',
  };
  return { options, problems };
}

/** A list as the API writes it: commas between, blanks around do not count. */
export function splitWords(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
