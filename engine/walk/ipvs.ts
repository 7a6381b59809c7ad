/**
 * IP Virtual Server at its hooks: requests to a virtual service are given a real server and sent on through the whole of
 * OUTPUT; answers get their source back. What was seen where stands in test/emulated/README.md.
 *
 * Source: Linux 6.1 net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook(), ip_vs_out_hook(), ip_vs_schedule(), ip_vs_leave();
 * ip_vs_xmit.c __ip_vs_get_out_rt(), ip_vs_nat_xmit(), ip_vs_dr_xmit(); ip_vs_nfct.c.
 */

import { FIELD, IPVS_METHODS, TCP_FLAG } from '../model/field.ts';
import type { ForwardingMethod, IpvsConnection, IpvsTemplate, RealServer, VirtualServer } from '../model/ipvs.ts';
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
/** Protocols that IPVS has a module for. */
const KNOWN_PROTOCOLS: readonly number[] = [PROTO.tcp, PROTO.udp, PROTO.sctp, PROTO.ah, PROTO.esp];
const FTP = 21;
const FTP_DATA = 20;
/** Ports from here on need no privilege (inet_port_requires_bind_service): an FTP server may have named them. */
const FIRST_FREE_PORT = 1024;

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
    forgetConnection(run, connection);
    // ip_vs_conn_uses_old_conntrack(): with the entry of the old connection at hand there is no new one to be had yet.
    if (skb.ct?.confirmed) {
      if (connection.tracked) dropEntry(run, connection);
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
  const service = walker.run.world.node.virtualServers?.find(
    ({ address, realServers }) =>
      (address === null || address.proto === ends.proto) &&
      realServers.some((one) => one.method === 'masq' && one.family === ends.family && one.port === ends.sport && sameWords(one.address, ends.src)),
  );
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
  const { virtualServers, interfaces } = run.world.node;
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
const isReset = (skb: Skb) => (read(skb, FIELD.tcpFlags) & TCP_FLAG.RST) !== 0;

const setting = ({ run }: Walker, name: string, initial: number): number => Number(run.world.network.sysctl(`net.ipv4.vs.${name}`) ?? initial);

/** ip_vs_service_find(): by mark first, then by address and port, then one that takes other ports too: FTP, and port 0. */
function findService(walker: Walker, { family, proto, dst, dport }: Ends): VirtualServer | null {
  const services = (walker.run.world.node.virtualServers ?? []).filter((service) => service.family === family);
  const mark = read(walker.skb, FIELD.mark);
  const byMark = services.filter((service) => service.mark !== null);
  if (byMark.length > 0 && unknownBits(walker.skb, FIELD.mark) !== 0) walker.run.doubts.add('IPVS chooses a service by the mark, which is not known here');
  const at = (port: number) => services.find(({ address }) => address?.proto === proto && sameWords(address.words, dst) && address.port === port);
  const ftp = proto === PROTO.tcp && (dport === FTP_DATA || dport >= FIRST_FREE_PORT) ? at(FTP) : null;
  const found = (mark !== 0 ? byMark.find((service) => service.mark === mark) : null) ?? at(dport) ?? ftp ?? at(0) ?? null;
  // Its helper follows the talk to find the ports of data connections, and turns tracking on.
  if (found?.address?.proto === PROTO.tcp && found.address.port === FTP) walker.run.doubts.add(`${found.name}: FTP through IPVS is not modelled`);
  return found;
}

/** tcp_conn_schedule(), ip_vs_schedule(): opens a connection for a request, or says what becomes of the packet that gets none. */
function schedule(walker: Walker, ends: Ends): { readonly connection: IpvsConnection } | IpvsResult {
  const { skb, run } = walker;
  const isTcp = ends.proto === PROTO.tcp;
  const service = findService(walker, ends);
  if (!service) return GOES_ON;
  if (isTcp && (isReset(skb) || !(isSyn(skb) || setting(walker, 'sloppy_tcp', 0) !== 0))) {
    step(walker, `${service.name} has no such connection, and only a SYN opens one: the packet goes on to the node itself`);
    return GOES_ON;
  }
  if (ends.sport === FTP_DATA) return GOES_ON;
  // An answer of the node as real server is no request.
  if ((skb.device === null || skb.device === 'lo') && findConnection(run, 'request', otherWay(ends))) return GOES_ON;
  // All ports of an address are served with persistence only.
  const given = service.persistence === null && service.address?.port === 0 ? null : choose(walker, service, ends);
  if (!given) {
    const refused = `${service.name} has no real server to give it to`;
    addStep(walker, {
      kind: 'drop',
      reason: 'no real server',
      text: `${refused}; ${emitIcmpError(walker, 'icmp-error', skb.family === 'ipv4' ? 3 : 1, skb.family === 'ipv4' ? 3 : 4)}`,
    });
    return { kind: 'drop', reason: 'no real server' };
  }
  const { server, template } = given;
  // With persistence the port of the real server holds for the port of the service alone.
  const translates = server.port !== 0 && (template === null || service.address?.port === ends.dport);
  const connection: IpvsConnection = {
    family: ends.family,
    proto: ends.proto,
    client: ends.src,
    clientPort: ends.sport,
    virtual: ends.dst,
    virtualPort: ends.dport,
    server: server.address,
    serverPort: translates ? server.port : ends.dport,
    method: server.method,
    tracked: setting(walker, 'conntrack', 0) !== 0,
    state: isTcp ? 'NONE' : 'UDP',
    oneWay: server.method !== 'masq',
    onePacket: service.onePacket && !isTcp,
    template,
    opened: run.number,
    expires: 0,
  };
  step(walker, `${service.name} (${service.scheduler}): ${client(connection)} gets the real server ${place(connection, 'server')}`);
  return { connection };
}

interface Given {
  readonly server: RealServer;
  /** Key of the template that keeps the client there. */
  readonly template: string | null;
}

/**
 * The scheduler. With one real server there is nothing to choose; with several, a snapshot tells neither where the wheel
 * stands nor how busy they are, so the scenario says, or the next one in the list is taken and a note says so.
 */
function choose(walker: Walker, service: VirtualServer, ends: Ends): Given | null {
  const { run } = walker;
  if (service.engine !== null) run.doubts.add(`${service.name} tells its clients by a persistence engine (${service.engine}), which is not modelled`);
  if (service.realServers.some(({ bounded }) => bounded)) run.doubts.add(`${service.name} has real servers with bounds on their connections, which are not modelled`);
  const able = service.realServers.filter(({ weight }) => weight > 0);
  const template = service.persistence === null ? null : templateOf(service, ends);
  const key = template && templateKey(template);
  const kept = key === null ? undefined : run.draft.ipvsTemplates.get(key);
  const stays = kept && able.find((server) => serverName(server) === kept.realServer);
  const server = stays ?? schedulerChoice(walker, service, able);
  if (!server || !template || key === null) return server && { server, template: null };
  const timeout = (stays && kept?.timeout) ?? service.persistence ?? 0;
  const serverPort = template.virtualPort !== 0 ? server.port : 0;
  run.draft.ipvsTemplates.set(key, {
    ...(stays && kept ? kept : { ...template, server: server.address, serverPort, realServer: serverName(server), assured: false }),
    timeout,
    expires: run.draft.now + timeout,
  });
  return { server, template: key };
}

function schedulerChoice(walker: Walker, service: VirtualServer, able: readonly RealServer[]): RealServer | null {
  const { run } = walker;
  if (able.length < 2) return able[0] ?? null;
  const said = run.world.environment.choices?.find((choice) => choice.packet === run.number && choice.for === 'ipvs');
  const wanted = said === undefined ? undefined : able.find((server) => serverName(server) === said.value);
  if (said !== undefined && !wanted) run.notes.add(`packet ${run.number}: ${service.name} has no real server ${String(said.value)}; it has ${able.map(serverName).join(', ')}`);
  const last = run.draft.ipvsLast.get(service.name);
  const next = able[((last === undefined ? -1 : able.findIndex((server) => serverName(server) === last)) + 1) % able.length] as RealServer;
  const chosen = wanted ?? next;
  if (!wanted)
    run.notes.add(
      `packet ${run.number}: which real server of ${service.name} it gets is up to the scheduler (${service.scheduler}), whose state no snapshot shows; ${serverName(chosen)} is taken here (environment.choices fixes it, for "ipvs")`,
    );
  run.draft.ipvsLast.set(service.name, serverName(chosen));
  return chosen;
}

/** ip_vs_sched_persist(): what a client of the service is told by. All services by one mark, and all ports where any is served, are one. */
function templateOf(service: VirtualServer, ends: Ends): Pick<IpvsTemplate, 'family' | 'proto' | 'client' | 'virtual' | 'virtualPort'> {
  const client = makePrefix(ends.family, ends.src, service.persistenceLength).words;
  if (service.mark !== null) return { family: ends.family, proto: 0, client, virtual: ends.family === 'ipv4' ? [service.mark] : [service.mark, 0, 0, 0], virtualPort: 0 };
  const virtualPort = service.address?.port === ends.dport && ends.dport !== FTP ? ends.dport : 0;
  return { family: ends.family, proto: ends.proto, client, virtual: ends.dst, virtualPort };
}

const templateKey = ({ family, proto, client, virtual, virtualPort }: Pick<IpvsTemplate, 'family' | 'proto' | 'client' | 'virtual' | 'virtualPort'>): string =>
  `${family} ${proto} ${client.join('.')} ${virtual.join('.')}:${virtualPort}`;

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
