/**
 * Packets for a node that they do not fit: whoever opens files of another node has packets that come in by links it lacks. The
 * first of them comes in by one of its own then, from a neighbour there.
 */

import { Address4, Address6 } from 'ip-address';
import type { InterfaceSummary } from '../worker/messages.ts';
import { readAddress, type PacketDraft } from './draft.ts';

/** Null: they fit. */
export function packetsFor(links: readonly InterfaceSummary[], packets: readonly PacketDraft[]): readonly PacketDraft[] | null {
  const names = new Set(links.map(({ name }) => name));
  const [first] = packets;
  if (!first || packets.every(({ fields }) => fields.in === '' || names.has(fields.in))) return null;
  const family = readAddress(first.fields.dst)?.family ?? 'ipv4';
  const reached = links.flatMap(({ name, addresses }) => {
    const own = addresses.find((address) => name !== 'lo' && address.includes(':') === (family === 'ipv6') && !/^fe80:/i.test(address));
    const neighbour = own === undefined ? null : neighbourOf(own, family);
    return own === undefined || neighbour === null ? [] : [{ name, own: own.slice(0, own.indexOf('/')), neighbour }];
  });
  // The link to the world is mostly the first: what comes in by another is sent on by it.
  const by = reached.at(-1);
  const link = by?.name ?? links.find(({ name }) => name !== 'lo')?.name;
  if (link === undefined) return null;
  const fields = { ...first.fields, in: link, ...(by && { src: by.neighbour }), ...(by && reached.length === 1 && { dst: by.own }) };
  return [{ ...first, fields }];
}

/** The address beside this one in its prefix; null where it is alone there. */
function neighbourOf(address: string, family: 'ipv4' | 'ipv6'): string | null {
  const own = family === 'ipv6' ? new Address6(address) : new Address4(address);
  if (own.subnetMask >= (family === 'ipv6' ? 127 : 31)) return null;
  const next = own.bigInt() + 1n < own.endAddress().bigInt() ? own.bigInt() + 1n : own.bigInt() - 1n;
  return (family === 'ipv6' ? Address6.fromBigInt(next) : Address4.fromBigInt(next)).correctForm();
}
