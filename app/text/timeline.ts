/** Words of the timeline in both languages: stepping, playing, breakpoints, and what is spoken of a step. */

export interface Where {
  readonly step: number;
  readonly count: number;
  readonly place: string;
}

export const timelineEn = {
  preview: ({ step, sentence }: { step: number; sentence: string }) => `Step ${step}: ${sentence}`,
  leadsTo: ({ step, sentence }: { step: number; sentence: string }) => `Leads to step ${step}, shown: ${sentence}.`,
  pause: 'Pause',
  pace: 'Speed',
  paceOf: ({ pace }: { pace: string }) => `${pace}×`,
  verbosity: 'Spoken',
  verbosities: { brief: 'brief', normal: 'normal', full: 'full' },
  breakpoints: ({ count }: { count: number }) => (count === 0 ? 'Breakpoints' : count === 1 ? '1 breakpoint' : `${count} breakpoints`),
  title: 'Breakpoints and playing',
  none: 'None yet. Press B on a rule, or write one below.',
  list: 'Breakpoints',
  stops: ({ count }: { count: number }) => (count === 0 ? 'not met by this packet' : count === 1 ? 'met once' : `met ${count} times`),
  remove: ({ text }: { text: string }) => `Remove the breakpoint ${text}`,
  add: 'Add',
  new: 'New breakpoint',
  examples: 'nat/OVN-POSTROUTING/10 · nat/OVN-POSTROUTING · POSTROUTING · bit 19 · any nat · any drop · mark & 0x4000 · src in 10.16.0.0/16 and dport = 53',
  ready: 'Ready to take',
  runTo: ({ text }: { text: string }) => `Run to ${text}`,
  here: 'breakpoint',
  rule: ({ rule }: { rule: string }) => `Breakpoint at ${rule}`,
  failure: {
    empty: 'Write where to stop.',
    field: ({ column, found, fields }: { column: number; found: string; fields: string }) =>
      found === '' ? `Character ${column}: a field is needed: ${fields}` : `Character ${column}: "${found}" is neither a rule, a chain, a hook nor a field; fields are ${fields}`,
    operator: ({ column, found }: { column: number; found: string }) =>
      `Character ${column}: a comparison such as =, !=, & or in is needed${found === '' ? '' : `, not "${found}"`}`,
    number: ({ column, found }: { column: number; found: string }) => `Character ${column}: a number such as 443 or 0x4000 is needed${found === '' ? '' : `, not "${found}"`}`,
    range: ({ column, found }: { column: number; found: string }) => `Character ${column}: a range such as 30000-32767 is needed${found === '' ? '' : `, not "${found}"`}`,
    address: ({ column, found }: { column: number; found: string }) =>
      `Character ${column}: an address such as 10.16.0.2 or fd00::2 is needed${found === '' ? '' : `, not "${found}"`}`,
    prefix: ({ column, found }: { column: number; found: string }) =>
      `Character ${column}: a prefix such as 10.16.0.0/16 or fd00::/64 is needed${found === '' ? '' : `, not "${found}"`}`,
    name: ({ column, found }: { column: number; found: string }) => `Character ${column}: a name such as eth0, tcp or NEW is needed${found === '' ? '' : `, not "${found}"`}`,
    flags: ({ column, found }: { column: number; found: string }) => `Character ${column}: flags such as SYN or SYN,ACK are needed${found === '' ? '' : `, not "${found}"`}`,
    bracket: ({ column }: { column: number }) => `Character ${column}: a bracket is not closed, or there are too many`,
    more: ({ column, found }: { column: number; found: string }) => `Character ${column}: "${found}" is too much here; join with and, or`,
    bit: ({ column, found }: { column: number; found: string }) => `Character ${column}: a bit from 0 to 31 is needed, not "${found}"`,
    rule: ({ found }: { found: string }) => `"${found}": rules count from 1, as in nat/POSTROUTING/1`,
  },
  notice: {
    breakpoint: ({ text }: { text: string }) => `Stopped at the breakpoint ${text}.`,
    noBreakpoints: 'There are no breakpoints yet. Press B on a rule to set one.',
    noneAhead: 'No breakpoint was met up to the end.',
    noneBehind: 'No breakpoint was met back to the start.',
    notOpened: 'Nobody answers this packet, so there is no connection that it could be of.',
  },

  /** What is spoken, in whole sentences. The head is also what the slider says. */
  spoken: {
    head: ({ step, count, place }: Where) => `Step ${step} of ${count}. ${place}.`,
    /** `tests` as rules write them. */
    matched: ({ step, count, place, tests, does }: Where & { tests: string; does: string }) => `Step ${step} of ${count}. ${place}. Matched: ${tests}. ${does}.`,
    matchedAll: ({ step, count, place, does }: Where & { does: string }) => `Step ${step} of ${count}. ${place}. Matches every packet. ${does}.`,
    missed: ({ step, count, place, reason }: Where & { reason: string }) => `Step ${step} of ${count}. ${place}. Did not match: ${reason}.`,
    other: ({ step, count, sentence }: { step: number; count: number; sentence: string }) => `Step ${step} of ${count}. ${sentence}.`,
    changes: ({ changes }: { changes: string }) => `Changed: ${changes}.`,
    change: ({ field, from, to }: { field: string; from: string; to: string }) => `${field} from ${from} to ${to}`,
    does: {
      calls: ({ target }: { target: string }) => `Calls ${target}`,
      returns: ({ target, place }: { target: string; place: string }) => `${target} to ${place}`,
      target: ({ target }: { target: string }) => target,
      none: 'No target, continues with the next rule',
    },
    test: ({ step, count, place, part, parts, clause, result, saw }: Where & { part: number; parts: number; clause: string; result: string; saw: string }) =>
      `Step ${step} of ${count}. ${place}, test ${part} of ${parts}: ${clause} ${result}; saw ${saw}.`,
    effect: ({ step, count, place, field, from, to }: Where & { field: string; from: string; to: string }) =>
      `Step ${step} of ${count}. ${place}, effect: ${field} from ${from} to ${to}.`,
    target: ({ step, count, place, does }: Where & { does: string }) => `Step ${step} of ${count}. ${place}, target: ${does}.`,
    comma: ', ',
  },
  partOf: ({ part, parts }: { part: number; parts: number }) => `part ${part} of ${parts}`,
};

export const timelineZh: typeof timelineEn = {
  preview: ({ step, sentence }) => `第 ${step} 步：${sentence}`,
  leadsTo: ({ step, sentence }) => `将前往第 ${step} 步，现已显示：${sentence}。`,
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
  runTo: ({ text }) => `运行到 ${text}`,
  here: '断点',
  rule: ({ rule }) => `断点：${rule}`,
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
    noneAhead: '直到最后都没有遇到断点。',
    noneBehind: '直到开头都没有遇到断点。',
    notOpened: '没有人回复这个包，因此没有它可以属于的连接。',
  },
  spoken: {
    head: ({ step, count, place }) => `第 ${step} 步，共 ${count} 步：${place}。`,
    matched: ({ step, count, place, tests, does }) => `第 ${step} 步，共 ${count} 步：${place} 匹配，${tests}，${does}。`,
    matchedAll: ({ step, count, place, does }) => `第 ${step} 步，共 ${count} 步：${place} 匹配所有包，${does}。`,
    missed: ({ step, count, place, reason }) => `第 ${step} 步，共 ${count} 步：${place} 未匹配，${reason}。`,
    other: ({ step, count, sentence }) => `第 ${step} 步，共 ${count} 步：${sentence}。`,
    changes: ({ changes }) => `改变：${changes}。`,
    change: ({ field, from, to }) => `${field} 从 ${from} 变为 ${to}`,
    does: {
      calls: ({ target }) => `调用 ${target}`,
      returns: ({ target, place }) => `${target} 到 ${place}`,
      target: ({ target }) => target,
      none: '没有 target，继续下一条规则',
    },
    test: ({ step, count, place, part, parts, clause, result, saw }) =>
      `第 ${step} 步，共 ${count} 步：${place}，第 ${part} 项测试，共 ${parts} 项：${clause} ${result}，实际为 ${saw}。`,
    effect: ({ step, count, place, field, from, to }) => `第 ${step} 步，共 ${count} 步：${place}，效果：${field} 从 ${from} 变为 ${to}。`,
    target: ({ step, count, place, does }) => `第 ${step} 步，共 ${count} 步：${place}，target：${does}。`,
    comma: '，',
  },
  partOf: ({ part, parts }) => `第 ${part} 项，共 ${parts} 项`,
};
