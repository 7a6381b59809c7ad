/** What helpers may expect: what is declared counts, what would follow from a payload is not guessed. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, readPackets, walk, type Environment, type Packet, type World } from '../../../engine/index.ts';

const RULES = `*raw
-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate RELATED -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 21 -j ACCEPT
-A FORWARD -p tcp -m tcp --sport 21 -j ACCEPT
COMMIT
`;
const DEVICES = `==> ip -j addr <==\n${JSON.stringify(
  ['ra', 'rb'].map((ifname, i) => ({
    ifindex: i + 2,
    ifname,
    flags: ['UP'],
    mtu: 1500,
    link_type: 'ether',
    addr_info: [{ family: 'inet', local: `10.${i + 1}.0.1`, prefixlen: 24, scope: 'global' }],
  })),
)}\n`;
const tcp = { proto: 'tcp' } as const;
const there = { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', sport: 4000, dport: 21, ...tcp } as const;
const back = { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', sport: 21, dport: 4000, ...tcp } as const;
const opening: readonly Packet[] = [
  { ...there, seq: 100 },
  { ...back, flags: ['SYN', 'ACK'], seq: 500, ack: 101 },
  { ...there, flags: ['ACK'], seq: 101, ack: 501 },
];
const fromServer = { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', sport: 20, dport: 5001, ...tcp } as const;

function walkAll(packets: readonly Packet[], environment: Environment = {}, more = ''): { world: World; verdicts: string[]; notes: string } {
  let world = createWorld(parseNode([{ name: 'node.snapshot', text: `==> iptables-save <==\n${RULES}${DEVICES}${more}` }]), environment);
  const verdicts: string[] = [];
  const notes: string[] = [...world.notes];
  for (const packet of packets) {
    const walked = walk(world, packet);
    verdicts.push(walked.trace.outcome.verdict);
    notes.push(...walked.notes);
    world = walked.world;
  }
  return { world, verdicts, notes: notes.join('\n') };
}

describe('a connection with a helper', () => {
  it('expects none as long as it carries nothing, or zeros', () => {
    expect(walkAll([...opening, fromServer]).verdicts.at(-1)).toBe('dropped');
    expect(walkAll([...opening, { ...there, flags: ['PSH', 'ACK'], seq: 101, ack: 501, payload: 30 }, fromServer]).verdicts.at(-1)).toBe('dropped');
  });

  it('may expect one once it has carried something, and of that nothing is known', () => {
    const said: Packet = { ...there, flags: ['PSH', 'ACK'], seq: 101, ack: 501, data: '5041535620' };
    const { verdicts, notes } = walkAll([...opening, said, fromServer, { ...fromServer, src: '10.2.0.7' }]);
    expect(verdicts.slice(-2)).toEqual(['unknown', 'dropped']);
    expect(notes).toContain('what the helper ftp reads in it is not modelled');
  });
});

describe('expectations of a scenario', () => {
  const master = { src: '10.1.0.2', sport: 4000, dst: '10.2.0.2', dport: 21 };
  const expected = { proto: 'tcp', src: '10.2.0.2', dst: '10.1.0.2', dport: 5001, master };

  it('wait for their master', () => {
    expect(walkAll([fromServer], { expectations: [expected] }).verdicts).toEqual(['dropped']);
    expect(walkAll([...opening, fromServer], { expectations: [expected] }).verdicts.at(-1)).toBe('forwarded');
  });

  it('end with their time, and are met once unless they stay', () => {
    expect(walkAll([...opening, { ...fromServer, at: 9 }], { expectations: [{ ...expected, timeout: 8 }] }).verdicts.at(-1)).toBe('dropped');
    const twice = [...opening, fromServer, { ...fromServer, sport: 19 }];
    expect(walkAll(twice, { expectations: [expected] }).verdicts.slice(-2)).toEqual(['forwarded', 'dropped']);
    expect(walkAll(twice, { expectations: [{ ...expected, permanent: true }] }).verdicts.slice(-2)).toEqual(['forwarded', 'forwarded']);
  });

  it('are refused with their place where they cannot be read', () => {
    const told = (one: object) => readPackets({ environment: { expectations: [one] }, packets: [] }).problems.map(({ path, message }) => [path.join('.'), message]);
    expect(told({ ...expected, dst: '10.1.0' })).toEqual([['environment.expectations.0.dst', 'environment.expectations.0.dst: "10.1.0" is not an IP address']]);
    expect(told({ ...expected, master: { ...master, src: 'fd00::1' } })[0]?.[0]).toBe('environment.expectations.0.master.src');
    expect(told({ ...expected, proto: 'tpc' })[0]?.[1]).toContain('unknown protocol "tpc"');
    expect(told({ ...expected, lifetime: 3 })).toHaveLength(1);
  });
});

describe('an expectation of the snapshot', () => {
  const line =
    '299 proto=6 src=10.2.0.2 dst=10.1.0.2 sport=0 dport=5001 mask-src=255.255.255.255 mask-dst=255.255.255.255 sport=0 dport=65535 master-src=10.1.0.2 master-dst=10.2.0.2 sport=4000 dport=21 class=0 helper=ftp\n';

  it('whose master is not listed leaves open what it would have had from it', () => {
    const { verdicts, notes } = walkAll([fromServer], {}, `==> conntrack -L expect <==\n${line}`);
    expect(verdicts).toEqual(['unknown']);
    expect(notes).toContain('is not among those of the snapshot');
  });

  it('whose master is listed is met', () => {
    const listed = 'tcp      6 299 ESTABLISHED src=10.1.0.2 dst=10.2.0.2 sport=4000 dport=21 src=10.2.0.2 dst=10.1.0.2 sport=21 dport=4000 [ASSURED] mark=5 helper=ftp use=1\n';
    const { verdicts, world } = walkAll([fromServer], {}, `==> conntrack -L expect <==\n${line}==> conntrack -L <==\n${listed}`);
    expect(verdicts).toEqual(['forwarded']);
    expect([...world.state.entries.entries()].map(([, { mark, expectedBy }]) => [mark, expectedBy])).toContainEqual([5, 'ftp']);
  });
});
