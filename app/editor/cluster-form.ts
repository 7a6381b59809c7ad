/** What the form shows of a cluster's text: the switches, the Subnets and where each of their fields stands. */

import { isMap, type Document, type ParsedNode } from 'yaml';
import { readGateways, type FormGateway } from './gateway-node.ts';
import { isShortForm, readClusterText, valueAt, withDocument, withValue, type ClusterText, type Path, type Place, type Value } from './cluster-yaml.ts';

export interface FormRule {
  readonly action: string;
  readonly srcIPs: string;
  readonly dstIPs: string;
}

export interface FormSubnet {
  /** Where its fields stand: the object itself, or its `spec`. */
  readonly place: Place;
  readonly name: string;
  readonly cidrBlock: string;
  readonly protocol: string;
  readonly vpc: string;
  readonly natOutgoing: boolean;
  readonly gatewayType: 'distributed' | 'centralized';
  readonly gateways: readonly FormGateway[];
  readonly rules: readonly FormRule[];
}

/** What the form shows: plain data. */
export interface ShownForm {
  /** As written; a switch that is left out is not in it. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly subnets: readonly FormSubnet[];
  /** Names of the Nodes. */
  readonly nodes: readonly string[];
}

export interface ClusterForm extends ShownForm {
  readonly source: ClusterText;
}

type Data = Readonly<Record<string, unknown>>;

export function readForm(source: ClusterText): ClusterForm {
  const subnets: FormSubnet[] = [];
  const nodes = new Set<string>();
  let options: Data = {};
  for (const [document, parsed] of source.documents.entries()) {
    const value = plain(parsed);
    if (isData(value) && typeof value.kind !== 'string' && isData(value.options)) options = { ...options, ...value.options };
    for (const path of objectPaths(value, NODE, [])) nodes.add(text(metaOf(at(value, path)).name));
    for (const path of objectPaths(value, SUBNET, [])) {
      const subnet = readSubnet(value, { document, path });
      if (subnet) subnets.push(subnet);
    }
  }
  nodes.delete('');
  return { source, options, subnets, nodes: [...nodes] };
}

function plain(document: Document<ParsedNode>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    return null;
  }
}

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '');

interface Kind {
  readonly kind: string;
  /** Its list in the short form. */
  readonly list: string;
}
const SUBNET: Kind = { kind: 'Subnet', list: 'subnets' };
const NODE: Kind = { kind: 'Node', list: 'nodes' };

const at = (root: unknown, path: Path): Data => {
  const found = path.reduce<unknown>((value, key) => (value as Readonly<Record<string | number, unknown>>)[key], root);
  return isData(found) ? found : {};
};
const metaOf = (object: Data): Data => (isData(object.metadata) ? object.metadata : object);

/** Where objects stand, as the engine looks for them: an object, a list, a `…List`, or the short form. */
function objectPaths(value: unknown, wanted: Kind, path: Path): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => (isData(item) ? objectPaths(item, wanted, [...path, i]) : []));
  if (!isData(value)) return [];
  if (value.kind === wanted.kind) return [path];
  if (typeof value.kind === 'string') return value.kind.endsWith('List') && Array.isArray(value.items) ? objectPaths(value.items, wanted, [...path, 'items']) : [];
  const list = value[wanted.list];
  return path.length === 0 && Array.isArray(list) ? list.flatMap((item, i) => (isData(item) ? [[wanted.list, i]] : [])) : [];
}

function readSubnet(root: unknown, { document, path }: Place): FormSubnet | null {
  const object = at(root, path);
  const whole = isData(object.metadata) || object.kind === 'Subnet';
  const fields = whole ? object.spec : object;
  if (!isData(fields)) return null;
  const rules = Array.isArray(fields.natOutgoingPolicyRules) ? fields.natOutgoingPolicyRules : [];
  return {
    place: { document, path: whole ? [...path, 'spec'] : path },
    name: text(metaOf(object).name),
    cidrBlock: text(fields.cidrBlock),
    protocol: text(fields.protocol) || protocolOf(text(fields.cidrBlock)),
    vpc: text(fields.vpc),
    natOutgoing: fields.natOutgoing === true,
    gatewayType: fields.gatewayType === 'centralized' ? 'centralized' : 'distributed',
    gateways: readGateways(text(fields.gatewayNode)),
    rules: rules.map((rule: unknown) => {
      const { action, match } = isData(rule) ? rule : ({} as Data);
      const { srcIPs, dstIPs } = isData(match) ? match : ({} as Data);
      return { action: text(action), srcIPs: text(srcIPs), dstIPs: text(dstIPs) };
    }),
  };
}

function protocolOf(cidrBlock: string): string {
  const families = new Set(cidrBlock.split(',').flatMap((cidr) => (cidr.trim() === '' ? [] : [cidr.includes(':') ? 'IPv6' : 'IPv4'])));
  return families.size === 2 ? 'Dual' : ([...families][0] ?? '');
}

// --- Changes -------------------------------------------------------------------------------------------------------

/** A switch with another value; switches stand under `options` of the last document that has them, or in one of their own. */
export function withOption({ source }: ClusterForm, name: string, value: Value | undefined): string | null {
  const { documents } = source;
  const has = (path: Path): number => documents.findLastIndex((document) => isShortForm(document) && document.hasIn(path));
  const holder = has(['options', name]) >= 0 ? has(['options', name]) : has(['options']);
  if (holder >= 0) return withValue(source, { document: holder, path: ['options', name] }, value);
  if (value === undefined) return source.text;
  const short = documents.findIndex(isShortForm);
  return short >= 0 ? withValue(source, { document: short, path: ['options'] }, { [name]: value }) : withDocument(source, { options: { [name]: value } });
}

/** A field of a Subnet with another value, undefined without it. */
export function withField({ source }: ClusterForm, subnet: FormSubnet, field: string, value: Value | undefined): string | null {
  const place = { document: subnet.place.document, path: [...subnet.place.path, field] };
  return value === undefined && valueAt(source, place) === undefined ? source.text : withValue(source, place, value);
}

/** Several fields of a Subnet at once; undefined takes one away. */
export function withFields(form: ClusterForm, subnet: FormSubnet, fields: Readonly<Record<string, Value | undefined>>): string | null {
  let text: string | null = form.source.text;
  for (const [field, value] of Object.entries(fields)) {
    const source: ClusterText | null = text === null ? null : readClusterText(text);
    text = source && withField({ ...form, source }, subnet, field, value);
  }
  return text;
}

/** Field of a policy rule; empty addresses are left out. */
export function withRuleField({ source }: ClusterForm, subnet: FormSubnet, index: number, field: keyof FormRule, value: string): string | null {
  const rule = rulesPlace(subnet);
  const at = (...more: Path): Place => ({ ...rule, path: [...rule.path, index, ...more] });
  if (field === 'action') return withValue(source, at('action'), value);
  if (value === '') return valueAt(source, at('match', field)) === undefined ? source.text : withValue(source, at('match', field), undefined);
  return isMap(source.documents[rule.document]?.getIn(at('match').path, true)) ? withValue(source, at('match', field), value) : withValue(source, at('match'), { [field]: value });
}

export function rulesPlace({ place }: FormSubnet): Place {
  return { document: place.document, path: [...place.path, 'natOutgoingPolicyRules'] };
}
