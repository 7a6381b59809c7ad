/** Words of the timeline in Chinese: a page in English does without them. */

import type { timelineEn } from './timeline.ts';

/** Room between Chinese and a name or a number, and none between Chinese and Chinese. */
export const apart = (text: string): string => (/^[\p{Script=Han}（“]/u.test(text) ? text : ` ${text}`);
const around = (text: string): string => `${apart(text)}${/[\p{Script=Han}）”]$/u.test(text) ? '' : ' '}`;

export const timelineZh: typeof timelineEn = {
  preview: ({ step, sentence }) => `第 ${step} 步：${sentence}`,
  doubtful: ({ sentence }) => `${sentence}（前提：无法判断之处未匹配）`,
  leadsTo: ({ step, sentence }) => `将前往第 ${step} 步，内容已显示：${sentence}。`,
  pause: '暂停',
  breakpoints: ({ count }) => (count === 0 ? '断点' : `${count} 个断点`),
  here: '断点',
  rule: ({ rule }) => `${rule} 处的断点`,
  notice: {
    breakpoint: ({ text }) => `停在断点 ${text}。`,
    noBreakpoints: '还没有断点。在规则上按 B 可以设置一个。',
    noneAhead: '到最后一步都没有遇到断点。',
    noneBehind: '退到第一步都没有遇到断点。',
    notOpened: '没有主机回复这个包，因此没有它能归属的连接。',
  },
  spoken: {
    head: ({ step, count, place }) => `第 ${step} 步，共 ${count} 步：${place}。`,
    matched: ({ step, count, place, tests, does }) => `第 ${step} 步，共 ${count} 步：${place} 匹配，${tests}，${does}。`,
    matchedAll: ({ step, count, place, does }) => `第 ${step} 步，共 ${count} 步：${place} 匹配所有包，${does}。`,
    missed: ({ step, count, place, reason }) => `第 ${step} 步，共 ${count} 步：${place} 未匹配，${reason}。`,
    other: ({ step, count, sentence }) => `第 ${step} 步，共 ${count} 步：${sentence}。`,
    changes: ({ changes }) => `改变：${changes}。`,
    change: ({ field, from, to }) => (from === '' ? `${field} ${to}` : `${field} 从${around(from)}变为${apart(to)}`),
    does: {
      calls: ({ target }) => `调用 ${target}`,
      returns: ({ target, place }) => `${target} 到 ${place}`,
      target: ({ target }) => target,
      none: '没有 target，继续下一条规则',
    },
    test: ({ step, count, place, part, clause, result, saw }) =>
      `第 ${step} 步，共 ${count} 步：${place}，第 ${part} 项测试：${around(clause).trimStart()}${result}，实际为${apart(saw)}。`,
    effect: ({ step, count, place, field, from, to }) =>
      `第 ${step} 步，共 ${count} 步：${place}，效果：${from === '' ? `${field} ${to}` : `${field} 从${around(from)}变为${apart(to)}`}。`,
    target: ({ step, count, place, does }) => `第 ${step} 步，共 ${count} 步：${place}，target：${does}。`,
    doubtful: '前提：无法判断之处未匹配。',
    comma: '，',
  },
  partOf: ({ part, parts }) => `第 ${part} 项，共 ${parts} 项`,
};
