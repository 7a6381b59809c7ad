/** Language, theme and title of the document itself, on the page and in an embed. */

import { useLayoutEffect } from 'react';
import { useView } from './app-context.ts';

export function useLook(title: string): void {
  const { language, theme } = useView((state) => state.settings);
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.lang = language === 'zh' ? 'zh-Hans' : 'en';
    document.title = title;
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
  }, [language, theme, title]);
}
