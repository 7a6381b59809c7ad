/** What is said of files that join those that are there, in both languages. A figure opens no files. */

const en = {
  joined: ({ detail, replaced }: { detail: string; replaced: string }) =>
    replaced === '' ? `Added to your files: ${detail}.` : `Added to your files: ${detail}, in place of what ${replaced} had of it.`,
  comesIn: ({ detail }: { detail: string }) => `The packet comes in by ${detail} now.`,
  add: 'Add to the files',
  replace: 'Replace everything',
  drop: 'Drop the files here: rules replace yours; sets, addresses and routes are added',
};

const zh: typeof en = {
  joined: ({ detail, replaced }) => (replaced === '' ? `已加入你的文件：${detail}。` : `已加入你的文件：${detail}，替换了 ${replaced} 中的同类内容。`),
  comesIn: ({ detail }) => `数据包现在从 ${detail} 进入。`,
  add: '改为加入现有文件',
  replace: '改为全部替换',
  drop: '在此放下文件：规则会替换现有规则；集合、地址和路由会加入现有文件',
};

const JOINING_LANGUAGES = { en, zh } as const;

export function joiningWords(language: keyof typeof JOINING_LANGUAGES): typeof en {
  return JOINING_LANGUAGES[language];
}
