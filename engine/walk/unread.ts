/**
 * Lines of the files that could not be read hold routes, addresses and connections that the node has and the walk does not
 * know: an answer that one of them could change is in doubt. A line of which enough can be read to see that it does not
 * concern the packet leaves it alone.
 */

import type { Node, UnreadLine } from '../model/node.ts';
import { formatAddress, parsePrefix, prefixContains, type Family, type Words } from '../net/address.ts';

const MISSING: Readonly<Record<UnreadLine['part'], string>> = {
  address: 'an address of the node may be missing',
  route: 'a route may be missing',
  rule: 'a policy rule may be missing',
  connection: 'this may be the connection in it',
};

/** Why a look-up for this destination may have another answer; null if it has not. */
export function unreadRoute(lines: Node['unread'], family: Family, dst: Words): string | null {
  const line = lines?.find(({ part, text }) => part === 'address' || part === 'rule' || (part === 'route' && mayLead(text, family, dst)));
  return line ? doubtOf(line) : null;
}

/** Why a connection that is taken for a new one may be known; null if it is new. */
export function unreadConnection(lines: Node['unread'], family: Family, src: Words, dst: Words): string | null {
  const ends = [formatAddress(family, src), formatAddress(family, dst)];
  const line = lines?.find(({ part, text }) => part === 'connection' && mayHold(text, ends));
  return line ? doubtOf(line) : null;
}

function doubtOf({ part, section, line }: UnreadLine): string {
  return `line ${line} of ${section} could not be read: ${MISSING[part]}`;
}

/** `10.1.0.0/16 via nonsense` leads nowhere but to 10.1.0.0/16, whatever comes behind. */
function mayLead(text: string | null, family: Family, dst: Words): boolean {
  const [first = '', second = ''] = (text ?? '').trim().split(/\s+/);
  const prefix = parsePrefix(/^[a-z]+$/.test(first) ? second : first);
  return !prefix || (prefix.family === family && prefixContains(prefix, dst));
}

/** A line names both ends of each of its directions. */
function mayHold(text: string | null, ends: readonly string[]): boolean {
  const named = [...(text ?? '').matchAll(/\b(?:src|dst)=(\S+)/g)].map(([, address]) => address ?? '');
  return named.length < 4 || ends.every((end) => named.includes(end));
}
