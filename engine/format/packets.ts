/**
 * A file of packets (`*.packets.json`, formats §2), read with every mistake named. What a field may hold is said once,
 * in model/packet-shape; what a packet is once its defaults are filled in, in model/full-packet.
 */

import { checkRecent } from '../extension/recent-list.ts';
import { closest } from '../model/closest.ts';
import { fillPacket, protocolText } from '../model/full-packet.ts';
import { readExpectation } from '../model/expectation.ts';
import { environmentShape, packetShape } from '../model/packet-shape.ts';
import type { Environment, Packet } from '../model/packet.ts';
import { mismatches } from '../model/shape.ts';
import { hasPorts, isIcmp, PROTO } from '../net/protocol.ts';

export { fillPacket, toPacket } from '../model/full-packet.ts';

/** What is wrong in a file of packets. An `error` keeps the packet from being walked; a `warning` names a field without effect. */
export interface PacketProblem {
  readonly severity: 'error' | 'warning';
  /** Position of the packet in the file, from 1; null if it is not about one packet. */
  readonly packet: number | null;
  /** Keys and indexes (from 0) from the root of the JSON. */
  readonly path: readonly (string | number)[];
  /** Place, what, the text in quotes: `packet 2: unknown field "dprot"`. */
  readonly message: string;
  /** The way out; empty if none is certain. */
  readonly hint: string;
}

export interface PacketsFile {
  readonly packets: readonly Packet[];
  readonly environment: Environment;
  /** In the order of the file. Packets with an error are left out of `packets`. */
  readonly problems: readonly PacketProblem[];
}

/** Reads what JSON.parse made of a file of packets. */
export function readPackets(json: unknown): PacketsFile {
  const problems: PacketProblem[] = [];
  const bare = Array.isArray(json);
  const file: Readonly<Record<string, unknown>> = bare ? { packets: json } : typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const root: readonly string[] = bare ? [] : ['packets'];
  if (!Array.isArray(file.packets)) {
    const alone = 'dst' in file || 'proto' in file;
    const hint = alone ? 'put the packet in a list: [{…}]' : 'give [{…}, …] or {"environment": {…}, "packets": [{…}, …]}';
    return { packets: [], environment: {}, problems: [{ severity: 'error', packet: null, path: [], message: 'there is no list of packets', hint }] };
  }
  for (const key of Object.keys(file)) {
    if (key === 'packets' || key === 'environment') continue;
    const near = closest(key, ['packets', 'environment']);
    problems.push({
      severity: 'error',
      packet: null,
      path: [key],
      message: `unknown field "${key}"`,
      hint: near ? `did you mean "${near}"?` : 'beside "packets" there may be only "environment"',
    });
  }
  const environmentProblems = file.environment === undefined ? [] : [...mismatches(environmentShape, file.environment)];
  if (environmentProblems.length === 0)
    for (const [i, given] of (((file.environment ?? {}) as Environment).expectations ?? []).entries()) {
      const read = readExpectation(given);
      if ('failure' in read) environmentProblems.push({ path: ['expectations', String(i), ...read.field.split('.')], message: read.failure, hint: read.hint });
    }
  if (environmentProblems.length === 0)
    for (const [i, given] of (((file.environment ?? {}) as Environment).recent ?? []).entries()) {
      const wrong = checkRecent(given);
      if (wrong) environmentProblems.push({ path: ['recent', String(i), wrong.field], message: wrong.failure, hint: wrong.hint });
    }
  for (const { path, message, hint } of environmentProblems)
    problems.push({ severity: 'error', packet: null, path: ['environment', ...path], message: `${['environment', ...path].join('.')}: ${message}`, hint });

  const packets: Packet[] = [];
  let clock = 0;
  for (const [i, value] of file.packets.entries()) {
    const add = (severity: PacketProblem['severity'], path: readonly (string | number)[], message: string, hint: string): void =>
      void problems.push({ severity, packet: i + 1, path: [...root, i, ...path], message: `packet ${i + 1}: ${message}`, hint });
    const wrong = mismatches(packetShape, value);
    for (const { path, message, hint } of wrong) add('error', path, sentence(path, message), hint);
    if (wrong.length > 0) continue;
    const packet = value as Packet;
    const full = fillPacket(packet);
    if ('failure' in full) {
      add('error', full.field.split('.'), `${full.field}: ${full.failure}`, full.hint);
      continue;
    }
    for (const { field, message } of fieldsWithoutEffect(packet)) add('warning', [field], message, '');
    if (full.at !== null && full.at < clock)
      add('error', ['at'], `at: ${full.at} is before the packet ahead of it (${clock})`, 'time never runs backwards: order the packets by "at"');
    clock = Math.max(clock, full.at ?? 0);
    packets.push(packet);
  }
  return { packets, environment: environmentProblems.length === 0 ? ((file.environment ?? {}) as Environment) : {}, problems };
}

/** `sport: 70000 is not …`; a message that names its field already stays as it is. */
function sentence(path: readonly (string | number)[], message: string): string {
  const last = path.at(-1);
  const named = typeof last === 'string' && message.includes(`"${last}"`);
  const place = (named ? path.slice(0, -1) : path).join('.');
  return place === '' ? message : `${place}: ${message}`;
}

/** Fields that say nothing about a packet of this protocol, family or origin; none of a packet that cannot exist. */
export function fieldsWithoutEffect(packet: Packet): readonly { readonly field: string; readonly message: string }[] {
  const full = fillPacket(packet);
  if ('failure' in full) return [];
  const protocol = protocolText(full.proto);
  const groups: readonly (readonly [boolean, readonly (keyof Packet)[], string])[] = [
    [hasPorts(full.proto), ['sport', 'dport'], `${protocol} has no ports`],
    [full.proto === PROTO.tcp, ['flags', 'seq', 'ack', 'window', 'tcpOptions', 'mss'], `${protocol} has no such field`],
    [isIcmp(full.family, full.proto), ['icmpType', 'icmpCode', 'icmpId', 'icmpSeq', 'inner'], `${protocol} has no such field`],
    [full.family === 'ipv4', ['df'], 'IPv6 has no such field'],
    [full.family === 'ipv4' || full.fragOffset > 0 || full.moreFragments, ['id'], 'only fragments of IPv6 have an identification'],
    [full.family === 'ipv6', ['flowLabel', 'extensionHeaders'], 'IPv4 has no such field'],
    [full.proto === PROTO.esp || full.proto === PROTO.ah || full.family === 'ipv6', ['spi'], `${protocol} has no SPI`],
    [full.proto === PROTO.gre, ['greKey'], `${protocol} has no GRE key`],
    [full.proto === PROTO.dccp, ['dccpType', 'dccpOptions'], `${protocol} has no such field`],
    [full.proto !== PROTO.dccp || full.dccpType !== null, ['dccpOptions'], 'where options begin is known by "dccpType" alone'],
    [full.in === null, ['uid', 'gid', 'groups', 'cgroup', 'classid', 'socket'], 'a packet that arrives has no sender on the node'],
    [full.origin !== 'kernel', ['uid', 'gid', 'groups', 'cgroup', 'classid'], 'a packet of the kernel’s own has no user'],
    [full.in !== null, ['physIn', 'srcMac', 'dstMac'], 'a packet sent by the node arrives on no interface'],
  ];
  const found: { field: string; message: string }[] = [];
  for (const [applies, fields, why] of groups) {
    if (applies) continue;
    // 0, false and empty say the same as leaving the field out.
    for (const field of fields) {
      const value = packet[field];
      if (value && !(Array.isArray(value) && value.length === 0)) found.push({ field, message: `"${field}" has no effect: ${why}` });
    }
  }
  return found;
}
