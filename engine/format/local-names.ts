/**
 * Names of groups and realms, as /etc/iproute2/group and /etc/iproute2/rt_realms have them: a number from 0 to 255, decimal or hex,
 * and the name behind it (iptables 1.8.9 libxtables/xtables.c xtables_lmap_init(); iproute2 6.1 lib/rt_names.c).
 */

import type { NumberNames } from '../model/local-names.ts';
import { eachLine, quoted, refuseLine, type Report } from './text.ts';

const LINE = /^[ \t]*(0x[0-9a-f]{1,8}|\d{1,10})[ \t]+([^\s#].*?)[ \t]*$/i;

export function parseLocalNames(text: string, line: number, to: Report): NumberNames {
  const names = new Map<string, number>();
  eachLine(text, line, (source, number) => {
    const bare = source.trim();
    if (bare === '' || bare.startsWith('#')) return;
    const [, id = '', name = ''] = LINE.exec(source) ?? [];
    if (name === '' || Number(id) > 255)
      return refuseLine(to, source, number, `${quoted(bare)} is no number from 0 to 255 with a name`, 'take the lines as the file in /etc/iproute2 has them');
    if (!names.has(name)) names.set(name, Number(id));
  });
  return names;
}
