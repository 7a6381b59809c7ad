/**
 * What a query in plain words means: which of its words count, and how well a text meets them. Words may stand in any order; those that
 * only make it a question are left out, in both languages. Chinese is written without spaces: what is not there as a whole is looked for
 * two characters at a time.
 */

/** What is searched, in small letters: what names it, what it is called, what became of it, what else is said of it. */
export interface Searched {
  readonly names: readonly string[];
  readonly titles: string;
  readonly verdict: string;
  readonly about: string;
}

/** A word of a query with all that means the same. */
export interface SearchWord {
  readonly text: string;
  readonly alike: readonly string[];
  readonly han: boolean;
}

/** How well a word is met: it is a name of the entry, a word of its title, begins one, stands in what became of it, somewhere in the title, in what is said about it. */
const [IS, WORD, BEGINS, VERDICT, STANDS, ABOUT] = [8, 5, 4, 3, 2, 1];
/** Of that, where only another form of the word is there, or enough of its pairs of characters: those across two words are in no text. */
const [FORM, PAIRS] = [0.7, 0.5];
const ENOUGH = 0.6;

const STOP = new Set(
  'a an the is are was were be been am do does did can could would should will shall may my our your its it i we you they this that these those of to in on at for from by with and or when where what which who whom whose why how come there here if so then than as please show tell me about'.split(
    ' ',
  ),
);
const STOP_HAN = /为什么|为何|为啥|怎么样|怎么|怎样|如何|请问|是不是|是否|什么|哪些|哪个|我的|我们|[吗呢啊呀]$|的$/gu;
const LETTER = /[\p{Letter}\p{Number}]/u;
/** They say that something does not happen. */
const NOT_ENGLISH = ['not', 'no', "isn't", "wasn't", "doesn't", "don't", "didn't", "won't", "can't", 'never', 'without'];
const NOT_CHINESE = ['没有被', '没有做', '没有', '没被', '没做', '未被', '未做', '不做', '没', '未'];

/** Of a query of nothing but words that do not count these are the words. */
export function searchWords(query: string): readonly SearchWord[] {
  const all = query
    .toLowerCase()
    .replaceAll('’', "'")
    .split(/[\s,，、;；。？！]+/u)
    // "snated?" and "0x90002." mean the word; an option begins with dashes.
    .map((word) => word.replace(/^["“”'(]+|["“”'?!.:)]+$/gu, ''))
    .flatMap((word) => word.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) ?? [])
    .filter((word) => word !== '');
  const meant = all.flatMap((word) => {
    if (!isHan(word)) return STOP.has(word) || !LETTER.test(word) ? [] : [word];
    return word.split(STOP_HAN).flatMap((part) => (part === '' ? [] : splitNot(part)));
  });
  return [...new Set(meant.length > 0 ? meant : all)].map((text) => ({ text, alike: alikeOf(text), han: isHan(text) }));
}

const isHan = (word: string): boolean => /^\p{Script=Han}/u.test(word);

/** 没有做地址转换 is two words. */
function splitNot(word: string): readonly string[] {
  const not = NOT_CHINESE.find((one) => one.length > 1 && word.startsWith(one) && word.length > one.length);
  return not === undefined ? [word] : [not, word.slice(not.length)];
}

function alikeOf(word: string): readonly string[] {
  if (NOT_CHINESE.includes(word)) return [...new Set([word, '未做', '没有', '未'])];
  if (NOT_ENGLISH.includes(word)) return [...new Set([word, 'not', 'without'])];
  // `S7` is what S07 is called by some.
  const [, letter, digit] = /^([sp])(\d)$/.exec(word) ?? [];
  return letter && digit ? [word, `${letter}0${digit}`] : [word];
}

/** Null where it has none: "SNATed" of SNAT, "policies" of "policy". */
function stemOf(word: string): string | null {
  const stem = /^[a-z]{4,}$/.test(word) ? word.replace(/(ies|ed|ing|es|s)$/, '') : word;
  return stem.length >= 4 && stem !== word ? stem : null;
}

/** Zero: the word is not met. */
export function scoreOf({ text, alike, han }: SearchWord, entry: Searched): number {
  const whole = Math.max(...alike.map((one) => placeOf(one, entry)));
  if (whole > 0) return whole;
  const stem = stemOf(text);
  if (stem !== null) return placeOf(stem, entry) * FORM;
  if (!han || text.length < 3) return 0;
  const pairs = Array.from({ length: text.length - 1 }, (_, i) => placeOf(text.slice(i, i + 2), entry));
  const met = pairs.filter((one) => one > 0).length / pairs.length;
  return met < ENOUGH ? 0 : (pairs.reduce((sum, one) => sum + one, 0) / pairs.length) * PAIRS;
}

function placeOf(word: string, { names, titles, verdict, about }: Searched): number {
  if (names.includes(word)) return IS;
  if (names.some((name) => name.startsWith(word))) return BEGINS;
  const inTitles = standsIn(titles, word);
  if (inTitles > STANDS) return inTitles;
  if (standsIn(verdict, word) > STANDS) return VERDICT;
  return inTitles || (verdict.includes(word) || about.includes(word) ? ABOUT : 0);
}

/** A word of its own, the beginning of one, a part, or (zero) nothing. */
function standsIn(text: string, word: string): number {
  let best = 0;
  for (let at = text.indexOf(word); at >= 0 && best < WORD; at = text.indexOf(word, at + 1)) {
    const begins = isHan(word) || !LETTER.test(text[at - 1] ?? '');
    const ends = isHan(word) || !LETTER.test(text[at + word.length] ?? '');
    best = Math.max(best, begins ? (ends && !isHan(word) ? WORD : BEGINS) : STANDS);
  }
  return best;
}

/** Words that follow each other in the query do so in what became of the entry, or in its title. What is denied may stand anywhere: "why isn't my pod SNATed". */
export function followsOf(words: readonly SearchWord[], { titles, verdict }: Searched): number {
  const denies = ({ text }: SearchWord): boolean => NOT_ENGLISH.includes(text) || NOT_CHINESE.includes(text);
  let score = 0;
  words.forEach((before, i) => {
    for (const after of denies(before) ? words.filter((word) => word !== before) : words.slice(i + 1, i + 2)) {
      const together = before.alike.flatMap((one) => [`${one} ${after.text}`, `${one}${after.text}`]);
      if (together.some((text) => verdict.includes(text))) score += IS;
      else if (together.some((text) => titles.includes(text))) score += WORD;
    }
  });
  return score;
}
