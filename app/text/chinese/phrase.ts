/**
 * The engine's English in Chinese. The English sentence with its slots open (`no way to {}`) is the key, as with gettext:
 * the published JSON holds it, the engine alone words it, and a test holds every sentence of the engine's sources against
 * these tables. What fills a slot is said in Chinese too where it is a phrase itself, and left as it is where it is a name.
 */

/** The English with `{}` for each slot; the Chinese with `{1}`, `{2}`… */
export type Phrases = readonly (readonly [english: string, chinese: string])[];

interface Phrase {
  readonly english: string;
  readonly chinese: string;
  /** Longest run of letters that is no slot: looked for before the expression is. */
  readonly literal: string;
  readonly slots: RegExp;
  /** For each slot whether it stands in quotes: then a name of the user's fills it. */
  readonly quoted: readonly boolean[];
  /** For each slot whether it stands behind a colon: then a sentence with a colon of its own may fill it. */
  readonly behindColon: readonly boolean[];
}

/** Phrases within phrases within…; nothing the engine says goes deeper. */
const DEEPEST = 6;

/** Gives the Chinese of a sentence, or the sentence where no phrase of it is known. */
export function translator(tables: readonly Phrases[]): (text: string) => string {
  const whole = new Map<string, string>();
  /** By the word they begin with; under the empty word those that begin with a slot. */
  const open = new Map<string, Phrase[]>();
  for (const [english, chinese] of tables.flat()) {
    const parts = english.split('{}');
    if (parts.length === 1) {
      whole.set(english, chinese);
      continue;
    }
    const slots = new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('([^]*?)')}$`);
    const key = firstWord(parts[0] as string);
    const same = open.get(key) ?? [];
    same.push({
      english,
      chinese,
      literal: parts.reduce((a, b) => (b.length > a.length ? b : a)),
      slots,
      quoted: parts.map((part) => part.endsWith('"')),
      behindColon: parts.map((part) => part.endsWith(': ')),
    });
    open.set(key, same);
  }
  // The one that says most itself comes first: `no way to {}` before `{}: {}`.
  for (const list of open.values()) list.sort((a, b) => letters(b.english) - letters(a.english) || a.quoted.length - b.quoted.length);

  const known = new Map<string, string>();
  const translate = (text: string, depth: number): string => {
    const found = known.get(text) ?? whole.get(text) ?? judged(text, depth) ?? phrase(text, depth, true) ?? joined(text, depth) ?? phrase(text, depth, false) ?? text;
    if (known.size < MOST_KNOWN) known.set(text, found);
    return found;
  };
  /** @param apart whether a slot is not to take in what stands behind a semicolon, or before a colon: that is a sentence of its own */
  const phrase = (text: string, depth: number, apart: boolean): string | null => {
    if (depth > DEEPEST) return null;
    for (const key of [firstWord(text), '']) {
      for (const { english, chinese, literal, slots, quoted, behindColon } of open.get(key) ?? []) {
        const found = text.includes(literal) ? slots.exec(text) : null;
        if (found && apart && found.slice(1).some((slot, i) => !quoted[i] && (/; |;$/.test(slot) || (!behindColon[i] && /: |:$/.test(slot))))) continue;
        // What says little itself must not take in several sentences.
        if (found && letters(english) < WEAK && found.slice(1).some((slot) => (letters(english) < WEAKEST ? /[;:,] / : /[;:] /).test(slot))) continue;
        // Said twice, it is two sentences: `X: not so: X`.
        if (found && letters(literal) > 3 && found.slice(1).some((slot) => slot.includes(literal))) continue;
        const fill = (n: number): string => (quoted[n - 1] ? (found?.[n] ?? '') : translate(found?.[n] ?? '', depth + 1));
        if (found) return chinese.replace(/\{(\d+)\}/g, (_, n: string) => fill(Number(n)));
      }
    }
    return null;
  };
  /** What a test saw, and behind it what of that was wanted: two things, whatever the first has slots for. */
  const judged = (text: string, depth: number): string | null => {
    const [, seen, end] = depth > DEEPEST || text.length > LONGEST_JUDGED ? [] : (JUDGEMENT.exec(text) ?? []);
    if (seen === undefined || end === undefined) return null;
    const [, verb, wanted] = /^(needs anything but|needs|must not be|must not have) (.*)$/s.exec(end) ?? [];
    return (
      translate(seen, depth + 1) +
      (verb === undefined || wanted === undefined
        ? JUDGED[end as Judged]
        : JUDGED[verb as Judged].replace('{}', () => (wanted === 'none' ? '全部为 0' : translate(wanted, depth + 1))))
    );
  };
  /** Sentences side by side, and what stands before a colon; null where nothing of it is known. */
  const joined = (text: string, depth: number): string | null => {
    if (depth > DEEPEST) return null;
    for (const [between, chinese] of JOINTS) {
      const parts = text.split(between);
      if (parts.length < 2) continue;
      const said = (between === ': ' ? [parts[0] as string, parts.slice(1).join(between)] : parts).map((part) => translate(part, depth + 1));
      if ((said.join(between) !== text && between !== ' to ') || NAMES.test(text)) return said.join(chinese);
    }
    return null;
  };
  return (text) => (/[a-z]/.test(text) ? closed(translate(text, 0)) : text);
}

const MOST_KNOWN = 20_000;
/** Letters of its own that a phrase has at least to be trusted with more than one sentence. */
const WEAK = 12;
/** And with more than one part of a sentence: `{} is {}` is too little for that. */
const WEAKEST = 6;

/** How the engine ends what it says of a test (walk/why.ts). */
const JUDGEMENT = /^(.*), (as just loaded|as wanted|and must not be|(?:needs|must not be|must not have) (?:(?!; ).)*)$/s;
/** Characters; what is longer has a whole file in it. */
const LONGEST_JUDGED = 4000;
const JUDGED = {
  'as just loaded': '（按规则刚加载计）',
  'as wanted': '，符合要求',
  'and must not be': '，与规则要求相反',
  needs: '，需要 {}',
  'needs anything but': '，需要 {} 以外的值',
  'must not be': '，不得为 {}',
  'must not have': '，不得带有 {}',
} as const;
type Judged = keyof typeof JUDGED;

/** States and types in a row, and ranges of numbers: nothing translates them, but the words between them. */
const NAMES = /^[A-Z_]{2,}(?:(?:, | and | or )[A-Z_]{2,})+$|^\S*\d to \d\S*$/;

const JOINTS: readonly (readonly [string, string])[] = [
  ['; ', '；'],
  [': ', '：'],
  [', ', '，'],
  [' and ', ' 和 '],
  [' or ', ' 或 '],
  [' to ', ' 到 '],
];

/** Slots have room around them for names; what is said in Chinese needs none. What stands in quotes is the user's. */
function closed(said: string): string {
  return said
    .split(/("[^"]*")/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/(?<=[\p{Script=Han}，；：、（）]) (?=[\p{Script=Han}，；：、（）])|(?<=[，；：、（）]) | (?=[，；：、（）])/gu, '')))
    .join('');
}

/** Null-safe: the empty word where the text begins with none that is whole. */
function firstWord(text: string): string {
  return /^[A-Za-z]+(?= )/.exec(text)?.[0] ?? '';
}

function letters(english: string): number {
  return english.replaceAll('{}', '').length;
}
