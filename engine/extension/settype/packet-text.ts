/**
 * What a set sees of a packet, in words: the values of the very look-up, each printed as an entry has it, and why there
 * is none where a packet has nothing to look for.
 */

import { FIELD, L4 } from '../../model/field.ts';
import type { SetSide } from '../../model/set.ts';
import { formatAddress } from '../../net/address.ts';
import { PROTO } from '../../net/protocol.ts';
import { NOT_IN_SET, packetInterface, packetPart, UNKNOWN_ENTRY, type SetContext } from './lookup.ts';
import { printPart } from './print.ts';
import type { Part } from './settype.ts';
import type { SetState } from './state.ts';

export interface PacketText {
  /** The sides that were looked at: `src,dst`. */
  readonly sides: string;
  /** `10.0.0.1,tcp:80`. */
  readonly values: string;
}

/** The packet's values that a look-up goes by, as an entry would be written. */
export function packetText(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): PacketText {
  const { type, family } = state.layout;
  if (type.method === 'list') return listText(state, sides, regs, context);
  const parts = type.parts.slice(0, sides.length);
  const looked = { sides: sides.slice(0, type.dimensions).join(',') };
  if (otherFamily(state, context)) return { ...looked, values: `${firstAddress(sides, regs, context)} (the set holds ${family === 'ipv6' ? 'IPv6' : 'IPv4'})` };
  const values = parts.map((part, p) => partText(state, part, p, sides[p] as SetSide, regs, context)).join(',');
  const missing = type.dimensions - sides.length;
  return { ...looked, values: missing > 0 ? `${values} (${missing} more of src and dst would be needed)` : values };
}

const otherFamily = ({ layout }: SetState, { family }: SetContext): boolean => layout.type.families.length > 0 && (layout.header.family ?? layout.family) !== family;

const firstAddress = ([side = 'src']: readonly SetSide[], regs: Uint32Array, { family }: SetContext): string => formatAddress(family, regs, FIELD[side].index);

function partText(state: SetState, part: Part, p: number, side: SetSide, regs: Uint32Array, context: SetContext): string {
  const words = packetPart(state, p, side, regs, context);
  if (words === UNKNOWN_ENTRY) return `${NAMES[part.kind]} not known`;
  if (words === NOT_IN_SET) return outside(part, side, regs, context) ?? `no ${NAMES[part.kind]}`;
  if (part.kind === 'interface') return packetInterface();
  const text = printPart(state.layout, part, words, state.layout.offsets[p] as number, state.names) ?? '';
  const whole = part.kind === 'address' && state.layout.mask ? formatAddress(context.family, regs, FIELD[side].index) : text;
  return whole === text ? text : `${whole} as ${text}`;
}

/** A value that the packet has and no entry of the set can: an address or port outside of a bitmap, or 0.0.0.0. */
function outside({ kind }: Part, side: SetSide, regs: Uint32Array, context: SetContext): string | null {
  if (kind === 'address') return formatAddress(context.family, regs, FIELD[side].index);
  const proto = regs[FIELD.proto.index];
  if (kind !== 'plain-port' || regs[FIELD.l4.index] !== L4.readable || (proto !== PROTO.tcp && proto !== PROTO.udp)) return null;
  return String(regs[FIELD[side === 'src' ? 'sport' : 'dport'].index]);
}

const NAMES: Readonly<Record<Part['kind'], string>> = {
  address: 'address',
  net: 'address',
  port: 'port',
  'plain-port': 'TCP or UDP port',
  mark: 'mark',
  mac: 'MAC',
  interface: 'interface',
  set: 'set',
};

/** Each kind of value that members of the packet's family look for, once. */
function listText(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): PacketText {
  const found = new Set<string>();
  const looked = new Set<string>();
  for (let i = 0; i < state.names.length; i++) {
    const member = context.setState(state.names[i] as string);
    if (!member || member.layout.type.method === 'list' || otherFamily(member, context) || looked.has(kindKey(member))) continue;
    looked.add(kindKey(member));
    found.add(packetText(member, sides, regs, context).values);
  }
  const values = [...found].join(' or ');
  return { sides: sides.join(','), values: values || firstAddress(sides, regs, context) };
}

const kindKey = ({ layout }: SetState): string => `${layout.type.name} ${layout.header.family} ${layout.mask} ${layout.markMask} ${layout.range}`;
