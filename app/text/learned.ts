/**
 * The engine's sentences in Chinese, as far as they have come with its answers: the tables (text/chinese/) are large, so
 * they stay in the worker, and each answer brings the Chinese of what it says.
 */

/** What the page says itself where the engine would: of an engine that did not come, or broke. */
const known = new Map<string, string>([
  ['no node was given', '没有给出节点'],
  ['no scenario was opened', '没有打开场景'],
  ['the engine could not be fetched; once the network is back, any change tries again', '无法取得引擎；网络恢复后，任何修改都会重试'],
  ['the engine stopped unexpectedly', '引擎意外停止'],
  ['the reader of YAML stopped unexpectedly', 'YAML 读取程序意外停止'],
  ['engine.js holds no engine', 'engine.js 中没有引擎'],
]);

/** More than any node and its packets say; what was learned first is forgotten first. */
const MOST = 50_000;

export function learn(sentences: Readonly<Record<string, string>> | undefined): void {
  for (const text in sentences) {
    known.set(text, sentences[text] as string);
    if (known.size > MOST) known.delete(known.keys().next().value as string);
  }
}

/** The Chinese of a sentence of the engine; itself where it is none, or has not come. */
export function learned(text: string): string {
  return known.get(text) ?? text;
}
