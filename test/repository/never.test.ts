/**
 * What must never happen has a test that would see it: docs/never.md lists which, and here it is seen that they are there. Beside
 * that, those of them that need no browser.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../app/embed/commands.ts';
import { pictureOf } from '../../app/embed/picture.ts';
import { EMPTY_DOCUMENT } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { LANGUAGES } from '../../app/text/languages.ts';
import { FATE_GLYPH } from '../../app/views/verdict/fate-words.ts';
import { openPage } from '../app/opened-page.ts';

describe('docs/never.md', () => {
  const rows = readFileSync('docs/never.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| \d* ?\|/.test(line) && line.includes('.test.ts'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  test('each of the sixteen has its tests', () => {
    expect(rows.flatMap(([, number]) => (number === '' ? [] : [Number(number)]))).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  test.each(rows.map(([, , , file = '', title = '']) => [file.replaceAll('`', ''), title] as const))('%s: %s', (file, title) => {
    const titles = [...readFileSync(file, 'utf8').matchAll(/\btest(?:\.each\([\s\S]*?\))?\(\s*(['"`])([\s\S]*?)\1,/g)].map(([, , text]) => text);
    expect(titles.filter((one) => one?.includes(title)).length, titles.join('\n')).toBeGreaterThan(0);
  });
});

test('fates and results differ in sign and word, not in colour alone', () => {
  expect(new Set(Object.values(FATE_GLYPH)).size).toBe(Object.keys(FATE_GLYPH).length);
  for (const language of ['en', 'zh'] as const) {
    const { verdict, rules, why } = LANGUAGES[language];
    for (const said of [verdict.word, rules.status, why.holds, why.conclusion]) expect(new Set(Object.values(said)).size, language).toBe(Object.keys(said).length);
  }
});

test('what is unknown is unknown in the picture, its text and the message to the host', () => {
  const app = openPage();
  const packet = draftOf({ in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4000, dport: 80 });
  const text = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m nosuch --thing 1 -j DROP\nCOMMIT\n';
  app.open({ ...EMPTY_DOCUMENT, files: [{ name: 'rules.save', text }], packets: [packet] });
  const trace = app.store.getState().answer.traces[0];
  if (!trace) throw new Error('no trace');
  expect(trace.outcome.verdict).toBe('unknown');
  for (const [language, unknown, known] of [
    ['en', 'Unknown', /Forwarded|Dropped|Delivered|SNATed/],
    ['zh', '无法判断', /已转发|丢弃|已交付|SNAT/],
  ] as const) {
    app.set({ language });
    const { svg, alt } = pictureOf({ title: { en: '', zh: '' } }, trace, language);
    const head = /<text class="head"[\s\S]*?<\/text>/.exec(svg)?.[0] ?? '';
    expect(head).toContain(`? ${unknown}`);
    expect(head).toContain('bold unknown');
    expect(head).not.toMatch(known);
    expect(alt).toContain(unknown);
    expect(verdictOf(app.store.getState())).toMatchObject({ verdict: 'unknown', class: 'unknown', text: expect.stringContaining(unknown) });
  }
});

const filesOf = (folder: string, name: RegExp): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => `${folder}/${file}`);

test('nobody says that the first match wins: some targets end a chain, others go on', () => {
  const said = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'index.html',
    ...filesOf('docs', /\.md$/).filter((file) => file !== 'docs/never.md'),
    ...filesOf('app/text', /\.ts$/),
    ...filesOf('public/examples', /about\.\w+\.md$|\.yaml$|index\.json$/),
  ];
  expect(said.length).toBeGreaterThan(40);
  const wins = /first[\s-]+match(ing)?( rule)? (wins|decides|applies|counts)|(首条|首个|第一条|第一个|最先)(匹配|命中)(的规则)?(获胜|生效|优先|为准)/i;
  // What Kube-OVN's documentation says may be told where it is said to be otherwise.
  const quoted = /the documentation says that[^.]*\.|文档(的说法是|说)[^。；]*[。；]/gi;
  for (const file of said) expect(readFileSync(file, 'utf8').replace(quoted, ''), file).not.toMatch(wins);
  for (const language of ['en', 'zh'] as const) {
    const { target } = LANGUAGES[language].why;
    expect(target.continues({ target: 'MARK' })).toMatch(/continues with the next rule|继续下一条规则/);
    expect(target.none).toMatch(/continues with the next rule|继续下一条规则/);
    expect(target.continues({ target: 'MARK' })).not.toMatch(/ends this chain|结束本链/);
  }
});
