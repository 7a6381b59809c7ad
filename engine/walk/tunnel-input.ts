/**
 * What comes out of a tunnel: the packet in an envelope that was delivered to the node's own vxlan or geneve device. It
 * arrives on that device as any packet does, with the mark that the envelope had in INPUT.
 *
 * Source: Linux 6.18 drivers/net/vxlan/vxlan_core.c vxlan_rcv(), drivers/net/geneve.c geneve_udp_encap_recv(), geneve_rx();
 * include/net/inet_ecn.h INET_ECN_decapsulate().
 */

import { FIELD, type PacketTypeName } from '../model/field.ts';
import type { Interface, Tunnel } from '../model/route.ts';
import { formatMac } from '../net/mac.ts';
import { PROTO } from '../net/protocol.ts';
import { bytesOf, decodePacket, read32 } from './decode.ts';
import { addStep, emit, type Walker } from './run.ts';
import { read, readWords, sameWords, unknownBits } from './skb.ts';
import { isTunnel } from './tunnel.ts';

const ETHERNET_HEADER = 14;
/** ETH_P_TEB: an Ethernet frame follows. */
const ETHERNET = 0x6558;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ECN = 3;
const CE = 3;

/** What stands in a tunnel's header: which network, and where the rest begins. Text: why the device drops it. */
type Header = { readonly id: number; readonly protocol: number; readonly length: number } | string;

/** Called for each packet that is delivered: does a tunnel device of the node take it? */
export function unwrap(walker: Walker): void {
  const { skb, run } = walker;
  if (read(skb, FIELD.proto) !== PROTO.udp || skb.packet.fragOffset !== 0 || skb.socketAttached) return;
  const port = read(skb, FIELD.dport);
  const listening = run.world.network.interfaces.filter((device) => isTunnel(device) && device.up && device.tunnel?.port === port && listens(device.tunnel, skb.family));
  const [first] = listening;
  if (!first || skb.packet.badChecksum) return;
  const say = (device: Interface, text: string): void => addStep(walker, { kind: 'encap', text: `${device.name} ${text}` });
  if (skb.packet.data === null) return say(first, 'takes it as an outer packet; what is inside is not given ("data"), so nothing comes out');
  const bytes = bytesOf(skb.packet.data);
  const header = first.kind === 'geneve' ? geneveHeader(bytes) : vxlanHeader(bytes);
  if (typeof header === 'string') return say(first, `drops it: ${header}`);
  const device = listening.find((candidate) => takes(candidate, header.id, walker));
  if (!device) return say(first, `is not for it: no ${first.kind} device takes id ${header.id} from there`);
  const tunnel = device.tunnel as Tunnel;
  if (tunnel.unmodelled.length > 0) return doubtful(walker, device, `its setting ${tunnel.unmodelled.join(', ')} is not modelled`);
  if (device.master !== null) return doubtful(walker, device, `it is a port of ${device.master}, and what that does with frames is not modelled`);
  const frame = bytes.subarray(header.length);
  if (header.protocol === ETHERNET ? !tunnel.ethernet : tunnel.ethernet) return say(device, 'drops it: what is inside is not of the kind that it carries');
  const ether = tunnel.ethernet ? ethernetHeader(frame, device) : { type: header.protocol, l2: 'unicast' as const, srcMac: null };
  if (typeof ether === 'string') return say(device, `drops it: ${ether}`);
  if (ether.type !== IPV4 && ether.type !== IPV6) return say(device, `takes out a frame of type 0x${ether.type.toString(16)}, which is not IP and is not walked`);
  const inner = decodePacket(frame.subarray(tunnel.ethernet ? ETHERNET_HEADER : 0));
  if ('dropped' in inner) return say(device, `takes out a packet that is dropped before any rule: ${inner.dropped}`);
  if ('unreadable' in inner) return doubtful(walker, device, inner.unreadable);
  const tos = innerTos(inner.tos, read(skb, FIELD.tos));
  if (tos === null) return say(device, 'drops it: the way was congested, and the packet inside cannot be told (ECN)');
  say(device, `takes the packet out of it: ${first.kind} id ${header.id}; it comes in by ${device.name} with the mark 0x${read(skb, FIELD.mark).toString(16)}`);
  if (unknownBits(skb, FIELD.tos) & ECN) run.doubts.add('whether the way of the outer packet was congested is not known here');
  emit(walker, {
    cause: 'tunnel',
    packet: { ...inner, in: device.name, tos, mark: read(skb, FIELD.mark), l2: ether.l2, srcMac: ether.srcMac, at: skb.packet.at },
    attached: null,
    untracked: false,
    unboundSource: false,
    carried: { by: device.name, from: skb, link: null, copied: [], keepsSocket: false },
  });
}

function doubtful(walker: Walker, device: Interface, why: string): void {
  const { run } = walker;
  addStep(walker, { kind: 'encap', text: `${device.name} takes the packet out of it; ${why}` });
  run.notes.add(`packet ${run.number}: what comes out of ${device.name} is not walked: ${why}`);
}

/** Sockets are opened for the family of the far end, for both if each packet brings its own. */
function listens({ external, remote, local }: Tunnel, family: string): boolean {
  return external || (remote?.family ?? (local && local.length > 1 ? 'ipv6' : 'ipv4')) === family;
}

/** vxlan_vs_find_vni() goes by the id; geneve_lookup() also by the far end. */
function takes({ kind, tunnel }: Interface, id: number, { skb }: Walker): boolean {
  if (!tunnel) return false;
  if (tunnel.external) return true;
  if (tunnel.id !== id) return false;
  return kind === 'vxlan' || (tunnel.remote !== null && sameWords(tunnel.remote.words, readWords(skb, FIELD.src)));
}

function vxlanHeader(bytes: Uint8Array): Header {
  if (bytes.length < 8) return 'it is too short for a VXLAN header';
  const [flags, id] = [read32(bytes, 0), read32(bytes, 4)];
  if ((flags & 0x08000000) === 0) return 'its VXLAN header names no network';
  if ((flags & ~0x08000000) !== 0 || (id & 0xff) !== 0) return 'reserved bits of its VXLAN header are set';
  return { id: id >>> 8, protocol: ETHERNET, length: 8 };
}

function geneveHeader(bytes: Uint8Array): Header {
  if (bytes.length < 8) return 'it is too short for a Geneve header';
  const [first, id] = [read32(bytes, 0), read32(bytes, 4)];
  if (first >>> 30 !== 0) return 'its Geneve header is of another version';
  if ((first & 0x00400000) !== 0) return 'its Geneve header says that options must be understood';
  const length = 8 + ((first >>> 24) & 0x3f) * 4;
  return length > bytes.length ? 'it is too short for its Geneve options' : { id: id >>> 8, protocol: first & 0xffff, length };
}

interface EthernetHeader {
  readonly type: number;
  readonly l2: PacketTypeName;
  readonly srcMac: string;
}

function ethernetHeader(bytes: Uint8Array, { mac }: Interface): EthernetHeader | string {
  if (bytes.length < ETHERNET_HEADER) return 'it is too short for an Ethernet header';
  const address = (at: number): string => formatMac(read32(bytes, at) >>> 16, read32(bytes, at + 2));
  const [dst, src] = [address(0), address(6)];
  if (mac !== null && src === mac) return 'the frame inside has the address of the device itself as its source';
  const isGroup = ((bytes[0] as number) & 1) !== 0;
  if (!isGroup && mac !== null && dst !== mac) return `the frame inside is for ${dst}, not for the device (${mac})`;
  return { type: read32(bytes, 10) & 0xffff, l2: dst === 'ff:ff:ff:ff:ff:ff' ? 'broadcast' : isGroup ? 'multicast' : 'unicast', srcMac: src };
}

/** INET_ECN_decapsulate(): congestion of the way is told to the inner packet; null: it does not listen, and is dropped. */
function innerTos(inner: number, outer: number): number | null {
  if ((inner & ECN) === 0) return (outer & ECN) === CE ? null : inner;
  if ((outer & ECN) === CE) return inner | CE;
  // ECT(1) outside, ECT(0) inside: RFC 6040.
  return (outer & ECN) === 1 && (inner & ECN) === 2 ? (inner & ~ECN) | 1 : inner;
}
