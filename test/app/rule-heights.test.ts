/** How high rules are where they wrap, and where they stand then. */

import { describe, expect, test } from 'vitest';
import { fitsLine, linesOfBoxes, linesOfProse, linesOfText } from '../../app/layout/wrapped-lines.ts';
import { chipLines } from '../../app/views/rules/row-text.ts';
import { evenRows, unevenRows } from '../../app/widgets/row-places.ts';

describe('lines', () => {
  // A character is 7.85 px, a box 12 px more, 4 px apart: "src 10.0.0.0/8" is 122 px.
  test.each([
    [[], 300, 1],
    [['src 10.0.0.0/8', 'dst 10.0.0.0/8'], 248, 1],
    [['src 10.0.0.0/8', 'dst 10.0.0.0/8'], 247, 2],
    [['x'.repeat(40)], 200, 2],
    // What follows one that fills its lines has a line of its own.
    [['x'.repeat(40), 'y'], 200, 3],
    [['y', 'x'.repeat(40), 'y'], 200, 4],
  ])('of boxes %j in %i px: %i', (texts, room, lines) => expect(linesOfBoxes(texts, room)).toBe(lines));

  // 20 characters in a line.
  test.each([
    ['RETURN', 1],
    ['SNAT --to-source 192.168.0.110', 2],
    ['SNAT --to-source 192.168.0.110 --random-fully', 3],
    ['x'.repeat(41), 3],
    // An option is whole: its hyphens end no line.
    ['SNAT --random-fully-x', 2],
    ['--on-port 1 --tproxy-mark', 2],
  ])('of the text %j: %i', (text, lines) => expect(linesOfText(text, 160)).toBe(lines));
  test('a name in a box goes on behind its hyphen', () => {
    const name = `${'a'.repeat(11)}-${'b'.repeat(24)}-cc`;
    expect([linesOfText(name, 160), linesOfText(name, 160, true)]).toEqual([2, 3]);
  });

  // A letter is 6.9 px, a Chinese character 12 px: 14 letters in a line, or 8 characters.
  test.each([
    ['a policy rule', 1],
    ['a policy rules ', 1],
    ['a policy rule said', 2],
    ['x'.repeat(29), 3],
    ['策略规则的动作为', 1],
    ['策略规则的动作为空', 2],
    ['配置了 natOutgoing', 2],
    ['', 1],
  ])('of the prose %j: %i', (text, lines) => expect(linesOfProse(text, 100)).toBe(lines));
  // Where it is known how wide words are, that counts: 6 px a letter here, 16 of them in a line.
  test.each([
    ['a policy rules x', 1],
    ['a policy rules xy', 2],
    ['策略 a policies', 1],
    ['策略 a policies x', 2],
  ])('of the prose %j, measured: %i', (text, lines) => expect(linesOfProse(text, 96, ({ length }) => length * 6)).toBe(lines));
  test.each([0, -40])('of prose where a list has no room yet (%i px): a character a line, not lines without end', (room) => expect(linesOfProse('预览', room)).toBe(2));
});

// What a row is as high for is what it shows: no more, no less.
test.each([
  ['--match-set ovn40subnets-nat src', 'ovn40subnets-nat src'],
  ['! --match-set ovn40subnets dst', '! ovn40subnets dst'],
  ['--tcp-flags SYN NONE', 'tcp_flags SYN NONE'],
  ['-s 10.17.0.0/16', '-s 10.17.0.0/16'],
])('a test %j is as long as %j', (test, shown) => expect(chipLines(test)).toBe(shown));

// Beside tests and target are 84 px, and what the word for the result takes: two boxes of 14 characters and "→ DROP" are 302.9 px.
test.each([
  [387, 0, true],
  [386, 0, false],
  [498, 112, false],
  [499, 112, true],
])('tests and target in one line of %i px, %i of them taken: %s', (width, status, fits) =>
  expect(fitsLine(['src 10.0.0.0/8', 'dst 10.0.0.0/8'], '→ DROP', width, status)).toBe(fits),
);

describe('rows', () => {
  test('all of one height', () => {
    const rows = evenRows(20_000, 30);
    expect([rows.height, rows.topOf(3), rows.heightOf(3), rows.rowAt(89), rows.rowAt(90), rows.rowAt(1e9), rows.rowAt(-5)]).toEqual([600_000, 90, 30, 2, 3, 19_999, 0]);
  });
  test('each as high as it is: whatever is above a place stands above it', () => {
    const heights = [30, 56, 30, 108, 30];
    const rows = unevenRows(heights);
    expect(rows.height).toBe(254);
    for (let y = 0; y < rows.height; y++) {
      const row = rows.rowAt(y);
      expect(rows.topOf(row) <= y && y < rows.topOf(row) + rows.heightOf(row), String(y)).toBe(true);
    }
    expect([rows.rowAt(9999), rows.rowAt(-1)]).toEqual([4, 0]);
    expect([unevenRows([]).height, unevenRows([]).rowAt(10)]).toEqual([0, 0]);
  });
});
