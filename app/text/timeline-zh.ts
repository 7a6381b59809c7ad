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
  pace: '速度',
  paceOf: ({ pace }) => `${pace} 倍`,
  verbosity: '朗读',
  verbosities: { brief: '简短', normal: '一般', full: '完整' },
  breakpoints: ({ count }) => (count === 0 ? '断点' : `${count} 个断点`),
  title: '断点与播放',
  none: '还没有断点。在规则上按 B，或在下面写一个。',
  list: '断点列表',
  stops: ({ count }) => (count === 0 ? '这个包没有遇到' : `遇到 ${count} 次`),
  remove: ({ text }) => `删除断点 ${text}`,
  add: '添加',
  new: '新断点',
  examples: 'nat/OVN-POSTROUTING/10 · nat/OVN-POSTROUTING · POSTROUTING · bit 19 · any nat · any drop · mark & 0x4000 · src in 10.16.0.0/16 and dport = 53',
  ready: '现成的断点',
  here: '断点',
  rule: ({ rule }) => `${rule} 处的断点`,
  failure: {
    empty: '请写出要停在哪里。',
    field: ({ column, found, fields }) =>
      found === '' ? `第 ${column} 个字符：需要一个字段：${fields}` : `第 ${column} 个字符：“${found}”既不是规则、链、hook，也不是字段；字段有 ${fields}`,
    operator: ({ column, found }) => `第 ${column} 个字符：需要 =、!=、& 或 in 这样的比较${found === '' ? '' : `，而不是“${found}”`}`,
    number: ({ column, found }) => `第 ${column} 个字符：需要一个数，例如 443 或 0x4000${found === '' ? '' : `，而不是“${found}”`}`,
    range: ({ column, found }) => `第 ${column} 个字符：需要一个范围，例如 30000-32767${found === '' ? '' : `，而不是“${found}”`}`,
    address: ({ column, found }) => `第 ${column} 个字符：需要一个地址，例如 10.16.0.2 或 fd00::2${found === '' ? '' : `，而不是“${found}”`}`,
    prefix: ({ column, found }) => `第 ${column} 个字符：需要一个网段，例如 10.16.0.0/16 或 fd00::/64${found === '' ? '' : `，而不是“${found}”`}`,
    name: ({ column, found }) => `第 ${column} 个字符：需要一个名字，例如 eth0、tcp 或 NEW${found === '' ? '' : `，而不是“${found}”`}`,
    flags: ({ column, found }) => `第 ${column} 个字符：需要标志，例如 SYN 或 SYN,ACK${found === '' ? '' : `，而不是“${found}”`}`,
    bracket: ({ column }) => `第 ${column} 个字符：括号没有闭合，或者括号太多`,
    more: ({ column, found }) => `第 ${column} 个字符：这里多了“${found}”；请用 and、or 连接`,
    bit: ({ column, found }) => `第 ${column} 个字符：需要 0 到 31 的位，而不是“${found}”`,
    rule: ({ found }) => `“${found}”：规则从 1 开始编号，例如 nat/POSTROUTING/1`,
  },
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
    test: ({ step, count, place, part, parts, clause, result, saw }) =>
      `第 ${step} 步，共 ${count} 步：${place}，第 ${part} 项测试，共 ${parts} 项：${around(clause).trimStart()}${result}，实际为${apart(saw)}。`,
    effect: ({ step, count, place, field, from, to }) =>
      `第 ${step} 步，共 ${count} 步：${place}，效果：${from === '' ? `${field} ${to}` : `${field} 从${around(from)}变为${apart(to)}`}。`,
    target: ({ step, count, place, does }) => `第 ${step} 步，共 ${count} 步：${place}，target：${does}。`,
    doubtful: '前提：无法判断之处未匹配。',
    comma: '，',
  },
  partOf: ({ part, parts }) => `第 ${part} 项，共 ${parts} 项`,
};
