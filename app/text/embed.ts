/** Words of the embed and of its loader that the page has no use for; they are small, so that they can be shown before anything is loaded. */

const en = {
  showWhy: 'Show why',
  openFull: 'Open full',
  openFullHint: 'Open this packet and this step on the whole page, in a new tab',
  source: 'source',
  sourceOf: ({ src, fate }: { src: string; fate: string }) => `${src} – ${fate}`,
  packet: ({ n }: { n: number }) => `Packet ${n}`,
  packets: 'Packets',
  panels: 'Panels',
  loading: 'Loading…',
  unknown: ({ id }: { id: string }) => `There is no scenario “${id}” here.`,
  choose: 'Scenarios that can be shown',
  failed: ({ message }: { message: string }) => (message === '' ? 'It could not be fetched. Check the network.' : `It could not be loaded: ${message}`),
  frame: ({ title }: { title: string }) => `Packetwalk: ${title}`,
  /** For the alternative text of the picture. */
  pictureOf: ({ packet, verdict }: { packet: string; verdict: string }) => `${packet}. ${verdict}.`,
  pictureStep: ({ step, sentence }: { step: number; sentence: string }) => `Step ${step}: ${sentence}.`,
  way: 'Path',
};

type EmbedWords = typeof en;

const zh: EmbedWords = {
  showWhy: '查看原因',
  openFull: '完整页面',
  openFullHint: '在新标签页中用完整页面打开这个包和这一步',
  source: '源地址',
  sourceOf: ({ src, fate }) => `${src} – ${fate}`,
  packet: ({ n }) => `第 ${n} 个包`,
  packets: '数据包',
  panels: '面板',
  loading: '正在载入…',
  unknown: ({ id }) => `这里没有场景“${id}”。`,
  choose: '可以显示的场景',
  failed: ({ message }) => (message === '' ? '无法载入。请检查网络。' : `无法载入：${message}`),
  frame: ({ title }) => `Packetwalk：${title}`,
  pictureOf: ({ packet, verdict }) => `${packet}。${verdict}。`,
  pictureStep: ({ step, sentence }) => `第 ${step} 步：${sentence}。`,
  way: '路径',
};

export function embedWords(language: 'en' | 'zh'): EmbedWords {
  return language === 'zh' ? zh : en;
}
