/** Fingerprints of systems, by how their TCP connections begin, as nfnl_osf loads them (struct nf_osf_user_finger). */

/** How the window is compared: with a number (0: any), a multiple of MSS or MTU, or what it is divisible by. */
export type WindowRule = 'plain' | 'mss' | 'mtu' | 'modulo';

export interface Fingerprint {
  readonly window: { readonly rule: WindowRule; readonly value: number };
  readonly ttl: number;
  /** Don't fragment. */
  readonly df: boolean;
  /** Bytes of the whole packet. */
  readonly size: number;
  /** Kinds of TCP options in their order, and how long each is taken to be. */
  readonly options: readonly { readonly kind: number; readonly length: number }[];
  readonly genre: string;
}
