/**
 * `nft list ruleset`: only which tables there are that iptables-nft did not make. Their rules are a blind spot, and a
 * blind spot has to be named.
 */

import { TABLE_NAMES } from '../model/hook.ts';
import { eachLine } from './text.ts';

/** `inet firewalld`, `ip foo`…: tables with at least one chain on a hook that iptables-save does not print. */
export function foreignTables(text: string): string[] {
  const found: string[] = [];
  let table: string | null = null;
  let managed = false;
  eachLine(text, 1, (line) => {
    const opened = /^table (\w+) (\S+) \{/.exec(line);
    if (opened) {
      table = `${opened[1]} ${opened[2]}`;
      managed = (opened[1] === 'ip' || opened[1] === 'ip6') && (TABLE_NAMES as readonly string[]).includes(opened[2] as string);
    } else if (table && !managed && /^\s+type \w+ hook \w+/.test(line)) {
      found.push(table);
      table = null;
    }
  });
  return found;
}
