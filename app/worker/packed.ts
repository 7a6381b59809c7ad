/**
 * Long lists on their way from the worker to the page: 20,000 rules as objects keep the page busy for frames while they are
 * cloned. Here they travel as bytes that change hands, and each is read back when it is looked at.
 */

import type { Answer, ChainSummary, NodeSummary, RuleSummary, TableSummary } from './messages.ts';

/** Values as JSON, one after the other. */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in `bytes` each value ends. */
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

export function pack(values: Iterable<unknown>, count: number): Packed {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(Math.max(1024, count * 256));
  const ends = new Uint32Array(count);
  let at = 0;
  let i = 0;
  for (const value of values) {
    const text = JSON.stringify(value);
    // A character is at most three bytes.
    if (bytes.length - at < text.length * 3) {
      const more = new Uint8Array(Math.max(bytes.length * 2, at + text.length * 3));
      more.set(bytes.subarray(0, at));
      bytes = more;
    }
    at += encoder.encodeInto(text, bytes.subarray(at)).written;
    ends[i++] = at;
  }
  return { bytes: bytes.slice(0, at), ends };
}

/**
 * The list back, whole to whoever asks for its length, each value read when it is first asked for. The same value is the same object each
 * time. `revive` makes a value of what was packed for it and its place.
 */
export function unpack<T, P = T>({ bytes, ends }: Packed, first = 0, count = ends.length - first, revive?: (packed: P, i: number) => T): readonly T[] {
  const decoder = new TextDecoder();
  const read = (i: number): T => {
    const value = JSON.parse(decoder.decode(bytes.subarray(first + i === 0 ? 0 : ends[first + i - 1], ends[first + i]))) as P;
    return revive ? revive(value, i) : (value as unknown as T);
  };
  const has = (key: string | symbol): boolean => typeof key === 'string' && /^\d+$/.test(key) && Number(key) < count;
  return new Proxy<T[]>(new Array<T>(count), {
    get(known, key, list) {
      if (!has(key)) return Reflect.get(known, key, list) as unknown;
      const i = Number(key);
      known[i] ??= read(i);
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

// --- A rule, without the names of its fields ------------------------------------------------------------------------

type Rest = Pick<RuleSummary, 'comment' | 'purpose' | 'packets' | 'problems'>;

/** Its number is its place in the chain. `what` adds up GOTO and TO_CHAIN; what most rules do not have comes last, where it is there at all. */
type PackedRule = readonly [line: number, source: string, tests: readonly string[], target: string | null, options: string, what: number, rest?: Partial<Rest>];

const GOTO = 1;
const TO_CHAIN = 2;

function packRule({ line, source, tests, target, targetOptions, goto, toChain, comment, purpose, packets, problems }: RuleSummary): PackedRule {
  const what = (goto ? GOTO : 0) + (toChain ? TO_CHAIN : 0);
  if (comment === null && purpose === null && packets === undefined && problems === undefined) return [line, source, tests, target, targetOptions, what];
  return [
    line,
    source,
    tests,
    target,
    targetOptions,
    what,
    { ...(comment !== null && { comment }), ...(purpose && { purpose }), ...(packets !== undefined && { packets }), ...(problems && { problems }) },
  ];
}

function unpackRule([line, source, tests, target, targetOptions, what, rest]: PackedRule, i: number): RuleSummary {
  return { number: i + 1, line, source, tests, comment: null, target, targetOptions, goto: (what & GOTO) !== 0, toChain: (what & TO_CHAIN) !== 0, purpose: null, ...rest };
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
  function* rules(): Iterable<PackedRule> {
    for (const table of tables) for (const chain of table.chains) for (const rule of chain.rules) yield packRule(rule);
  }
  return { ...rest, tables: packedTables, rules: pack(rules(), count), problems: pack(problems, problems.length) };
}

function unpackNode({ tables, rules, problems, ...rest }: PackedNode): NodeSummary {
  const chainOf = ({ first, count, ...chain }: PackedChain): ChainSummary => {
    let list: readonly RuleSummary[] | null = null;
    return {
      ...chain,
      get rules() {
        list ??= unpack(rules, first, count, unpackRule);
        return list;
      },
    };
  };
  return { ...rest, tables: tables.map(({ chains, ...table }) => ({ ...table, chains: chains.map(chainOf) })), problems: unpack(problems) };
}
