/**
 * JSON with places: the value, and where in the text each part of it stands, so that a mistake in a file of packets can
 * be pointed at. Standard JSON (RFC 8259) and nothing more; a byte order mark at the start is skipped.
 */

/** Where a text stops being JSON. Line and column count from 1, columns in code points. */
export interface JsonFailure {
  readonly line: number;
  readonly column: number;
  readonly failure: string;
}

export interface JsonText {
  readonly value: unknown;
  /** Place of the value at `path` (keys, indexes from 0); of a key that is missing, the place of the object around it. */
  locate(path: readonly (string | number)[]): { readonly line: number; readonly column: number };
}

interface Located {
  readonly value: unknown;
  readonly start: number;
  readonly children: ReadonlyMap<string | number, Located> | null;
}

export function parseJson(text: string): JsonText | JsonFailure {
  const reader = new JsonReader(text);
  const root = reader.read();
  if (root === null) return { ...placeOf(text, reader.at), failure: reader.failure };
  return {
    value: root.value,
    locate(path) {
      let part = root;
      for (const key of path) {
        const child = part.children?.get(key);
        if (!child) break;
        part = child;
      }
      return placeOf(text, part.start);
    },
  };
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(start)].length + 1 };
}

/** Deeper nesting than any packet has; a bound against running out of stack. */
const MAX_DEPTH = 500;

class JsonReader {
  readonly #text: string;
  at = 0;
  failure = '';

  constructor(text: string) {
    this.#text = text;
  }

  /** The whole text; null if it is not JSON, then `at` and `failure` say where and why. */
  read(): Located | null {
    if (this.#text.charCodeAt(0) === 0xfeff) this.at = 1;
    const root = this.#value(0);
    if (root === null) return null;
    this.#blank();
    return this.at < this.#text.length ? this.#fail(`${this.#here()} after the end of the JSON`) : root;
  }

  #value(depth: number): Located | null {
    this.#blank();
    if (depth > MAX_DEPTH) return this.#fail('nested too deeply');
    const start = this.at;
    const next = this.#text[this.at];
    if (next === '{') return this.#object(start, depth);
    if (next === '[') return this.#array(start, depth);
    if (next === '"') {
      const value = this.#string();
      return value === null ? null : { value, start, children: null };
    }
    const match = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;
    match.lastIndex = start;
    const literal = match.exec(this.#text)?.[0];
    if (literal === undefined) return this.#fail(`${this.#here()} where a value belongs${/[0-9+.-]/.test(next ?? '') ? ' (numbers are decimal)' : ''}`);
    this.at += literal.length;
    return { value: JSON.parse(literal) as unknown, start, children: null };
  }

  #object(start: number, depth: number): Located | null {
    const value: Record<string, unknown> = {};
    const children = new Map<string, Located>();
    this.at++;
    for (let first = true; ; first = false) {
      this.#blank();
      if (this.#text[this.at] === '}' && first) break;
      if (this.#text[this.at] !== '"') return this.#fail(`${this.#here()} where a key in quotes belongs`);
      const place = this.at;
      const key = this.#string();
      if (key === null) return null;
      if (children.has(key)) return this.#fail(`"${key}" stands twice in one object`, place);
      this.#blank();
      if (this.#text[this.at] !== ':') return this.#fail(`${this.#here()} where ":" belongs`);
      this.at++;
      const item = this.#value(depth + 1);
      if (item === null) return null;
      // Not by assignment: a key "__proto__" is a key like any other.
      Object.defineProperty(value, key, { value: item.value, enumerable: true, configurable: true, writable: true });
      children.set(key, { ...item, start: place });
      this.#blank();
      if (this.#text[this.at] === '}') break;
      if (this.#text[this.at] !== ',') return this.#fail(`${this.#here()} where "," or "}" belongs`);
      this.at++;
    }
    this.at++;
    return { value, start, children };
  }

  #array(start: number, depth: number): Located | null {
    const value: unknown[] = [];
    const children = new Map<number, Located>();
    this.at++;
    for (let first = true; ; first = false) {
      this.#blank();
      if (this.#text[this.at] === ']' && first) break;
      const item = this.#value(depth + 1);
      if (item === null) return null;
      children.set(value.length, item);
      value.push(item.value);
      this.#blank();
      if (this.#text[this.at] === ']') break;
      if (this.#text[this.at] !== ',') return this.#fail(`${this.#here()} where "," or "]" belongs`);
      this.at++;
    }
    this.at++;
    return { value, start, children };
  }

  #string(): string | null {
    const start = this.at;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them raw inside strings
    const match = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    match.lastIndex = start;
    const found = match.exec(this.#text)?.[0];
    if (found === undefined) return this.#fail('a string without its closing quote, or with a character that needs a backslash');
    this.at += found.length;
    return JSON.parse(found) as string;
  }

  #blank(): void {
    while (' \t\r\n'.includes(this.#text[this.at] ?? 'x')) this.at++;
  }

  #here(): string {
    const next = this.#text.slice(this.at).match(/^(?:[\w+.-]+|.)/su)?.[0];
    return next === undefined ? 'the text ends' : `"${next.slice(0, 20)}"`;
  }

  #fail(failure: string, at = this.at): null {
    this.at = at;
    this.failure = failure;
    return null;
  }
}
