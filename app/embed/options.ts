/**
 * What the address of an embed asks for. Nothing in it can make the embed blank: a value that is not known counts as
 * not written.
 *
 *     embed/?theme=auto|light|dark&lang=auto|en|zh&panels=path,rules,why,bits&controls=full|min|none
 *           &lock=packet,rules&activate=auto|click#/s/<scenario>?step=14…
 */

type EmbedTheme = 'auto' | 'light' | 'dark';
type EmbedPanel = 'path' | 'rules' | 'why' | 'bits';

export interface EmbedOptions {
  readonly theme: EmbedTheme;
  readonly language: 'auto' | 'en' | 'zh';
  readonly panels: readonly EmbedPanel[];
  /** `full`: steps, timeline and source; `min`: two buttons and the count; `none`: the host steps. */
  readonly controls: 'full' | 'min' | 'none';
  /** What the reader cannot change; the host still can. */
  readonly lock: readonly ('packet' | 'rules')[];
  readonly activate: 'auto' | 'click';
}

const THEMES = ['auto', 'light', 'dark'] as const;
const LANGUAGES = ['auto', 'en', 'zh'] as const;
export const PANELS = ['path', 'rules', 'why', 'bits'] as const;
const CONTROLS = ['full', 'min', 'none'] as const;
const LOCKS = ['packet', 'rules'] as const;
const ACTIVATE = ['click', 'auto'] as const;

export function readOptions(search: string): EmbedOptions {
  const query = new URLSearchParams(search);
  const panels = several(query.get('panels'), PANELS);
  return {
    theme: one(query.get('theme'), THEMES),
    language: one(query.get('lang'), LANGUAGES),
    panels: panels.length > 0 ? panels : PANELS,
    controls: one(query.get('controls'), CONTROLS),
    lock: several(query.get('lock'), LOCKS),
    activate: one(query.get('activate'), ACTIVATE),
  };
}

/** The first choice is what counts where nothing or nonsense is written. */
function one<T extends string>(text: string | null, choices: readonly [T, ...T[]]): T {
  return choices.find((choice) => choice === text) ?? choices[0];
}

function several<T extends string>(text: string | null, choices: readonly T[]): readonly T[] {
  const wanted = (text ?? '').split(',').map((word) => word.trim());
  return choices.filter((choice) => wanted.includes(choice));
}

/** Of the languages a browser asks for, the first that there is; English where there is none. */
export function languageOf(wanted: readonly string[]): 'en' | 'zh' {
  return wanted
    .find((language) => /^(en|zh)\b/i.test(language))
    ?.toLowerCase()
    .startsWith('zh')
    ? 'zh'
    : 'en';
}

/** Scenario named in a fragment: `#/s/kube-ovn-installed/p43-policy-forward?step=3`; null if none is. */
export function scenarioOf(fragment: string): string | null {
  const path = /^#?\/s\/([^?]+)/.exec(fragment)?.[1];
  try {
    return path === undefined ? null : decodeURIComponent(path);
  } catch {
    return null;
  }
}
