/** What can be read as the `cidrBlock` of a Subnet: a prefix, or one of each family with a comma between. */

import { parseAddress } from '../../engine/index.ts';

export function isCidrBlock(text: string): boolean {
  const families = text.split(',').map((part) => familyOf(part.trim()));
  return families.length <= 2 && !families.includes(null) && new Set(families).size === families.length;
}

function familyOf(prefix: string): 'ipv4' | 'ipv6' | null {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(prefix) ?? [];
  if (address === '' || !parseAddress(address)) return null;
  const six = address.includes(':');
  return Number(length) <= (six ? 128 : 32) ? (six ? 'ipv6' : 'ipv4') : null;
}

/** A name as Kubernetes takes it for a Subnet: RFC 1123 labels with dots between. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);
}
