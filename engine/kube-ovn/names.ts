/** Names that Kube-OVN and kube-proxy give to sets, chains and interfaces, and words as iptables-save writes them. */

import { utf8Bytes } from '../net/utf8.ts';
import type { Family } from '../net/address.ts';
import { sha256 } from './sha256.ts';

/** Kube-OVN's interface on the node (`util.NodeNic`). */
export const NODE_NIC = 'ovn0';
/** kube-proxy's interface in IPVS mode. */
export const IPVS_NIC = 'kube-ipvs0';

/** `IPSET_MAXNAMELEN` less the final zero. */
const MAX_SET_NAME = 31;

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** `ovn40subnets`: felix puts `ovn`, the family and a 0 before the id, and cuts at 31 characters. */
export function ovnSetName(family: Family, id: string): string {
  return `ovn${family === 'ipv4' ? '4' : '6'}0${id}`.slice(0, MAX_SET_NAME);
}

/** `KUBE-CLUSTER-IP`, `KUBE-6-CLUSTER-IP`: kube-proxy marks the family after the first word. */
export function kubeSetName(family: Family, id: string): string {
  return `KUBE-${family === 'ipv4' ? '' : '6-'}${id}`.slice(0, MAX_SET_NAME);
}

/** Chain of a Subnet's policy rules: the last 12 characters of its UID. */
export function policyChainName(uid: string): string {
  return `OVN-NAT-PSUBNET-${uid.slice(-12)}`;
}

/** A word in the way iptables-save prints it: in quotes unless it is made of letters, digits, `-` and `_` (libxtables, `xtables_save_string`). */
export function savedWord(text: string): string {
  if (/^[0-9A-Za-z_-]+$/.test(text)) return text;
  return `"${text.replace(/["\\']/g, '\\$&')}"`;
}

/** The 16 characters in the names of kube-proxy's chains: SHA-256 in base 32 (`pkg/proxy/iptables/proxier.go`, portProtoHash). */
export function chainHash(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const digest = sha256(Uint8Array.from(utf8Bytes(text)));
  let name = '';
  for (let bit = 0; name.length < 16; bit += 5) {
    const pair = ((digest[bit >> 3] as number) << 8) | (digest[(bit >> 3) + 1] as number);
    name += alphabet[(pair >> (11 - (bit & 7))) & 31];
  }
  return name;
}
