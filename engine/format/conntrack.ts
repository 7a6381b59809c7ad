/**
 * Connections as `conntrack -L` prints them, with or without `-o extended` (conntrack-tools 1.4.7; its words come from
 * libnetfilter_conntrack, snprintf_default.c).
 */

import { stateWords } from '../extension/l4proto/l4proto.ts';
import { closest } from '../model/closest.ts';
import type { ConntrackSeed } from '../model/node.ts';
import type { Count, Tuple } from '../model/conntrack.ts';
import { parseAddress, type Family } from '../net/address.ts';
import { PROTO } from '../net/protocol.ts';
import { eachLine, quoted, refuseLine, report, spanAt, type Report } from './text.ts';

const SECONDS_OF_DAY = 86_400;
const NUMBER = /^\d+$/;
const TUPLE = new Set(['dst', 'sport', 'dport', 'type', 'code', 'id', 'srckey', 'dstkey']);
/** Keys of GRE are printed in hex. */
const isPort = (text: string): boolean => /^(\d{1,5}|0x[0-9a-f]{1,4})$/i.test(text) && Number(text) <= 0xffff;
const NUMBERED = new Set(['mark', 'zone', 'zone-orig', 'zone-reply']);
/** What begins the part after both directions: an `id=` there is the entry's own, not that of an ICMP packet. */
const TRAILER = new Set(['mark', 'use', 'zone', 'secctx', 'helper']);
/** Read, or of no consequence for a walk. */
const IGNORED = new Set(['use', 'id', 'secctx', 'delta-time', 'start', 'stop']);

export function parseConntrack(text: string, line: number, to: Report): ConntrackSeed[] {
  const seeds: ConntrackSeed[] = [];
  eachLine(text, line, (source, number) => {
    if (source.trim() === '' || source.startsWith('conntrack v')) return;
    const seed = parseEntry(source, number, to);
    if (seed) seeds.push(seed);
  });
  return seeds;
}

/** Entries of two sections, the same connection once: `conntrack -L` may have been run twice. */
export function mergeConntrack(before: readonly ConntrackSeed[], found: readonly ConntrackSeed[]): ConntrackSeed[] {
  const key = ({ original, zone }: ConntrackSeed) => JSON.stringify([original, zone]);
  const known = new Set(before.map(key));
  return [...before, ...found.filter((seed) => !known.has(key(seed)))];
}

/** What stands behind the state of a connection. */
interface Details {
  /** Fields of each direction, from its `src=` on. */
  readonly directions: Map<string, string>[];
  readonly flags: string[];
  readonly unread: string[];
  /** The first word whose value is not what it has to be. */
  wrong: string | null;
  mark: number;
  zone: number;
  zoneDirection: 'both' | 'orig' | 'reply';
  helper: string | null;
}

function detailsOf(words: readonly string[]): Details {
  const found: Details = { directions: [], flags: [], unread: [], wrong: null, mark: 0, zone: 0, zoneDirection: 'both', helper: null };
  let inTrailer = false;
  for (const word of words) {
    const flag = /^\[(.+)\]$/.exec(word)?.[1];
    const equals = word.indexOf('=');
    const key = word.slice(0, equals);
    const value = word.slice(equals + 1);
    if (flag) found.flags.push(flag);
    else if (equals <= 0) found.unread.push(word);
    else if (key === 'src') found.directions.push(new Map([[key, value]]));
    else if (!inTrailer && TUPLE.has(key)) {
      found.directions.at(-1)?.set(key, value);
      if (key !== 'dst' && !isPort(value)) found.wrong ??= word;
    } else if (key === 'packets' || key === 'bytes') found.directions.at(-1)?.set(key, value);
    else if (NUMBERED.has(key) && !NUMBER.test(value)) found.wrong ??= word;
    else if (key === 'mark') found.mark = Number(value);
    else if (key === 'zone') found.zone = Number(value);
    else if (key === 'zone-orig' || key === 'zone-reply') {
      found.zone = Number(value);
      found.zoneDirection = key === 'zone-orig' ? 'orig' : 'reply';
    } else if (key === 'helper') found.helper = value;
    else if (!IGNORED.has(key)) found.unread.push(word);
    inTrailer ||= TRAILER.has(key);
  }
  return found;
}

function parseEntry(source: string, line: number, to: Report): ConntrackSeed | null {
  const fail = (message: string, hint = 'take the lines as "conntrack -L -o extended" prints them'): null => {
    refuseLine(to, source, line, message, hint);
    return null;
  };
  // `-o ktimestamp` says when it began and ended, blanks within.
  const words = source
    .replace(/\[(start|stop)=[^\]]*\]/g, '')
    .trim()
    .split(/\s+/);
  let at = 0;
  let family: Family | null = null;
  if (words[0] === 'ipv4' || words[0] === 'ipv6') {
    family = words[0];
    at = 2;
  }
  const proto = Number(words[at + 1]);
  if (!NUMBER.test(words[at + 1] ?? '') || proto > 255) return fail(`${quoted(words[at] ?? source)} is not followed by a protocol number`);
  at += 2;
  let timeout = 0;
  if (NUMBER.test(words[at] ?? '')) timeout = Number(words[at++]);
  const word = /^[A-Z][A-Z0-9_]*$/.test(words[at] ?? '') ? (words[at++] as string) : null;
  const { directions, flags, unread, wrong, mark, zone, zoneDirection, helper } = detailsOf(words.slice(at));
  const [first, second, ...more] = directions;
  if (!first || !second || more.length > 0) return fail('a connection has one "src=" for each of its two directions');
  const original = tuple(first, proto, family);
  const reply = tuple(second, proto, original?.family ?? family);
  if (!original || !reply) return fail('an address of this connection cannot be read');
  if (wrong !== null) return fail(`${quoted(wrong)} of this connection is no number`);
  const states = stateWords(proto);
  // The kernel lists neither state nor time of what it has given to a flow table: established, and kept for a day (NF_CT_DAY).
  const offloaded = word === null && flags.some((flag) => flag === 'OFFLOAD' || flag === 'HW_OFFLOAD');
  const state = offloaded && states ? 'ESTABLISHED' : (states?.find((name) => name === word) ?? null);
  if (states && state === null) {
    const near = word === null ? null : closest(word, states);
    const message = word === null ? `${quoted(source.trim().split(/\s/)[0] ?? '')} without a state` : `unknown state ${quoted(word)}`;
    return fail(`${message}: the connection is left out`, near ? `did you mean "${near}"?` : `its states are ${states.join(', ')}`);
  }
  if (!states && word !== null) unread.push(word);
  for (const word of new Set(unread)) {
    const start = source.indexOf(word);
    report(to, 'note', 'not-modelled', spanAt(source, line, start, start + word.length), `${quoted(word)} of a connection is not modelled`, 'the walk takes no account of it');
  }
  const [there, back] = [countOf(first), countOf(second)];
  return {
    original,
    reply,
    state,
    flags,
    mark: mark >>> 0,
    zone,
    timeout: offloaded ? timeout || SECONDS_OF_DAY : timeout,
    ...(zoneDirection === 'both' ? {} : { zoneDirection }),
    ...(helper === null ? {} : { helper }),
    ...(there && back ? { counts: [there, back] as const } : {}),
    line,
  };
}

/** Printed where net.netfilter.nf_conntrack_acct was on when the connection was opened. */
function countOf(fields: ReadonlyMap<string, string>): Count | null {
  const [packets, bytes] = [fields.get('packets') ?? '', fields.get('bytes') ?? ''];
  return NUMBER.test(packets) && NUMBER.test(bytes) ? { packets: Number(packets), bytes: Number(bytes) } : null;
}

function tuple(fields: ReadonlyMap<string, string>, proto: number, family: Family | null): Tuple | null {
  const src = parseAddress(fields.get('src') ?? '');
  const dst = parseAddress(fields.get('dst') ?? '');
  if (!src || !dst || src.family !== dst.family || (family && src.family !== family)) return null;
  const isIcmp = proto === PROTO.icmp || proto === PROTO.icmpv6;
  const number = (key: string) => Number(fields.get(key) ?? 0) || 0;
  const sport = isIcmp ? number('id') : number(fields.has('srckey') ? 'srckey' : 'sport');
  const dport = isIcmp ? number('type') * 256 + number('code') : number(fields.has('dstkey') ? 'dstkey' : 'dport');
  return { family: src.family, proto, src: src.words, dst: dst.words, sport, dport };
}
