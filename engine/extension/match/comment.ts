/**
 * comment: a remark that stays with the rule; always true.
 *
 * Source: iptables-extensions(8) "comment"; Linux 6.18 net/netfilter/xt_comment.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineMatch } from '../extension.ts';
import { option, quoteWord } from '../option.ts';

/** XT_MAX_COMMENT_LEN without the final zero byte; iptables cuts longer ones without a word. */
const MAX_BYTES = 255;

function cut(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > MAX_BYTES) break;
    end += char.length;
  }
  return text.slice(0, end);
}

const remark: ValueKind<string> = { placeholder: 'text', words: 1, parse: ([word = '']) => cut(word), print: quoteWord };

export const comment = defineMatch({
  name: 'comment',
  families: ['ipv4', 'ipv6'],
  options: { comment: option({ name: '--comment', value: remark, required: true, help: 'a remark, at most 255 bytes' }) },
  source: 'iptables-extensions(8) comment; Linux 6.18 net/netfilter/xt_comment.c',
  compile: () => [],
});
