/** Data in texts: addresses and prefixes, marks, names of chains and sets, addresses of rules; and which of them belong together. */

import { parseAddress } from '../../engine/index.ts';

export interface Datum {
  /** Where in the text it begins. */
  readonly at: number;
  readonly text: string;
}

const WORD = /[A-Za-z0-9_:.@+/[\]-]+/g;
const MARK = /^0x[0-9a-f]{1,8}(\/0x[0-9a-f]{1,8})?$/i;

/** `names`: of chains and sets. */
export function dataIn(text: string, names: ReadonlySet<string>): readonly Datum[] {
  const data: Datum[] = [];
  for (const { 0: raw, index } of text.matchAll(WORD)) {
    // A sentence's own signs end a word; a port belongs to nobody's prefix.
    const word = raw.replace(/[.:,]+$/, '');
    const bare = /^\[(.+)\](:\d+)?$/.exec(word)?.[1] ?? (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(word) ? word.slice(0, word.indexOf(':')) : word);
    if (MARK.test(bare) || prefixOf(bare) || names.has(placeOf(bare).chain)) data.push({ at: index + raw.indexOf(bare), text: bare });
  }
  return data;
}

/** Whether the one is to be seen with the other: the same, a prefix and what is in it, a mark and a test that it passes, a chain and its rules. */
export function isLinked(one: Datum, other: Datum): boolean {
  if (one.text === other.text) return true;
  if (MARK.test(one.text)) return MARK.test(other.text) && (passes(one.text, other.text) || passes(other.text, one.text));
  const [a, b] = [prefixOf(one.text), prefixOf(other.text)];
  if (a && b) return holds(a, b) || holds(b, a);
  if (a || b) return false;
  const [from, to] = [placeOf(one.text), placeOf(other.text)];
  return from.chain === to.chain && (from.rule === null || to.rule === null || from.rule === to.rule);
}

/** `nat/OVN-POSTROUTING/10`, `OVN-POSTROUTING/10` or a name alone. */
function placeOf(word: string): { readonly chain: string; readonly rule: string | null } {
  const [, chain, rule] = /^(?:.*\/)?([^/]+)\/(\d+)$/.exec(word) ?? [];
  return chain !== undefined && rule !== undefined ? { chain, rule } : { chain: word.slice(word.lastIndexOf('/') + 1), rule: null };
}

/** A mark, and `value/mask` of a test. Nothing passes as no mark at all. */
function passes(mark: string, test: string): boolean {
  if (mark.includes('/')) return false;
  const [value = 0, mask = 0xffffffff] = test.split('/').map(Number);
  return Number(mark) !== 0 && value !== 0 && (Number(mark) & mask) >>> 0 === value >>> 0;
}

interface Prefix {
  readonly bits: bigint;
  readonly length: number;
  readonly six: boolean;
}

function prefixOf(word: string): Prefix | null {
  const [, address = '', length] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(word) ?? [];
  if (!/[.:].*[.:]/.test(address)) return null;
  const parsed = parseAddress(address);
  if (!parsed) return null;
  const six = address.includes(':');
  const most = six ? 128 : 32;
  const words = [...parsed.words];
  return { bits: words.reduce((all, part) => (all << 32n) | BigInt(part >>> 0), 0n), length: Math.min(most, Number(length ?? most)), six };
}

/** Everything is in the prefix of everything: that says nothing. */
function holds(outer: Prefix, inner: Prefix): boolean {
  const rest = BigInt((outer.six ? 128 : 32) - outer.length);
  return outer.six === inner.six && outer.length > 0 && outer.length <= inner.length && outer.bits >> rest === inner.bits >> rest;
}
