/**
 * Sets as `ipset save` prints them and `ipset restore` reads them (ipset 7.17, lib/ipset.c build_argv(), ipset_parse_*).
 * What an element means is the set type's business (extension/settype); here are lines, names and places. Entries go
 * straight into columns: a million of them is no million objects.
 */

import { findSetType, printCreate, printElement, printExtras, setLayout } from '../extension/settype/index.ts';
import { isFailure } from '../model/option.ts';
import type { IpSet } from '../model/set.ts';
import { splitSetWords } from './ipset-line.ts';
import { SetReader } from './ipset-reader.ts';
import { eachLine, type Report } from './text.ts';

/** Reads into `sets`, which may hold the sets of earlier sections. */
export function parseIpsetSave(text: string, line: number, sets: Map<string, IpSet>, to: Report): void {
  const reader = new SetReader(sets, to);
  eachLine(text, line, (source, number) => reader.line(source, number));
  reader.end();
}

/**
 * Sets as `ipset save` prints them, entries in the order read. `source` is the text they were read from: sets of unknown
 * types are printed from it as they stand.
 */
export function printIpsetSave(sets: Iterable<IpSet>, source: string): string {
  const lines: string[] = [];
  let verbatim: Map<string, string[]> | null = null;
  for (const set of sets) {
    const type = findSetType(set.type);
    const layout = type ? setLayout(type, set) : null;
    if (!type || !layout || isFailure(layout)) {
      verbatim ??= linesBySet(source);
      lines.push(...(verbatim.get(set.name) ?? []));
      continue;
    }
    lines.push(printCreate(type, set));
    const { entries } = set;
    const lead = `add ${set.name} `;
    for (let i = 0; i < entries.count; i++) lines.push(lead + printElement(layout, entries, i) + printExtras(layout, entries.extras.get(i)));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Entries of a set as `ipset save` prints them after `add NAME `, in the order read; none for a set of an unknown type. */
export function printEntries(set: IpSet): readonly string[] {
  const type = findSetType(set.type);
  const layout = type ? setLayout(type, set) : null;
  if (!layout || isFailure(layout)) return [];
  return Array.from({ length: set.entries.count }, (_, i) => printElement(layout, set.entries, i) + printExtras(layout, set.entries.extras.get(i)));
}

function linesBySet(source: string): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  eachLine(source, 1, (line) => {
    const name = splitSetWords(line).words[1]?.text;
    if (name === undefined || !/^(create|add)\s/.test(line)) return;
    const before = lines.get(name);
    if (before) before.push(line);
    else lines.set(name, [line]);
  });
  return lines;
}
