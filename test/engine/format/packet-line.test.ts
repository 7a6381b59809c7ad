/** Typed packets: what each word means, and where a line goes wrong. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTypedPacket, printTypedPacket } from '../../../engine/format/packet-line.ts';
import { fillPacket } from '../../../engine/format/packets.ts';
import type { Packet } from '../../../engine/model/packet.ts';
import { anyPacket } from '../../support/packets.ts';

describe('reading', () => {
  test.each<[string, Packet]>([
    ['ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443', { in: 'ovn0', proto: 'tcp', src: '10.0.11.2', sport: 4200, dst: '8.8.8.8', dport: 443 }],
    ['local udp > 10.96.0.10:53 mark 0x4000', { in: null, proto: 'udp', dst: '10.96.0.10', dport: 53, mark: 0x4000 }],
    ['tcp 10.0.0.1:1024 > 10.0.0.2:80 SYN,ACK', { proto: 'tcp', src: '10.0.0.1', sport: 1024, dst: '10.0.0.2', dport: 80, flags: ['SYN', 'ACK'] }],
    ['eth0 TCP [fd00::1]:80>[fd00::2]:https ttl 3 tos 0x10', { in: 'eth0', proto: 'tcp', src: 'fd00::1', sport: 80, dst: 'fd00::2', dport: 443, ttl: 3, tos: 16 }],
    ['eth0 icmpv6 fd00::1 > fd00::2', { in: 'eth0', proto: 'icmpv6', src: 'fd00::1', dst: 'fd00::2' }],
    ['eth0 icmp 10.0.0.1 > 10.0.0.2 type 0 id 5 seq 7', { in: 'eth0', proto: 'icmp', src: '10.0.0.1', dst: '10.0.0.2', icmpType: 0, icmpId: 5, icmpSeq: 7 }],
    ['eth0 tcp 10.0.0.1 > 10.0.0.2 id 5 seq 7 ACK at 1.5', { in: 'eth0', proto: 'tcp', src: '10.0.0.1', dst: '10.0.0.2', id: 5, seq: 7, flags: ['ACK'], at: 1.5 }],
    ['eth0 47 10.0.0.1 > 10.0.0.2 key 0x10 df', { in: 'eth0', proto: 47, src: '10.0.0.1', dst: '10.0.0.2', greKey: 16, df: true }],
    [
      'eth0 udp fd00::1 > fd00::2 headers hop-by-hop:050200000100,routing,60',
      { in: 'eth0', proto: 'udp', src: 'fd00::1', dst: 'fd00::2', extensionHeaders: [{ header: 'hop-by-hop', data: '050200000100' }, 'routing', 60] },
    ],
    [
      'eth0 icmp 10.0.0.9 > 10.0.0.1 type 3 code 3 inner (udp 10.0.0.1:53 > 10.0.0.2:4000)',
      { in: 'eth0', proto: 'icmp', src: '10.0.0.9', dst: '10.0.0.1', icmpType: 3, icmpCode: 3, inner: { proto: 'udp', src: '10.0.0.1', sport: 53, dst: '10.0.0.2', dport: 4000 } },
    ],
  ])('%s', (line, packet) => {
    expect(parseTypedPacket(line)).toEqual(packet);
  });
});

describe('mistakes', () => {
  test.each<[string, number, string, string]>([
    ['', 1, 'there is nothing', ''],
    ['eth0 tpc 10.0.0.1 > 10.0.0.2', 6, '"tpc" is not a protocol', 'did you mean "tcp"?'],
    ['eth0 tcp 10.0.0.1 10.0.0.2', 19, '"10.0.0.2" where ">" belongs', ''],
    ['eth0 tcp 10.0.0.1 >', 20, 'there is no destination', ''],
    ['eth0 tcp 10.0.0.300 > 10.0.0.2', 10, '"10.0.0.300" is not an IP address', ''],
    ['eth0 tcp 10.0.0.1:http > 10.0.0.2:65536', 35, '"65536" is not a port', ''],
    ['eth0 tcp fd00::1:80:x > fd00::2', 10, '', 'written [fd00::1]:80'],
    ['eth0 tcp 10.0.0.1 > 10.0.0.2 tll 4', 30, 'unknown word "tll"', 'did you mean "ttl"?'],
    ['eth0 tcp 10.0.0.1 > 10.0.0.2 ttl 400', 34, 'ttl: 400 is not', ''],
    ['eth0 tcp 10.0.0.1 > 10.0.0.2 ttl', 33, '"ttl" needs a value', ''],
    ['eth0 tcp 10.0.0.1 > 10.0.0.2 mark x', 35, '"x" is not a number', ''],
    ['eth0 tcp > 10.0.0.2', 20, 'src: a packet that arrives', ''],
    ['eth0 icmp 10.0.0.1 > 10.0.0.2 inner (udp 10.0.0.1 > 10.0.0)', 53, '"10.0.0" is not an IP address', ''],
    ['réseau0 tpc 10.0.0.1 > 10.0.0.2', 9, '"tpc"', ''],
    ['eth0 udp fd00::1 > fd00::2 headers hop-by-hop:0502', 36, '2 bytes do not make a hop-by-hop header', 'give 6 bytes, or 8 more'],
  ])('%s', (line, column, failure, hint) => {
    const found = parseTypedPacket(line);
    if (!('failure' in found)) throw new Error('it was taken for a packet');
    expect(found).toMatchObject({ column, failure: expect.stringContaining(failure), hint: expect.stringContaining(hint) });
  });

  test('a very long line is read in the time of its length', () => {
    const start = performance.now();
    for (const rest of ['ack '.repeat(50_000), '('.repeat(100_000), '(a '.repeat(50_000), `inner ${'(a) '.repeat(50_000)}`])
      parseTypedPacket(`eth0 tcp 10.0.0.1 > 10.0.0.2 ${rest}`);
    // Linear it takes a few dozen milliseconds, with the square of the length minutes.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('no text throws or hangs', () => {
    const word = fc.constantFrom('eth0', 'tcp', 'icmp', '>', '10.0.0.1:80', '[fd00::1]:1', 'SYN', 'mark', '0x1', 'inner', '(', ')', ',', 'ttl', 'type');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (line) => void parseTypedPacket(line),
      ),
    );
  });
});

describe('printing', () => {
  test.each([
    ['ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443 SYN'],
    ['local udp > 10.96.0.10:53 mark 0x4000'],
    ['eth0 tcp [fd00::1]:80 > [fd00::2]:443 none'],
    ['eth0 udp [fd00::1]:0 > [fd00::2]:0 headers destination-options:010400000000,ah'],
    ['eth0 icmp 10.0.0.9 > 10.0.0.1 type 3 code 3 inner (udp 10.0.0.1:53 > 10.0.0.2:4000)'],
  ])('%s stays as it is', (line) => {
    expect(printTypedPacket(parseTypedPacket(line) as Packet)).toBe(line);
  });

  test('what is printed reads as the same packet', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const line = printTypedPacket(packet);
        const again = parseTypedPacket(line);
        expect('failure' in again ? again : fillPacket(again), line).toEqual(fillPacket(packet));
      }),
    );
  });
});
