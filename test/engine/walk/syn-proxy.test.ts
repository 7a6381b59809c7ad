/**
 * SYNPROXY where no recording reaches: the cookie that comes back, which the kernel draws anew each time. Expected is what Linux
 * 6.18 net/ipv4/netfilter/ipt_SYNPROXY.c synproxy_tg4() does.
 */

import { expect, test } from 'vitest';
import { createWorld, parseNode, readPackets, walk, type Packet } from '../../../engine/index.ts';

const NODE = `==> iptables-save <==
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 80:81 -j SYNPROXY --timestamp --mss 1460
COMMIT
==> ip -j addr <==
[{"ifindex":2,"ifname":"eth0","operstate":"UP","mtu":1500,"addr_info":[{"family":"inet","local":"10.1.0.1","prefixlen":24,"scope":"global"}]}]
==> ip -j route show table all <==
[{"dst":"10.1.0.0/24","dev":"eth0","scope":"link"},{"type":"local","dst":"10.1.0.1","dev":"eth0","table":"local","scope":"host"}]
`;
const client = { in: 'eth0', src: '10.1.0.2', dst: '10.1.0.1', proto: 'tcp', sport: 4000, dport: 80 } as const;
const syn: Packet = { ...client, flags: ['SYN'], seq: 9, mss: 1400 };
const ack = (number: number, more: object = {}): Packet => ({ ...client, flags: ['ACK'], seq: 10, ack: number, ...more });

function traces(packets: readonly Packet[]) {
  const read = readPackets({ environment: { choices: [{ packet: 1, for: 'sequence', value: 0xffff_ffff }] }, packets });
  expect(read.problems).toEqual([]);
  let world = createWorld(parseNode([{ name: 'node.snapshot', text: NODE }]), read.environment);
  return read.packets.map((packet) => {
    const walked = walk(world, packet);
    world = walked.world;
    return walked.trace;
  });
}

test('the number that is acknowledged is the cookie’s next', () => {
  const [answered, brought] = traces([syn, ack(0)]);
  expect(answered?.outcome).toMatchObject({ verdict: 'stolen', by: { chain: 'INPUT', number: 1 } });
  expect(answered?.emitted).toMatchObject([
    {
      packet: { src: '10.1.0.1', dst: '10.1.0.2', sport: 80, dport: 4000, flags: ['SYN', 'ACK'], seq: 0xffff_ffff, ack: 10, window: 0, mss: 1460 },
      outcome: { verdict: 'sent', out: 'eth0' },
    },
  ]);
  // What the proxy then says to the server nobody knows here.
  expect(brought?.outcome.verdict).toBe('unknown');
});

test.each([
  ['of another number', ack(1)],
  ['from another port', ack(0, { sport: 4001 })],
  ['to another port', ack(0, { dport: 81 })],
])('an ACK %s is dropped', (_, packet) => {
  const [, brought] = traces([syn, packet]);
  expect(brought?.outcome).toMatchObject({ verdict: 'dropped', by: { chain: 'INPUT', number: 1 } });
});
