/**
 * What to offer in the packet's fields: addresses, ports and marks that the node's own texts speak of, each with what it
 * is. Of a prefix the text offers an address within and the first one behind it: rules are told apart at their edges.
 */

import { Address4, Address6 } from 'ip-address';
import type { ClusterView, NodeSummary } from '../worker/messages.ts';
import type { OpenedExample } from './state.ts';

export type SuggestedField = 'src' | 'dst' | 'sport' | 'dport' | 'mark';

export interface Suggestion {
  readonly value: string;
  readonly what: /** A packet that comes with the scenario. */
    | { readonly kind: 'scenario' }
    | { readonly kind: 'set'; readonly set: string; readonly entry: string }
    /** The first address behind an entry of a set. */
    | { readonly kind: 'behind'; readonly set: string; readonly entry: string }
    /** A rule asks for it; `comment`: what the rule says of itself. */
    | { readonly kind: 'rule'; readonly place: string; readonly comment: string }
    | { readonly kind: 'interface'; readonly name: string }
    /** A virtual service of IPVS. */
    | { readonly kind: 'service'; readonly service: string }
    /** A pod, service, endpoint or node of the cluster. */
    | { readonly kind: 'cluster' };
}

/** What suggestions are made from. */
export interface SuggestionSources {
  readonly texts: readonly string[];
  readonly node: NodeSummary | null;
  readonly example: OpenedExample | null;
  readonly cluster: ClusterView | null;
}

const MOST = 60;
/** Entries taken of one set, rules and lines read of one text: files may be megabytes, and nobody waits for a list to open. */
const MOST_ENTRIES = 4;
const MOST_RULES = 600;
const MOST_LINES = 60_000;

interface SetText {
  readonly entries: readonly string[];
  /** Dimensions of rules that look it up: `src`, `dst,dst`. */
  readonly sides: ReadonlySet<string>;
}

interface RuleText {
  readonly place: string;
  readonly text: string;
  readonly comment: string;
}

interface Texts {
  readonly sets: ReadonlyMap<string, SetText>;
  readonly rules: readonly RuleText[];
  readonly services: readonly string[];
}

const read = new WeakMap<readonly string[], Texts>();

function readTexts(texts: readonly string[]): Texts {
  const known = read.get(texts);
  if (known) return known;
  const sets = new Map<string, { entries: string[]; sides: Set<string> }>();
  const setOf = (name: string): { entries: string[]; sides: Set<string> } => {
    const found = sets.get(name) ?? { entries: [], sides: new Set() };
    sets.set(name, found);
    return found;
  };
  const rules: RuleText[] = [];
  const services: string[] = [];
  for (const text of texts) {
    let [table, six, rulesRead] = ['', '', 0];
    const numbers = new Map<string, number>();
    for (const line of linesOf(text, () => rulesRead > MOST_RULES)) {
      if (line.startsWith('==>')) six = line.includes('ip6tables') ? 'ip6:' : '';
      else if (line.startsWith('*')) {
        table = `${six}${line.slice(1).trim()}`;
        numbers.clear();
      } else if (line.startsWith('add ')) {
        const [, name = '', entry = ''] = line.split(' ');
        const { entries } = setOf(name);
        if (entries.length < MOST_ENTRIES && entry !== '' && !/ nomatch\b/.test(line)) entries.push(entry);
      } else if (line.startsWith('-A -')) services.push(line.split(' ')[2] ?? '');
      else if (line.startsWith('-A ') || line.startsWith('[')) {
        if (++rulesRead > MOST_RULES) continue;
        const chain = /(?:^|\] )-A (\S+)/.exec(line)?.[1];
        if (chain === undefined || table === '') continue;
        const number = (numbers.get(chain) ?? 0) + 1;
        numbers.set(chain, number);
        for (const [, name = '', side = ''] of line.matchAll(/--match-set (\S+) (\S+)/g)) setOf(name).sides.add(side);
        if (/ (-s|-d|-i|--[sd]ports?|--mark|--ctorigdst(?:port)?) /.test(line))
          rules.push({ place: `${table}/${chain}/${number}`, text: line, comment: /--comment (?:"([^"]*)"|(\S+))/.exec(line)?.slice(1).find(Boolean) ?? '' });
      }
    }
  }
  const found = { sets, rules, services };
  read.set(texts, found);
  return found;
}

/** `enough`: of the rules; what is left of their table is passed over. */
function* linesOf(text: string, enough: () => boolean): Generator<string> {
  let at = 0;
  for (let count = 0; at < text.length && count < MOST_LINES; count++) {
    const end = text.indexOf('\n', at);
    yield end < 0 ? text.slice(at) : text.slice(at, end);
    if (end < 0) return;
    const wasRule = text.startsWith('-A ', at) || text[at] === '[';
    at = end + 1;
    if (wasRule && enough()) {
      const commit = text.indexOf('\nCOMMIT', end);
      at = commit < 0 ? text.length : commit + 1;
    }
  }
}

/** In the order in which they are worth a try; addresses of the family of `other`, the packet's other end, come first. */
export function suggestionsFor(field: SuggestedField, sources: SuggestionSources, other = ''): readonly Suggestion[] {
  const found = new Map<string, Suggestion>();
  const add = (value: string, what: Suggestion['what']): void => {
    const known = found.get(value)?.what;
    // Of two sets the one that says more of an address names it.
    const closer = known?.kind === 'set' && what.kind === 'set' && lengthOf(what.entry) > lengthOf(known.entry);
    if (value !== '' && (known === undefined || closer)) found.set(value, { value, what });
  };
  const texts = readTexts(sources.texts);
  if (field === 'mark') suggestMarks(texts, add);
  else if (field === 'sport' || field === 'dport') suggestPorts(field, texts, add);
  else suggestAddresses(field, sources, texts, add);
  const all = [...found.values()];
  if (field !== 'src' && field !== 'dst') return all.slice(0, MOST);
  const isSix = other.includes(':');
  return [...all.filter(({ value }) => value.includes(':') === isSix), ...all.filter(({ value }) => value.includes(':') !== isSix)].slice(0, MOST);
}

type Add = (value: string, what: Suggestion['what']) => void;

function suggestAddresses(field: 'src' | 'dst', { node, example, cluster }: SuggestionSources, texts: Texts, add: Add): void {
  for (const packet of example?.packets ?? []) if (packet[field] !== undefined) add(packet[field], { kind: 'scenario' });
  // Sets that rules ask for in this direction come before the others.
  const sets = [...texts.sets].filter(([, { sides }]) => sides.size > 0);
  const asked = (sides: ReadonlySet<string>): boolean => [...sides].some((side) => side.split(',').includes(field));
  const entries = sets.flatMap(([set, { entries: all, sides }]) => all.map((entry) => ({ set, entry, asked: asked(sides) })));
  // The narrower, the more a rule means just them.
  entries.sort((a, b) => Number(b.asked) - Number(a.asked) || lengthOf(b.entry) - lengthOf(a.entry));
  for (const { set, entry, asked: isAsked } of entries) {
    const ends = addressesOfEntry(entry);
    if (ends) add(ends.within, { kind: 'set', set, entry });
    if (ends?.behind && isAsked) add(ends.behind, { kind: 'behind', set, entry });
  }
  const option = field === 'src' ? '-s' : '-d';
  for (const { place, text, comment } of texts.rules)
    for (const [, address = ''] of text.matchAll(new RegExp(` (?:${option}${field === 'dst' ? '|--ctorigdst' : ''}) (\\S+)`, 'g')))
      add(addressesOfEntry(address)?.within ?? '', { kind: 'rule', place, comment });
  if (field === 'dst') for (const service of texts.services) add(/^\[?([0-9a-f.:]+?)\]?:\d+$/i.exec(service)?.[1] ?? '', { kind: 'service', service });
  for (const address of cluster?.addresses ?? []) add(address, { kind: 'cluster' });
  for (const link of node?.interfaces ?? [])
    for (const address of link.addresses) if (!LOCAL.test(address)) add(address.replace(/\/\d+$/, ''), { kind: 'interface', name: link.name });
}

/** Length of the prefix that an entry says: of a single address the longest. */
function lengthOf(entry: string): number {
  const length = /^[^,]*\/(\d+)/.exec(entry)?.[1];
  return length === undefined ? 128 : Number(length) + (entry.includes(':') ? 0 : 96);
}

/** Of a loopback or link only: seldom what one asks for. */
const LOCAL = /^127\.|^::1\/|^fe80:/i;

function suggestPorts(field: 'sport' | 'dport', { rules, sets }: Texts, add: Add): void {
  for (const { place, text, comment } of rules)
    for (const [, ports = ''] of text.matchAll(new RegExp(` --(?:${field}s?${field === 'dport' ? '|ctorigdstport' : ''}) ([\\d,:]+)`, 'g')))
      for (const port of ports.split(',')) add(port.split(':')[0] ?? '', { kind: 'rule', place, comment });
  if (field === 'sport') return;
  for (const [set, { entries, sides }] of sets)
    for (const entry of sides.size > 0 ? entries : []) add(/(?:^|,)(?:tcp:|udp:|sctp:)?(\d{1,5})(?:$|[-,])/.exec(entry)?.[1] ?? '', { kind: 'set', set, entry });
}

function suggestMarks({ rules }: Texts, add: Add): void {
  for (const { place, text, comment } of rules)
    for (const [, value = ''] of text.matchAll(/ --mark (0x[0-9a-f]+|\d+)/gi)) add(`0x${Number(value).toString(16)}`, { kind: 'rule', place, comment });
}

/**
 * An address within `10.0.11.128/26`, and the first behind it; of `10.96.0.10,tcp:53` the address. The first of a prefix
 * is the net's own name, the second often a gateway's: the third is offered.
 */
function addressesOfEntry(entry: string): { readonly within: string; readonly behind: string | null } | null {
  const [text = ''] = entry.split(',');
  const [low] = text.split('-');
  if (low === undefined || low.includes('%')) return null;
  try {
    if (Address4.isValid(low)) {
      const net = new Address4(low);
      if (net.subnetMask >= 31) return { within: net.addressMinusSuffix, behind: null };
      const last = net.endAddress().bigInt();
      return {
        within: Address4.fromBigInt(net.startAddress().bigInt() + 2n).correctForm(),
        behind: last < 0xffffffffn && net.subnetMask >= 12 ? Address4.fromBigInt(last + 1n).correctForm() : null,
      };
    }
    if (Address6.isValid(low)) {
      const net = new Address6(low);
      if (net.subnetMask >= 127) return { within: net.correctForm(), behind: null };
      const last = net.endAddress().bigInt();
      return { within: Address6.fromBigInt(net.startAddress().bigInt() + 2n).correctForm(), behind: net.subnetMask >= 48 ? Address6.fromBigInt(last + 1n).correctForm() : null };
    }
  } catch {
    // A text that only looks like an address is none.
  }
  return null;
}

/** Names of links: the node's own, and those that rules ask for. */
export function interfaceSuggestions(node: NodeSummary | null, texts: readonly string[] = []): readonly string[] {
  const found = new Set<string>();
  for (const link of node?.interfaces ?? []) if (link.name !== 'lo') found.add(link.name);
  for (const { text } of readTexts(texts).rules.slice(0, 2000)) for (const [, name] of text.matchAll(/ -i (\S+)/g)) if (name && !name.endsWith('+')) found.add(name);
  return [...found].slice(0, MOST);
}
