/**
 * In which order rules stand. kube-ovn-cni keeps its own chains exactly as listed; in built-in chains it only looks whether a rule is
 * there and, if not, inserts it at position 1, so what is installed first ends up lowest (`createIptablesRule` and
 * `updateIptablesChain` in `pkg/daemon/gateway_linux.go`). The documentation prints the rules in the order in which they are written
 * down, which no node ever has.
 */

import type { TableName } from '../model/hook.ts';

/** Rows of one chain. Rows in one group are repeated together: both counters of the first Subnet, then both of the next. */
export interface ChainOrder {
  readonly table: TableName;
  readonly chain: string;
  readonly groups: readonly (readonly string[])[];
}

const alone = (...ids: readonly string[]): readonly (readonly string[])[] => ids.map((id) => [id]);

/** Built-in chains: rows in the order in which they are installed on a fresh node. */
export const INSTALLED_BUILT_IN: readonly ChainOrder[] = [
  { table: 'filter', chain: 'INPUT', groups: alone('S03', 'S04', 'S01', 'S02', 'X7') },
  { table: 'filter', chain: 'FORWARD', groups: [...alone('S07', 'S08', 'S05', 'S06'), ['S09', 'S10']] },
  { table: 'filter', chain: 'OUTPUT', groups: alone('S11', 'X6', 'X8') },
  { table: 'nat', chain: 'PREROUTING', groups: alone('S12') },
  { table: 'nat', chain: 'POSTROUTING', groups: alone('S13') },
  { table: 'mangle', chain: 'PREROUTING', groups: alone('X12') },
  { table: 'mangle', chain: 'OUTPUT', groups: alone('X13') },
  { table: 'mangle', chain: 'POSTROUTING', groups: alone('X11') },
];

/** Kube-OVN's own chains: rows from the top. Chains of policy rules (S29) have one row each and need no list. */
export const INSTALLED_OWN: readonly ChainOrder[] = [
  { table: 'nat', chain: 'OVN-PREROUTING', groups: alone('S14', "S14'", 'S15', 'X1', 'S16', 'X2') },
  { table: 'nat', chain: 'OVN-POSTROUTING', groups: alone('S17', 'S18', 'S19', 'S20', 'S21', 'S22', 'X3', 'S25', 'S26', 'S27', 'S23', 'S24') },
  { table: 'nat', chain: 'OVN-MASQUERADE', groups: alone('X4', 'X5') },
  { table: 'nat', chain: 'OVN-NAT-POLICY', groups: alone('S28') },
  { table: 'mangle', chain: 'OVN-POSTROUTING', groups: alone('X9', 'X10') },
  { table: 'mangle', chain: 'OVN-OUTPUT', groups: alone('S30') },
  { table: 'mangle', chain: 'OVN-PREROUTING', groups: alone('S31') },
];

/** The documentation's table from the top, chain by chain. X12 and X13 are not printed there; without them S30 and S31 would stand in chains that nothing reaches. */
export const DOCUMENTED: readonly ChainOrder[] = [
  { table: 'filter', chain: 'INPUT', groups: alone('S01', 'S02', 'S03', 'S04') },
  { table: 'filter', chain: 'FORWARD', groups: [...alone('S05', 'S06', 'S07', 'S08'), ['S09', 'S10']] },
  { table: 'filter', chain: 'OUTPUT', groups: alone('S11') },
  { table: 'nat', chain: 'PREROUTING', groups: alone('S12') },
  { table: 'nat', chain: 'POSTROUTING', groups: alone('S13') },
  { table: 'nat', chain: 'OVN-PREROUTING', groups: alone('S14', 'S15', 'S16') },
  { table: 'nat', chain: 'OVN-POSTROUTING', groups: alone('S17', 'S18', 'S19', 'S20', 'S21', 'S22', 'S23', 'S24', 'S25', 'S26', 'S27') },
  { table: 'nat', chain: 'OVN-NAT-POLICY', groups: alone('S28') },
  { table: 'mangle', chain: 'PREROUTING', groups: alone('X12') },
  { table: 'mangle', chain: 'OUTPUT', groups: alone('X13') },
  { table: 'mangle', chain: 'OVN-OUTPUT', groups: alone('S30') },
  { table: 'mangle', chain: 'OVN-PREROUTING', groups: alone('S31') },
];

/** What `iptables -I CHAIN 1` makes of rules that come one after another. */
export function insertedAtTop<T>(installed: readonly T[]): T[] {
  return [...installed].reverse();
}
