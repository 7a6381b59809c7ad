/** Sysctls of connection tracking, with the defaults of Linux 6.18. */

import type { Settings } from './tracker.ts';

const PREFIX = 'net.netfilter.nf_conntrack_';

/** A sysctl as a whole number; `fallback` where the node does not say or the text is no number. */
export function setting(settings: Settings, name: string, fallback: number): number {
  const text = settings.sysctl(PREFIX + name)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : fallback;
}

/** Is the checksum looked at? Only in PREROUTING: what the node sends is taken to be right. */
export function verifiesChecksum(settings: Settings, prerouting: boolean): boolean {
  return prerouting && setting(settings, 'checksum', 1) !== 0;
}
