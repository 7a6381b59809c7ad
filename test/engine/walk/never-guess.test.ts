/** What is not modelled is unknown, in the verdict, in what the packet leaves behind, and for the packets after it. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, readPackets, walk, type Outcome, type Trace } from '../../../engine/index.ts';
import type { Environment, Packet } from '../../../engine/model/packet.ts';
import { formatRuleAddress } from '../../../engine/model/rule.ts';
import { TRUE, UNKNOWN } from '../../../engine/model/test.ts';

const forward = (...rules: string[]) => `*filter\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
const mangle = (...rules: string[]) => `*mangle\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
const packet = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.9', proto: 'udp', sport: 7, dport: 53 } as const;

const outcomes = (...given: Parameters<typeof traces>): readonly Outcome[] => traces(...given).map((trace) => trace.outcome);

function traces(rules: string, packets: readonly Packet[], environment: Environment = {}, more = ''): readonly Trace[] {
  const node = parseNode([{ name: 'node.snapshot', text: `==> iptables-save <==\n${rules}${more}` }]);
  const read = readPackets({ environment, packets });
  let world = createWorld(node, read.environment);
  return read.packets.map((one) => {
    const walked = walk(world, one);
    world = walked.world;
    return walked.trace;
  });
}

/** Effects of the rules that matched, as the trace publishes them. */
const effects = (trace: Trace | undefined) => trace?.steps.flatMap((step) => (step.kind === 'rule' ? step.effects : []));
/** What the first clause that did not hold says. */
const reason = (trace: Trace | undefined, rule: string) => {
  const step = trace?.steps.find((one) => one.kind === 'rule' && formatRuleAddress(one.at) === rule);
  return step?.kind === 'rule' ? step.readings?.find(({ holds }) => holds !== TRUE)?.text : undefined;
};

const because = (outcome: Outcome | undefined) => outcome?.because.map(formatRuleAddress);
const alternatives = (outcome: Outcome | undefined) => outcome?.alternatives.map((one) => one.outcome.verdict).sort();

describe('a target that nobody knows', () => {
  // It may drop, accept or change the packet; the kernel's own would be known.
  it.each([
    ['of another project', forward('-A FORWARD -j DELUDE')],
    ['that is a chain which is not there', forward('-A FORWARD -j NOWHERE')],
    ['before a rule that drops', forward('-A FORWARD -j DELUDE', '-A FORWARD -j DROP')],
  ])('%s leaves the verdict open', (_, rules) => {
    const [outcome] = outcomes(rules, [packet]);
    expect([outcome?.verdict, because(outcome)]).toEqual(['unknown', ['filter/FORWARD/1']]);
    expect(alternatives(outcome)).toContain('unknown');
  });

  it('behind a clause that fails changes nothing', () => {
    expect(outcomes(forward('-A FORWARD -p tcp -j DELUDE'), [packet])[0]?.verdict).toBe('forwarded');
  });
});

describe('a clause that nobody knows', () => {
  it('does not let what stands behind it be used up', () => {
    // If the first packet did not match, the token is still there for the second.
    const verdicts = outcomes(forward('-A FORWARD -m geoip --source-country CN -m limit --limit 1/hour --limit-burst 1 -j DROP'), [packet, packet]).map(
      (outcome) => outcome.verdict,
    );
    expect(verdicts).toEqual(['unknown', 'unknown']);
  });

  it('assumed to hold, lets it be used up', () => {
    const rules = forward('-A FORWARD -m geoip --source-country CN -m limit --limit 1/hour --limit-burst 1 -j DROP');
    expect(outcomes(rules, [packet, packet], { assume: { 'filter/FORWARD/1': true } }).map((outcome) => outcome.verdict)).toEqual(['dropped', 'forwarded']);
  });
});

// Who sent the frame is not said, so what a set of MACs gives is not known.
describe('a mark that nobody knows', () => {
  const taken = '-A PREROUTING -m ttl --ttl-eq 64 -j SET --map-set macs-unread src --map-mark';
  const save = '-A PREROUTING -m ttl --ttl-eq 64 -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff';
  const later = { ...packet, ttl: 50 };

  it('saved in the connection is not known there either, nor when it comes back', () => {
    const matched = outcomes(mangle(taken, save, '-A FORWARD -m ttl --ttl-lt 60 -m connmark --mark 0x64 -j DROP'), [packet, later]);
    expect(matched.map((outcome) => outcome.verdict)).toEqual(['forwarded', 'unknown']);
    const restored = outcomes(
      mangle(taken, save, '-A FORWARD -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff', '-A FORWARD -m ttl --ttl-lt 60 -m mark --mark 0x64 -j DROP'),
      [packet, later],
    );
    expect(restored.map((outcome) => outcome.verdict)).toEqual(['forwarded', 'unknown']);
    expect(because(restored[1])).toEqual(['mangle/FORWARD/2', 'mangle/PREROUTING/1']);
  });

  it('is forgotten where the connection gets another one', () => {
    const set = '-A PREROUTING -j CONNMARK --set-xmark 0x5/0xffffffff';
    expect(outcomes(mangle(taken, save, set, '-A FORWARD -m connmark --mark 0x5 -j DROP'), [packet])[0]?.verdict).toBe('dropped');
  });

  it('put into a set makes the set unknown', () => {
    const rules = mangle(taken, '-A PREROUTING -m ttl --ttl-eq 64 -j SET --add-set marks src,src', '-A FORWARD -m ttl --ttl-lt 60 -m set --match-set marks src,src -j DROP');
    const set =
      '==> ipset save <==\ncreate macs-unread hash:mac hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1 skbinfo\ncreate marks hash:ip,mark family inet hashsize 1024 maxelem 65536\n';
    expect(outcomes(rules, [packet, later], {}, set).map((outcome) => outcome.verdict)).toEqual(['forwarded', 'unknown']);
  });
});

describe('a full table of connections', () => {
  const rules = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n';
  const limit = (count: number) => `==> sysctl -a <==\nnet.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0.forwarding = 1\nnet.netfilter.nf_conntrack_max = ${count}\n`;
  const two = [packet, { ...packet, sport: 8 }];

  it.each([
    [2, ['forwarded', 'forwarded']],
    [1, ['forwarded', 'unknown']],
  ] as const)('net.netfilter.nf_conntrack_max %i: %j', (count, verdicts) => {
    expect(outcomes(rules, two, {}, limit(count)).map(({ verdict }) => verdict)).toEqual(verdicts);
  });
});

describe('an answer with a mark that nobody knows', () => {
  const rules = (chain: string) =>
    `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j SET --map-set macs-unread src --map-mark\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A ${chain} -j REJECT\n-A OUTPUT -m mark ! --mark 0x0 -j DROP\nCOMMIT\n`;
  const sysctls = (reflect: string) =>
    `==> sysctl -a <==\nnet.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0.forwarding = 1\nnet.ipv4.fwmark_reflect = ${reflect}\n==> ip -j route show table all <==\n[{"dst":"default","gateway":"192.0.2.254","dev":"eth0"}]\n`;

  it.each([
    ['1', 'unknown'],
    ['0', 'sent'],
  ] as const)('net.ipv4.fwmark_reflect %s: %s', (reflect, verdict) => {
    const [trace] = traces(rules('FORWARD'), [{ ...packet, dst: '203.0.113.5' }], {}, sysctls(reflect));
    expect(trace?.emitted.map(({ cause, outcome }) => [cause, outcome.verdict])).toEqual([['reject', verdict]]);
  });
});

describe('a mark of which some bits are known', () => {
  const taken = '-A PREROUTING -j SET --map-set macs-unread src --map-mark';
  const known = '-A PREROUTING -j MARK --set-xmark 0x1/0x3';
  it.each([
    ['that are asked for', '--mark 0x1/0x1', 'dropped'],
    ['that are asked for, and not so', '--mark 0x2/0x2', 'forwarded'],
    ['of which one already differs', '--mark 0x2/0xf', 'forwarded'],
    ['and the others asked for, too', '--mark 0x1/0x7', 'unknown'],
    ['and the others asked for', '--mark 0x4/0x4', 'unknown'],
  ])('%s', (_, option, verdict) => {
    expect(outcomes(mangle(taken, known, `-A FORWARD -m mark ${option} -j DROP`), [packet])[0]?.verdict).toBe(verdict);
  });

  it('is told without what stands for the rest', () => {
    const [trace] = traces(mangle(taken, known, '-A FORWARD -m mark --mark 0x5/0x5 -j DROP', '-A FORWARD -j MARK --set-xmark 0x7/0xffffffff'), [packet]);
    expect(effects(trace)).toEqual([
      { field: 'mark', from: 'not known', to: 'not known' },
      { field: 'mark', from: 'not known', to: 7 },
    ]);
    expect(reason(trace, 'mangle/FORWARD/1')).toBe('mark & 0x5 is not known, needs 0x5');
  });

  it('keeps them on the way through the connection', () => {
    const rules = (mask: string) =>
      mangle(
        '-A PREROUTING -m ttl --ttl-eq 64 -j SET --map-set macs-unread src --map-mark',
        '-A PREROUTING -m ttl --ttl-eq 64 -j MARK --set-xmark 0x1/0x3',
        `-A PREROUTING -m ttl --ttl-eq 64 -j CONNMARK --save-mark --nfmask ${mask} --ctmask ${mask}`,
        '-A FORWARD -m ttl --ttl-lt 60 -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
        '-A FORWARD -m ttl --ttl-lt 60 -m mark --mark 0x1 -j DROP',
      );
    const later = { ...packet, ttl: 50 };
    expect(outcomes(rules('0x3'), [packet, later])[1]?.verdict).toBe('dropped');
    expect(outcomes(rules('0x7'), [packet, later])[1]?.verdict).toBe('unknown');
  });

  it('matters to a policy rule only where that looks', () => {
    const network = (mask: string) =>
      `==> ip -j route show table all <==\n[{"dst":"default","dev":"eth1","table":"main"},{"dst":"default","dev":"eth2","table":"9"}]\n==> ip -j rule <==\n[{"priority":100,"src":"all","fwmark":"0x1","fwmask":"${mask}","table":"9"},{"priority":32766,"src":"all","table":"main"}]\n`;
    expect(outcomes(mangle(taken, known), [packet], {}, network('0x1'))[0]).toMatchObject({ verdict: 'forwarded', out: 'eth2' });
    expect(outcomes(mangle(taken, known), [packet], {}, network('0x5'))[0]?.verdict).toBe('unknown');
  });
});

describe('a source MAC that the scenario does not give', () => {
  const sets = `==> ipset save <==
create macs hash:mac hashsize 1024 maxelem 65536
add macs 02:00:00:00:00:01
create pairs hash:ip,mac family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
create hosts hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add hosts 198.51.100.2
create lists list:set size 8
add lists macs
`;
  it.each([
    ['a set of MACs', '-m set --match-set macs src', 'unknown'],
    ['a set of MACs, negated', '-m set ! --match-set macs src', 'unknown'],
    ['a set of addresses and MACs', '-m set ! --match-set pairs src,src', 'unknown'],
    ['a list of such sets', '-m set ! --match-set lists src', 'unknown'],
    ['the MAC itself', '-m mac ! --mac-source 02:00:00:00:00:01', 'unknown'],
    ['another set', '-m set --match-set hosts src', 'dropped'],
    ['an operation that looks elsewhere', '-m addrtype ! --dst-type LOCAL', 'dropped'],
    ['a limit', '-m limit --limit 1/hour', 'dropped'],
  ])('%s', (_, match, verdict) => {
    expect(outcomes(forward(`-A FORWARD ${match} -j DROP`), [packet], {}, sets)[0]?.verdict).toBe(verdict);
  });

  it('leaves open whether eui64 drops the packet for want of one', () => {
    const rules = '==> ip6tables-save <==\n*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m eui64 -j ACCEPT\nCOMMIT\n';
    const six = { in: 'eth0', src: 'fd01::ff:fe00:1', dst: 'fd02::9', proto: 'udp', sport: 7, dport: 53 } as const;
    expect(outcomes('', [six, { ...six, srcMac: '02:00:00:00:00:01' }], {}, rules).map((outcome) => outcome.verdict)).toEqual(['unknown', 'forwarded']);
  });

  it('is told as such', () => {
    const [trace] = traces(forward('-A FORWARD -m set ! --match-set pairs src,src -j DROP'), [packet], {}, sets);
    expect(reason(trace, 'filter/FORWARD/1')).toBe('whether src,src 198.51.100.2,MAC not known is in pairs is not known');
  });
});

describe('after a mark that is taken from a set', () => {
  const taken = '-A PREROUTING -j SET --map-set macs-unread src --map-mark';
  const sets = `==> ipset save <==
create macs-unread hash:mac hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1 skbinfo
create marks hash:ip,mark family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
create low hash:ip,mark family inet markmask 0x00000001 hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
create hosts hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add hosts 198.51.100.2
`;
  it.each([
    ['a set with the mark', '-m set ! --match-set marks src,src', 'unknown'],
    ['a set with bits of the mark that are known', '-m set ! --match-set low src,src', 'dropped'],
    ['a set without it', '-m set --match-set hosts src', 'dropped'],
    ['a quota', '-m quota --quota 1000', 'dropped'],
  ])('%s', (_, match, verdict) => {
    expect(outcomes(mangle(taken, '-A PREROUTING -j MARK --set-xmark 0x1/0x1', `-A FORWARD ${match} -j DROP`), [packet], {}, sets)[0]?.verdict).toBe(verdict);
  });

  it('an entry without the mark is added as ever', () => {
    const rules = mangle(taken, '-A PREROUTING -j SET --add-set hosts dst', '-A FORWARD -m set --match-set hosts dst -j DROP');
    expect(outcomes(rules, [packet], {}, sets)[0]?.verdict).toBe('dropped');
  });
});

describe('the user of a policy rule', () => {
  // Forwarded packets are looked up as the root user's, in both families: seen on Linux 6.18 (sock_net_uid() without a socket).
  const network = (from: number, to: number) =>
    `==> ip -j route show table all <==\n[{"dst":"default","dev":"eth1","table":"main","prefsrc":"192.0.2.1"},{"dst":"default","dev":"eth2","table":"9","prefsrc":"192.0.2.1"}]\n==> ip -j rule <==\n[{"priority":100,"src":"all","uid_start":${from},"uid_end":${to},"table":"9"},{"priority":32766,"src":"all","table":"main"}]\n`;
  const sent = { dst: '198.51.100.9', src: '192.0.2.1', proto: 'udp', sport: 7, dport: 53 } as const;
  it.each([
    ['not given', sent, 1000, 'unknown', null],
    ['of the range', { ...sent, uid: 1000 }, 1000, 'sent', 'eth2'],
    ['of another', { ...sent, uid: 999 }, 1000, 'sent', 'eth1'],
    ['of a packet of the kernel’s own', { ...sent, socket: false }, 1000, 'sent', 'eth1'],
    ['of a packet of the kernel’s own: root', { ...sent, socket: false }, 0, 'sent', 'eth2'],
    ['of a forwarded packet', packet, 1000, 'forwarded', 'eth1'],
    ['of a forwarded packet: root', packet, 0, 'forwarded', 'eth2'],
  ] as const)('%s', (_, one, user, verdict, out) => {
    const [outcome] = outcomes(forward(), [one], {}, network(user, user));
    expect([outcome?.verdict, outcome?.out]).toEqual([verdict, out]);
    if (verdict === 'unknown') expect(outcome?.reason).toBe('ip rule 100 selects by uid, and the user of the sender is not given');
  });
});

describe('the sender', () => {
  // A packet of the kernel's own has a socket that no process opened: seen with ICMP errors and resets on Linux 6.18.
  const output = (match: string) => `*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m owner ${match} -j DROP\nCOMMIT\n`;
  const sent = { dst: '198.51.100.9', src: '192.0.2.1', proto: 'udp', sport: 7, dport: 53 } as const;
  it.each([
    ['--socket-exists', 'dropped', 'dropped'],
    ['--uid-owner 0', 'unknown', 'sent'],
    ['! --uid-owner 0', 'unknown', 'dropped'],
    ['! --gid-owner 0', 'unknown', 'dropped'],
  ])('%s: a process %s, the kernel %s', (match, process, kernel) => {
    expect(outcomes(output(match), [sent, { ...sent, socket: true }, { ...sent, socket: false }]).map((outcome) => outcome.verdict)).toEqual([process, process, kernel]);
  });
});

describe('queues to choose from', () => {
  const rules = forward('-A FORWARD -j NFQUEUE --queue-balance 3:5');
  it.each([
    [[], 'dropped'],
    [[3, 4, 5], 'queued'],
    [[4], 'unknown'],
    [[6], 'dropped'],
  ] as const)('with programs on %j: %s', (queues, verdict) => {
    expect(outcomes(rules, [packet], { queues })[0]?.verdict).toBe(verdict);
  });
});

it('the bridge port a packet came in by is seen', () => {
  const rules = forward('-A FORWARD -m physdev --physdev-in port1 -j DROP');
  expect(outcomes(rules, [{ ...packet, physIn: 'port1' }, { ...packet, physIn: 'port2' }, packet]).map((outcome) => outcome.verdict)).toEqual([
    'dropped',
    'forwarded',
    'forwarded',
  ]);
});

describe('a copy that TEE makes', () => {
  // pskb_copy() takes the place of the frame's header along, not its bytes (include/linux/skbuff.h, net/core/skbuff.c).
  it('has no address of a frame that could be told', () => {
    const sets = '==> ipset save <==\ncreate macs bitmap:ip,mac range 198.51.100.0/24\nadd macs 198.51.100.2,02:00:00:00:0a:02\n';
    const rules = `*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j TEE --gateway 192.0.2.1\n-A FORWARD -m set --match-set macs src,src\nCOMMIT\n*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m set --match-set macs src,src\nCOMMIT\n`;
    const devices = '==> ip -j addr <==\n[{"ifname":"eth0","addr_info":[{"family":"inet","local":"192.0.2.2","prefixlen":24}]}]\n==> sysctl -a <==\nnet.ipv4.ip_forward = 1\n';
    const [trace] = traces(rules, [{ ...packet, srcMac: '02:00:00:00:0a:02' }], {}, sets + devices);
    const answers = (steps: Trace['steps'] = []) => steps.flatMap((step) => (step.kind === 'rule' && step.target === null ? [step.matched] : []));
    expect([answers(trace?.steps), answers(trace?.emitted[0]?.steps)]).toEqual([[TRUE], [UNKNOWN]]);
  });
});

describe('an ICMP error that tells the node of a smaller MTU', () => {
  // Whether a socket of the node takes it for its own decides (ip_rt_update_pmtu()); it counts for ten minutes.
  it('leaves open what --clamp-mss-to-pmtu writes, towards that host and for that time', () => {
    const rules = mangle('-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu');
    const devices =
      '==> ip -j addr <==\n[{"ifname":"eth0","addr_info":[{"family":"inet","local":"192.0.2.2","prefixlen":24}]}]\n==> ip -j route show table all <==\n[{"dst":"192.0.2.0/24","dev":"eth0"}]\n==> sysctl -a <==\nnet.ipv4.ip_forward = 1\n';
    const syn = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.9', proto: 'tcp', sport: 7, dport: 80 } as const;
    const error = (icmpCode: number, dst: string) =>
      ({ in: 'eth0', src: dst, dst: '192.0.2.2', proto: 'icmp', icmpType: 3, icmpCode, inner: { src: '192.0.2.2', dst, proto: 'udp', sport: 1, dport: 2 } }) as const;
    const sent = [error(3, '192.0.2.9'), error(4, '192.0.2.8'), syn, error(4, '192.0.2.9'), syn, { ...syn, src: '192.0.2.9', dst: '192.0.2.7' }, { ...syn, at: 601 }];
    const verdicts = outcomes(rules, sent, {}, devices).map(({ verdict }) => verdict);
    expect(verdicts.filter((_, i) => 'sport' in (sent[i] as object))).toEqual(['forwarded', 'unknown', 'unknown', 'forwarded']);
  });
});
