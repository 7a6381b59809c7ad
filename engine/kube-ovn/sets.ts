/**
 * Kube-OVN's ipsets as data: what each holds, for whom, since when; and the sets of one family on a node. Names and members follow
 * `pkg/daemon/gateway_linux.go`, setIPSet. A full rewrite goes to a temporary set and is swapped, so what a node shows is always whole.
 */

import type { Family } from '../net/address.ts';
import type { ObjectReference, Bilingual } from './cluster.ts';
import { ovnSetName } from './names.ts';
import type { Feature } from './releases.ts';
import { has } from './releases.ts';
import { familyOf, prefixOf, setMember, type FamilyView, type Member, type NodeView, type SubnetPrefix } from './view.ts';
import { splitWords } from './options.ts';

export interface GeneratedSet {
  /** Row that explains it: `subnets-nat`, `KUBE-CLUSTER-IP`. */
  readonly row: string;
  readonly name: string;
  /** `hash:net family inet hashsize 1024 maxelem 1048576 bucketsize 12`, without `initval`. */
  readonly create: string;
  /** Null for sets of ports. */
  readonly family: Family | null;
  readonly members: readonly Member[];
  /** What asks for the set as a whole. */
  readonly origins: readonly ObjectReference[];
}

interface SetRow {
  readonly id: string;
  readonly type: string;
  readonly needs: Feature | null;
  readonly purpose: Bilingual;
  readonly members: (view: FamilyView) => readonly Member[];
}

const DAEMON: ObjectReference = { kind: 'kube-ovn-cni', name: '', field: '' };

const subnetMembers = (prefixes: readonly SubnetPrefix[], field: string): Member[] =>
  prefixes.map(({ subnet, cidr }) => ({ text: cidr, origin: { kind: 'Subnet', name: subnet.name, field } }));

/** The sets every node has, in the order in which they are printed here. */
export const SET_ROWS: readonly SetRow[] = [
  {
    id: 'services',
    type: 'hash:net',
    needs: null,
    purpose: { en: 'the addresses of Services (ClusterIPs)', zh: 'Service 的地址段（ClusterIP）' },
    members: (view) => view.services,
  },
  {
    id: 'subnets',
    type: 'hash:net',
    needs: null,
    purpose: { en: 'every overlay Subnet of the default VPC, join included', zh: '默认 VPC 下所有 Overlay 子网，包括 join' },
    members: (view) => [
      ...subnetMembers(view.overlay, 'spec.cidrBlock'),
      ...view.nodeLocalDns.map((text): Member => ({ text, origin: { kind: 'kube-ovn-cni', name: '', field: '--node-local-dns-ip' } })),
    ],
  },
  {
    id: 'subnets-nat',
    type: 'hash:net',
    needs: null,
    purpose: { en: 'Subnets with natOutgoing: their pods leave the cluster with the node’s address', zh: '开启 natOutgoing 的子网：其 Pod 以节点地址访问集群外' },
    members: (view) => subnetMembers(view.nat, 'spec.natOutgoing'),
  },
  {
    id: 'subnets-distributed-gw',
    type: 'hash:net',
    needs: null,
    purpose: { en: 'Subnets whose gateway is distributed: pods leave from their own node', zh: '使用分布式网关的子网：Pod 从所在节点出去' },
    members: (view) => subnetMembers(view.distributed, 'spec.gatewayType'),
  },
  {
    id: 'other-node',
    type: 'hash:net',
    needs: null,
    purpose: { en: 'the InternalIPs of the other nodes', zh: '其他节点的 InternalIP' },
    members: (view) => view.otherNodes,
  },
  {
    id: 'local-pod-ip-nat',
    type: 'hash:ip',
    needs: null,
    purpose: { en: 'nothing: it is still created, always empty, and no rule looks at it', zh: '已废弃：仍会创建，但始终为空，也没有规则引用' },
    members: () => [],
  },
  {
    id: 'subnets-nat-policy',
    type: 'hash:net',
    needs: 'policyRules',
    purpose: { en: 'Subnets with natOutgoingPolicyRules', zh: '配置了 natOutgoingPolicyRules 的子网' },
    members: (view) => subnetMembers(view.policySubnets, 'spec.natOutgoingPolicyRules'),
  },
];

/** The two sets of one policy rule. */
export const POLICY_SET_ROWS: Readonly<Record<'src' | 'dst', { readonly id: string; readonly needs: Feature; readonly purpose: Bilingual }>> = {
  src: { id: 'natpr-src', needs: 'policyRules', purpose: { en: 'the srcIPs of one rule of natOutgoingPolicyRules', zh: 'natOutgoingPolicyRules 中一条规则的 srcIPs' } },
  dst: { id: 'natpr-dst', needs: 'policyRules', purpose: { en: 'the dstIPs of one rule of natOutgoingPolicyRules', zh: 'natOutgoingPolicyRules 中一条规则的 dstIPs' } },
};

/** A set that felix makes (`kubeovn/felix`, ipsets). */
function felixCreate(type: string, family: Family): string {
  return `${type} family ${family === 'ipv4' ? 'inet' : 'inet6'} hashsize 1024 maxelem 1048576 bucketsize 12`;
}

/** Kube-OVN's sets of one family. */
export function kubeOvnSets({ options }: NodeView, view: FamilyView): GeneratedSet[] {
  const { family } = view;
  const sets: GeneratedSet[] = [];
  for (const { id, type, needs, members } of SET_ROWS) {
    if (needs !== null && !has(options.release, needs) && options.order === 'installed') continue;
    sets.push({ row: id, name: ovnSetName(family, id), create: felixCreate(type, family), family, members: distinct(members(view)), origins: [DAEMON] });
  }
  const made = new Set<string>();
  for (const { id, index, subnet, ...match } of view.policyRules)
    for (const side of ['src', 'dst'] as const) {
      const field = `${side}IPs` as const;
      const name = ovnSetName(family, `natpr-${id}-${side}`);
      if (match[field] === '' || made.has(name)) continue;
      made.add(name);
      const origin: ObjectReference = { kind: 'Subnet', name: subnet.name, field: `spec.natOutgoingPolicyRules[${index}].match.${field}` };
      // Of the other family nothing goes in, and a prefix of length 0 never does.
      const members = splitWords(match[field]).filter((word) => familyOf(word) === family && prefixOf(word).length !== 0);
      sets.push({
        row: POLICY_SET_ROWS[side].id,
        name,
        create: felixCreate('hash:net', family),
        family,
        members: distinct(members.map((text) => ({ text, origin }))),
        origins: [origin],
      });
    }
  return sets;
}

/** Members as ipset prints them, each once. */
function distinct(members: readonly Member[]): Member[] {
  const found = new Map<string, Member>();
  for (const { text, origin } of members) {
    const shown = setMember(text);
    if (!found.has(shown)) found.set(shown, { text: shown, origin });
  }
  return [...found.values()];
}

/** The first number of a hash set's own seed; any will do, and the same makes the same file. */
const FIRST_SEED = 0x5eed0000;

/** What `ipset save` prints (ipset 7.17). Entries of a hash set come in the order in which they were put in. */
export function printSets(sets: readonly GeneratedSet[]): string {
  return sets
    .flatMap(({ name, create, members }, i) => [
      `create ${name} ${create}${create.startsWith('hash:') ? ` initval 0x${(FIRST_SEED + i).toString(16)}` : ''}\n`,
      ...members.map(({ text }) => `add ${name} ${text}\n`),
    ])
    .join('');
}
