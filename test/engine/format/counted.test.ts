/** What a node has counted or was told beside its rules: tables of hashlimit and fingerprints, as their files print them (Linux 6.18, nfnl_osf of iptables 1.8.9). */

import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, traceReport, walk } from '../../../engine/index.ts';
import type { Packet } from '../../../engine/model/packet.ts';

const node = (...sections: readonly string[]) => parseNode([{ name: 'node.snapshot', text: sections.join('') }]);

describe('tables of hashlimit', () => {
  const HEADER = '==> cat /proc/net/ipt_hashlimit/web <==\n';
  // One token of two left; its bucket is forgotten in a minute.
  const ONE_LEFT = '60 198.51.100.2:0->0.0.0.0:0 494780230800000000 989560461600000000 494780230800000000\n';
  const RULES = '==> iptables-save <==\n*mangle\n-A PREROUTING -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name web\nCOMMIT\n';
  const packet: Packet = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.9', proto: 'udp' };
  function answers(sections: readonly string[], packets: readonly Packet[]): unknown[] {
    let world = createWorld(node(...sections));
    return packets.map((one) => {
      const walked = walk(world, one);
      world = walked.world;
      const step = traceReport(world, [walked.trace], []).traces[0]?.steps.find((found) => found.kind === 'rule');
      return step?.kind === 'rule' ? step.matched : null;
    });
  }

  test('a bucket goes on with what it has left', () => {
    expect(answers([RULES, HEADER, ONE_LEFT], [packet, packet])).toEqual([true, false]);
    expect(answers([RULES, HEADER], [packet, packet, packet])).toEqual([true, true, false]);
    // A kernel whose jiffies are of another length counts in other units.
    const slower = ONE_LEFT.replaceAll('494780230800000000', '1979120923200000000').replace('989560461600000000', '3958241846400000000');
    expect(answers([RULES, HEADER, slower], [packet, packet])).toEqual([true, false]);
    // Somebody else’s.
    expect(answers([RULES, HEADER, ONE_LEFT], [{ ...packet, src: '198.51.100.3' }, packet])).toEqual([true, true]);
  });

  test('when it is forgotten is known to the second and the clean-up: in between the answer is not, if it depends on it', () => {
    const empty = ONE_LEFT.replace('494780230800000000', '0');
    expect(answers([RULES, HEADER, empty], [{ ...packet, at: 30 }])).toEqual([false]);
    expect(answers([RULES, HEADER, empty], [{ ...packet, at: 61 }])).toEqual(['unknown']);
    expect(answers([RULES, HEADER, empty], [{ ...packet, at: 70 }])).toEqual([true]);
  });

  test('a line that is none is named', () => {
    const { problems, hashlimits } = node(HEADER, ONE_LEFT, '60 198.51.100.2 -> everywhere\n', '60 fd00::1:0->fd00::2:0 1 1 1\n');
    expect(problems.map(({ severity, line, message }) => [severity, line, message])).toEqual([
      ['error', 3, '"60 198.51.100.2 -> everywhere" is no entry of a hashlimit table'],
      ['error', 4, '"60 fd00::1:0->fd00::2:0 1 1 1" is no entry of a hashlimit table'],
    ]);
    expect(hashlimits?.get('hashlimit:ipv4:web')).toHaveLength(1);
  });

  test('addresses of IPv6 are written out, with the port behind them', () => {
    const { problems, hashlimits } = node(
      '==> cat /proc/net/ip6t_hashlimit/v6 <==\n',
      '-3 fd01:0000:0000:0000:0000:0000:0000:0002:4000->fd02:0000:0000:0000:0000:0000:0000:0001:53 5 6 7\n',
    );
    expect(problems).toEqual([]);
    expect(hashlimits?.get('hashlimit:ipv6:v6')).toEqual([
      { src: [0xfd010000, 0, 0, 2], dst: [0xfd020000, 0, 0, 1], sport: 4000, dport: 53, expires: -3, credit: 5n, cap: 6n, cost: 7n },
    ]);
  });
});

describe('fingerprints', () => {
  const HEADER = '==> cat /usr/share/xtables/pf.os <==\n';
  test('are read as nfnl_osf reads them', () => {
    const { problems, fingerprints } = node(HEADER, '# window:ttl…\n\n', 'S%4:64:1:60:M1460,?7,W%2,E:\t@Some:1:sub:a, b\n', 'T*:255:0:44:.:Other:::\n');
    expect(problems).toEqual([]);
    expect(fingerprints).toEqual([
      {
        window: { rule: 'mss', value: 4 },
        ttl: 64,
        df: true,
        size: 60,
        options: [
          { kind: 2, length: 4 },
          { kind: 3, length: 3 },
          { kind: 0, length: 1 },
        ],
        genre: 'Some',
      },
      { window: { rule: 'mtu', value: 0 }, ttl: 255, df: false, size: 44, options: [], genre: 'Other' },
    ]);
  });
  test('a line with other than eight colons is passed over, and named', () => {
    const { problems, fingerprints } = node(HEADER, '512:64:0:44:M*:Linux:2.0:3x:Linux: 2.0\n');
    expect(problems).toEqual([expect.objectContaining({ severity: 'warning', line: 2, hint: 'a fingerprint has eight colons' })]);
    expect(fingerprints).toEqual([]);
  });
  test('an empty section says nothing: the file was not there', () => {
    expect(node(HEADER).fingerprints).toBeUndefined();
    expect(node('==> nfacct list <==\n').accounting).toBeUndefined();
  });
});

describe('IPsec', () => {
  const RULES = '==> iptables-save <==\n*filter\n-A FORWARD -m policy --dir in --pol none -j ACCEPT\n-A FORWARD -m policy --dir out --pol ipsec -j DROP\nCOMMIT\n';
  const POLICY =
    '==> ip xfrm policy <==\nsrc 10.1.0.0/24 dst 10.2.0.0/24 \n\tdir out priority 0 ptype main \n\ttmpl src 10.0.0.1 dst 10.0.0.2\n\t\tproto esp reqid 1 mode tunnel\n';
  const matched = (...sections: readonly string[]): unknown[] => {
    const walked = walk(createWorld(node(RULES, ...sections)), { in: 'eth0', src: '198.51.100.2', dst: '203.0.113.9', proto: 'udp' });
    return (traceReport(walked.world, [walked.trace], []).traces[0]?.steps ?? []).flatMap((step) => (step.kind === 'rule' ? [step.matched] : []));
  };

  test('where nothing is said of it, it is not known', () => expect(matched()).toEqual(['unknown', 'unknown']));
  // match_policy_in() looks at states that have been used, match_policy_out() at policies of the route (net/netfilter/xt_policy.c).
  test('a node without states has undone nothing', () => expect(matched('==> ip xfrm state <==\n')).toEqual([true]));
  test('a node without policies will do nothing', () => expect(matched('==> ip -4 xfrm policy show <==\n')).toEqual(['unknown', false]));
  test('of what there is nothing is known, and that is said', () => {
    expect(matched(POLICY)).toEqual(['unknown', 'unknown']);
    expect(node(POLICY).problems).toEqual([expect.objectContaining({ severity: 'note', line: 2, message: expect.stringContaining('what IPsec does to packets is not modelled') })]);
  });
});
