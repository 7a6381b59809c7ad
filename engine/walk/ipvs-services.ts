/** The virtual servers of a node, found by what a packet asks for: a look-up, however many there are (ip_vs_svc_table). */

import type { VirtualServer } from '../model/ipvs.ts';
import type { Family, Words } from '../net/address.ts';
import { PROTO } from '../net/protocol.ts';

export interface Services {
  /** Null: none asks for this place. */
  at(family: Family, proto: number, address: Words, port: number): VirtualServer | null;
  byMark(family: Family, mark: number): VirtualServer | null;
  readonly asksForMark: Readonly<Record<Family, boolean>>;
  readonly hasSctp: boolean;
  /** A service whose masquerading real servers this is one of (ip_vs_has_real_service()). */
  ofRealServer(family: Family, proto: number, address: Words, port: number): VirtualServer | null;
}

const place = (family: Family, proto: number | null, address: Words, port: number): string => `${family} ${proto} ${address.join('.')}:${port}`;

export function indexServices(servers: readonly VirtualServer[]): Services {
  const places = new Map<string, VirtualServer>();
  const marks = new Map<string, VirtualServer>();
  const realServers = new Map<string, VirtualServer>();
  for (const server of servers) {
    const { family, address, mark } = server;
    if (address) places.set(place(family, address.proto, address.words, address.port), server);
    if (mark !== null) marks.set(`${family} ${mark}`, server);
    for (const { family: own, address: words, port, method } of server.realServers) {
      const key = place(own, address?.proto ?? null, words, port);
      if (method === 'masq' && !realServers.has(key)) realServers.set(key, server);
    }
  }
  const asksForMark = (family: Family): boolean => servers.some((server) => server.family === family && server.mark !== null);
  return {
    at: (family, proto, address, port) => places.get(place(family, proto, address, port)) ?? null,
    byMark: (family, mark) => marks.get(`${family} ${mark}`) ?? null,
    asksForMark: { ipv4: asksForMark('ipv4'), ipv6: asksForMark('ipv6') },
    hasSctp: servers.some(({ address }) => address?.proto === PROTO.sctp),
    ofRealServer: (family, proto, address, port) => realServers.get(place(family, proto, address, port)) ?? realServers.get(place(family, null, address, port)) ?? null,
  };
}
