/** Where the site's pages *What is modelled* are, from its front page: the English one has no suffix. */

export const MODELLED_FILES = { en: 'modelled.html', zh: 'modelled.zh.html' } as const;
