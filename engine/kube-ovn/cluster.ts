/**
 * A cluster as Kube-OVN's users know it: Subnets, Nodes, Services and Pods, with the fields that decide what a node's rules, sets and
 * routes are. This is what the room works on; `read/cluster.ts` makes it from Kubernetes objects or from a few fields written by hand,
 * `node.ts` makes a node's snapshot of it. Fields mean what they mean in the API; what a user left out is null until `view.ts`, which
 * knows the switches, fills it in as Kube-OVN's controller does.
 */

import type { Family } from '../net/address.ts';
import type { PolicyRuleText } from './policy-rule-id.ts';

/** What put a rule, a set or a member there: an object and the field of it that asks for it. */
export interface ObjectReference {
  readonly kind: 'Subnet' | 'Service' | 'Node' | 'Pod' | 'ServiceCIDR' | 'kube-ovn-cni' | 'kube-proxy' | 'kubelet' | 'CNI portmap';
  /** `net1`; `default/web` for what has a namespace; empty for the programs. */
  readonly name: string;
  /** `natOutgoing`, `status.addresses`, `--enable-tproxy`; empty if the object alone is enough. */
  readonly field: string;
}

/** The two languages of the project. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

export interface Gateway {
  readonly node: string;
  /** The designated address after the colon; null: none. */
  readonly address: string | null;
}

export interface Subnet {
  readonly name: string;
  readonly uid: string;
  /** It has a deletion timestamp. */
  readonly deleting: boolean;
  /** Null: not given. */
  readonly vpc: string | null;
  readonly provider: string;
  /** The prefix of each family, canonical, host bits cleared. */
  readonly cidrs: Readonly<Partial<Record<Family, string>>>;
  readonly protocol: 'IPv4' | 'IPv6' | 'Dual' | null;
  readonly natOutgoing: boolean;
  readonly policyRules: readonly PolicyRuleText[];
  readonly gatewayType: string;
  readonly gateways: readonly Gateway[];
  readonly enableEcmp: boolean;
  /** Null: not given, and the controller would take the first gateway that is up. */
  readonly activateGateway: string | null;
  readonly enableLb: boolean | null;
  readonly vlan: string;
  readonly logicalGateway: boolean;
  readonly u2oInterconnection: boolean;
  readonly externalEgressGateways: readonly string[];
  readonly policyRoutingPriority: number;
  readonly policyRoutingTableId: number;
}

export interface NodeInterface {
  readonly name: string;
  /** `192.168.0.101/24`, the primary one first. */
  readonly addresses: readonly string[];
  /** Default gateways reached by it, at most one of a family. */
  readonly gateways: readonly string[];
  readonly mtu: number;
  readonly mac: string | null;
}

export interface ClusterNode {
  readonly name: string;
  /** `status.addresses` of type InternalIP, in order. */
  readonly internalIPs: readonly string[];
  /** Addresses of ovn0; empty: given out in the order of the nodes. */
  readonly join: readonly string[];
  readonly joinGateways: readonly string[];
  readonly joinMac: string | null;
  /** Empty: one interface with the InternalIPs. */
  readonly interfaces: readonly NodeInterface[];
  readonly tunnelInterface: string | null;
  readonly kernel: string | null;
}

export interface ServicePort {
  readonly name: string;
  /** `tcp`, `udp`, `sctp`. */
  readonly protocol: string;
  readonly port: number;
  /** 0: none. */
  readonly nodePort: number;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Null: not known, so on no node in particular. */
  readonly node: string | null;
}

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** None for headless services, which kube-proxy passes over. */
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** `loadBalancerSourceRanges`, canonical. */
  readonly sourceRanges: readonly string[];
  readonly externalPolicyLocal: boolean;
  readonly internalPolicyLocal: boolean;
  /** Seconds of ClientIP affinity; null: none. */
  readonly affinity: number | null;
  /** 0: none. */
  readonly healthCheckNodePort: number;
  readonly ports: readonly ServicePort[];
}

/** A port of a pod that is reachable on the node as well. */
export interface HostPort {
  readonly hostPort: number;
  readonly containerPort: number;
  /** `tcp`, `udp`, `sctp`. */
  readonly protocol: string;
  /** Null: every address of the node. */
  readonly hostIP: string | null;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly ips: readonly string[];
  /** Subnet of its primary network; null: not one of Kube-OVN's, or not given. */
  readonly subnet: string | null;
  readonly hostNetwork: boolean;
  readonly deleting: boolean;
  /** Ports of liveness and readiness probes over TCP or HTTP by number, and those that only later releases see (by name, gRPC). */
  readonly probePorts: readonly number[];
  readonly laterProbePorts: readonly number[];
  readonly hostPorts: readonly HostPort[];
  /** Id of its sandbox, after which the CNI portmap plugin names a chain; null: not given. */
  readonly sandbox: string | null;
}

export interface Cluster {
  readonly subnets: readonly Subnet[];
  readonly nodes: readonly ClusterNode[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  /** Of ready ServiceCIDR objects, canonical. */
  readonly serviceCidrs: readonly string[];
  /** Name of the Vpc that is the default one; null: no Vpc object said so. */
  readonly defaultVpc: string | null;
}

/** What is wrong with a description, or what is worth knowing about it. */
export interface ClusterProblem {
  /** An `error` keeps the node from being generated. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Which of the documents, from 0. */
  readonly document: number;
  /** Keys and indexes (from 0) from the root of the document. */
  readonly path: readonly (string | number)[];
  /** Place, what, the text in quotes, no full stop: `Subnet "net1": spec.cidrBlock: "10.0.0/8" is no prefix`. */
  readonly message: string;
  /** The way out; empty if none is certain. */
  readonly hint: string;
}
