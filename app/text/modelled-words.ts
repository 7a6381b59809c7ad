/**
 * What both forms of *What is modelled* say alike, word for word: the site's page (modelled.ts) and the one in docs/
 * (test/gallery/extensions-page.ts). Each adds what only it says.
 */

import type { Bilingual, ExtensionDescription, OptionDescription } from '../../engine/index.ts';
import { extensionHelp } from './extension-help.ts';

export type PageLanguage = keyof Bilingual;
export type Kind = ExtensionDescription['kind'];

/** In the order of the page. */
export const KINDS: readonly Kind[] = ['header', 'match', 'target', 'set type'];

export interface ModelledWords {
  readonly title: string;
  readonly kinds: Readonly<Record<Kind, string>>;
  /** Behind the name. */
  readonly columns: readonly [families: string, places: string, read: string, walked: string, proved: string];
  readonly yes: string;
  readonly inPart: string;
  readonly all: string;
  readonly needed: string;
  readonly repeatable: string;
  readonly notWith: string;
  readonly alone: string;
  readonly aloneIntro: string;
  /** Between parts of a cell. */
  readonly semicolon: string;
}

export const MODELLED_WORDS: Readonly<Record<PageLanguage, ModelledWords>> = {
  en: {
    title: 'What is modelled',
    kinds: { header: 'The header of a rule', match: 'Matches', target: 'Targets', 'set type': 'Set types' },
    columns: ['Families', 'Tables; hooks; needs', 'Read and printed', 'Walked', 'Proved'],
    yes: 'yes',
    inPart: 'in part, not: ',
    all: 'all',
    needed: 'needed',
    repeatable: 'may be repeated',
    notWith: 'not with',
    alone: 'Known by name alone',
    aloneIntro: 'Kept as they stand, printed back word for word, and unknown in a walk:',
    semicolon: '; ',
  },
  zh: {
    title: '模拟范围',
    kinds: { header: '规则头部', match: '匹配模块', target: 'target', 'set type': '集合类型' },
    columns: ['地址族', '表；hook；前提', '读取与打印', '模拟', '验证'],
    yes: '是',
    inPart: '部分，不含：',
    all: '全部',
    needed: '必需',
    repeatable: '可重复',
    notWith: '互斥选项',
    alone: '仅识别名称',
    aloneIntro: '按原样保留并逐字打印，模拟时无法判断：',
    semicolon: '；',
  },
};

/** What a declaration says in English, in the page's language. */
export const said = (english: string, language: PageLanguage): string => (language === 'zh' ? (extensionHelp(english) ?? english) : english);

/** Kernels by kind and name: `match tcp`, `header -s`. */
export type Proved = Readonly<Record<string, readonly string[]>>;

export const proofKeys = ({ kind, name, options }: ExtensionDescription): readonly string[] =>
  kind === 'header' ? options.map((option) => `header ${option.name}`) : [`${kind} ${name}`];

/** The kernels that bore it out. */
export const kernelsOf = (one: ExtensionDescription, proved: Proved): string => [...new Set(proofKeys(one).flatMap((key) => proved[key] ?? []))].join(', ');

export const familiesOf = ({ families }: ExtensionDescription): string => families.map((family) => (family === 'ipv4' ? 'IPv4' : 'IPv6')).join(', ');

/** Where it may stand: tables, hooks, protocols. */
export function placesOf({ kind, tables, hooks, protocols }: ExtensionDescription, { all, semicolon }: ModelledWords, code: (text: string) => string): string {
  if (kind === 'set type') return '';
  const needs = protocols.map((name) => code(`-p ${name}`)).join(', ');
  return [tables?.join(', ') ?? all, ...(hooks ? [hooks.join(', ')] : []), ...(needs === '' ? [] : [needs])].join(semicolon);
}

/** What a walk does not know of it; empty where it knows all. */
export const unknownOf = ({ notModelled }: ExtensionDescription, language: PageLanguage): string =>
  notModelled.map((text) => said(text, language)).join(language === 'zh' ? '；' : '; ');

/** How the option is to be used, behind what it means; empty where there is nothing to say. */
export function usageOf({ aliases, required, repeatable, excludes }: OptionDescription, words: ModelledWords, code: (text: string) => string): string {
  const codes = (names: readonly string[]): string => names.map(code).join(', ');
  return [
    ...(aliases.length > 0 ? [codes(aliases)] : []),
    ...(required ? [words.needed] : []),
    ...(repeatable ? [words.repeatable] : []),
    ...(excludes.length > 0 ? [`${words.notWith} ${codes(excludes)}`] : []),
  ].join(words.semicolon);
}

/** The option as it is written. */
export const spelled = ({ name, value, invertible }: OptionDescription): string => `${invertible ? '[!] ' : ''}${name}${value === '' ? '' : ` ${value}`}`;
