/** Random packets as users may write them, for properties. */

import fc from 'fast-check';
import { DCCP_TYPES } from '../../engine/model/dccp.ts';
import { TCP_FLAG, type TcpFlagName } from '../../engine/model/field.ts';
import type { Packet } from '../../engine/model/packet.ts';

const port = fc.integer({ min: 0, max: 65535 });
const byte = fc.integer({ min: 0, max: 255 });
const word = fc.integer({ min: 0, max: 0xffffffff });
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => [...bytes].map((value) => value.toString(16).padStart(2, '0')).join(':'));
const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();

/** Any field may be there or not, whether it means anything for the protocol or not. */
const fields = {
  sport: port,
  dport: port,
  flags: fc.subarray(Object.keys(TCP_FLAG) as TcpFlagName[]),
  seq: word,
  ack: word,
  window: port,
  tcpOptions: fc.array(byte, { maxLength: 3 }),
  mss: port,
  icmpType: byte,
  icmpCode: byte,
  icmpId: port,
  icmpSeq: port,
  ttl: byte,
  tos: byte,
  id: port,
  df: fc.boolean(),
  flowLabel: fc.integer({ min: 0, max: 0xfffff }),
  payload: fc.integer({ min: 0, max: 1400 }),
  data: fc.uint8Array({ maxLength: 8 }).map((bytes) => [...bytes].map((value) => value.toString(16).padStart(2, '0')).join('')),
  mark: word,
  fragOffset: fc.integer({ min: 0, max: 8191 }).map((units) => units * 8),
  moreFragments: fc.boolean(),
  spi: word,
  greKey: word,
  badChecksum: fc.boolean(),
  dccpType: fc.oneof(fc.constantFrom(...DCCP_TYPES), fc.integer({ min: 0, max: 15 })),
  dccpOptions: fc.uint8Array({ maxLength: 9 }).map((bytes) => [...bytes].map((value) => value.toString(16).padStart(2, '0')).join('')),
  srcMac: mac,
  dstMac: mac,
  l2: fc.constantFrom('unicast' as const, 'broadcast' as const, 'multicast' as const),
  physIn: fc.constant('veth1'),
  uid: word,
  gid: word,
  groups: fc.array(word, { maxLength: 3 }),
  cgroup: fc.constantFrom('/', '/system.slice', '/a/b'),
  classid: word,
  cpu: fc.integer({ min: 0, max: 8191 }),
  at: fc.integer({ min: 0, max: 1000000 }).map((milliseconds) => milliseconds / 1000),
};

/** Of IPv6 these stand before a protocol. */
const EXTENSION_HEADERS: readonly number[] = [0, 43, 44, 60];

function packetOf(address: fc.Arbitrary<string>, icmp: string): fc.Arbitrary<Packet> {
  const number = icmp === 'icmp' ? byte : byte.filter((value) => !EXTENSION_HEADERS.includes(value));
  const proto = fc.oneof(fc.constantFrom('tcp', 'udp', icmp, 'sctp', 'udplite', 'dccp', 'gre', 'esp', 'ah'), number);
  const optional = fc.record(fields, { requiredKeys: [] });
  return fc.tuple(fc.constantFrom('eth0', null), address, address, proto, optional).map(([from, src, dst, protocol, rest]) => ({ in: from, src, dst, proto: protocol, ...rest }));
}

export const anyPacket: fc.Arbitrary<Packet> = fc.oneof(packetOf(ipv4, 'icmp'), packetOf(ipv6, 'icmpv6'));
