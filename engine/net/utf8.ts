/** Text as the kernel and its tools count it: in bytes of UTF-8. Half of a surrogate pair counts as U+FFFD, which is what encoders write for it. */

function widthOf(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** Length in bytes. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const width = widthOf(text.codePointAt(i) as number);
    bytes += width;
    if (width === 4) i++;
  }
  return bytes;
}

/** The beginning of a text that fits into `max` bytes, no character cut in two. */
export function cutUtf8(text: string, max: number): string {
  // No character of two bytes in memory has more than three.
  if (text.length * 3 <= max) return text;
  let bytes = 0;
  let end = 0;
  for (const char of text) {
    bytes += widthOf(char.codePointAt(0) as number);
    if (bytes > max) break;
    end += char.length;
  }
  return text.slice(0, end);
}

/** The bytes themselves. */
export function utf8Bytes(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const given = char.codePointAt(0) as number;
    const point = given >= 0xd800 && given < 0xe000 ? 0xfffd : given;
    const width = widthOf(point);
    if (width === 1) bytes.push(point);
    else {
      bytes.push(((0xf00 >> width) & 0xff) | (point >> (6 * (width - 1))));
      for (let shift = 6 * (width - 2); shift >= 0; shift -= 6) bytes.push(0x80 | ((point >> shift) & 0x3f));
    }
  }
  return bytes;
}
