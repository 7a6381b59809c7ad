/** A Node of Kubernetes: its InternalIPs, what Kube-OVN notes on it about ovn0, and interfaces written by hand. */

import { formatPrefix, parseAddress, parsePrefix } from '../../net/address.ts';
import type { ClusterNode, NodeInterface } from '../cluster.ts';
import { splitWords } from '../options.ts';
import { canonicalAddress, type ObjectReader } from './object.ts';

interface AddressJson {
  readonly type: string;
  readonly address: string;
}

interface InterfaceJson {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly gateway?: string | readonly string[];
  readonly mtu?: number;
  readonly mac?: string;
}

const ANNOTATION = 'ovn.kubernetes.io/';
const DEFAULT_MTU = 1500;

/** Null if something in it has no meaning; the reader has said what. */
export function readNode(reader: ObjectReader): ClusterNode | null {
  const annotations = reader.get<Readonly<Record<string, string>>>('annotations') ?? {};
  const listed = reader.get<readonly (string | AddressJson)[]>('addresses') ?? [];
  const internalIPs = listed.flatMap((item, i) => {
    if (typeof item !== 'string' && item.type !== 'InternalIP') return [];
    return reader.addresses('addresses', [typeof item === 'string' ? item : item.address], () => (typeof item === 'string' ? [i] : [i, 'address']));
  });
  const noted = (key: string): string[] => splitWords(annotations[`${ANNOTATION}${key}`] ?? '');
  const fromAnnotation = (key: string): string[] =>
    noted(key).flatMap((word) => {
      const address = canonicalAddress(word);
      if (address === null) reader.fieldProblem('error', 'annotations', [`${ANNOTATION}${key}`], `"${word}" is not an IP address`, '');
      return address === null ? [] : [address];
    });
  const given = (field: string): string[] => reader.addresses(field, reader.get<readonly string[]>(field) ?? []);
  const join = given('join');
  const joinGateways = given('joinGateway');
  const interfaces = (reader.get<readonly InterfaceJson[]>('interfaces') ?? []).map((item, i) => readInterface(reader, item, i));
  // Asked for even if written by hand: what is wrong is to be told.
  const notedJoin = fromAnnotation('ip_address');
  const notedGateways = fromAnnotation('gateway');
  const mac = annotations[`${ANNOTATION}mac_address`];
  if (!reader.ok) return null;
  return {
    name: reader.name,
    internalIPs,
    join: join.length > 0 ? join : notedJoin,
    joinGateways: joinGateways.length > 0 ? joinGateways : notedGateways,
    joinMac: mac !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac) ? mac.toLowerCase() : null,
    interfaces,
    tunnelInterface: annotations[`${ANNOTATION}tunnel_interface`] ?? null,
    kernel: reader.get<string>('kernel') ?? reader.get<{ readonly kernelVersion?: string }>('nodeInfo')?.kernelVersion ?? null,
  };
}

function readInterface(reader: ObjectReader, { name, addresses, gateway = [], mtu, mac }: InterfaceJson, index: number): NodeInterface {
  const read = addresses.flatMap((word, i) => {
    const address = parseAddress(word.replace(/\/.*$/, ''));
    const prefix = word.includes('/') && address ? parsePrefix(word) : null;
    if (!prefix || prefix.length === null || !address) {
      reader.fieldProblem('error', 'interfaces', [index, 'addresses', i], `"${word}" is not an address with a prefix length`, 'write 192.168.0.101/24');
      return [];
    }
    return [`${canonicalAddress(word.replace(/\/.*$/, ''))}/${formatPrefix(prefix).split('/')[1]}`];
  });
  const gateways = (typeof gateway === 'string' ? splitWords(gateway) : gateway).flatMap((word) => {
    const address = canonicalAddress(word);
    if (address === null) reader.fieldProblem('error', 'interfaces', [index, 'gateway'], `"${word}" is not an IP address`, '');
    return address === null ? [] : [address];
  });
  return { name, addresses: read, gateways, mtu: mtu ?? DEFAULT_MTU, mac: mac?.toLowerCase() ?? null };
}

/** What is written by hand about a node that is there already adds to it. */
export function mergeNodes(before: ClusterNode, more: ClusterNode): ClusterNode {
  const longer = <T>(a: readonly T[], b: readonly T[]): readonly T[] => (b.length > 0 ? b : a);
  return {
    name: before.name,
    internalIPs: longer(before.internalIPs, more.internalIPs),
    join: longer(before.join, more.join),
    joinGateways: longer(before.joinGateways, more.joinGateways),
    joinMac: more.joinMac ?? before.joinMac,
    interfaces: longer(before.interfaces, more.interfaces),
    tunnelInterface: more.tunnelInterface ?? before.tunnelInterface,
    kernel: more.kernel ?? before.kernel,
  };
}
