/** Why a file of packets or of a scenario cannot be opened, in both languages. It comes with what reads them. */

import { learned } from './learned.ts';

/** What is wrong in a file, where that is known; both count from 1. */
export interface FileProblem {
  readonly message: string;
  readonly hint: string;
  readonly messageZh?: string;
  readonly hintZh?: string;
  readonly line?: number;
  readonly column?: number;
}

const en = {
  notWhole: 'it is not whole',
  newer: ({ version }: { version: string }) => `made by a newer version of this page (${version}); reload the page`,
  noScenario: 'it is no scenario',
  noPackets: 'no packets',
  noText: ({ names }: { names: string }) => `there is no text in ${names}; what was there has stayed`,
  nodeApart: ({ names }: { names: string }) => `the node is in other files (${names}); give them together with it`,
  problem: ({ message, hint }: FileProblem) => (hint === '' ? message : `${message}; ${hint}`),
  broken: ({ message }: { message: string }) => message,
  savedWithout: ({ name, count }: { name: string; count: number }) =>
    count === 1 ? `${name} (without an expectation of a packet that is no longer here)` : `${name} (without ${count} expectations of packets that are no longer here)`,
  savedAlone: ({ name }: { name: string }) => `${name} (without what the scenario expects: its file could not be fetched)`,
};

const zh: typeof en = {
  notWhole: '内容不完整',
  newer: ({ version }) => `由此页面的更新版本（${version}）保存；请重新加载页面`,
  noScenario: '不是场景文件',
  noPackets: '没有数据包',
  noText: ({ names }) => `${names} 中没有文本；原有内容保持不变`,
  nodeApart: ({ names }) => `节点在其他文件中（${names}）；请一并给出`,
  problem: ({ message, hint, messageZh = message, hintZh = hint }) => (hintZh === '' ? messageZh : `${messageZh}；${hintZh}`),
  broken: ({ message }) => learned(message),
  savedWithout: ({ name, count }) => `${name}（不含 ${count} 项期望：其数据包已不在此处）`,
  savedAlone: ({ name }) => `${name}（不含场景的期望：无法获取其文件）`,
};

export function fileWords(language: 'en' | 'zh'): typeof en {
  return language === 'zh' ? zh : en;
}

/** `packets.json:3:14: …`, as compilers say it. */
export function fileProblem(name: string, problem: FileProblem, language: 'en' | 'zh'): string {
  const place = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${name}${place}: ${fileWords(language).problem(problem)}`;
}
