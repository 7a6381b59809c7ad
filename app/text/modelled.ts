/**
 * The page *What is modelled*, in one language: a static HTML page of its own, made with the site (setup/modelled.js) from the
 * declarations that read, print, check and walk rules. No script but the one that takes the chosen theme over.
 */

import { describeExtensions, type ExtensionDescription, type OptionDescription } from '../../engine/index.ts';
import { MODELLED_FILES } from './modelled-files.ts';
import {
  familiesOf,
  kernelsOf,
  KINDS,
  MODELLED_WORDS,
  placesOf,
  said,
  spelled,
  unknownOf,
  usageOf,
  type Kind,
  type ModelledWords,
  type PageLanguage,
  type Proved,
} from './modelled-words.ts';

interface Words extends ModelledWords {
  readonly other: string;
  readonly back: string;
  readonly contents: string;
  readonly intro: readonly string[];
  readonly name: string;
  readonly nobody: string;
  readonly options: (count: number) => string;
}

const WORDS: Readonly<Record<PageLanguage, Words>> = {
  en: {
    ...MODELLED_WORDS.en,
    other: '中文',
    back: 'Packetwalk',
    contents: 'Contents',
    intro: [
      'Every match, target and set type that Packetwalk knows, from the declarations that read, print, check and complete rules.',
      '“Read and printed”: as iptables 1.8.9 and ipset 7.17 do it, held against these tools. “Walked”: packets are, in part where something is named; a walk meets that with “unknown”, and never guesses. “Proved”: the kernels on which rules with it decided packets, and the engine agreed in every step.',
    ],
    name: 'Name',
    nobody: 'not tried on a kernel',
    options: (count) => (count === 1 ? '1 option' : `${count} options`),
  },
  zh: {
    ...MODELLED_WORDS.zh,
    other: 'English',
    back: 'Packetwalk',
    contents: '目录',
    intro: [
      'Packetwalk 认识的所有匹配模块、target 和集合类型，取自用于读取、打印、检查和补全规则的同一份声明。',
      '“读取与打印”：与 iptables 1.8.9 和 ipset 7.17 一致，并与这些工具比对过。“模拟”：会据此模拟数据包的走向；“部分”写明不含什么，模拟遇到时回答“无法判断”，绝不猜测。“验证”：在这些内核上，含有它的规则决定过数据包的去向，且引擎每一步都与内核一致。',
    ],
    name: '名称',
    nobody: '未在内核上试过',
    options: (count) => `${count} 个选项`,
  },
};

const LEADS: Readonly<Record<Kind, string>> = { header: '', match: '-m ', target: '-j ', 'set type': '' };

/** Both pages by their file names. `read` gives the text of a file of the repository. */
export function modelledPages(read: (file: string) => string): ReadonlyMap<string, string> {
  const { proved, alone } = JSON.parse(read('docs/proved.json')) as Pick<Modelled, 'proved' | 'alone'>;
  const style = `${read('app/views/page/tokens.css')}\n${read('app/text/modelled.css')}`;
  const all: Modelled = { extensions: describeExtensions(), proved, alone, style };
  return new Map((['en', 'zh'] as const).map((language) => [MODELLED_FILES[language], modelledPage(all, language)]));
}

interface Modelled {
  readonly extensions: readonly ExtensionDescription[];
  /** The kernels that bore each out. */
  readonly proved: Proved;
  /** `-m name` of what iptables has and Packetwalk knows by its name alone. */
  readonly alone: readonly string[];
  /** The page's colours and type. */
  readonly style: string;
}

function modelledPage({ extensions, proved, alone, style }: Modelled, language: PageLanguage): string {
  const words = WORDS[language];
  const parts = KINDS.map((kind) => [kind, extensions.filter((one) => one.kind === kind)] as const);
  const id = (kind: Kind): string => kind.replace(' ', '-');
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-Hans' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<title>${words.title} · Packetwalk</title>
<link rel="icon" href="data:,">
<script>try{const{theme}=JSON.parse(localStorage.getItem('packetwalk.settings')||'{}');if(theme==='light'||theme==='dark')document.documentElement.dataset.theme=theme}catch{}</script>
<style>${style}${columnNames(words)}</style>
</head>
<body>
<header><a href="./">${words.back}</a> <a href="${MODELLED_FILES[language === 'zh' ? 'en' : 'zh']}" lang="${language === 'zh' ? 'en' : 'zh-Hans'}" hreflang="${language === 'zh' ? 'en' : 'zh-Hans'}">${words.other}</a></header>
<main>
<h1>${words.title}</h1>
${words.intro.map((text) => `<p>${text}</p>`).join('\n')}
<nav aria-label="${words.contents}"><ul>${parts.map(([kind]) => `<li><a href="#${id(kind)}">${words.kinds[kind]}</a></li>`).join('')}<li><a href="#alone">${words.alone}</a></li></ul></nav>
${parts.map(([kind, list]) => section(kind, id(kind), list, proved, words, language)).join('\n')}
<h2 id="alone">${words.alone}</h2>
<p>${words.aloneIntro}${language === 'zh' ? '' : ' '}${alone.map((name) => `<code>${escaped(name)}</code>`).join(language === 'zh' ? '、<wbr>' : ', ')}</p>
</main>
</body>
</html>
`;
}

/** Where rows stand as lists: the name of its column before each cell. */
function columnNames({ columns }: Words): string {
  return `@media (max-width: 900px) {${columns.map((name, i) => `td:nth-of-type(${i + 1})::before{content:"${name}"}`).join('')}}`;
}

function section(kind: Kind, id: string, list: readonly ExtensionDescription[], proved: Proved, words: Words, language: PageLanguage): string {
  const head = [words.name, ...words.columns].map((name) => `<th scope="col">${name}</th>`).join('');
  const rows = list.map((one) => row(one, proved, words, language)).join('\n');
  return `<h2 id="${id}">${words.kinds[kind]}</h2>
<div class="wide" role="region" tabindex="0" aria-labelledby="${id}">
<table>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}
</tbody>
</table>
</div>`;
}

function row(one: ExtensionDescription, proved: Proved, words: Words, language: PageLanguage): string {
  const { kind, name, options } = one;
  const unknown = unknownOf(one, language);
  const title = kind === 'header' ? words.kinds.header : `<code>${escaped(LEADS[kind] + name)}</code>`;
  const shown =
    options.length === 0
      ? ''
      : `<details><summary>${words.options(options.length)}</summary><dl>${options.map((option) => optionText(option, words, language)).join('')}</dl></details>`;
  const cells = [
    familiesOf(one),
    placesOf(one, words, escaped),
    words.yes,
    unknown === '' ? words.yes : `${words.inPart}${escaped(unknown)}`,
    kernelsOf(one, proved) || words.nobody,
  ];
  return `<tr id="${escaped(`${kind} ${name}`.trim().replace(/[ :,]/g, '-'))}"><th scope="row">${title}${shown}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function optionText(option: OptionDescription, words: Words, language: PageLanguage): string {
  const usage = usageOf(option, words, (text) => `<code>${escaped(text)}</code>`);
  const meaning = option.help === '' ? '' : escaped(said(option.help, language));
  return `<dt><code>${escaped(spelled(option))}</code></dt><dd>${meaning}${usage === '' ? '' : meaning === '' ? usage : language === 'zh' ? `（${usage}）` : ` (${usage})`}</dd>`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
