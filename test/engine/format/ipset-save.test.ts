/** Sets as text. What each type makes of its elements is tested with the set types; here are lines, names and places. */

import { describe, expect, test } from 'vitest';
import { parseIpsetSave, printIpsetSave } from '../../../engine/format/ipset-save.ts';
import type { Problem } from '../../../engine/model/diagnostic.ts';
import type { IpSet } from '../../../engine/model/set.ts';

const read = (...lines: string[]) => readText(lines.map((line) => `${line}\n`).join(''));

function readText(text: string) {
  const sets = new Map<string, IpSet>();
  const problems: Problem[] = [];
  parseIpsetSave(text, 1, sets, { section: 'ipset save', problems });
  return { sets, told: problems.map(({ severity, code, line, column }) => `${severity} ${code} ${line}:${column}`), problems, printed: printIpsetSave(sets.values(), text) };
}

describe('reading', () => {
  test('what ipset save printed comes out as it went in', () => {
    // ipset 7.17: -o save of sets of several types.
    const lines = [
      'create n hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xb63eff01',
      'add n 10.0.0.0/8',
      'add n 10.1.0.0/16 nomatch',
      'create b hash:ip,port family inet6 hashsize 1024 maxelem 65536 skbinfo bucketsize 12 initval 0x0a0b0c0d',
      'add b fd00::1,tcp:80 skbmark 0x1/0xff skbprio 1:10',
      'create p bitmap:port range 1-100',
      'add p 80',
      'create l list:set size 8',
      'add l n',
    ];
    const { told, printed, sets } = read(...lines);
    expect(told).toEqual([]);
    expect(printed).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(sets.get('b')).toMatchObject({ type: 'hash:ip,port', family: 'ipv6', line: 4 });
    expect(sets.get('l')?.family).toBeNull();
  });

  test('defaults are written out', () => {
    expect(read('create s hash:ip').printed).toBe('create s hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12\n');
  });

  test('quotes group and nothing escapes', () => {
    const { sets, told } = read('create "a b" hash:ip comment', 'add "a b" 1.1.1.1 comment "back\\slash and blank"');
    expect(told).toEqual([]);
    expect(sets.get('a b')?.entries.extras.get(0)?.comment).toBe('back\\slash and blank');
  });

  test('an entry that is added again keeps the counters that the line does not say, and nothing else', () => {
    const again = [
      'create s hash:ip counters comment -exist',
      'add s 1.1.1.1 packets 5 bytes 50 comment x',
      'add s 1.1.1.1',
      'add s 1.1.1.2 packets 5 bytes 50',
      'add s 1.1.1.2 bytes 7',
    ];
    // ipset 7.17 on Linux 6.18, ipset -exist restore.
    expect(read(...again).printed).toContain('add s 1.1.1.1 packets 5 bytes 50\nadd s 1.1.1.2 packets 5 bytes 7\n');
  });

  test('a second entry is an error unless it may exist', () => {
    expect(read('create s hash:ip', 'add s 1.1.1.1', 'add s 1.1.1.1').told).toEqual(['error bad-value 3:7']);
    expect(read('create s hash:ip', 'add s 1.1.1.1', 'del s 1.1.1.2 -exist', 'add s 1.1.1.1').told).toEqual([]);
    expect(read('create s hash:ip', 'create s hash:ip').told).toEqual(['error duplicate-set 2:8']);
    expect(read('create s hash:ip', 'create s hash:ip -exist', 'create s hash:net -exist').told).toEqual(['error duplicate-set 3:8']);
  });

  test.each([
    ['add nope 1.1.1.1', 'error missing-set 2:5'],
    ['add s 1.1.1.1/33', 'error bad-value 2:7'],
    ['add s 1.1.1.1 foo', 'error bad-value 2:15'],
    ['add s 1.1.1.1 timeout 5', 'error bad-value 2:15'],
    ['add s fd00::1', 'error bad-value 2:7'],
    ['add s', 'error missing-argument 2:1'],
    ['create t hash:ip foo 1', 'error bad-value 2:18'],
    ['create t hash:foo', 'warning unknown-set-type 2:10'],
    ['create l list:set\nadd l t', 'error missing-set 3:7'],
    ['adt s 1.1.1.1', 'error unknown-command 2:1'],
    ['del s 1.1.1.1', 'error bad-value 2:7'],
    ['test s 1.1.1.1', 'error unread-command 2:1'],
    ['swap s t', 'error missing-set 2:8'],
    ['rename s', 'error missing-argument 2:1'],
    ['create t hash:ip comment\nadd t 1.1.1.1 comment "x', 'error open-quote 3:23'],
  ])('%s', (line, expected) => {
    expect(read('create s hash:ip', ...line.split('\n')).told).toContain(expected);
  });

  test('good lines after bad ones are loaded', () => {
    expect(read('create s hash:ip', 'add s x', 'add s 1.1.1.1', 'add s y z', 'add s 2.2.2.2').sets.get('s')?.entries.count).toBe(2);
  });

  test.each([
    ['add s 1.1.1.1', ''],
    ['add s x', 's'],
    ['add s 1.1.1.1 foo', 's'],
    ['add s', 's'],
    ['adt s 1.1.1.1', 's'],
    ['del s 1.1.1.1', 's'],
    ['swap s l', 's l'],
    ['rename s t', 's t'],
    ['test s 1.1.1.1', 's'],
    ['flush', ''],
    ['add l nope', 'l'],
    ['add nope 1.1.1.1', ''],
    ['create s hash:ip', ''],
  ])('a set is incomplete where a line about it cannot be read: %s', (line, names) => {
    const { sets } = read('create s hash:ip', 'create t hash:ip', 'create l list:set', line);
    expect([...sets.values()].flatMap(({ name, incomplete }) => (incomplete ? [name] : [])).join(' ')).toBe(names);
  });

  test('a set of a type nobody knows is kept word for word', () => {
    const lines = ['create g geo:country  colour red', 'add g NL  comment "x y"'];
    const { printed, problems } = read(...lines);
    expect(printed).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(problems).toHaveLength(1);
  });

  test('hundreds of thousands of entries are read in a moment', () => {
    const lines = ['create s hash:net maxelem 1000000'];
    for (let i = 0; i < 200_000; i++) lines.push(`add s ${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`);
    const start = performance.now();
    const { sets, told } = readText(`${lines.join('\n')}\n`);
    expect(told).toEqual([]);
    expect(sets.get('s')?.entries).toMatchObject({ count: 200_000, width: 2 });
    expect(sets.get('s')?.entries.words).toBeInstanceOf(Uint32Array);
    // A million in a few seconds is the promise; this is a fifth of it on a machine that may be busy.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
