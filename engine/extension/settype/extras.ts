/**
 * What may follow an element: timeout, nomatch, counters, comment, skbinfo. Each needs its create option.
 *
 * Source: ipset(8) 7.17 "GENERIC CREATE AND ADD OPTIONS"; print order as `ipset save` has it.
 */

import { isFailure, type ValueFailure } from '../../model/option.ts';
import type { SetEntryExtras } from '../../model/set.ts';
import { utf8Length } from '../../net/utf8.ts';
import { hex } from '../option.ts';
import { MAX_TIMEOUT, wholeNumber } from './create-option.ts';
import type { SetLayout } from './settype.ts';

const MAX_COUNTER = Number.MAX_SAFE_INTEGER;
const MAX_COMMENT = 255;

type Draft = { -readonly [K in keyof SetEntryExtras]: SetEntryExtras[K] };

/** Reads the words after the element; null if there are none. `word` of a failure counts from 0 in `words`. */
export function parseExtras(layout: SetLayout, words: readonly string[]): SetEntryExtras | null | ValueFailure {
  if (words.length === 0) return null;
  const draft: Draft = {};
  for (let i = 0; i < words.length; i++) {
    const name = words[i] as string;
    if (name === 'nomatch' && layout.type.nomatch) draft.nomatch = true;
    else if (name === 'wildcard' && layout.type.name === 'hash:net,iface') draft.wildcard = true;
    else {
      const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
      if (!read) return { failure: `unknown argument "${name}"`, word: i };
      const refused = needs(layout, name);
      if (refused) return { ...refused, word: i };
      const value = words[++i];
      if (value === undefined) return { failure: `missing value of "${name}"`, word: i - 1 };
      if (Object.hasOwn(draft, name)) return { failure: `"${name}" already specified`, word: i - 1, hint: 'give it once' };
      const failure = read(value, draft);
      if (failure) return { ...failure, word: i };
    }
  }
  return draft;
}

function needs(layout: SetLayout, name: string): ValueFailure | null {
  const [missing, option] =
    name === 'timeout'
      ? [layout.timeout === null, 'timeout']
      : name === 'comment'
        ? [!layout.comment, 'comment']
        : name === 'packets' || name === 'bytes'
          ? [!layout.counters, 'counters']
          : [!layout.skbinfo, 'skbinfo'];
  return missing ? { failure: `${name} cannot be used: set was created without ${option} support`, hint: `create the set with ${option}` } : null;
}

function number(key: 'timeout' | 'packets' | 'bytes' | 'skbqueue', high: number) {
  return (text: string, draft: Draft): ValueFailure | null => {
    const value = wholeNumber(text, 0, high);
    if (isFailure(value)) return value;
    draft[key] = value;
    return null;
  };
}

const READERS: Readonly<Record<string, (text: string, draft: Draft) => ValueFailure | null>> = {
  timeout: number('timeout', MAX_TIMEOUT),
  packets: number('packets', MAX_COUNTER),
  bytes: number('bytes', MAX_COUNTER),
  skbqueue: number('skbqueue', 65535),
  comment(text, draft) {
    if (text.includes('"')) return { failure: '" is not permitted in comments' };
    if (utf8Length(text) > MAX_COMMENT) return { failure: `comment is longer than ${MAX_COMMENT} characters` };
    draft.comment = text;
    return null;
  },
  skbmark(text, draft) {
    // sscanf("0x%x/0x%x"): what it does not understand behind the mark says nothing.
    const match = /^0x([0-9a-f]{1,8})(?:\/0x([0-9a-f]{1,8}))?/i.exec(text);
    if (!match) return { failure: `invalid skbmark "${text}"`, hint: 'write it like 0x1/0xff or 0x1' };
    draft.skbmark = [Number.parseInt(match[1] as string, 16), match[2] === undefined ? 0xffffffff : Number.parseInt(match[2], 16)];
    return null;
  },
  skbprio(text, draft) {
    const match = /^(?:0x)?([0-9a-f]{1,4}):(?:0x)?([0-9a-f]{1,4})$/i.exec(text);
    if (!match) return { failure: `invalid skbprio "${text}"`, hint: 'write it like 1:10, major and minor in hex' };
    draft.skbprio = `${Number.parseInt(match[1] as string, 16).toString(16)}:${Number.parseInt(match[2] as string, 16).toString(16)}`;
    return null;
  },
};

/** Text after the element as `ipset save` prints it, with a leading blank; defaults of the set are written out. */
export function printExtras(layout: SetLayout, extras: SetEntryExtras | undefined): string {
  let text = '';
  if (layout.timeout !== null) text += ` timeout ${extras?.timeout ?? layout.timeout}`;
  if (extras?.nomatch) text += ' nomatch';
  if (extras?.wildcard) text += ' wildcard';
  if (layout.counters) text += ` packets ${extras?.packets ?? 0} bytes ${extras?.bytes ?? 0}`;
  if (extras?.comment) text += ` comment "${extras.comment}"`;
  if (extras?.skbmark) text += ` skbmark ${hex(extras.skbmark[0])}${extras.skbmark[1] === 0xffffffff ? '' : `/${hex(extras.skbmark[1])}`}`;
  if (extras?.skbprio && extras.skbprio !== '0:0') text += ` skbprio ${extras.skbprio}`;
  if (extras?.skbqueue) text += ` skbqueue ${extras.skbqueue}`;
  return text;
}
