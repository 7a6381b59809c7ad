/** Words of the panel of breakpoints and playing, in both languages: it comes when it is asked for, and a figure has none. */

const en = {
  pace: 'Speed',
  paceOf: ({ pace }: { pace: string }) => `${pace}×`,
  verbosity: 'Screen reader',
  verbosities: { brief: 'brief', normal: 'normal', full: 'full' },
  title: 'Breakpoints and playing',
  none: 'None yet. Press B on a rule, or write one below.',
  list: 'Breakpoints',
  stops: ({ count }: { count: number }) => (count === 0 ? 'not met by this packet' : count === 1 ? 'met once' : `met ${count} times`),
  missing: { chain: 'there is no such chain', rule: 'there is no such rule' },
  remove: ({ text }: { text: string }) => `Remove the breakpoint ${text}`,
  add: 'Add',
  new: 'New breakpoint',
  examples: 'nat/OVN-POSTROUTING/10 · nat/OVN-POSTROUTING · POSTROUTING · bit 19 · any nat · any drop · mark & 0x4000 · src in 10.16.0.0/16 and dport = 53',
  ready: 'Ready to take',
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
};

const zh: typeof en = {
  pace: '速度',
  paceOf: ({ pace }) => `${pace} 倍`,
  verbosity: '读屏',
  verbosities: { brief: '简短', normal: '一般', full: '完整' },
  title: '断点与播放',
  none: '还没有断点。在规则上按 B，或在下面写一个。',
  list: '断点列表',
  stops: ({ count }) => (count === 0 ? '这个包没有遇到' : `遇到 ${count} 次`),
  missing: { chain: '没有这条链', rule: '没有这条规则' },
  remove: ({ text }) => `删除断点 ${text}`,
  add: '添加',
  new: '新断点',
  examples: 'nat/OVN-POSTROUTING/10 · nat/OVN-POSTROUTING · POSTROUTING · bit 19 · any nat · any drop · mark & 0x4000 · src in 10.16.0.0/16 and dport = 53',
  ready: '现成的断点',
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
};

export type BreakpointWords = typeof en;

export function breakpointWords(language: 'en' | 'zh'): BreakpointWords {
  return language === 'zh' ? zh : en;
}
