/**
 * Rules that count: no tool prints what `limit`, `quota`, `statistic --mode nth`, `connlimit` and `recent` have counted (iptables-save
 * of 1.8.9, legacy and nft, prints the same rules before and after packets), so the walk starts as if they were just loaded. The
 * clause says so where its answer rests on it, and not any more where the walk itself has counted.
 */

import { describe, expect, test } from 'vitest';
import { traceReport } from '../../../engine/index.ts';
import type { Environment, Packet } from '../../../engine/model/packet.ts';
import { walkSnapshot } from '../../support/walk-snapshot.ts';

const LOADED = ', as just loaded';

/** What the last clause of the one rule says of each packet: its sentence and its value. */
function said(rule: string, packets: readonly Packet[], { environment = {}, more = '' }: { readonly environment?: Environment; readonly more?: string } = {}) {
  const text = `==> iptables-save <==\n*filter\n${rule
    .split('\n')
    .map((one) => `-A FORWARD ${one}`)
    .join('\n')}\nCOMMIT\n${more}`;
  const walked = walkSnapshot(text, JSON.parse(JSON.stringify({ environment, packets })));
  const last = walked.at(-1);
  if (!last) throw new Error('no packet was walked');
  const traces = walked.map(({ trace }) => trace);
  return traceReport(last.world, traces, []).traces.map(({ steps }) =>
    steps.flatMap((step) => (step.kind === 'rule' ? [{ text: step.why.at(-1)?.text ?? '', saw: step.why.at(-1)?.saw ?? '', matched: step.matched }] : [])),
  );
}

const from = (src: string, sport = 4000, more: Partial<Packet> = {}): Packet => ({ in: 'eth0', src, dst: '203.0.113.9', proto: 'udp', sport, dport: 53, payload: 72, ...more });
const A = '198.51.100.2';
const B = '198.51.100.3';

describe('what a rule has counted before is not known, and said once', () => {
  test.each<[string, string, readonly Packet[], readonly string[]]>([
    [
      'limit: a full bucket',
      '-m limit --limit 1/hour --limit-burst 2',
      [from(A), from(A, 2), from(A, 3)],
      ['2 of 2 tokens left, as just loaded, as wanted', '1 of 2 tokens left, as wanted', '0 of 2 tokens left, needs a token left'],
    ],
    // A packet of 100 bytes that does not fit: nothing is left afterwards.
    [
      'quota: all of it',
      '-m quota --quota 150',
      [from(A), from(A, 2), from(A, 3)],
      [
        '150 bytes left for a packet of 100, as just loaded, as wanted',
        '50 bytes left for a packet of 100, needs enough of them',
        '0 bytes left for a packet of 100, needs enough of them',
      ],
    ],
    [
      'quota, negated, that is too small from the start',
      '-m quota ! --quota 50',
      [from(A), from(A, 2)],
      ['50 bytes left for a packet of 100, as just loaded, as wanted', '0 bytes left for a packet of 100, as wanted'],
    ],
    [
      'statistic: the count of the rule, which stands where it began once more later',
      '-m statistic --mode nth --every 3 --packet 1',
      [from(A), from(A, 2), from(A, 3), from(A, 4)],
      [
        '1 more to go before the next of 3, as just loaded, needs the one of every 3',
        "the packet's turn, one of 3, as wanted",
        '2 more to go before the next of 3, needs the one of every 3',
        '1 more to go before the next of 3, needs the one of every 3',
      ],
    ],
    [
      'connlimit: for each network by itself',
      '-m connlimit --connlimit-above 1 --connlimit-mask 32',
      [from(A), from(A, 2), from(B)],
      [
        '1 connection from 198.51.100.2/32, as just loaded, needs more than 1',
        '2 connections from 198.51.100.2/32, as wanted',
        '1 connection from 198.51.100.3/32, as just loaded, needs more than 1',
      ],
    ],
    [
      'recent: for each address by itself',
      '-m recent --update --seconds 60 --name web --rsource',
      [from(A), from(B)],
      ['198.51.100.2 is not in the list, as just loaded, needs in "web" within 60 s', '198.51.100.3 is not in the list, as just loaded, needs in "web" within 60 s'],
    ],
    [
      'recent: an address that the walk has noted, or taken out',
      '-m recent --set --name web --rsource\n-m recent --remove --name web --rsource\n-m recent --rcheck --name web --rsource',
      [from(A)],
      ['198.51.100.2 is not in the list, as just loaded, as wanted', '198.51.100.2 was seen once, as wanted', '198.51.100.2 is not in the list, needs in "web"'],
    ],
    [
      'recent: an address that --reap takes out',
      '-m recent --set --name web --rsource\n-m recent --rcheck --seconds 1 --reap --name web --rsource\n-m recent ! --rcheck --name web --rdest',
      [from(A), from(B, 1, { at: 9, dst: A })],
      [
        '198.51.100.2 is not in the list, as just loaded, as wanted',
        '198.51.100.2 was seen once in 1 s, as wanted',
        '203.0.113.9 is not in the list, as just loaded, as wanted',
        '198.51.100.3 is not in the list, as just loaded, as wanted',
        '198.51.100.3 was seen once in 1 s, as wanted',
        '198.51.100.2 is not in the list, as wanted',
      ],
    ],
    [
      'hashlimit: for each bucket',
      '-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name web',
      [from(A), from(A, 2), from(B)],
      ['2 of 2 tokens left, as just loaded, as wanted', '1 of 2 tokens left, as wanted', '2 of 2 tokens left, as just loaded, as wanted'],
    ],
    [
      'hashlimit by bytes, and by the rate itself',
      '-m hashlimit --hashlimit-above 1kb/s --hashlimit-name bytes\n-m hashlimit --hashlimit-above 5/sec --hashlimit-rate-match --hashlimit-name rate',
      [from(A), from(A)],
      [
        'enough is left, as just loaded, needs no token left',
        '0 packets in this interval, as just loaded, needs no token left',
        'enough is left, needs no token left',
        '1 packets in this interval, needs no token left',
      ],
    ],
  ])('%s', (_, rule, packets, texts) => {
    expect(said(rule, packets).flatMap((steps) => steps.map(({ text }) => text))).toEqual(texts);
  });

  test('the value says it too: it is read out by itself', () => {
    expect(said('-m limit --limit 1/hour', [from(A), from(A, 2)]).map(([step]) => step?.saw)).toEqual(['5 of 5 tokens left, as just loaded', '4 of 5 tokens left']);
  });
  test('two rules that share a table of buckets: what the first has counted is known to the second', () => {
    const shared = (which: string) => `-m hashlimit --hashlimit-${which} 1/hour --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name web`;
    const [first] = said(`${shared('upto')}\n${shared('above')}`, [from(A)]);
    expect(first?.map(({ saw }) => saw)).toEqual(['2 of 2 tokens left, as just loaded', '1 of 2 tokens left']);
  });
  test('a list of recent that the walk itself has filled holds no other: the kernel keeps 100 addresses', () => {
    const packets = Array.from({ length: 102 }, (_, i) => from(`198.51.100.${i + 1}`));
    const texts = said('-m recent --set --name web --rsource', packets).map(([step]) => step?.saw ?? '');
    expect(texts[99]).toBe(`198.51.100.100 is not in the list${LOADED}`);
    expect(texts[100]).toBe('198.51.100.101 is not in the list');
  });
});

describe('what is given is known', () => {
  test('recent: a list that the scenario says', () => {
    const rule = '-m recent --rcheck --name web --rsource';
    const sawWith = (list: string) => said(rule, [from(A)], { environment: { recent: [{ list, address: B, seen: [1] }] } })[0]?.[0]?.saw;
    expect(sawWith('web')).toBe(`${A} is not in the list`);
    expect(sawWith('other')).toBe(`${A} is not in the list${LOADED}`);
  });
  test('hashlimit: a table that the snapshot lists, also for addresses that it does not have', () => {
    const rule = '-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name web';
    // As the kernel listed a bucket of 5 an hour after 4 packets, with a token for 494780230800000000.
    const more = `==> cat /proc/net/ipt_hashlimit/web <==\n3599 ${A}:0->0.0.0.0:0 494794524451161088 2473901154000000000 494780230800000000\n`;
    expect(said(rule, [from(A), from(B)], { more }).map(([step]) => step?.saw)).toEqual(['1 of 2 tokens left', '2 of 2 tokens left']);
  });
  test('counts of connections, sets and accounting objects are in the snapshot', () => {
    const more = `==> ipset save <==
create seen hash:ip family inet hashsize 1024 maxelem 65536 timeout 60 counters bucketsize 12 initval 0x1
add seen ${A} timeout 30 packets 5 bytes 500
==> sysctl -a <==
net.ipv4.ip_forward = 1
net.netfilter.nf_conntrack_acct = 1
==> nfacct list <==
{ pkts = 00000000000000000009, bytes = 00000000000000000900, quota = 00000000000000000010, mode = packet, overquota = no } = web;
`;
    const rules = [
      '-m connbytes --connbytes 2 --connbytes-mode packets --connbytes-dir both',
      '-m set --match-set seen src --packets-gt 4',
      '-m nfacct --nfacct-name web',
      '-m statistic --mode random --probability 0.5',
      '-m rateest --rateest lan --rateest-gt --rateest-pps 5',
    ];
    const [steps = []] = said(rules.join('\n'), [from(A)], { more });
    expect(steps.map(({ matched }) => matched)).toEqual([false, true, false, 'unknown', 'unknown']);
    expect(steps.filter(({ text, saw }) => `${text}${saw}`.includes('loaded'))).toEqual([]);
    // Half a minute later the entry has gone, by the time that the snapshot says is left.
    expect(said(rules[1] as string, [from(A, 1, { at: 29 }), from(A, 1, { at: 31 })], { more }).map(([step]) => step?.matched)).toEqual([true, false]);
  });
});
