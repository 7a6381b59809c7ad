/** The rules of one family on a node: every row of the list, filled in from the node's view, chain by chain, in the order asked for. */

import { DOCUMENTED, insertedAtTop, INSTALLED_BUILT_IN, INSTALLED_OWN, type ChainOrder } from '../order.ts';
import type { ObjectReference } from '../cluster.ts';
import { policyChainName, savedWord } from '../names.ts';
import { has } from '../releases.ts';
import type { FamilyView, NodeView, PolicyRule, SubnetPrefix } from '../view.ts';
import { isBuiltIn, type RuleChain, type GeneratedRule } from '../tables.ts';
import { familyValues, fill, type Cause, type Condition, type RuleRow, type Values } from './row.ts';
import { ruleRow } from './index.ts';
import { familyOf } from '../view.ts';
import { splitWords } from '../options.ts';

/** A row filled in once: its values and what it is repeated for. */
interface Item {
  readonly values: Values;
  readonly origin: ObjectReference | null;
}

/** Kube-OVN's chains of one family; built-in chains hold its part only. */
export function kubeOvnChains(node: NodeView, view: FamilyView): RuleChain[] {
  const generator = new Generator(node, view);
  if (node.options.order === 'documented')
    return [...DOCUMENTED.map((order) => generator.chain(order, false)), ...generator.policyChains()].filter((chain) => generator.exists(chain));
  return [...INSTALLED_BUILT_IN.map((order) => generator.chain(order, true)), ...INSTALLED_OWN.map((order) => generator.chain(order, false)), ...generator.policyChains()].filter(
    (chain) => generator.exists(chain),
  );
}

class Generator {
  readonly #node: NodeView;
  readonly #view: FamilyView;
  readonly #values: Values;
  readonly #documented: boolean;

  constructor(node: NodeView, view: FamilyView) {
    this.#node = node;
    this.#view = view;
    const { release, order } = node.options;
    this.#documented = order === 'documented';
    const random = has(release, 'randomFully') && !this.#documented ? ' --random-fully' : '';
    const masquerade = has(release, 'masqueradeChain') && !this.#documented ? 'OVN-MASQUERADE' : `MASQUERADE${random}`;
    this.#values = {
      ...familyValues(view.family),
      node: view.nodeAddress ?? '',
      random,
      masquerade,
      policyMasquerade: this.#documented ? 'MASQUERADE --random-fully' : masquerade,
      tcp: has(release, 'rejectTcpOnly') ? '-p tcp ' : '',
    };
  }

  chain({ table, chain, groups }: ChainOrder, inserted: boolean): RuleChain {
    const rules = groups.flatMap((ids) => {
      const columns = ids.map((id) => this.#rules(ruleRow(id), chain));
      return Array.from({ length: Math.max(...columns.map((column) => column.length)) }, (_, i) => columns.flatMap((column) => column.slice(i, i + 1))).flat();
    });
    return { table, name: chain, rules: inserted ? insertedAtTop(rules) : rules };
  }

  /** One chain for each Subnet with policy rules. */
  policyChains(): RuleChain[] {
    const chains = new Map(this.#view.policySubnets.map(({ subnet }): [string, GeneratedRule[]] => [policyChainName(subnet.uid), []]));
    for (const rule of this.#rules(ruleRow('S29'), '')) chains.get(rule.chain)?.push(rule);
    return [...chains].map(([name, rules]) => ({ table: 'nat', name, rules }));
  }

  /** An own chain that the release, or a switch, does not call for is not there; one that it does call for may be empty. */
  exists({ table, name, rules }: RuleChain): boolean {
    if (rules.length > 0) return true;
    if (isBuiltIn(table, name)) return false;
    const { release } = this.#node.options;
    if (table === 'mangle') return name === 'OVN-POSTROUTING' ? !this.#documented && has(release, 'dropInvalidReset') : this.#holds('tproxy');
    if (name === 'OVN-MASQUERADE') return false;
    return name !== 'OVN-NAT-POLICY' || this.#documented || has(release, 'policyRules');
  }

  #rules(row: RuleRow, chain: string): GeneratedRule[] {
    const { release } = this.#node.options;
    if (!this.#holds(row.condition) || (row.needs !== null && !has(release, row.needs) && !this.#documented)) return [];
    return this.#items(row).map(({ values, origin }) => {
      const all = { ...this.#values, ...values };
      return {
        row: row.id,
        table: row.table,
        chain: row.repeat === 'policyRule' ? fill(row.chain, all) : chain,
        text: fill(row.text, all),
        origins: origin ? [origin] : this.#origins(row.cause),
      };
    });
  }

  #holds(condition: Condition): boolean {
    const { release, kubeProxy, enableTproxy } = this.#node.options;
    const inIpvs = kubeProxy === 'ipvs';
    const withClusterIpSet = inIpvs && has(release, 'clusterIpSet') && !this.#documented;
    switch (condition) {
      case 'always':
        return true;
      case 'nodeAddress':
        return this.#view.nodeAddress !== null;
      case 'clusterIpSet':
        return withClusterIpSet;
      case 'noClusterIpSet':
        return !withClusterIpSet;
      case 'localNodePorts':
        return inIpvs && this.#view.nodeAddress !== null;
      case 'tproxy':
        return enableTproxy && (this.#documented || has(release, 'tproxy'));
    }
  }

  #items({ id, repeat }: RuleRow): readonly Item[] {
    const { overlay, designated, policySubnets, policyRules, probes, proxyListen } = this.#view;
    switch (repeat) {
      case 'node':
        return [{ values: {}, origin: null }];
      case 'subnet':
        return overlay.map((prefix) => item(prefix, 'spec.cidrBlock', { counter: savedWord(`ovn-subnet-gateway,${prefix.subnet.name}`) }));
      case 'designated':
        return designated.map((prefix) => item(prefix, 'spec.gatewayNode', { gateway: prefix.address }));
      case 'policySubnet':
        return policySubnets.map((prefix) =>
          item(prefix, 'spec.natOutgoingPolicyRules', { policyComment: savedWord(`natPolicySubnet-${prefix.subnet.name}`), policyChain: policyChainName(prefix.subnet.uid) }),
        );
      case 'policyRule':
        return policyRules.flatMap((rule) => this.#policyRule(rule));
      case 'probe':
        return probes.map(({ pod, address, port }) => ({
          values: { address, port: String(port), ...(id === 'S31' ? { node: proxyListen } : {}) },
          origin: { kind: 'Pod', name: `${pod.namespace}/${pod.name}`, field: 'spec.containers' },
        }));
    }
  }

  /** None for a rule of the other family, without addresses, or with an action that is not known. */
  #policyRule({ id, index, action, srcIPs, dstIPs, subnet }: PolicyRule): readonly Item[] {
    const { family } = this.#view;
    const foreign = [srcIPs, dstIPs].some((words) => words !== '' && familyOf(splitWords(words)[0] ?? '') !== family);
    const mark = action === 'nat' ? '0x90001/0x90001' : action === 'forward' ? '0x90002/0x90002' : null;
    if (mark === null || foreign || (srcIPs === '' && dstIPs === '')) return [];
    const match = (side: 'src' | 'dst'): string => `-m set --match-set ${familyValues(family).ovn}natpr-${id}-${side} ${side} `;
    const values = { mark, policyChain: policyChainName(subnet.uid), sourceMatch: srcIPs === '' ? '' : match('src'), destinationMatch: dstIPs === '' ? '' : match('dst') };
    return [{ values, origin: { kind: 'Subnet', name: subnet.name, field: `spec.natOutgoingPolicyRules[${index}]` } }];
  }

  #origins(cause: Cause): readonly ObjectReference[] {
    const { services, overlay, nat, distributed, policySubnets, otherNodes } = this.#view;
    const subnets = (prefixes: readonly SubnetPrefix[], field: string): ObjectReference[] => prefixes.map(({ subnet }) => ({ kind: 'Subnet', name: subnet.name, field }));
    switch (cause) {
      case 'services':
        return services.map(({ origin }) => origin);
      case 'overlay':
        return subnets(overlay, 'spec.cidrBlock');
      case 'nat':
        return subnets(nat, 'spec.natOutgoing');
      case 'distributed':
        return subnets(distributed, 'spec.gatewayType');
      case 'policySubnets':
        return subnets(policySubnets, 'spec.natOutgoingPolicyRules');
      case 'otherNodes':
        return otherNodes.map(({ origin }) => origin);
      case 'localNodePorts':
        return this.#node.cluster.services
          .filter(({ externalPolicyLocal, ports }) => externalPolicyLocal && ports.some(({ nodePort }) => nodePort > 0))
          .map(({ namespace, name }) => ({ kind: 'Service', name: `${namespace}/${name}`, field: 'spec.externalTrafficPolicy' }));
      case 'daemon':
      case 'item':
        return [{ kind: 'kube-ovn-cni', name: '', field: '' }];
    }
  }
}

function item({ subnet, cidr }: SubnetPrefix, field: string, values: Values): Item {
  return { values: { cidr, ...values }, origin: { kind: 'Subnet', name: subnet.name, field } };
}
