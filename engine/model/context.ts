/**
 * What an opaque operation may ask while a packet is walked. It sees the packet and the node through these and changes
 * neither: state and effects are returned as data and applied by the walker.
 */

import type { Family, Words } from '../net/address.ts';
import type { ConntrackEntry } from './conntrack.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Hook } from './hook.ts';
import type { FullPacket, Socket } from './packet.ts';

export interface SkbView {
  /** Registers, laid out by `FIELD`. Addresses are current (after NAT), counted in words of the family. */
  readonly regs: Uint32Array;
  /** What does not change on the way or is looked at rarely: options, payload, the packet quoted. */
  readonly packet: FullPacket;
  readonly family: Family;
  /** Its connection; null or absent: none is attached. */
  readonly ct?: { readonly entry: ConntrackEntry } | null;
  /** Its socket, where the packet does not tell of it: the one that it was given to, the one that answers; `request`: one that is no whole socket yet; `unknown`. */
  readonly owner?: Socket | 'request' | 'unknown' | null;
}

export type AddressType = 'UNSPEC' | 'UNICAST' | 'LOCAL' | 'BROADCAST' | 'ANYCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'THROW' | 'NAT' | 'XRESOLVE';

export interface EvalContext {
  readonly family: Family;
  readonly hook: Hook;
  /** Simulated clock, in seconds. */
  readonly now: number;
  /** Position of the packet that is walked, from 1; what it causes has the same. */
  readonly number: number;
  /** Wall clock in seconds since the epoch; null if the scenario gives none. */
  readonly wallClock: number | null;
  /** Minutes west of UTC of the kernel's time zone; null: nobody says. */
  readonly minutesWest: number | null;
  /** What an estimator measures: bytes and packets per second, whole numbers; null: nobody says. */
  rate(name: string): { readonly bytes: number | null; readonly packets: number | null };
  /** Fingerprints of systems that were loaded; null: not known. */
  readonly fingerprints: readonly Fingerprint[] | null;
  /** Are there states of IPsec, by which packets come in, and policies, by which they go out? Absent: nobody says. */
  readonly ipsec: { readonly states?: boolean; readonly policies?: boolean };
  /** Processor that handles the packet; null: nobody says. */
  readonly cpu: number | null;
  /** Name of an interface register's value; the empty string for none. */
  interfaceName(id: number): string;
  /** Group of an interface register's value; 0 for no interface, null if it is not known. */
  interfaceGroup(id: number): number | null;
  /**
   * Type of an address as inet_addr_type(9) sees it: only table local is asked in IPv4. With `device`, addresses of
   * other devices do not count. For IPv6 the route type, next to the classes the caller tests itself.
   */
  addressType(address: Words, device: string | null): AddressType;
  /**
   * The way back to the source; null: none. `ways`: every device by which its next hops lead there and, in IPv6, those of the
   * other routes to the same destination in the same table, whatever their metric. `sure`: no policy rule asks for what a
   * look-up for one device would be asked.
   */
  reverseRoute(address: Words, mark: number): { readonly dev: string | null; readonly type: string; readonly ways: readonly string[]; readonly sure: boolean } | null;
  /**
   * The socket for this packet, null if there is none; `wildcard`: it is bound to any address. Only those the scenario names are
   * there, or where it names none those that the snapshot lists: it does not tell what is null. `unknown`: there may be one.
   */
  socket(): { readonly transparent: boolean | null; readonly wildcard: boolean; readonly mark: number | null } | 'unknown' | null;
  /** The packet's connection, or the one that it would open: what its rules remember it by. Null: no tuple can be made of it. */
  connection(): {
    readonly key: string;
    readonly zone: number;
    /** In the table, where others find it. */
    readonly confirmed: boolean;
    /** Both ends have said enough for it to be kept (IPS_ASSURED). */
    readonly assured: boolean;
  } | null;
  /** The connection of that key: still in the table, and not `closed` there (TCP in CLOSE or TIME_WAIT)? */
  connectionState(key: string): 'open' | 'closed' | 'gone';
  /** What the scenario says about chance for the rule being evaluated; undefined if it says nothing. */
  choice(kind: 'statistic' | 'port' | 'multipath'): number | boolean | string | undefined;
}
