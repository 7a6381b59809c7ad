/**
 * `nft list ruleset`: only which tables there are that iptables-nft did not make. Their rules are a blind spot, and a
 * blind spot has to be named.
 */

import { TABLE_NAMES } from '../model/hook.ts';
import type { Family } from '../net/address.ts';
import { eachLine } from './text.ts';

/** Tables that bear the names of those of iptables, which iptables-nft made. */
export function managedTables(text: string, first: number): { readonly name: string; readonly family: Family; readonly line: number }[] {
  const found: { name: string; family: Family; line: number }[] = [];
  eachLine(text, first, (line, number) => {
    const [, family, name = ''] = /^table (ip6?) (\S+) \{/.exec(line) ?? [];
    if (family && (TABLE_NAMES as readonly string[]).includes(name)) found.push({ name: `${family} ${name}`, family: family === 'ip6' ? 'ipv6' : 'ipv4', line: number });
  });
  return found;
}

/** `inet firewalld`, `ip foo`…, and where they begin: tables with at least one chain on a hook that iptables-save does not print. */
export function foreignTables(text: string, first: number): { readonly name: string; readonly line: number }[] {
  const found: { name: string; line: number }[] = [];
  let table: { name: string; line: number } | null = null;
  let managed = false;
  eachLine(text, first, (line, number) => {
    const opened = /^table (\w+) (\S+) \{/.exec(line);
    if (opened) {
      table = { name: `${opened[1]} ${opened[2]}`, line: number };
      managed = (opened[1] === 'ip' || opened[1] === 'ip6') && (TABLE_NAMES as readonly string[]).includes(opened[2] as string);
    } else if (table && !managed && /^\s+type \w+ hook \w+/.test(line)) {
      found.push(table);
      table = null;
    }
  });
  return found;
}
