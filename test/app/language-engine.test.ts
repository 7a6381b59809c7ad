/** Whatever the engine's sources can say has its Chinese: a new sentence without one, or one reworded, is named here. */

import { describe, expect, test } from 'vitest';
import { chinese, TABLES } from '../../app/text/chinese/index.ts';
import { chineseReport } from '../../app/text/chinese/report.ts';
import { words } from '../../app/text/chinese/words.ts';
import { engineSentences } from './engine-sentences.ts';
import { englishIn, strayIn } from './page-text.ts';

/** Read like sentences and are none of ours: what other tools print and take, and the text of a snapshot that is made. */
const OTHER_TOOLS: ReadonlySet<string> = new Set([
  'ipset list',
  'ipset save',
  'ip -j route show table all',
  'ip -j -6 route show table all',
  'nft list ruleset',
  'ip addr',
  'ip link',
  'ip route',
  'ip rule',
  'ip neigh',
  'ip -o addr',
  'ip -br addr',
  'ip -br link',
  'ip -br neigh',
  'ip route get',
  'bridge fdb',
  'ip -j addr',
  'ip -d -j link',
  'ip -j neigh',
  'netstat -r',
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
    // What a test saw and what it needs are two things, whatever slots the first has.
    ['in is eth0, needs ovn0', 'in 为 eth0，需要 ovn0'],
    ['dst 8.8.8.8 is in no entry of ovn40subnets, as wanted', 'dst 8.8.8.8 不在 ovn40subnets 的任何条目中，符合要求'],
    ['of SYN the packet has SYN, needs none', '所查的标志 SYN 中置位的是 SYN，需要全部为 0'],
    ['ACK, a TCP header that is cut short, needs SYN', 'ACK，被截断的 TCP 头部，需要 SYN'],
    ['ctstate is NEW, needs ESTABLISHED or RELATED', 'ctstate 为 NEW，需要 ESTABLISHED 或 RELATED'],
    // A slot takes in no sentence that stands beside it.
    ['no route to ::1; answered with ICMP 1/0', '没有到 ::1 的路由；以 ICMP 1/0 应答'],
    ['127.0.0.9 is a loopback address and may not leave by rb: the sender gets an error', '127.0.0.9 是环回地址，不能从 rb 发出：发送方收到差错'],
    ['did not match: -s 10.0.0.0/8: src 192.0.2.1 is not in 10.0.0.0/8', 'did not match：-s 10.0.0.0/8：src 192.0.2.1 不在 10.0.0.0/8 中'],
    // No room between Chinese and Chinese, but in what the user wrote.
    ['1 connection from 10.1.0.2/32, needs more than 1', '来自 10.1.0.2/32 的连接有 1 个，需要大于 1'],
    // Of a rule that counts, what is taken for granted stands behind what was seen.
    ['5 of 5 tokens left, as just loaded, as wanted', '剩余 5 个令牌，共 5 个（按规则刚加载计），符合要求'],
    ['150 bytes left for a packet of 100, as just loaded, needs enough of them', '还剩 150 字节，数据包有 100 字节（按规则刚加载计），需要配额足够'],
    ['2 more to go before the next of 3, as just loaded, needs the one of every 3', '距每 3 个一次的下一次还差 2 个（按规则刚加载计），需要每 3 个中的那一个'],
    ["the packet's turn, one of 3, as just loaded, as wanted", '轮到此数据包，每 3 个一次（按规则刚加载计），符合要求'],
    ['1 connection from 10.1.0.2/32, as just loaded, needs more than 1', '来自 10.1.0.2/32 的连接有 1 个（按规则刚加载计），需要大于 1'],
    ['10.1.0.2 is not in the list, as just loaded, needs in "web" 4 times within 60 s', '10.1.0.2 不在列表中（按规则刚加载计），需要 60 秒内在 "web" 中 4 次'],
    ['enough is left, as just loaded, needs no token left', '剩余足够（按规则刚加载计），需要没有剩余的令牌'],
    ['0 packets in this interval, as just loaded, needs no token left', '本段内 0 个包（按规则刚加载计），需要没有剩余的令牌'],
    ['set "甲 乙" doesn\'t exist', '集合 "甲 乙" 不存在'],
    ['what is in the sets "blocked", "trusted" is not known: there is no ipset save section', '集合 "blocked", "trusted" 的内容未知：没有 ipset save 部分'],
    [
      "no addresses in the snapshot: a default node is assumed (lo, eth0 with 192.0.2.1/24 and 2001:db8::1/64, besides eth1 without addresses); it routes by the snapshot's routes or by default to eth0",
      '快照中没有地址：假定一个默认节点（lo、eth0，地址 192.0.2.1/24 和 2001:db8::1/64，另有没有地址的 eth1）；它按快照的路由转发，否则默认走 eth0',
    ],
    // Names and what is written in rules stay.
    ['set "no route" doesn\'t exist', '集合 "no route" 不存在'],
    ['10.0.0.1', '10.0.0.1'],
    ['-m set --match-set ovn40subnets src', '-m set --match-set ovn40subnets src'],
  ])('%s', (english, said) => expect(chinese(english)).toBe(said));

  test.each([
    ['Unknown: line 3 of ip route could not be read: a route may be missing', '无法判断：ip route 第 3 行无法读取：可能缺少一条路由'],
    ['did not match: -i eth0: in is eth1, needs eth0', '未匹配：-i eth0：in 为 eth1，需要 eth0'],
    ['Dropped by a rule that cannot be told', '被丢弃，无法确定由哪条规则丢弃'],
    ['filter/FORWARD/2 does not match and filter/FORWARD/3 matches: dropped by filter/FORWARD/3', 'filter/FORWARD/2 未匹配和 filter/FORWARD/3 匹配：被 filter/FORWARD/3 丢弃'],
    ['SNATed: leaves eth0 as 192.0.2.1, port by chance', '已做 SNAT：以 192.0.2.1（端口随机）从 eth0 发出'],
    ['DNATed and SNATed: leaves eth0 as 192.0.2.1, port by chance, to 192.0.2.5:80', '已做 DNAT 和 SNAT：从 eth0 发出，192.0.2.1（端口随机）到 192.0.2.5:80'],
  ])('in the report: %s', (english, said) => expect(chineseReport(english)).toBe(said));

  // Each is said by itself, behind a reason, behind a clause, and behind another sentence: a slot of another phrase may take it in half.
  test('is the same wherever it stands', () => {
    const wrong: string[] = [];
    let said = 0;
    for (const [english] of TABLES.flat()) {
      if (/[;:] |[;:]$|^, |^ /.test(english)) continue;
      let slot = 0;
      const sentence = english.replace(/\{\}/g, () => `x${++slot}`);
      const alone = chinese(sentence);
      if (englishIn(alone).length + strayIn(alone).length > 0 || !/\p{Script=Han}/u.test(alone)) continue;
      for (const [whole, there] of [
        [`no way to 8.8.8.8; ${sentence}`, chinese],
        [`packet 3: ${sentence}`, chinese],
        [`Unknown: ${sentence}`, chineseReport],
        [`did not match: -m x: ${sentence}`, chineseReport],
      ] as const) {
        said++;
        if (!there(whole).includes(alone)) wrong.push(`${whole} → ${there(whole)}, alone ${alone}`);
      }
    }
    expect(said).toBeGreaterThan(4000);
    expect(wrong).toEqual([]);
  });
});
