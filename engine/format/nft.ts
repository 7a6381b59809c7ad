/**
 * `nft list ruleset`: only which tables there are that iptables-nft did not make. Their rules are a blind spot, and a
 * blind spot has to be named.
 */

import { TABLE_NAMES } from '../model/hook.ts';
import { eachLine } from './text.ts';

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
