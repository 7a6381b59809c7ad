/**
 * IPVS where the recordings of test/emulated do not reach: what a snapshot cannot tell, persistence, marks, and time. Expected
 * is what Linux 6.1 net/netfilter/ipvs/ does.
 */

import { describe, expect, it } from 'vitest';
import { createWorld, ipvsConnections, parseNode, readPackets, walk, type Packet } from '../../../engine/index.ts';
import type { Environment } from '../../../engine/model/packet.ts';

const NODE = `==> iptables-save <==
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate INVALID -j DROP
COMMIT
==> ip -j addr <==
[{"ifindex":2,"ifname":"eth0","operstate":"UP","mtu":1500,"addr_info":[{"family":"inet","local":"10.1.0.1","prefixlen":24,"scope":"global"}]},
 {"ifindex":3,"ifname":"kube-ipvs0","operstate":"DOWN","mtu":1500,"addr_info":[{"family":"inet","local":"10.96.0.50","prefixlen":32,"scope":"global"}]}]
==> ip -j route show table all <==
[{"dst":"10.1.0.0/24","dev":"eth0","scope":"link"},{"type":"local","dst":"10.1.0.1","dev":"eth0","table":"local","scope":"host"},
 {"type":"local","dst":"10.96.0.50","dev":"kube-ipvs0","table":"local","scope":"host"}]
==> sysctl -a <==
net.ipv4.ip_forward = 1
net.ipv4.vs.conntrack = 1
`;
const TWO = ['-a -t 10.96.0.50:80 -r 10.1.0.8:8080 -m -w 1', '-a -t 10.96.0.50:80 -r 10.1.0.9:8080 -m -w 1'];
const client = { in: 'eth0', src: '10.1.0.2', dst: '10.96.0.50', proto: 'tcp', dport: 80 } as const;

function run(servers: readonly string[] | null, packets: readonly Packet[], environment: Environment = {}, sysctls = '') {
  const node = parseNode([{ name: 'node.snapshot', text: servers === null ? NODE : `${NODE}${sysctls}==> ipvsadm -Sn <==\n${servers.join('\n')}\n` }]);
  expect(node.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const read = readPackets({ environment, packets });
  expect(read.problems).toEqual([]);
  let world = createWorld(node, read.environment);
  const walks = read.packets.map((packet) => {
    const walked = walk(world, packet);
    world = walked.world;
    return {
      outcome: walked.trace.outcome,
      notes: walked.notes,
      left: `${walked.trace.outcome.verdict} ${walked.trace.outcome.packet?.dst}:${walked.trace.outcome.packet?.dport}`,
    };
  });
  return { walks, world };
}

const left = (...given: Parameters<typeof run>) => run(...given).walks.map((one) => one.left);

describe('what the snapshot does not tell', () => {
  it('leaves the verdict open for an address of kube-ipvs0, whether ipvsadm said nothing or was not asked', () => {
    for (const servers of [null, []]) {
      const [one] = run(servers, [{ ...client, sport: 4000 }]).walks;
      expect(one?.outcome).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('ipvsadm -Sn') });
    }
    expect(run([], [{ ...client, dst: '10.1.0.1', sport: 4000 }]).walks[0]?.outcome.verdict).toBe('delivered');
  });

  it('is where the scheduler stands: the scenario says, or a note does', () => {
    const servers = ['-A -t 10.96.0.50:80 -s rr', ...TWO];
    const [one, two] = run(servers, [
      { ...client, sport: 4000 },
      { ...client, sport: 4001 },
    ]).walks;
    expect([one?.left, two?.left]).toEqual(['forwarded 10.1.0.8:8080', 'forwarded 10.1.0.9:8080']);
    expect(one?.notes.join()).toContain('which real server of TCP 10.96.0.50:80 it gets is up to the scheduler (rr)');
    const chosen = run(servers, [{ ...client, sport: 4000 }], { choices: [{ packet: 1, for: 'ipvs', value: '10.1.0.9:8080' }] }).walks[0];
    expect([chosen?.left, chosen?.notes]).toEqual(['forwarded 10.1.0.9:8080', []]);
    const wrong = run(servers, [{ ...client, sport: 4000 }], { choices: [{ packet: 1, for: 'ipvs', value: '10.1.0.7:8080' }] }).walks[0];
    expect(wrong?.notes.join()).toContain('TCP 10.96.0.50:80 has no real server 10.1.0.7:8080; it has 10.1.0.8:8080, 10.1.0.9:8080');
  });

  it('is nothing where there is one to choose from: weight 0 gets no new connections', () => {
    const [one] = run(['-A -t 10.96.0.50:80 -s rr', TWO[0]?.replace('-w 1', '-w 0') as string, TWO[1] as string], [{ ...client, sport: 4000 }]).walks;
    expect([one?.left, one?.notes]).toEqual(['forwarded 10.1.0.9:8080', []]);
  });

  it('is how a tunnelled request goes on', () => {
    const [one] = run(['-A -t 10.96.0.50:80 -s rr', '-a -t 10.96.0.50:80 -r 10.1.0.9:80 -i -w 1'], [{ ...client, sport: 4000 }]).walks;
    expect(one?.outcome.verdict).toBe('unknown');
  });
});

describe('persistence', () => {
  const servers = (length: string) => [`-A -t 10.96.0.50:80 -s rr -p 100${length}`, ...TWO];
  it('keeps a client at its real server until the time is over', () => {
    expect(
      left(servers(''), [
        { ...client, sport: 4000 },
        { ...client, sport: 4001, at: 99 },
        { ...client, sport: 4002, at: 250 },
      ]),
    ).toEqual(['forwarded 10.1.0.8:8080', 'forwarded 10.1.0.8:8080', 'forwarded 10.1.0.9:8080']);
  });

  it('outlives its time by a minute and another while the client has connections (ip_vs_conn_expire)', () => {
    const answer = { in: 'eth0', src: '10.1.0.8', dst: '10.1.0.2', proto: 'tcp', sport: 8080, dport: 4000, seq: 5000, ack: 1 } as const;
    const open: readonly Packet[] = [
      { ...client, sport: 4000 },
      { ...answer, flags: ['SYN', 'ACK'] },
      { ...client, sport: 4000, flags: ['ACK'], seq: 1, ack: 5001 },
    ];
    // Established for 900 seconds: the template is looked at after 100 and each 60 more; at 940 it finds nobody.
    const at = (seconds: number): string | undefined => left(servers(''), [...open, { ...client, sport: 4001, at: seconds }]).at(-1);
    expect([at(899), at(939), at(941)]).toEqual(['forwarded 10.1.0.8:8080', 'forwarded 10.1.0.8:8080', 'forwarded 10.1.0.9:8080']);
  });

  it('counts clients of one network as one, if told so', () => {
    const others = [
      { ...client, sport: 4000 },
      { ...client, src: '10.1.0.3', sport: 4000 },
    ];
    expect(left(servers(''), others)).toEqual(['forwarded 10.1.0.8:8080', 'forwarded 10.1.0.9:8080']);
    expect(left(servers(' -M 255.255.255.0'), others)).toEqual(['forwarded 10.1.0.8:8080', 'forwarded 10.1.0.8:8080']);
  });
});

describe('what is not modelled', () => {
  const one = ['-A -t 10.96.0.50:80 -s rr', TWO[0] as string];
  const reason = (servers: readonly string[], sysctls: string, packet: Packet = { ...client, sport: 4000 }) => {
    const { outcome } = run(servers, [packet], {}, sysctls).walks[0] as ReturnType<typeof run>['walks'][number];
    return outcome.verdict === 'unknown' ? outcome.reason : outcome.verdict;
  };

  it.each([
    ['drop_packet', 3],
    ['drop_entry', 2],
    ['secure_tcp', 3],
    ['cache_bypass', 1],
    ['schedule_icmp', 1],
  ])('leaves the verdict open: net.ipv4.vs.%s = %i', (name, value) => {
    expect(reason(one, `net.ipv4.vs.${name} = ${value}\n`)).toContain(`net.ipv4.vs.${name} is ${value}`);
    expect(reason(one, `net.ipv4.vs.${name} = 0\n`)).toBe('forwarded');
  });

  it('leaves the verdict open: bounds on connections, persistence engines, FTP', () => {
    expect(reason([one[0] as string, `${one[1]} -x 100 -y 0`], '')).toContain('bounds on their connections');
    expect(reason([one[0] as string, `${one[1]} -x 0 -y 0`], '')).toBe('forwarded');
    expect(reason(['-A -t 10.96.0.50:80 -s rr -p 300 --pe sip', one[1] as string], '')).toContain('a persistence engine (sip)');
    const ftp = ['-A -t 10.96.0.50:21 -s rr', '-a -t 10.96.0.50:21 -r 10.1.0.8:21 -m -w 1'];
    // Ports from 1024 on may be a data connection's.
    for (const dport of [21, 20, 1024]) expect(reason(ftp, '', { ...client, sport: 4000, dport })).toContain('FTP through IPVS is not modelled');
    expect(reason(ftp, '', { ...client, sport: 4000, dport: 1023 })).toBe('delivered');
  });
});

describe('a service by mark', () => {
  it('takes any port of a marked packet that is for the node, and leaves the port as it is', () => {
    const servers = ['-A -f 7 -s rr', '-a -f 7 -r 10.1.0.9:0 -m -w 1'];
    expect(
      left(servers, [
        { ...client, sport: 4000, dport: 1234, mark: 7 },
        { ...client, sport: 4001, dport: 1234, mark: 6 },
      ]),
    ).toEqual(['forwarded 10.1.0.9:1234', 'delivered 10.96.0.50:1234']);
  });
});

describe('a connection that ends', () => {
  const servers = ['-A -t 10.96.0.50:80 -s rr', TWO[1] as string];
  it('after a minute without an answer takes its conntrack entry along (ip_vs_conn_drop_conntrack)', () => {
    const syn = { ...client, sport: 4000 };
    const before = run(servers, [syn, { ...syn, at: 59 }]);
    expect(ipvsConnections(before.world).map(({ state, expires }) => [state, expires])).toEqual([['SYN_RECV', 119]]);
    expect([...before.world.state.entries.entries()]).toHaveLength(1);
    const after = run(servers, [syn, { ...client, dst: '10.1.0.1', sport: 4001, at: 61 }]);
    expect(ipvsConnections(after.world)).toEqual([]);
    // A SYN is tracked for two minutes: only the second packet's entry is left.
    expect([...after.world.state.entries.entries()].map(([, entry]) => entry.original.sport)).toEqual([4001]);
  });

  const answer = { in: 'eth0', src: '10.1.0.9', dst: '10.1.0.2', proto: 'tcp', sport: 8080, dport: 4000 } as const;
  const opened: readonly Packet[] = [
    { ...client, sport: 4000 },
    { ...answer, flags: ['SYN', 'ACK'], seq: 5000, ack: 1 },
  ];
  const again: Packet = { ...client, sport: 4000, seq: 500 };
  const endings = (walks: ReturnType<typeof run>['walks']) => walks.map(({ outcome }) => outcome.reason ?? outcome.verdict);

  it('by an RST of the client gives way to a new one: conntrack begins afresh too', () => {
    const { walks, world } = run(servers, [...opened, { ...client, sport: 4000, flags: ['RST'], seq: 1 }, again]);
    expect(endings(walks)).toEqual(['forwarded', 'forwarded', 'forwarded', 'forwarded']);
    expect(ipvsConnections(world).map(({ state }) => state)).toEqual(['SYN_RECV']);
  });

  it('by an RST of the server costs the next SYN, for conntrack still knows the old one (conn_reuse_mode)', () => {
    const { walks, world } = run(servers, [...opened, { ...answer, flags: ['RST', 'ACK'], seq: 5001, ack: 1 }, again, again]);
    expect(endings(walks)).toEqual(['forwarded', 'forwarded', 'forwarded', 'connection reused', 'forwarded']);
    expect(ipvsConnections(world).map(({ state }) => state)).toEqual(['SYN_RECV']);
  });
});
