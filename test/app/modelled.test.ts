/** The page *What is modelled*: names every extension in both languages, and asks no other host for anything. */

import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { extensionHelp } from '../../app/text/extension-help.ts';
import { modelledPages } from '../../app/text/modelled.ts';
import { MODELLED_FILES } from '../../app/text/modelled-files.ts';
import { describeExtensions } from '../../engine/index.ts';
import { englishIn } from './page-text.ts';

const read = (file: string): string => readFileSync(file, 'utf8');
const pages = modelledPages(read);
/** As if no rule with `-m policy` had met a kernel. */
const unproved = modelledPages((file) => (file.endsWith('proved.json') ? read(file).replace(/\n +"match policy":.*/, '') : read(file)));
const all = describeExtensions();
const text = (html: string): string => html.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
/** The row of an extension, options and all. */
const rowOf = (html: string, name: string): string | undefined => html.split('<tr ').find((row) => row.includes(`<th scope="row"><code>${name}</code>`));

describe.each(['en', 'zh'] as const)('in %s', (language) => {
  const html = text(pages.get(MODELLED_FILES[language]) as string);

  test('every extension has its row with every option, and what a walk does not know of it', () => {
    expect(all.length).toBeGreaterThan(80);
    for (const { kind, name, options, notModelled } of all) {
      const row = kind === 'header' ? html : rowOf(html, `${kind === 'match' ? '-m ' : kind === 'target' ? '-j ' : ''}${name}`);
      expect(row, `${kind} ${name}`).toBeDefined();
      for (const option of options) expect(row, `${kind} ${name}`).toContain(`<dt><code>${option.invertible ? '[!] ' : ''}${option.name}`);
      for (const unknown of notModelled) expect(row, `${kind} ${name}`).toContain(language === 'zh' ? extensionHelp(unknown) : unknown);
    }
  });

  test('a kernel stands where one was asked, and is said to be missing where none was', () => {
    expect(rowOf(html, '-m conntrack')).toContain('<td>Linux 6.18, Linux 6.1</td>');
    expect(rowOf(unproved.get(MODELLED_FILES[language]) as string, '-m policy')).toMatch(language === 'zh' ? /未在内核上试过/ : /not tried on a kernel/);
  });

  test('it loads nothing, from nowhere', () => {
    expect(html).not.toMatch(/\b(src|href)="(?!\.\/"|#|data:|modelled)/);
    expect(html).not.toMatch(/url\(|@import|fetch\(/);
    expect(html).toContain("default-src 'none'");
  });
});

test('what the declarations say has its Chinese', () => {
  const said = new Set(all.flatMap(({ options, notModelled }) => [...notModelled, ...options.map(({ help }) => help)]));
  said.delete('');
  expect(
    [...said].filter((english) => extensionHelp(english) === null),
    'add them to app/text/extension-help.ts',
  ).toEqual([]);
  for (const english of said)
    expect(
      englishIn((extensionHelp(english) ?? '').replace(/conntrack -L expect|net_cls|IP_TRANSPARENT|SACK permitted|SYN|helper|realm|syslog|netlink|nomatch/g, '')),
      english,
    ).toEqual([]);
});

it('none of its Chinese is of a sentence that nobody says any more', () => {
  const source = readFileSync('app/text/extension-help.ts', 'utf8');
  const kept = [...source.matchAll(/^ {2}\[\s*'((?:[^'\\]|\\.)*)',/gm)].map(([, english]) => english as string);
  const said = new Set(all.flatMap(({ options, notModelled }) => [...notModelled, ...options.map(({ help }) => help)]));
  expect(kept.length).toBeGreaterThan(300);
  expect(kept.filter((english) => !said.has(english))).toEqual([]);
});
