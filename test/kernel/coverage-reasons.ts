/** Cells of the coverage that may stay empty on this kernel, and why. Whatever else is empty fails the long run. */

import type { Area } from './coverage.ts';

interface Unreached {
  readonly area: Area;
  readonly rows: readonly string[];
  /** Absent: all. */
  readonly columns?: readonly string[];
  readonly reason: string;
}

const NOT_BUILT = 'the kernel at hand is built without it; judged on the emulated kernel (test/emulated)';

const MACHINE = 'asks for what belongs to the machine, not to a namespace; judged by nodes of their own (outside-cases.ts)';

export const UNREACHED: readonly Unreached[] = [
  { area: 'match', rows: ['connlimit'], columns: ['! held', '! missed'], reason: 'a negated limit is saved as the other one' },
  { area: 'match', rows: ['hashlimit'], columns: ['! held', '! missed'], reason: 'a negated limit is saved as the other one' },
  { area: 'match', rows: ['time'], columns: ['! held', '! missed'], reason: 'a negated list of days is saved as the list of the other days' },
  { area: 'match', rows: ['policy'], reason: 'random nodes have no IPsec: --pol none alone can hold' },
  { area: 'match', rows: ['cgroup', 'cpu', 'nfacct', 'osf', 'rateest'], reason: MACHINE },
  { area: 'target', rows: ['LED', 'ULOG'], reason: 'the kernel at hand has it not' },
  { area: 'target', rows: ['SECMARK', 'CONNSECMARK'], reason: 'needs a security module that knows the context' },
  { area: 'connection', rows: ['EXPECTED'], columns: ['IPv6'], reason: 'random nodes expect connections of IPv4' },
  { area: 'match', rows: ['ipvs'], reason: NOT_BUILT },
  { area: 'set type', rows: ['hash:mac', 'hash:ip,mac', 'hash:ip,mark', 'hash:net,net', 'hash:net,port,net'], reason: NOT_BUILT },
];
