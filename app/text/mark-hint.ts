/** What a mark means that is typed for a packet. It comes with the fields. */

const en = 'The mark that it starts with: rules may set another one on its way.';
const zh = '数据包起始时的 mark：途中规则可以改设。';

export function markHint(language: 'en' | 'zh'): string {
  return language === 'zh' ? zh : en;
}
