/**
 * What a rule, a set or a mark on a Kube-OVN node is for: its row in the documentation's table, since which release it is there, and, for a
 * node made from a cluster, which objects ask for it. Rules of any other snapshot are recognised by their text.
 */

import type { TableName } from '../model/hook.ts';
import type { RuleAddress } from '../model/rule.ts';
import type { ObjectReference, Bilingual } from './cluster.ts';
import { KUBE_CHAINS, KUBE_SETS, PORTMAP_CHAINS } from './kube-proxy/rows.ts';
import { chainKind } from './kube-proxy/service-port.ts';
import { MARKS, matchesMark, type MarkRow } from './marks.ts';
import { generatedRuleAt, type GeneratedNode } from './node.ts';
import { sinceText } from './releases.ts';
import { RULE_ROWS } from './rules/index.ts';
import { patternOf, type Condition, type RuleRow } from './rules/row.ts';
import { POLICY_SET_ROWS, SET_ROWS } from './sets.ts';

export interface RuleExplanation {
  /** `S24`, `X3`; `K:KUBE-SERVICES` for kube-proxy's. */
  readonly id: string;
  readonly title: Bilingual;
  readonly purpose: Bilingual;
  /** When it is there at all. */
  readonly condition: Bilingual;
  /** Releases it came with: `v1.12.0`; empty for what is not Kube-OVN's. */
  readonly since: string;
  /** Objects that ask for it; empty if the node was not made from a cluster. */
  readonly origins: readonly ObjectReference[];
  /** The same in words: `Subnets net1, ovn-default: spec.natOutgoing`. */
  readonly because: Bilingual;
}

export interface SetExplanation {
  readonly id: string;
  readonly purpose: Bilingual;
  readonly since: string;
  readonly origins: readonly ObjectReference[];
  readonly because: Bilingual;
}

const NOTHING: Bilingual = { en: '', zh: '' };

const CONDITIONS: Readonly<Record<Condition, Bilingual>> = {
  always: { en: 'always', zh: '始终存在' },
  nodeAddress: { en: 'where the node has an InternalIP of the family', zh: '节点有该地址族的 InternalIP 时' },
  clusterIpSet: { en: 'while kube-proxy’s set of ClusterIPs exists (IPVS mode)', zh: '存在 kube-proxy 的 ClusterIP 集合时（IPVS 模式）' },
  noClusterIpSet: { en: 'while kube-proxy’s set of ClusterIPs does not exist', zh: '不存在 kube-proxy 的 ClusterIP 集合时' },
  localNodePorts: { en: 'while kube-proxy’s sets of Local node ports exist (IPVS mode)', zh: '存在 kube-proxy 的 Local NodePort 集合时（IPVS 模式）' },
  tproxy: { en: 'with --enable-tproxy', zh: '启用 --enable-tproxy 时' },
};

/** The row's words, with what asks for this rule. */
function explain(row: RuleRow, origins: readonly ObjectReference[]): RuleExplanation {
  const { id, title, purpose, condition, needs } = row;
  return { id, title, purpose, condition: CONDITIONS[condition], since: sinceText(needs), origins, because: originWords(origins) };
}

function explainKube(chain: string, origins: readonly ObjectReference[]): RuleExplanation | null {
  // A chain may have any name, "constructor" too.
  const row = [KUBE_CHAINS, PORTMAP_CHAINS].find((rows) => Object.hasOwn(rows, chain))?.[chain];
  if (!row) return null;
  return { id: `K:${chain}`, title: row.title, purpose: row.title, condition: NOTHING, since: '', origins, because: originWords(origins) };
}

/** A rule of a generated node, by its address; null for policies. */
export function explainGeneratedRule(node: GeneratedNode, address: RuleAddress): RuleExplanation | null {
  const rule = generatedRuleAt(node, address);
  if (!rule) return null;
  const row = RULE_ROWS.find(({ id }) => id === rule.row);
  return row ? explain(row, rule.origins) : explainKube(rule.row.replace(/^K:/, ''), rule.origins);
}

const PATTERNS = new Map(RULE_ROWS.map((row) => [row, { chain: patternOf(row.chain), text: patternOf(row.text) }]));

/** A rule of any node, by its canonical text; null if it is none of Kube-OVN's, kube-proxy's, kubelet's or the CNI portmap plugin's. */
export function explainRuleText(table: TableName, chain: string, text: string): RuleExplanation | null {
  return chainExplainer(table, chain)(text);
}

/** The same for all rules of one chain: what the chain's name tells is found once. */
export function chainExplainer(table: TableName, chain: string): (text: string) => RuleExplanation | null {
  const rows = [...PATTERNS].filter(([row, patterns]) => row.table === table && patterns.chain.test(chain));
  const kube = explainKube(chainKind(chain), []);
  return (text) => {
    for (const [row, patterns] of rows) if (patterns.text.test(text)) return explain(row, []);
    if (kube || chain.startsWith('OVN-')) return kube;
    const target = / ?-j ((?:KUBE|CNI-HOSTPORT)-[A-Z-]+)$/.exec(text)?.[1];
    return target === undefined ? null : explainKube(target, []);
  };
}

/** A set, by its name; with a generated node, what asks for it as well. Null if it is none of these programs'. */
export function explainSet(name: string, node?: GeneratedNode): SetExplanation | null {
  const origins = node?.sets.find((set) => set.name === name)?.origins ?? [];
  const words = { origins, because: originWords(origins) };
  const own = /^ovn[46]0(.+)$/.exec(name)?.[1];
  const side = /^natpr-[0-9a-f]+-(src|dst)$/.exec(own ?? '')?.[1] as 'src' | 'dst' | undefined;
  const row = side ? POLICY_SET_ROWS[side] : SET_ROWS.find(({ id }) => id === own);
  if (row) return { id: row.id, purpose: row.purpose, since: sinceText(row.needs), ...words };
  const kube = /^KUBE-(?:6-)?(.+)$/.exec(name)?.[1];
  // Long names are cut, with the 6 earlier than without.
  const id = kube === undefined ? undefined : Object.keys(KUBE_SETS).find((candidate) => candidate === kube || (kube.length >= 24 && candidate.startsWith(kube)));
  const purpose = id === undefined ? undefined : KUBE_SETS[id]?.purpose;
  return id === undefined || purpose === undefined ? null : { id: `KUBE-${id}`, purpose, since: '', ...words };
}

/** Rows whose test a packet with this mark satisfies. */
export function explainMark(mark: number): readonly MarkRow[] {
  return MARKS.filter((row) => row.value !== 0 && row.mask !== 0 && matchesMark(mark, row));
}

const KIND_ZH: Readonly<Record<ObjectReference['kind'], string>> = {
  Subnet: '子网',
  Service: 'Service',
  Node: '节点',
  Pod: 'Pod',
  ServiceCIDR: 'ServiceCIDR',
  'kube-ovn-cni': 'kube-ovn-cni',
  'kube-proxy': 'kube-proxy',
  kubelet: 'kubelet',
  'CNI portmap': 'CNI portmap',
};

/** `Subnets net1, ovn-default: spec.natOutgoing`; objects of one kind and field together. */
export function originWords(origins: readonly ObjectReference[]): Bilingual {
  const groups = new Map<string, { readonly first: ObjectReference; readonly names: Set<string> }>();
  for (const origin of origins) {
    const key = `${origin.kind} ${origin.field}`;
    const group = groups.get(key) ?? { first: origin, names: new Set<string>() };
    groups.set(key, group);
    if (origin.name !== '') group.names.add(origin.name);
  }
  const write = (kind: (origin: ObjectReference, several: boolean) => string, comma: string, colon: string, semicolon: string): string =>
    [...groups.values()]
      .map(({ first, names }) =>
        [[kind(first, names.size > 1), [...names].join(comma)].filter((part) => part !== '').join(' '), first.field].filter((part) => part !== '').join(colon),
      )
      .join(semicolon);
  // The program of a node has no name, and so no plural.
  return { en: write(({ kind }, several) => (several ? `${kind}s` : kind), ', ', ': ', '; '), zh: write(({ kind }) => KIND_ZH[kind], '、', '：', '；') };
}
