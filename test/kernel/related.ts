/**
 * Random sequences of connections that get in each other's way: few clients, few ports, every kind of NAT, zones and marks;
 * replies, errors and packets sent again. What is random is which, not what: each piece is one that cases are about.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { KernelNode, Sending } from './node.ts';
import type { Random } from './random.ts';
import { bridge, MAC } from './surprise/bridges.ts';
import { router, tables } from './router.ts';

const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'SNAT', 'DNAT'].map((state) => `-A FORWARD -m conntrack --ctstate ${state}`);
const PORTS = [7, 600, 5000] as const;
const proto = (random: Random): string => random.pick(['udp', 'tcp']);

function natRules(random: Random): string[] {
  const pre = [
    '-A PREROUTING -i ra -d 10.1.0.1/32 -p udp -j DNAT --to-destination 10.2.0.2:53',
    '-A PREROUTING -i ra -d 10.1.0.1/32 -p tcp -j DNAT --to-destination 10.2.0.2-10.2.0.3',
    `-A PREROUTING -i ra -p ${proto(random)} -m multiport --dports 600,80 -j REDIRECT --to-ports 5353`,
    '-A PREROUTING -i ra -d 10.7.0.0/24 -j NETMAP --to 10.2.0.0/24',
    // Hairpin.
    '-A PREROUTING -d 10.1.0.99/32 -j DNAT --to-destination 10.1.0.3',
    `-A PREROUTING -i rb -d 10.2.0.1/32 -p ${proto(random)} -m ${proto(random) === 'udp' ? 'multiport --dports' : 'multiport --sports'} 7,5000 -j DNAT --to-destination 10.1.0.2`,
    '-A OUTPUT -d 10.7.0.0/24 -j NETMAP --to 10.2.0.0/24',
  ];
  const post = [
    '-A POSTROUTING -o rb -p udp -j SNAT --to-source 10.2.0.100:5000-5001',
    '-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100-10.2.0.101',
    '-A POSTROUTING -o rb -p tcp -j MASQUERADE --to-ports 2000-2002',
    '-A POSTROUTING -o rb -j MASQUERADE',
    '-A POSTROUTING -s 10.1.0.0/24 -o ra -j SNAT --to-source 10.1.0.1',
    '-A POSTROUTING -s 10.1.0.0/24 -o rb -j NETMAP --to 10.8.0.0/24',
    '-A INPUT -p udp -j SNAT --to-source 10.77.0.1',
  ];
  return [...random.some(pre, 1, 4), ...random.some(post, 1, 3)];
}

function node(random: Random): KernelNode {
  return router({
    routes: ['default via 10.2.0.254', '10.8.0.0/24 via 10.2.0.254'],
    iptables: tables({
      raw: random.some(['-A PREROUTING -p udp -m udp --dport 53 -j CT --zone 5', '-A PREROUTING -i ra -p tcp -j CT --zone-orig 7', '-A PREROUTING -p icmp -j NOTRACK'], 0, 1),
      mangle: random.some(
        [
          '-A PREROUTING -i ra -p udp -j CONNMARK --set-mark 0x9',
          '-A FORWARD -p tcp -j CONNMARK --set-xmark 0x4/0x4',
          '-A PREROUTING -j CONNMARK --restore-mark',
          '-A POSTROUTING -m conntrack --ctstate SNAT',
        ],
        0,
        3,
      ),
      nat: natRules(random),
      filter: [
        ...random.some(STATES, 3, 6),
        ...random.some(['-A FORWARD -p tcp -m tcp --dport 7 -j DROP', '-A FORWARD -m conntrack --ctstatus ASSURED', '-A FORWARD -m connmark --mark 0x9'], 0, 2),
      ],
    }),
  });
}

function opening(random: Random): Packet {
  const ends = random.weighted<Partial<Packet> & { dst: string }>([
    [6, { in: 'ra', src: `10.1.0.${random.between(2, 4)}`, dst: random.pick(['10.2.0.2', '10.2.0.2', '10.2.0.3', '10.1.0.1', '10.7.0.2', '10.1.0.99', '8.8.8.8']) }],
    [2, { in: 'rb', src: `10.2.0.${random.between(2, 3)}`, dst: random.pick(['10.1.0.2', '10.1.0.3', '10.2.0.1', '10.2.0.100']) }],
    [1, { src: random.pick(['10.1.0.1', '10.2.0.1']), dst: random.pick(['10.2.0.2', '10.1.0.3', '10.7.0.3', '10.1.0.1']) }],
  ]);
  return random.weighted<() => Packet>([
    [4, () => ({ ...ends, proto: 'udp', sport: random.pick(PORTS), dport: random.pick([53, 600]) })],
    [4, () => ({ ...ends, proto: 'tcp', sport: random.pick(PORTS), dport: random.pick([7, 80]), seq: 100 })],
    [2, () => ({ ...ends, proto: 'icmp', icmpId: random.pick([1, 2]) })],
    [1, () => ({ ...ends, proto: 99 })],
  ])();
}

/** Some packets first, then answers, errors and packets sent again among new ones. */
export function relatedConnections(random: Random): KernelCase {
  const sends: Sending[] = [];
  const first: number[] = [];
  for (let i = 0; i < 40; i++) {
    const earlier = first.length > 0 ? random.pick(first) : null;
    const kind = earlier === null ? 'open' : random.weighted([[5, 'open'] as const, [5, 'answer'] as const, [1, 'error'] as const, [2, 'again'] as const]);
    if (kind === 'open' || earlier === null) {
      first.push(sends.length);
      sends.push({ packet: opening(random) });
    } else if (kind === 'answer') sends.push({ replyTo: earlier });
    else if (kind === 'error') sends.push({ errorFor: earlier, code: random.pick([1, 3]) });
    else sends.push(sends[earlier] as Sending);
  }
  return { name: 'related connections', node: node(random), sends };
}

const HOSTS = ['a', 'b', 'c'] as const;

/** The same on a bridge whose frames the rules of IP see: between its ports, to the node, and to another network. */
export function bridgedConnections(random: Random): KernelCase {
  const nat = [
    ...random.some(
      [
        `-A PREROUTING -d 10.0.0.1/32 -p ${proto(random)} -j DNAT --to-destination 10.0.0.${random.between(2, 4)}`,
        '-A PREROUTING -d 10.0.0.4/32 -p udp -j DNAT --to-destination 10.0.0.3:53',
        '-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 5353',
        '-A PREROUTING -p udp -m udp --dport 600 -j DNAT --to-destination 10.2.0.2',
        '-A PREROUTING -m physdev --physdev-in pa -d 10.0.0.3/32 -p icmp -j DNAT --to-destination 10.0.0.4',
      ],
      1,
      3,
    ),
    ...random.some(
      [
        '-A POSTROUTING -o br0 -p udp -j SNAT --to-source 10.0.0.1',
        '-A POSTROUTING -o br0 -m physdev --physdev-out pb --physdev-is-bridged -p tcp -j SNAT --to-source 10.0.0.1:5000-5001',
        '-A POSTROUTING -o br0 -j MASQUERADE',
        '-A POSTROUTING -o rb -j MASQUERADE',
      ],
      1,
      2,
    ),
  ];
  const filter = random.some(
    [
      ...STATES,
      '-A FORWARD -m physdev --physdev-is-bridged',
      '-A FORWARD -m physdev --physdev-out pc --physdev-is-bridged -p udp -j DROP',
      '-A FORWARD -p tcp -m tcp --dport 7 -j REJECT',
    ],
    3,
    7,
  );
  const node = bridge({
    iptables: tables({ mangle: random.some(['-A PREROUTING -i br0 -j CONNMARK --restore-mark', '-A FORWARD -j CONNMARK --set-mark 0x3'], 0, 2), nat, filter }),
  });
  const sends: Sending[] = [];
  const opened: (readonly [index: number, sender: (typeof HOSTS)[number]])[] = [];
  for (let i = 0; i < 40; i++) {
    if (opened.length > 0 && random.chance(0.45)) {
      const [earlier, sender] = random.pick(opened);
      // As the one answers who has seen the sender, or the node in its place.
      sends.push({ replyTo: earlier, overrides: { dstMac: random.pick([MAC[sender], MAC[sender], MAC.bridge]) } });
      continue;
    }
    const sender = random.pick(HOSTS);
    const [target, dst] = random.pick([
      [random.pick(HOSTS), `10.0.0.${random.between(2, 4)}`],
      ['bridge', '10.0.0.1'],
      ['bridge', random.pick(['10.2.0.2', '10.0.0.3'])],
    ] as const);
    const ends = { in: 'br0', physIn: `p${sender}`, srcMac: MAC[sender], dstMac: MAC[target], src: `10.0.0.${HOSTS.indexOf(sender) + 2}`, dst };
    opened.push([sends.length, sender]);
    sends.push({
      packet: random.weighted<() => Packet>([
        [4, () => ({ ...ends, proto: 'udp', sport: random.pick(PORTS), dport: random.pick([53, 600]) })],
        [4, () => ({ ...ends, proto: 'tcp', sport: random.pick(PORTS), dport: random.pick([7, 80]), seq: 100 })],
        [2, () => ({ ...ends, proto: 'icmp', icmpId: random.pick([1, 2]) })],
      ])(),
    });
  }
  return { name: 'connections on a bridge', node, sends };
}
