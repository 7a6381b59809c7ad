/**
 * `nft list ruleset`: which chains there are that iptables-save does not print, where packets come to them, and whether they
 * can do anything to one. Their rules are not read: they are a blind spot, and a blind spot has to be named.
 *
 * Source: nftables 1.0.6, nft(8) "STATEMENTS", src/rule.c (names of priorities).
 */

import { HOOKS, TABLE_NAMES, type Hook } from '../model/hook.ts';
import type { UnreadChain } from '../model/node.ts';
import type { Family } from '../net/address.ts';
import { eachLine } from './text.ts';

/** Tables that bear the names of those of iptables, which iptables-nft made. */
export function managedTables(text: string, first: number): { readonly name: string; readonly family: Family; readonly line: number }[] {
  return readTables(text, first)
    .filter(isManaged)
    .map(({ family, name, line }) => ({ name: `${family} ${name}`, family: family === 'ip6' ? 'ipv6' : 'ipv4', line }));
}

/** Is it the JSON that `nft -j` prints? */
export const isNftJson = (text: string): boolean => /^\s*\{\s*"nftables":/.test(text);

/** The first line that belongs to no table, as where the tool was refused. */
export function strayLine(text: string, first: number): { readonly line: string; readonly number: number } | null {
  let depth = 0;
  let found: { line: string; number: number } | null = null;
  eachLine(text, first, (line, number) => {
    if (depth === 0 && found === null && line.trim() !== '' && !/^(?:table \w+ \S+ \{|\s*#|\}|flush ruleset)/.test(line)) found = { line, number };
    depth = line.startsWith('table ') ? 1 : line.startsWith('}') ? 0 : depth;
  });
  return found;
}

/** Does it end before its last table does? */
export const isCutShort = (text: string): boolean => text.lastIndexOf('\ntable ') > text.lastIndexOf('\n}') || (/^table /.test(text) && !text.includes('\n}'));

interface ForeignTable {
  /** `inet firewalld`, `ip foo`… */
  readonly name: string;
  readonly line: number;
  /** Its base chains that may do something to a packet. */
  readonly chains: readonly UnreadChain[];
}

/** Tables with at least one chain on a hook that iptables-save does not print. @param printed does it print this table of iptables-nft, as far as its own chains go? */
export function foreignTables(text: string, first: number, printed: (family: Family, table: string) => boolean): ForeignTable[] {
  return readTables(text, first).flatMap((table) => {
    const own = isManaged(table) && printed(table.family === 'ip6' ? 'ipv6' : 'ipv4', table.name);
    const bases = [...table.blocks.values()].filter((block) => block.base !== null && !(own && (HOOKS as readonly string[]).includes(block.name)));
    if (bases.length === 0) return [];
    const name = `${table.family} ${table.name}`;
    return [
      {
        name,
        line: table.line,
        chains: table.dormant ? [] : bases.flatMap((block) => (mayDecide(table, block) ? [unreadChain(table.family, name, block)] : [])),
      },
    ];
  });
}

/** A chain, a map, a set… of a table, without what stands in quotes. */
interface Block {
  readonly name: string;
  readonly lines: string[];
  /** `type filter hook input priority filter; policy accept;`; null: packets come to it from other chains only. */
  base: string | null;
}

interface NftTable {
  readonly family: string;
  readonly name: string;
  readonly line: number;
  readonly blocks: Map<string, Block>;
  dormant: boolean;
}

const isManaged = ({ family, name }: NftTable): boolean => (family === 'ip' || family === 'ip6') && (TABLE_NAMES as readonly string[]).includes(name);

function readTables(text: string, first: number): NftTable[] {
  const tables: NftTable[] = [];
  let table: NftTable | null = null;
  let block: Block | null = null;
  eachLine(text, first, (source, number) => {
    const opened = /^table (\w+) (\S+) \{/.exec(source);
    if (opened) {
      table = { family: opened[1] as string, name: opened[2] as string, line: number, blocks: new Map(), dormant: false };
      tables.push(table);
      block = null;
      return;
    }
    if (!table) return;
    const line = source.replace(/"[^"]*"/g, '""');
    const begun = /^\s*(chain|map|set|flowtable|counter|quota|limit|secmark|synproxy) (\S+) \{/.exec(line);
    if (begun) {
      block = { name: begun[2] as string, lines: [], base: null };
      // A map and a chain may have one name.
      table.blocks.set(begun[1] === 'chain' ? block.name : `@${block.name}`, block);
    } else if (block === null) {
      if (/^\s+flags\b.*\bdormant\b/.test(line)) table.dormant = true;
    } else if (/^\s*type \w+ hook \w+/.test(line)) block.base = source.trim();
    else block.lines.push(line);
  });
  return tables;
}

/** Statements that end a packet's way, change it or what is known of it; matches, counters and logs do not. */
const DECIDING = /\b(?:drop|reject|queue|snat|dnat|masquerade|redirect|tproxy|synproxy|notrack|dup|fwd|flow|set|reset|xt)\b/;

/** Is there anything in the chain, or in what it leads to, that does something to a packet? */
function mayDecide(table: NftTable, base: Block): boolean {
  if (/\bpolicy drop\b/.test(base.base ?? '')) return true;
  const met = new Set<Block>([base]);
  for (const block of met) {
    for (const line of block.lines) {
      if (DECIDING.test(line)) return true;
      for (const [, chain, map] of line.matchAll(/\b(?:jump|goto) ([^\s,;}]+)|(@[^\s,;}]+)/g)) {
        const next = table.blocks.get(chain ?? map ?? '');
        if (next) met.add(next);
      }
    }
  }
  return false;
}

const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100 };

function unreadChain(family: string, table: string, { name, base }: Block): UnreadChain {
  const [, type, hook = '', rest = ''] = /^type (\w+) hook (\w+)(.*)/.exec(base ?? '') ?? [];
  const [, named = '', sign = '+', more = '0', number] = /\bpriority (?:([a-z]+)(?: ([+-]) (\d+))?|(-?\d+))/.exec(rest) ?? [];
  const start = number === undefined ? PRIORITIES[named] : Number(number);
  const at = family === 'bridge' ? 'BRIDGE' : hook.toUpperCase();
  return {
    families: family === 'ip' ? ['ipv4'] : family === 'ip6' ? ['ipv6'] : family === 'arp' ? [] : ['ipv4', 'ipv6'],
    hook: at as Hook | 'INGRESS' | 'EGRESS' | 'BRIDGE',
    priority: start === undefined ? Number.NEGATIVE_INFINITY : start + Number(`${sign}${more}`),
    nat: type === 'nat',
    devices: /\bdevices? (?:= )?(\{[^}]*\}|"[^"]*"|\S+)/.exec(rest)?.[1]?.match(/[^\s{},";]+/g) ?? [],
    reason: `chain "${name}" of the nft table "${table}" is not read, and the packet comes to it`,
  };
}
