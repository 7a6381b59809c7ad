/** On what the page is shown, and how slow a processor stands behind it: workers are not slowed, the browser cannot. */

export interface Screen {
  readonly name: string;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** How many times slower than it is the main thread shall be. */
  readonly slower: number;
}

export const PHONE: Screen = { name: 'phone', width: 390, height: 844, slower: 4 };
export const DESKTOP: Screen = { name: 'desktop', width: 1440, height: 900, slower: 1 };
export const SLOW_DESKTOP: Screen = { ...DESKTOP, name: 'slow desktop', slower: 4 };
