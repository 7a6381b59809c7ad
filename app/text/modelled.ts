/**
 * The page *What is modelled*, in one language: a static HTML page of its own, made with the site (setup/modelled.js) from the
 * declarations that read, print, check and walk rules. No script but the one that takes the chosen theme over.
 */

import { describeExtensions, type Bilingual, type ExtensionDescription, type OptionDescription } from '../../engine/index.ts';
import { extensionHelp } from './extension-help.ts';
import { MODELLED_FILES } from './modelled-files.ts';

export type PageLanguage = keyof Bilingual;
type Kind = ExtensionDescription['kind'];

interface Words {
  readonly title: string;
  readonly other: string;
  readonly back: string;
  readonly contents: string;
  readonly intro: readonly string[];
  readonly kinds: Readonly<Record<Kind, string>>;
  readonly columns: readonly [name: string, families: string, places: string, read: string, walked: string, proved: string];
  readonly yes: string;
  readonly whole: string;
  readonly inPart: string;
  readonly all: string;
  readonly nobody: string;
  readonly options: (count: number) => string;
  readonly needed: string;
  readonly repeatable: string;
  readonly notWith: string;
  readonly alone: string;
  readonly aloneIntro: string;
}

const WORDS: Readonly<Record<PageLanguage, Words>> = {
  en: {
    title: 'What is modelled',
    other: '中文',
    back: 'Packetwalk',
    contents: 'Contents',
    intro: [
      'Every match, target and set type that Packetwalk knows, from the declarations that read, print, check and complete rules.',
      '“Read and printed”: as iptables 1.8.9 and ipset 7.17 do it, held against these tools. “Walked”: packets are, in part where something is named; a walk meets that with “unknown”, and never guesses. “Proved”: the kernels on which rules with it decided packets, and the engine agreed in every step.',
    ],
    kinds: { header: 'The header of a rule', match: 'Matches', target: 'Targets', 'set type': 'Set types' },
    columns: ['Name', 'Families', 'Tables; hooks; needs', 'Read and printed', 'Walked', 'Proved'],
    yes: 'yes',
    whole: 'yes',
    inPart: 'in part, not: ',
    all: 'all',
    nobody: 'not tried on a kernel',
    options: (count) => (count === 1 ? '1 option' : `${count} options`),
    needed: 'needed',
    repeatable: 'may be repeated',
    notWith: 'not with',
    alone: 'Known by name alone',
    aloneIntro: 'Kept as they stand, printed back word for word, and unknown in a walk:',
  },
  zh: {
    title: '模拟范围',
    other: 'English',
    back: 'Packetwalk',
    contents: '目录',
    intro: [
      'Packetwalk 认识的所有匹配、目标和集合类型，取自用于读取、打印、检查和补全规则的同一份声明。',
      '“读取与打印”：与 iptables 1.8.9 和 ipset 7.17 一致，并与这些工具比对过。“推演”：数据包会据此推演；“部分”写明不包括什么，推演遇到时答“未知”，绝不猜测。“验证”：在这些内核上，含有它的规则决定过数据包的去向，且引擎每一步都与内核一致。',
    ],
    kinds: { header: '规则头部', match: '匹配', target: '目标', 'set type': '集合类型' },
    columns: ['名称', '地址族', '表；钩子；前提', '读取与打印', '推演', '验证'],
    yes: '是',
    whole: '是',
    inPart: '部分，不含：',
    all: '全部',
    nobody: '未在内核上试过',
    options: (count) => `${count} 个选项`,
    needed: '必需',
    repeatable: '可重复',
    notWith: '不可同时使用',
    alone: '仅识别名称',
    aloneIntro: '按原样保留并逐字打印，推演时视为未知：',
  },
};

const KINDS: readonly Kind[] = ['header', 'match', 'target', 'set type'];
const LEADS: Readonly<Record<Kind, string>> = { header: '', match: '-m ', target: '-j ', 'set type': '' };

/** Both pages by their file names. `read` gives the text of a file of the repository. */
export function modelledPages(read: (file: string) => string): ReadonlyMap<string, string> {
  const { proved, alone } = JSON.parse(read('docs/proved.json')) as Pick<Modelled, 'proved' | 'alone'>;
  const style = `${read('app/views/page/tokens.css')}\n${read('app/text/modelled.css')}`;
  const all: Modelled = { extensions: describeExtensions(), proved, alone, style };
  return new Map((['en', 'zh'] as const).map((language) => [MODELLED_FILES[language], modelledPage(all, language)]));
}

export interface Modelled {
  readonly extensions: readonly ExtensionDescription[];
  /** `match tcp` to the kernels that bore it out. */
  readonly proved: Readonly<Record<string, readonly string[]>>;
  /** `-m name` of what iptables has and Packetwalk knows by its name alone. */
  readonly alone: readonly string[];
  /** The page's colours and type. */
  readonly style: string;
}

export function modelledPage({ extensions, proved, alone, style }: Modelled, language: PageLanguage): string {
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
<style>${style}</style>
</head>
<body>
<header><a href="./">${words.back}</a> <a href="${MODELLED_FILES[language === 'zh' ? 'en' : 'zh']}" lang="${language === 'zh' ? 'en' : 'zh-Hans'}" hreflang="${language === 'zh' ? 'en' : 'zh-Hans'}">${words.other}</a></header>
<main>
<h1>${words.title}</h1>
${words.intro.map((text) => `<p>${text}</p>`).join('\n')}
<nav aria-label="${words.contents}"><ul>${parts.map(([kind]) => `<li><a href="#${id(kind)}">${words.kinds[kind]}</a></li>`).join('')}<li><a href="#alone">${words.alone}</a></li></ul></nav>
${parts.map(([kind, list]) => section(kind, id(kind), list, proved, words, language)).join('\n')}
<h2 id="alone">${words.alone}</h2>
<p>${words.aloneIntro} ${alone.map((name) => `<code>${escaped(name)}</code>`).join(', ')}</p>
</main>
</body>
</html>
`;
}

function section(kind: Kind, id: string, list: readonly ExtensionDescription[], proved: Modelled['proved'], words: Words, language: PageLanguage): string {
  const head = words.columns.map((name) => `<th scope="col">${name}</th>`).join('');
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

function row(one: ExtensionDescription, proved: Modelled['proved'], words: Words, language: PageLanguage): string {
  const { kind, name, families, tables, hooks, protocols, options, notModelled } = one;
  const keys = kind === 'header' ? options.map((option) => `header ${option.name}`) : [`${kind} ${name}`];
  const kernels = [...new Set(keys.flatMap((key) => proved[key] ?? []))];
  const places = kind === 'set type' ? '' : [tables?.join(', ') ?? words.all, ...(hooks ? [hooks.join(', ')] : []), ...protocols.map((protocol) => `-p ${protocol}`)].join('; ');
  const walked = notModelled.length === 0 ? words.whole : `${words.inPart}${notModelled.map((text) => said(text, language)).join(language === 'zh' ? '；' : '; ')}`;
  const title = kind === 'header' ? words.kinds.header : `${LEADS[kind]}${name}`;
  const shown =
    options.length === 0
      ? ''
      : `<details><summary>${words.options(options.length)}</summary><dl>${options.map((option) => optionText(option, words, language)).join('')}</dl></details>`;
  return `<tr id="${escaped(`${kind} ${name}`.trim().replace(/[ :,]/g, '-'))}"><th scope="row"><code>${escaped(title)}</code>${shown}</th><td>${families.map((family) => (family === 'ipv4' ? 'IPv4' : 'IPv6')).join(', ')}</td><td>${escaped(places)}</td><td>${words.yes}</td><td>${walked}</td><td>${kernels.length > 0 ? kernels.join(', ') : words.nobody}</td></tr>`;
}

function optionText({ name, value, invertible, required, repeatable, excludes, aliases, help }: OptionDescription, words: Words, language: PageLanguage): string {
  const codes = (names: readonly string[]): string => names.map((one) => `<code>${escaped(one)}</code>`).join(', ');
  const more = [
    ...(aliases.length > 0 ? [codes(aliases)] : []),
    ...(required ? [words.needed] : []),
    ...(repeatable ? [words.repeatable] : []),
    ...(excludes.length > 0 ? [`${words.notWith} ${codes(excludes)}`] : []),
  ].join('; ');
  const meaning = help === '' ? '' : said(help, language);
  return `<dt><code>${escaped(`${invertible ? '[!] ' : ''}${name}${value === '' ? '' : ` ${value}`}`)}</code></dt><dd>${meaning}${more === '' ? '' : meaning === '' ? more : ` (${more})`}</dd>`;
}

const said = (english: string, language: PageLanguage): string => escaped(language === 'zh' ? (extensionHelp(english) ?? english) : english);

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
