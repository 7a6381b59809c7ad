/**
 * Bridges with br_netfilter: which frames of a port the node takes for itself, which ones its bridge sends on by another
 * port, and what the rules of IP see of those. A frame that the bridge sends on keeps its TTL and is not routed; rules see it
 * come in and leave by the bridge, and its ports with the match physdev.
 *
 * Source: Linux 6.18 net/bridge/br_netfilter_hooks.c br_nf_pre_routing(), br_nf_pre_routing_finish(), br_nf_forward_ip(),
 * br_nf_post_routing(); net/bridge/br_input.c br_handle_frame_finish(), br_forward.c br_flood(). Not modelled: ebtables and
 * nft tables of family bridge, VLAN filtering, and who has joined a group (multicast snooping): frames for groups go to every port.
 */

import { FIELD } from '../model/field.ts';
import type { Interface } from '../model/route.ts';
import { formatAddress, type Family, type Words } from '../net/address.ts';
import { addStep, type Walker } from './run.ts';
import { read, readWords, sameWords, setUnknown, write, type Skb } from './skb.ts';
import { unreadHost } from './unread.ts';
import type { World } from './world.ts';

/** Of a packet that came in by a port of a bridge. */
export interface BridgeFrame {
  readonly bridge: string;
  /** Port it came in by; null: not known. */
  readonly port: string | null;
  /** Whom it is for: the node, a host of the network, or a group that the node may be in too. */
  readonly to: 'node' | 'host' | 'group';
  /** Destination of the frame; null: not said. */
  readonly mac: string | null;
  /** Destination of the packet as it came. */
  readonly dst: Words;
  /** Do rules get to see it as a frame (bridge-nf-call-iptables)? */
  readonly shown: boolean;
  /** It was for a group, and what goes on is the node's own part: its connection is known from here on, whatever INPUT says (br_nf_local_in()). */
  readonly heard?: true;
  /** Ports that it is sent on by; absent: not decided yet. Null stands for one that is not known. */
  readonly ways?: readonly (string | null)[];
}

/** The register's value where a port is known to be there and not which: a bit is set, the others are open. */
const SOME_PORT = 0x80000000;

const portsOf = (world: World, bridge: string): readonly Interface[] => world.network.interfaces.filter(({ master }) => master === bridge);

function isBridge(world: World, name: string | null, port: string | null): boolean {
  const device = world.network.interfaces.find((one) => one.name === name);
  // `ip addr` alone does not say what a device is: the packet does, by naming a port of it.
  return device?.kind === 'bridge' || (device?.kind === null && world.network.interfaces.some((one) => one.master === name && one.name === port));
}

/** br_handle_frame(): a frame that a port takes in is the bridge's. Null: it comes by no bridge. */
export function frameOf({ skb, run }: Walker): BridgeFrame | null {
  const { world } = run;
  const { interfaces } = world.network;
  const { packet } = skb;
  const master = interfaces.find(({ name }) => name === packet.in)?.master ?? null;
  const enslaved = master !== null && isBridge(world, master, packet.in);
  const bridge = enslaved ? master : packet.in;
  const port = enslaved ? packet.in : packet.physIn;
  if (bridge === null || !isBridge(world, bridge, port)) return null;
  const mac = packet.dstMac ?? (packet.l2 === 'broadcast' ? 'ff:ff:ff:ff:ff:ff' : null);
  const dst = readWords(skb, FIELD.dst);
  const to =
    packet.l2 !== 'unicast' || (mac !== null && isGroup(mac))
      ? 'group'
      : mac !== null
        ? isTaken(world, bridge, port, mac)
          ? 'node'
          : 'host'
        : guessed(world, skb.family, bridge, dst);
  if (port === null && to !== 'host') return null;
  if (port === null && mac === null) {
    run.notes.add(
      `packet ${run.number}: its frame is taken to be for the node, although ${formatAddress(skb.family, dst)} is behind the same bridge ("physIn" or "dstMac" says otherwise)`,
    );
    return null;
  }
  if (mac === null && to === 'host')
    run.notes.add(`packet ${run.number}: the frame is taken to be for ${formatAddress(skb.family, dst)} itself, as a host of the same network sends it ("dstMac" says otherwise)`);
  for (const what of interfaces.find(({ name }) => name === bridge)?.bridge?.unmodelled ?? []) run.doubts.add(`${what} of the bridge ${bridge} is not modelled`);
  return { bridge, port, to, mac, dst, shown: isShown(world, skb.family, bridge, packet.physIn !== null) };
}

/** eth_type_trans(), ip_rcv_core(): whom a frame is for that no device of the node takes; null: one does, or nothing is said of it. */
export function foreignMac({ skb, run }: Walker): string | null {
  const { dstMac, l2 } = skb.packet;
  const own = run.world.network.interfaces.find(({ name }) => name === skb.device)?.mac ?? null;
  return skb.pass === 1 && !skb.bridge && dstMac !== null && own !== null && l2 === 'unicast' && !isGroup(dstMac) && dstMac !== own ? dstMac : null;
}

const isGroup = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) !== 0;

/** The node takes what is for the bridge or for the very port that the frame comes in by. */
const isTaken = (world: World, bridge: string, port: string | null, mac: string): boolean =>
  world.network.interfaces.some((one) => (one.name === bridge || one.name === port) && one.mac === mac.toLowerCase());

/** The addresses of the bridge and of all its ports are local entries of its table: a frame for another port goes nowhere. */
const isOwn = (world: World, bridge: string, mac: string): boolean =>
  world.network.interfaces.some((one) => (one.name === bridge || one.master === bridge) && one.mac === mac.toLowerCase());

/** Whom the frame of a packet is for, if nothing says it: a host of the bridge's own networks is sent frames, not the node. */
function guessed(world: World, family: Family, bridge: string, dst: Words): 'node' | 'host' {
  const addresses = world.network.interfaces.find(({ name }) => name === bridge)?.addresses.filter((one) => one.family === family) ?? [];
  if (addresses.length === 0) return 'host';
  return world.routing.addressType(family, dst, null) === 'UNICAST' && addresses.some(({ local, prefixLength }) => inNetwork(dst, local, prefixLength)) ? 'host' : 'node';
}

function inNetwork(address: Words, network: Words, length: number): boolean {
  return address.every((word, i) => {
    const bits = Math.max(0, Math.min(32, length - 32 * i));
    return bits === 0 || (word ^ (network[i] ?? 0)) >>> (32 - bits) === 0;
  });
}

/**
 * br_nf_pre_routing(): asked of the family's sysctl and of the bridge itself. A kernel that has no such sysctl has no
 * br_netfilter; a packet that names its port says that there is one.
 */
function isShown(world: World, family: Family, bridge: string, named: boolean): boolean {
  if (world.network.interfaces.find(({ name }) => name === bridge)?.bridge?.shown[family]) return true;
  const setting = world.network.sysctl(`net.bridge.bridge-nf-call-${family === 'ipv4' ? 'iptables' : 'ip6tables'}`);
  return setting === null ? named || world.node.sysctls === null : setting !== '0';
}

/** Is it for a port other than the one that it came in by? The node takes it in and then finds that it is not its own. */
export const isForOtherPort = (world: World, { bridge, to, mac, dst }: BridgeFrame, now: Words): boolean =>
  to === 'host' && mac !== null && sameWords(dst, now) && isOwn(world, bridge, mac);

/** Does the address that NAT gave the packet in PREROUTING decide anew whom the frame is for? */
export function isMoved({ bridge, pass }: Pick<Skb, 'bridge' | 'pass'>, dst: Words): boolean {
  return bridge?.shown === true && pass === 1 && bridge.ways === undefined && !sameWords(bridge.dst, dst);
}

/** Has its bridge sent the frame on? */
export const isSentOn = ({ bridge, pass }: Skb): boolean => bridge?.ways !== undefined && pass === 1;
/** Device that rules see it leave by; null: there is none yet. */
export const leavesBy = (skb: Skb): string | null => (isSentOn(skb) ? (skb.bridge?.bridge ?? null) : (skb.route?.dev ?? null));
/** Behind PREROUTING: is it for a host of the bridge's network, and still is? */
export const isBridged = (skb: Skb): boolean => skb.pass === 1 && skb.bridge?.to === 'host' && !isMoved(skb, readWords(skb, FIELD.dst));
/** br_nf_pre_routing_finish(): a frame whose packet has got another destination, beyond the bridge, is the node's from then on, whomever it was for. */
export const isTakenOver = (skb: Skb): boolean => skb.pass === 1 && skb.bridge?.shown === true && isMoved(skb, readWords(skb, FIELD.dst));
/** br_nf_pre_routing_finish(): does its new destination lie behind the bridge, too? */
export const turnsToBridge = (skb: Skb): boolean => isMoved(skb, readWords(skb, FIELD.dst)) && skb.route?.dev === skb.bridge?.bridge;

/**
 * The ports by which the frame leaves. None: it is dropped. One of null: which of several is not known.
 * @param moved the packet has got another destination on the way, behind whose neighbour the frame goes
 */
export function waysOf(walker: Walker, frame: BridgeFrame, moved: boolean): readonly (string | null)[] {
  const { run, skb } = walker;
  const { world } = run;
  const others = portsOf(world, frame.bridge).filter((one) => one.up && mayLeave(world, frame.port, one));
  const flooded = others.filter(({ port }) => port?.flood !== false).map(({ name }) => name);
  if (frame.to === 'group' && !moved) return flooded.reverse();
  const mac = !moved && frame.mac !== null ? frame.mac : neighbourOf(walker, frame.bridge);
  if (mac !== null && isOwn(world, frame.bridge, mac)) return [];
  const table = world.node.forwarding?.filter((entry) => entry.bridge === frame.bridge) ?? null;
  const entry = mac === null ? undefined : table?.find((one) => one.mac === mac.toLowerCase());
  if (entry) return others.some(({ name }) => name === entry.port) ? [entry.port] : [];
  const doubt = mac === null ? null : unreadHost(world.node.unread, 'forwarding', mac);
  if (doubt) run.doubts.add(doubt);
  // The port added last stands first (br_add_if()).
  if (table && mac !== null) return flooded.reverse();
  if (others.length <= 1) return others.map(({ name }) => name);
  run.notes.add(
    `packet ${run.number}: behind which port of ${frame.bridge} ${mac ?? formatAddress(skb.family, readWords(skb, FIELD.dst))} is is not known ("bridge fdb show" in the snapshot says it)`,
  );
  return [null];
}

/** should_deliver(). */
function mayLeave(world: World, from: string | null, { name, port }: Interface): boolean {
  const came = world.network.interfaces.find((one) => one.name === from)?.port;
  return (name !== from || port?.hairpin === true) && port?.forwarding !== false && !(came?.isolated && port?.isolated);
}

/**
 * What a port does with a frame that is larger than its MTU, and tells nobody (br_nf_dev_queue_xmit(), is_skb_forwardable()).
 * Null: it takes it, in fragments if it may be cut.
 */
export function tooLongForPort({ skb, run }: Walker, way: string | null): string | null {
  const mtu = run.world.network.interfaces.find(({ name }) => name === way)?.mtu ?? Number.POSITIVE_INFINITY;
  const shown = skb.bridge?.shown === true;
  // What no rule has seen has the room of a VLAN's header, too. The rest leaves in fragments if it may: where it came in such, in none larger.
  const size = shown ? (skb.refragmenting?.maxSize ?? read(skb, FIELD.length)) : read(skb, FIELD.length) - 4;
  if (size <= mtu || (shown && skb.family === 'ipv4' && !skb.refragmenting && read(skb, FIELD.df) === 0)) return null;
  return `${read(skb, FIELD.length)} bytes do not fit the MTU ${mtu} of the port ${way}, and a bridge tells nobody`;
}

/** Hardware address of the next hop, as far as the snapshot knows it. */
function neighbourOf({ skb, run }: Walker, bridge: string): string | null {
  const hop = skb.route?.nexthop;
  const next = hop?.via && hop.viaFamily === skb.family ? hop.via : readWords(skb, FIELD.dst);
  const { neighbours, unread } = run.world.node;
  const found = neighbours?.find(({ dev, family, address }) => dev === bridge && family === skb.family && sameWords(address, next))?.mac ?? null;
  const doubt = found === null ? unreadHost(unread, 'neighbour', formatAddress(skb.family, next)) : null;
  if (doubt) run.doubts.add(doubt);
  return found;
}

/** What the match physdev sees at a hook. */
export function showPorts(world: World, skb: Skb): void {
  const { bridge, packet, pass } = skb;
  const port = bridge ? (bridge.shown ? bridge.port : null) : packet.physIn;
  write(skb, FIELD.physIn, world.names.id(pass === 1 ? port : null));
  const way = pass === 1 && bridge?.shown ? bridge.ways?.[0] : undefined;
  write(skb, FIELD.physOut, way === undefined ? 0 : way === null ? SOME_PORT : world.names.id(way));
  const open = way === null ? ~SOME_PORT >>> 0 : 0;
  if (open !== 0 || (skb.unknown?.[FIELD.physOut.index] ?? 0) !== 0) setUnknown(skb, FIELD.physOut, open);
}

/** The decision of the bridge as a step: its table is its own, the "route" is the frame's address. */
export function bridgeStep(walker: Walker, frame: BridgeFrame, way: string | null): void {
  const dst = readWords(walker.skb, FIELD.dst);
  const to = (sameWords(dst, frame.dst) ? frame.mac : neighbourOf(walker, frame.bridge)) ?? formatAddress(walker.skb.family, dst);
  addStep(walker, {
    kind: 'route',
    table: `bridge ${frame.bridge}`,
    route: to,
    via: null,
    dev: way ?? frame.bridge,
    type: 'unicast',
    rule: null,
    text: way === null ? `the bridge ${frame.bridge} sends it on, by which port is not known` : `the bridge ${frame.bridge} sends it on by its port ${way}`,
  });
}

/**
 * The copies that a frame for several ports makes before the packet itself goes on from `stage`, each ready to leave by its
 * port. Of a frame for a group the packet is the node's own part, and every port gets a copy; else the last port gets the packet.
 */
export function portTwins(walker: Walker, stage: string): readonly Walker[] {
  const { skb } = walker;
  const frame = skb.bridge;
  if (!frame || skb.pass > 1 || frame.ways) return [];
  const moved = isMoved(skb, readWords(skb, FIELD.dst));
  if (stage === 'routeInput' && frame.to === 'group' && !moved) {
    skb.bridge = { ...frame, to: 'node', heard: true };
    return waysOf(walker, frame, false).map((way) => twinOf(walker, frame, way));
  }
  if (stage !== 'bridge') return [];
  const ways = waysOf(walker, frame, moved);
  skb.bridge = { ...frame, ways: ways.slice(-1) };
  return ways.slice(0, -1).map((way) => twinOf(walker, frame, way));
}

function twinOf({ run, skb, hook }: Walker, frame: BridgeFrame, way: string | null): Walker {
  const twin: Skb = { ...skb, regs: skb.regs.slice(), frozen: null, bridge: { ...frame, ways: [way] } };
  return { run, skb: twin, steps: [], emissions: [], hook, within: null, rule: null };
}
