/** IP Virtual Server: services that the kernel itself spreads over real servers, and the connections it remembers. */

import type { Family, Words } from '../net/address.ts';
import type { IPVS_METHODS } from './field.ts';

/** How a request reaches its real server: rewritten (`-m`), by another route alone (`-g`), wrapped (`-i`). */
export type ForwardingMethod = (typeof IPVS_METHODS)[number];

export interface RealServer {
  readonly family: Family;
  readonly address: Words;
  /** 0: the port the client asked for. */
  readonly port: number;
  readonly method: ForwardingMethod;
  /** 0: no new connections. */
  readonly weight: number;
  /** Bounds on its connections (`-x`, `-y`) stop it at times. */
  readonly bounded?: true;
}

export interface VirtualServer {
  readonly family: Family;
  /** Protocol, address and port the clients ask for; null for a service that is told by the packet mark. */
  readonly address: { readonly proto: number; readonly words: Words; readonly port: number } | null;
  readonly mark: number | null;
  readonly scheduler: string;
  /** Seconds for which a client stays with its real server; null: every connection is scheduled. */
  readonly persistence: number | null;
  /** Prefix length by which clients count as one for that. */
  readonly persistenceLength: number;
  /** Every datagram is scheduled for itself (`-o`). */
  readonly onePacket: boolean;
  /** Persistence engine (`--pe`); null: clients are told by their address. */
  readonly engine: string | null;
  readonly realServers: readonly RealServer[];
  /** As `ipvsadm` names it: `TCP 10.96.0.50:80`, `FWM 1`. */
  readonly name: string;
}

/** States of TCP; `UDP` for datagrams, which have but one. */
export type IpvsState = 'NONE' | 'ESTABLISHED' | 'SYN_SENT' | 'SYN_RECV' | 'FIN_WAIT' | 'TIME_WAIT' | 'CLOSE' | 'CLOSE_WAIT' | 'LAST_ACK' | 'LISTEN' | 'SYNACK' | 'UDP';

/** struct ip_vs_conn. Immutable: a change makes a new one under the same key. */
export interface IpvsConnection {
  readonly family: Family;
  readonly proto: number;
  readonly client: Words;
  readonly clientPort: number;
  readonly virtual: Words;
  readonly virtualPort: number;
  readonly server: Words;
  readonly serverPort: number;
  readonly method: ForwardingMethod;
  /** `net.ipv4.vs.conntrack` at its beginning (IP_VS_CONN_F_NFCT): else its packets are untracked from here on. */
  readonly tracked: boolean;
  readonly state: IpvsState;
  /** No answer has been seen, and none is expected: they take another way (IP_VS_CONN_F_NOOUTPUT). */
  readonly oneWay: boolean;
  /** It serves this packet alone and is forgotten at once (`-o`, UDP only). */
  readonly onePacket: boolean;
  /** Key of the template that its client is kept at a real server by (persistence). */
  readonly template: string | null;
  /** Number of the packet that opened it: of two that the same answers fit, the later one is found. */
  readonly opened: number;
  /** Number of the packet that ended it: only that one still finds it, for the timer that removes it goes off a moment later. */
  readonly ended: number | null;
  /** Clock value, in seconds, at which it vanishes. */
  readonly expires: number;
}

/** struct ip_vs_conn with IP_VS_CONN_F_TEMPLATE: what keeps a client, or a network of clients, at its real server. */
export interface IpvsTemplate {
  readonly family: Family;
  /** 0 for a service by mark, which then stands for the virtual address. */
  readonly proto: number;
  readonly client: Words;
  readonly virtual: Words;
  readonly virtualPort: number;
  readonly server: Words;
  readonly serverPort: number;
  /** The real server by its name in the service. */
  readonly realServer: string;
  /** Seconds that each new connection keeps it for. */
  readonly timeout: number;
  /** A connection that it led to has been established. */
  readonly assured: boolean;
  readonly expires: number;
}
