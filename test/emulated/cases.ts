/** Everything that is asked of the emulated kernel, and where its answers are kept. */

import { fileURLToPath } from 'node:url';
import type { KernelCase } from '../kernel/cases.ts';
import { HOOK_CASES } from './hook-cases.ts';
import { IPVS_CASES } from './ipvs-cases.ts';
import { KUBE_OVN_CASES } from './kube-ovn-cases.ts';
import { SET_CASES } from './set-cases.ts';
import { TUNNEL_CASES } from './tunnel-cases.ts';

export const RECORDED = fileURLToPath(new URL('./recorded/', import.meta.url));

export const CASES: readonly KernelCase[] = [
  ...KUBE_OVN_CASES.map(({ name, built, rows }): KernelCase => ({ name, node: built.node, sends: rows.map(({ send }) => send) })),
  ...HOOK_CASES,
  ...IPVS_CASES,
  ...SET_CASES,
  ...TUNNEL_CASES,
];
