/** The packets the kernel tests send, as tcpdump reads them: it checks every checksum and length. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../engine/model/packet.ts';
import { decodePacket, encodePacket, fromHex, internetChecksum, toHex } from './packet-bytes.ts';

/** Raw IP packets as a capture file (LINKTYPE_RAW 101, pcap-savefile(5)). */
function capture(packets: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(101, 20);
  return Buffer.concat([
    header,
    ...packets.flatMap((packet) => {
      const record = Buffer.alloc(16);
      record.writeUInt32LE(packet.length, 8);
      record.writeUInt32LE(packet.length, 12);
      return [record, Buffer.from(packet)];
    }),
  ]);
}

function tcpdump(packets: readonly Packet[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'packetwalk-'));
  try {
    const file = join(directory, 'packets.pcap');
    writeFileSync(file, capture(packets.map((packet) => encodePacket(packet))));
    const out = execFileSync('tcpdump', ['-n', '-t', '-v', '-v', '-r', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return out.replace(/\n\s+/g, ' ').trim().split('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const hasTcpdump = (() => {
  try {
    execFileSync('tcpdump', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('SKIPPED: packet bytes against tcpdump: there is no tcpdump here');
    return false;
  }
})();

const v4 = { src: '10.1.0.2', dst: '10.2.0.2' };
const v6 = { src: 'fd01::2', dst: 'fd02::2' };
const cases: readonly (readonly [string, Packet, RegExp])[] = [
  [
    'tcp syn with mss',
    { ...v4, proto: 'tcp', sport: 4200, dport: 443, seq: 7, mss: 1400, id: 5, df: true, ttl: 9, tos: 0x10 },
    /tos 0x10, ttl 9, id 5, offset 0, flags \[DF\], proto TCP \(6\), length 44\) 10\.1\.0\.2\.4200 > 10\.2\.0\.2\.443: Flags \[S\], cksum 0x\w+ \(correct\), seq 7, win 64240, options \[mss 1400\], length 0/,
  ],
  [
    'tcp data',
    { ...v4, proto: 'tcp', sport: 1, dport: 2, flags: ['PSH', 'ACK'], seq: 8, ack: 9, payload: 3, window: 100 },
    /Flags \[P\.\], cksum 0x\w+ \(correct\), seq 8:11, ack 9, win 100, length 3/,
  ],
  ['tcp bad checksum', { ...v4, proto: 'tcp', sport: 1, dport: 2, badChecksum: true }, /\(incorrect -> 0x\w+\)/],
  ['udp', { ...v4, proto: 'udp', sport: 1000, dport: 2000, payload: 5 }, /\[udp sum ok\] UDP, length 5/],
  ['udp bad checksum', { ...v4, proto: 'udp', sport: 1000, dport: 2000, badChecksum: true }, /bad udp cksum/],
  ['icmp echo', { ...v4, proto: 'icmp', icmpId: 9, icmpSeq: 3 }, /ICMP echo request, id 9, seq 3, length 16$/],
  [
    'icmp error',
    { ...v4, proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.2', dst: '10.1.0.2', proto: 'udp', sport: 53, dport: 999 } },
    /ICMP host 10\.1\.0\.2 unreachable, length 44 .*10\.2\.0\.2\.53 > 10\.1\.0\.2\.999: \[udp sum ok\]/,
  ],
  [
    'fragment',
    { ...v4, proto: 'udp', sport: 1000, dport: 2000, id: 77, fragOffset: 24, payload: 16 },
    /id 77, offset 24, flags \[none\], proto UDP \(17\), length 36\).* ip-proto-17$/,
  ],
  ['sctp', { ...v4, proto: 'sctp', sport: 1000, dport: 2000, data: '0100001400000001000010000001000100000001' }, /10\.1\.0\.2\.1000 > 10\.2\.0\.2\.2000: sctp 1\) \[INIT\]/],
  ['gre', { ...v4, proto: 'gre', greKey: 42 }, /GREv0, Flags \[key present\], key=0x2a/],
  ['esp', { ...v4, proto: 'esp', spi: 0x1234 }, /ESP\(spi=0x00001234,seq=0x1\)/],
  [
    'v6 tcp',
    { ...v6, proto: 'tcp', sport: 4200, dport: 443, tos: 0xb8, flowLabel: 0x12345, ttl: 3 },
    /class 0xb8, flowlabel 0x12345, hlim 3, next-header TCP \(6\) payload length: 20\) fd01::2\.4200 > fd02::2\.443: Flags \[S\], cksum 0x\w+ \(correct\)/,
  ],
  ['v6 udp', { ...v6, proto: 'udp', sport: 1, dport: 2 }, /\[udp sum ok\]/],
  ['icmpv6 echo', { ...v6, proto: 'icmpv6', icmpId: 7, icmpSeq: 2 }, /\[icmp6 sum ok\] ICMP6, echo request, id 7, seq 2/],
  [
    'icmpv6 error',
    { ...v6, proto: 'icmpv6', icmpType: 1, icmpCode: 4, inner: { src: 'fd02::2', dst: 'fd01::2', proto: 'udp', sport: 1, dport: 53 } },
    /\[icmp6 sum ok\] ICMP6, destination unreachable, unreachable port, fd01::2 udp port 53/,
  ],
  ['v6 fragment', { ...v6, proto: 'udp', sport: 1, dport: 2, id: 9, moreFragments: true, payload: 16 }, /frag \(0x00000009:0\|24\)/],
];

describe('encodePacket', () => {
  it.skipIf(!hasTcpdump)('writes what tcpdump reads back, checksums included', () => {
    const lines = tcpdump(cases.map(([, packet]) => packet));
    expect(lines).toHaveLength(cases.length);
    cases.forEach(([name, , pattern], i) => {
      expect(`${name}: ${lines[i]}`).toMatch(pattern);
    });
  });

  it('makes a datagram whose sum, checksum included, is zero (RFC 1071)', () => {
    const bytes = encodePacket({ ...v4, proto: 'udp', sport: 1000, dport: 2000 });
    expect(internetChecksum(bytes.subarray(0, 20))).toBe(0);
    expect(internetChecksum([...bytes.subarray(12, 20), 0, 17, 0, 16, ...bytes.subarray(20)])).toBe(0);
  });
});

describe('decodePacket', () => {
  it('reads a datagram seen on a kernel 6.18 wire', () => {
    const decoded = decodePacket(fromHex('45000024004d00003f11616a0a0200010808080803e80035001000000000000000000000'));
    expect(decoded).toMatchObject({ family: 'ipv4', src: '10.2.0.1', dst: '8.8.8.8', proto: 'udp', ttl: 63, tos: 0, id: 77, sport: 1000, dport: 53, payload: 8 });
  });

  it('gives back what was encoded', () => {
    for (const [, packet] of cases) {
      const decoded = decodePacket(encodePacket(packet)) as unknown as Record<string, unknown>;
      const { data: _, badChecksum: __, spi: ___, greKey: ____, inner, ...plain } = packet;
      if (packet.fragOffset) {
        delete (plain as { sport?: number }).sport;
        delete (plain as { dport?: number }).dport;
      }
      expect(decoded).toMatchObject(plain);
      if (inner) expect(decoded.inner).toMatchObject(inner);
    }
  });

  it('does not read what is cut off', () => {
    expect(decodePacket(fromHex('4500002400'))).toBeNull();
    expect(decodePacket(new Uint8Array(0))).toBeNull();
    expect(toHex(encodePacket({ ...v4, proto: 99, payload: 2 })).slice(40)).toBe('0000');
  });
});
