/** Words of what can be copied of a step, in both languages. A figure has none of it. */

const en = {
  title: 'Copy:',
  copy: ({ what }: { what: string }) => `Copy: ${what}`,
  line: 'rule line',
  sentence: 'sentence',
  trace: 'trace as Markdown',
  link: 'link to this step',
  packet: ({ packet, from }: { packet: string; from: string }) => `Packet ${packet}, from ${from}`,
  opens: ({ step, count }: { step: number; count: number }) => `Step ${step} of ${count} in Packetwalk`,
};

const zh: typeof en = {
  title: '复制：',
  copy: ({ what }) => `复制：${what}`,
  line: '规则原文',
  sentence: '这句话',
  trace: 'Markdown 格式的过程',
  link: '指向这一步的链接',
  packet: ({ packet, from }) => `数据包 ${packet}，来自 ${from}`,
  opens: ({ step, count }) => `Packetwalk：第 ${step} 步，共 ${count} 步`,
};

export function copiesWords(language: 'en' | 'zh'): typeof en {
  return language === 'zh' ? zh : en;
}
