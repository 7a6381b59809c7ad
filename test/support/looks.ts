/** Looks of the page: how large it is, in which language, in which theme. */

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly locale: 'en-GB' | 'zh-CN';
  readonly colorScheme: 'light' | 'dark';
}

export const DESKTOP = [1440, 900] as const;
export const LAPTOP = [1280, 720] as const;
export const TABLET = [1024, 768] as const;
export const PHONE = [390, 844] as const;

/**
 * Two looks for each size: every size with either language and with either theme, and from two sizes on every language with
 * either theme. Words do not depend on the theme nor colours on the language, so what is wrong shows in a pair.
 */
export function looks(...sizes: readonly (readonly [number, number])[]): readonly Look[] {
  return sizes.flatMap(([width, height], i) =>
    (['en-GB', 'zh-CN'] as const).map((locale, j) => ({ width, height, locale, colorScheme: (i + j) % 2 === 0 ? ('light' as const) : ('dark' as const) })),
  );
}

/** For messages: `390×844, zh-CN, dark`. */
export function nameOf({ width, height, locale, colorScheme }: Look): string {
  return `${width}×${height}, ${locale}, ${colorScheme}`;
}
