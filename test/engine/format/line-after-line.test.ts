/** One reader takes all lines of a table: what a line left behind is not seen by the next one. */

import { describe, expect, test } from 'vitest';
import { parseIptablesSave } from '../../../engine/format/iptables-save.ts';

/** Each ends in the middle of something, or holds more than the one behind it. */
const LINES = [
  '-A FORWARD -s 192.0.2.1,198.51.100.0/24 -d 203.0.113.1 -p tcp -m tcp --dport 80 -j ACCEPT',
  '-A FORWARD',
  '-A FORWARD -p tcp ! --dport',
  '-A FORWARD -j DROP',
  '-A FORWARD -m comment --comment "open to the end',
  '-A FORWARD --dport 53 -j DROP',
  '[7:840] -A FORWARD -p udp --dport 53 -j ACCEPT',
  '-A FORWARD -p udp -j ACCEPT',
  '-A FORWARD -m fuzzy --lower-limit 10 --upper-limit 20 -j LOG --log-prefix "a b"',
  '-A FORWARD -i eth0 -g nowhere',
  '-A FORWARD -i eth0 -j MARK --set-xmark 0x1/0x1',
  '-A FORWARD -o eth1 !',
  '-A FORWARD -m conntrack --ctstate NEW -m mark --mark 0x1 -m tcp -j RETURN',
];

const read = (lines: readonly string[]) => parseIptablesSave(`*filter\n${lines.join('\n')}\nCOMMIT\n`, { family: 'ipv4' });
const rulesOf = (save: ReturnType<typeof read>) => save.tables[0]?.chains.find(({ name }) => name === 'FORWARD')?.rules ?? [];
/** Places fall away, which say where the line stands. */
const plain = (value: unknown, line: number): unknown =>
  JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === 'number' || key === 'rule' ? undefined : key === 'line' ? (part as number) - line : part)));

describe('a line reads as it does alone', () => {
  const together = read(LINES);
  test.each(LINES.map((line, i) => [line, i] as const))('%s', (line, i) => {
    const alone = read([line]);
    const at = i + 2;
    expect(
      plain(
        rulesOf(together).filter((rule) => rule.line === at),
        at,
      ),
    ).toEqual(plain(rulesOf(alone), 2));
    expect(
      plain(
        together.problems.filter((problem) => problem.line === at),
        at,
      ),
    ).toEqual(plain(alone.problems, 2));
  });
});
