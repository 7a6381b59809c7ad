/** Names of the lines between panels, and of their buttons, in both languages. A figure has none of them. */

const en = {
  rows: { label: 'Line between Why and State', grow: 'More room for Why', shrink: 'More room for State' },
  columns: { label: 'Line between Rules and Why', grow: 'More room for Rules', shrink: 'More room for Why and State' },
};

const zh: typeof en = {
  rows: { label: '“原因”与“状态”的分隔线', grow: '扩大“原因”', shrink: '扩大“状态”' },
  columns: { label: '“规则”与“原因”的分隔线', grow: '扩大“规则”', shrink: '扩大“原因”和“状态”' },
};

export function splitterWords(language: 'en' | 'zh'): typeof en {
  return language === 'zh' ? zh : en;
}
