/** How many lines texts of one width per character take, before anything is laid out: a list knows then how high its rows are. */

/** Measures of the letters that rules are written in: at 13 px a character of any of the page's fixed-width fonts takes no more than this, in pixels. */
const CHARACTER = 7.85;
/** Around the text of a box, left and right together; between two boxes. */
const PADDING = 12;
const GAP = 4;

/** Boxes beside each other as far as there is room, in pixels; one that is wider than that has lines of its own. At least one line. */
export function linesOfBoxes(texts: readonly string[], room: number): number {
  let [lines, used] = [1, 0];
  for (const text of texts) {
    const width = text.length * CHARACTER + PADDING;
    if (used > 0 && used + GAP + width > room) [lines, used] = [lines + 1, 0];
    if (width > room) {
      lines += linesOfText(text, room - PADDING, true) - 1;
      used = room;
    } else used += (used > 0 ? GAP : 0) + width;
  }
  return lines;
}

/** A text that is broken between its words, and within one that is wider than a line; `atHyphens`: behind hyphens, too. At least one line. */
export function linesOfText(text: string, room: number, atHyphens = false): number {
  const most = Math.max(1, Math.floor(room / CHARACTER));
  let [lines, used] = [1, 0];
  for (const { length } of text.split(atHyphens ? /(?<=[ -])/ : /(?<= )/)) {
    if (used > 0 && used + length > most) [lines, used] = [lines + 1, 0];
    used += length;
    while (used > most) [lines, used] = [lines + 1, used - most];
  }
  return lines;
}

/** The same of the letters that the page speaks in, at 12 px: no line of English is wider for each of its characters, whatever the font; one of Chinese is square. */
const LETTER = 6.9;
const SQUARE = 12;

/** Lines of prose at 12 px: broken between words, in Chinese between any two characters. At least one line. `widthOf`: how wide a word is, in pixels, where that is known better. */
export function linesOfProse(text: string, room: number, widthOf: (word: string) => number = widest): number {
  // Of a list that is just changing its width there may be no room at all: one character always has a line.
  const line = Math.max(room, SQUARE);
  let [lines, used] = [1, 0];
  for (const part of text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+|\s+/g) ?? []) {
    const width = /[\u2e80-\uffff]/.test(part) ? SQUARE : widthOf(part);
    // Space at the end of a line takes no room.
    if (used > 0 && used + width > line && part.trim() !== '') [lines, used] = [lines + 1, 0];
    for (used += width; used > line && width > line; used -= line) lines++;
  }
  return lines;
}

function widest({ length }: string): number {
  return length * LETTER;
}

/** What is left and right of the tests and the target of a rule that has one line for both, as rule-row.css has it. */
const AROUND_LINE = 84;

/** Do tests and target of a rule stand beside each other in a list of that width? `status`: what the word for what became of it takes there, in pixels. */
export function fitsLine(tests: readonly string[], target: string, width: number, status: number): boolean {
  const boxes = tests.reduce((sum, { length }) => sum + length * CHARACTER + PADDING + GAP, 0);
  return boxes + GAP + target.length * CHARACTER <= width - AROUND_LINE - status;
}
