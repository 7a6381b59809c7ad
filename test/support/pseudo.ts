/**
 * The page in a language that does not exist: each of its own words four tenths longer, with accents. Layouts that hold
 * those hold a translation (German is about a third longer than English). What is written in rules and names stays as it is.
 * All of it runs in the page, on what is laid out there; nothing of it stays.
 */

interface Pseudo {
  /** How many texts were made longer. */
  readonly lengthened: number;
  /** Texts that run out of their box, or are cut by one that cannot be scrolled. */
  readonly cut: readonly string[];
}

/** Runs in the page. `given`: what comes from rules, files and scenarios, and has its own ways to be whole. */
export function pseudoLocalised(given: string): Pseudo {
  const ACCENTS: Readonly<Record<string, string>> = { a: 'á', e: 'é', i: 'ï', o: 'ô', u: 'ü', y: 'ÿ', n: 'ñ', c: 'ç' };
  /** A vowel is said again in every other syllable or so: words grow where they can be broken neither before nor after. */
  const longer = (word: string): string => {
    let added = Math.round(word.length * 0.4);
    return (
      [...word].map((letter) => (ACCENTS[letter] ?? letter) + (added > 0 && /[aeiouy]/.test(letter) && added-- ? (ACCENTS[letter] ?? letter) : '')).join('') + 'é'.repeat(added)
    );
  };
  const texts: { readonly node: Text; readonly was: string }[] = [];
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = all.nextNode() as Text | null; node; node = all.nextNode() as Text | null) {
    const parent = node.parentElement;
    if (
      !parent?.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) ||
      parent.closest(`script, style, option, textarea, .sr-only, .skip, .fonts, svg, ${given}`)
    )
      continue;
    // For the ear alone.
    if (parent.getBoundingClientRect().width <= 1) continue;
    if (/mono/i.test(getComputedStyle(parent).fontFamily.split(',')[0] ?? '')) continue;
    const was = node.data;
    // Names are in capitals, or have digits and signs in them.
    const now = was.replace(/(?<![\w./-])[A-Z]?[a-z]{2,}(?![\w/])/g, longer);
    if (now === was) continue;
    node.data = now;
    texts.push({ node, was });
  }
  const cut: string[] = [];
  for (const { node } of texts) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    if (right - left < 1) continue;
    const out = (box: DOMRect, across: boolean, along: boolean): boolean =>
      (across && (left < box.left - 1.5 || right > box.right + 1.5)) || (along && (top < box.top - 3 || bottom > box.bottom + 3));
    // Whatever can be scrolled shows it all.
    let [across, along] = [true, true];
    for (let one = node.parentElement; one && one !== document.body; one = one.parentElement) {
      const { overflowX, overflowY, display, position } = getComputedStyle(one);
      if (display === 'contents' || display === 'inline') continue;
      if (/auto|scroll/.test(overflowX)) across = false;
      if (/auto|scroll/.test(overflowY)) along = false;
      if (!across && !along) break;
      const holds = one.matches('button, .button, label, dialog, [role=tab]');
      const clips = (value: string): boolean => holds || /hidden|clip/.test(value);
      if (out(one.getBoundingClientRect(), across && clips(overflowX), along && clips(overflowY))) {
        cut.push(`"${node.data}" in ${one.tagName.toLowerCase()}.${one.className}`);
        break;
      }
      if (position === 'fixed') break;
    }
    if (across && right > innerWidth + 1) cut.push(`"${node.data}" beyond the page`);
  }
  if (document.documentElement.scrollWidth > innerWidth) cut.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const { node, was } of texts) node.data = was;
  return { lengthened: texts.length, cut: [...new Set(cut)] };
}
