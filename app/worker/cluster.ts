/**
 * A cluster's text to a node: YAML (or JSON, which is YAML too) of one or several documents is read, every problem gets its place in the
 * text, and the snapshot of one node is made. It comes with the YAML parser, so it is loaded when the first cluster is opened.
 */

import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import {
  generateNode,
  KUBE_PROXY_CHAINS,
  KUBE_PROXY_MODES,
  NETWORK_TYPES,
  readCluster,
  readOptions,
  RELEASE_SERIES,
  RULE_ORDERS,
  type Cluster,
  type GeneratedNode,
  type NodeOptions,
} from '../../engine/index.ts';
import type { ClusterIssue, ClusterSwitch, ClusterView } from './messages.ts';

export interface Made {
  readonly view: ClusterView;
  /** What the snapshot is printed from; null where there is none. */
  readonly generated: GeneratedNode | null;
}

/** What can be chosen, apart from true, false and names of nodes. */
const CHOICES: Readonly<Record<Exclude<ClusterSwitch, 'enableLb' | 'enableTproxy' | 'node'>, readonly string[]>> = {
  release: RELEASE_SERIES,
  kubeProxy: KUBE_PROXY_MODES,
  networkType: NETWORK_TYPES,
  order: RULE_ORDERS,
  kubeProxyChains: KUBE_PROXY_CHAINS,
};

type Path = readonly (string | number)[];
type Severity = ClusterIssue['severity'];

/** Aliases unfold to at most so many values: a small text cannot fill the memory. */
const MAX_ALIASES = 100;

/** Nothing in the text makes this throw. */
export function describe(text: string): Made {
  return new Description(text).make();
}

class Description {
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #issues: ClusterIssue[] = [];
  #documents: readonly Document[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  make(): Made {
    const values = this.#parse();
    if (values === null) return this.#view(null, [], null);
    const { cluster, options: written, problems } = readCluster(values);
    for (const { severity, document, path, message, hint } of problems) this.#issue(severity, document, path, message, hint);
    const { options, problems: switches } = readOptions(written);
    for (const { path, message, hint, unknown } of switches) {
      const document = this.#documentOf(path);
      this.#issue(unknown ? 'warning' : 'error', document, ['options', ...path], `options: ${message}`, hint);
    }
    const nodes = cluster?.nodes.map(({ name }) => name) ?? [];
    // One node has to be shown: the first, until another is chosen.
    const chosen = options && options.node === '' && nodes[0] !== undefined ? { ...options, node: nodes[0] } : options;
    if (!cluster || !chosen) return this.#view(null, nodes, chosen);
    const made = generateNode(cluster, chosen);
    if ('failure' in made) {
      this.#issue('error', this.#documentOf(['node']), ['options', 'node'], `options: ${made.failure}`, made.hint);
      return this.#view(null, nodes, chosen);
    }
    // What was filled in or left out.
    for (const note of made.notes) this.#issue('note', 0, [], note, '');
    return this.#view(made, nodes, chosen, addressesOf(cluster));
  }

  #parse(): readonly unknown[] | null {
    try {
      const parsed = parseAllDocuments(this.#text, { lineCounter: this.#lines, prettyErrors: false, stringKeys: true });
      this.#documents = Array.isArray(parsed) ? parsed : [];
      for (const [document, { errors }] of this.#documents.entries())
        for (const { pos, message, code } of errors) this.#issueAt('error', document, [], pos, sentence(message), 'this must be YAML', code);
      return this.#issues.length > 0 ? null : this.#documents.map((document) => document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown);
    } catch (error) {
      this.#issue('error', 0, [], sentence((error as Error).message), '');
      return null;
    }
  }

  /** Of several documents with switches the later says more. */
  #documentOf(path: Path): number {
    const has = (inside: Path): number => this.#documents.findLastIndex((document) => document.hasIn(['options', ...inside]));
    return Math.max(0, path.length > 0 && has(path.slice(0, 1)) >= 0 ? has(path.slice(0, 1)) : has([]));
  }

  #issue(severity: Severity, document: number, path: Path, message: string, hint: string): void {
    this.#issueAt(severity, document, path, this.#rangeOf(document, path), message, hint);
  }

  #issueAt(severity: Severity, document: number, path: Path, range: readonly [number, number] | null, message: string, hint: string, fault?: string): void {
    const place = range && this.#lines.linePos(range[0]);
    const [from, to] = range ?? [0, 0];
    this.#issues.push({
      severity,
      document,
      path,
      line: place?.line ?? null,
      column: place?.col ?? null,
      from,
      to,
      message,
      hint,
      ...(fault && { fault }),
    });
  }

  /** Characters of what stands at a path, or of what is around it; null for the whole text. */
  #rangeOf(index: number, path: Path): readonly [number, number] | null {
    const document = this.#documents[index];
    for (let length = path.length; document && length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { readonly range?: readonly [number, number, number] | null } | undefined;
      if (node?.range) return [node.range[0], node.range[1]];
    }
    return null;
  }

  #view(made: GeneratedNode | null, nodes: readonly string[], options: NodeOptions | null, addresses: readonly string[] = []): Made {
    const truths = ['true', 'false'];
    return {
      view: {
        issues: this.#issues,
        choices: { ...CHOICES, enableLb: truths, enableTproxy: truths, node: nodes },
        inForce: options && {
          release: options.release.name,
          kubeProxy: options.kubeProxy,
          networkType: options.networkType,
          order: options.order,
          kubeProxyChains: options.kubeProxyChains,
          enableLb: String(options.enableLb),
          enableTproxy: String(options.enableTproxy),
          node: options.node,
        },
        snapshot: made?.text ?? null,
        sets: made?.sets.map(({ name, members }) => ({ name, members: members.map(({ text }) => text) })) ?? [],
        addresses,
      },
      generated: made,
    };
  }
}

/** Most addresses that are offered. */
const MOST_ADDRESSES = 30;

function addressesOf({ pods, services, nodes }: Cluster): readonly string[] {
  const found = [
    ...pods.filter(({ hostNetwork }) => !hostNetwork).flatMap(({ ips }) => ips),
    ...services.flatMap(({ clusterIPs, loadBalancerIPs, externalIPs }) => [...clusterIPs, ...loadBalancerIPs, ...externalIPs]),
    ...services.flatMap(({ ports }) => ports.flatMap(({ endpoints }) => endpoints.map(({ address }) => address))),
    ...nodes.flatMap(({ internalIPs }) => internalIPs),
  ];
  return [...new Set(found)].slice(0, MOST_ADDRESSES);
}

/** The parser's words in our form: lower case, no full stop, one line. */
function sentence(message: string): string {
  if (/call stack/i.test(message)) return 'it is nested too deeply';
  const [line = ''] = message.split('\n');
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, '');
}
