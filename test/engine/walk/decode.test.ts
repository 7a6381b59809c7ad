/** Bytes to packets: against the harness's own encoder, whose frames the kernel takes for what they say. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Packet } from '../../../engine/model/packet.ts';
import { fillPacket, toPacket } from '../../../engine/model/full-packet.ts';
import { bytesOf, decodePacket } from '../../../engine/walk/decode.ts';
import { encodePacket } from '../../kernel/packet-bytes.ts';

const port = fc.integer({ min: 0, max: 65535 });
const addresses = fc.constantFrom({ src: '10.16.0.10', dst: '192.0.2.77' }, { src: '255.255.255.255', dst: '1.2.3.4' }, { src: 'fd00::10', dst: '2001:db8:ffff::1' });
const transport = fc.oneof(
  fc.record({
    proto: fc.constant('tcp'),
    sport: port,
    dport: port,
    flags: fc.constantFrom<Packet['flags']>(['SYN'], ['ACK', 'PSH'], []),
    seq: fc.integer({ min: 0, max: 0xffffffff }),
    mss: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
  }),
  fc.record({ proto: fc.constantFrom('udp', 'sctp', 'udplite'), sport: port, dport: port }),
  fc.record({ proto: fc.constant('gre'), greKey: fc.option(fc.integer({ min: 0, max: 0xffffffff }), { nil: undefined }) }),
  fc.record({ proto: fc.constant('icmp'), icmpId: port, icmpSeq: port }),
  fc.record({ proto: fc.constant('esp'), spi: fc.integer({ min: 0, max: 0xffffffff }) }),
);
const packets: fc.Arbitrary<Packet> = fc
  .record({
    ends: addresses,
    transport,
    ttl: fc.integer({ min: 0, max: 255 }),
    tos: fc.integer({ min: 0, max: 255 }),
    df: fc.boolean(),
    id: port,
    flowLabel: fc.integer({ min: 0, max: 0xfffff }),
    data: fc.constantFrom('00', '0123456789abcdef', 'ff'.repeat(37)),
  })
  .map(({ ends, transport: { proto, ...fields }, id, df, flowLabel, ...rest }): Packet => {
    const isIpv6 = ends.src.includes(':');
    const own = isIpv6 ? { flowLabel } : { id, df };
    return JSON.parse(JSON.stringify({ ...ends, proto: proto === 'icmp' && isIpv6 ? 'icmpv6' : proto, ...fields, ...own, ...rest })) as Packet;
  });

/** What bytes say: neither what the node alone knows, nor whether zeros were written out. */
function bytesSay(packet: Packet): Packet {
  const full = fillPacket(packet);
  if ('failure' in full) throw new Error(full.failure);
  const { window: _, seq, tcpOptions, ...rest } = toPacket({ ...full, in: null, data: full.data && /[^0]/.test(full.data) ? full.data : null });
  return { ...rest, ...(packet.proto === 'tcp' ? { seq } : {}), ...(tcpOptions ? { tcpOptions: tcpOptions.filter((kind) => kind !== 2) } : {}) };
}

describe('an IP packet', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const decoded = decodePacket(encodePacket(packet));
        if (!('family' in decoded)) throw new Error(JSON.stringify(decoded));
        const { window: _, seq, tcpOptions, ...rest } = toPacket(decoded);
        const read = { ...rest, ...(packet.proto === 'tcp' ? { seq } : {}), ...(tcpOptions ? { tcpOptions: tcpOptions.filter((kind) => kind !== 2) } : {}) };
        expect(read).toEqual(bytesSay(packet));
      }),
    );
  });

  test('with a wrong sum is told from a broken one', () => {
    const udp: Packet = { src: '10.16.0.10', dst: '10.77.0.5', proto: 'udp', sport: 1, dport: 2 };
    expect(decodePacket(encodePacket({ ...udp, badChecksum: true }))).toMatchObject({ badChecksum: true });
    const header = encodePacket(udp);
    header[8] = 99;
    expect(decodePacket(header)).toEqual({ dropped: 'the checksum of its IPv4 header is wrong' });
    expect(decodePacket(encodePacket(udp).subarray(0, 25))).toEqual({ dropped: 'its header says 36 bytes, and there are 25' });
    expect(decodePacket(bytesOf('50'))).toEqual({ dropped: 'its IP version is 5' });
    // No sum at all is right over IPv4 (RFC 768).
    const without = encodePacket(udp);
    without[26] = 0;
    without[27] = 0;
    expect(decodePacket(without)).toMatchObject({ badChecksum: false });
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.constantFrom(0x45, 0x46, 0x60, 0x40), (bytes, first) => decodePacket(Uint8Array.from([first, ...bytes])) !== undefined),
    );
  });
});
