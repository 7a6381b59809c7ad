/**
 * *What is modelled*: the declarations of matches, targets and set types, and beside them which kernel bore them out: the
 * report of the random runs (test/kernel/REPORT.md), and the recordings of the emulated kernel (test/emulated/recorded).
 */

import { readdirSync, readFileSync } from 'node:fs';
import { describeExtensions, type Bilingual, type ExtensionDescription, type OptionDescription } from '../../engine/index.ts';
import { extensionHelp } from '../../app/text/extension-help.ts';
import { extensionNames } from '../../engine/format/iptables-names.ts';

type Language = keyof Bilingual;
type Kind = ExtensionDescription['kind'];

const REPORT = new URL('../kernel/REPORT.md', import.meta.url);
/** Of the emulated kernel, and of the kernel that the suite was written on. */
const RECORDED = [new URL('../emulated/recorded/', import.meta.url), new URL('../kernel/recorded/', import.meta.url)];

interface Words {
  readonly title: string;
  readonly intro: readonly string[];
  readonly kinds: Readonly<Record<Kind, string>>;
  readonly columns: readonly string[];
  readonly yes: string;
  readonly inPart: string;
  readonly all: string;
  readonly options: string;
  readonly needed: string;
  readonly repeatable: string;
  readonly notWith: string;
  readonly alone: string;
  readonly aloneIntro: string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: 'What is modelled',
    intro: [
      'Every match, target and set type, from the declarations that read, print, check and complete rules. *Read and printed*: as iptables 1.8.9 and ipset 7.17 do it; held against',
      'the tools by `npm run test:grammar`. *Walked*: a packet is; “in part” names what a walk does not know, and then says so. *Proved*: the kernel on which rules with it decided',
      'packets, and the engine agreed: Linux 6.18 by [random nodes](../test/kernel/REPORT.md), Linux 6.1 by [recordings](../test/emulated/README.md). An empty cell: neither has tried it.',
    ],
    kinds: { header: 'The header of a rule', match: 'Matches', target: 'Targets', 'set type': 'Set types' },
    columns: ['', 'Families', 'Tables; hooks; needs', 'Read and printed', 'Walked', 'Proved'],
    yes: 'yes',
    inPart: 'in part, not: ',
    all: 'all',
    options: 'Options',
    needed: 'needed',
    repeatable: 'may be repeated',
    notWith: 'not with',
    alone: 'Known by name alone',
    aloneIntro: 'Kept as they stand, printed back word for word, and unknown in a walk:',
  },
  zh: {
    title: '模拟范围',
    intro: [
      '所有匹配、目标和集合类型，取自用于读取、打印、检查和补全规则的同一份声明。**读取与打印**：与 iptables 1.8.9 和 ipset 7.17 一致，由 `npm run test:grammar` 与真实工具比对。',
      '**模拟**：数据包会据此推演；“部分”列出推演时无法得知的内容，遇到时会明确说明。**验证**：在哪个内核上由含有它的规则作出决定，且引擎与之一致：Linux 6.18 为[随机节点](../test/kernel/REPORT.md)，',
      'Linux 6.1 为[录制](../test/emulated/README.md)。空格表示两者都未尝试。',
    ],
    kinds: { header: '规则头部', match: '匹配', target: '目标', 'set type': '集合类型' },
    columns: ['', '地址族', '表；钩子；前提', '读取与打印', '模拟', '验证'],
    yes: '是',
    inPart: '部分，不含：',
    all: '全部',
    options: '选项',
    needed: '必需',
    repeatable: '可重复',
    notWith: '不可同时使用',
    alone: '仅识别名称',
    aloneIntro: '按原样保留并逐字打印，推演时视为未知：',
  },
};

/** Kernels by kind and name. A row of the report that is all zeros proves nothing. */
function proofs(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  const add = (key: string, kernel: string): void => void found.set(key, (found.get(key) ?? new Set()).add(kernel));
  const report = readFileSync(REPORT, 'utf8');
  const kernel = /Linux (\d+\.\d+)/.exec(report)?.[1] ?? '';
  for (const section of report.split(/^## /m)) {
    const kind = section.startsWith('Matches') ? 'match' : section.startsWith('Targets') ? 'target' : section.startsWith('Look-ups') ? 'set type' : null;
    if (kind === null) continue;
    for (const [, name, counts = ''] of section.matchAll(/^\| (\S+) \|((?: *\d* *\|)+)/gm))
      if (/[1-9]/.test(counts)) add(`${kind === 'match' && name?.startsWith('-') ? 'header' : kind} ${name}`, `Linux ${kernel}`);
  }
  for (const folder of RECORDED)
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      const recorded = /"kernel": ?"(\d+\.\d+)/.exec(text)?.[1];
      if (!recorded) continue;
      for (const [, letter, name] of text.matchAll(/ -([mj]) ([\w-]+)/g)) add(`${letter === 'm' ? 'match' : 'target'} ${name}`, `Linux ${recorded}`);
      for (const [, name] of text.matchAll(/"create \S+ (\S+:[\w,:]+)/g)) add(`set type ${name}`, `Linux ${recorded}`);
    }
  return new Map([...found].map(([key, kernels]) => [key, [...kernels].sort().reverse()]));
}

const KINDS: readonly Kind[] = ['header', 'match', 'target', 'set type'];

/** For the site's page: what `proofs` found, and names without a declaration. */
export function provedJson(): { readonly proved: Readonly<Record<string, readonly string[]>>; readonly alone: readonly string[] } {
  const keys = new Set(describeExtensions().flatMap(({ kind, name, options }) => (kind === 'header' ? options.map((option) => `header ${option.name}`) : [`${kind} ${name}`])));
  return { proved: Object.fromEntries([...proofs()].filter(([key]) => keys.has(key)).sort(([a], [b]) => (a < b ? -1 : 1))), alone: namesAlone() };
}

function namesAlone(): readonly string[] {
  const known = new Set(describeExtensions().map(({ name }) => name));
  return (['match', 'target'] as const).flatMap((kind) =>
    [...new Set([...extensionNames(kind, 'ipv4'), ...extensionNames(kind, 'ipv6')])]
      .filter((name) => !known.has(name))
      .sort()
      .map((name) => `${kind === 'match' ? '-m' : '-j'} ${name}`),
  );
}

export function extensionsPage(language: Language): string {
  const words = WORDS[language];
  const all = describeExtensions();
  const proved = proofs();
  const lines: string[] = ['<!-- generated by npm run coverage -->', '', `# ${words.title}`, '', ...words.intro];
  for (const kind of KINDS) {
    const rows = all.filter((one) => one.kind === kind);
    lines.push('', `## ${words.kinds[kind]}`, '', `| ${words.columns.join(' | ')} |`, `|${words.columns.map(() => ' --- |').join('')}`);
    for (const one of rows) {
      const keys = kind === 'header' ? one.options.map(({ name }) => `header ${name}`) : [`${kind} ${one.name}`];
      const kernels = [...new Set(keys.flatMap((key) => proved.get(key) ?? []))];
      const partly = one.notModelled.map((text) => said(text, language)).join(language === 'zh' ? '；' : '; ');
      lines.push(
        `| ${kind === 'header' ? '' : `\`${one.name}\``} | ${families(one)} | ${place(one, words)} | ${words.yes} | ${partly === '' ? words.yes : `${words.inPart}${cell(partly)}`} | ${kernels.join(', ')} |`,
      );
    }
    for (const one of rows.filter(({ options }) => options.length > 0))
      lines.push(
        '',
        `### ${kind === 'header' ? words.options : `${one.name}`}`,
        '',
        ...one.options.map((option) => optionLine({ ...option, help: said(option.help, language) }, words)),
      );
  }
  const alone = namesAlone().map((name) => `\`${name}\``);
  return `${[...lines, '', `## ${words.alone}`, '', words.aloneIntro, `${alone.join(', ')}.`].join('\n')}\n`;
}

const said = (english: string, language: Language): string => (language === 'zh' ? (extensionHelp(english) ?? english) : english);

const cell = (text: string): string => text.replaceAll('|', '\\|');

const families = ({ families: list }: ExtensionDescription): string => list.map((family) => (family === 'ipv4' ? 'IPv4' : 'IPv6')).join(', ');

function place({ kind, tables, hooks, protocols }: ExtensionDescription, words: Words): string {
  if (kind === 'set type') return '';
  return [tables?.join(', ') ?? words.all, ...(hooks ? [hooks.join(', ')] : []), ...(protocols.length > 0 ? [protocols.map((name) => `\`-p ${name}\``).join(', ')] : [])].join(
    '; ',
  );
}

function optionLine({ name, value, invertible, required, repeatable, excludes, aliases, help }: OptionDescription, words: Words): string {
  const text = `${invertible ? '[!] ' : ''}${name}${value === '' ? '' : ` ${value}`}`;
  const more = [
    ...(aliases.length > 0 ? [aliases.map((alias) => `\`${alias}\``).join(', ')] : []),
    ...(required ? [words.needed] : []),
    ...(repeatable ? [words.repeatable] : []),
    ...(excludes.length > 0 ? [`${words.notWith} ${excludes.map((other) => `\`${other}\``).join(', ')}`] : []),
  ].join('; ');
  return `- \`${text}\`${help === '' ? '' : `: ${help}`}${more === '' ? '' : ` (${more})`}`;
}
