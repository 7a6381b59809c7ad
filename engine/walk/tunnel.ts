/**
 * Tunnels: what a vxlan or geneve device makes of a packet, and what it takes out of one. The outer packet is one of the
 * node: it walks on its own, after the one inside, with that one's mark.
 *
 * Source: Linux 6.18 drivers/net/vxlan/vxlan_core.c vxlan_xmit_one(), vxlan_rcv(); drivers/net/geneve.c geneve_xmit_skb(),
 * geneve_udp_encap_recv(); net/ipv4/udp_tunnel_core.c udp_tunnel_dst_lookup(); net/ipv4/ip_tunnel_core.c iptunnel_xmit(),
 * include/net/udp_tunnel.h udp_flow_src_port(), include/net/inet_ecn.h. Recorded on 6.1 and 6.18 (test/emulated, test/kernel).
 * Not modelled: forwarding entries (`bridge fdb`), multicast groups, fragmentation of outer packets, offloads.
 */

import { FIELD, type Field } from '../model/field.ts';
import type { FullPacket } from '../model/packet.ts';
import type { Interface, Tunnel, TunnelEnd } from '../model/route.ts';
import { formatAddress, type Family, type Words } from '../net/address.ts';
import { hasPorts, PROTO } from '../net/protocol.ts';
import { blank } from './emit.ts';
import { isFailure, onLink, outputRefused, outputRoute, routeMtu, sourceFor } from './reroute.ts';
import { OWN_KEY } from './route.ts';
import { addStep, emit, type Walker } from './run.ts';
import { read, readWords, type Skb } from './skb.ts';

/** Bytes before the inner packet or frame; of the devices themselves none sends Geneve options. */
const TUNNEL_HEADER = 8;
const ETHERNET_HEADER = 14;
const UDP_HEADER = 8;
const DEFAULT_TTL = 64;
/** IP_TUNNEL_RECURSION_LIMIT of 6.18.44; older kernels let tunnels nest deeper, up to XMIT_RECURSION_LIMIT (8) devices. */
const DEEPEST_SEND = 5;
const ECN = 3;
/** Congestion experienced, and what it is sent as (INET_ECN_encapsulate()). */
const CE = 3;
const ECT_0 = 2;

/** The way of an outer packet, whoever decided it: the device, or a forwarding plane above it. */
interface Envelope {
  /** `geneve` or `vxlan`. */
  readonly kind: string;
  readonly remote: TunnelEnd;
  /** Null: the route gives it. */
  readonly local: Words | null;
  readonly link: string | null;
  readonly port: number;
  readonly sourcePorts: readonly [low: number, high: number];
  /** 0: what the node sends with. */
  readonly ttl: number;
  readonly tos: number;
  readonly df: boolean;
  /** Which of them are the inner packet's; absent: none. */
  readonly inherits?: { readonly ttl: boolean; readonly tos: boolean };
  readonly ethernet: boolean;
  /** Bytes of Geneve options. */
  readonly options?: number;
  /** VNI, for the reader. */
  readonly id: number | null;
}

/** Why nothing left the tunnel: the reason of a packet that is lost, and the sentence. */
export interface NoEnvelope {
  readonly lost: string | null;
  readonly text: string;
  /** It is so for every packet, or as it should be: then it is noted once, or not at all. */
  readonly note?: 'once' | 'none';
}

type TunnelDevice = Interface & { readonly kind: 'vxlan' | 'geneve' };

export const isTunnel = (device: Interface | undefined): device is TunnelDevice => device?.kind === 'vxlan' || device?.kind === 'geneve';

/** A packet that leaves by a tunnel device: the outer one is made. The reason if it is lost in there. */
export function wrap(walker: Walker, device: Interface): string | null {
  const envelope = envelopeOf(walker, device);
  return 'text' in envelope ? unwrapped(walker, device.name, envelope) : send(walker, device.name, envelope);
}

/** No outer packet is walked: says why. */
export function unwrapped(walker: Walker, device: string, { lost, text, note }: NoEnvelope): string | null {
  addStep(walker, { kind: 'encap', text: `${device}: ${text}` });
  if (lost === null && note !== 'none')
    walker.run.notes.add(note === 'once' ? `${device}: ${text}` : `packet ${walker.run.number}: what ${device} makes of it is not walked: ${text}`);
  return lost;
}

function envelopeOf({ skb, run }: Walker, device: Interface): Envelope | NoEnvelope {
  const tunnel = device.tunnel ?? null;
  const kind = device.kind ?? '';
  if (!tunnel) return { lost: null, text: `how the ${kind} device is set up is not in the snapshot ("ip -d -j link" says it)` };
  if (tunnel.unmodelled.length > 0) return { lost: null, text: `its setting ${tunnel.unmodelled.join(', ')} is not modelled` };
  const common = {
    kind,
    port: tunnel.port,
    sourcePorts: sourcePorts(kind, tunnel, run.world.network.sysctl('net.ipv4.ip_local_port_range')),
    ethernet: tunnel.ethernet,
    link: tunnel.link,
  };
  if (tunnel.external) {
    const told = skb.route?.nexthop?.encap;
    if (!told) return { lost: 'no tunnel metadata', text: 'the device is external, and nothing told the packet where to: it is dropped' };
    // Of Geneve the TTL is taken as it is, also if it is 0 (geneve_xmit_skb()).
    const ttl = kind === 'geneve' && told.ttl === 0 ? -1 : told.ttl;
    return { ...common, remote: told.dst, local: told.src, id: told.id, ttl, tos: withEcn(told.tos, read(skb, FIELD.tos)), df: false };
  }
  const { remote } = tunnel;
  if (!remote) return { lost: null, text: 'it has no fixed far end: a forwarding entry ("bridge fdb") decides, and those are not in the snapshot' };
  if (isMulticast(remote)) return { lost: null, text: `its far end ${formatAddress(remote.family, remote.words)} is a group, which is not modelled` };
  const tos = tunnel.tos === 'inherit' ? read(skb, FIELD.tos) : tunnel.tos;
  return {
    ...common,
    remote,
    local: tunnel.local,
    id: tunnel.id,
    inherits: { ttl: tunnel.ttl === 'inherit', tos: tunnel.tos === 'inherit' },
    ttl: tunnel.ttl === 'inherit' ? read(skb, FIELD.ttl) : tunnel.ttl,
    tos: withEcn(tos, read(skb, FIELD.tos)),
    df: tunnel.df === 'set' || (tunnel.df === 'inherit' && (skb.family === 'ipv6' || read(skb, FIELD.df) === 1)),
  };
}

/** Geneve draws from all ports, VXLAN from those of local processes. */
function sourcePorts(kind: string, { sourcePorts: own }: Tunnel, local: string | null): readonly [number, number] {
  return own ?? (kind === 'geneve' ? [1, 65535] : localPorts(local));
}

/** `net.ipv4.ip_local_port_range`. */
export function localPorts(sysctl: string | null): readonly [number, number] {
  const [low, high] = (sysctl ?? '').split(/\s+/).map(Number);
  return low && high ? [low, high] : [32768, 60999];
}

function isMulticast({ family, words }: TunnelEnd): boolean {
  return family === 'ipv4' ? (words[0] as number) >>> 28 === 0xe : (words[0] as number) >>> 24 === 0xff;
}

/** INET_ECN_encapsulate(): the ECN bits are always the inner packet's, but CE starts anew. */
export function withEcn(tos: number, inner: number): number {
  return (tos & ~ECN) | ((inner & ECN) === CE ? ECT_0 : inner & ECN);
}

/** Of a forwarding plane above the device: what it says first, and whether the sender's socket goes along. */
interface Above {
  readonly via: string;
  readonly keepsSocket: boolean;
}

/** Makes the outer packet and hands it to the walk. The reason if there is no way for it: then the inner one is lost. */
export function send(walker: Walker, device: string, envelope: Envelope, { via, keepsSocket }: Above = { via: '', keepsSocket: true }): string | null {
  const { skb, run } = walker;
  const { remote, local, kind } = envelope;
  const { family } = remote;
  const mark = read(skb, FIELD.mark);
  const sport = sourcePort(walker, device, envelope);
  const far = `${formatAddress(family, remote.words)}`;
  const lost = (reason: string, text: string): string => {
    addStep(walker, { kind: 'encap', text: `${via}${device}: ${text}: the packet is dropped` });
    return reason;
  };
  if (run.world.routing.isLocal(family, remote.words)) return unwrapped(walker, device, { lost: null, text: `its far end ${far} is the node itself, which is not modelled` });
  if (local && !run.world.routing.isLocal(family, local)) return lost('no route', `${formatAddress(family, local)}, which it sends from, is not an address of the node`);
  const key = { ...OWN_KEY, src: local, dst: remote.words, mark, oif: envelope.link, tos: envelope.tos, proto: PROTO.udp, sport, dport: envelope.port };
  const route = onLink(family, envelope.link, outputRoute(run.world.routing.lookup(family, key)));
  const refused = isFailure(route) ? `no way to ${far}` : family === 'ipv4' ? outputRefused(run.world, key, route.dev) : null;
  if (refused) return lost('no route', refused);
  // Its device, and the one above that hands it down, are each in the middle of sending (iptunnel_xmit()).
  const depth = skb.sendDepth + (via === '' ? 1 : 2);
  if (depth > DEEPEST_SEND) return lost('goes round', 'tunnels lead into one another, and the kernel takes it for a loop');
  if (route.dev === device) return lost('goes round', `the way to ${far} leads through the tunnel itself`);
  const src = local ?? sourceFor(run.world, family, route, remote.words);
  if (!src) return lost('no route', `no address to send from on ${route.dev ?? 'any device'}`);
  const payload = TUNNEL_HEADER + (envelope.options ?? 0) + (envelope.ethernet ? ETHERNET_HEADER : 0) + read(skb, FIELD.length);
  const packet: FullPacket = {
    ...blank(walker, src, remote.words, PROTO.udp),
    family,
    sport,
    dport: envelope.port,
    ttl: envelope.ttl === 0 ? defaultTtl(walker, family, route.dev) : Math.max(0, envelope.ttl),
    tos: envelope.tos,
    df: family === 'ipv4' && envelope.df,
    payload,
    mark,
  };
  const length = (family === 'ipv4' ? 20 : 40) + UDP_HEADER + payload;
  const id = envelope.id === null ? '' : ` id ${envelope.id}`;
  addStep(walker, {
    kind: 'encap',
    text: `${via}${device} wraps it: ${kind}${id} to ${far} port ${envelope.port} from ${formatAddress(family, src)} port ${sport}, ${length} bytes; the outer packet inherits the mark 0x${mark.toString(16)} and goes through OUTPUT`,
  });
  if (length > routeMtu(run.world, route)) tooLong(walker, device, packet.df || family === 'ipv6', length);
  emit(walker, {
    cause: 'tunnel',
    packet,
    attached: null,
    untracked: false,
    unboundSource: local === null,
    carried: { by: device, from: skb, link: envelope.link, copied: copiedFields(envelope), keepsSocket, sendDepth: depth + 1, innerFlow: hasFlowPorts(skb) ? flowOf(skb) : null },
  });
  return null;
}

/** The ECN bits always, TOS and TTL if the device inherits them. */
function copiedFields({ inherits }: Envelope): readonly (readonly [Field, number])[] {
  return [[FIELD.tos, inherits?.tos ? 0xff : ECN], ...(inherits?.ttl ? ([[FIELD.ttl, 0xff]] as const) : [])];
}

function tooLong({ run }: Walker, device: string, df: boolean, length: number): void {
  if (df) run.doubts.add(`the outer packet of ${device} has ${length} bytes, more than its way takes, and may not be fragmented: what follows is not modelled`);
  else run.notes.add(`packet ${run.number}: the outer packet of ${device} has ${length} bytes and leaves in fragments`);
}

/** ip4_dst_hoplimit(), ip6_dst_hoplimit(). A hop limit of the route itself is not read. */
export function defaultTtl({ run }: Walker, family: Family, dev: string | null): number {
  const { sysctl } = run.world.network;
  const value = family === 'ipv4' ? sysctl('net.ipv4.ip_default_ttl') : sysctl(`net.ipv6.conf.${(dev ?? 'all').replaceAll('.', '/')}.hop_limit`);
  return Number(value ?? DEFAULT_TTL);
}

/**
 * udp_flow_src_port(): a hash of the inner flow with a seed of the boot, so that one inner flow is one outer one. The
 * scenario chooses it (`"for": "tunnel"`), or a hash without a seed stands for it.
 */
function sourcePort({ skb, run }: Walker, device: string, { sourcePorts: [low, high] }: Envelope): number {
  const flow = flowOf(skb);
  const key = `${device} ${flow}`;
  const chosen = run.world.environment.choices?.find((choice) => choice.packet === run.number && choice.for === 'tunnel')?.value;
  const known = run.draft.tunnelPorts.get(key);
  const isChoice = typeof chosen === 'number' && chosen >= low && chosen <= high;
  const port = isChoice ? chosen : (known ?? low + Math.floor((hash(flow) / 2 ** 32) * (high - low)));
  if (!isChoice && known === undefined)
    run.notes.add(`packet ${run.number}: the source port of ${device}'s outer packet is a hash with a seed of the boot; ${port} is taken here (environment.choices fixes it)`);
  run.draft.tunnelPorts.set(key, port);
  return port;
}

/** Does its hash cover ports? An outer packet has the hash of what is inside, whose ports it covered. */
const hasFlowPorts = ({ packet, regs, innerFlow }: Skb): boolean =>
  innerFlow !== null || (hasPorts(read({ regs }, FIELD.proto)) && packet.fragOffset === 0 && !packet.moreFragments);

/** What the flow dissector hashes: addresses, protocol, and ports of what is not fragmented (net/core/flow_dissector.c). */
function flowOf(skb: Skb): string {
  if (skb.innerFlow !== null) return skb.innerFlow;
  const ports = hasFlowPorts(skb) ? `${read(skb, FIELD.sport)} ${read(skb, FIELD.dport)}` : '';
  const [src, dst] = [FIELD.src, FIELD.dst].map((field) => formatAddress(skb.family, readWords(skb, field)));
  return [skb.family, src, dst, read(skb, FIELD.proto), ports, read(skb, FIELD.flowLabel)].join(' ');
}

/** FNV-1a with a last stirring: any fixed hash will do. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 16)) >>> 0;
}
