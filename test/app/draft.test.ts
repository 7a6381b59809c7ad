import { describe, expect, test } from 'vitest';
import { draftOf, packetOf, readAddress, type DraftField } from '../../app/store/draft.ts';

const packet = { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 } as const;
const typed = (fields: Partial<Record<DraftField, string>>, base: Parameters<typeof draftOf>[0] = packet) => {
  const draft = draftOf(base);
  return packetOf({ ...draft, fields: { ...draft.fields, ...fields } });
};

describe('a packet as typed', () => {
  test('an unchanged packet comes back as it was, with the default flags said', () => {
    expect(packetOf(draftOf(packet))).toEqual({ packet: { ...packet, flags: ['SYN'] }, failures: {} });
  });
  test('fields the builder does not show are kept', () => {
    expect(typed({}, { ...packet, seq: 7, uid: 1000, payload: 3 }).packet).toMatchObject({ seq: 7, uid: 1000, payload: 3 });
  });
  test('IPv6 is written as RFC 5952 says', () => {
    expect(typed({ src: 'FD00:0:0::2', dst: '2001:DB8::0:1' }).packet).toMatchObject({ src: 'fd00::2', dst: '2001:db8::1' });
  });
  test('marks in hex and decimal; flags in any case and order', () => {
    expect(typed({ mark: '0x90002', flags: 'ack, syn' }).packet).toMatchObject({ mark: 0x90002, flags: ['SYN', 'ACK'] });
    expect(typed({ mark: '16384' }).packet?.mark).toBe(0x4000);
  });
  test('ports are left out for protocols without any', () => {
    const { packet: icmp } = typed({ proto: 'icmp', sport: 'rubbish' });
    expect(icmp).not.toHaveProperty('sport');
    expect(icmp?.proto).toBe('icmp');
  });

  const wrong: readonly (readonly [DraftField, string, string])[] = [
    ['src', '10.0.11.', 'address'],
    ['src', '10.0.11.0/24', 'address'],
    ['src', '', 'required'],
    ['dst', '', 'required'],
    ['dst', '2001:db8::1', 'family'],
    ['sport', '65536', 'number'],
    ['dport', '-1', 'number'],
    ['dport', '80x', 'number'],
    ['mark', '0x100000000', 'number'],
    ['flags', 'SIN', 'flags'],
    ['proto', '256', 'protocol'],
    ['proto', 'icmpv6', 'icmp'],
    ['at', 'soon', 'time'],
  ];
  for (const [field, text, kind] of wrong)
    test(`${field} "${text}": no packet, the field says ${kind}`, () => {
      const read = typed({ [field]: text });
      expect(read.packet).toBeNull();
      expect(read.failures[field]?.kind).toBe(kind);
    });

  test('icmp between IPv6 addresses: the field says that it is icmpv6', () => {
    const read = typed({ src: 'fd00::1', dst: 'fd00::2', proto: 'icmp' });
    expect(read.packet).toBeNull();
    expect(read.failures).toEqual({ proto: { kind: 'icmp' } });
  });
  test('a packet of the node itself needs no source', () => {
    const { packet: own } = typed({ in: '', src: '' });
    expect(own).toMatchObject({ in: null, dst: '8.8.8.8' });
    expect(own).not.toHaveProperty('src');
  });
  test('an IPv4 address with a leading zero or a zone is none', () => {
    expect(readAddress('fe80::1%eth0')).toBeNull();
    expect(readAddress('10.0.0.256')).toBeNull();
  });
});
