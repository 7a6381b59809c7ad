/** Forwarding entries of bridges as `bridge fdb show` prints them, with `-j` or without (iproute2 6.1, bridge/fdb.c). */

import type { ForwardingEntry } from '../model/route.ts';
import { badField, parseJsonList } from './json-list.ts';
import { eachLine, quoted, refuseLine, type Report } from './text.ts';

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** Entries of bridges alone: those of devices of their own (`self`, vxlan) are left out. */
export function parseForwarding(text: string, line: number, to: Report): ForwardingEntry[] {
  return text.trimStart().startsWith('[') ? ofJson(text, line, to) : ofLines(text, line, to);
}

function ofJson(text: string, line: number, to: Report): ForwardingEntry[] {
  const entries: ForwardingEntry[] = [];
  for (const item of parseJsonList(text, line, to)) {
    const [mac, port, bridge] = [item.text('mac'), item.text('ifname'), item.text('master')];
    if (mac === null || !MAC.test(mac)) badField(to, item, 'forwarding entry', 'mac');
    else if (port === null) badField(to, item, `forwarding entry ${mac}`, 'ifname');
    else if (bridge !== null) entries.push({ mac: mac.toLowerCase(), port, bridge });
  }
  return entries;
}

function ofLines(text: string, line: number, to: Report): ForwardingEntry[] {
  const entries: ForwardingEntry[] = [];
  eachLine(text, line, (source, number) => {
    const words = source.trim().split(/\s+/);
    if (words[0] === '') return;
    const after = (word: string): string | null => words[words.indexOf(word, 1) + 1 || words.length] ?? null;
    const [mac = '', port, bridge] = [words[0], after('dev'), after('master')];
    if (!MAC.test(mac) || port === null) refuseLine(to, source, number, `${quoted(source.trim())} is no forwarding entry`, 'take the lines as "bridge fdb show" prints them');
    else if (bridge !== null) entries.push({ mac: mac.toLowerCase(), port, bridge });
  });
  return entries;
}
