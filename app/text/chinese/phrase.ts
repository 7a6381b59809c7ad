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
    same.push({ english, chinese, literal: parts.reduce((a, b) => (b.length > a.length ? b : a)), slots, quoted: parts.map((part) => part.endsWith('"')) });
    open.set(key, same);
  }
  // The one that says most itself comes first: `no way to {}` before `{}: {}`.
  for (const list of open.values()) list.sort((a, b) => letters(b.english) - letters(a.english) || a.quoted.length - b.quoted.length);

  const known = new Map<string, string>();
  const translate = (text: string, depth: number): string => {
    const found = known.get(text) ?? phrase(text, depth) ?? joined(text, depth) ?? text;
    if (known.size < MOST_KNOWN) known.set(text, found);
    return found;
  };
  const phrase = (text: string, depth: number): string | null => {
    const exact = whole.get(text);
    if (exact !== undefined || depth > DEEPEST) return exact ?? null;
    for (const key of [firstWord(text), '']) {
      for (const { english, chinese, literal, slots, quoted } of open.get(key) ?? []) {
        const found = text.includes(literal) ? slots.exec(text) : null;
        // What says little itself must not take in several sentences.
        if (found && letters(english) < WEAK && found.slice(1).some((slot) => /[;:] /.test(slot))) continue;
        // Said twice, it is two sentences: `X: not so: X`.
        if (found && letters(literal) > 3 && found.slice(1).some((slot) => slot.includes(literal))) continue;
        const fill = (n: number): string => (quoted[n - 1] ? (found?.[n] ?? '') : translate(found?.[n] ?? '', depth + 1));
        if (found) return chinese.replace(/\{(\d+)\}/g, (_, n: string) => fill(Number(n)));
      }
    }
    return null;
  };
  /** Sentences side by side, and what stands before a colon; null where nothing of it is known. */
  const joined = (text: string, depth: number): string | null => {
    if (depth > DEEPEST) return null;
    for (const [between, chinese] of JOINTS) {
      const parts = text.split(between);
      if (parts.length < 2) continue;
      const said = (between === ': ' ? [parts[0] as string, parts.slice(1).join(between)] : parts).map((part) => translate(part, depth + 1));
      if (said.join(between) !== text) return said.join(chinese);
    }
    return null;
  };
  return (text) => (/[a-z]/.test(text) ? translate(text, 0) : text);
}

const MOST_KNOWN = 20_000;
/** Letters of its own that a phrase has at least to be trusted with more than one sentence. */
const WEAK = 12;

const JOINTS: readonly (readonly [string, string])[] = [
  ['; ', '；'],
  [': ', '：'],
  [', ', '，'],
  [' and ', ' 和 '],
  [' or ', ' 或 '],
];

/** Null-safe: the empty word where the text begins with none that is whole. */
function firstWord(text: string): string {
  return /^[A-Za-z]+(?= )/.exec(text)?.[0] ?? '';
}

function letters(english: string): number {
  return english.replaceAll('{}', '').length;
}
