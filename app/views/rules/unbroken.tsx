/** A line ends between words, not behind the hyphens of `--to-source`. */

import { createElement, Fragment } from 'react';

/** Options; where the text is all of a rule, every word with a hyphen. */
const OPTIONS = /(--[a-z][\w-]*)/;
export const HYPHENATED = /([^ ]*-[^ ]*)/;

export function Unbroken({ text, words = OPTIONS }: { text: string; words?: RegExp }): React.ReactNode {
  if (!text.includes('-')) return text;
  // One by one, as children that are written out: none of them ever moves.
  return createElement(Fragment, null, ...text.split(words).map((part, i) => (i % 2 === 1 ? createElement('span', { className: 'unbroken' }, part) : part)));
}
