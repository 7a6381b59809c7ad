/** What is not modelled is unknown, in the verdict, in what the packet leaves behind, and for the packets after it. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, readPackets, walk, type Outcome } from '../../../engine/index.ts';
import type { Environment, Packet } from '../../../engine/model/packet.ts';
import { formatRuleAddress } from '../../../engine/model/rule.ts';

const forward = (...rules: string[]) => `*filter\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
const mangle = (...rules: string[]) => `*mangle\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
const packet = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.9', proto: 'udp', sport: 7, dport: 53 } as const;

function outcomes(rules: string, packets: readonly Packet[], environment: Environment = {}, more = ''): readonly Outcome[] {
  const node = parseNode([{ name: 'node.snapshot', text: `==> iptables-save <==\n${rules}${more}` }]);
  const read = readPackets({ environment, packets });
  let world = createWorld(node, read.environment);
  return read.packets.map((one) => {
    const walked = walk(world, one);
    world = walked.world;
    return walked.trace.outcome;
  });
}

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
    expect(alternatives(outcome)).toContain('stolen');
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

describe('a mark that nobody knows', () => {
  const hmark = '-A PREROUTING -m ttl --ttl-eq 64 -j HMARK --hmark-tuple src --hmark-mod 10 --hmark-offset 100 --hmark-rnd 0x1';
  const save = '-A PREROUTING -m ttl --ttl-eq 64 -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff';
  const later = { ...packet, ttl: 50 };

  it('saved in the connection is not known there either, nor when it comes back', () => {
    const matched = outcomes(mangle(hmark, save, '-A FORWARD -m ttl --ttl-lt 60 -m connmark --mark 0x64 -j DROP'), [packet, later]);
    expect(matched.map((outcome) => outcome.verdict)).toEqual(['forwarded', 'unknown']);
    const restored = outcomes(
      mangle(hmark, save, '-A FORWARD -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff', '-A FORWARD -m ttl --ttl-lt 60 -m mark --mark 0x64 -j DROP'),
      [packet, later],
    );
    expect(restored.map((outcome) => outcome.verdict)).toEqual(['forwarded', 'unknown']);
    expect(because(restored[1])).toEqual(['mangle/FORWARD/2', 'mangle/PREROUTING/1']);
  });

  it('is forgotten where the connection gets another one', () => {
    const set = '-A PREROUTING -j CONNMARK --set-xmark 0x5/0xffffffff';
    expect(outcomes(mangle(hmark, save, set, '-A FORWARD -m connmark --mark 0x5 -j DROP'), [packet])[0]?.verdict).toBe('dropped');
  });

  it('put into a set makes the set unknown', () => {
    const rules = mangle(hmark, '-A PREROUTING -m ttl --ttl-eq 64 -j SET --add-set marks src,src', '-A FORWARD -m ttl --ttl-lt 60 -m set --match-set marks src,src -j DROP');
    const set = '==> ipset save <==\ncreate marks hash:ip,mark family inet hashsize 1024 maxelem 65536\n';
    expect(outcomes(rules, [packet, later], {}, set).map((outcome) => outcome.verdict)).toEqual(['forwarded', 'unknown']);
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
