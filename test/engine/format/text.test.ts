/** Words and columns. Expectations: what iptables-restore 1.8.9 made of the same lines. */

import { describe, expect, test } from 'vitest';
import { columnAt, eachLine, spanAt, splitWords, WordList } from '../../../engine/format/text.ts';

const texts = (line: string) => splitWords(line).words.map(({ text }) => text);

describe('words', () => {
  test.each([
    ['-A INPUT\t-j  ACCEPT ', ['-A', 'INPUT', '-j', 'ACCEPT']],
    ['--comment "a b" x', ['--comment', 'a b', 'x']],
    ['"a \\"b\\" \\\\ \\n"', ['a "b" \\ n']],
    ['a\\b', ['a\\b']],
    ["'a b'", ["'a", "b'"]],
    ['a"b c"d', ['ab c', 'd']],
    ['""', ['']],
    ['"open to the end', ['open to the end']],
    ['# no comment here', ['#', 'no', 'comment', 'here']],
    ['', []],
  ])('%s', (line, words) => {
    expect(texts(line)).toEqual(words);
  });

  test('an open quote is placed', () => {
    expect(splitWords('-m comment --comment "a').openQuote).toBe(21);
    expect(splitWords('a "b"').openQuote).toBe(-1);
  });

  test('beyond as many as are kept they are counted, and an open quote is still found', () => {
    const list = new WordList(2);
    list.read('a b c "d e" "f', 0);
    expect([list.at(0)?.text, list.at(1)?.text, list.at(2)]).toEqual(['a', 'b', undefined]);
    expect([list.count, list.openQuote]).toEqual([5, 12]);
  });

  test('a word knows where it stands, quotes included', () => {
    expect(splitWords('x "a b" c').words.map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [2, 7],
      [8, 9],
    ]);
  });
});

describe('places', () => {
  test('columns count code points, not UTF-16 units', () => {
    const line = '-m comment --comment "🦊é" -j X';
    expect(columnAt(line, line.indexOf('-j'))).toBe(27);
    expect(spanAt(line, 7, line.indexOf('"'), line.lastIndexOf('"') + 1)).toEqual({ line: 7, column: 22, length: 4 });
    expect(columnAt('abc', 2)).toBe(3);
  });

  test('lines end with LF or CR LF, the last one with neither', () => {
    const lines: [string, number][] = [];
    eachLine('a\r\n\nb', 5, (line, number) => lines.push([line, number]));
    expect(lines).toEqual([
      ['a', 5],
      ['', 6],
      ['b', 7],
    ]);
  });
});
