/** A rule as it is pasted elsewhere: as the command that asks a node whether it has it. */

/** The line of a rule, with or without its counters. */
const RULE_LINE = /^(?:\[\d+:\d+\] )?-(?:A|-append) (.+)$/;

/**
 * `iptables -t nat -C POSTROUTING …` (iptables(8), -C): says by its exit status whether the node has this rule. `table` is
 * the page's key, `nft:ip6:nat` say. Null where the line is none of iptables-save.
 */
export function checkCommand(table: string, line: string): string | null {
  const spec = RULE_LINE.exec(line.trim())?.[1];
  if (spec === undefined) return null;
  const parts = table.split(':');
  const backend = parts.includes('legacy') ? '-legacy' : parts.includes('nft') ? '-nft' : '';
  return `${parts.includes('ip6') ? 'ip6tables' : 'iptables'}${backend} -t ${parts.at(-1)} -C ${forShell(spec)}`;
}

/** iptables-save quotes as a shell does, but for what a shell would look into even so. */
function forShell(spec: string): string {
  return spec.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => quoted.replace(/[$`]/g, '\\$&'));
}
