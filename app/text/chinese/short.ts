/** Sentences with hardly a word beside what is filled in, or quoted. */

export const short: readonly (readonly [string, string])[] = [
  ['bad {} checksum', '{1} 校验和错误'],
  ['{} of {} entries', '{2} 个条目中的 {1} 个'],
  ['leave "! -p all" out', '请去掉 "! -p all"'],
  ['double {} option', '重复的 {1} 选项'],
  ['"{}" has {} of {} values', '"{1}" 只有 {3} 个值中的 {2} 个'],
  ['take {} away', '请去掉 {1}'],
  ['take "!" away', '请去掉 "!"'],
  ['take "--" away', '请去掉 "--"'],
  ['{} requires {} arguments', '{1} 需要 {2} 个参数'],
  ['{} where ":" belongs', '应为 ":" 之处是 {1}'],
  ['{} where "," or "}" belongs', '应为 "," 或 "}" 之处是 {1}'],
  ['{} where "," or "]" belongs', '应为 "," 或 "]" 之处是 {1}'],
  ['"{}" where ">" belongs', '应为 ">" 之处是 "{1}"'],
  ['run "{}" instead', '请改为运行 "{1}"'],
  ['run {} instead', '请改为运行 {1}'],
  ['line {} of {}: {}', '{2} 第 {1} 行：{3}'],
  ['give "src" in "inner"', '请在 "inner" 中给出 "src"'],
  ['{} to {} says {}', '到 {2} 的{1}为 {3}'],
  ['{} table {} at {}', '{3} 处的 {1} {2} 表'],
];
