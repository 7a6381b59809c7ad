/** Rules that cannot be read, or that no kernel loads, keep their place and are unknown: nobody can say what they do. */

import { describe, expect, test } from 'vitest';
import { createWorld, formatRuleAddress, parseNode, readPackets, walk, type Outcome, type Step } from '../../../engine/index.ts';

const udp = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.9', proto: 'udp', sport: 7, dport: 53 } as const;

function walked(text: string) {
  const node = parseNode([{ name: 'node.snapshot', text: `==> iptables-save <==\n${text}` }]);
  const world = createWorld(node);
  const { trace } = walk(world, readPackets([udp]).packets[0] ?? udp);
  return { ...trace, notes: world.notes };
}

const table = (name: string, ...lines: string[]) => `*${name}\n${lines.join('\n')}\nCOMMIT\n`;
const forward = (...rules: string[]) => table('filter', ':FORWARD ACCEPT [0:0]', ':U - [0:0]', ...rules);
const answer = ({ verdict, because }: Outcome) => [verdict, ...because.map(formatRuleAddress)];
const alternatives = (outcome: Outcome) => outcome.alternatives.map(({ assume, outcome: { verdict } }) => `${Object.values(assume).join()} ${verdict}`).sort();
const ruleAt = (steps: readonly Step[], address: string) => steps.find((step) => step.kind === 'rule' && formatRuleAddress(step.at) === address);

describe('a rule that cannot be read', () => {
  test.each([
    ['an option nobody has', '-A FORWARD -p udp --dprot 53 -j DROP', ['dropped', 'forwarded']],
    ['a value nobody knows', '-A FORWARD -p udpp -j DROP', ['dropped', 'forwarded']],
    ['an option without its value', '-A FORWARD -j DROP -s', ['dropped', 'forwarded']],
    ['a chain as its target', '-A FORWARD --nonsense -j U', ['dropped', 'forwarded']],
    ['a target whose options are the matter', '-A FORWARD -j REJECT --reject-with nothing', ['forwarded', 'unknown']],
    ['a target that may be meant by the option', '-A FORWARD --to 1 -j LOG', ['forwarded', 'unknown']],
    ['a target without its name', '-A FORWARD -j', ['forwarded', 'unknown']],
    ['a target nobody knows', '-A FORWARD --nonsense -j NOWHERE', ['forwarded', 'unknown']],
    ['counters that are none', '[1:x] -A FORWARD -j DROP', ['dropped', 'forwarded']],
    // What could be read of it does not make it a sure miss: the doubled "!" may turn the rest round.
    ['a condition that would fail', '-A FORWARD ! ! -p tcp -j DROP', ['dropped', 'forwarded']],
  ])('%s leaves the verdict open', (_, rule, verdicts) => {
    const { outcome } = walked(forward('-A FORWARD -p tcp', rule, '-A FORWARD -p 99', '-A U -j DROP'));
    expect(answer(outcome)).toEqual(['unknown', 'filter/FORWARD/2']);
    expect(outcome.alternatives.map((one) => one.outcome.verdict).sort()).toEqual(verdicts);
  });

  test('counts, so that rules after it have the numbers the user counts', () => {
    const { outcome } = walked(forward('-A FORWARD -p udp --dprot 53 -j U', '-A FORWARD -j DROP'));
    expect(outcome.verdict).toBe('dropped');
    expect(outcome.by && formatRuleAddress(outcome.by)).toBe('filter/FORWARD/2');
  });

  test('is told as it is written, with what is wrong with it', () => {
    const rule = '-A FORWARD -p udp  --dprot 53 -j DROP';
    const step = ruleAt(walked(forward(rule)).steps, 'filter/FORWARD/1');
    expect(step).toMatchObject({ target: 'DROP', readings: [{ clause: rule, text: 'unknown option "--dprot"' }] });
  });

  test('may lead into a loop, and nothing hangs', () => {
    expect(walked(forward('-A FORWARD -j U', '-A U --nonsense -j U')).outcome.verdict).toBe('unknown');
  });

  test('for a chain that is not there is noted', () => {
    expect(walked(forward('-A NOPE -j DROP')).notes).toContain('line 5 of iptables-save is left out of every walk: there is no chain "NOPE" in table "filter"');
  });
});

describe('a rule that the kernel refuses', () => {
  const nat = (...lines: string[]) => table('nat', ':PREROUTING ACCEPT [0:0]', ':POSTROUTING ACCEPT [0:0]', ':U - [0:0]', ...lines);

  test.each([
    ['a target at a wrong hook', nat('-A PREROUTING -j MASQUERADE'), 'nat/PREROUTING/1', ['false forwarded', 'true unknown']],
    ['a target reached from a wrong hook', nat('-A PREROUTING -j U', '-A U -j MASQUERADE'), 'nat/U/1', ['false forwarded', 'true unknown']],
    ['a match at a wrong hook', forward('-A FORWARD -m owner --uid-owner 0 -j DROP'), 'filter/FORWARD/1', ['false forwarded', 'true dropped']],
    ['a match reached from a wrong hook', forward('-A FORWARD -j U', '-A U -m owner --uid-owner 0 -j DROP'), 'filter/U/1', ['false forwarded', 'true dropped']],
    ['a target in a wrong table', forward('-A FORWARD -j TPROXY --on-port 5'), 'filter/FORWARD/1', ['false forwarded', 'true unknown']],
    ['a match without its protocol', forward('-A FORWARD -m tcp --dport 53 -j DROP'), 'filter/FORWARD/1', ['false forwarded', 'true dropped']],
    ['an option out of its range', forward('-A FORWARD -m connlabel --label 500 -j DROP'), 'filter/FORWARD/1', ['false forwarded', 'true dropped']],
    ['a set that is not there', `${forward('-A FORWARD -m set --match-set s src -j DROP')}==> ipset save <==\n`, 'filter/FORWARD/1', ['false forwarded', 'true dropped']],
    ['a loop', forward('-A FORWARD -j U', '-A U -j U'), 'filter/U/1', ['false forwarded', 'true unknown']],
    ['a jump to a built-in chain', forward('-A FORWARD -j INPUT'), 'filter/FORWARD/1', ['false forwarded', 'true unknown']],
  ])('%s leaves the verdict open, and the table is told not to load', (_, text, rule, verdicts) => {
    const { outcome, notes } = walked(text);
    expect(answer(outcome)).toEqual(['unknown', rule]);
    expect(alternatives(outcome)).toEqual(verdicts);
    expect(notes).toEqual(expect.arrayContaining([expect.stringMatching(`^the kernel would not load table "${rule.split('/')[0]}" of iptables-save: ${rule}: `)]));
  });

  test('is told why', () => {
    const step = ruleAt(walked(nat('-A PREROUTING -p udp -j MASQUERADE')).steps, 'nat/PREROUTING/1');
    expect(step).toMatchObject({ readings: [{ clause: '-p udp' }, { clause: 'MASQUERADE', text: 'target "MASQUERADE" is not valid in PREROUTING' }] });
  });

  test('is no concern where another condition fails', () => {
    expect(walked(nat('-A PREROUTING -p tcp -j MASQUERADE')).outcome.verdict).toBe('forwarded');
  });
});

describe('a set of which a line cannot be read', () => {
  const sets = (match: string, ...lines: string[]) => walked(`${forward(`-A FORWARD -m set ${match} -j DROP`)}==> ipset save <==\n${lines.join('\n')}\n`).outcome.verdict;
  const net = 'create s hash:net family inet hashsize 1024 maxelem 65536';

  test.each([
    ['an entry is found', '--match-set s src', [net, 'add s 198.51.100.0/24', 'add s 300.0.0.0/8'], 'dropped'],
    ['none is found', '--match-set s src', [net, 'add s 203.0.113.0/24', 'add s 300.0.0.0/8'], 'unknown'],
    ['none is found, negated', '! --match-set s src', [net, 'add s 300.0.0.0/8'], 'unknown'],
    ['an exception is found', '--match-set s src', [net, 'add s 198.51.100.0/24 nomatch', 'add s 300.0.0.0/8'], 'unknown'],
    ['only exceptions count', '--match-set s src --return-nomatch', [net, 'add s 198.51.100.0/24', 'add s 300.0.0.0/8'], 'unknown'],
    ['it is a member of a list', '--match-set l src', [net, 'add s 300.0.0.0/8', 'create l list:set', 'add l s'], 'unknown'],
    ['a member of the list is not known', '--match-set l src', [net, 'create l list:set', 'add l s', 'add l t'], 'unknown'],
    ['a member holds an entry', '--match-set l src', [net, 'add s 198.51.100.0/24', 'create l list:set', 'add l s', 'add l t'], 'dropped'],
    ['all lines are read', '--match-set s src', [net, 'add s 203.0.113.0/24'], 'forwarded'],
  ])('%s', (_, match, lines, verdict) => {
    expect(sets(match, ...lines)).toBe(verdict);
  });

  test('is told as such', () => {
    const { steps } = walked(`${forward('-A FORWARD -m set --match-set s src -j DROP')}==> ipset save <==\n${net}\nadd s 300.0.0.0/8\n`);
    expect(ruleAt(steps, 'filter/FORWARD/1')).toMatchObject({ readings: [{ text: expect.stringMatching(/is in s is not known, for part of the set cannot be read/) }] });
  });
});
