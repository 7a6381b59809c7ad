/**
 * IP Virtual Server at its hooks: requests to a virtual service are given a real server and sent on through the whole of
 * OUTPUT; answers get their source back. What was seen where stands in test/emulated/README.md.
 *
 * Source: Linux 6.1 net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook(), ip_vs_out_hook(), ip_vs_schedule(), ip_vs_leave();
 * ip_vs_xmit.c __ip_vs_get_out_rt(), ip_vs_nat_xmit(), ip_vs_dr_xmit(); ip_vs_nfct.c.
 */

import { FIELD, IPVS_METHODS, TCP_FLAG } from '../model/field.ts';
import type { ForwardingMethod, IpvsConnection, RealServer, VirtualServer } from '../model/ipvs.ts';
import { formatAddress, makePrefix, type Words } from '../net/address.ts';
import { hasPorts, isIcmp, PROTO, protocolName } from '../net/protocol.ts';
import { updateEntry } from './conntrack.ts';
import { emitIcmpError } from './emit.ts';
import { dropEntry, findConnection, follow, forgetConnection, keepConnection, otherWay, type Ends } from './ipvs-connection.ts';
import { inBlock, isFailure, lookupRoute, outputRoute, reroute, routeMtu } from './reroute.ts';
import { OWN_KEY } from './route.ts';
import { addStep, type Walker } from './run.ts';
import { loadConntrack, makeUnknown, read, readWords, sameWords, unknownBits, write, writeWords, type Skb } from './skb.ts';

/** What IPVS did: nothing and the hook goes on, sent the packet on through OUTPUT, or dropped it for this reason. */
export type IpvsResult = { readonly kind: 'goes-on' } | { readonly kind: 'sent-on' } | { readonly kind: 'drop'; readonly reason: string };

const GOES_ON: IpvsResult = { kind: 'goes-on' };
const FTP_DATA = 20;

/** ip_vs_remote_request, ip_vs_local_request; at FORWARD only errors about requests (ip_vs_forward_icmp). */
export function ipvsRequest(walker: Walker): IpvsResult {
  const { skb, run } = walker;
  if (!isAsked(walker)) return GOES_ON;
  // Only what was sent to this host alone.
  if (walker.hook !== 'OUTPUT' && read(skb, FIELD.packetType) !== 0) return GOES_ON;
  const ends = endsOf(skb);
  if (isIcmp(skb.family, ends.proto)) return requestError(walker);
  if (walker.hook === 'FORWARD' || !isBalanced(walker, ends.proto)) return GOES_ON;
  let connection = findConnection(run, 'request', ends);
  if (connection && isNewConnection(skb) && (connection.state === 'TIME_WAIT' || connection.state === 'CLOSE') && setting(walker, 'conn_reuse_mode', 1) !== 0) {
    forgetConnection(run, connection);
    // ip_vs_conn_uses_old_conntrack(): with the entry of the old connection at hand there is no new one to be had yet.
    if (connection.tracked && skb.ct?.confirmed) {
      dropEntry(run, connection);
      return dropped(walker, 'connection reused', 'an old connection with these ports had ended: this packet takes it away and is lost, the next one opens a new one');
    }
    connection = null;
  }
  if (!connection) {
    const scheduled = schedule(walker, ends);
    if (!('connection' in scheduled)) return scheduled;
    connection = scheduled.connection;
  }
  connection = follow(run, skb, connection, 'request');
  if (!isOnePacket(walker, connection)) keepConnection(run, connection);
  return transmit(walker, connection, null);
}

/** ip_vs_out(): an answer of a real server gets the virtual address as its source. */
export function ipvsReply(walker: Walker): IpvsResult {
  const { skb, run } = walker;
  if (!isAsked(walker)) return GOES_ON;
  const ends = endsOf(skb);
  if (isIcmp(skb.family, ends.proto)) return replyError(walker);
  if (!isBalanced(walker, ends.proto)) return GOES_ON;
  const found = findConnection(run, 'answer', ends);
  if (!found) {
    const service = run.world.node.virtualServers?.find(({ realServers }) =>
      realServers.some((one) => one.family === skb.family && sameWords(one.address, ends.src) && one.port === ends.sport),
    );
    if (service && setting(walker, 'nat_icmp_send', 0) !== 0)
      run.doubts.add('net.ipv4.vs.nat_icmp_send is on: answers to real servers about connections that have ended are not modelled');
    return GOES_ON;
  }
  const connection = follow(run, skb, found, 'answer');
  keepConnection(run, connection);
  if (connection.method === 'masq') {
    step(walker, `an answer to ${client(connection)}: its source ${place(connection, 'server')} becomes ${place(connection, 'virtual')} again`);
    writeWords(skb, FIELD.src, connection.virtual);
    write(skb, FIELD.sport, connection.virtualPort);
  } else step(walker, `an answer to ${client(connection)}`);
  return answered(walker, connection);
}

/** What follows for requests' answers and errors about them: the route by the new source, the mark of IPVS, conntrack. */
function answered(walker: Walker, connection: IpvsConnection): IpvsResult {
  const { skb } = walker;
  const isLocal = skb.family === 'ipv4' ? skb.route?.type === 'local' : skb.route?.dev === 'lo';
  if (connection.method === 'masq' && walker.hook !== 'INPUT' && !isLocal && setting(walker, 'snat_reroute', 1) !== 0) {
    const failure = reroute(walker);
    if (failure) return { kind: 'drop', reason: failure };
  }
  settle(walker, connection, 'dst');
  return GOES_ON;
}

/** Has IPVS anything to say to this packet? What it has handled once it leaves alone. */
function isAsked(walker: Walker): boolean {
  const { skb, run } = walker;
  if (skb.ipvs) return false;
  const { virtualServers, interfaces } = run.world.node;
  if (virtualServers?.length) {
    for (const field of [FIELD.src, FIELD.dst, FIELD.sport, FIELD.dport])
      if (unknownBits(skb, field) !== 0) run.doubts.add(`IPVS looks at the ${field.name}, which is not known here`);
    return true;
  }
  // `ipvsadm` need not be installed where kube-proxy uses IPVS: its silence proves nothing there.
  const dummy = interfaces?.find(({ name }) => name === 'kube-ipvs0');
  const dst = readWords(skb, FIELD.dst);
  if (walker.hook !== 'FORWARD' && dummy?.addresses.some((own) => own.family === skb.family && sameWords(own.local, dst)))
    run.doubts.add('the packet goes to an address of kube-ipvs0, and the snapshot has no virtual servers: what "ipvsadm -Sn" prints is missing');
  return false;
}

function isBalanced(walker: Walker, proto: number): boolean {
  const { skb, run } = walker;
  if (proto !== PROTO.tcp && proto !== PROTO.udp) {
    if (proto === PROTO.sctp && run.world.node.virtualServers?.some(({ address }) => address?.proto === proto)) run.doubts.add('SCTP through IPVS is not modelled');
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

const isSyn = (skb: Skb) => read(skb, FIELD.proto) === PROTO.tcp && (read(skb, FIELD.tcpFlags) & TCP_FLAG.SYN) !== 0;
const isNewConnection = isSyn;

const setting = ({ run }: Walker, name: string, initial: number): number => Number(run.world.network.sysctl(`net.ipv4.vs.${name}`) ?? initial);

/** ip_vs_service_find(): by mark first, then by address and port, then for all ports of the address. */
function findService(walker: Walker, { family, proto, dst, dport }: Ends): VirtualServer | null {
  const services = (walker.run.world.node.virtualServers ?? []).filter((service) => service.family === family);
  const mark = read(walker.skb, FIELD.mark);
  const byMark = services.filter((service) => service.mark !== null);
  if (byMark.length > 0 && unknownBits(walker.skb, FIELD.mark) !== 0) walker.run.doubts.add('IPVS chooses a service by the mark, which is not known here');
  const at = (port: number) => services.find(({ address }) => address?.proto === proto && sameWords(address.words, dst) && address.port === port);
  return (mark !== 0 ? byMark.find((service) => service.mark === mark) : null) ?? at(dport) ?? at(0) ?? null;
}

/** Opens a connection for a request, or says what becomes of the packet that gets none. */
function schedule(walker: Walker, ends: Ends): { readonly connection: IpvsConnection } | IpvsResult {
  const { skb, run } = walker;
  const isTcp = ends.proto === PROTO.tcp;
  const isSloppy = setting(walker, 'sloppy_tcp', 0) !== 0 && (read(skb, FIELD.tcpFlags) & TCP_FLAG.RST) === 0;
  const service = findService(walker, ends);
  if (!service) return GOES_ON;
  if (isTcp && !isSyn(skb) && !isSloppy) {
    step(walker, `${service.name} has no such connection, and only a SYN opens one: the packet goes on to the node itself`);
    return GOES_ON;
  }
  if (isTcp && ends.sport === FTP_DATA) return GOES_ON;
  // An answer of the node as real server is no request.
  if ((skb.device === null || skb.device === 'lo') && findConnection(run, 'request', otherWay(ends))) return GOES_ON;
  const server = choose(walker, service, ends);
  if (!server) {
    const refused = `${service.name} has no real server to give it to`;
    addStep(walker, {
      kind: 'drop',
      reason: 'no real server',
      text: `${refused}; ${emitIcmpError(walker, 'icmp-error', skb.family === 'ipv4' ? 3 : 1, skb.family === 'ipv4' ? 3 : 4)}`,
    });
    return { kind: 'drop', reason: 'no real server' };
  }
  const connection: IpvsConnection = {
    family: ends.family,
    proto: ends.proto,
    client: ends.src,
    clientPort: ends.sport,
    virtual: ends.dst,
    virtualPort: ends.dport,
    server: server.address,
    serverPort: server.port === 0 ? ends.dport : server.port,
    method: server.method,
    tracked: setting(walker, 'conntrack', 0) !== 0,
    state: isTcp ? 'NONE' : 'UDP',
    oneWay: server.method !== 'masq',
    expires: 0,
  };
  step(walker, `${service.name} (${service.scheduler}): ${client(connection)} gets the real server ${place(connection, 'server')}`);
  return { connection };
}

const isOnePacket = (walker: Walker, connection: IpvsConnection): boolean =>
  connection.proto === PROTO.udp &&
  findService(walker, { ...connection, src: connection.client, sport: connection.clientPort, dst: connection.virtual, dport: connection.virtualPort })?.onePacket === true;

/**
 * The scheduler. With one real server there is nothing to choose; with several, a snapshot tells neither where the wheel
 * stands nor how busy they are, so the scenario says, or the next one in the list is taken and a note says so.
 */
function choose(walker: Walker, service: VirtualServer, ends: Ends): RealServer | null {
  const { run } = walker;
  const able = service.realServers.filter(({ weight }) => weight > 0);
  if (able.length < 2) return able[0] ?? null;
  const said = run.world.environment.choices?.find((choice) => choice.packet === run.number && choice.for === 'ipvs');
  const group = service.persistence === null ? null : `${service.name} ${makePrefix(ends.family, ends.src, service.persistenceLength).words.join('.')}`;
  const kept = group === null ? undefined : run.draft.ipvsClients.get(group);
  const stays = kept !== undefined && kept.expires > run.draft.now ? able.find((server) => serverName(server) === kept.server) : undefined;
  const wanted = said === undefined ? undefined : able.find((server) => serverName(server) === said.value);
  if (said !== undefined && !wanted && !stays)
    run.notes.add(`packet ${run.number}: ${service.name} has no real server ${String(said.value)}; it has ${able.map(serverName).join(', ')}`);
  const last = run.draft.ipvsLast.get(service.name);
  const next = able[((last === undefined ? -1 : able.findIndex((server) => serverName(server) === last)) + 1) % able.length] as RealServer;
  const chosen = stays ?? wanted ?? next;
  if (!stays && !wanted)
    run.notes.add(
      `packet ${run.number}: which real server of ${service.name} it gets is up to the scheduler (${service.scheduler}), whose state no snapshot shows; ${serverName(chosen)} is taken here (environment.choices fixes it, for "ipvs")`,
    );
  run.draft.ipvsLast.set(service.name, serverName(chosen));
  if (group !== null && service.persistence !== null) run.draft.ipvsClients.set(group, { server: serverName(chosen), expires: run.draft.now + service.persistence });
  return chosen;
}

/** `10.16.0.30:8080`, `[fd02::9]:8080`. */
function serverName({ family, address, port }: Pick<RealServer, 'family' | 'address' | 'port'>): string {
  return placeText(family, address, port);
}

const placeText = (family: RealServer['family'], words: Words, port: number): string =>
  `${family === 'ipv6' ? `[${formatAddress(family, words)}]` : formatAddress(family, words)}:${port}`;

function place(connection: IpvsConnection, side: 'client' | 'virtual' | 'server'): string {
  return placeText(connection.family, connection[side], connection[`${side}Port`]);
}
const client = (connection: IpvsConnection): string => `${protocolName(connection.proto)} ${place(connection, 'client')}`;

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
  if (isLocal && walker.hook === 'FORWARD') return dropped(walker, 'no route', 'an error that is forwarded cannot be for the node itself');
  if (!isLocal && (ipv4 ? inBlock(src, 127, 8) : skb.device === null && src[3] === 1 && !src[0] && !src[1] && !src[2]))
    return dropped(walker, 'martian source', `${formatAddress(skb.family, src)} is a loopback address, the real server is elsewhere`);
  if (isLocal && skb.device !== null && skb.device !== 'lo' && ipv4 && inBlock(connection.server, 127, 8))
    return dropped(walker, 'martian destination', 'a request from outside is not rewritten to a loopback address');
  if (!isLocal) {
    if (read(skb, FIELD.ttl) <= 1)
      return refused(walker, 'ttl exceeded', `${ipv4 ? 'TTL' : 'hop limit'} ${read(skb, FIELD.ttl)} does not last for the way to the real server`, ipv4 ? 11 : 3, 0);
    write(skb, FIELD.ttl, read(skb, FIELD.ttl) - 1);
    const mtu = routeMtu(run.world, way);
    if (quoted === null && read(skb, FIELD.length) > mtu && (!ipv4 || read(skb, FIELD.df) === 1))
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
  } else if (handle && !handle.confirmed && !handle.dying && connection.method === 'masq' && skb.ctDirection === 0) {
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
  const ends = isError(skb) ? quotedEnds(skb) : null;
  const connection = ends && findConnection(run, 'request', otherWay(ends));
  if (!connection) return GOES_ON;
  if (skb.family === 'ipv6' && walker.hook === 'OUTPUT' && connection.method !== 'masq') return GOES_ON;
  step(walker, `an error about ${client(connection)}`);
  return transmit(walker, connection, skb.packet.inner);
}

/** ip_vs_out_icmp(): an error of a real server about a request gets the virtual address, outside and in what it quotes. */
function replyError(walker: Walker): IpvsResult {
  const { skb, run } = walker;
  const ends = isError(skb) ? quotedEnds(skb) : null;
  const connection = ends && findConnection(run, 'answer', otherWay(ends));
  const { inner } = skb.packet;
  if (!connection || !inner) return GOES_ON;
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

function step(walker: Walker, text: string): void {
  addStep(walker, { kind: 'ipvs', text });
}

function dropped(walker: Walker, reason: string, text: string): IpvsResult {
  addStep(walker, { kind: 'drop', reason, text });
  return { kind: 'drop', reason };
}

function refused(walker: Walker, reason: string, text: string, type: number, code: number): IpvsResult {
  return dropped(walker, reason, `${text}; ${emitIcmpError(walker, 'icmp-error', type, code)}`);
}
