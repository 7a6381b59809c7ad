/**
 * The lists that `ip -j` prints: `[{…},{…}]`, often on one long line. Each element is read by itself and keeps its place,
 * so a list that is cut short still gives the elements before the cut.
 */

import type { Span } from '../model/diagnostic.ts';
import { isRecord } from '../model/shape.ts';
import { report, type Report } from './text.ts';

export class JsonItem {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly span: Span;

  constructor(fields: Readonly<Record<string, unknown>>, span: Span) {
    this.fields = fields;
    this.span = span;
  }

  text(key: string): string | null {
    const value = this.fields[key];
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
  }

  /** A number, or text that is one in decimal or hex. */
  number(key: string): number | null {
    const value = this.fields[key];
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    return typeof value === 'string' && /^(0x[0-9a-fA-F]+|\d+)$/.test(value) ? Number(value) : null;
  }

  texts(key: string): string[] {
    const value = this.fields[key];
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  }

  /** Objects of a list, or the object itself. */
  items(key: string): JsonItem[] {
    const value = this.fields[key];
    const list = Array.isArray(value) ? value : [value];
    return list.filter(isRecord).map((fields) => new JsonItem(fields, this.span));
  }

  has(key: string): boolean {
    return Object.hasOwn(this.fields, key);
  }
}

/** Elements of the list that `text` holds; empty objects, which `ip` prints for what it filtered, are left out. */
export function parseJsonList(text: string, firstLine: number, to: Report): JsonItem[] {
  const items: JsonItem[] = [];
  let line = firstLine;
  let lineStart = 0;
  let at = 0;
  const length = text.length;
  // Code points of the line so far: `ip` prints thousands of elements on one line, which is not counted anew for each.
  let counted = { lineStart, offset: 0, points: 0 };
  const place = (offset: number): Span => {
    if (counted.lineStart !== lineStart) counted = { lineStart, offset: lineStart, points: 0 };
    for (; counted.offset < offset; counted.offset++) if ((text.charCodeAt(counted.offset) & 0xfc00) !== 0xdc00) counted.points++;
    return { line, column: counted.points + 1, length: 1 };
  };
  const skipBlanks = () => {
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === 10) {
        line++;
        lineStart = at + 1;
      } else if (code !== 32 && code !== 9 && code !== 13) return;
    }
  };
  skipBlanks();
  if (at >= length) return items;
  if (text[at] !== '[') {
    report(to, 'error', 'bad-json', place(at), 'this is not a list in JSON', 'print it with "ip -j"');
    return items;
  }
  at++;
  for (;;) {
    skipBlanks();
    if (text[at] === ']') {
      at++;
      skipBlanks();
      // `ip -j` may print several lists one after another.
      if (text[at] !== '[') break;
      at++;
      continue;
    }
    if (text[at] === ',') {
      at++;
      continue;
    }
    const span = place(at);
    if (at >= length) {
      report(to, 'error', 'bad-json', span, 'the list ends without "]"; it may be cut short', 'take the snapshot again');
      return items;
    }
    const start = at;
    const startLine = line;
    const startLineStart = lineStart;
    const end = elementEnd();
    const source = text.slice(start, end);
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch {
      report(to, 'error', 'bad-json', span, end >= length ? 'this element is cut short' : 'this element is not JSON', 'take the snapshot again');
      if (end >= length) return items;
      continue;
    }
    if (!isRecord(value)) report(to, 'warning', 'bad-json', span, 'this element is not an object', 'print it with "ip -j"');
    else if (Object.keys(value).length > 0)
      items.push(new JsonItem(value, { line: startLine, column: span.column, length: startLine === line && startLineStart === lineStart ? Math.max(1, source.length) : 1 }));
  }
  if (at < length) report(to, 'warning', 'bad-json', place(at), 'there is more text after the list', 'leave it out');
  return items;

  /** Offset behind the element that begins here, its brackets and strings closed. */
  function elementEnd(): number {
    let depth = 0;
    let quoted = false;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === 10) {
        line++;
        lineStart = at + 1;
      } else if (quoted) {
        if (code === 92) at++;
        else if (code === 34) quoted = false;
      } else if (code === 34) quoted = true;
      else if (code === 123 || code === 91) depth++;
      else if (code === 125 || code === 93) {
        if (depth > 0 && --depth === 0) return ++at;
        // A "}" that nothing opened is part of an element that is no JSON; only "]" ends the list.
        if (depth === 0 && code === 93) return at;
      } else if (depth === 0 && code === 44) return at;
    }
    return length;
  }
}

/** A field that cannot be read is a problem; the element is left out. */
export function badField(to: Report, item: JsonItem, what: string, key: string): null {
  report(
    to,
    'error',
    'bad-value',
    item.span,
    `${what}: "${key}" ${item.has(key) ? `is ${JSON.stringify(item.fields[key])}` : 'is missing'}`,
    'take the snapshot again with "ip -j"',
  );
  return null;
}
