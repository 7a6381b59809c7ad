/** What a rule says of a packet: the sentences of hits and misses, and the values that look-ups went by. */

import { describe, expect, test } from 'vitest';
import { createWorld, explainRule, parseNode, walk, type Family, type Packet } from '../../../engine/index.ts';

/** The last thing the rule says: of the clause that failed, or of the last one. */
function said(rule: string, packet: Packet, { family = 'ipv4', sets = '' }: { readonly family?: Family; readonly sets?: string } = {}): string | undefined {
  const command = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save';
  const text = `==> ${command} <==\n*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${rule}\nCOMMIT\n==> ipset save <==\n${sets}`;
  const world = createWorld(parseNode([{ name: 'node', text }]));
  expect(world.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const walked = walk(world, packet);
  const first = walked.trace.steps.find((step) => step.kind === 'rule' || step.kind === 'misses');
  if (first?.kind !== 'rule' && first?.kind !== 'misses') throw new Error('the rule was not looked at');
  return explainRule(walked.world, first.before, first.ruleIndex).at(-1)?.text;
}

const tcp = (...flags: NonNullable<Packet['flags']>): Packet => ({ in: 'eth0', src: '10.0.0.1', dst: '10.0.0.2', proto: 'tcp', sport: 4000, dport: 80, flags });
const icmp: Packet = { in: 'eth0', src: '10.0.0.1', dst: '10.0.0.2', proto: 'icmp' };

describe('TCP flags', () => {
  const syn = '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN';
  test.each([
    [syn, tcp('SYN'), 'of FIN,SYN,RST,ACK the packet has SYN, as wanted'],
    [syn, tcp('SYN', 'ACK'), 'of FIN,SYN,RST,ACK the packet has SYN,ACK, needs SYN alone'],
    [syn, tcp('PSH'), 'of FIN,SYN,RST,ACK the packet has none, needs SYN alone'],
    [syn.replace('--', '! --'), tcp('SYN'), 'of FIN,SYN,RST,ACK the packet has SYN, must not have SYN alone'],
    [syn.replace('--', '! --'), tcp('ACK'), 'of FIN,SYN,RST,ACK the packet has ACK, as wanted'],
    ['-p tcp -m tcp --tcp-flags RST RST', tcp('SYN'), 'of RST the packet has none, needs RST'],
    ['-p tcp -m tcp --tcp-flags SYN,RST NONE', tcp('SYN'), 'of SYN,RST the packet has SYN, needs none'],
    ['-p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK', tcp('SYN'), 'of SYN,ACK the packet has SYN, needs SYN,ACK'],
  ])('%s', (rule, packet, text) => {
    expect(said(rule, packet)).toBe(text);
  });
});

describe('ICMP types by the names of iptables', () => {
  test.each<[string, Packet, Family, string]>([
    ['-p icmp -m icmp --icmp-type 0', icmp, 'ipv4', 'icmpType is 8 (echo-request), needs 0 (echo-reply)'],
    ['-p icmp -m icmp --icmp-type 200', icmp, 'ipv4', 'icmpType is 8 (echo-request), needs 200'],
    ['-p icmp -m icmp ! --icmp-type 8', icmp, 'ipv4', 'icmpType is 8 (echo-request), must not be 8 (echo-request)'],
    [
      '-p ipv6-icmp -m icmp6 --icmpv6-type 1',
      { ...icmp, src: 'fd00::1', dst: 'fd00::2', proto: 'icmpv6', icmpType: 135 },
      'ipv6',
      'icmpType is 135 (neighbour-solicitation), needs 1 (destination-unreachable)',
    ],
  ])('%s', (rule, packet, family, text) => {
    expect(said(rule, packet, { family })).toBe(text);
  });
});

describe('what a set sees', () => {
  const hash = (more = '') => `${more} hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1`;
  const sets = `create ports hash:ip,port ${hash('family inet')}
create macs hash:ip,mac ${hash('family inet')}
create marks hash:ip,mark ${hash('family inet markmask 0x0000000f')}
create faces hash:net,iface ${hash('family inet')}
create blocks hash:ip ${hash('family inet')} netmask 24
add blocks 10.0.0.0
create bits bitmap:port range 1000-2000
create six hash:ip ${hash('family inet6')}
create both list:set size 8
add both ports
add both blocks
create mixed list:set size 8
add mixed six
add mixed blocks
create others list:set size 8
add others six
`;
  test.each([
    ['ports src,dst', tcp('SYN'), 'src,dst 10.0.0.1,tcp:80 is in no entry of ports'],
    ['ports src,dst', icmp, 'src,dst 10.0.0.1,icmp:echo-request is in no entry of ports'],
    // ipset has no port of DCCP: an entry says dccp:0.
    ['ports src,dst', { ...tcp(), proto: 'dccp' }, 'src,dst 10.0.0.1,dccp:0 is in no entry of ports'],
    ['ports src,dst', { ...tcp(), proto: 'udp', fragOffset: 8 }, 'src,dst 10.0.0.1,no port is in no entry of ports'],
    ['ports src', tcp('SYN'), 'src 10.0.0.1 (1 more of src and dst would be needed) is in no entry of ports'],
    ['macs src,src', { ...tcp(), srcMac: '02:00:00:00:0a:01' }, 'src,src 10.0.0.1,02:00:00:00:0A:01 is in no entry of macs'],
    ['macs src,src', tcp(), 'whether src,src 10.0.0.1,MAC not known is in macs is not known'],
    ['marks dst,dst', { ...tcp(), mark: 0x31 }, 'dst,dst 10.0.0.2,0x00000001 is in no entry of marks'],
    ['faces src,src', tcp(), 'src,src 10.0.0.1,eth0 is in no entry of faces'],
    ['faces src,dst', tcp(), 'src,dst 10.0.0.1,no interface is in no entry of faces'],
    ['blocks src', tcp(), 'src 10.0.0.1 as 10.0.0.0 is in blocks (10.0.0.0)'],
    ['blocks src,dst', tcp(), 'src 10.0.0.1 as 10.0.0.0 is in blocks (10.0.0.0)'],
    ['bits dst', tcp(), 'dst 80 is in no entry of bits'],
    ['bits dst', icmp, 'dst no TCP or UDP port is in no entry of bits'],
    ['mixed src', { ...tcp(), src: '10.9.0.1' }, 'src 10.9.0.1 as 10.9.0.0 is in no entry of mixed'],
    ['others src', tcp(), 'src 10.0.0.1 is in no entry of others'],
    ['both src,dst', { ...tcp(), src: '10.9.0.1' }, 'src,dst 10.9.0.1,tcp:80 or 10.9.0.1 as 10.9.0.0 is in no entry of both'],
  ] as readonly (readonly [string, Packet, string])[])('%s', (set, packet, text) => {
    expect(said(`-m set --match-set ${set}`, packet, { sets })).toBe(text);
  });
});
