/** What every part of IPVS in the walk asks and says: its settings, what became of the packet, how ends of a connection are named. */

import { FIELD, TCP_FLAG } from '../model/field.ts';
import type { IpvsConnection, RealServer } from '../model/ipvs.ts';
import { formatAddress, type Words } from '../net/address.ts';
import { PROTO, protocolName } from '../net/protocol.ts';
import { emitIcmpError } from './emit.ts';
import { addStep, type Walker } from './run.ts';
import { read, type Skb } from './skb.ts';

/** What IPVS did: nothing and the hook goes on, sent the packet on through OUTPUT, or dropped it for this reason. */
export type IpvsResult = { readonly kind: 'goes-on' } | { readonly kind: 'sent-on' } | { readonly kind: 'drop'; readonly reason: string };

export const GOES_ON: IpvsResult = { kind: 'goes-on' };
export const isSyn = (skb: Skb) => read(skb, FIELD.proto) === PROTO.tcp && (read(skb, FIELD.tcpFlags) & TCP_FLAG.SYN) !== 0;
export const isReset = (skb: Skb) => (read(skb, FIELD.tcpFlags) & TCP_FLAG.RST) !== 0;

export const setting = ({ run }: Walker, name: string, initial: number): number => Number(run.world.network.sysctl(`net.ipv4.vs.${name}`) ?? initial);

export function step(walker: Walker, text: string): void {
  addStep(walker, { kind: 'ipvs', text });
}

export function dropped(walker: Walker, reason: string, text: string): IpvsResult {
  addStep(walker, { kind: 'drop', reason, text });
  return { kind: 'drop', reason };
}

export function refused(walker: Walker, reason: string, text: string, type: number, code: number): IpvsResult {
  return dropped(walker, reason, `${text}; ${emitIcmpError(walker, 'icmp-error', type, code)}`);
}

/** `10.16.0.30:8080`, `[fd02::9]:8080`. */
export function serverName({ family, address, port }: Pick<RealServer, 'family' | 'address' | 'port'>): string {
  return placeText(family, address, port);
}

const placeText = (family: RealServer['family'], words: Words, port: number): string =>
  `${family === 'ipv6' ? `[${formatAddress(family, words)}]` : formatAddress(family, words)}:${port}`;

export function place(connection: IpvsConnection, side: 'client' | 'virtual' | 'server'): string {
  return placeText(connection.family, connection[side], connection[`${side}Port`]);
}
export const client = (connection: IpvsConnection): string => `${protocolName(connection.proto)} ${place(connection, 'client')}`;
