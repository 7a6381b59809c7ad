/**
 * Single options of matches and targets with packets on both sides of what they ask: the edges of ranges, the bits beside a
 * mask, every way to write an option that iptables-save prints otherwise. They are there for npm run test:mutation: a mistake
 * in how one option is read must show in one of them. The kernel's answers are in recorded/mutants/.
 */

import type { KernelCase } from './cases.ts';
import { CHANGES, REDIRECTED, REFUSED } from './option/changes.ts';
import { BRIDGED, MEMORY, TRACKED } from './option/connections.ts';
import { EXTENSION_HEADERS } from './option/extension-headers.ts';
import { HEADERS } from './option/headers.ts';
import { FOUND } from './option/lookups.ts';
import { SOCKETS } from './option/sockets.ts';

export { clockCase } from './option/clock.ts';

export const OPTION_CASES: readonly KernelCase[] = [...HEADERS, ...EXTENSION_HEADERS, ...BRIDGED, ...TRACKED, ...MEMORY, ...FOUND, ...CHANGES, REDIRECTED, ...REFUSED, ...SOCKETS];
