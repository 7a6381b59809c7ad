/** The map that the page draws and the table that the engine walks are two lists; this holds one to the other. */

import { describe, expect, it } from 'vitest';
import { HOOK_STOPS } from '../../app/layout/path-map.ts';
import { HOOK_FUNCTIONS, HOOKS } from '../../engine/index.ts';

describe('the hook map', () => {
  it.each(HOOKS)('%s has the stops that the engine walks, in its order', (hook) => {
    // Reassembly and IPVS have no stop of their own on the page yet.
    const walked = HOOK_FUNCTIONS[hook].filter((fn) => fn.kind !== 'defrag' && fn.kind !== 'ipvs-request' && fn.kind !== 'ipvs-reply');
    expect(HOOK_STOPS[hook]).toEqual(walked.map((fn) => (fn.kind === 'table' ? fn.table : fn.kind)));
    expect(walked.map((fn) => fn.priority)).toEqual(walked.map((fn) => fn.priority).sort((a, b) => a - b));
  });
});
