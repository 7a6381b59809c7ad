/** Colours and widths. The colours follow the page's: accept blue, drop red, rewrite violet, mark yellow; never green against red. */

export interface Painter {
  bold(text: string): string;
  faint(text: string): string;
  accept(text: string): string;
  drop(text: string): string;
  rewrite(text: string): string;
  mark(text: string): string;
}

/** ECMA-48 SGR codes; without colour the text stays as it is. */
export function painter(color: boolean): Painter {
  const paint = (code: string, end: string) => (text: string) => (color && text !== '' ? `\u001b[${code}m${text}\u001b[${end}m` : text);
  return { bold: paint('1', '22'), faint: paint('2', '22'), accept: paint('36', '39'), drop: paint('31', '39'), rewrite: paint('35', '39'), mark: paint('33', '39') };
}

/** Columns a text takes on a terminal: wide characters of East Asian scripts take two (Unicode TR11), combining marks none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const point of text) width += pointWidth(point.codePointAt(0) as number);
  return width;
}

function pointWidth(point: number): number {
  if ((point >= 0x300 && point <= 0x36f) || point === 0x200d || (point >= 0xfe00 && point <= 0xfe0f)) return 0;
  const wide =
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0x1f300 && point <= 0x1faff) ||
    (point >= 0x20000 && point <= 0x3fffd);
  return wide ? 2 : 1;
}

/** Where a line may break: at blanks, save between `-j` and its target, and behind a character of Chinese before another or a word. */
const BREAKS = /(?<!(?:^| )-[jgm]) |(?<=[\p{Script=Han}，。；：、）])(?=[\p{Script=Han}（0-9A-Za-z])/u;

/** Breaks so that no line is wider than `width`; a longer word stays whole. Null: no limit. */
export function wrap(text: string, width: number | null): readonly string[] {
  if (width === null || textWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  let at = 0;
  for (const [i, word] of text.split(BREAKS).entries()) {
    const blank = i > 0 && text[at] === ' ' ? ' ' : '';
    at += blank.length + word.length;
    if (line !== '' && textWidth(line) + blank.length + textWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = `${line}${line === '' ? '' : blank}${word}`;
  }
  return [...lines, line];
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Text from files, safe on a terminal: control characters, which could move the cursor or change colours, are shown as `\\x1b`. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
