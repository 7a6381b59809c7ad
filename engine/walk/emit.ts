/**
 * Packets the kernel makes of itself because of one that it refuses: ICMP errors, TCP resets, copies. They leave by the
 * work queue of the walk and go through OUTPUT and POSTROUTING like any packet of the node.
 *
 * Source: Linux 6.18 net/ipv4/icmp.c __icmp_send(), net/ipv6/icmp.c icmp6_send(), net/ipv4/netfilter/nf_reject_ipv4.c,
 * net/ipv6/netfilter/nf_reject_ipv6.c, net/netfilter/xt_TEE.c.
 */

import { FIELD, SOCKET, TCP_FLAG } from '../model/field.ts';
import { BLANK } from '../model/full-packet.ts';
import type { FullPacket, TeeCopy } from '../model/packet.ts';
import { packetBytes } from '../extension/packet-bytes.ts';
import { addressSum, onesComplementSum } from '../net/internet-checksum.ts';
import { isLinkLocal, isMulticast } from '../net/ipv6.ts';
import { hasPorts, isIcmp, PROTO } from '../net/protocol.ts';
import type { Words } from '../net/address.ts';
import { sumHolds } from './checksum.ts';
import { updateEntry } from './conntrack.ts';
import { networkHeaderLength, transportHeaderLength } from '../model/packet-length.ts';
import { emit, emitCopy, type Emission, type Walker } from './run.ts';
import { mayAnswer } from './error-limit.ts';
import { icmpPorts, isFailure, outputRefused, outputRoute, sourceFor } from './reroute.ts';
import { OWN_KEY, type RouteKey, type RouteResult } from './route.ts';
import { inGroupFrame, read, readWords, sameWords, unknownBits, type Skb } from './skb.ts';
import { selectAddress, selectIpv6Source } from './source-address.ts';

/** REJECT --reject-with by name: ICMP code of a destination-unreachable error (type 3, ICMPv6 type 1). */
const REJECT_CODES: Readonly<Record<string, number>> = {
  'icmp-net-unreachable': 0,
  'icmp-host-unreachable': 1,
  'icmp-proto-unreachable': 2,
  'icmp-port-unreachable': 3,
  'icmp-net-prohibited': 9,
  'icmp-host-prohibited': 10,
  'icmp-admin-prohibited': 13,
  'icmp6-no-route': 0,
  'icmp6-adm-prohibited': 1,
  'icmp6-addr-unreachable': 3,
  'icmp6-port-unreachable': 4,
  'icmp6-policy-fail': 5,
  'icmp6-reject-route': 6,
};

/** ICMP type of IPv4. */
const REDIRECT = 5;
/** Seconds a closed TCP connection is kept. */
const CLOSE_TIMEOUT = 10;
/** IPTOS_TOS_MASK, IPTOS_PREC_INTERNETCONTROL of include/uapi/linux/ip.h. */
const TOS_MASK = 0x1e;
const INTERNET_CONTROL = 0xc0;

/** The packet as it is now: registers over the fields it was made from. */
export function currentPacket(skb: Skb): FullPacket {
  const { packet, regs } = skb;
  const ports = hasPorts(packet.proto) && packet.fragOffset === 0 ? { sport: regs[FIELD.sport.index] as number, dport: regs[FIELD.dport.index] as number } : {};
  const icmp = isIcmp(packet.family, packet.proto) && packet.fragOffset === 0 ? { icmpId: regs[FIELD.icmpId.index] as number } : {};
  const flags = packet.proto === PROTO.tcp && packet.fragOffset === 0 ? { flags: read(skb, FIELD.tcpFlags) } : {};
  return {
    ...packet,
    ...ports,
    ...icmp,
    ...flags,
    src: readWords(skb, FIELD.src),
    dst: readWords(skb, FIELD.dst),
    ttl: read(skb, FIELD.ttl),
    tos: read(skb, FIELD.tos),
    mark: read(skb, FIELD.mark),
  };
}

/** A packet of the kernel's own, with nothing said but where it goes. Its hop limit in IPv6 is known when its way is. */
export function blank({ skb, run }: Walker, src: Words | null, dst: Words, proto: number): FullPacket {
  const ttl = skb.family === 'ipv4' ? Number(run.world.network.sysctl('net.ipv4.ip_default_ttl') ?? BLANK.ttl) : BLANK.ttl;
  return { ...BLANK, family: skb.family, src, dst, proto, ttl, origin: 'caused', at: skb.packet.at };
}

/** nf_conntrack_attach(): the answer belongs to the connection, in the other direction. */
function attachment(skb: Skb): Emission['attached'] {
  return skb.ct ? { ct: skb.ct, info: 'RELATED', direction: skb.ctDirection === 0 ? 1 : 0 } : null;
}

/** What REJECT does: sends the answer, if the kernel would. Returns what happened, in words. */
export function emitReject(walker: Walker, kind: string): string {
  if (kind === 'tcp-reset') return emitReset(walker);
  const code = REJECT_CODES[kind];
  if (code === undefined) throw new Error(`reject type "${kind}" is in the option table but not in the stack`);
  return emitIcmpError(walker, 'reject', walker.skb.family === 'ipv4' ? 3 : 1, code);
}

/** @returns what happened, in words: the answer, or why there is none */
export function emitIcmpError(walker: Walker, cause: Emission['cause'], type: number, code: number): string {
  const { skb, run } = walker;
  const silence = whySilent(walker, cause);
  if (silence) return `no answer: ${silence}`;
  const { routing } = run.world;
  const to = readWords(skb, FIELD.dst);
  if (isForeign(walker)) return `no answer: ${FOREIGN}`;
  const own = skb.family === 'ipv4' ? routing.isLocal('ipv4', to) && skb.route?.type === 'local' : isSeenFrom(walker) || isAnycast(walker);
  const back = readWords(skb, FIELD.src);
  const icmp = skb.family === 'ipv4' ? PROTO.icmp : PROTO.icmpv6;
  const tos = skb.family === 'ipv4' ? (read(skb, FIELD.tos) & TOS_MASK) | INTERNET_CONTROL : 0;
  const by = { tos, proto: icmp, ...icmpPorts({ icmpType: type, icmpCode: code }) };
  const from = own ? to : inboundAddress(walker, by);
  const oif = linkOf(skb, back);
  const route = wayBack(walker, from, replyMark(walker), { ...by, oif });
  if (!route) return 'no answer: there is no way back';
  const source = from ?? sourceFor(run.world, skb.family, route, back);
  if (!source) return 'no answer: there is no address to send from';
  if (!mayAnswer(walker, type, code, back, route)) return 'no answer: the sender has been sent enough errors for now';
  const packet: FullPacket = { ...blank(walker, source, back, icmp), icmpType: type, icmpCode: code, inner: currentPacket(skb), tos, mark: replyMark(walker) };
  const attached = attachment(skb);
  // A redirect leaves while the packet it is about still travels: it has the entry as it is now.
  const seen = type === REDIRECT && attached ? { ...attached, ct: { ...attached.ct } } : attached;
  emit(walker, { cause, packet, attached: seen, untracked: false, ofUntracked: skb.untracked, unboundSource: from === null, oif, ...unknownReplyMark(walker) });
  return `answered with ICMP ${type}/${code}`;
}

/**
 * Was it delivered by a local route of another table than "local"? The answer would come from where the packet was going to, and of an address
 * that is local by no address and not by that table IPv4 finds no way (ip_route_output_key_hash_rcu(), __ip_dev_find()).
 */
export function isForeign({ skb, run }: Walker): boolean {
  const dst = readWords(skb, FIELD.dst);
  // To 0.0.0.0 means to itself: the way back chooses an address.
  return skb.family === 'ipv4' && skb.route?.type === 'local' && dst[0] !== 0 && !run.world.routing.isLocal('ipv4', dst);
}
export const FOREIGN = 'its destination is an address of the node by another table than "local", and IPv4 sends nothing from there';

/**
 * An address of the device that the packet came in by, where errors are sent from one; null: the route back has the say. IPv4 does so only
 * if it is told to (icmp_send(), `icmp_errors_use_inbound_ifaddr`), IPv6 unless the route back names a source (icmp6_send()).
 */
function inboundAddress(walker: Walker, by: Partial<RouteKey>): Words | null {
  const { skb, run } = walker;
  const { interfaces, sysctl } = run.world.network;
  const back = readWords(skb, FIELD.src);
  if (skb.family === 'ipv6') return ingressOf(skb) === null || namesSource(walker, by) ? null : selectIpv6Source(interfaces, ingressOf(skb), back);
  if (skb.device === null) return null;
  return (sysctl('net.ipv4.icmp_errors_use_inbound_ifaddr') ?? '0') === '0' ? null : selectAddress(interfaces, skb.device, back, 'link');
}

/** icmp6_dev(): of what came in by lo, the device whose address it was sent to; of a copy, that of what was copied (IP6CB(skb)->iif). */
export const ingressOf = ({ device, route, copiedBehind }: Skb): string | null => (device === 'lo' ? (route?.nexthop?.dev ?? device) : (device ?? copiedBehind));

/** rt6_need_strict(): who has an address of a link is answered on the link that the packet came by. Null: any will do. */
export const linkOf = (skb: Skb, to: Words): string | null => (skb.family === 'ipv6' && (isLinkLocal(to) || isMulticast(to)) ? ingressOf(skb) : null);

/** ipv6_chk_addr(): an address of the node, not one that a route alone makes local. Those of the loopback and of a link are of one device, and of no packet that another one brought. */
function isSeenFrom({ skb, run }: Walker): boolean {
  const dst = readWords(skb, FIELD.dst);
  const [first] = dst as readonly [number];
  const isNarrow = first >>> 22 === 0xfe80 >>> 6 || (dst[3] === 1 && dst.slice(0, 3).every((word) => word === 0));
  // What OUTPUT refuses has no device, and then lo stands for it (nf_send_unreach6()).
  const device = skb.device ?? 'lo';
  return run.world.network.interfaces.some(({ name, addresses }) => (!isNarrow || name === device) && addresses.some((one) => one.family === 'ipv6' && sameWords(one.local, dst)));
}

/** ipv6_chk_acast_addr_src(): an error, unlike any other answer, comes from the anycast address itself. */
const isAnycast = ({ skb, run }: Walker): boolean => run.world.routing.addressType('ipv6', readWords(skb, FIELD.dst), null) === 'ANYCAST';

/** IP4_REPLY_MARK(): answers of the kernel's own carry the mark of the packet only if the node says so. */
export function replyMark(walker: Walker): number {
  return reflects(walker) ? read(walker.skb, FIELD.mark) : 0;
}

const reflects = ({ skb, run }: Walker): boolean => (run.world.network.sysctl(`net.${skb.family}.fwmark_reflect`) ?? '0') !== '0';

/** What is not known of a mark that goes over to another packet. */
export function unknownMark({ skb }: Walker): Pick<Emission, 'unknownMark'> {
  const bits = unknownBits(skb, FIELD.mark);
  return bits === 0 ? {} : { unknownMark: { bits, because: skb.unknownBecause } };
}

/** The same for answers. */
export const unknownReplyMark = (walker: Walker): Pick<Emission, 'unknownMark'> => (reflects(walker) ? unknownMark(walker) : {});

/** Route of an answer to the packet's source; null if there is none, and then nothing is sent. */
export function wayBack(walker: Walker, src: Words | null, mark = replyMark(walker), by: Partial<RouteKey> = {}): RouteResult | null {
  const { skb, run } = walker;
  const dst = readWords(skb, FIELD.src);
  const key = { ...OWN_KEY, src, dst, mark, ...by };
  const route = outputRoute(run.world.routing.lookup(skb.family, key));
  return isFailure(route) || (skb.family === 'ipv4' && outputRefused(run.world, key, route.dev)) ? null : route;
}

/** icmpv6_rt_has_prefsrc(): does the way to the packet's source, from anywhere, say what to send from? */
function namesSource(walker: Walker, by: Partial<RouteKey>): boolean {
  const { skb, run } = walker;
  const found = run.world.routing.lookup(skb.family, { ...OWN_KEY, src: null, dst: readWords(skb, FIELD.src), mark: replyMark(walker), ...by });
  return Boolean(found.route?.prefsrc);
}

/** Of IPv4 what is no known query is taken for an error, too (icmp_pointers of net/ipv4/icmp.c); of IPv6 what has the first bit clear is one (is_ineligible()). */
const isTakenForError = ({ family, icmpType }: FullPacket): boolean => (family === 'ipv4' ? ![0, 8, 13, 14, 15, 16, 17, 18].includes(icmpType) : icmpType < 128);

/** icmp_xmit_lock(), icmpv6_xmit_lock(): while an answer of the kernel's own is on its way out, the socket for ICMP is taken. */
const isBeingSent = (skb: Skb): boolean => skb.packet.in === null && skb.pass === 1 && read(skb, FIELD.socket) === SOCKET.kernel && isIcmp(skb.family, skb.packet.proto);

/** Conditions under which the kernel sends no ICMP error. */
function whySilent(walker: Walker, cause: Emission['cause']): string | null {
  const { skb } = walker;
  const { packet } = skb;
  // icmp6_send() asks for none; REJECT looks for a sum in it.
  if (packet.fragOffset > 0 && (skb.family === 'ipv4' || cause === 'reject')) return 'it is a later fragment';
  if (inGroupFrame(skb)) return 'the frame was not sent to this host alone';
  if (isBeingSent(skb)) return 'the kernel is just sending it, and makes no other ICMP packet meanwhile';
  if (packet.fragOffset === 0 && isIcmp(packet.family, packet.proto) && isTakenForError(packet)) return 'it is an ICMP error itself';
  if (cause === 'reject' && !checksumHolds(walker)) return 'its checksum is wrong, or the kernel takes it to be';
  const dst = readWords(skb, FIELD.dst);
  const src = readWords(skb, FIELD.src);
  if (skb.family === 'ipv4') {
    if (skb.route?.type === 'broadcast' || skb.route?.type === 'multicast' || (dst[0] as number) >>> 28 === 0xe || dst[0] === 0xffffffff) return 'it was sent to a group';
  } else {
    if ((dst[0] as number) >>> 24 === 0xff) return 'it was sent to a group';
    if (src.every((word) => word === 0) || (src[0] as number) >>> 24 === 0xff) return 'its source is no host';
  }
  return null;
}

/** Protocols that nf_reject_verify_csum() does not check: with sums of their own kind, partial or optional. */
const UNCHECKED: readonly number[] = [PROTO.gre, PROTO.ah, PROTO.esp, PROTO.sctp, PROTO.udplite];

/** Protocols with a sum of their own over the payload and, but for ICMP, a pseudo header. */
const SUMMED: Readonly<Record<Skb['family'], readonly number[]>> = { ipv4: [PROTO.tcp, PROTO.udp, PROTO.icmp], ipv6: [PROTO.tcp, PROTO.udp, PROTO.icmpv6] };

/** The sum of DCCP is over the addresses; in IPv4 it is looked at without them, and holds if they and what else is summed with it happen to add up to nothing. */
function sumOfDccpHolds(skb: Skb): boolean {
  const { packet, family, sumOff } = skb;
  if (family === 'ipv6') return !packet.badChecksum;
  const pseudo = addressSum(readWords(skb, FIELD.src)) + addressSum(readWords(skb, FIELD.dst)) + packet.proto + read(skb, FIELD.length) - networkHeaderLength(packet);
  return (!packet.badChecksum || sumOff !== 0) && (pseudo - sumOff) % 0xffff === 0;
}

/**
 * What REJECT asks before it answers. It takes every protocol that is not on its list to have a sum over the payload, in IPv6
 * over a pseudo header too: one that has none gets an answer if its bytes add up by chance (nf_ip_checksum(), nf_ip6_checksum()).
 */
function checksumHolds(walker: Walker): boolean {
  const { skb, run } = walker;
  const { packet, family } = skb;
  // ipv6_skip_exthdr(): behind the authentication header nothing is found.
  if (family === 'ipv6' && packet.proto === PROTO.ah) return false;
  if (UNCHECKED.includes(packet.proto)) return true;
  const isSummed = packet.proto === PROTO.dccp || SUMMED[family].includes(packet.proto);
  if (isSummed && packet.moreFragments) return sumOfFirstFragment(walker);
  if (packet.proto === PROTO.dccp) return sumOfDccpHolds(skb);
  if (packet.badChecksum) return false;
  if (isSummed) return true;
  const whole = packetBytes(skb);
  const at = networkHeaderLength(packet);
  if (!whole || whole.known.subarray(at).includes(0)) {
    run.doubts.add(`REJECT answers protocol ${packet.proto} only if its bytes add up to a checksum, and not all of them are known`);
    return false;
  }
  const payload = whole.bytes.subarray(at);
  const sum = onesComplementSum(payload);
  if (family === 'ipv4') return sum === 0 || sum === 0xffff;
  // ipv6_skip_exthdr(): there has to be something.
  if (payload.length === 0) return false;
  const pseudo = [...readWords(skb, FIELD.src), ...readWords(skb, FIELD.dst)].reduce((total, word) => total + (word >>> 16) + (word & 0xffff), payload.length + packet.proto);
  return onesComplementSum(payload, pseudo) === 0xffff;
}

/** Of a first fragment there is not all that its sum is over: it holds if length and bytes of the rest add up to nothing (nf_ip_checksum(); seen on Linux 6.18). */
function sumOfFirstFragment({ skb, run }: Walker): false {
  if (!skb.packet.badChecksum)
    run.notes.add(`packet ${run.number}: REJECT answers a first fragment only if what the others bring adds up to nothing; it is taken that it does not`);
  return false;
}

/** nf_send_reset(): a RST in the name of the packet's destination. */
function emitReset(walker: Walker): string {
  const { skb } = walker;
  const { packet } = skb;
  if (packet.fragOffset > 0) return 'no answer: it is a later fragment';
  if (packet.flags & TCP_FLAG.RST) return 'no answer: it is a RST itself';
  if (packet.moreFragments ? !sumOfFirstFragment(walker) : !sumHolds(walker)) return 'no answer: its checksum is wrong, or the kernel takes it to be';
  // How the frame came is not asked. IPv6 looks at the address, IPv4 at the way that it took.
  if (skb.family === 'ipv6' ? isMulticast(readWords(skb, FIELD.dst)) : skb.route?.type === 'broadcast' || skb.route?.type === 'multicast')
    return 'no answer: it was sent to a group';
  const by = { proto: PROTO.tcp, sport: read(skb, FIELD.dport), dport: read(skb, FIELD.sport) };
  if (!wayBack(walker, readWords(skb, FIELD.dst), replyMark(walker), by)) return 'no answer: there is no way back';
  const acked = (packet.flags & TCP_FLAG.ACK) !== 0;
  const data = read(skb, FIELD.length) - networkHeaderLength(packet) - transportHeaderLength(packet);
  const length = (packet.flags & TCP_FLAG.SYN ? 1 : 0) + (packet.flags & TCP_FLAG.FIN ? 1 : 0) + data;
  const answer: FullPacket = {
    ...blank(walker, readWords(skb, FIELD.dst), readWords(skb, FIELD.src), PROTO.tcp),
    sport: read(skb, FIELD.dport),
    dport: read(skb, FIELD.sport),
    flags: acked ? TCP_FLAG.RST : TCP_FLAG.RST | TCP_FLAG.ACK,
    seq: acked ? packet.ack : 0,
    ack: acked ? 0 : (packet.seq + length) >>> 0,
    df: skb.family === 'ipv4',
    mark: replyMark(walker),
  };
  const port = skb.pass === 1 && skb.bridge?.shown ? (skb.bridge.port ?? skb.bridge.bridge) : null;
  emit(walker, {
    cause: 'reject',
    packet: answer,
    attached: attachment(skb),
    untracked: false,
    ofUntracked: skb.untracked,
    unboundSource: false,
    ...unknownReplyMark(walker),
    // With the frame's addresses exchanged, straight out by the port that it came in by.
    ...(port === null ? {} : { direct: port }),
  });
  // nf_ct_set_closing(): the connection is over for the tracker, too, if it was one already.
  if (skb.ct?.confirmed && skb.ct.entry.tcp) {
    const { run } = walker;
    const close = Number(run.world.settings.sysctl('net.netfilter.nf_conntrack_tcp_timeout_close') ?? CLOSE_TIMEOUT);
    updateEntry(run, skb.ct, { tcp: { ...skb.ct.entry.tcp, state: 'CLOSE' }, expires: run.draft.now + close });
  }
  return 'answered with a TCP reset';
}

/** Where it goes, if TEE made it; null: it did not. */
export function teeCopyOf({ packet: { origin } }: Skb): TeeCopy | null {
  return typeof origin === 'object' ? origin : null;
}

/** TEE: a copy goes to a gateway, by the device that the rule names if there is one, untracked, one hop less when it was received. */
export function emitTee(walker: Walker, gateway: readonly number[], device: string | null): void {
  const { skb, run } = walker;
  if (run.duplicating) return;
  const received = walker.hook === 'PREROUTING' || walker.hook === 'INPUT';
  const copy = currentPacket(skb);
  const out = run.world.network.interfaces.some(({ name }) => name === device) ? device : null;
  emitCopy(walker, {
    cause: 'tee',
    packet: { ...copy, in: null, df: skb.family === 'ipv4', ttl: received ? (copy.ttl - 1) & 255 : copy.ttl, origin: { gateway, out } },
    copyOf: skb,
    attached: null,
    untracked: true,
    unboundSource: false,
    ...unknownMark(walker),
  });
}
