/** A Subnet more, and one less. It is written as the last one is: in the list of the short form, among the items of a `List`, or as a document of its own. */

import type { ClusterForm, FormSubnet } from './cluster-form.ts';
import { isShortForm, withDocument, withItem, withoutDocument, withoutItem, type Path, type Value } from './cluster-yaml.ts';

export interface NewSubnet {
  readonly name: string;
  readonly cidrBlock: string;
  readonly natOutgoing: boolean;
  readonly gatewayType: 'distributed' | 'centralized';
  /** Empty: none. */
  readonly gatewayNode: string;
}

export function withSubnet({ source, subnets }: ClusterForm, { name, cidrBlock, natOutgoing, gatewayType, gatewayNode }: NewSubnet): string | null {
  const fields: Readonly<Record<string, Value>> = { cidrBlock, natOutgoing, gatewayType, ...(gatewayNode !== '' && { gatewayNode }) };
  const whole = { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name }, spec: fields };
  const last = subnets.at(-1);
  const path = last && objectPath(last);
  if (last && path && path.length > 0) return withItem(source, { document: last.place.document, path: path.slice(0, -1) }, isWhole(last) ? whole : { name, ...fields });
  const short = last ? -1 : source.documents.findIndex(isShortForm);
  return short >= 0 ? withItem(source, { document: short, path: ['subnets'] }, { name, ...fields }) : withDocument(source, whole);
}

export function withoutSubnet({ source }: ClusterForm, subnet: FormSubnet): string | null {
  const { document } = subnet.place;
  const path = objectPath(subnet);
  const index = path.at(-1);
  if (index === undefined) return withoutDocument(source, document);
  return typeof index === 'number' ? withoutItem(source, { document, path: path.slice(0, -1) }, index) : null;
}

/** Its fields stand under `spec`, as in Kubernetes. */
const isWhole = ({ place }: FormSubnet): boolean => place.path.at(-1) === 'spec';

function objectPath(subnet: FormSubnet): Path {
  return isWhole(subnet) ? subnet.place.path.slice(0, -1) : subnet.place.path;
}
