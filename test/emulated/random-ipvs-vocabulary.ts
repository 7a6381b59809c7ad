/** The few values that random services and their packets are made of, on top of those of every random node. */

import { V4, V6, type Vocabulary } from '../kernel/random-vocabulary.ts';

export interface Family extends Vocabulary {
  readonly vips: readonly string[];
  /** Arguments that differ between the tools of the families. */
  readonly markFamily: string;
  readonly clientMask: string;
}

const withVips = (words: Vocabulary, vips: readonly string[]): Vocabulary => ({ ...words, own: { ...words.own, rc: [...(words.own.rc ?? []), ...vips] } });
export const F4: Family = { ...withVips(V4, ['10.96.0.1', '10.96.0.2']), vips: ['10.96.0.1', '10.96.0.2'], markFamily: '', clientMask: '255.255.255.0' };
export const F6: Family = { ...withVips(V6, ['fd96::1', 'fd96::2']), vips: ['fd96::1', 'fd96::2'], markFamily: ' -6', clientMask: '64' };

export const SERVICE_PORTS = [80, 443, 53, 600] as const;
export const SERVER_PORTS = [80, 1000, 5000] as const;
export const CLIENT_PORTS = [4000, 4001] as const;
/** A port that rules translate to a service, and one that nobody serves. */
export const OTHER_PORTS = [22, 5353] as const;
export const SERVICE_MARKS = [0x1, 0x2, 0x10] as const;

export interface Server {
  readonly address: string;
  readonly port: number;
  readonly isLocal: boolean;
}
export interface Service {
  readonly family: Family;
  readonly proto: 'tcp' | 'udp' | null;
  readonly address: string;
  readonly port: number;
  readonly mark: number | null;
  readonly servers: readonly Server[];
}

/** `10.96.0.1:80`, `[fd96::1]:80`. */
export const place = (address: string, port: number): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;
