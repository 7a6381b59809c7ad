/**
 * A rule that Kube-OVN installs, as data. Its text is a template in the form of iptables-save; from the same template the rule of a node
 * is written and a rule found on a node is recognised, so the two cannot drift. What stands between braces is filled in from the node.
 */

import type { Family } from '../../net/address.ts';
import type { TableName } from '../../model/hook.ts';
import type { Bilingual } from '../cluster.ts';
import type { Feature } from '../releases.ts';

/** What a rule is repeated for. */
type Repeat = 'node' | 'subnet' | 'designated' | 'policySubnet' | 'policyRule' | 'probe';

/** When it is there, besides the release. */
export type Condition =
  | 'always'
  /** The node has an InternalIP of the family. */
  | 'nodeAddress'
  /** kube-proxy's set of ClusterIPs exists (IPVS mode), or not. */
  | 'clusterIpSet'
  | 'noClusterIpSet'
  /** kube-proxy's sets of node ports with externalTrafficPolicy Local exist, and the node has an InternalIP. */
  | 'localNodePorts'
  /** `--enable-tproxy`. */
  | 'tproxy';

/** Which objects of the cluster it works for; `item`: the one it is repeated for. */
export type Cause = 'daemon' | 'services' | 'overlay' | 'nat' | 'distributed' | 'otherNodes' | 'localNodePorts' | 'policySubnets' | 'item';

export interface RuleRow {
  /** Its id in the documentation's table (S01 to S31), or X1 to X13 for rules that the table leaves out. */
  readonly id: string;
  readonly table: TableName;
  /** Template, too. */
  readonly chain: string;
  readonly text: string;
  readonly repeat: Repeat;
  readonly condition: Condition;
  /** Null: every release. */
  readonly needs: Feature | null;
  readonly cause: Cause;
  /** In one line, as a trace shows it beside the rule. */
  readonly title: Bilingual;
  /** What it is for, in the words of someone who writes Subnets and Services. */
  readonly purpose: Bilingual;
}

/** Values of the names between braces. */
export type Values = Readonly<Record<string, string>>;

/** Names that every rule of a family may use. */
export function familyValues(family: Family): Values {
  const digit = family === 'ipv4' ? '4' : '6';
  return {
    ovn: `ovn${digit}0`,
    kube: family === 'ipv4' ? 'KUBE-' : 'KUBE-6-',
    full: family === 'ipv4' ? '32' : '128',
    unreachable: family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
  };
}

/** Fills a template in. A name without a value is a bug of ours. */
export function fill(template: string, values: Values): string {
  return template.replace(/\{([a-zA-Z]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`template "${template}" has no value for "${name}"`);
    return value;
  });
}

const ADDRESS = '[0-9a-f:.]+';
/** What each name may stand for in a rule found on a node. */
const PATTERNS: Readonly<Record<string, string>> = {
  ovn: 'ovn[46]0',
  kube: 'KUBE-(?:6-)?',
  full: '(?:32|128)',
  unreachable: 'icmp6?-port-unreachable',
  cidr: `${ADDRESS}/\\d+`,
  gateway: ADDRESS,
  node: ADDRESS,
  address: ADDRESS,
  port: '\\d+',
  counter: '(?:"ovn-subnet-gateway,[^"]*"|ovn-subnet-gateway,\\S*)',
  policyComment: '(?:"natPolicySubnet-[^"]*"|natPolicySubnet-\\S*)',
  policyChain: 'OVN-NAT-PSUBNET-[0-9A-Za-z-]{1,12}',
  sourceMatch: '(?:-m set --match-set ovn[46]0natpr-[0-9a-f]{1,12}-src src )?',
  destinationMatch: '(?:-m set --match-set ovn[46]0natpr-[0-9a-f]{1,12}-dst dst )?',
  mark: '0x9000[12]/0x9000[12]',
  masquerade: '(?:OVN-MASQUERADE|MASQUERADE(?: --random-fully)?)',
  policyMasquerade: '(?:OVN-MASQUERADE|MASQUERADE(?: --random-fully)?)',
  random: '(?: --random-fully)?',
  tcp: '(?:-p tcp )?',
};

/** What a template can become, with the beginning and the end of the text. */
export function patternOf(template: string): RegExp {
  const parts = template.split(/\{([a-zA-Z]+)\}/);
  const source = parts.map((part, i) => (i % 2 === 1 ? (PATTERNS[part] ?? '') : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('');
  return new RegExp(`^${source}$`);
}
