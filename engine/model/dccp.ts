/** DCCP packets: types, and how long their headers are (RFC 4340 sections 5.1 and 5.8). */

/** By number. */
export const DCCP_TYPES = ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK'] as const;
export type DccpTypeName = (typeof DCCP_TYPES)[number];

/** The largest number that four bits hold; those behind the names are reserved. */
export const LAST_DCCP_TYPE = 15;
/** The offset to the data is counted in words of four bytes, in one byte. */
const LONGEST_HEADER = 255 * 4;
/** With a sequence number of 48 bits, as every type may have it. */
const GENERIC_HEADER = 16;

/** Of a packet that does not say its type no more is there than what all have, with a sequence number of 24 bits. */
const SHORT_HEADER = 12;

/** Bytes that follow the generic header for the type; DCCP-Reset and types that are not known: the largest (__dccp_hdr_len() of include/linux/dccp.h). */
function dccpTypeLength(type: number): number {
  switch (DCCP_TYPES[type]) {
    case 'REQUEST':
      return 4;
    case 'DATA':
      return 0;
    case 'ACK':
    case 'DATAACK':
    case 'CLOSEREQ':
    case 'CLOSE':
    case 'SYNC':
    case 'SYNCACK':
      return 8;
    default:
      return 12;
  }
}

export function dccpHeaderLength({ dccpType, dccpOptions }: { readonly dccpType: number | null; readonly dccpOptions: string }): number {
  return dccpType === null ? SHORT_HEADER : GENERIC_HEADER + dccpTypeLength(dccpType) + dccpOptions.length / 2;
}

/** Padded with zeros to whole words; null: they do not fit into the header. */
export function padDccpOptions(hex: string, type: number): string | null {
  const padded = hex.toLowerCase().padEnd(Math.ceil(hex.length / 8) * 8, '0');
  return dccpHeaderLength({ dccpType: type, dccpOptions: padded }) > LONGEST_HEADER ? null : padded;
}

export function dccpTypeNumber(type: DccpTypeName | number): number {
  return typeof type === 'number' ? type : DCCP_TYPES.indexOf(type);
}

/** The name, or the number of a reserved type. */
export function dccpTypeText(type: number): DccpTypeName | number {
  return DCCP_TYPES[type] ?? type;
}
