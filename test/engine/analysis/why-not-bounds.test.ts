/** Why not, where rules are many and lead into one another, and where nat is not reached at all. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, parseTypedPacket, walk, whyNot, type Candidate, type Packet, type Wish } from '../../../engine/index.ts';

function ask(rules: string, wish: Wish) {
  const world = createWorld(parseNode([{ name: 'node', text: rules }]));
  const { trace } = walk(world, parseTypedPacket('eth0 tcp 10.0.0.5:1000 > 10.0.0.1:80') as Packet);
  return { trace, answer: whyNot(world, trace, wish) };
}

const size = (candidates: readonly Candidate[]): number => candidates.reduce((sum, { reason }) => sum + 1 + (reason.kind === 'not-entered' ? size(reason.jumps) : 0), 0);

it('nat that stands behind a rule that dropped the packet was left before, not passed over', () => {
  const { trace, answer } = ask(
    '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.9\nCOMMIT\n',
    { kind: 'dnat' },
  );
  const [only] = answer.candidates;
  expect(only?.reason.kind).toBe('left-before');
  expect(only?.reason.kind === 'left-before' && trace.steps[only.reason.step]).toMatchObject({ kind: 'rule', at: { table: 'mangle', number: 1 } });
});

it('chains that each lead into the next by many rules are answered at once, in an answer of some length', () => {
  const [deep, wide] = [8, 40];
  const chains = Array.from({ length: deep + 1 }, (_, i) => `:c${i} - [0:0]\n`).join('');
  const jumps = Array.from({ length: deep }, (_, i) => Array.from({ length: wide }, (__, port) => `-A c${i} -p tcp -m tcp --dport ${port + 1} -j c${i + 1}\n`).join('')).join('');
  const { answer } = ask(`*filter\n:INPUT ACCEPT [0:0]\n${chains}${jumps}-A INPUT -p udp -j c0\n-A c${deep} -j DROP\nCOMMIT\n`, { kind: 'drop' });
  expect(answer.candidates).toHaveLength(1);
  // All ways would be 40 to the power of 8.
  expect(size(answer.candidates)).toBeLessThan(1000);
  expect(size(answer.candidates)).toBeGreaterThan(wide);
});

it('a chain that is many jumps away is not said to be used by no rule', () => {
  const chains = Array.from({ length: 30 }, (_, i) => i);
  const rules = `${chains.map((i) => `:c${i} - [0:0]\n`).join('')}-A INPUT -p udp -j c0\n${chains
    .slice(1)
    .map((i) => `-A c${i - 1} -j c${i}\n`)
    .join('')}`;
  const { answer } = ask(`*filter\n:INPUT ACCEPT [0:0]\n${rules}-A c29 -j DROP\nCOMMIT\n`, { kind: 'drop' });
  expect(JSON.stringify(answer)).not.toContain('unused-chain');
});

describe('the nearest', () => {
  const order = (rules: string): readonly string[] =>
    ask(`*mangle\n:PREROUTING ACCEPT [0:0]\n${rules}COMMIT\n`, { kind: 'drop' }).answer.candidates.map(({ at }) => `${at.chain}/${at.number}`);

  it('has the fewest things in its way, whatever the order of its tests; of equals more of it holds', () => {
    const rules = [
      // Two tests hold and two do not.
      '-A PREROUTING -s 10.0.0.0/8 -p tcp -m tcp --sport 2000 --dport 81 -j DROP',
      '-A PREROUTING -p udp -j DROP',
      '-A PREROUTING -p tcp -m tcp --dport 443 -j DROP',
      '-A PREROUTING -p udp -j DROP',
      '-A PREROUTING -p tcp -j ACCEPT',
      // All of it would have held.
      '-A PREROUTING -p tcp -m tcp --dport 80 -j DROP',
      // Left before, and nothing of it holds.
      '-A PREROUTING -s 192.0.2.1 -p udp -j DROP',
    ];
    expect(order(`${rules.join('\n')}\n`)).toEqual(['PREROUTING/6', 'PREROUTING/3', 'PREROUTING/2', 'PREROUTING/4', 'PREROUTING/1', 'PREROUTING/7']);
  });

  it('of a chain that was not entered is the one that would have matched there', () => {
    expect(order(':c - [0:0]\n-A PREROUTING -p udp -j c\n-A c -s 192.0.2.1 -j DROP\n-A c -p tcp -j DROP\n')).toEqual(['c/2', 'c/1']);
  });

  it('of the ways into a chain comes first', () => {
    const { answer } = ask(
      '*mangle\n:PREROUTING ACCEPT [0:0]\n:c - [0:0]\n-A PREROUTING -s 192.0.2.1 -p udp -j c\n-A PREROUTING -p udp -j c\n-A PREROUTING -j ACCEPT\n-A PREROUTING -p tcp -j c\n-A c -j DROP\nCOMMIT\n',
      { kind: 'drop' },
    );
    const [only] = answer.candidates;
    expect(only?.reason.kind === 'not-entered' && only.reason.jumps.map(({ at }) => at.number)).toEqual([4, 2, 1]);
  });
});
