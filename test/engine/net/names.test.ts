/** Protocol and service names, against what iptables 1.8.9 (Debian, netbase 6.4) printed and took. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { conntrackProtocolName, protocolName, protocolNumber } from '../../../engine/net/protocol.ts';
import { servicePort } from '../../../engine/net/services.ts';

describe('protocols', () => {
  test('names of conntrack(8)', () =>
    expect([6, 17, 1, 58, 136, 132, 47, 33, 99, 50].map(conntrackProtocolName)).toEqual(['tcp', 'udp', 'icmp', 'icmpv6', 'udplite', 'sctp', 'gre', 'dccp', 'unknown', 'unknown']));
  test.each([
    [1, 'icmp'],
    [4, 'ipencap'],
    [6, 'tcp'],
    [41, 'ipv6'],
    [58, 'ipv6-icmp'],
    [99, '99'],
    [135, 'mobility-header'],
    [142, 'rohc'],
    [254, '254'],
  ])('%i is saved as %s', (number, name) => {
    expect(protocolName(number)).toBe(name);
    expect(protocolNumber(name)).toBe(number);
  });

  test('names are taken in any case, and libxtables knows some more', () => {
    expect(['TCP', 'Tcp', 'ICMPv6', 'mh', 'ipv6-mh', 'AX.25', 'all', 'hopopt'].map(protocolNumber)).toEqual([6, 6, 58, 135, 135, 93, 0, 0]);
  });

  test('what iptables refuses is refused', () => {
    expect(['256', 'icmp6', 'udp-lite', 'ipv6-mobility', '', '-1', '0x6'].map(protocolNumber)).toEqual([null, null, null, null, null, null, null]);
  });
});

describe('services', () => {
  test('a name counts for its own protocols only', () => {
    expect([servicePort('http', 6), servicePort('http', 17), servicePort('http', null)]).toEqual([80, null, 80]);
    expect([servicePort('domain', 6), servicePort('domain', 17), servicePort('domain', 132)]).toEqual([53, 53, null]);
    expect([servicePort('tftp', 17), servicePort('tftp', 6), servicePort('tftp', null)]).toEqual([69, null, 69]);
    expect(servicePort('amqp', 132)).toBe(5672);
    expect(servicePort('toString', null)).toBeNull();
  });

  const file = '/etc/services';
  test.skipIf(!existsSync(file) || !/needed by a debian package/.test(readFileSync(file, 'utf8')))("every name of this machine's own list", () => {
    const wrong: string[] = [];
    // getservbyname(3) gives the first of two.
    const seen = new Set<string>();
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [name = '', number = '', ...aliases] = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
      const [port, protocol = ''] = number.split('/');
      const proto = { tcp: 6, udp: 17, sctp: 132 }[protocol];
      if (proto === undefined) continue;
      for (const candidate of [name, ...aliases]) {
        if (!seen.has(`${candidate} ${proto}`) && servicePort(candidate, proto) !== Number(port)) wrong.push(`${candidate} ${number}`);
        seen.add(`${candidate} ${proto}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
