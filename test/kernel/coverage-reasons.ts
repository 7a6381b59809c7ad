/** Cells of the coverage that may stay empty on this kernel, and why. Whatever else is empty fails the long run. */

import type { Area } from './coverage.ts';

export interface Unreached {
  readonly area: Area;
  readonly rows: readonly string[];
  /** Absent: all. */
  readonly columns?: readonly string[];
  readonly reason: string;
}

const NOT_BUILT = 'the kernel at hand is built without it; judged on the emulated kernel (test/emulated)';

const MACHINE = 'asks for what belongs to the machine, not to a namespace; read and printed in test/extension';

export const UNREACHED: readonly Unreached[] = [
  { area: 'match', rows: ['connlimit'], reason: 'the kernel forgets ended connections at most once per jiffy, so no two quick runs agree' },
  { area: 'match', rows: ['hashlimit'], columns: ['! held', '! missed'], reason: 'a negated limit is saved as the other one' },
  { area: 'match', rows: ['helper'], reason: 'no packet has a helper: expectations are not modelled' },
  { area: 'match', rows: ['physdev'], columns: ['held', '! missed'], reason: 'random nodes have no bridge' },
  { area: 'match', rows: ['policy'], reason: 'random nodes have no IPsec: --pol none alone can hold' },
  { area: 'match', rows: ['hbh', 'dst', 'ipv6header', 'rt', 'srh', 'mh', 'frag'], reason: 'packets of the harness have no extension headers but fragments' },
  { area: 'match', rows: ['cgroup', 'cpu', 'nfacct', 'osf', 'rateest'], reason: MACHINE },
  { area: 'match', rows: ['eui64'], columns: ['held'], reason: 'no address of the harness is made from its MAC' },
  { area: 'match', rows: ['socket'], columns: ['missed', '! missed'], reason: 'few nodes have sockets of their own' },
  { area: 'target', rows: ['LED', 'ULOG'], reason: 'the kernel at hand has it not' },
  { area: 'target', rows: ['SECMARK', 'CONNSECMARK'], reason: 'needs a security module that knows the context' },
  { area: 'target', rows: ['TEE'], reason: 'a copy that meets other rules makes more packets, which no trace tells apart; judged by a case of its own (surprises, tee)' },
  { area: 'fate', rows: ['made on the way: tee'], reason: 'as TEE' },
  { area: 'connection', rows: ['EXPECTED'], reason: 'needs a helper' },
  { area: 'packet', rows: ['ah'], columns: ['IPv6'], reason: 'in IPv6 it is one of the extension headers' },
  { area: 'match', rows: ['ipvs'], reason: NOT_BUILT },
  { area: 'set type', rows: ['hash:mac', 'hash:ip,mac', 'hash:ip,mark', 'hash:net,net', 'hash:net,port,net'], reason: NOT_BUILT },
];
