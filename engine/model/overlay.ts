/**
 * An overlay as OVN's southbound database describes it: which addresses are behind which node, and how its tunnels reach
 * that node. A snapshot may hold it, because Open vSwitch decides by it what no table of the kernel shows.
 */

import type { TunnelEnd } from './route.ts';

/** A row of Encap. */
export interface OverlayEncap {
  /** `geneve`, `vxlan`, `stt`. */
  readonly type: string;
  readonly ip: TunnelEnd;
  /** `options:dst_port`; null: the port of the type. */
  readonly port: number | null;
}

/** A row of Chassis: one node that takes part. */
export interface Chassis {
  readonly uuid: string;
  readonly name: string;
  readonly hostname: string;
  readonly encaps: readonly OverlayEncap[];
}

/** A row of Port_Binding that has addresses: a pod, or a node's own port on the overlay. */
export interface OverlayPort {
  readonly name: string;
  /** Uuid of the chassis it is bound to; null: to none. */
  readonly chassis: string | null;
}

export interface Overlay {
  /** By uuid. */
  readonly chassis: ReadonlyMap<string, Chassis>;
  /** Canonical address to the ports that have it: several where networks overlap. */
  readonly ports: ReadonlyMap<string, readonly OverlayPort[]>;
}
