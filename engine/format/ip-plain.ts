/**
 * What `ip addr`, `ip link`, `ip route` and `ip rule` print without `-j` (iproute2 6.1: ipaddress.c, iproute.c, iprule.c),
 * as the same elements that they print with it, so that one reader serves both. People paste this form.
 */

import { ADDRESS_BITS, parseAddress } from '../net/address.ts';
import { JsonItem, parseJsonList } from './json-list.ts';
import { eachLine, quoted, report, spanAt, splitWords, type Report, type Word } from './text.ts';

type Fields = Record<string, unknown>;

/** Lines one by one; what `-o` has put on one line, a backslash between (iproute2 6.1: lib/utils.c, _SL_), as the lines that it was. */
function eachPlainLine(text: string, first: number, visit: (line: string, number: number) => void): void {
  eachLine(text, first, (source, number) => {
    for (const line of source.split(/\\(?=\s)/)) visit(line, number);
  });
}

/** Reads words from left to right. */
class Line {
  readonly source: string;
  readonly number: number;
  private readonly words: readonly Word[];
  private at = 0;

  constructor(source: string, number: number) {
    this.source = source;
    this.number = number;
    this.words = splitWords(source).words;
  }

  next(): string | null {
    return this.words[this.at++]?.text ?? null;
  }

  peek(): string | null {
    return this.words[this.at]?.text ?? null;
  }

  item(fields: Fields): JsonItem {
    return new JsonItem(fields, spanAt(this.source, this.number, 0, this.source.length));
  }

  problem(to: Report, message: string, hint: string): void {
    report(to, 'error', 'bad-value', spanAt(this.source, this.number, 0, this.source.length), message, hint);
  }
}

/** `10.1.0.1/24` → address and length; without one, the whole address. */
function addressAndLength(text: string): { readonly local: string; readonly prefixlen: number } {
  const slash = text.indexOf('/');
  const local = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(local);
  return { local, prefixlen: slash < 0 ? (address ? ADDRESS_BITS[address.family] : 0) : Number(text.slice(slash + 1)) };
}

/** `ip addr`, `ip -d link`. */
export function plainInterfaces(text: string, first: number, to: Report): JsonItem[] {
  const items: JsonItem[] = [];
  let fields: Fields | null = null;
  let addresses: Fields[] = [];
  let isDetail = false;
  eachPlainLine(text, first, (source, number) => {
    if (source.trim() === '') return;
    const line = new Line(source, number);
    const head = /^(\d+): ([^\s:@]+)(?:@([^\s:]+))?: <([^>]*)> ?(.*)$/.exec(source);
    if (head) {
      const [, index, name, link, flags = '', rest = ''] = head;
      addresses = [];
      fields = {
        ifindex: Number(index),
        ifname: name,
        // "@if7" is a number in another namespace.
        ...(link === undefined || /^(if\d+|NONE)$/.test(link) ? {} : { link }),
        flags: flags === '' ? [] : flags.split(','),
        addr_info: addresses,
        ...pairs(rest, { mtu: 'mtu', master: 'master', group: 'group' }),
      };
      items.push(line.item(fields));
      isDetail = false;
      return;
    }
    if (/^\d+:/.test(source)) {
      fields = null;
      return line.problem(to, `${quoted(source.trim())} is no interface as "ip addr" prints it`, 'take the lines as "ip addr" prints them');
    }
    if (!fields) return line.problem(to, `${quoted(source.trim())} belongs to no interface`, 'give the whole output of "ip addr"');
    const word = line.next() ?? '';
    if (word.startsWith('link/')) {
      fields.link_type = word.slice(5);
      const address = line.next();
      if (address !== null) fields.address = address;
      isDetail = true;
    } else if (word === 'inet' || word === 'inet6') {
      addresses.push(interfaceAddress(word, line));
      isDetail = false;
      // The line after the link's own is its kind, where `-d` was asked for.
    } else if (isDetail && /^[a-z][\w-]*$/.test(word) && !KNOWN_DETAILS.has(word)) {
      // "vrf table 10"
      const table = word === 'vrf' && line.next() === 'table' ? line.next() : null;
      fields.linkinfo = { info_kind: word, ...(table === null ? {} : { info_data: { table } }) };
      isDetail = false;
    }
  });
  return items;
}

const KNOWN_DETAILS: ReadonlySet<string> = new Set(['altname', 'valid_lft', 'alias', 'promiscuity', 'RX', 'TX', 'vf', 'permaddr']);

/** Values behind words that are looked for; numbers as such. */
function pairs(text: string, names: Readonly<Record<string, string>>): Fields {
  const { words } = splitWords(text);
  return Object.fromEntries(
    words.flatMap(({ text: word }, i) => {
      const key = Object.hasOwn(names, word) ? names[word] : undefined;
      const value = words[i + 1]?.text;
      return key === undefined || value === undefined ? [] : [[key, numberOrText(value)]];
    }),
  );
}

function interfaceAddress(family: 'inet' | 'inet6', line: Line): Fields {
  const own = addressAndLength(line.next() ?? '');
  const fields: Fields = { family, ...own };
  for (let word = line.next(); word !== null; word = line.next()) {
    if (word === 'peer') {
      // The length belongs to the peer's side.
      const peer = addressAndLength(line.next() ?? '');
      fields.address = peer.local;
      fields.prefixlen = peer.prefixlen;
    } else if (word === 'brd') fields.broadcast = line.next();
    else if (word === 'scope') fields.scope = line.next();
    else if (word === 'secondary') fields.secondary = true;
    else if (word === 'temporary' || word === 'deprecated' || word === 'tentative' || word === 'optimistic') fields[word] = true;
  }
  return fields;
}

const ROUTE_TYPES: ReadonlySet<string> = new Set(['unicast', 'local', 'broadcast', 'multicast', 'anycast', 'unreachable', 'prohibit', 'blackhole', 'throw']);
const ROUTE_VALUES: Readonly<Record<string, string>> = {
  dev: 'dev',
  table: 'table',
  proto: 'protocol',
  scope: 'scope',
  src: 'prefsrc',
  metric: 'metric',
  pref: 'pref',
  tos: 'tos',
  nhid: 'nhid',
  error: 'error',
  expires: 'expires',
  weight: 'weight',
};
const ROUTE_FLAGS: ReadonlySet<string> = new Set([
  'onlink',
  'linkdown',
  'dead',
  'pervasive',
  'offload',
  'trap',
  'notify',
  'unresolved',
  'rt_offload',
  'rt_trap',
  'offload_failed',
  'cache',
]);
/** Metrics that `ip route` prints behind the route (iproute.c, mx_names). */
const ROUTE_METRICS: ReadonlySet<string> = new Set([
  'mtu',
  'window',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'features',
  'rto_min',
  'initrwnd',
  'quickack',
  'congctl',
  'fastopen_no_cookie',
]);

/** `ip route show table all`. */
export function plainRoutes(text: string, first: number, to: Report): JsonItem[] {
  const items: JsonItem[] = [];
  let route: Fields | null = null;
  eachPlainLine(text, first, (source, number) => {
    if (source.trim() === '') return;
    const line = new Line(source, number);
    if (/^\s+nexthop\b/.test(source)) {
      line.next();
      if (!route) return line.problem(to, 'a next hop without its route', 'give the whole output of "ip route"');
      const hop: Fields = {};
      routeFields(line, hop);
      route.nexthops = [...((route.nexthops as Fields[] | undefined) ?? []), hop];
      return;
    }
    route = {};
    const type = line.peek() ?? '';
    if (ROUTE_TYPES.has(type)) route.type = line.next();
    route.dst = line.next();
    routeFields(line, route);
    items.push(line.item(route));
  });
  return items;
}

function routeFields(line: Line, fields: Fields): void {
  const flags: string[] = [];
  const metrics: Fields = {};
  for (let word = line.next(); word !== null; word = line.next()) {
    const key = Object.hasOwn(ROUTE_VALUES, word) ? ROUTE_VALUES[word] : undefined;
    if (word === 'via') {
      const hop = line.next() ?? '';
      if (hop === 'inet' || hop === 'inet6') fields.via = { family: hop, host: line.next() };
      else fields.gateway = hop;
    } else if (key !== undefined) {
      const value = line.next() ?? '';
      fields[key] = key === 'table' ? value : numberOrText(value);
    } else if (ROUTE_METRICS.has(word)) {
      let value = line.next() ?? '';
      // "mtu lock 1400"; with `-j` the word is not printed (iproute.c, print_rta_metrics()).
      if (value === 'lock') {
        value = line.next() ?? '';
        metrics[`${word}_lock`] = true;
      }
      metrics[word] = numberOrText(value);
    } else if (ROUTE_FLAGS.has(word)) flags.push(word);
    else if (word === 'encap') encapsulationFields(line, fields);
    else if (word === 'realm' || word === 'realms') fields.flow = realms(line.next() ?? '');
    else fields[word] = line.peek();
  }
  if (flags.length > 0) fields.flags = flags;
  if (Object.keys(metrics).length > 0) fields.metrics = [metrics];
}

/** What follows "encap ip" or "encap ip6", up to the next hop; `Dst`, `Src` and `Tos` are the tunnel's, not the route's (ip-tunnel.ts). */
const ENCAPSULATION_VALUES: Readonly<Record<string, string>> = { id: 'id', src: 'Src', dst: 'Dst', ttl: 'ttl', hoplimit: 'hoplimit', tos: 'Tos', tc: 'tc' };
const ENCAPSULATION_FLAGS: ReadonlySet<string> = new Set(['csum', 'key', 'seq']);

function encapsulationFields(line: Line, fields: Fields): void {
  const kind = line.next();
  fields.encap = kind;
  if (kind !== 'ip' && kind !== 'ip6') return;
  for (let word = line.peek(); word !== null; word = line.peek()) {
    const key = Object.hasOwn(ENCAPSULATION_VALUES, word) ? ENCAPSULATION_VALUES[word] : undefined;
    if (key === undefined && !ENCAPSULATION_FLAGS.has(word)) return;
    line.next();
    fields[key ?? word] = key === undefined ? true : numberOrText(line.next() ?? '');
  }
}

/** `5`, or `3/7`: from the first to the second. */
function realms(text: string): Fields {
  const [first = '', second] = text.split('/');
  return second === undefined ? { to: numberOrText(first) } : { from: numberOrText(first), to: numberOrText(second) };
}

const numberOrText = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

const RULE_ACTIONS: ReadonlySet<string> = new Set(['unreachable', 'prohibit', 'blackhole', 'nat', 'masquerade']);

/** `ip rule`. */
export function plainRules(text: string, first: number, to: Report): JsonItem[] {
  const items: JsonItem[] = [];
  eachPlainLine(text, first, (source, number) => {
    if (source.trim() === '') return;
    const line = new Line(source, number);
    const priority = /^(\d+):$/.exec(line.next() ?? '')?.[1];
    if (priority === undefined)
      return line.problem(to, `${quoted(source.trim())} does not begin with a priority`, 'take the lines as "ip rule" prints them: "100: from all lookup main"');
    const fields: Fields = { priority: Number(priority) };
    for (let word = line.next(); word !== null; word = line.next()) ruleField(word, line, fields);
    items.push(line.item(fields));
  });
  return items;
}

function ruleField(word: string, line: Line, fields: Fields): void {
  const prefix = (side: 'src' | 'dst'): void => {
    const text = line.next() ?? '';
    const slash = text.indexOf('/');
    fields[side] = slash < 0 ? text : text.slice(0, slash);
    if (slash >= 0) fields[`${side}len`] = Number(text.slice(slash + 1));
  };
  const range = (key: string, isUid = false): void => {
    const [low = '', high] = (line.next() ?? '').split('-');
    if (high === undefined && !isUid) fields[key] = Number(low);
    else {
      fields[`${key}_start`] = Number(low);
      fields[`${key}_end`] = Number(high ?? low);
    }
  };
  switch (word) {
    case 'not':
      fields.not = null;
      return;
    case 'from':
      return prefix('src');
    case 'to':
      return prefix('dst');
    case 'fwmark': {
      const [mark = '', mask] = (line.next() ?? '').split('/');
      fields.fwmark = mark;
      if (mask !== undefined) fields.fwmask = mask;
      return;
    }
    case 'lookup':
      // "[l3mdev-table]" (iprule.c, print_rule()).
      if (line.peek() === '[l3mdev-table]') fields.l3mdev = line.next() && null;
      else fields.table = line.next();
      return;
    case 'iif':
    case 'oif':
    case 'tos':
    case 'ipproto':
      fields[word] = line.next();
      return;
    case 'dsfield':
      fields.tos = line.next();
      return;
    case 'realms': {
      const { from, to } = realms(line.next() ?? '');
      fields.flow_to = to;
      if (from !== undefined) fields.flow_from = from;
      return;
    }
    case '[detached]':
      fields.iif_detached = null;
      return;
    case '[unresolved]':
      fields.unresolved = null;
      return;
    case 'sport':
    case 'dport':
      return range(word);
    case 'uidrange':
      return range('uid', true);
    case 'suppress_prefixlength':
      fields.suppress_prefixlen = Number(line.next());
      return;
    case 'goto':
      fields.goto = Number(line.next());
      return;
    case 'nop':
      fields.nop = null;
      return;
    case 'proto':
      fields.protocol = line.next();
      return;
    default:
      if (RULE_ACTIONS.has(word)) fields.action = word;
      else fields[word] = line.peek();
  }
}

const NEIGHBOUR_STATES = /^(PERMANENT|NOARP|REACHABLE|STALE|NONE|INCOMPLETE|DELAY|PROBE|FAILED)$/;

/** `ip neigh`. */
export function plainNeighbours(text: string, first: number): JsonItem[] {
  const items: JsonItem[] = [];
  eachPlainLine(text, first, (source, number) => {
    if (source.trim() === '') return;
    const line = new Line(source, number);
    const fields: Fields = { dst: line.next() };
    const state: string[] = [];
    for (let word = line.next(); word !== null; word = line.next()) {
      if (word === 'dev' || word === 'lladdr') fields[word] = line.next();
      else if (NEIGHBOUR_STATES.test(word)) state.push(word);
    }
    items.push(line.item({ ...fields, state }));
  });
  return items;
}

/** What the tool printed, in either form. */
export function ipItems(text: string, line: number, to: Report, plain: (text: string, line: number, to: Report) => JsonItem[]): JsonItem[] {
  return text.trimStart().startsWith('[') ? parseJsonList(text, line, to) : plain(text, line, to);
}
