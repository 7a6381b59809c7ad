/** The one list of set types, by name and by the names of ipset 4 that ipset still takes. */

import { bitmapIp, bitmapIpMac } from './bitmap-ip.ts';
import { bitmapPort } from './bitmap-port.ts';
import { hashIp } from './hash-ip.ts';
import { hashIpMark } from './hash-ip-mark.ts';
import { hashIpPort } from './hash-ip-port.ts';
import { hashIpPortIp } from './hash-ip-port-ip.ts';
import { hashIpPortNet } from './hash-ip-port-net.ts';
import { hashIpMac, hashMac } from './hash-mac.ts';
import { hashNet } from './hash-net.ts';
import { hashNetIface } from './hash-net-iface.ts';
import { hashNetNet } from './hash-net-net.ts';
import { hashNetPort } from './hash-net-port.ts';
import { hashNetPortNet } from './hash-net-port-net.ts';
import { listSet } from './list-set.ts';
import type { SetType } from './settype.ts';

export const SET_TYPES: readonly SetType[] = [
  bitmapIp,
  bitmapIpMac,
  bitmapPort,
  hashIp,
  hashMac,
  hashIpMac,
  hashNet,
  hashNetNet,
  hashIpPort,
  hashNetPort,
  hashIpPortIp,
  hashIpPortNet,
  hashIpMark,
  hashNetPortNet,
  hashNetIface,
  listSet,
];

/** ipset 7.17 lib: aliases of struct ipset_type. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['iphash', 'hash:ip'],
  ['ipmap', 'bitmap:ip'],
  ['macipmap', 'bitmap:ip,mac'],
  ['portmap', 'bitmap:port'],
  ['nethash', 'hash:net'],
  ['ipporthash', 'hash:ip,port'],
  ['netporthash', 'hash:net,port'],
  ['ipportiphash', 'hash:ip,port,ip'],
  ['ipportnethash', 'hash:ip,port,net'],
  ['netifacehash', 'hash:net,iface'],
  ['setlist', 'list:set'],
  ['ipmarkhash', 'hash:ip,mark'],
  ['machash', 'hash:mac'],
  ['ipmachash', 'hash:ip,mac'],
  ['netnethash', 'hash:net,net'],
  ['netportnethash', 'hash:net,port,net'],
]);

const byName = new Map(SET_TYPES.map((type) => [type.name, type]));

/** Type of a set by its name in `create`; undefined if nobody knows it. */
export function findSetType(name: string): SetType | undefined {
  return byName.get(ALIASES.get(name) ?? name);
}
