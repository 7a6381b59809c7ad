/** Values of registers as people write them, and as the published trace has them. */

import { icmpTypeName } from '../extension/icmp-name.ts';
import { CTSTATE, CTSTATUS, IPVS_METHODS, PACKET_TYPE, TCP_FLAG, type Field } from '../model/field.ts';
import { formatAddress, type Family } from '../net/address.ts';
import { protocolName } from '../net/protocol.ts';
import type { InterfaceNames } from './interfaces.ts';

/** Status bits that a rule or `conntrack -L` can tell; the rest is the kernel's own book-keeping. */
const SHOWN_STATUS = {
  EXPECTED: CTSTATUS.EXPECTED,
  SEEN_REPLY: CTSTATUS.SEEN_REPLY,
  ASSURED: CTSTATUS.ASSURED,
  CONFIRMED: CTSTATUS.CONFIRMED,
  SRC_NAT: CTSTATUS.SRC_NAT,
  DST_NAT: CTSTATUS.DST_NAT,
} as const;

const hex = (value: number) => `0x${value.toString(16)}`;

function bitNames(value: number, names: Readonly<Record<string, number>>): string {
  const set = Object.entries(names)
    .filter(([, bit]) => value & bit)
    .map(([name]) => name);
  return set.length > 0 ? set.join(',') : 'none';
}

const named = (name: string | null) => (name === null ? '' : ` (${name})`);

/** @param form `json` leaves numbers as numbers; `text` is for sentences */
export function valueText(names: InterfaceNames, family: Family, field: Field, value: number, form: 'json'): string | number;
export function valueText(names: InterfaceNames, family: Family, field: Field, value: number, form?: 'text'): string;
export function valueText(names: InterfaceNames, family: Family, field: Field, value: number, form: 'json' | 'text' = 'text'): string | number {
  switch (field.kind) {
    case 'interface':
      return names.name(value) || 'none';
    case 'tcp-flags':
      return bitNames(value, TCP_FLAG);
    case 'ctstate':
      return bitNames(value, CTSTATE);
    case 'ctstatus':
      return bitNames(value, SHOWN_STATUS);
    case 'packet-type':
      return Object.entries(PACKET_TYPE).find(([, number]) => number === value)?.[0] ?? String(value);
    case 'ipvs-method':
      return IPVS_METHODS[value]?.toUpperCase() ?? String(value);
    case 'protocol':
      return protocolName(value);
    case 'icmp-type':
      return form === 'json' ? value : `${value}${named(icmpTypeName(family, value))}`;
    case 'hex':
      return form === 'json' ? value : hex(value);
    default:
      return form === 'json' ? value : String(value);
  }
}

/** A register as text; addresses by family. */
export function registerText(names: InterfaceNames, family: Family, regs: Uint32Array, field: Field): string {
  if (field.kind === 'address') return formatAddress(family, regs, field.index);
  return valueText(names, family, field, regs[field.index] as number);
}
