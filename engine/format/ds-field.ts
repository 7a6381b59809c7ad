/** The DS field of routes and rules as iproute2 prints it: a number, or a name of /etc/iproute2/rt_dsfield (iproute2 6.1, whole byte). */

import type { JsonItem } from './json-list.ts';

// biome-ignore format: a table
const NAMES: Readonly<Record<string, number>> = {
  default: 0, AF11: 0x28, AF12: 0x30, AF13: 0x38, AF21: 0x48, AF22: 0x50, AF23: 0x58, AF31: 0x68, AF32: 0x70, AF33: 0x78, AF41: 0x88, AF42: 0x90, AF43: 0x98,
  CS1: 0x20, CS2: 0x40, CS3: 0x60, CS4: 0x80, CS5: 0xa0, CS6: 0xc0, CS7: 0xe0, EF: 0xb8,
};

/** 0 if it is not there; null if it is there and cannot be read: a name of that node's own. */
export function dsField(item: JsonItem): number | null {
  if (!item.has('tos')) return 0;
  const text = item.text('tos') ?? '';
  return Object.hasOwn(NAMES, text) ? (NAMES[text] as number) : item.number('tos');
}
