/** Words of what the editor offers to write, in both languages. A figure has no editor. */

const en = {
  replace: ({ right }: { right: string }) => `Write ${right}`,
  put: ({ right }: { right: string }) => `Put in ${right}`,
  replaceIn: ({ wrong, right, line }: { wrong: string; right: string; line: number }) => `Write ${right} instead of ${wrong} in line ${line}`,
  putIn: ({ right, line }: { right: string; line: number }) => `Put in ${right} for line ${line}`,
  show: ({ line }: { line: number }) => `Show line ${line} in the text`,
  key: 'In the text Alt+Enter does what is offered for its line.',
};

const zh: typeof en = {
  replace: ({ right }) => `改为 ${right}`,
  put: ({ right }) => `补上 ${right}`,
  replaceIn: ({ wrong, right, line }) => `第 ${line} 行：把 ${wrong} 改为 ${right}`,
  putIn: ({ right, line }) => `第 ${line} 行：补上 ${right}`,
  show: ({ line }) => `在文本中查看第 ${line} 行`,
  key: '在文本中按 Alt+Enter，即按建议修改所在的行。',
};

export function quickFixWords(language: 'en' | 'zh'): typeof en {
  return language === 'zh' ? zh : en;
}
