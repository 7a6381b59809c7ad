/** What is said where a part of the page cannot be had, or the page has stopped, in both languages: then nothing more can be fetched. A figure has words of its own. */

const en = {
  notFetched: 'This part of the page could not be fetched. Check the network and try again, or reload the page.',
  title: 'The page has stopped',
  text: ({ message }: { message: string }) => `Something went wrong in it: ${message}. Your files, packets and settings are kept in this browser.`,
  reload: 'Reload the page',
  anew: 'Start with the first scenario',
};

const zh: typeof en = {
  notFetched: '页面的这一部分无法载入。请检查网络后重试，或重新加载页面。',
  title: '页面已停止运行',
  text: ({ message }) => `页面出错：${message}。你的文件、数据包和设置都保留在此浏览器中。`,
  reload: '重新加载页面',
  anew: '从第一个场景开始',
};

export function failsafeWords(language: 'en' | 'zh'): typeof en {
  return language === 'zh' ? zh : en;
}
