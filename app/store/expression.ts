/**
 * Expressions on the packet's fields, for breakpoints. A field that a packet does not have compares false.
 *
 *     expression = and { ("or" | "||") and }
 *     and        = not { ("and" | "&&") not }
 *     not        = ("not" | "!") not | "(" expression ")" | comparison
 *     comparison = NUMBER ["&" mask] ("=" | "!=" | "<" | "<=" | ">" | ">=") value     mark & 0x4000 = 0x4000
 *                | NUMBER "&" mask                                                    mark & 0x4000: any of these bits is set
 *                | NUMBER "in" low "-" high                                           dport in 30000-32767
 *                | ADDRESS ("in" prefix | "=" address | "!=" address)                 src in 10.16.0.0/16
 *                | NAME ("=" | "!=") name                                             in = eth0, ctstate != NEW; eth+ is a prefix
 *                | "flags" ("&" flags | "=" flags | "!=" flags)                       flags & SYN,ACK: any of them is set
 *     NUMBER     = mark | ctmark | sport | dport | ttl | tos | length
 *     ADDRESS    = src | dst
 *     NAME       = in | out | proto | ctstate | direction
 */

import { Address4, Address6 } from 'ip-address';
import type { PacketState } from '../worker/messages.ts';
import { TCP_FLAG_CHOICES } from './draft.ts';

export type Expression = (state: PacketState) => boolean;

/** Why a text is none, and at which character, from 0; the words are in `text/`. */
export interface ExpressionFailure {
  readonly kind: 'field' | 'operator' | 'number' | 'range' | 'address' | 'prefix' | 'name' | 'flags' | 'bracket' | 'more';
  readonly at: number;
  /** What stands there; empty at the end. */
  readonly found: string;
}

const NUMBERS = {
  mark: ({ mark }) => mark,
  ctmark: ({ conntrack }) => conntrack.mark,
  sport: ({ sport }) => sport,
  dport: ({ dport }) => dport,
  ttl: ({ ttl }) => ttl,
  tos: ({ tos }) => tos,
  length: ({ length }) => length,
} as const satisfies Record<string, (state: PacketState) => number | null>;

const ADDRESSES = { src: ({ src }) => src, dst: ({ dst }) => dst } as const satisfies Record<string, (state: PacketState) => string>;

const NAMES = {
  in: (state) => state.in,
  out: ({ out }) => out,
  proto: ({ proto }) => proto,
  ctstate: ({ conntrack }) => conntrack.ctstate,
  direction: ({ conntrack }) => conntrack.direction,
} as const satisfies Record<string, (state: PacketState) => string | null>;

export const EXPRESSION_FIELDS: readonly string[] = [...Object.keys(NUMBERS), ...Object.keys(ADDRESSES), ...Object.keys(NAMES), 'flags'];

const COMPARE = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
} as const satisfies Record<string, (a: number, b: number) => boolean>;

interface Token {
  readonly text: string;
  readonly at: number;
}

const TOKEN = /&&|\|\||!=|==|<=|>=|[()!=<>&|]|[^\s()!=<>&|]+/g;
/** No reader of expressions nests brackets so deep; it keeps the reading itself from running out of stack. */
const DEEPEST = 50;

export function parseExpression(text: string): Expression | ExpressionFailure {
  const tokens: Token[] = [...text.matchAll(TOKEN)].map((found) => ({ text: found[0], at: found.index }));
  return new Reader(tokens, text.length).read();
}

/** Thrown and caught in this file only: the place where the text stops to be an expression. */
class Stray extends Error {
  readonly failure: ExpressionFailure;
  constructor(failure: ExpressionFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

class Reader {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #next = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = { text: '', at: end };
  }

  read(): Expression | ExpressionFailure {
    try {
      const found = this.#or(0);
      return this.#next < this.#tokens.length ? this.#failure('more') : found;
    } catch (error) {
      if (error instanceof Stray) return error.failure;
      throw error;
    }
  }

  #here(): Token {
    return this.#tokens[this.#next] ?? this.#end;
  }

  #failure(kind: ExpressionFailure['kind']): ExpressionFailure {
    const { at, text } = this.#here();
    return { kind, at, found: text };
  }

  #stray(kind: ExpressionFailure['kind']): never {
    throw new Stray(this.#failure(kind));
  }

  /** Takes the token if it is one of these. */
  #take(...texts: readonly string[]): string | null {
    const { text } = this.#here();
    if (!texts.includes(text.toLowerCase())) return null;
    this.#next++;
    return text.toLowerCase();
  }

  /** Takes the token as a value, which `read` makes of its text. */
  #value<T>(kind: ExpressionFailure['kind'], read: (text: string) => T | null): T {
    const value = read(this.#here().text);
    if (value === null) return this.#stray(kind);
    this.#next++;
    return value;
  }

  #or(depth: number): Expression {
    const parts = [this.#and(depth)];
    while (this.#take('or', '||')) parts.push(this.#and(depth));
    return (state) => parts.some((part) => part(state));
  }

  #and(depth: number): Expression {
    const parts = [this.#not(depth)];
    while (this.#take('and', '&&')) parts.push(this.#not(depth));
    return (state) => parts.every((part) => part(state));
  }

  #not(depth: number): Expression {
    if (depth > DEEPEST) this.#stray('bracket');
    if (this.#take('not', '!')) {
      const inner = this.#not(depth + 1);
      return (state) => !inner(state);
    }
    if (this.#take('(')) {
      const inner = this.#or(depth + 1);
      if (!this.#take(')')) this.#stray('bracket');
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): Expression {
    const field = this.#take(...EXPRESSION_FIELDS);
    if (field === null) return this.#stray('field');
    if (field in NUMBERS) return this.#number(NUMBERS[field as keyof typeof NUMBERS]);
    if (field in ADDRESSES) return this.#address(ADDRESSES[field as keyof typeof ADDRESSES]);
    if (field in NAMES) return this.#name(NAMES[field as keyof typeof NAMES]);
    return this.#flags();
  }

  #number(get: (state: PacketState) => number | null): Expression {
    const when = (holds: (value: number) => boolean): Expression => {
      return (state) => {
        const value = get(state);
        return value !== null && holds(value);
      };
    };
    if (this.#take('in')) {
      const [low, high] = this.#value('range', readRange);
      return when((value) => value >= low && value <= high);
    }
    const mask = this.#take('&') ? this.#value('number', readNumber) : null;
    const sign = this.#take(...Object.keys(COMPARE)) as keyof typeof COMPARE | null;
    const masked = (value: number): number => (mask === null ? value : (value & mask) >>> 0);
    if (sign === null) return mask === null ? this.#stray('operator') : when((value) => masked(value) !== 0);
    const wanted = this.#value('number', readNumber);
    return when((value) => COMPARE[sign](masked(value), wanted));
  }

  #address(get: (state: PacketState) => string): Expression {
    if (this.#take('in')) {
      const holds = this.#value('prefix', readPrefix);
      return (state) => holds(get(state));
    }
    const sign = this.#take('=', '==', '!=') ?? this.#stray('operator');
    const holds = this.#value('address', (text) => (text.includes('/') ? null : readPrefix(text)));
    return (state) => holds(get(state)) === (sign !== '!=');
  }

  #name(get: (state: PacketState) => string | null): Expression {
    const sign = this.#take('=', '==', '!=') ?? this.#stray('operator');
    const wanted = this.#value('name', (text) => (/^[\w.@:*+-]+$/.test(text) ? text.toLowerCase() : null));
    const isPrefix = /[+*]$/.test(wanted);
    return (state) => {
      const value = get(state)?.toLowerCase();
      if (value === undefined) return false;
      return (isPrefix ? value.startsWith(wanted.slice(0, -1)) : value === wanted) === (sign !== '!=');
    };
  }

  #flags(): Expression {
    const sign = this.#take('&', '=', '==', '!=') ?? this.#stray('operator');
    const wanted = this.#value('flags', readFlags);
    return ({ flags }) => {
      if (flags === null) return false;
      if (sign === '&') return wanted.some((flag) => flags.includes(flag));
      return (flags.length === wanted.length && wanted.every((flag) => flags.includes(flag))) === (sign !== '!=');
    };
  }
}

function readNumber(text: string): number | null {
  if (!/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return null;
  const value = Number(text);
  return value <= 0xffffffff ? value : null;
}

function readRange(text: string): readonly [number, number] | null {
  const [low, high] = text.split(/[-:]/, 2).map(readNumber);
  return low === undefined || low === null || high === undefined || high === null || low > high ? null : [low, high];
}

/** Whether an address lies in it; other families never do. */
function readPrefix(text: string): ((address: string) => boolean) | null {
  if (Address4.isValid(text)) {
    const prefix = new Address4(text);
    return (address) => Address4.isValid(address) && new Address4(address).isInSubnet(prefix);
  }
  if (!text.includes('%') && Address6.isValid(text)) {
    const prefix = new Address6(text);
    return (address) => Address6.isValid(address) && new Address6(address).isInSubnet(prefix);
  }
  return null;
}

function readFlags(text: string): readonly string[] | null {
  const flags = [...new Set(text.toUpperCase().split(','))];
  return flags.every((flag) => (TCP_FLAG_CHOICES as readonly string[]).includes(flag)) ? flags : null;
}
