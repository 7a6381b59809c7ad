/** What a text of rules tells of tables and rules that are not in it: that it is cut short, or what the tools say of the rest. */

import type { Problem } from '../model/diagnostic.ts';
import type { Section } from '../model/node.ts';
import type { Family } from '../net/address.ts';
import { listedTable } from './iptables-listing.ts';
import { LISTING, namedBackend } from './section.ts';

/** Does the section hold this table of iptables-nft? */
export function holdsTable(section: Section, table: string): boolean {
  const { kind, header, text } = section;
  if (namedBackend(section) === 'legacy' || incompatibleTables(text).whole.includes(table)) return false;
  return kind === LISTING ? listedTable(header, text) === table : new RegExp(`^\\*${table}\\b`, 'm').test(text);
}

/** The warning whole, at the end of a line (iptables-nft-save 1.8.9 into a file with its errors): the rest of what it interrupted is in the next one. */
export const WARNING_WITHIN = /# Warning: (ip6?tables-legacy) tables present, use ip6?tables-legacy(?:-save)? to see them$/m;

/** "# Warning: iptables-legacy tables present", as iptables-nft-save says it: which, and where. */
export function legacyWarning(text: string): { readonly command: string; readonly family: Family; readonly line: number } | null {
  const found = /^# Warning: (ip6?tables-legacy) tables present/m.exec(text) ?? WARNING_WITHIN.exec(text);
  const command = found?.[1] ?? '';
  return found === null ? null : { command, family: command.startsWith('ip6') ? 'ipv6' : 'ipv4', line: text.slice(0, found.index).split('\n').length };
}

/** Is what cannot be read no line too many, but one from which on rules are missing: the end, the head of a table, what a tool says that was refused? */
export function mayHideRules({ code, rule, severity, message }: Problem, kind: string, tables: number, source: string, text: string): boolean {
  if (severity !== 'error' || rule !== null) return false;
  if (code === 'unknown-table' || (code === 'missing-commit' && message.startsWith('COMMIT expected'))) return true;
  if (kind === LISTING) return !/^-[PN] /m.test(text);
  return code === 'outside-table' && (tables === 0 || /^\s*(?:\[\d+:\d+\] *)?(?:-[A-Z]|--append|:\S+ \S)/.test(source));
}

/** Tables that iptables-nft-save does not print, or of which it leaves chains out (iptables 1.8.9, iptables/nft.c, nft_is_table_compatible()). */
export function incompatibleTables(text: string): { readonly whole: readonly string[]; readonly inPart: readonly string[] } {
  const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name as string);
  return { whole: named(/^# Table `(\w+)' is incompatible/gm), inPart: named(/^# Table `(\w+)' contains incompatible base-chains/gm) };
}
