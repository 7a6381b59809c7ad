/**
 * What the rules, sets and marks of one node are for. Rows are recognised by text; whose they are comes from the generated node if there is
 * one, else from what the node itself says: kube-ovn-cni writes the Subnet's name beside each CIDR (`ovn-subnet-gateway,NAME`), kube-proxy the
 * Service's beside its rules. A mark is explained only where some rule of the node sets or reads it: the same bits mean other things elsewhere.
 */

import type { TableName } from '../model/hook.ts';
import type { Node } from '../model/node.ts';
import type { Rule, RuleAddress, Table } from '../model/rule.ts';
import type { ClauseReading } from '../model/trace.ts';
import type { Bilingual, ObjectReference } from './cluster.ts';
import { chainExplainer, explainSet, originWords, type RuleExplanation, type SetExplanation } from './explain.ts';
import { KUBE_CHAINS, PORTMAP_CHAINS } from './kube-proxy/rows.ts';
import { MARKS, matchesMark, type MarkRow } from './marks.ts';
import type { GeneratedNode } from './node.ts';
import { ruleRow } from './rules/index.ts';
import type { Cause } from './rules/row.ts';

/** Where a rule stands; its number does not matter. */
export type RulePlace = Pick<RuleAddress, 'family' | 'table' | 'chain'>;

export interface MarkWriteExplanation {
  readonly row: MarkRow;
  /** Rows of other tests that the mark passes now and did not before. */
  readonly also: readonly MarkRow[];
}

export interface Explainer {
  /** Null: none of Kube-OVN's, kube-proxy's, kubelet's or portmap's. */
  rule(place: RulePlace, rule: Pick<Rule, 'text'>): RuleExplanation | null;
  set(name: string): SetExplanation | null;
  /** Objects that put the set entry there that decided a clause. */
  behind(reading: Pick<ClauseReading, 'clause' | 'entry'>): readonly ObjectReference[];
  /** Rows of the mark registry that rules of this node set or read. */
  readonly marks: readonly MarkRow[];
  /** What `--set-xmark VALUE/MASK` is for; null if it is none of these programs'. */
  markWrite(write: Pick<MarkRow, 'value' | 'mask'>, before: number, after: number): MarkWriteExplanation | null;
}

/** `generated`: what the node's text was made of; it may have been edited since. */
export function explainerOf(node: Pick<Node, 'tables' | 'sections'>, generated: GeneratedNode | null = null): Explainer {
  return new NodeExplainer(node, generated);
}

/** The set that a clause looks at, as iptables-save prints it. */
export function setOfClause(clause: string): string | null {
  return /--match-set (\S+) /.exec(`${clause} `)?.[1] ?? null;
}

/** Does anything on the node look like theirs? Others' rules are not searched for rows one by one. */
const THEIRS = /OVN-|KUBE-|CNI-HOSTPORT|ovn[46]0|ovn-subnet-gateway/;

/** Which set holds the Subnets that a row works for, and which field of a Subnet puts it there. */
const SUBNET_SETS: Readonly<Partial<Record<Cause, string>>> = {
  overlay: 'subnets',
  nat: 'subnets-nat',
  distributed: 'subnets-distributed-gw',
  policySubnets: 'subnets-nat-policy',
};
const SUBNET_FIELDS: Readonly<Record<string, string>> = {
  subnets: 'spec.cidrBlock',
  'subnets-nat': 'spec.natOutgoing',
  'subnets-distributed-gw': 'spec.gatewayType',
  'subnets-nat-policy': 'spec.natOutgoingPolicyRules',
};
const POLICY_FIELD = 'spec.natOutgoingPolicyRules';

class NodeExplainer implements Explainer {
  readonly #node: Pick<Node, 'tables' | 'sections'>;
  readonly #generated: GeneratedNode | null;
  readonly #isTheirs: boolean;
  readonly #rows = new WeakMap<Pick<Rule, 'text'>, RuleExplanation | null>();
  readonly #chains = new Map<string, ReturnType<typeof chainExplainer>>();
  #found: Names | null = null;
  #members: ReadonlyMap<string, readonly string[]> | null = null;
  #origins: ReadonlyMap<string, readonly ObjectReference[]> | null = null;
  #marks: readonly MarkRow[] | null = null;

  constructor(node: Pick<Node, 'tables' | 'sections'>, generated: GeneratedNode | null) {
    this.#node = node;
    this.#generated = generated;
    this.#isTheirs = node.tables.some(({ chains }) => chains.some(({ name, rules }) => THEIRS.test(name) || rules.some(({ text }) => THEIRS.test(text))));
  }

  rule(place: RulePlace, rule: Pick<Rule, 'text'>): RuleExplanation | null {
    if (!this.#isTheirs) return null;
    let found = this.#rows.get(rule);
    if (found === undefined) {
      const { text } = rule;
      const row = this.#chain(place)(text);
      const origins = row && (this.#generatedOrigins?.get(ruleKey(place, text)) ?? this.#originsOf(row, place, text));
      found = row && origins ? { ...row, origins, because: originWords(origins) } : null;
      this.#rows.set(rule, found);
    }
    return found;
  }

  #chain({ table, chain }: RulePlace): ReturnType<typeof chainExplainer> {
    const key = `${table} ${chain}`;
    let found = this.#chains.get(key);
    if (!found) {
      found = chainExplainer(table as TableName, chain);
      this.#chains.set(key, found);
    }
    return found;
  }

  set(name: string): SetExplanation | null {
    const found = explainSet(name, this.#generated ?? undefined);
    if (!found || found.origins.length > 0) return found;
    const subnet = this.#names.policySets.get(name);
    const origins: readonly ObjectReference[] = subnet === undefined ? [] : [{ kind: 'Subnet', name: subnet, field: POLICY_FIELD }];
    return { ...found, origins, because: originWords(origins) };
  }

  behind({ clause, entry }: Pick<ClauseReading, 'clause' | 'entry'>): readonly ObjectReference[] {
    const name = setOfClause(clause);
    if (name === null || entry === undefined) return [];
    const made = this.#generated?.sets.find((set) => set.name === name)?.members.filter(({ text }) => text === entry) ?? [];
    if (made.length > 0) return made.map(({ origin }) => origin);
    const policySubnet = this.#names.policySets.get(name);
    if (policySubnet !== undefined) return [{ kind: 'Subnet', name: policySubnet, field: POLICY_FIELD }];
    return this.#subnetOf(/^ovn[46]0(.+)$/.exec(name)?.[1] ?? '', entry);
  }

  get marks(): readonly MarkRow[] {
    this.#marks ??= this.#isTheirs ? MARKS.filter(({ setBy, readBy }) => [...setBy, ...readBy].some((id) => this.#rowIds.has(id))) : [];
    return this.#marks;
  }

  markWrite({ value, mask }: Pick<MarkRow, 'value' | 'mask'>, before: number, after: number): MarkWriteExplanation | null {
    const row = this.marks.find((candidate) => candidate.value === value && candidate.mask === mask);
    if (!row) return null;
    const also = this.marks.filter((test) => test !== row && test.readBy.length > 0 && test.value !== 0 && matchesMark(after, test) && !matchesMark(before, test));
    return { row, also };
  }

  #ids: ReadonlySet<string> | null = null;

  get #rowIds(): ReadonlySet<string> {
    if (!this.#ids) {
      const ids = new Set<string>();
      forEachRule(this.#node.tables, (place, rule) => {
        const row = this.rule(place, rule);
        if (row) ids.add(row.id);
      });
      this.#ids = ids;
    }
    return this.#ids;
  }

  get #names(): Names {
    this.#found ??= namesIn(this.#node.tables);
    return this.#found;
  }

  get #generatedOrigins(): ReadonlyMap<string, readonly ObjectReference[]> | null {
    if (!this.#generated) return null;
    const { chains } = this.#generated;
    this.#origins ??= new Map(
      (['ipv4', 'ipv6'] as const).flatMap((family) =>
        chains[family].flatMap(({ table, name, rules }) => rules.map(({ text, origins }) => [ruleKey({ family, table, chain: name }, text), origins] as const)),
      ),
    );
    return this.#origins;
  }

  /** Whose a rule is, as far as the node tells. */
  #originsOf({ id }: RuleExplanation, { family, chain }: RulePlace, text: string): readonly ObjectReference[] {
    const subnet = (name: string | undefined, field: string): readonly ObjectReference[] => (name === undefined ? [] : [{ kind: 'Subnet', name, field }]);
    if (id.startsWith('K:')) {
      const service = serviceIn(text) ?? this.#names.services.get(chain);
      return service === undefined ? [{ kind: ownerOf(id), name: '', field: '' }] : [{ kind: 'Service', name: service, field: '' }];
    }
    switch (id) {
      case 'S09':
      case 'S10':
        return subnet(commentIn(text)?.slice('ovn-subnet-gateway,'.length), 'spec.cidrBlock');
      case 'S23':
      case 'X10':
        return subnet(this.#names.subnets.get(sourceIn(text) ?? ''), 'spec.gatewayNode');
      case 'S28':
        return subnet(commentIn(text)?.slice('natPolicySubnet-'.length), POLICY_FIELD);
      case 'S29':
        return subnet(this.#names.policyChains.get(chain), POLICY_FIELD);
      default: {
        const { cause } = ruleRow(id);
        if (cause === 'daemon') return [{ kind: 'kube-ovn-cni', name: '', field: '' }];
        const set = SUBNET_SETS[cause];
        return set === undefined ? [] : this.#membersOf(`ovn${family === 'ipv4' ? '4' : '6'}0${set}`).flatMap((entry) => this.#subnetOf(set, entry));
      }
    }
  }

  #subnetOf(set: string, entry: string): readonly ObjectReference[] {
    const [name, field] = [this.#names.subnets.get(entry), SUBNET_FIELDS[set]];
    return name === undefined || field === undefined ? [] : [{ kind: 'Subnet', name, field }];
  }

  /** As `ipset save` printed them. */
  #membersOf(name: string): readonly string[] {
    if (!this.#members) {
      const members = new Map<string, string[]>();
      for (const { kind, text } of this.#node.sections)
        if (kind === 'ipset save')
          for (const [, set = '', entry = ''] of text.matchAll(/^add (ovn[46]0\S+) (\S+)/gm)) {
            const list = members.get(set);
            if (list) list.push(entry);
            else members.set(set, [entry]);
          }
      this.#members = members;
    }
    return this.#members.get(name) ?? [];
  }
}

/** The program that makes one of the chains that are not Kube-OVN's. */
function ownerOf(id: string): ObjectReference['kind'] {
  const chain = id.slice('K:'.length);
  return KUBE_CHAINS[chain]?.owner ?? PORTMAP_CHAINS[chain]?.owner ?? 'kube-proxy';
}

/** Names that the rules of a node carry. */
interface Names {
  /** Subnets by CIDR. */
  readonly subnets: ReadonlyMap<string, string>;
  /** Subnets by the chain of their policy rules, and by the sets those look at. */
  readonly policyChains: ReadonlyMap<string, string>;
  readonly policySets: ReadonlyMap<string, string>;
  /** Services by kube-proxy's chains. */
  readonly services: ReadonlyMap<string, string>;
}

function namesIn(tables: readonly Table[]): Names {
  const [subnets, policyChains, policySets, services] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>(), new Map<string, string>()];
  forEachRule(tables, ({ chain }, { text, target }) => {
    const called = target?.isChain ? target.name : '';
    const service = KUBE_CHAIN.test(chain) || KUBE_CHAIN.test(called) ? serviceIn(text) : undefined;
    if (service !== undefined) for (const name of [chain, called]) if (KUBE_CHAIN.test(name)) services.set(name, service);
    if (!SUBNET_COMMENT.test(text)) return;
    const name = commentIn(text)?.replace(/^(?:ovn-subnet-gateway,|natPolicySubnet-)/, '');
    const cidr = sourceIn(text);
    if (name !== undefined && cidr !== null) subnets.set(cidr, name);
    if (name !== undefined && called.startsWith('OVN-NAT-PSUBNET-')) policyChains.set(called, name);
  });
  forEachRule(tables, ({ chain }, { text }) => {
    const subnet = policyChains.get(chain);
    if (subnet !== undefined) for (const [, set = ''] of text.matchAll(/--match-set (ovn[46]0natpr-\S+) /g)) policySets.set(set, subnet);
  });
  return { subnets, policyChains, policySets, services };
}

/** kube-proxy's chains of one Service or endpoint. */
const KUBE_CHAIN = /^KUBE-(?:SVC|SVL|SEP|EXT)-/;
const SUBNET_COMMENT = /--comment "?(?:ovn-subnet-gateway,|natPolicySubnet-)/;

function forEachRule(tables: readonly Table[], visit: (place: RulePlace, rule: Rule) => void): void {
  for (const { family, name: table, chains } of tables)
    for (const { name: chain, rules } of chains) {
      const place = { family, table, chain };
      for (const rule of rules) visit(place, rule);
    }
}

const ruleKey = ({ family, table, chain }: RulePlace, text: string): string => `${family} ${table} ${chain} ${text}`;

const sourceIn = (text: string): string | null => /^-s (\S+)/.exec(text)?.[1] ?? null;

function commentIn(text: string): string | undefined {
  const found = /--comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(text);
  return found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2];
}

/** `default/web` of kube-proxy's comments `default/web:http cluster IP`, `masquerade traffic for default/web:http external destinations`. */
function serviceIn(text: string): string | undefined {
  return /^(?:(?:masquerade|pod|route) (?:LOCAL )?traffic for )?([a-z0-9-]+\/[a-z0-9.-]+)(?::[a-z0-9-]+)?(?: |$)/.exec(commentIn(text) ?? '')?.[1];
}

/** Objects as a line shows them, without field where the words around it say it: `Subnet net1, ovn-default`. */
export function objectWords(origins: readonly ObjectReference[]): Bilingual {
  return originWords(origins.filter(({ name }) => name !== '').map((origin) => ({ ...origin, field: /\[\d+\]/.exec(origin.field) ? origin.field : '' })));
}
