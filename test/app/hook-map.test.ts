/** The map that the page draws and the table that the engine walks are two lists; this holds one to the other. */

import { describe, expect, it, test } from 'vitest';
import { HOOK_STOPS, hookStops, NO_EXTRAS, type Extras, type StopName } from '../../app/layout/hooks.ts';
import { HOOK_FUNCTIONS, HOOKS } from '../../engine/index.ts';

/** Stops that are no functions of their own: what a table did, or what follows from it. */
const OF_A_TABLE: Partial<Record<StopName, StopName>> = { tproxy: 'mangle', 'reroute-mangle': 'mangle', 'reroute-nat': 'nat' };

describe('the hook map', () => {
  it.each(HOOKS.flatMap((hook) => [[hook, 'legacy'] as const, [hook, 'nft'] as const]))('%s has the stops that the engine walks, in its order: %s', (hook, backend) => {
    const extras: Extras = { tproxy: true, ipvs: true, tunnel: true, lateSecurity: backend === 'nft' };
    // Reassembly has no stop: what it does is not modelled. The two functions of IPVS stand side by side and are one stop.
    const walked = HOOK_FUNCTIONS[hook].filter((fn) => fn.kind !== 'defrag' && (fn.kind !== 'table' || fn.of === undefined || fn.of === backend));
    const names = walked.map((fn) => (fn.kind === 'table' ? fn.table : fn.kind.replace(/^ipvs-.*/, 'ipvs')));
    expect(hookStops(hook, extras).filter((stop) => !(stop in OF_A_TABLE))).toEqual(names.filter((name, i) => name !== names[i - 1]));
    expect(walked.map((fn) => fn.priority)).toEqual(walked.map((fn) => fn.priority).sort((a, b) => a - b));
  });

  it.each(HOOKS)('%s: what a table leads to stands right after it', (hook) => {
    for (const [i, stop] of HOOK_STOPS[hook].entries()) {
      const table = OF_A_TABLE[stop];
      if (table) expect(HOOK_STOPS[hook][i - 1]).toBe(table);
    }
  });

  test('IPVS and TPROXY are shown where the node has them', () => {
    expect(hookStops('OUTPUT', NO_EXTRAS)).toEqual(['raw', 'conntrack', 'mangle', 'reroute-mangle', 'nat', 'reroute-nat', 'filter', 'security']);
    expect(hookStops('OUTPUT', { ...NO_EXTRAS, ipvs: true })).toContain('ipvs');
    expect(hookStops('PREROUTING', { ...NO_EXTRAS, tproxy: true })).toEqual(['raw', 'conntrack', 'mangle', 'tproxy', 'nat']);
  });
});
