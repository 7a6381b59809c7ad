/** Elements as ipset 7.17 and Linux 6.18 store them: every expectation is what `ipset save` printed, or that it refused. */

import { describe, expect, test } from 'vitest';
import { findSetType, parseCreate, printCreate, printEntry, setLayout, type SetLayout } from '../../../../engine/extension/settype/index.ts';
import { isFailure } from '../../../../engine/model/option.ts';
import { readSet } from './reading.ts';

function saved(create: string, element: string): string {
  try {
    const set = readSet(`create s ${create}`, `add s ${element}`);
    const type = findSetType(set.type);
    const layout = setLayout(type as NonNullable<typeof type>, set) as SetLayout;
    return Array.from({ length: set.entries.count }, (_, i) => printEntry(layout, set.entries, i)).join('; ');
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

/** `=`: as written. `refused WORDS`: the message holds the words. */
const CASES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'hash:ip': [
    ['10.0.1.0/30', '10.0.1.0; 10.0.1.1; 10.0.1.2; 10.0.1.3'],
    ['10.0.0.1-10.0.0.3', '10.0.0.1; 10.0.0.2; 10.0.0.3'],
    ['10.0.0.3-10.0.0.1', '10.0.0.1; 10.0.0.2; 10.0.0.3'],
    ['0.0.0.0', 'refused null-valued'],
    ['10.0.0.1/32', '10.0.0.1'],
    ['10.0.0.1/33', 'refused "33" is out of range 0-32'],
    ['10.0.0.0/15', 'refused hash is full'],
    ['10.0.0', '10.0.0.0'],
    ['10', '0.0.0.10'],
    ['010.0.0.1', '8.0.0.1'],
    ['10.1-10.2', '10.0.0.1; 10.0.0.2'],
    ['10.0.0.1,tcp:80', 'refused comma'],
    ['10.0.0.1 timeout 5', 'refused without timeout support'],
    ['10.0.0.1 nomatch', 'refused unknown argument "nomatch"'],
    ['10.0.0.1 comment x', 'refused without comment support'],
    ['10.0.0.1/255.255.255.0', 'refused invalid as number'],
    ['example.org', 'refused cannot parse "example.org"'],
  ],
  'hash:ip netmask 24': [
    ['10.0.1.5', '10.0.1.0'],
    ['10.0.0.0/22', '10.0.0.0; 10.0.1.0; 10.0.2.0; 10.0.3.0'],
    ['0.0.0.5', 'refused null-valued'],
  ],
  'hash:ip bitmask 255.255.0.255': [['10.0.1.5', '10.0.0.5']],
  'hash:ip family inet6': [
    ['fd00::1', '='],
    ['::', 'refused null-valued'],
    ['fd00::/126', 'refused plain IP address'],
    ['fd00::1/128', 'fd00::1'],
    ['10.0.0.1', 'refused cannot parse'],
    ['::ffff:1.2.3.4', '='],
  ],
  'hash:ip family inet6 netmask 64': [['fd00::1', 'fd00::']],
  'hash:net': [
    ['10.0.0.0/8', '='],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.0.0.0/0', 'refused CIDR'],
    ['0.0.0.0/1', '='],
    ['0.0.0.0', '='],
    ['10.0.0.1-10.0.0.10', '10.0.0.1; 10.0.0.2/31; 10.0.0.4/30; 10.0.0.8/31; 10.0.0.10'],
    ['0.0.0.0-255.255.255.255', 'refused whole address space'],
    ['10.0.0.0-10.255.255.255', '10.0.0.0/8'],
    ['10.0.0.0/8 nomatch', '='],
  ],
  'hash:net family inet6': [
    ['fd00::5/8', 'fd00::/8'],
    ['::/0', 'refused CIDR'],
    ['::', '='],
  ],
  'hash:ip,port': [
    ['10.0.0.1,80', '10.0.0.1,tcp:80'],
    ['10.0.0.1,http', '10.0.0.1,tcp:80'],
    ['10.0.0.1,UDP:53', '10.0.0.1,udp:53'],
    ['10.0.0.1,6:80', '10.0.0.1,tcp:80'],
    ['10.0.0.1,tcp:82-80', '10.0.0.1,tcp:80; 10.0.0.1,tcp:81; 10.0.0.1,tcp:82'],
    ['10.0.0.1,icmp:8/0', '10.0.0.1,icmp:echo-request'],
    ['10.0.0.1,icmp:ping', '10.0.0.1,icmp:echo-request'],
    ['10.0.0.1,icmp:3/4', '10.0.0.1,icmp:fragmentation-needed'],
    ['10.0.0.1,icmp:42/7', '='],
    ['10.0.0.1,icmp:8', 'refused ICMP type/code'],
    ['10.0.0.1,icmpv6:1/0', 'refused inet6 only'],
    ['10.0.0.1,gre:0', '='],
    ['10.0.0.1,gre:1', 'refused pseudo port'],
    ['10.0.0.1,dccp:5', 'refused pseudo port'],
    ['10.0.0.1,99:0', '='],
    ['10.0.0.1,0:0', 'refused protocol'],
    ['10.0.0.0/31,80-81', '10.0.0.0,tcp:80; 10.0.0.0,tcp:81; 10.0.0.1,tcp:80; 10.0.0.1,tcp:81'],
    ['10.0.0.1', 'refused 1 of 2'],
    ['10.0.0.1,tcp:65536', 'refused port'],
    ['10.0.0.1,80,90', 'refused 3 of 2'],
    ['10.0.0.1,tcp:[ftp-data]-[ssh]', '10.0.0.1,tcp:20; 10.0.0.1,tcp:21; 10.0.0.1,tcp:22'],
  ],
  'hash:ip,port family inet6': [
    ['fd00::1,icmpv6:128/0', 'fd00::1,ipv6-icmp:echo-request'],
    ['fd00::1,tcp:1-2', 'fd00::1,tcp:1; fd00::1,tcp:2'],
    ['fd00::1,icmp:8/0', 'refused inet only'],
  ],
  'hash:net,port': [
    ['10.1.2.3/8,80', '10.0.0.0/8,tcp:80'],
    ['10.0.0.0-10.0.0.2,80-81', '10.0.0.0/31,tcp:80; 10.0.0.0/31,tcp:81; 10.0.0.2,tcp:80; 10.0.0.2,tcp:81'],
    ['0.0.0.0/0,80', 'refused CIDR'],
  ],
  'hash:ip,port,ip': [
    ['10.0.0.0/31,80,10.0.0.2', '10.0.0.0,tcp:80,10.0.0.2; 10.0.0.1,tcp:80,10.0.0.2'],
    ['10.0.0.1,80,10.0.0.2/31', 'refused plain IP address'],
    ['0.0.0.0,80,1.1.1.1', '0.0.0.0,tcp:80,1.1.1.1'],
  ],
  'hash:ip,port,net': [
    ['10.0.0.1,80,10.0.0.2-10.0.0.5', '10.0.0.1,tcp:80,10.0.0.2/31; 10.0.0.1,tcp:80,10.0.0.4/31'],
    ['10.0.0.1,80,0.0.0.0/0', 'refused CIDR'],
    ['10.0.0.1,tcp:80,10.0.0.0/24 nomatch', '='],
  ],
  'hash:net,iface': [
    ['0.0.0.0/0,eth0', '='],
    ['10.0.0.1/8,eth0', '10.0.0.0/8,eth0'],
    ['10.0.0.0/8,physdev:eth0', '='],
    ['10.0.0.0/8,eth wildcard nomatch', '10.0.0.0/8,eth nomatch wildcard'],
    ['10.0.0.0-10.0.0.2,eth0', '10.0.0.0/31,eth0; 10.0.0.2,eth0'],
    ['10.0.0.0/8,thisinterfaceistoolong', 'refused longer than 15'],
  ],
  'bitmap:ip range 10.0.0.0/24': [
    ['10.0.0.5/30', '10.0.0.4; 10.0.0.5; 10.0.0.6; 10.0.0.7'],
    ['10.0.1.0', 'refused out of the range'],
    ['10.0.0.250-10.0.1.2', 'refused out of the range'],
  ],
  'bitmap:ip range 10.0.0.0/16 netmask 24': [
    ['10.0.5.1', '10.0.5.0'],
    ['10.0.5.0/23', '10.0.4.0; 10.0.5.0'],
    ['10.0.5.0/28', '10.0.5.0'],
  ],
  'bitmap:ip,mac range 10.0.0.0/24': [
    ['10.0.0.1', '='],
    ['10.0.0.1,2:0:0:0:a:2', '10.0.0.1,02:00:00:00:0A:02'],
    ['10.0.0.1,00:00:00:00:00:00', '='],
    ['10.0.0.1-10.0.0.3', 'refused plain IP address'],
  ],
  'bitmap:port range 10-100': [
    ['udp:80', '80'],
    ['ssh', '22'],
    ['82-80', '80; 81; 82'],
    ['5', 'refused out of the range'],
  ],
  'hash:ip timeout 100 counters comment skbinfo': [
    ['10.0.0.1', '10.0.0.1 timeout 100 packets 0 bytes 0'],
    ['10.0.0.1 timeout 0 packets 5 bytes 7', '='],
    ['10.0.0.1 timeout 3000000', 'refused out of range 0-2147483'],
    ['10.0.0.1 skbprio 10:ff skbmark 0x5/0xffffffff', '10.0.0.1 timeout 100 packets 0 bytes 0 skbmark 0x5 skbprio 10:ff'],
    ['10.0.0.1 skbqueue 7 bytes 3 timeout 9 packets 4 comment "a b"', '10.0.0.1 timeout 9 packets 4 bytes 3 comment "a b" skbqueue 7'],
    ['10.0.0.1 skbmark 5', 'refused skbmark'],
  ],
};

describe.each(Object.entries(CASES))('%s', (create, cases) => {
  test.each(cases)('%s → %s', (element, expected) => {
    const actual = saved(create, element);
    if (expected.startsWith('refused ')) {
      expect(actual).toMatch(/^refused: /);
      expect(actual).toContain(expected.slice('refused '.length));
    } else expect(actual).toBe(expected === '=' ? element : expected);
  });
});

describe('create lines', () => {
  const created = (text: string): string => {
    const [typeName = '', ...words] = text.split(' ');
    const type = findSetType(typeName);
    if (!type) return 'unknown type';
    const header = parseCreate(type, 'q', words);
    return isFailure(header) ? `refused: ${header.failure}` : printCreate(type, header);
  };

  test.each([
    ['hash:ip hashsize 1000', 'create q hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12'],
    ['hash:ip hashsize 10', 'create q hash:ip family inet hashsize 64 maxelem 65536 bucketsize 12'],
    ['hash:ip netmask 32', 'create q hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12'],
    ['hash:ip timeout 0 bucketsize 5 initval 5', 'create q hash:ip family inet hashsize 1024 maxelem 65536 timeout 0 bucketsize 6 initval 0x00000005'],
    ['hash:ip bucketsize 20 maxelem 0x10', 'create q hash:ip family inet hashsize 1024 maxelem 16 bucketsize 12'],
    ['hash:ip comment counters forceadd', 'create q hash:ip family inet hashsize 1024 maxelem 65536 counters comment bucketsize 12'],
    ['hash:ip -6', 'create q hash:ip family inet6 hashsize 1024 maxelem 65536 bucketsize 12'],
    ['hash:ip netmask 24 timeout 9 skbinfo', 'create q hash:ip family inet hashsize 1024 maxelem 65536 netmask 24 timeout 9 skbinfo bucketsize 12'],
    ['hash:ip,port netmask 24 initval 0x1', 'create q hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001 netmask 24'],
    ['bitmap:ip range 10.0.0.5-10.0.0.1', 'create q bitmap:ip range 10.0.0.1-10.0.0.5'],
    ['bitmap:ip from 10.0.0.1 to 10.0.0.5', 'create q bitmap:ip range 10.0.0.1-10.0.0.5'],
    ['bitmap:ip range 10.0.0.0/16 netmask 24', 'create q bitmap:ip range 10.0.0.0-10.0.255.255 netmask 24'],
    ['bitmap:port range 5-2 timeout 5', 'create q bitmap:port range 2-5 timeout 5'],
    ['list:set size 3', 'create q list:set size 4'],
    ['setlist', 'create q list:set size 8'],
    ['iphash probes 4 resize 5', 'create q hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12'],
  ])('%s', (text, expected) => expect(created(text)).toBe(expected));

  test.each([
    ['bitmap:ip', 'mandatory option "range" is missing'],
    ['bitmap:ip range 10.0.0.0/15', 'exceeds the size limit'],
    ['bitmap:ip range 10.0.0.0/16 netmask 8', 'no network of shorter prefix than /8'],
    ['hash:ip netmask 33', 'out of range 1-32'],
    ['hash:ip timeout 5000000', 'out of range 0-2147483'],
    ['hash:ip bitmask 255.255.255.0 netmask 24', 'mutually exclusive'],
    ['hash:net netmask 24', 'unknown argument "netmask"'],
    ['bitmap:ip range 10.0.0.0/24 family inet', 'unknown argument "family"'],
    ['hash:ip,ip', 'unknown type'],
    ['hash:ip maxelem', 'missing value of "maxelem"'],
  ])('%s is refused', (text, words) => expect(created(text)).toContain(words));
});

test('the same element twice is refused, whatever its extras', () => {
  expect(() => readSet('create s hash:net', 'add s 1.1.1.0/24', 'add s 1.1.1.0/24 nomatch')).toThrow('already added');
  expect(() => readSet('create s hash:ip', 'add s 1.1.1.1-1.1.1.3', 'add s 1.1.1.2-1.1.1.5')).toThrow('already added');
  expect(() => readSet('create s hash:ip maxelem 2', 'add s 1.1.1.1-1.1.1.3')).toThrow('hash is full');
});
