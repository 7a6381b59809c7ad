/** What the rules, sets and marks of a trace are for, one line each: beside the rule every time, sets and marks once. */

import { objectWords, setOfClause, type ClauseReading, type Explainer, type FieldChange, type ObjectReference, type Rule, type RuleAddress } from '../../../engine/index.ts';
import { bitList, hex, maskedOption } from '../../text/format.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

interface Words {
  readonly named: (name: string, said: string) => string;
  readonly of: (objects: string) => string;
  readonly comma: string;
  readonly semicolon: RegExp;
  readonly bits: (bits: readonly number[], purpose: string) => string;
  readonly also: (tests: readonly string[]) => string;
  readonly test: (mark: string, rows: string) => string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    named: (name, said) => `${name}: ${said}`,
    of: (objects) => ` (${objects})`,
    comma: ', ',
    semicolon: /; .*$/s,
    bits: (bits, purpose) => `bit${bits.length === 1 ? '' : 's'} ${bits.join(', ')}: ${purpose}`,
    also: (tests) => `; now passes the test for ${tests.join(' and ')}, too`,
    test: (mark, rows) => `${mark} (${rows})`,
  },
  zh: {
    named: (name, said) => `${name}：${said}`,
    of: (objects) => `（${objects}）`,
    comma: '、',
    semicolon: /；.*$/s,
    bits: (bits, purpose) => `第 ${bits.join('、')} 位：${purpose}`,
    also: (tests) => `；此后也满足 ${tests.join('、')}的匹配条件`,
    test: (mark, rows) => `${mark}（${rows}）`,
  },
};

/** Says what one trace's rules are for. */
export class Explanations {
  readonly #explainer: Explainer;
  readonly #language: Language;
  readonly #words: Words;
  /** What was said of sets, marks and kube-proxy's chains. */
  readonly #said = new Set<string>();

  constructor(explainer: Explainer, language: Language) {
    this.#explainer = explainer;
    this.#language = language;
    this.#words = WORDS[language];
  }

  /**
   * `S24: pod leaves the cluster, its Subnet has natOutgoing (Subnet ovn-default)`: with the only object that asks for the rule; of several,
   * those whose set entries decided about this packet. Null if the rule is none of those known.
   */
  sentence(at: RuleAddress, rule: Pick<Rule, 'text'>, readings: readonly ClauseReading[]): string | null {
    const row = this.#explainer.rule(at, rule);
    if (!row) return null;
    const own = onlyOne(row.origins);
    const objects = own.length > 0 ? own : readings.flatMap((reading) => this.#explainer.behind(reading));
    return `${this.#words.named(row.id.replace(/^K:/, ''), row.title[this.#language])}${this.#objects(objects)}`;
  }

  /** The same beside a rule that matched; all rules of one of kube-proxy's chains say the same, so it is said once. */
  matched(at: RuleAddress, rule: Pick<Rule, 'text'>, readings: readonly ClauseReading[]): readonly string[] {
    const line = this.sentence(at, rule, readings);
    if (line === null) return [];
    return this.#isOfKubernetes(at, rule) ? this.#once(line) : [line];
  }

  /** Beside a rule that did not match, with what the set holds that it failed on. Of kube-proxy's many rules nothing is said. */
  missed(at: RuleAddress, rule: Pick<Rule, 'text'>, failed: ClauseReading): readonly string[] {
    const line = this.#isOfKubernetes(at, rule) ? null : this.sentence(at, rule, []);
    return line === null ? [] : [line, ...this.sets([failed])];
  }

  /** What the sets of clauses hold. */
  sets(readings: readonly ClauseReading[]): readonly string[] {
    return readings.flatMap(({ clause }) => {
      const name = setOfClause(clause);
      const found = name === null ? null : this.#explainer.set(name);
      if (!found || name === null) return [];
      return this.#once(`${this.#words.named(name, found.purpose[this.#language])}${this.#objects(onlyOne(found.origins))}`);
    });
  }

  /** What a mark is for that the rule's target wrote, and which other tests it passes now. */
  mark(rule: Pick<Rule, 'target'>, changes: readonly FieldChange[]): readonly string[] {
    const write = maskedOption(rule.target?.text ?? '');
    const change = changes.find(({ field }) => field === 'mark');
    if (!write || !change || typeof change.from !== 'number' || typeof change.to !== 'number') return [];
    const found = this.#explainer.markWrite(write, change.from, change.to);
    if (!found) return [];
    const { row, also } = found;
    const purpose = row.purpose[this.#language].replace(this.#words.semicolon, '');
    const tests = also.map(({ value, readBy }) => this.#words.test(hex(value), readBy.map((id) => id.replace(/^K:/, '')).join(this.#words.comma)));
    return this.#once(`${row.value === 0 || row.mask === 0 ? purpose : this.#words.bits(bitList(row.value), purpose)}${tests.length > 0 ? this.#words.also(tests) : ''}`);
  }

  #isOfKubernetes(at: RuleAddress, rule: Pick<Rule, 'text'>): boolean {
    return this.#explainer.rule(at, rule)?.id.startsWith('K:') ?? false;
  }

  #objects(origins: readonly ObjectReference[]): string {
    const text = objectWords(origins)[this.#language];
    return text === '' ? '' : this.#words.of(text);
  }

  #once(line: string): readonly string[] {
    if (this.#said.has(line)) return [];
    this.#said.add(line);
    return [line];
  }
}

/** Rules that many objects ask for name none: which of them it is about this packet does not tell. */
function onlyOne(origins: readonly ObjectReference[]): readonly ObjectReference[] {
  return new Set(origins.map(({ kind, name }) => `${kind} ${name}`)).size === 1 ? origins : [];
}
