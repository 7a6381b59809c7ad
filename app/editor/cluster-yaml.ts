/**
 * The text of a cluster as a document with places in it: what the form shows is read from the YAML, and what the form changes is written
 * into the YAML, so that there is one truth. A value that stands there already is replaced where it stands; anything else goes through the
 * parser's document, which keeps comments and order. It comes with the YAML parser: on the page only its types are used, the rest of it works in the worker.
 */

import { isMap, isScalar, isSeq, parseAllDocuments, stringify, type Document, type Node, type ParsedNode } from 'yaml';
import { gaps, type Gap } from './difference.ts';

export type Path = readonly (string | number)[];
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

export interface Place {
  /** Of the documents in the text, from 0. */
  readonly document: number;
  readonly path: Path;
}

export interface ClusterText {
  readonly text: string;
  readonly documents: readonly Document<ParsedNode>[];
}

/** The last texts that were read: an edit is made of one text and read back from the next, and the form is read from it once more. */
const known = new Map<string, ClusterText | null>();
const MOST_KNOWN = 3;

/** Null if it is no YAML: then nothing can be changed in it but by hand. Its documents are read, never written: changes are made in copies. */
export function readClusterText(text: string): ClusterText | null {
  const before = known.get(text);
  if (before !== undefined) return before;
  const read = parsed(text);
  for (const old of known.keys()) if (known.size >= MOST_KNOWN) known.delete(old);
  known.set(text, read);
  return read;
}

function parsed(text: string): ClusterText | null {
  try {
    const found = parseAllDocuments(text, { prettyErrors: false, stringKeys: true });
    const documents = (Array.isArray(found) ? found : []) as readonly Document<ParsedNode>[];
    return documents.some(({ errors }) => errors.length > 0) ? null : { text, documents };
  } catch {
    return null;
  }
}

/** What stands at a place, as plain data; undefined for nothing. */
export function valueAt({ documents }: ClusterText, { document, path }: Place): unknown {
  const found = documents[document]?.getIn(path, true) as Node | undefined;
  return found === undefined || documents[document] === undefined ? undefined : found.toJS(documents[document]);
}

/** Puts a value at a place, undefined takes away what is there; null if that cannot be done without more changing. */
export function withValue(cluster: ClusterText, place: Place, value: Value | undefined): string | null {
  return replaced(cluster, place, value) ?? rewritten(cluster, place.document, (document) => write(document, place.path, value));
}

/** Puts an item at the end of a list, which is made if it is not there. */
export function withItem(cluster: ClusterText, place: Place, value: Value): string | null {
  const change = (changed: Document): void => {
    const list = changed.getIn(place.path, true);
    if (!isSeq(list)) return write(changed, place.path, [value]);
    const last = list.items.at(-1);
    // As the one before it is written: on a line of its own, or on several.
    list.add(changed.createNode(value, { flow: isMap(last) && last.flow === true }));
  };
  return appended(cluster, place, value, change) ?? rewritten(cluster, place.document, change);
}

/** Takes an item out of a list; an empty list goes with it. */
export function withoutItem(cluster: ClusterText, { document, path }: Place, index: number): string | null {
  return rewritten(cluster, document, (changed) => {
    const list = changed.getIn(path, true);
    if (!isSeq(list)) throw new Error('no list');
    list.delete(index);
    if (list.items.length === 0) changed.deleteIn(path);
  });
}

/** Changes the places of two items of a list. */
export function withSwapped(cluster: ClusterText, { document, path }: Place, one: number, other: number): string | null {
  return rewritten(cluster, document, (changed) => {
    const list = changed.getIn(path, true);
    if (!isSeq(list) || !list.items[one] || !list.items[other]) throw new Error('no such items');
    [list.items[one], list.items[other]] = [list.items[other], list.items[one]];
  });
}

/** A text with another document at the end. */
export function withDocument({ text, documents }: ClusterText, value: Value): string {
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${before}${documents.length > 0 && text.trim() !== '' ? '---\n' : ''}${stringify(value, { lineWidth: 0 })}`;
}

/** A text without one of its documents; null where another one would change with it. */
export function withoutDocument({ text, documents }: ClusterText, index: number): string | null {
  const [from, to] = [index === 0 ? 0 : (documents[index]?.range?.[0] ?? 0), documents[index + 1]?.range?.[0] ?? text.length];
  const next = `${text.slice(0, from)}${text.slice(to)}`;
  return dataOf(next) === JSON.stringify(documents.filter((_, i) => i !== index).map((document) => document.toJS() as unknown)) ? next : null;
}

// --- How -----------------------------------------------------------------------------------------------------------

function write(document: Document, path: Path, value: Value | undefined): void {
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, typeof value === 'object' ? document.createNode(value) : value);
}

/** A plain value in place of another, nothing else touched. */
function replaced({ text, documents }: ClusterText, { document, path }: Place, value: Value | undefined): string | null {
  const found = documents[document]?.getIn(path, true);
  if (value === undefined || typeof value === 'object' || !isScalar(found) || !found.range) return null;
  if (found.type === 'BLOCK_FOLDED' || found.type === 'BLOCK_LITERAL' || found.anchor !== undefined || found.tag?.startsWith('!')) return null;
  const [from, to] = found.range;
  const gap = from > 0 && /[^\s[{]/.test(text[from - 1] ?? '') ? ' ' : '';
  const quotes = found.type === 'QUOTE_DOUBLE' || found.type === 'QUOTE_SINGLE' ? found.type : 'PLAIN';
  // As the value before it was written; in quotes where a plain one would mean something else, as commas do in a flow collection.
  for (const written of [stringify(value, { lineWidth: 0, defaultStringType: quotes }).trimEnd(), JSON.stringify(value)]) {
    const next = `${text.slice(0, from)}${gap}${written}${text.slice(to)}`;
    if (isOnlyChange({ text, documents }, next, { document, path }, value)) return next;
  }
  return null;
}

/** Lines behind the last item of a list, nothing else touched; null where the list is not written item by item. */
function appended({ text, documents }: ClusterText, { document, path }: Place, value: Value, change: (document: Document) => void): string | null {
  const list = documents[document]?.getIn(path, true);
  const last = isSeq(list) && list.flow !== true ? (list.items.at(-1) as Node | undefined) : undefined;
  if (!last?.range) return null;
  const [from, to] = last.range;
  const dash = /^( *)-[ ]+$/.exec(text.slice(text.lastIndexOf('\n', from - 1) + 1, from));
  if (!dash) return null;
  const flow = isMap(last) && last.flow === true;
  const lines = stringify(value, { lineWidth: 0, ...(flow && { collectionStyle: 'flow' }) })
    .trimEnd()
    .split('\n');
  const item = lines.map((line, i) => `${dash[1]}${i === 0 ? '- ' : '  '}${line}`).join('\n');
  // Behind what is said of the last item on its line.
  const end = text.indexOf('\n', Math.max(from, text[to - 1] === '\n' ? to - 1 : to));
  const next = end < 0 ? `${text}\n${item}\n` : `${text.slice(0, end)}\n${item}${text.slice(end)}`;
  const changed = documents[document]?.clone();
  if (!changed) return null;
  change(changed);
  return dataOf(next) === JSON.stringify(documents.map((other, i) => (i === document ? changed : other).toJS() as unknown)) ? next : null;
}

/** The rest of the text reads as it did, and the value is there. */
function isOnlyChange(before: ClusterText, text: string, place: Place, value: Value): boolean {
  const after = readClusterText(text);
  if (!after || after.documents.length !== before.documents.length || valueAt(after, place) !== value) return false;
  const old = before.documents[place.document]?.clone();
  old?.setIn(place.path, value);
  return JSON.stringify(old?.toJS()) === JSON.stringify(after.documents[place.document]?.toJS());
}

/** A change that touches no more lines than this was written in the style of the text. */
const FEW_LINES = 4;

/** One document with a change, the others as they are. */
function rewritten({ text, documents }: ClusterText, index: number, change: (document: Document) => void): string | null {
  const document = documents[index];
  if (!document) return null;
  try {
    const [from, to] = [index === 0 ? 0 : (document.range?.[0] ?? 0), documents[index + 1]?.range?.[0] ?? text.length];
    const own = text.slice(from, to);
    const changed = document.clone();
    change(changed);
    const rest = (written: string): string => `${text.slice(0, from)}${written.endsWith('\n') || to === text.length ? written : `${written}\n`}${text.slice(to)}`;
    const data = JSON.stringify(documents.map((other, i) => (i === index ? changed : other).toJS() as unknown));
    const written: { readonly text: string; readonly touched: number }[] = [];
    // Kubernetes' own printer writes the items of a list right below its key, people further in, and some do both.
    const kubernetes = /^( *)[^\s#-][^\n]*:[ \t]*\n\1- /m.test(own);
    for (const indentSeq of [!kubernetes, kubernetes]) {
      // What is written as JSON keeps to lines of a readable length.
      const options = { indentSeq, lineWidth: own.trimStart().startsWith('{') ? 80 : 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER };
      const wanted = changed.toString(options);
      for (const next of [mergedLines(own, document.toString(options), wanted), wanted]) {
        const touched = gaps(own.split('\n'), next.split('\n')).reduce((sum, gap) => sum + gap.goneTo - gap.goneFrom + gap.cameTo - gap.cameFrom, 0);
        written.push({ text: rest(next), touched });
      }
      if ((written[0]?.touched ?? 0) <= FEW_LINES) break;
    }
    written.sort((one, other) => one.touched - other.touched);
    return written.find((one) => dataOf(one.text) === data)?.text ?? null;
  } catch {
    // The place is behind an alias, or of another kind than the form takes it to be.
    return null;
  }
}

/** What a text says, to be compared; null if it is no YAML. */
function dataOf(text: string): string | null {
  const read = readClusterText(text);
  return read && JSON.stringify(read.documents.map((document) => document.toJS() as unknown));
}

/**
 * The parser's document prints in its own way: what it would print of the text as it is (`plain`) tells which of the lines it would print
 * now (`wanted`) come from the change. Those, and lines next to them that cannot be told apart, go into the text; the others stay.
 */
function mergedLines(text: string, plain: string, wanted: string): string {
  const [own, base, next] = [text, plain, wanted].map((one) => one.split('\n')) as [string[], string[], string[]];
  // Where as many lines are written otherwise, they are the same lines one by one.
  const spelling = gaps(base, own).flatMap((gap) => {
    const count = gap.goneTo - gap.goneFrom;
    if (count !== gap.cameTo - gap.cameFrom) return [gap];
    return Array.from({ length: count }, (_, i) => ({ goneFrom: gap.goneFrom + i, goneTo: gap.goneFrom + i + 1, cameFrom: gap.cameFrom + i, cameTo: gap.cameFrom + i + 1 }));
  });
  const changes = gaps(base, next);
  const lines: string[] = [];
  let at = 0;
  let done = 0;
  for (const change of changes) {
    if (change.goneTo <= done && change.goneFrom < done) continue;
    let [from, to] = [change.goneFrom, change.goneTo];
    for (let grown = true; grown; ) {
      grown = false;
      for (const { goneFrom, goneTo } of [...spelling, ...changes])
        if (goneFrom < to && goneTo > from && (goneFrom < from || goneTo > to)) {
          [from, to] = [Math.min(from, goneFrom), Math.max(to, goneTo)];
          grown = true;
        }
    }
    lines.push(...own.slice(at, across(spelling, from, 'start')), ...next.slice(across(changes, from, 'start'), across(changes, to, 'end')));
    at = across(spelling, to, 'end');
    done = to;
  }
  return [...lines, ...own.slice(at)].join('\n');
}

/** Where line `at`, which stands in no gap but may touch one, is on the other side: before what came there, or behind it. */
function across(found: readonly Gap[], at: number, side: 'start' | 'end'): number {
  const before = found.filter((gap) => gap.goneTo < at || (gap.goneTo === at && (side === 'end' || gap.goneFrom < at)));
  return before.reduce((sum, gap) => sum + gap.cameTo - gap.cameFrom - gap.goneTo + gap.goneFrom, at);
}

/** A document that is a map without `kind`: the short form. */
export function isShortForm(document: Document<ParsedNode>): boolean {
  return isMap(document.contents) && typeof document.contents.get('kind') !== 'string';
}
