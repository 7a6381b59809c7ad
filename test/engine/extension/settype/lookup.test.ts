/**
 * Look-up and change as Linux 6.18 does them. The expectations were observed with rules and packets in a network namespace
 * (iptables 1.8.9 legacy, ipset 7.17), except where a test says that it goes by the source.
 */

import { describe, expect, test } from 'vitest';
import {
  addEntry,
  changeSet,
  countHits,
  decidingEntry,
  deleteEntry,
  entryText,
  isNomatchHit,
  listEntries,
  lookup,
  NOT_IN_SET,
  testSet,
  UNKNOWN_ENTRY,
  type AddOptions,
} from '../../../../engine/extension/settype/index.ts';
import type { SetSide } from '../../../../engine/model/set.ts';
import type { SetTest } from '../../../../engine/model/test.ts';
import { readSet, registers, Sets } from './reading.ts';

const PACKET = 'udp 10.9.0.1:4000 > 10.0.0.2:5';

function setTest(set: string, sides: string, more: Partial<SetTest> = {}): SetTest {
  return { op: 'set', set, sides: sides.split(',') as SetSide[], returnNomatch: false, updateCounters: true, counters: [], ...more };
}

/** Element that matched, or `no`, `unknown`. Counters are applied, as a walk does. */
function ask(sets: Sets, query: SetTest, packet: string): string {
  const regs = registers(packet);
  const position = testSet(query, sets.get(query.set), regs, sets.context);
  const answer = position === NOT_IN_SET ? 'no' : position === UNKNOWN_ENTRY ? 'unknown' : entryText(sets.get(query.set), position);
  for (const [name, state] of countHits(sets.hits, regs, sets.now)) sets.states.set(name, state);
  sets.hits.states.length = 0;
  sets.hits.positions.length = 0;
  return answer;
}

const list = (sets: Sets, name: string): string[] => listEntries(sets.get(name), sets.now);

describe('sides and dimensions', () => {
  test('src and dst choose the address and the port', () => {
    const sets = new Sets(readSet('create s hash:ip,port', 'add s 10.0.0.2,udp:5', 'add s 10.9.0.1,udp:5'));
    expect(ask(sets, setTest('s', 'dst,dst'), PACKET)).toBe('10.0.0.2,udp:5');
    expect(ask(sets, setTest('s', 'src,dst'), PACKET)).toBe('10.9.0.1,udp:5');
    expect(ask(sets, setTest('s', 'dst,src'), PACKET)).toBe('no');
  });
  test('too few sides never match, more are ignored', () => {
    const sets = new Sets(readSet('create s hash:ip,port', 'add s 10.0.0.2,udp:5'), readSet('create t hash:ip', 'add t 10.0.0.2'));
    expect(ask(sets, setTest('s', 'dst'), PACKET)).toBe('no');
    expect(ask(sets, setTest('t', 'dst,src,src'), PACKET)).toBe('10.0.0.2');
  });
  test('a set of the other family never matches', () => {
    const sets = new Sets(readSet('create s hash:net', 'add s 0.0.0.0/1', 'add s 128.0.0.0/1'));
    sets.family = 'ipv6';
    expect(ask(sets, setTest('s', 'dst'), 'udp [fd00::1]:1 > [fd00::2]:2')).toBe('no');
  });
  test('IPv6 addresses and blocks', () => {
    const sets = new Sets(readSet('create s hash:net,port family inet6', 'add s fd00:0:0:1::/64,53', 'add s fd00::/16,udp:53', 'add s fd00:0:0:1::/65,udp:53 nomatch'));
    sets.family = 'ipv6';
    expect(ask(sets, setTest('s', 'dst,dst'), 'udp [fd00::1]:1 > [fd00:0:0:1:8000::2]:53')).toBe('fd00::/16,udp:53');
    expect(ask(sets, setTest('s', 'dst,dst'), 'tcp [fd00::1]:1 > [fd00:0:0:1:8000::2]:53')).toBe('fd00:0:0:1::/64,tcp:53');
    expect(ask(sets, setTest('s', 'dst,dst'), 'udp [fd00::1]:1 > [fd00:0:0:1::2]:53')).toBe('no');
  });
  test('a later fragment and a header cut short have no port', () => {
    const sets = new Sets(
      readSet('create s hash:ip,port', 'add s 10.0.0.2,udp:5', 'add s 10.0.0.2,gre:0'),
      readSet('create p bitmap:port range 0-65535', 'add p 5'),
      readSet('create t hash:ip', 'add t 10.0.0.2'),
    );
    for (const broken of ['frag', 'cut']) {
      expect(ask(sets, setTest('s', 'dst,dst'), `${PACKET} ${broken}`)).toBe('no');
      expect(ask(sets, setTest('p', 'dst'), `${PACKET} ${broken}`)).toBe('no');
      expect(ask(sets, setTest('t', 'dst'), `${PACKET} ${broken}`)).toBe('10.0.0.2');
    }
    expect(ask(sets, setTest('s', 'dst,dst'), 'gre 10.9.0.1 > 10.0.0.2')).toBe('10.0.0.2,gre:0');
  });
  test('ICMP type and code stand for both ports', () => {
    const sets = new Sets(readSet('create s hash:ip,port', 'add s 10.0.0.2,icmp:3/4'));
    for (const side of ['src', 'dst']) expect(ask(sets, setTest('s', `dst,${side}`), 'icmp 10.9.0.1:3 > 10.0.0.2:4')).toBe('10.0.0.2,icmp:fragmentation-needed');
    expect(ask(sets, setTest('s', 'dst,dst'), 'icmp 10.9.0.1:3 > 10.0.0.2:3')).toBe('no');
  });
  test('bitmap:port knows TCP and UDP only', () => {
    const sets = new Sets(readSet('create p bitmap:port range 0-65535', 'add p 5'));
    expect(ask(sets, setTest('p', 'dst'), PACKET)).toBe('5');
    expect(ask(sets, setTest('p', 'dst'), PACKET.replace('udp', 'sctp'))).toBe('no');
  });
  test('netmask cuts the packet’s address', () => {
    const sets = new Sets(readSet('create s hash:ip netmask 24', 'add s 10.0.0.77'));
    expect(ask(sets, setTest('s', 'dst'), PACKET)).toBe('10.0.0.0');
  });
});

describe('nomatch', () => {
  const sets = new Sets(readSet('create c hash:net', 'add c 10.0.0.0/24 nomatch', 'add c 10.0.0.0/8'));
  test('the longest prefix decides', () => {
    expect(ask(sets, setTest('c', 'dst'), PACKET)).toBe('no');
    expect(ask(sets, setTest('c', 'dst'), 'udp 10.9.0.1:1 > 10.1.0.2:5')).toBe('10.0.0.0/8');
  });
  test('--return-nomatch is true for nomatch entries only', () => {
    expect(ask(sets, setTest('c', 'dst', { returnNomatch: true }), PACKET)).toBe('10.0.0.0/24 nomatch');
    expect(ask(sets, setTest('c', 'dst', { returnNomatch: true }), 'udp 10.9.0.1:1 > 10.1.0.2:5')).toBe('no');
    expect(ask(sets, setTest('c', 'dst', { returnNomatch: true }), 'udp 10.9.0.1:1 > 127.0.0.1:5')).toBe('no');
  });
  test('types without nomatch ignore --return-nomatch', () => {
    expect(ask(new Sets(readSet('create c hash:ip', 'add c 10.0.0.2')), setTest('c', 'dst', { returnNomatch: true }), PACKET)).toBe('10.0.0.2');
  });
  test('a look-up tells which entry said no', () => {
    const found = lookup(sets.get('c'), ['dst'], registers(PACKET), sets.context);
    expect(isNomatchHit(found)).toBe(true);
    expect(entryText(sets.get('c'), decidingEntry(found))).toBe('10.0.0.0/24 nomatch');
  });
});

describe('counters', () => {
  const gt = (value: number): Partial<SetTest> => ({ counters: [{ what: 'packets', compare: 'gt', value }] });
  test('are updated before they are compared', () => {
    const sets = new Sets(readSet('create c hash:ip counters', 'add c 10.0.0.2'));
    expect(ask(sets, setTest('c', 'dst', gt(1)), PACKET)).toBe('no');
    expect(list(sets, 'c')).toEqual(['10.0.0.2 packets 1 bytes 38']);
    expect(ask(sets, setTest('c', 'dst', gt(1)), PACKET)).toBe('10.0.0.2');
    expect(list(sets, 'c')).toEqual(['10.0.0.2 packets 2 bytes 76']);
  });
  test('! --update-counters compares what is there', () => {
    const sets = new Sets(readSet('create c hash:ip counters', 'add c 10.0.0.2 packets 1 bytes 5'));
    const query = setTest('c', 'dst', { updateCounters: false, counters: [{ what: 'packets', compare: 'eq', value: 1 }] });
    expect(ask(sets, query, PACKET)).toBe('10.0.0.2');
    expect(list(sets, 'c')).toEqual(['10.0.0.2 packets 1 bytes 5']);
  });
  test('a condition on a set without counters holds', () => {
    expect(ask(new Sets(readSet('create c hash:ip', 'add c 10.0.0.2')), setTest('c', 'dst', gt(5)), PACKET)).toBe('10.0.0.2');
  });
  test('a condition that fails lets a shorter prefix be tried, and both count', () => {
    const sets = new Sets(readSet('create c hash:net counters', 'add c 10.0.0.0/24', 'add c 10.0.0.0/8 packets 100'));
    expect(ask(sets, setTest('c', 'dst', gt(50)), PACKET)).toBe('10.0.0.0/8');
    expect(list(sets, 'c')).toEqual(['10.0.0.0/24 packets 1 bytes 38', '10.0.0.0/8 packets 101 bytes 38']);
  });
  test('nomatch entries count too', () => {
    const sets = new Sets(readSet('create c hash:net counters', 'add c 10.0.0.0/24 nomatch'));
    expect(ask(sets, setTest('c', 'dst'), PACKET)).toBe('no');
    expect(list(sets, 'c')).toEqual(['10.0.0.0/24 nomatch packets 1 bytes 38']);
  });
  test('a list and its members count, each by its own flag', () => {
    const sets = new Sets(readSet('create a hash:ip counters', 'add a 10.0.0.2'), readSet('create l list:set counters', 'add l a'));
    for (const flags of [{}, { updateCounters: false }, { updateSubcounters: false }, gt(2)]) expect(ask(sets, setTest('l', 'dst', flags), PACKET)).toBe('a');
    expect(list(sets, 'a')).toEqual(['10.0.0.2 packets 2 bytes 76']);
    expect(list(sets, 'l')).toEqual(['a packets 3 bytes 114']);
  });
});

describe('hash:net,iface', () => {
  test('src is the ingress, dst the egress device; none is no match', () => {
    const sets = new Sets(readSet('create c hash:net,iface', 'add c 10.0.0.0/8,d0'));
    expect(ask(sets, setTest('c', 'dst,dst'), `${PACKET} out=d0`)).toBe('10.0.0.0/8,d0');
    expect(ask(sets, setTest('c', 'dst,src'), `${PACKET} in=d0`)).toBe('10.0.0.0/8,d0');
    expect(ask(sets, setTest('c', 'dst,src'), `${PACKET} out=d0`)).toBe('no');
  });
  test('a longer block of another interface hides a shorter one', () => {
    const sets = new Sets(readSet('create c hash:net,iface', 'add c 10.0.0.0/24,eth1', 'add c 10.0.0.0/8,d0'));
    expect(ask(sets, setTest('c', 'dst,dst'), `${PACKET} out=d0`)).toBe('no');
    expect(ask(sets, setTest('c', 'dst,dst'), 'udp 10.9.0.1:1 > 10.1.0.2:5 out=d0')).toBe('10.0.0.0/8,d0');
  });
  test('one block with several interfaces, a wildcard among them', () => {
    const sets = new Sets(readSet('create c hash:net,iface', 'add c 10.0.0.0/24,eth1', 'add c 10.0.0.0/24,d wildcard', 'add c 10.0.0.0/8,d'));
    expect(ask(sets, setTest('c', 'dst,dst'), `${PACKET} out=d0`)).toBe('10.0.0.0/24,d');
    expect(ask(sets, setTest('c', 'dst,dst'), 'udp 10.9.0.1:1 > 10.1.0.2:5 out=d0')).toBe('no');
  });
});

describe('list:set', () => {
  test('a nomatch in one member does not end the search', () => {
    const sets = new Sets(
      readSet('create a hash:net', 'add a 10.0.0.0/24 nomatch'),
      readSet('create b hash:ip', 'add b 10.0.0.2'),
      readSet('create l list:set', 'add l a', 'add l b'),
    );
    expect(ask(sets, setTest('l', 'dst'), PACKET)).toBe('b');
    expect(ask(sets, setTest('l', 'dst'), 'udp 10.9.0.1:1 > 10.0.0.3:5')).toBe('no');
    expect(ask(sets, setTest('l', 'dst', { returnNomatch: true }), 'udp 10.9.0.1:1 > 10.0.0.3:5')).toBe('a');
  });
  test('a member that is not known makes the answer unknown', () => {
    const sets = new Sets(readSet('create b hash:ip', 'add b 10.0.0.2'), readSet('create l list:set', 'add l gone', 'add l b'));
    expect(ask(sets, setTest('l', 'dst'), PACKET)).toBe('unknown');
  });
});

describe('MAC addresses', () => {
  const MAC = 'mac=02:00:00:00:0a:02';
  test('an entry without one takes that of the first packet', () => {
    const sets = new Sets(readSet('create n bitmap:ip,mac range 10.0.0.0/24', 'add n 10.0.0.2'));
    expect(ask(sets, setTest('n', 'dst,src'), PACKET)).toBe('no');
    expect(ask(sets, setTest('n', 'dst,src'), `${PACKET} ${MAC}`)).toBe('10.0.0.2');
    expect(list(sets, 'n')).toEqual(['10.0.0.2,02:00:00:00:0A:02']);
    expect(ask(sets, setTest('n', 'dst,src'), `${PACKET} mac=02:00:00:00:0a:03`)).toBe('no');
  });
  test('the destination, where it is known', () => {
    const sets = new Sets(readSet('create n bitmap:ip,mac range 10.0.0.0/24', 'add n 10.0.0.2,02:00:00:00:0a:01', 'add n 10.0.0.3'));
    expect(ask(sets, setTest('n', 'dst,dst'), `${PACKET} ${MAC}`)).toBe('unknown');
    expect(ask(sets, setTest('n', 'dst,dst'), `${PACKET} ${MAC} dmac=02:00:00:00:0a:01`)).toBe('10.0.0.2,02:00:00:00:0A:01');
    expect(ask(sets, setTest('n', 'dst,dst'), `${PACKET} ${MAC} dmac=02:00:00:00:0a:02`)).toBe('no');
    // What an entry learns is the one that was asked for.
    expect(ask(sets, setTest('n', 'dst,dst'), `${PACKET.replace('10.0.0.2', '10.0.0.3')} ${MAC} dmac=02:00:00:00:0a:01`)).toBe('10.0.0.3');
    expect(list(sets, 'n')).toEqual(['10.0.0.2,02:00:00:00:0A:01', '10.0.0.3,02:00:00:00:0A:01']);
  });
  test('hash:mac and hash:ip,mac, by the source', () => {
    const sets = new Sets(readSet('create m hash:mac', 'add m 02:00:00:00:0a:02'), readSet('create i hash:ip,mac', 'add i 10.9.0.1,02:00:00:00:0a:02'));
    expect(ask(sets, setTest('m', 'src'), `${PACKET} ${MAC}`)).toBe('02:00:00:00:0A:02');
    expect(ask(sets, setTest('i', 'src,src'), `${PACKET} ${MAC}`)).toBe('10.9.0.1,02:00:00:00:0A:02');
    expect(ask(sets, setTest('i', 'dst,src'), `${PACKET} ${MAC}`)).toBe('no');
  });
});

test('types of two nets and of marks, by the source', () => {
  const sets = new Sets(
    readSet('create n hash:net,net', 'add n 10.0.0.0/8,10.0.0.0/8', 'add n 10.9.0.0/16,10.0.0.0/24 nomatch'),
    readSet('create p hash:net,port,net', 'add p 10.0.0.0/8,udp:5,0.0.0.0/0'),
    readSet('create m hash:ip,mark markmask 0xff', 'add m 10.0.0.2,0x105'),
  );
  expect(ask(sets, setTest('n', 'src,dst'), PACKET)).toBe('no');
  expect(ask(sets, setTest('n', 'src,dst'), 'udp 10.9.0.1:1 > 10.1.0.2:5')).toBe('10.0.0.0/8,10.0.0.0/8');
  expect(ask(sets, setTest('p', 'src,dst,dst'), PACKET)).toBe('10.0.0.0/8,udp:5,0.0.0.0/0');
  expect(ask(sets, setTest('m', 'dst,dst'), `${PACKET} mark=0x705`)).toBe('10.0.0.2,0x00000005');
});

describe('timeouts', () => {
  test('an entry is gone after its timeout, 0 is for ever', () => {
    const sets = new Sets(readSet('create t hash:ip timeout 100', 'add t 10.0.0.2', 'add t 10.0.0.3 timeout 0', 'add t 10.0.0.4 timeout 7'));
    sets.now = 8;
    expect(ask(sets, setTest('t', 'dst'), PACKET)).toBe('10.0.0.2');
    expect(list(sets, 't')).toEqual(['10.0.0.2 timeout 92', '10.0.0.3 timeout 0']);
    sets.now = 101;
    expect(ask(sets, setTest('t', 'dst'), PACKET)).toBe('no');
    expect(list(sets, 't')).toEqual(['10.0.0.3 timeout 0']);
  });
});

describe('the SET target', () => {
  const PLAIN: AddOptions = { exist: false, timeout: null };
  function change(sets: Sets, action: 'add' | 'del', set: string, sides: string, packet = PACKET, options = PLAIN): void {
    const changed = changeSet(action, sets.get(set), sides.split(',') as SetSide[], registers(packet), sets.context, options);
    for (const [name, state] of changed) sets.states.set(name, state);
  }

  test('a new entry has counted its packet and has the set’s timeout', () => {
    const sets = new Sets(readSet('create a hash:ip counters timeout 100'));
    change(sets, 'add', 'a', 'dst');
    expect(list(sets, 'a')).toEqual(['10.0.0.2 timeout 100 packets 1 bytes 38']);
    change(sets, 'add', 'a', 'dst', `${PACKET} length=48`);
    expect(list(sets, 'a')).toEqual(['10.0.0.2 timeout 100 packets 1 bytes 38']);
    change(sets, 'add', 'a', 'dst', `${PACKET} length=48`, { exist: true, timeout: 50 });
    expect(list(sets, 'a')).toEqual(['10.0.0.2 timeout 50 packets 1 bytes 48']);
    expect(ask(sets, setTest('a', 'dst'), PACKET)).toBe('10.0.0.2');
  });
  test('hash:net takes the longest prefix length in the set', () => {
    const sets = new Sets(readSet('create n hash:net', 'add n 10.5.0.0/16', 'add n 10.6.0.0/24'), readSet('create e hash:net'));
    change(sets, 'add', 'n', 'dst');
    change(sets, 'add', 'e', 'dst');
    expect(list(sets, 'n')).toContain('10.0.0.0/24');
    expect(list(sets, 'e')).toEqual(['10.0.0.2']);
    expect(ask(sets, setTest('e', 'dst'), PACKET)).toBe('10.0.0.2');
  });
  test('deleting goes through the prefix lengths that are left', () => {
    const sets = new Sets(readSet('create n hash:net', 'add n 10.0.0.0/24', 'add n 10.0.0.0/8', 'add n 10.0.0.2'));
    change(sets, 'del', 'n', 'dst');
    expect(list(sets, 'n')).toEqual(['10.0.0.0/24', '10.0.0.0/8']);
    change(sets, 'del', 'n', 'dst');
    change(sets, 'del', 'n', 'dst');
    expect(list(sets, 'n')).toEqual([]);
    expect(ask(sets, setTest('n', 'dst'), PACKET)).toBe('no');
  });
  test('an entry deleted and added again is there', () => {
    const sets = new Sets(readSet('create a hash:ip', 'add a 10.0.0.2'));
    change(sets, 'del', 'a', 'dst');
    expect(ask(sets, setTest('a', 'dst'), PACKET)).toBe('no');
    change(sets, 'add', 'a', 'dst');
    expect(ask(sets, setTest('a', 'dst'), PACKET)).toBe('10.0.0.2');
    expect(list(sets, 'a')).toEqual(['10.0.0.2']);
  });
  test('a list adds to the first member that lacks it and deletes from the first that has it', () => {
    const sets = new Sets(readSet('create a hash:ip', 'add a 10.0.0.2'), readSet('create b hash:ip'), readSet('create l list:set', 'add l a', 'add l b'));
    change(sets, 'add', 'l', 'dst');
    expect([list(sets, 'a'), list(sets, 'b')]).toEqual([['10.0.0.2'], ['10.0.0.2']]);
    change(sets, 'del', 'l', 'dst');
    expect([list(sets, 'a'), list(sets, 'b')]).toEqual([[], ['10.0.0.2']]);
  });
  test('a full set, an address out of range, too few sides and no device change nothing', () => {
    const sets = new Sets(
      readSet('create f hash:ip maxelem 1', 'add f 1.1.1.1'),
      readSet('create m bitmap:ip range 10.0.0.0/31'),
      readSet('create p hash:ip,port'),
      readSet('create i hash:net,iface'),
    );
    for (const [name, sides] of [
      ['f', 'dst'],
      ['m', 'dst'],
      ['p', 'dst'],
      ['i', 'dst,src'],
    ] as const) {
      const before = sets.get(name);
      expect(addEntry(before, sides.split(',') as SetSide[], registers(`${PACKET} out=d0`), sets.context, PLAIN)).toBe(before);
    }
    change(sets, 'add', 'i', 'dst,dst', `${PACKET} out=d0`);
    expect(list(sets, 'i')).toEqual(['10.0.0.2,d0']);
    expect(ask(sets, setTest('i', 'dst,dst'), `${PACKET} out=d0`)).toBe('10.0.0.2,d0');
  });
  test('--exist on a nomatch entry clears the flag and keeps the comment', () => {
    const sets = new Sets(readSet('create n hash:net comment', 'add n 10.0.0.2 nomatch comment x'));
    change(sets, 'add', 'n', 'dst');
    expect(list(sets, 'n')).toEqual(['10.0.0.2 nomatch comment "x"']);
    change(sets, 'add', 'n', 'dst', PACKET, { exist: true, timeout: null });
    expect(list(sets, 'n')).toEqual(['10.0.0.2 comment "x"']);
  });
  test('the state before stays as it was', () => {
    const sets = new Sets(readSet('create a hash:ip', 'add a 10.0.0.2'));
    const before = sets.get('a');
    const after = deleteEntry(before, ['dst'], registers(PACKET), sets.context);
    expect(listEntries(before, 0)).toEqual(['10.0.0.2']);
    expect(listEntries(after, 0)).toEqual([]);
  });
});
