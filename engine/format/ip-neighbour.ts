/** Neighbours as `ip neigh` prints them, with `-j` or without (iproute2 6.1). */

import type { Neighbour } from '../model/route.ts';
import { parseAddress } from '../net/address.ts';
import { ipItems, plainNeighbours } from './ip-plain.ts';
import { badField } from './json-list.ts';
import type { Report } from './text.ts';

/** Six bytes, twenty of InfiniBand, or the far end of a tunnel. */
const isLinkAddress = (text: string): boolean => /^([0-9a-f]{2}:){5}(([0-9a-f]{2}:){14})?[0-9a-f]{2}$/i.test(text) || parseAddress(text) !== null;

export function parseNeighbours(text: string, line: number, to: Report): Neighbour[] {
  const neighbours: Neighbour[] = [];
  for (const item of ipItems(text, line, to, plainNeighbours)) {
    const address = parseAddress(item.text('dst') ?? '');
    const dev = item.text('dev');
    if (!address) badField(to, item, 'neighbour', 'dst');
    else if (dev === null) badField(to, item, `neighbour ${item.text('dst')}`, 'dev');
    else if (item.has('lladdr') && !isLinkAddress(item.text('lladdr') ?? '')) badField(to, item, `neighbour ${item.text('dst')}`, 'lladdr');
    else neighbours.push({ family: address.family, address: address.words, dev, mac: item.text('lladdr'), state: item.texts('state') });
  }
  return neighbours;
}
