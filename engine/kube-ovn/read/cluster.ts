/**
 * A description of a cluster read: what `kubectl get subnet,vpc,node,svc,endpointslices,pods -o yaml` prints (lists, several documents),
 * the few fields that matter written by hand, or both, already parsed from YAML. Never throws; everything that has no meaning is named
 * with its path, and unknown fields are listed and passed over.
 */

import { closest } from '../../model/closest.ts';
import { isRecord, quoteValue } from '../../model/shape.ts';
import type { Cluster, ClusterNode, ClusterProblem, Pod, Service, Subnet } from '../cluster.ts';
import { formatPrefix, parsePrefix } from '../../net/address.ts';
import { ObjectReader, othersOf, type FieldPlace, type Json } from './object.ts';
import { mergeNodes, readNode } from './node.ts';
import { readPod } from './pod.ts';
import { readService, readSlice, withSlices, type Slice } from './service.ts';
import { readSubnet } from './subnet.ts';
import * as shapes from './shape.ts';

export interface ClusterReading {
  /** Null if anything keeps it from being used. */
  readonly cluster: Cluster | null;
  /** `options` of the short form, not looked at yet; of several documents the later says more. */
  readonly options: Json;
  readonly problems: readonly ClusterProblem[];
}

type Path = readonly (string | number)[];
type Kind = 'Subnet' | 'Node' | 'Service' | 'EndpointSlice' | 'Pod' | 'Vpc' | 'ServiceCIDR';

const META: FieldPlace = { path: ['metadata'], fields: shapes.META, others: othersOf('metadata') };
const spec = (kind: Kind, fields: FieldPlace['fields']): FieldPlace => ({ path: ['spec'], fields, others: othersOf(kind) });
const status = (fields: FieldPlace['fields']): FieldPlace => ({ path: ['status'], fields, others: null });

/** Where each kind of Kubernetes object keeps its fields. */
const PLACES: Readonly<Record<Kind, readonly FieldPlace[]>> = {
  Subnet: [META, spec('Subnet', shapes.SUBNET), status(shapes.SUBNET_STATUS)],
  Node: [META, spec('Node', {}), status(shapes.NODE_STATUS)],
  Service: [META, spec('Service', shapes.SERVICE), status(shapes.SERVICE_STATUS)],
  EndpointSlice: [META, { path: [], fields: shapes.ENDPOINT_SLICE, others: othersOf('object') }],
  Pod: [META, spec('Pod', shapes.POD), status(shapes.POD_STATUS)],
  Vpc: [META, spec('Vpc', {}), status(shapes.VPC_STATUS)],
  ServiceCIDR: [META, spec('ServiceCIDR', shapes.SERVICE_CIDR)],
};

/** The short form: everything straight under the object. */
const short = (kind: Kind, ...fields: readonly FieldPlace['fields'][]): readonly FieldPlace[] => [
  { path: [], fields: Object.assign({}, shapes.META, ...fields) as FieldPlace['fields'], others: othersOf('metadata', kind) },
];
const SHORT: Readonly<Record<string, { readonly kind: Kind; readonly places: readonly FieldPlace[] }>> = {
  subnets: { kind: 'Subnet', places: short('Subnet', shapes.SUBNET, shapes.SUBNET_STATUS) },
  nodes: { kind: 'Node', places: short('Node', shapes.NODE_STATUS, shapes.NODE_EXTRA) },
  services: { kind: 'Service', places: short('Service', shapes.SERVICE, shapes.SERVICE_EXTRA) },
  pods: { kind: 'Pod', places: short('Pod', shapes.POD_EXTRA, { hostNetwork: shapes.POD.hostNetwork as FieldPlace['fields'][string] }) },
};

const WHAT_TO_GIVE = 'give Kubernetes objects, or nodes: and subnets: with lists below';

/** Reads the documents of a file (a file of one document has one). */
export function readCluster(documents: readonly unknown[]): ClusterReading {
  return new ClusterReader().read(documents);
}

class ClusterReader {
  readonly #problems: ClusterProblem[] = [];
  readonly #subnets = new Map<string, Subnet>();
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #services = new Map<string, Service>();
  readonly #pods = new Map<string, Pod>();
  readonly #slices: Slice[] = [];
  readonly #serviceCidrs: string[] = [];
  readonly #unread = new Map<string, number>();
  /** The lists that what is being read stands in. */
  readonly #around = new Set<unknown>();
  #defaultVpc: string | null = null;
  #options: Json = {};

  read(documents: readonly unknown[]): ClusterReading {
    for (const [document, value] of documents.entries()) if (value !== null && value !== undefined) this.#document(document, value);
    for (const [kind, count] of this.#unread)
      this.#problem('note', 0, [], `${count} object${count === 1 ? '' : 's'} of kind "${kind}" not read: nothing on the node comes from it`, '');
    if (this.#nodes.size === 0 && !this.#failed())
      this.#problem('error', 0, [], 'there is no Node', 'give what kubectl get subnet,vpc,node,svc,endpointslices,pods -o yaml prints, or write nodes: and subnets: by hand');
    const cluster: Cluster = {
      subnets: [...this.#subnets.values()],
      nodes: [...this.#nodes.values()],
      services: [...this.#services.values()].map((service) => withSlices(service, this.#slices)),
      pods: [...this.#pods.values()],
      serviceCidrs: this.#serviceCidrs,
      defaultVpc: this.#defaultVpc,
    };
    return { cluster: this.#failed() ? null : cluster, options: this.#options, problems: this.#problems };
  }

  #failed(): boolean {
    return this.#problems.some(({ severity }) => severity === 'error');
  }

  #problem(severity: ClusterProblem['severity'], document: number, path: Path, message: string, hint: string): void {
    this.#problems.push({ severity, document, path, message, hint });
  }

  #document(document: number, value: unknown): void {
    if (Array.isArray(value)) return this.#list(document, [], value);
    if (!isRecord(value)) return this.#problem('error', document, [], `this is not a description of a cluster: ${quoteValue(value)}`, WHAT_TO_GIVE);
    if (typeof value.kind === 'string') return this.#object(document, [], value);
    this.#short(document, value);
  }

  #list(document: number, path: Path, items: unknown): void {
    if (items === null || items === undefined) return;
    if (!Array.isArray(items)) return this.#problem('error', document, path, '"items" is not a list', WHAT_TO_GIVE);
    // An alias of YAML can make a list hold itself.
    if (this.#around.has(items)) return this.#problem('error', document, path, 'nested too deeply', '');
    this.#around.add(items);
    for (const [i, item] of items.entries()) {
      if (isRecord(item)) this.#object(document, [...path, i], item);
      else this.#problem('error', document, [...path, i], 'this is not an object', WHAT_TO_GIVE);
    }
    this.#around.delete(items);
  }

  #object(document: number, path: Path, value: Json): void {
    const { kind } = value;
    if (typeof kind !== 'string')
      return this.#problem('error', document, path, 'an object without "kind"', 'Kubernetes objects say what they are; the short form has nodes: and subnets:');
    if (Object.hasOwn(PLACES, kind)) return this.#take(kind as Kind, value, PLACES[kind as Kind], document, path);
    if (kind.endsWith('List')) return this.#list(document, [...path, 'items'], value.items);
    this.#unread.set(kind, (this.#unread.get(kind) ?? 0) + 1);
  }

  #short(document: number, value: Json): void {
    const known = Object.keys(shapes.SHORT);
    for (const [key, items] of Object.entries(value)) {
      if (items === null || items === undefined) continue;
      const form = Object.hasOwn(SHORT, key) ? SHORT[key] : undefined;
      if (key === 'options') {
        if (isRecord(items)) this.#options = { ...this.#options, ...items };
        else this.#problem('error', document, [key], '"options" is not an object', '');
      } else if (!form) {
        const near = closest(key, known);
        this.#problem('warning', document, [key], `unknown field "${key}"`, near === null ? `known are ${known.join(', ')}` : `did you mean "${near}"?`);
      } else if (!Array.isArray(items)) this.#problem('error', document, [key], `"${key}" is not a list`, 'write - name: … and its fields below');
      else
        for (const [i, item] of items.entries()) {
          const path = [key, i];
          if (!isRecord(item)) this.#problem('error', document, path, `${form.kind}: this is not an object`, 'write - name: … and its fields below');
          // A whole object may stand in the short form's lists.
          else if (isRecord(item.metadata)) this.#take(form.kind, item, PLACES[form.kind], document, path);
          else this.#take(form.kind, item, form.places, document, path);
        }
    }
  }

  #take(kind: Kind, value: Json, places: readonly FieldPlace[], document: number, path: Path): void {
    const reader = new ObjectReader(kind, value, places, { document, path }, this.#problems);
    switch (kind) {
      case 'Subnet':
        return this.#keep(reader, this.#subnets, readSubnet(reader), reader.name);
      case 'Service':
        return this.#keep(reader, this.#services, readService(reader), `${reader.text('namespace', 'default')}/${reader.name}`);
      case 'Pod':
        return this.#keep(reader, this.#pods, readPod(reader), `${reader.text('namespace', 'default')}/${reader.name}`);
      case 'Node': {
        const node = readNode(reader);
        const before = this.#nodes.get(reader.name);
        if (node) this.#nodes.set(node.name, before ? mergeNodes(before, node) : node);
        return;
      }
      case 'EndpointSlice': {
        const slice = readSlice(reader);
        if (slice) this.#slices.push(slice);
        return;
      }
      case 'Vpc':
        if (reader.truth('default')) this.#defaultVpc = reader.name;
        return;
      case 'ServiceCIDR':
        for (const [i, word] of (reader.get<readonly string[]>('cidrs') ?? []).entries()) {
          const prefix = parsePrefix(word);
          if (prefix?.length) this.#serviceCidrs.push(formatPrefix(prefix));
          else reader.fieldProblem('error', 'cidrs', [i], `"${word}" is no prefix of a service network`, 'write 10.96.0.0/12');
        }
    }
  }

  #keep<T>(reader: ObjectReader, into: Map<string, T>, read: T | null, key: string): void {
    if (read === null) return;
    if (into.has(key)) reader.problem('warning', [], 'it stands here a second time', 'the later one counts');
    into.set(key, read);
  }
}
