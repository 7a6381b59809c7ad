/**
 * Which service a request is for, and which of its real servers gets it: a new connection, or none and why.
 *
 * Source: Linux 6.1 net/netfilter/ipvs/ip_vs_ctl.c ip_vs_service_find(); ip_vs_proto_tcp.c tcp_conn_schedule();
 * ip_vs_core.c ip_vs_schedule(), ip_vs_sched_persist(), ip_vs_leave().
 */

import { FIELD } from '../model/field.ts';
import type { IpvsConnection, IpvsTemplate, RealServer, VirtualServer } from '../model/ipvs.ts';
import { makePrefix } from '../net/address.ts';
import { PROTO } from '../net/protocol.ts';
import { emitIcmpError } from './emit.ts';
import { expiresAt, findConnection, otherWay, type Ends } from './ipvs-connection.ts';
import { client, GOES_ON, isReset, isSyn, place, serverName, setting, step, type IpvsResult } from './ipvs-result.ts';
import { addStep, type Walker } from './run.ts';
import { read, unknownBits } from './skb.ts';

const FTP = 21;
const FTP_DATA = 20;
/** Ports from here on need no privilege (inet_port_requires_bind_service): an FTP server may have named them. */
const FIRST_FREE_PORT = 1024;

/** ip_vs_service_find(): by mark first, then by address and port, then one that takes other ports too: FTP, and port 0. */
function findService({ skb, run }: Walker, { family, proto, dst, dport }: Ends): VirtualServer | null {
  const { services } = run.world;
  const mark = read(skb, FIELD.mark);
  if (services.asksForMark[family] && unknownBits(skb, FIELD.mark) !== 0) run.doubts.add('IPVS chooses a service by the mark, which is not known here');
  const at = (port: number) => services.at(family, proto, dst, port);
  const ftp = proto === PROTO.tcp && (dport === FTP_DATA || dport >= FIRST_FREE_PORT) ? at(FTP) : null;
  const found = (mark !== 0 ? services.byMark(family, mark) : null) ?? at(dport) ?? ftp ?? at(0);
  // Its helper follows the talk to find the ports of data connections, and turns tracking on.
  if (found?.address?.proto === PROTO.tcp && found.address.port === FTP) run.doubts.add(`${found.name}: FTP through IPVS is not modelled`);
  return found;
}

/** tcp_conn_schedule(), ip_vs_schedule(): opens a connection for a request, or says what becomes of the packet that gets none. */
export function schedule(walker: Walker, ends: Ends): { readonly connection: IpvsConnection } | IpvsResult {
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
  if (run.world.network.sysctl('net.ipv4.vs.conntrack') === null)
    run.notes.add(`packet ${run.number}: net.ipv4.vs.conntrack is not in the snapshot; it is taken as 0, as the kernel begins with (kube-proxy sets it to 1)`);
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
    ended: null,
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
  expiresAt(run, run.draft.now + timeout);
  return { server, template: key };
}

function schedulerChoice(walker: Walker, service: VirtualServer, able: readonly RealServer[]): RealServer | null {
  const { run } = walker;
  if (able.length < 2) return able[0] ?? null;
  // A packet that goes by two services has a choice for each.
  const said = run.world.environment.choices?.flatMap((choice) => (choice.packet === run.number && choice.for === 'ipvs' ? [String(choice.value)] : [])) ?? [];
  const wanted = able.find((server) => said.includes(serverName(server)));
  if (said.length > 0 && !wanted) run.notes.add(`packet ${run.number}: ${service.name} has no real server ${said.join(', ')}; it has ${able.map(serverName).join(', ')}`);
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
