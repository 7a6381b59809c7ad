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
  setting: 'a setting may be another',
  neighbour: 'a neighbour may be missing',
  forwarding: 'a forwarding entry may be missing',
  expectation: 'the connection may be expected',
  service: 'a virtual server may be missing',
  socket: 'somebody may listen',
};

/** Why a look-up for this destination may have another answer; null if it has not. */
export function unreadRoute(lines: Node['unread'], family: Family, dst: Words): string | null {
  const line = lines?.find(
    ({ part, text }) => part === 'address' || part === 'rule' || (part === 'route' && mayLead(text, family, dst)) || (part === 'setting' && maySet(text, family)),
  );
  return line ? doubtOf(line) : null;
}

/** Why a connection that is taken for a new one may be known; null if it is new. */
export function unreadConnection(lines: Node['unread'], family: Family, src: Words, dst: Words): string | null {
  const ends = [formatAddress(family, src), formatAddress(family, dst)];
  const line = lines?.find(({ part, text }) => (part === 'connection' && mayHold(text, ends)) || (part === 'expectation' && mayExpect(text, ends[1] as string)));
  return line ? doubtOf(line) : null;
}

/** Why nothing, or something else, may be known of a neighbour or of a host behind a bridge. @param name its address as the tool prints it */
export function unreadHost(lines: Node['unread'], kind: 'neighbour' | 'forwarding', name: string): string | null {
  const line = lines?.find(({ part, text }) => part === kind && mayName(text, name));
  return line ? doubtOf(line) : null;
}

/** Why IPVS may have a virtual server that is not known. */
export function unreadService(lines: Node['unread']): string | null {
  const line = lines?.find(({ part }) => part === 'service');
  return line ? doubtOf(line) : null;
}

/** Why somebody may listen on a port who is not known. */
export function unreadSocket(lines: Node['unread'], port: number): string | null {
  const line = lines?.find(({ part, text }) => part === 'socket' && mayListen(text, port));
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

/** The first `dst=` is where an expected connection goes. */
function mayExpect(text: string | null, dst: string): boolean {
  const named = /\bdst=(\S+)/.exec(text ?? '')?.[1];
  return named === undefined || !parsePrefix(named) || named === dst;
}

/** Settings of the other family do not concern it. */
function maySet(text: string | null, family: Family): boolean {
  const of = /\bnet[./]ipv([46])[./]/.exec(text ?? '')?.[1];
  return of === undefined ? /\bnet\b/.test(text ?? '') : (of === '4') === (family === 'ipv4');
}

/** Where it has a port behind an address, that is the socket's own. */
function mayListen(text: string | null, port: number): boolean {
  const found = /\S:(\d+)(?=\s)/.exec(text ?? '')?.[1];
  return found === undefined || Number(found) === port;
}

/** A line begins with what it is about. */
function mayName(text: string | null, name: string): boolean {
  const [first = ''] = (text ?? '').trim().split(/\s+/);
  return first.toLowerCase() === name.toLowerCase() || !/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$|^\d+\.\d+\.\d+\.\d+$|^[0-9a-f:]*:[0-9a-f:]*$/i.test(first);
}
