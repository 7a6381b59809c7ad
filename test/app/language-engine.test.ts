/** Whatever the engine's sources can say has its Chinese: a new sentence without one, or one reworded, is named here. */

import { describe, expect, test } from 'vitest';
import { chinese, TABLES } from '../../app/text/chinese/index.ts';
import { words } from '../../app/text/chinese/words.ts';
import { engineSentences } from './engine-sentences.ts';
import { englishIn } from './page-text.ts';

/** Read like sentences and are none of ours: what other tools print and take, and the text of a snapshot that is made. */
const OTHER_TOOLS: ReadonlySet<string> = new Set([
  'ipset list',
  'ipset save',
  'ip -j route show table all',
  'ip -j -6 route show table all',
  'nft list ruleset',
  'nat hook prerouting priority dstnat',
  'nat hook output priority -100',
  'nat hook postrouting priority srcnat',
  'ip{}tables-{}save',
  'no kube-proxy',
  "kube-proxy in {} mode, its chains {} Kube-OVN's",
  'rules of the documentation of Kube-OVN',
  'rules of Kube-OVN {}',
  'Node {}, made by packetwalk kube-ovn: {}',
  '{}; {}; OVN load balancing {}; probe proxy {}; {}',
  'length,code jt jf k,…',
  'setname src|dst[,…]',
  'all|any|only chunktype[:flags][,…]',
  'mask compare',
  ' packets {} bytes {}',
  'table {} kube-proxy {n{}}n',
  // Pieces that others are made of; of the last one the page makes its own sentence.
  ', and {} more',
  ' and {} more',
  '{} {} is {}in {}',
]);
const LISTS_OF_NAMES = /^(tchain |apiVersion|default namespaces|podCIDR |automountServiceAccountToken )/;

const sentences = engineSentences().filter(({ template }) => !OTHER_TOOLS.has(template) && !LISTS_OF_NAMES.test(template));
const table = new Map(TABLES.flat());

describe('the engine’s sentences', () => {
  test('are found in its sources', () => {
    const templates = sentences.map(({ template }) => template);
    expect(templates.length).toBeGreaterThan(1000);
    expect(templates).toEqual(expect.arrayContaining(['no way to {}', 'rule would never match protocol', 'known in part', '{} has no address to masquerade with']));
  });
  test('each has its Chinese', () => {
    const missing = sentences.filter(({ template }) => !table.has(template)).map(({ file, line, template }) => `${file}:${line}: ${template}`);
    expect(missing, 'add them to app/text/chinese/').toEqual([]);
  });
  test('none is kept that the engine does not say any more', () => {
    const there = new Set(engineSentences().map(({ template }) => template));
    const own = new Set(words.map(([english]) => english));
    expect([...table.keys()].filter((english) => !there.has(english) && !own.has(english))).toEqual([]);
  });
  test('the Chinese fills the slots of the English, and no others, and says nothing in English', () => {
    for (const [english, said] of table) {
      const slots = english.split('{}').length - 1;
      for (const [, n] of said.matchAll(/\{(\d+)\}/g)) expect(Number(n), `${english} → ${said}`).toBeLessThanOrEqual(slots);
      expect(englishIn(said.replace(/\{\d+\}/g, '·')), english).toEqual([]);
    }
  });
});

describe('a sentence in Chinese', () => {
  test.each([
    ['no way to 10.0.0.1', '无法到达 10.0.0.1'],
    ['packet 3: the port is drawn by chance', '数据包 3：端口随机选取'],
    // The more telling phrase counts, not the first.
    ['the route to 10.0.0.1 leaves by eth0', '到 10.0.0.1 的路由从 eth0 发出'],
    // What fills a slot is said in Chinese where it is a phrase, too.
    ['no answer: it was sent to a group', '不应答：它发往组地址'],
    ['original direction of a known connection', '已知连接的原始方向'],
    ['nobody listens on queue 3: dropped; no way to fd00::1', '队列 3 没有程序监听：丢弃；无法到达 fd00::1'],
    // Names and what is written in rules stay.
    ['set "no route" doesn\'t exist', '集合 "no route" 不存在'],
    ['10.0.0.1', '10.0.0.1'],
    ['-m set --match-set ovn40subnets src', '-m set --match-set ovn40subnets src'],
  ])('%s', (english, said) => expect(chinese(english)).toBe(said));
});
