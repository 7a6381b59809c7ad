/**
 * comment: a remark that stays with the rule; always true.
 *
 * Source: iptables-extensions(8) "comment"; Linux 6.18 net/netfilter/xt_comment.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { cutUtf8 } from '../../net/utf8.ts';
import { defineMatch } from '../extension.ts';
import { option, quoteWord } from '../option.ts';

/** XT_MAX_COMMENT_LEN without the final zero byte; iptables cuts longer ones without a word. */
const MAX_BYTES = 255;

const remark: ValueKind<string> = { placeholder: 'text', words: 1, parse: (words) => cutUtf8(words[0] ?? '', MAX_BYTES), print: quoteWord };

export const comment = defineMatch({
  name: 'comment',
  families: ['ipv4', 'ipv6'],
  options: { comment: option({ name: '--comment', value: remark, required: true, help: 'a remark, at most 255 bytes' }) },
  source: 'iptables-extensions(8) comment; Linux 6.18 net/netfilter/xt_comment.c',
  compile: () => [],
});
