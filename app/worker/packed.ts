/**
 * Long lists on their way from the worker to the page: 20,000 rules as objects keep the page busy for frames while they are
 * cloned. Here they travel as bytes that change hands, and each is read back when it is looked at.
 */

import type { Answer, ChainSummary, NodeSummary, RuleSummary, TableSummary } from './messages.ts';

/** Texts, one after the other: values as JSON, and rules in a form of their own. */
interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in `bytes` each ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

interface PackedChain extends Omit<ChainSummary, 'rules'> {
  /** Its rules are `first` to `first + count` of the list. */
  readonly first: number;
  readonly count: number;
}

interface PackedNode extends Omit<NodeSummary, 'tables' | 'problems'> {
  readonly tables: readonly (Omit<TableSummary, 'chains'> & { readonly chains: readonly PackedChain[] })[];
  readonly rules: Packed;
  readonly problems: Packed;
}

/** What is posted: answers whose long lists are packed. */
export type PackedAnswer =
  | Exclude<Answer, { kind: 'node' | 'traces' | 'set' }>
  | (Omit<Extract<Answer, { kind: 'node' }>, 'node'> & { readonly packed: PackedNode })
  | (Omit<Extract<Answer, { kind: 'traces' }>, 'problems'> & { readonly packed: Packed })
  | (Omit<Extract<Answer, { kind: 'set' }>, 'entries'> & { readonly packed: Packed });

/** So many characters are encoded at a time: one by one, short texts take much longer. */
const BATCH = 1 << 16;

export function pack(values: readonly unknown[], count: number): Packed {
  return packTexts(
    values.map((value) => JSON.stringify(value)),
    count,
  );
}

function packTexts(texts: Iterable<string>, count: number): Packed {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(Math.max(1024, count * 256));
  const ends = new Uint32Array(count);
  let at = 0;
  let i = 0;
  let batch: string[] = [];
  let length = 0;
  const flush = (): void => {
    // A character is at most three bytes.
    if (bytes.length - at < length * 3) {
      const more = new Uint8Array(Math.max(bytes.length * 2, at + length * 3));
      more.set(bytes.subarray(0, at));
      bytes = more;
    }
    const { written } = encoder.encodeInto(batch.join(''), bytes.subarray(at));
    for (const text of batch) {
      at += written === length ? text.length : encoder.encode(text).length;
      ends[i++] = at;
    }
    batch = [];
    length = 0;
  };
  for (const text of texts) {
    batch.push(text);
    length += text.length;
    if (length >= BATCH) flush();
  }
  flush();
  return { bytes: bytes.slice(0, at), ends };
}

/** The list back, whole to whoever asks for its length, each value read when it is first asked for. The same value is the same object each time. */
export const unpack = <T>(packed: Packed): readonly T[] => unpackTexts(packed, 0, packed.ends.length, (text) => JSON.parse(text) as T);

/** `read` makes a value of its text and its place. */
function unpackTexts<T>({ bytes, ends }: Packed, first: number, count: number, read: (text: string, i: number) => T): readonly T[] {
  const decoder = new TextDecoder();
  const textOf = (i: number): string => decoder.decode(bytes.subarray(first + i === 0 ? 0 : ends[first + i - 1], ends[first + i]));
  const has = (key: string | symbol): boolean => typeof key === 'string' && /^\d+$/.test(key) && Number(key) < count;
  return new Proxy<T[]>(new Array<T>(count), {
    get(known, key, list) {
      if (!has(key)) return Reflect.get(known, key, list) as unknown;
      const i = Number(key);
      known[i] ??= read(textOf(i), i);
      return known[i];
    },
    has: (known, key) => has(key) || Reflect.has(known, key),
    set: () => false,
  });
}

export function packAnswer(answer: Answer): { readonly message: PackedAnswer; readonly transfer: ArrayBuffer[] } {
  switch (answer.kind) {
    case 'node': {
      const { node, ...rest } = answer;
      const packed = packNode(node);
      return { message: { ...rest, packed }, transfer: [...buffersOf(packed.rules), ...buffersOf(packed.problems)] };
    }
    case 'traces': {
      const { problems, ...rest } = answer;
      const packed = pack(problems, problems.length);
      return { message: { ...rest, packed }, transfer: buffersOf(packed) };
    }
    case 'set': {
      const { entries, ...rest } = answer;
      const packed = pack(entries, entries.length);
      return { message: { ...rest, packed }, transfer: buffersOf(packed) };
    }
    default:
      return { message: answer, transfer: [] };
  }
}

/** An answer as it was before it was packed; one that was not is given back. */
export function unpackAnswer(message: Answer | PackedAnswer): Answer {
  if (!('packed' in message)) return message;
  switch (message.kind) {
    case 'node': {
      const { packed, ...rest } = message;
      return { ...rest, node: unpackNode(packed) };
    }
    case 'traces': {
      const { packed, ...rest } = message;
      return { ...rest, problems: unpack(packed) };
    }
    case 'set': {
      const { packed, ...rest } = message;
      return { ...rest, entries: unpack(packed) };
    }
  }
}

const buffersOf = ({ bytes, ends }: Packed): ArrayBuffer[] => [bytes.buffer, ends.buffer];

// --- A rule, line by line -------------------------------------------------------------------------------------------

type Rest = Partial<Pick<RuleSummary, 'comment' | 'purpose' | 'packets' | 'problems'>>;

/** What adds up in the second line. */
const GOTO = 1;
const TO_CHAIN = 2;
const NO_TARGET = 4;
const WITH_REST = 8;

/**
 * Number of its line, what adds up, source, target, options, then what most rules do not have as JSON, where it is there at all, then its
 * tests. Its number is its place in the chain. No text of a rule holds a line feed, since rules are lines.
 */
function packRule({ line, source, tests, target, targetOptions, goto, toChain, comment, purpose, packets, problems }: RuleSummary): string {
  const withRest = comment !== null || purpose !== null || packets !== undefined || problems !== undefined;
  const what = (goto ? GOTO : 0) + (toChain ? TO_CHAIN : 0) + (target === null ? NO_TARGET : 0) + (withRest ? WITH_REST : 0);
  let text = `${line}\n${what}\n${source}\n${target ?? ''}\n${targetOptions}`;
  if (withRest) {
    const rest: Rest = { ...(comment !== null && { comment }), ...(purpose && { purpose }), ...(packets !== undefined && { packets }), ...(problems && { problems }) };
    text += `\n${JSON.stringify(rest)}`;
  }
  for (const test of tests) text += `\n${test}`;
  return text;
}

function unpackRule(text: string, i: number): RuleSummary {
  const [line, sum, source = '', target = '', targetOptions = '', ...more] = text.split('\n');
  const what = Number(sum);
  const rest = (what & WITH_REST) !== 0 ? (JSON.parse(more.shift() ?? '{}') as Rest) : null;
  return {
    number: i + 1,
    line: Number(line),
    source,
    tests: more,
    comment: null,
    target: (what & NO_TARGET) !== 0 ? null : target,
    targetOptions,
    goto: (what & GOTO) !== 0,
    toChain: (what & TO_CHAIN) !== 0,
    purpose: null,
    ...rest,
  };
}

function packNode({ tables, problems, ...rest }: NodeSummary): PackedNode {
  let count = 0;
  const packedTables = tables.map(({ chains, ...table }) => ({
    ...table,
    chains: chains.map(({ rules, ...chain }) => {
      const first = count;
      count += rules.length;
      return { ...chain, first, count: rules.length };
    }),
  }));
  function* rules(): Iterable<string> {
    for (const table of tables) for (const chain of table.chains) for (const rule of chain.rules) yield packRule(rule);
  }
  return { ...rest, tables: packedTables, rules: packTexts(rules(), count), problems: pack(problems, problems.length) };
}

function unpackNode({ tables, rules, problems, ...rest }: PackedNode): NodeSummary {
  const chainOf = ({ first, count, ...chain }: PackedChain): ChainSummary => {
    let list: readonly RuleSummary[] | null = null;
    return {
      ...chain,
      get rules() {
        list ??= unpackTexts(rules, first, count, unpackRule);
        return list;
      },
    };
  };
  return { ...rest, tables: tables.map(({ chains, ...table }) => ({ ...table, chains: chains.map(chainOf) })), problems: unpack(problems) };
}
