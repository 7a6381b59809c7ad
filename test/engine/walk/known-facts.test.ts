/**
 * What a snapshot and a packet say is known, what they leave out is not: counts and labels of listed connections, realms of routes,
 * what extension headers hold. The answers where all is said are the kernel's (test/kernel/connection-cases.ts).
 */

import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, walk } from '../../../engine/index.ts';
import { walkSnapshot } from '../../support/walk-snapshot.ts';

const ROUTES = '==> ip -j route show table all <==\n[{"dst":"default","gateway":"10.2.0.254","dev":"rb"},{"dst":"10.1.0.0/24","dev":"ra"},{"dst":"10.2.0.0/24","dev":"rb"}]\n';

/** Verdicts of the packets where a rule of FORWARD with these matches drops. */
function verdicts(matches: string, packets: readonly unknown[], more = ROUTES, save = 'iptables-save'): string[] {
  const text = `==> ${save} <==\n*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${matches} -j DROP\nCOMMIT\n${more}`;
  return walkSnapshot(text, packets).map(({ trace }) => trace.outcome.verdict);
}

const udp = { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport: 1, dport: 2, payload: 8 };

describe('a connection that the snapshot lists', () => {
  const listed = (counts: string) =>
    `${ROUTES}==> conntrack -L -o extended <==\nipv4     2 udp      17 20 src=10.1.0.2 dst=10.2.0.2 sport=1 dport=2 ${counts}src=10.2.0.2 dst=10.1.0.2 sport=2 dport=1 ${counts}mark=0 use=1\n`;
  const between = '--connbytes 6:7 --connbytes-mode packets --connbytes-dir original';

  test('goes on counting from what is listed', () => {
    expect(verdicts(`-m connbytes ${between}`, [udp, udp, udp], listed('packets=5 bytes=500 '))).toEqual(['dropped', 'dropped', 'forwarded']);
    expect(verdicts('-m connbytes --connbytes 536:571 --connbytes-mode bytes --connbytes-dir original', [udp, udp], listed('packets=5 bytes=500 '))).toEqual([
      'dropped',
      'forwarded',
    ]);
  });

  test('was opened while nobody counted where no counts are listed: negated or not, it is a miss', () => {
    expect(verdicts(`-m connbytes ${between}`, [udp], listed(''))).toEqual(['forwarded']);
    expect(verdicts(`-m connbytes ! ${between}`, [udp], listed(''))).toEqual(['forwarded']);
  });

  test('has labels that nobody knows, a new one has those that it was given', () => {
    expect(verdicts('-m connlabel --label 3', [udp], listed(''))).toEqual(['unknown']);
    expect(verdicts('-m connlabel ! --label 3', [udp])).toEqual(['dropped']);
    expect(
      verdicts('-m ttl --ttl-eq 9 -m connlabel ! --label 3 --set', [
        { ...udp, ttl: 10 },
        { ...udp, ttl: 10 },
      ]),
    ).toEqual(['forwarded', 'forwarded']);
  });
});

test('packets in a frame to a group belong to this host behind a look of cluster, and only then', () => {
  const share = '-m cluster --cluster-total-nodes 1 --cluster-local-node 1 --cluster-hash-seed 1';
  const group = { ...udp, l2: 'multicast' };
  const rules = (match: string) => `==> iptables-save <==\n*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${match}\nCOMMIT\n${ROUTES}`;
  const out = (match: string) => walk(createWorld(parseNode([{ name: 'n', text: rules(match) }])), group as never).trace.outcome.verdict;
  expect([out(share), out('-m ttl --ttl-eq 64')]).toEqual(['forwarded', 'lost']);
});

describe('the realm of a route', () => {
  const packet = { ...udp, dst: '10.9.0.1' };
  const realm = '-m realm --realm 0x30007';
  test.each([
    ['ip -j route', '[{"dst":"10.9.0.0/24","gateway":"10.2.0.254","dev":"rb","flow":{"from":"3","to":"7"}},{"dst":"10.1.0.0/24","dev":"ra"}]', 'dropped'],
    ['ip route', '10.9.0.0/24 via 10.2.0.254 dev rb realms 3/7\n10.1.0.0/24 dev ra', 'dropped'],
    ['ip route', '10.9.0.0/24 via 10.2.0.254 dev rb realm 7\n10.1.0.0/24 dev ra', 'forwarded'],
    ['ip route', '10.9.0.0/24 via 10.2.0.254 dev rb realm 7\n10.1.0.0/24 dev ra realm 3', 'dropped'],
    // A name of /etc/iproute2/rt_realms of that node.
    ['ip route', '10.9.0.0/24 via 10.2.0.254 dev rb realm uplink\n10.1.0.0/24 dev ra', 'unknown'],
    ['ip route', '10.9.0.0/24 via 10.2.0.254 dev rb\n10.1.0.0/24 dev ra', 'forwarded'],
  ])('%s: %s', (command, text, verdict) => {
    expect(verdicts(realm, [packet], `==> ${command} <==\n${text}\n`)).toEqual([verdict]);
  });

  test('is not known where a policy rule gives realms', () => {
    const more =
      '==> ip route <==\ndefault via 10.2.0.254 dev rb\n10.1.0.0/24 dev ra\n==> ip rule <==\n100:\tfrom 10.1.0.0/24 lookup main realms 3/7\n32766:\tfrom all lookup main\n';
    expect(verdicts(realm, [packet], more)).toEqual(['unknown']);
  });
});

describe('an extension header', () => {
  const six = { in: 'ra', src: 'fd01::2', dst: 'fd02::2', proto: 'udp', sport: 1, dport: 2 };
  const more = '==> ip -j -6 route show table all <==\n[{"dst":"fd02::/64","dev":"rb","pref":"medium"},{"dst":"fd01::/64","dev":"ra","pref":"medium"}]\n';
  const said = { header: 'routing', data: '040001000005' };
  const all = [six, { ...six, extensionHeaders: ['routing'] }, { ...six, extensionHeaders: [said] }, { ...six, extensionHeaders: ['hop-by-hop'] }];
  test.each([
    ['-m rt', ['forwarded', 'dropped', 'dropped', 'forwarded']],
    ['-m rt --rt-type 4', ['forwarded', 'unknown', 'dropped', 'forwarded']],
    ['-m rt ! --rt-type 4', ['forwarded', 'unknown', 'forwarded', 'forwarded']],
    ['-m srh --srh-last-entry-eq 1', ['forwarded', 'unknown', 'dropped', 'forwarded']],
    // The tag as a little-endian machine reads it.
    ['-m srh --srh-tag 1280', ['forwarded', 'unknown', 'dropped', 'forwarded']],
    ['-m ipv6header --header route,prot', ['forwarded', 'dropped', 'dropped', 'forwarded']],
    ['-m length --length 64', ['forwarded', 'unknown', 'dropped', 'unknown']],
    ['-m u32 --u32 "42>>24=4"', ['forwarded', 'unknown', 'dropped', 'unknown']],
  ])('%s', (match, expected) => {
    expect(verdicts(match, all, more, 'ip6tables-save')).toEqual(expected);
  });

  test('that the kernel may not pass over ends the way, and its sender is told', () => {
    const verdict = (data: string) =>
      verdicts('-m ttl --ttl-eq 1'.replace('ttl --ttl', 'hl --hl'), [{ ...six, extensionHeaders: [{ header: 'hop-by-hop', data }] }], more, 'ip6tables-save')[0];
    expect([verdict('050200000100'), verdict('010401000000'), verdict('800400000000'), verdict('1e0400000000')]).toEqual(['forwarded', 'lost', 'lost', 'forwarded']);
  });
});
