/**
 * What a match says where it cannot look, and where its options meet: facts of the kernel's code (Linux 6.18, named at
 * each group) that no packet of the recording shows.
 */

import { describe, expect, test } from 'vitest';
import { CTSTATE, CTSTATUS, L4 } from '../../../../engine/model/field.ts';
import { answer, type Situation } from './answer.ts';

const table = (situation: Situation, expected: Readonly<Record<string, string>>) => {
  const said = Object.fromEntries(Object.keys(expected).map((rule) => [rule, answer(rule, situation)]));
  expect(said).toEqual(expected);
};

describe('conntrack without an entry (xt_conntrack.c conntrack_mt)', () => {
  test('UNTRACKED: what --ctstate says is all that counts', () => {
    table(
      { fields: { ctState: CTSTATE.UNTRACKED, hasCt: 0 } },
      {
        '-m conntrack --ctstate UNTRACKED': 'match',
        '-m conntrack --ctstate UNTRACKED --ctproto 6': 'match',
        '-m conntrack --ctstate UNTRACKED --ctorigsrc 99.9.9.9 --ctdir REPLY --ctexpire 5': 'match',
        '-m conntrack --ctstate INVALID --ctproto 6': 'miss',
        '-m conntrack ! --ctstate INVALID --ctstatus ASSURED': 'match',
        '-m conntrack --ctproto 0': 'miss',
        '-m conntrack ! --ctproto 6': 'miss',
        '-m conntrack ! --ctstatus ASSURED': 'miss',
        '-m connmark --mark 0': 'miss',
        '-m connmark ! --mark 5': 'miss',
      },
    );
  });
  test('with an entry every option counts; SNAT and DNAT are status bits', () => {
    table(
      { fields: { ctState: CTSTATE.ESTABLISHED, hasCt: 1, ctStatus: CTSTATUS.SRC_NAT | CTSTATUS.ASSURED, ctProto: 17, ctDir: 1 } },
      {
        '-m conntrack --ctstate SNAT': 'match',
        '-m conntrack --ctstate DNAT': 'miss',
        '-m conntrack --ctstate NEW,SNAT': 'match',
        '-m conntrack ! --ctstate NEW,SNAT': 'miss',
        '-m conntrack --ctstate ESTABLISHED --ctproto 6': 'miss',
        '-m conntrack --ctstate ESTABLISHED --ctproto 17 --ctdir REPLY': 'match',
        '-m conntrack --ctdir ORIGINAL': 'miss',
        '-m conntrack --ctstatus NONE': 'miss',
        '-m conntrack ! --ctstatus NONE': 'match',
        '-m conntrack --ctstatus EXPECTED,ASSURED': 'match',
      },
    );
  });
});

describe('other matches on connections, without an entry (xt_helper.c, xt_connlabel.c, xt_cluster.c, xt_connbytes.c)', () => {
  test('what a connection would have to say', () => {
    table(
      { fields: { ctState: CTSTATE.INVALID } },
      {
        '-m helper --helper ftp': 'miss',
        '-m helper ! --helper ftp': 'match',
        '-m connlabel --label 5': 'miss',
        '-m connlabel ! --label 5': 'match',
        '-m cluster --cluster-total-nodes 2 ! --cluster-local-node 1 --cluster-hash-seed 1': 'miss',
        '-m connbytes ! --connbytes 1:5 --connbytes-dir both --connbytes-mode packets': 'miss',
      },
    );
    table(
      { fields: { ctState: CTSTATE.NEW, hasCt: 1 } },
      // Opened before any rule asked for labels, and while nobody counted.
      {
        '-m helper --helper ftp': 'miss',
        '-m connlabel --label 5': 'miss',
        '-m connlabel ! --label 5 --set': 'match',
        '-m connbytes ! --connbytes 1:5 --connbytes-dir both --connbytes-mode packets': 'miss',
      },
    );
    table({ fields: { ctState: CTSTATE.RELATED, hasCt: 1, ctStatus: CTSTATUS.EXPECTED } }, { '-m helper --helper ftp': 'unknown', '-m helper ! --helper ftp': 'unknown' });
  });
});

describe('headers that cannot be read', () => {
  const ports = { sport: 5, dport: 80, icmpType: 8, proto: 17 };
  test('a later fragment is a miss even when negated (xt_tcpudp.c, xt_multiport.c)', () => {
    table(
      { fields: { ...ports, l4: L4.none } },
      {
        '-p udp -m udp ! --dport 99': 'miss',
        '-p udp -m multiport ! --dports 99': 'miss',
        '-p udp -m udp': 'miss',
      },
    );
    table({ fields: { ...ports, proto: 1, l4: L4.none } }, { '-p icmp -m icmp ! --icmp-type 3': 'miss', '-p icmp -m icmp --icmp-type any': 'miss' });
  });
  test('one cut short drops the packet', () => {
    table({ fields: { ...ports, l4: L4.truncated } }, { '-p udp -m udp --dport 99': 'drop', '-p udp -m multiport --ports 99': 'drop' });
  });
});

describe('multiport (xt_multiport.c)', () => {
  test('--ports looks at both ends, negated at neither', () => {
    table(
      { fields: { proto: 6, sport: 4000, dport: 80 } },
      {
        '-p tcp -m multiport --ports 4000': 'match',
        '-p tcp -m multiport --ports 80,90': 'match',
        '-p tcp -m multiport ! --ports 80': 'miss',
        '-p tcp -m multiport ! --ports 81': 'match',
        '-p tcp -m multiport --sports 80': 'miss',
        '-p tcp -m multiport --dports 70:79,81:90': 'miss',
        '-p tcp -m multiport --dports 85:90,70:79,79:82': 'match',
      },
    );
  });
});

describe('owner (xt_owner.c owner_mt)', () => {
  test('forwarded: only negations hold', () => {
    table(
      { fields: { socket: 0, uid: 0, gid: 0 } },
      {
        '-m owner --uid-owner 0': 'miss',
        '-m owner ! --uid-owner 0': 'match',
        '-m owner ! --uid-owner 0 --gid-owner 0': 'miss',
        '-m owner --socket-exists': 'miss',
        '-m owner ! --socket-exists': 'match',
        '-m owner ! --gid-owner 5 --suppl-groups': 'miss',
      },
    );
  });
  test('sent by the kernel: a socket that no process opened', () => {
    table(
      { fields: { socket: 1, uid: 0, gid: 0 } },
      { '-m owner --uid-owner 0': 'miss', '-m owner ! --uid-owner 0': 'match', '-m owner --socket-exists': 'match', '-m owner ! --socket-exists ! --uid-owner 5': 'miss' },
    );
  });
  test('sent by a process: ranges, and groups that are not known', () => {
    table(
      { fields: { socket: 2, uid: 1000, gid: 50 } },
      {
        '-m owner --uid-owner 999-1000': 'match',
        '-m owner ! --uid-owner 1000': 'miss',
        '-m owner --gid-owner 50 --suppl-groups': 'match',
        '-m owner --gid-owner 51 --suppl-groups': 'unknown',
        '-m owner ! --gid-owner 50 --suppl-groups': 'miss',
      },
    );
  });
});

describe('physdev (xt_physdev.c physdev_mt)', () => {
  const interfaces = { 1: 'eth0', 2: 'eth1' };
  test('no bridge: only negations hold, whatever the name', () => {
    table(
      { interfaces },
      {
        '-m physdev --physdev-in eth0': 'miss',
        '-m physdev ! --physdev-in eth0': 'match',
        '-m physdev --physdev-in +': 'miss',
        '-m physdev ! --physdev-in +': 'match',
        '-m physdev ! --physdev-out +': 'match',
        '-m physdev ! --physdev-is-in ! --physdev-is-bridged': 'match',
        '-m physdev ! --physdev-is-in --physdev-is-bridged': 'miss',
      },
    );
  });
  test('bridged: both ports are known', () => {
    table(
      { interfaces, fields: { physIn: 1, physOut: 2 } },
      {
        '-m physdev --physdev-in eth+ --physdev-out eth1 --physdev-is-bridged': 'match',
        '-m physdev --physdev-in +': 'match',
        '-m physdev ! --physdev-in eth0': 'miss',
        '-m physdev ! --physdev-is-bridged': 'miss',
      },
    );
  });
  test('routed off the bridge: --physdev-out is false in both ways', () => {
    table(
      { interfaces, fields: { physIn: 1 } },
      { '-m physdev --physdev-out eth1': 'miss', '-m physdev ! --physdev-out eth1': 'miss', '-m physdev ! --physdev-is-out': 'match', '-m physdev --physdev-is-bridged': 'miss' },
    );
  });
});

describe('mac (xt_mac.c mac_mt)', () => {
  test('a MAC is equal in all six bytes', () => {
    const fields = { hasMac: 1, srcMacHigh: 0x0200, srcMacLow: 0x0000_0a01 };
    table(
      { fields },
      {
        '-m mac --mac-source 02:00:00:00:0a:01': 'match',
        '-m mac ! --mac-source 02:00:00:00:0a:01': 'miss',
        '-m mac --mac-source 02:01:00:00:0a:01': 'miss',
        '-m mac ! --mac-source 02:00:00:00:0a:02': 'match',
      },
    );
    table({ fields: { ...fields, hasMac: 0 } }, { '-m mac --mac-source 02:00:00:00:0a:01': 'miss', '-m mac ! --mac-source 02:00:00:00:0a:02': 'miss' });
  });
});

describe('addrtype lists (xt_addrtype.c match_type, match_type6)', () => {
  test('IPv4: one of them is enough', () => {
    table(
      { context: { addressType: () => 'UNICAST' } },
      { '-m addrtype --dst-type LOCAL,UNICAST': 'match', '-m addrtype ! --dst-type LOCAL,UNICAST': 'miss', '-m addrtype --dst-type LOCAL': 'miss' },
    );
  });
  test('IPv6: every class must hold, and one of the routed types', () => {
    const remote: Situation = { family: 'ipv6', fields: { dst: 0xfd000000 }, context: { addressType: () => 'UNICAST' } };
    table(remote, {
      '-m addrtype --dst-type UNICAST': 'match',
      '-m addrtype --dst-type LOCAL,UNICAST': 'miss',
      '-m addrtype ! --dst-type LOCAL,UNICAST': 'match',
      '-m addrtype --dst-type UNICAST,MULTICAST': 'miss',
    });
    table(
      { ...remote, context: { addressType: () => 'LOCAL' } },
      { '-m addrtype --dst-type LOCAL,UNICAST': 'match', '-m addrtype --dst-type LOCAL,MULTICAST': 'miss', '-m addrtype --dst-type LOCAL,ANYCAST': 'match' },
    );
  });
});

describe('statistic (xt_statistic.c) and time (xt_time.c)', () => {
  test('chance is unknown until the scenario says', () => {
    const drawn = (value: unknown): Situation => ({ context: { choice: () => value as never } });
    const rule = '-m statistic --mode random --probability 0.25';
    expect([undefined, true, false, 0.2, 0.3].map((value) => answer(rule, drawn(value)))).toEqual(['unknown', 'match', 'miss', 'match', 'miss']);
    expect(answer('-m statistic --mode random ! --probability 0.25', drawn(true))).toBe('miss');
  });
  test('a night belongs to both days, or to the first with --contiguous', () => {
    // Tuesday 24 November 2026, 01:00 UTC.
    const situation: Situation = { context: { wallClock: Date.UTC(2026, 10, 24, 1) / 1000 } };
    table(situation, {
      '-m time --timestart 23:00 --timestop 02:00 --weekdays Mon': 'miss',
      '-m time --timestart 23:00 --timestop 02:00 --weekdays Tue': 'match',
      '-m time --timestart 23:00 --timestop 02:00 --weekdays Mon --contiguous': 'match',
      '-m time --timestart 23:00 --timestop 02:00 --monthdays 23 --contiguous': 'match',
      '-m time --timestart 01:00 --timestop 01:00': 'match',
      '-m time ! --weekdays Tue': 'miss',
      '-m time --datestart 2026-11-24T01:00:00 --datestop 2026-11-24T01:00:00': 'match',
      '-m time --kerneltz': 'unknown',
    });
    expect(answer('-m time --weekdays Mon', {})).toBe('unknown');
  });
});
