/**
 * Packets as one typed line: `ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443`, `local udp > [fd00::10]:53 mark 0x4000`. The same
 * facts as packets.json, in the order in which one says them; a word that is not understood is a failure with its column.
 *
 *     [INTERFACE | local] PROTOCOL [SRC[:SPORT]] > DST[:DPORT] [WORD VALUE | FLAGS]…
 */

import { hex } from '../extension/option.ts';
import { closest } from '../model/closest.ts';
import { TCP_FLAG, type TcpFlagName } from '../model/field.ts';
import { fillPacket, toPacket } from '../model/full-packet.ts';
import type { GivenHeader } from '../model/extension-header.ts';
import type { FullPacket, Packet } from '../model/packet.ts';
import { parseAddress } from '../net/address.ts';
import { PROTO, protocolNumber } from '../net/protocol.ts';
import { servicePort } from '../net/services.ts';

/** Why a typed line is not a packet. */
export interface PacketLineFailure {
  /** Code point of the line, from 1. */
  readonly column: number;
  /** Code points the caret underlines, at least 1. */
  readonly length: number;
  readonly failure: string;
  readonly hint: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<Partial<Packet>>;

interface Word {
  readonly text: string;
  readonly column: number;
}

/** A word after the addresses: the field it sets and how its value is read. */
interface Option {
  readonly field: keyof Packet;
  readonly value: 'number' | 'numbers' | 'text' | 'flags' | 'flag' | 'headers' | 'dccp-type';
}

const number = (field: keyof Packet): Option => ({ field, value: 'number' });
const text = (field: keyof Packet): Option => ({ field, value: 'text' });

/** `id` and `seq` mean ICMP's for ICMP; see `optionFor`. */
const OPTIONS: Readonly<Record<string, Option>> = {
  flags: { field: 'flags', value: 'flags' },
  seq: number('seq'),
  ack: number('ack'),
  window: number('window'),
  options: { field: 'tcpOptions', value: 'numbers' },
  mss: number('mss'),
  type: number('icmpType'),
  code: number('icmpCode'),
  id: number('id'),
  ipid: number('id'),
  ttl: number('ttl'),
  tos: number('tos'),
  df: { field: 'df', value: 'flag' },
  flow: number('flowLabel'),
  headers: { field: 'extensionHeaders', value: 'headers' },
  payload: number('payload'),
  data: text('data'),
  mark: number('mark'),
  frag: number('fragOffset'),
  mf: { field: 'moreFragments', value: 'flag' },
  spi: number('spi'),
  key: number('greKey'),
  'bad-checksum': { field: 'badChecksum', value: 'flag' },
  'dccp-type': { field: 'dccpType', value: 'dccp-type' },
  'dccp-options': text('dccpOptions'),
  'src-mac': text('srcMac'),
  'dst-mac': text('dstMac'),
  l2: text('l2'),
  'phys-in': text('physIn'),
  uid: number('uid'),
  gid: number('gid'),
  groups: { field: 'groups', value: 'numbers' },
  cgroup: text('cgroup'),
  classid: number('classid'),
  cpu: number('cpu'),
  at: number('at'),
};
// biome-ignore format: a table
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['hl', 'ttl'], ['hop-limit', 'ttl'], ['hoplimit', 'ttl'], ['dscp', 'tos'], ['win', 'window'], ['len', 'payload'], ['time', 'at'], ['icmp-type', 'type'],
]);
const WORDS: readonly string[] = [...Object.keys(OPTIONS), 'inner'];

/** Reads a typed packet. Only what the line says is set; `fillPacket` gives the rest. */
export function parseTypedPacket(line: string): Packet | PacketLineFailure {
  return new LineReader(line).packet();
}

class LineReader {
  readonly #words: readonly Word[];
  readonly #end: number;
  #next = 0;

  constructor(line: string, column = 1) {
    this.#words = splitWords(line, column);
    this.#end = column + [...line].length;
  }

  packet(): Packet | PacketLineFailure {
    const draft: Draft = {};
    const failure = this.#start(draft) ?? this.#addresses(draft) ?? this.#options(draft);
    if (failure) return failure;
    const packet = draft as Packet;
    const full = fillPacket(packet);
    return 'failure' in full ? this.#fail(this.#places.get(full.field), `${full.field}: ${full.failure}`, full.hint) : packet;
  }

  /** Where each field was said, for failures found only when the packet is whole. */
  readonly #places = new Map<string, Word>();

  /** `[INTERFACE | local] PROTOCOL`: an interface is there if the second word is a protocol. */
  #start(draft: Draft): PacketLineFailure | null {
    const [first, second] = [this.#peek(), this.#words[this.#next + 1]];
    if (!first) return this.#fail(undefined, 'there is nothing', EXAMPLE);
    const named = second !== undefined && protocolNumber(second.text) !== null;
    if (!named && protocolNumber(first.text) === null) {
      const wrong = second !== undefined && /^[a-z][a-z0-9-]*$/i.test(second.text) ? second : first;
      const near = closest(wrong.text, Object.keys(PROTO));
      return this.#fail(wrong, `"${wrong.text}" is not a protocol`, near ? `did you mean "${near}"?` : EXAMPLE);
    }
    if (named) {
      this.#next++;
      draft.in = first.text === 'local' ? null : first.text;
      this.#places.set('in', first);
    }
    const protocol = this.#take() as Word;
    draft.proto = /^\d+$/.test(protocol.text) ? Number(protocol.text) : protocol.text.toLowerCase();
    this.#places.set('proto', protocol);
    return null;
  }

  #addresses(draft: Draft): PacketLineFailure | null {
    const source = this.#peek();
    if (source && source.text !== '>') {
      this.#next++;
      const failure = this.#endpoint(draft, source, 'src', 'sport');
      if (failure) return failure;
    }
    const arrow = this.#take();
    if (arrow?.text !== '>') return this.#fail(arrow, arrow ? `"${arrow.text}" where ">" belongs` : 'there is no ">" and no destination', EXAMPLE);
    const destination = this.#take();
    if (!destination) return this.#fail(undefined, 'there is no destination after ">"', EXAMPLE);
    return this.#endpoint(draft, destination, 'dst', 'dport');
  }

  /** `10.0.0.1`, `10.0.0.1:80`, `10.0.0.1:https`, `fd00::1`, `[fd00::1]:80`. */
  #endpoint(draft: Draft, word: Word, addressField: 'src' | 'dst', portField: 'sport' | 'dport'): PacketLineFailure | null {
    const match = /^\[([^\]]*)\](?::(.*))?$/.exec(word.text) ?? (parseAddress(word.text) ? [word.text, word.text] : /^([^:]*)(?::(.*))?$/.exec(word.text));
    const [, address = word.text, port] = match ?? [];
    if (!parseAddress(address)) return this.#fail(word, `"${address}" is not an IP address`, addressHint(word.text));
    draft[addressField] = address;
    this.#places.set(addressField, word);
    if (port === undefined) return null;
    const value = /^\d{1,5}$/.test(port) ? Number(port) : (servicePort(port, protocolNumber(String(draft.proto))) ?? -1);
    const place = { text: port, column: word.column + [...word.text].length - [...port].length };
    if (value < 0 || value > 65535) return this.#fail(place, `"${port}" is not a port`, 'give a port from 0 to 65535 or a service name');
    draft[portField] = value;
    this.#places.set(portField, place);
    return null;
  }

  #options(draft: Draft): PacketLineFailure | null {
    for (let word = this.#take(); word; word = this.#take()) {
      const failure = this.#option(draft, word);
      if (failure) return failure;
    }
    return null;
  }

  #option(draft: Draft, word: Word): PacketLineFailure | null {
    if (word.text.toLowerCase() === 'inner') return this.#inner(draft, word);
    const flags = readFlags(word.text);
    const option = optionFor(word.text, draft);
    // "ACK" is a flag, "ack 7" a number.
    const isFlag = flags !== null && (!option || word.text === word.text.toUpperCase() || readNumber(this.#peek()?.text ?? '') === null);
    if (isFlag) return this.#set(draft, 'flags', [...new Set([...(draft.flags ?? []), ...flags])], word);
    if (!option) {
      const near = closest(word.text, [...WORDS, ...Object.keys(TCP_FLAG)]);
      return this.#fail(word, `unknown word "${word.text}"`, near ? `did you mean "${near}"?` : `after the addresses come TCP flags like SYN,ACK or ${WORDS.join(', ')}`);
    }
    if (option.value === 'flag') return this.#set(draft, option.field, true, word);
    const value = this.#take();
    if (!value) return this.#fail(undefined, `"${word.text}" needs a value`, '');
    if (option.value === 'text') return this.#set(draft, option.field, value.text, value);
    if (option.value === 'dccp-type') return this.#set(draft, option.field, readNumber(value.text) ?? value.text.toUpperCase(), value);
    if (option.value === 'headers') return this.#set(draft, option.field, value.text.split(',').map(readHeader), value);
    if (option.value === 'flags') {
      const named = readFlags(value.text);
      return named
        ? this.#set(draft, 'flags', named, value)
        : this.#fail(value, `"${value.text}" is not a list of TCP flags`, `write SYN,ACK; flags are ${Object.keys(TCP_FLAG).join(', ')}, or none`);
    }
    const none = option.value === 'numbers' && value.text === 'none';
    const numbers = (option.value === 'numbers' ? (none ? [] : value.text.split(',')) : [value.text]).map(readNumber);
    if (numbers.includes(null))
      return this.#fail(
        value,
        `"${value.text}" is not a number`,
        `"${word.text}" takes ${option.value === 'numbers' ? 'numbers separated by commas' : 'a number, decimal or 0x…'}`,
      );
    return this.#set(draft, option.field, option.value === 'numbers' ? numbers : numbers[0], value);
  }

  /** `inner (tcp 10.0.0.1:80 > 10.0.0.2:4000)`: the packet an ICMP error quotes. */
  #inner(draft: Draft, word: Word): PacketLineFailure | null {
    const quoted = this.#take();
    if (!quoted?.text.startsWith('(')) return this.#fail(quoted ?? word, '"inner" needs a packet in parentheses', 'write inner (udp 10.0.0.1:53 > 10.0.0.2:4000)');
    const packet = new LineReader(quoted.text.slice(1, -1), quoted.column + 1).packet();
    return 'failure' in packet ? packet : this.#set(draft, 'inner', packet, quoted);
  }

  #set(draft: Draft, field: keyof Packet, value: unknown, word: Word): null {
    (draft as Record<string, unknown>)[field] = value;
    this.#places.set(field, word);
    return null;
  }

  #peek(): Word | undefined {
    return this.#words[this.#next];
  }

  #take(): Word | undefined {
    return this.#words[this.#next++];
  }

  #fail(word: Word | undefined, failure: string, hint: string): PacketLineFailure {
    return { column: word?.column ?? this.#end, length: Math.max(1, [...(word?.text ?? '')].length), failure, hint };
  }
}

/** `hop-by-hop`, or with what it holds `hop-by-hop:050200000100`. */
function readHeader(word: string): GivenHeader {
  const [name = '', data] = word.split(':', 2);
  const header = /^\d+$/.test(name) ? Number(name) : name;
  return data === undefined ? header : { header, data };
}

const headerText = (given: GivenHeader): string => (typeof given === 'object' ? `${given.header}:${given.data ?? ''}` : String(given));

const EXAMPLE = 'write it like: eth0 tcp 10.0.0.1:4200 > 8.8.8.8:443';

/** A packet that is quoted is one word, parentheses included; one inside it is quoted no further (an ICMP error is not answered by one). */
const MAX_QUOTES = 2;

/** Words at blanks; `>` and a text in parentheses are words of their own, and so is a parenthesis without its fellow. */
function splitWords(line: string, start: number): readonly Word[] {
  const words: Word[] = [];
  let column = start;
  let counted = 0;
  for (const match of line.matchAll(/[>()]|[^\s>()]+/g)) {
    if (match.index < counted) continue;
    const end = match[0] === '(' ? (closingParenthesis(line, match.index) ?? match.index + 1) : match.index + match[0].length;
    column += [...line.slice(counted, match.index)].length;
    const text = line.slice(match.index, end);
    words.push({ text, column });
    column += [...text].length;
    counted = end;
  }
  return words;
}

/** Offset behind the parenthesis that closes the one at `open`; null if none does, or if they nest deeper than packets do. */
function closingParenthesis(line: string, open: number): number | null {
  let depth = 0;
  for (let i = open; i < line.length; i++) {
    if (line[i] === '(' && ++depth > MAX_QUOTES) return null;
    if (line[i] === ')' && --depth === 0) return i + 1;
  }
  return null;
}

function optionFor(word: string, draft: Draft): Option | undefined {
  const lower = word.toLowerCase();
  const name = ALIASES.get(lower) ?? lower;
  const proto = protocolNumber(String(draft.proto));
  if ((proto === PROTO.icmp || proto === PROTO.icmpv6) && (name === 'id' || name === 'seq')) return number(name === 'id' ? 'icmpId' : 'icmpSeq');
  if (Object.hasOwn(OPTIONS, name)) return OPTIONS[name];
  // The names of packets.json are understood, too.
  return (
    Object.values(OPTIONS).find((option) => option.field.toLowerCase() === lower) ?? (lower === 'icmpid' ? number('icmpId') : lower === 'icmpseq' ? number('icmpSeq') : undefined)
  );
}

function readFlags(word: string): readonly TcpFlagName[] | null {
  if (word.toLowerCase() === 'none') return [];
  const names = word.toUpperCase().split(',');
  return names.every((name) => Object.hasOwn(TCP_FLAG, name)) ? (names as TcpFlagName[]) : null;
}

function readNumber(word: string): number | null {
  return /^(0x[0-9a-f]+|\d+(\.\d+)?)$/i.test(word) ? Number(word) : null;
}

function addressHint(word: string): string {
  if (word.includes('/')) return 'give one address, without a prefix length';
  if (word.split(':').length > 2) return 'an IPv6 address with a port is written [fd00::1]:80';
  return 'names are not resolved: give an IPv4 or IPv6 address';
}

/** How each field is printed, in this order; what has its default is left out. */
const PRINTED: readonly (readonly [word: string, field: keyof Packet, show: (value: never) => string])[] = [
  ['type', 'icmpType', String],
  ['code', 'icmpCode', String],
  ['id', 'icmpId', String],
  ['seq', 'icmpSeq', String],
  ['seq', 'seq', String],
  ['ack', 'ack', String],
  ['window', 'window', String],
  ['options', 'tcpOptions', (kinds: readonly number[]) => kinds.join(',')],
  ['mss', 'mss', String],
  ['ttl', 'ttl', String],
  ['tos', 'tos', hex],
  ['ipid', 'id', String],
  ['df', 'df', () => ''],
  ['flow', 'flowLabel', hex],
  ['headers', 'extensionHeaders', (headers: readonly GivenHeader[]) => headers.map(headerText).join(',')],
  ['payload', 'payload', String],
  ['data', 'data', String],
  ['mark', 'mark', hex],
  ['frag', 'fragOffset', String],
  ['mf', 'moreFragments', () => ''],
  ['spi', 'spi', hex],
  ['key', 'greKey', hex],
  ['bad-checksum', 'badChecksum', () => ''],
  ['dccp-type', 'dccpType', String],
  ['dccp-options', 'dccpOptions', String],
  ['src-mac', 'srcMac', String],
  ['dst-mac', 'dstMac', String],
  ['l2', 'l2', String],
  ['phys-in', 'physIn', String],
  ['uid', 'uid', String],
  ['gid', 'gid', String],
  ['groups', 'groups', (ids: readonly number[]) => ids.join(',') || 'none'],
  ['cgroup', 'cgroup', String],
  ['classid', 'classid', hex],
  ['cpu', 'cpu', String],
  ['at', 'at', String],
];

/**
 * The packet as a typed line, canonical: `parseTypedPacket` of it is the same packet. Fields at their default are left
 * out, except the flags of TCP and the type of ICMP. `socket` has no word and is not printed.
 */
export function printTypedPacket(packet: Packet): string {
  return `${packet.in ?? 'local'} ${afterInterface(packet)}`;
}

function afterInterface(packet: Packet): string {
  const full = fillPacket(packet);
  if ('failure' in full) return `${packet.proto} ${packet.src ?? ''} > ${packet.dst}`;
  const whole = toPacket(full);
  const plain = toPacket({ ...full, ...defaultsOf(whole) });
  const parts = [String(whole.proto)];
  if (whole.src !== undefined) parts.push(endpoint(whole.src, whole.sport));
  parts.push('>', endpoint(whole.dst, whole.dport));
  if (whole.flags) parts.push(whole.flags.join(',') || 'none');
  for (const [word, field, show] of PRINTED) {
    const value = whole[field];
    if (value === undefined || (field === 'payload' && whole.data !== undefined)) continue;
    if (field !== 'icmpType' && JSON.stringify(value) === JSON.stringify(plain[field])) continue;
    const shown = show(value as never);
    parts.push(shown === '' ? word : `${word} ${shown}`);
  }
  if (whole.inner) parts.push(`inner (${afterInterface(whole.inner)})`);
  return parts.join(' ');
}

/** A packet of the same addresses and protocol with every other field at its default. */
function defaultsOf(packet: Packet): Partial<FullPacket> {
  const plain = fillPacket({ in: packet.in, src: packet.src, dst: packet.dst, proto: packet.proto });
  return 'failure' in plain ? {} : plain;
}

function endpoint(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
