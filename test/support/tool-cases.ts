/**
 * Inputs of a tool and what it made of them, as `ipset restore` (ipset 7.17) and `iptables-restore -c` (1.8.9, legacy) answered on
 * Linux 6.18. A case is its lines, `=> taken` or `=> refused`, with the line that the tool named if it named one, and what the tool
 * saved afterwards. `\r` at the end of a line stands for a carriage return, `\t` for a tab, `\N` for N blanks (`\1000`).
 */

import { readFileSync, writeFileSync } from 'node:fs';

export interface ToolCase {
  readonly lines: readonly string[];
  readonly answer: ToolRecord;
}

export interface ToolRecord {
  readonly taken: boolean;
  /** The refused line, from 1; null if the tool did not name it. */
  readonly line: number | null;
  readonly saved: readonly string[];
}

type ToolName = 'ipset' | 'iptables';

const fileOf = (tool: ToolName): URL => new URL(`../engine/format/${tool}-restore.txt`, import.meta.url);

/** Cases stand between lines `%%`; before the first is what the file is. */
export function readToolCases(tool: ToolName): readonly ToolCase[] {
  const [, ...blocks] = `\n${readFileSync(fileOf(tool), 'utf8')}`.split('\n%%\n');
  return blocks.map((block) => {
    const lines = block.replace(/\n$/, '').split('\n');
    const at = lines.findIndex((line) => line.startsWith('=> '));
    const [, said = '', line] = /^=> (\w+)(?: (\d+))?$/.exec(lines[at] ?? '') ?? [];
    if (!/^(taken|refused)$/.test(said)) throw new Error(`a case of ${fileOf(tool).pathname} has no answer: ${block}`);
    return { lines: lines.slice(0, at), answer: { taken: said === 'taken', line: line === undefined ? null : Number(line), saved: lines.slice(at + 1) } };
  });
}

export function writeToolCases(tool: ToolName, cases: readonly ToolCase[]): void {
  const before = readFileSync(fileOf(tool), 'utf8').split('\n%%\n')[0] as string;
  const block = ({ lines, answer: { taken, line, saved } }: ToolCase): string =>
    [...lines, `=> ${taken ? 'taken' : 'refused'}${line === null ? '' : ` ${line}`}`, ...saved].join('\n');
  writeFileSync(fileOf(tool), `${[before, ...cases.map(block)].join('\n%%\n')}\n`);
}

/** The answer of a tool that prints `line N` where it refuses one. */
export const recordOf = (ok: boolean, stderr: string, saved: readonly string[]): ToolRecord => ({
  taken: ok,
  line: ok ? null : Number(/line:? (\d+)/.exec(stderr)?.[1] ?? 0) || null,
  saved,
});

const asGiven = (lines: readonly string[]): string =>
  lines
    .map(
      (line) =>
        `${line
          .replace(/\\r$/, '\r')
          .replaceAll('\\t', '\t')
          .replace(/\\(\d+)/g, (_, count: string) => ' '.repeat(Number(count)))}\n`,
    )
    .join('');

/** What the case gives to the tool. */
export const inputOf = ({ lines }: ToolCase): string => asGiven(lines);

/** Family of a case of iptables-restore, and its text: one that names no table is about filter, and a line `ipv6` stands above one for ip6tables. */
export function tablesOf({ lines }: ToolCase): { readonly family: 'ipv4' | 'ipv6'; readonly text: string } {
  const family = lines[0] === 'ipv6' ? 'ipv6' : 'ipv4';
  const own = family === 'ipv6' ? lines.slice(1) : lines;
  return { family, text: asGiven(own.some((line) => line.startsWith('*') || line === 'COMMIT') ? own : ['*filter', ...own, 'COMMIT']) };
}

/** Sets as saved, without what the kernel draws, and in the order of what was read but for entries that a hash keeps in its own. */
export function savedSets(save: string): readonly string[] {
  const lines = save
    .split('\n')
    .filter((line) => /^(create|add) /.test(line))
    .map((line) => line.replace(/ initval \S+/, ''))
    // Seconds go by.
    .map((line) => (line.startsWith('add ') ? line.replace(/ timeout (\d+)/, (_, left: string) => ` timeout ${Math.ceil(Number(left) / 10) * 10}`) : line));
  const lists = new Set(lines.flatMap((line) => /^create (.*) list:set/.exec(line)?.[1] ?? []));
  const isKept = (line: string): boolean => [...lists].some((name) => line.startsWith(`add ${name} `));
  return [...lines.filter((line) => !isKept(line)).sort(), ...lines.filter(isKept)];
}

/** Tables that hold more than built-in chains as they are at first; a rule without counters has counted nothing. */
export function savedTables(save: string): readonly string[] {
  const tables = save
    .split(/^\*/m)
    .slice(1)
    .map((table) => table.split('\n').filter((line, i) => i === 0 || /^[:[-]/.test(line)))
    .map(([name = '', ...lines]) => [`*${name}`, ...lines.filter((line) => !/^:[A-Z]+ ACCEPT \[0:0\]$/.test(line)).map((line) => line.replace(/^-/, '[0:0] -'))]);
  return tables.filter(({ length }) => length > 1).flat();
}
