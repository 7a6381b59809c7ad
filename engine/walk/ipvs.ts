/**
 * IP Virtual Server at its hooks: requests to a virtual service are given a real server and sent on through the whole of
 * OUTPUT; answers get their source back. What was seen where stands in test/emulated/README.md.
 *
 * Source: Linux 6.1 net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook(), ip_vs_out_hook(), ip_vs_in_icmp();
 * ip_vs_xmit.c __ip_vs_get_out_rt(), ip_vs_nat_xmit(), ip_vs_dr_xmit(); ip_vs_nfct.c.
 */

import { FIELD, IPVS_METHODS } from '../model/field.ts';
import type { ForwardingMethod, IpvsConnection } from '../model/ipvs.ts';
import { formatAddress, type Words } from '../net/address.ts';
import { hasPorts, isIcmp, PROTO } from '../net/protocol.ts';
import { updateEntry } from './conntrack.ts';
import { dropEntry, findConnection, follow, forgetConnection, keepConnection, otherWay, type Ends } from './ipvs-connection.ts';
import { client, dropped, GOES_ON, isReset, isSyn, place, refused, setting, step, type IpvsResult } from './ipvs-result.ts';
import { schedule } from './ipvs-schedule.ts';
import { inBlock, isFailure, lookupRoute, outputRoute, reroute, routeMtu } from './reroute.ts';
import { OWN_KEY } from './route.ts';
import type { Walker } from './run.ts';
import { loadConntrack, makeUnknown, read, readWords, sameWords, unknownBits, write, writeWords, type Skb } from './skb.ts';
import { unreadService } from './unread.ts';

/** Protocols that IPVS has a module for. */
const KNOWN_PROTOCOLS: readonly number[] = [PROTO.tcp, PROTO.udp, PROTO.sctp, PROTO.ah, PROTO.esp];
/** ip_vs_in_hook(); at FORWARD only errors about requests (ip_vs_forward_icmp). */
export function ipvsRequest(walker: Walker): IpvsResult {
  const { skb, run } = walker;
  if (!isAsked(walker)) return GOES_ON;
  // Only what was sent to this host alone.
  if (walker.hook !== 'OUTPUT' && read(skb, FIELD.packetType) !== 0) return GOES_ON;
  // A stand-by hears of connections from its peer, and sends nothing on.
  if (setting(walker, 'backup_only', 0) !== 0) return GOES_ON;
  const ends = endsOf(skb);
  if (isIcmp(skb.family, ends.proto) && isError(skb)) return requestError(walker);
  if (walker.hook === 'FORWARD') return GOES_ON;
  if (!isBalanced(walker, ends.proto)) {
    // Left alone once it has been wrapped, too.
    if (setting(walker, 'ignore_tunneled', 0) !== 0 && !KNOWN_PROTOCOLS.includes(ends.proto)) skb.ipvs = true;
    loadIpvs(walker);
    return GOES_ON;
  }
  let connection = findConnection(run, 'request', ends);
  if (connection && isSyn(skb) && isOver(walker, connection)) {
    // ip_vs_conn_uses_old_conntrack(): with the entry of the old connection at hand there is no new one to be had yet.
    if (skb.ct?.confirmed) {
      forgetConnection(run, connection);
      if (connection.tracked) dropEntry(run, connection);
      return dropped(walker, 'connection reused', 'an old connection with these ports had ended: this packet takes it away and is lost, the next one opens a new one');
    }
    // It leaves conntrack's entry, which is the new one's, alone.
    keepConnection(run, { ...connection, tracked: false, ended: run.number });
    connection = null;
  }
  if (!connection) {
    const scheduled = schedule(walker, ends);
    if (!('connection' in scheduled)) return scheduled;
    connection = scheduled.connection;
  }
  connection = follow(run, skb, connection, 'request');
  if (!connection.onePacket) keepConnection(run, connection);
  return transmit(walker, connection, null);
}

/** is_new_conn_expected(): does a SYN find the connection ended, so that it is to open another? */
function isOver(walker: Walker, { state, oneWay, template }: IpvsConnection): boolean {
  const mode = setting(walker, 'conn_reuse_mode', 1);
  // A client that persistence keeps at its real server gets no other one.
  if (mode === 0 || template !== null) return false;
  return state === 'TIME_WAIT' || state === 'CLOSE' || ((mode & 2) !== 0 && state === 'FIN_WAIT' && oneWay);
}

/** ip_vs_out(): an answer of a real server gets the virtual address as its source. */
export function ipvsReply(walker: Walker): IpvsResult {
  const { skb, run } = walker;
  if (!isAsked(walker)) return GOES_ON;
  const ends = endsOf(skb);
  if (isIcmp(skb.family, ends.proto) && isError(skb)) return replyError(walker);
  if (!isBalanced(walker, ends.proto)) return GOES_ON;
  const found = findConnection(run, 'answer', ends);
  if (!found) return ends.proto === PROTO.tcp && isReset(skb) ? GOES_ON : withoutConnection(walker, ends);
  const connection = follow(run, skb, found, 'answer');
  keepConnection(run, connection);
  if (connection.method === 'masq') {
    step(walker, `an answer to ${client(connection)}: its source ${place(connection, 'server')} becomes ${place(connection, 'virtual')} again`);
    writeWords(skb, FIELD.src, connection.virtual);
    write(skb, FIELD.sport, connection.virtualPort);
  } else step(walker, `an answer to ${client(connection)}`);
  return answered(walker, connection);
}

/** What a real server says of which no connection is known: it may be told so (nat_icmp_send, ip_vs_has_real_service()). */
function withoutConnection(walker: Walker, ends: Ends): IpvsResult {
  if (setting(walker, 'nat_icmp_send', 0) === 0) return GOES_ON;
  const service = walker.run.world.services.ofRealServer(ends.family, ends.proto, ends.src, ends.sport);
  if (!service) return GOES_ON;
  const ipv4 = ends.family === 'ipv4';
  return refused(walker, 'no connection', `a real server of ${service.name}, whose connection has ended, is told so`, ipv4 ? 3 : 1, ipv4 ? 3 : 4);
}

/** What follows for requests' answers and errors about them: the route by the new source, the mark of IPVS, conntrack. */
function answered(walker: Walker, connection: IpvsConnection): IpvsResult {
  const { skb } = walker;
  if (connection.method === 'masq' && walker.hook !== 'INPUT' && !isRoutedHere(skb) && setting(walker, 'snat_reroute', 1) !== 0) {
    const failure = reroute(walker);
    if (failure) return { kind: 'drop', reason: failure };
  }
  settle(walker, connection, 'dst');
  return GOES_ON;
}

/** RTCF_LOCAL; IPv6 goes by the device. */
const isRoutedHere = ({ family, route }: Skb): boolean => (family === 'ipv4' ? route?.type === 'local' : route?.dev === 'lo' || route?.type === 'local');

/** Has IPVS anything to say to this packet? What it has handled once it leaves alone. */
function isAsked(walker: Walker): boolean {
  const { skb, run } = walker;
  // ip_vs_forward_icmp() does not ask; nothing that IPVS has handled is forwarded after it.
  if (skb.ipvs) return false;
  const { virtualServers, interfaces, unread } = run.world.node;
  const doubt = unreadService(unread);
  if (doubt) run.doubts.add(doubt);
  if (virtualServers?.length) {
    for (const field of [FIELD.src, FIELD.dst, FIELD.sport, FIELD.dport])
      if (unknownBits(skb, field) !== 0) run.doubts.add(`IPVS looks at the ${field.name}, which is not known here`);
    doubtSettings(walker);
    return true;
  }
  // `ipvsadm` need not be installed where kube-proxy uses IPVS: its silence proves nothing there.
  const dummy = interfaces?.find(({ name }) => name === 'kube-ipvs0');
  const dst = readWords(skb, FIELD.dst);
  if (walker.hook !== 'FORWARD' && dummy?.addresses.some((own) => own.family === skb.family && sameWords(own.local, dst)))
    run.doubts.add('the packet goes to an address of kube-ipvs0, and the snapshot has no virtual servers: what "ipvsadm -Sn" prints is missing');
  return false;
}

/** Settings that are not modelled, where they are not as the kernel begins with. */
const WITHOUT_MODEL: readonly (readonly [name: string, from: number, what: string])[] = [
  ['drop_packet', 2, 'a share of the packets is dropped'],
  ['drop_entry', 2, 'connections are dropped by chance'],
  ['secure_tcp', 2, 'TCP connections have other states'],
  ['cache_bypass', 1, 'services by mark without a real server let packets pass'],
  ['schedule_icmp', 1, 'ICMP errors open connections'],
];

function doubtSettings(walker: Walker): void {
  for (const [name, from, what] of WITHOUT_MODEL)
    if (setting(walker, name, 0) >= from) walker.run.doubts.add(`net.ipv4.vs.${name} is ${setting(walker, name, 0)}: ${what}, which is not modelled`);
}

function isBalanced(walker: Walker, proto: number): boolean {
  const { skb, run } = walker;
  if (proto !== PROTO.tcp && proto !== PROTO.udp) {
    if (proto === PROTO.sctp && run.world.services.hasSctp) run.doubts.add('SCTP through IPVS is not modelled');
    return false;
  }
  if (skb.packet.fragOffset === 0 && !skb.packet.moreFragments) return true;
  run.doubts.add('IPVS waits for the other fragments; reassembly is not modelled');
  return false;
}

function endsOf(skb: Skb): Ends {
  const proto = read(skb, FIELD.proto);
  const ports = hasPorts(proto);
  return {
    family: skb.family,
    proto,
    src: readWords(skb, FIELD.src),
    sport: ports ? read(skb, FIELD.sport) : 0,
    dst: readWords(skb, FIELD.dst),
    dport: ports ? read(skb, FIELD.dport) : 0,
  };
}

const isLoopback = (family: IpvsConnection['family'], words: Words): boolean =>
  family === 'ipv4' ? inBlock(words, 127, 8) : words[3] === 1 && !words[0] && !words[1] && !words[2];

const HOW: Readonly<Record<ForwardingMethod, string>> = { masq: 'rewritten', gate: 'as it is (direct routing)', ipip: 'wrapped' };

/**
 * __ip_vs_get_out_rt() and the transmitters: the way to the real server, which goes by its address alone; one hop less; the
 * rewriting. `quoted`: the packet is an error about this connection, whose quoted packet this becomes.
 */
function transmit(walker: Walker, connection: IpvsConnection, quoted: NonNullable<Skb['packet']['inner']> | null): IpvsResult {
  const { skb, run } = walker;
  const ipv4 = skb.family === 'ipv4';
  if (connection.method === 'ipip') {
    run.doubts.add('IPVS tunnelling (-i) is not modelled: where the packet goes from here is not known');
    return dropped(walker, 'IPVS tunnel', 'the packet is wrapped for its real server, which is not walked');
  }
  const way = outputRoute(lookupRoute(walker, { ...OWN_KEY, src: null, dst: connection.server }, 'to the real server, by its address alone'));
  if (isFailure(way)) return refused(walker, 'no route', `no way to the real server ${place(connection, 'server')}`, ipv4 ? 3 : 1, ipv4 ? 1 : 3);
  const isLocal = way.dev === 'lo';
  const src = readWords(skb, FIELD.src);
  const comesIn = skb.device !== null && skb.device !== 'lo';
  if (isLocal && walker.hook === 'FORWARD') return dropped(walker, 'no route', 'an error that is forwarded cannot be for the node itself');
  if (isLocal && connection.method !== 'masq' && !isRoutedHere(skb))
    return dropped(walker, 'no route', 'the node is the real server, but the packet is on its way to another host');
  if (!isLocal && isLoopback(skb.family, src) && (ipv4 || !comesIn))
    return dropped(walker, 'martian source', `${formatAddress(skb.family, src)} is a loopback address, the real server is elsewhere`);
  if (isLocal && comesIn && connection.method === 'masq' && isLoopback(skb.family, connection.server))
    return dropped(walker, 'martian destination', 'a request from outside is not rewritten to a loopback address');
  if (!isLocal) {
    if (read(skb, FIELD.ttl) <= 1)
      return refused(walker, 'ttl exceeded', `${ipv4 ? 'TTL' : 'hop limit'} ${read(skb, FIELD.ttl)} does not last for the way to the real server`, ipv4 ? 11 : 3, 0);
    write(skb, FIELD.ttl, read(skb, FIELD.ttl) - 1);
    const mtu = routeMtu(run.world, way);
    const tooBig = read(skb, FIELD.length) > mtu && (!ipv4 || read(skb, FIELD.df) === 1);
    if (tooBig && quoted !== null && !ipv4)
      return dropped(walker, 'packet too big', `${read(skb, FIELD.length)} bytes of an error do not fit the MTU ${mtu} of the way by ${way.dev}`);
    if (tooBig && quoted === null)
      return refused(walker, 'packet too big', `${read(skb, FIELD.length)} bytes do not fit the MTU ${mtu} of the way by ${way.dev}`, ipv4 ? 3 : 2, ipv4 ? 4 : 0);
  }
  step(
    walker,
    isLocal
      ? `the real server is the node: the packet goes on here, ${HOW[connection.method]}`
      : `sent on to ${place(connection, 'server')} by ${way.dev}, ${HOW[connection.method]}`,
  );
  if (connection.method === 'masq') {
    writeWords(skb, FIELD.dst, connection.server);
    if (quoted === null) write(skb, FIELD.dport, connection.serverPort);
    else requote(skb, { ...quoted, src: connection.server, sport: connection.serverPort });
  }
  settle(walker, connection, 'src');
  if (isLocal) return GOES_ON;
  skb.route = way;
  return { kind: 'sent-on' };
}

/** ip_vs_update_conntrack(), ip_vs_notrack(): the packet is marked as handled; conntrack is told, or told to forget it. */
function settle(walker: Walker, connection: IpvsConnection, replySide: 'src' | 'dst'): void {
  const { skb, run } = walker;
  skb.ipvs = true;
  const handle = skb.ct;
  if (!connection.tracked) {
    if (handle) {
      skb.ct = null;
      skb.ctDirection = 0;
      skb.untracked = true;
    }
  } else if (handle && !handle.confirmed && !handle.dying && connection.method === 'masq' && !connection.onePacket && skb.ctDirection === 0) {
    const { reply } = handle.entry;
    const ports = hasPorts(reply.proto);
    const changed =
      replySide === 'src'
        ? { ...reply, src: connection.server, sport: ports ? connection.serverPort : reply.sport }
        : { ...reply, dst: connection.virtual, dport: ports ? connection.virtualPort : reply.dport };
    updateEntry(run, handle, { reply: changed });
  }
  loadConntrack(skb, run.draft.now);
  loadIpvs(walker);
}

const ERRORS_IPV4: readonly number[] = [3, 4, 11];
const isError = (skb: Skb): boolean => (skb.family === 'ipv4' ? ERRORS_IPV4.includes(read(skb, FIELD.icmpType)) : read(skb, FIELD.icmpType) < 128);

/** ip_vs_checksum_common_check(): asked only of what came in and is rewritten. */
const isBroken = ({ packet, device }: Skb, { method }: IpvsConnection): boolean => method === 'masq' && packet.badChecksum && device !== null;

/** Ends of the packet that an ICMP error quotes; null if there is nothing to go by. */
function quotedEnds(skb: Skb): Ends | null {
  const { inner } = skb.packet;
  if (!inner?.src || inner.fragOffset > 0 || (inner.proto !== PROTO.tcp && inner.proto !== PROTO.udp)) return null;
  return { family: inner.family, proto: inner.proto, src: inner.src, sport: inner.sport, dst: inner.dst, dport: inner.dport };
}

function requote(skb: Skb, inner: NonNullable<Skb['packet']['inner']>): void {
  skb.packet = { ...skb.packet, inner };
  skb.frozen = null;
}

/** ip_vs_in_icmp(): an error of a client about an answer it got goes to the real server that sent it. */
function requestError(walker: Walker): IpvsResult {
  const { skb, run } = walker;
  const ends = quotedEnds(skb);
  const connection = ends && findConnection(run, 'request', otherWay(ends));
  if (!connection) return GOES_ON;
  if (isBroken(skb, connection)) return dropped(walker, 'bad checksum', 'its sum is wrong, so what it quotes is not translated');
  step(walker, `an error about ${client(connection)}`);
  return transmit(walker, connection, skb.packet.inner);
}

/** ip_vs_out_icmp(): an error of a real server about a request gets the virtual address, outside and in what it quotes. */
function replyError(walker: Walker): IpvsResult {
  const { skb, run } = walker;
  const ends = quotedEnds(skb);
  const connection = ends && findConnection(run, 'answer', otherWay(ends));
  const { inner } = skb.packet;
  if (!connection || !inner) return GOES_ON;
  if (isBroken(skb, connection)) return dropped(walker, 'bad checksum', 'its sum is wrong, so what it quotes is not translated');
  step(walker, `an error about ${client(connection)}: the virtual address ${place(connection, 'virtual')} takes the place of the real server's`);
  if (connection.method === 'masq') {
    writeWords(skb, FIELD.src, connection.virtual);
    requote(skb, { ...inner, dst: connection.virtual, dport: connection.virtualPort });
  }
  return answered(walker, connection);
}

/**
 * What `-m ipvs` asks (xt_ipvs.c): whether IPVS has handled the packet, and the connection by its present addresses, as a
 * request that goes to its real server.
 */
export function loadIpvs({ skb, run }: Walker): void {
  if (run.world.node.virtualServers === null && run.world.program.requires[skb.family].has('ipvs'))
    makeUnknown(skb, [FIELD.ipvs, FIELD.ipvsConnection, FIELD.ipvsAddress, FIELD.ipvsPort, FIELD.ipvsMethod]);
  if (!skb.ipvs) return;
  write(skb, FIELD.ipvs, 1);
  const connection = findConnection(run, 'answer', otherWay(endsOf(skb)));
  write(skb, FIELD.ipvsConnection, connection ? 1 : 0);
  if (!connection) return;
  writeWords(skb, FIELD.ipvsAddress, connection.virtual);
  write(skb, FIELD.ipvsPort, connection.virtualPort);
  write(skb, FIELD.ipvsMethod, IPVS_METHODS.indexOf(connection.method));
}
