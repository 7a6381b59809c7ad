/**
 * recent and hashlimit remember what they saw: random lists and buckets, shared by rules, over packets of a few hosts with pauses
 * between, on the kernel and in the engine. PACKETWALK_SEED repeats a run, PACKETWALK_SEEDS makes it longer.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { Family } from '../../engine/net/address.ts';
import { describeRandom, type RandomNode } from './judged-nodes.ts';
import { Random } from './random.ts';
import { fewHosts, rulesFor, WIRES } from './router.ts';

const RULES = 40;
const PACKETS = 24;
/** Packets between two pauses, and how long one takes, in seconds: far from what a rule below counts as recent, on a slow machine too. */
const [RUN, PAUSE, RECENT] = [8, 4, 3];

function recentRule(random: Random, family: Family): string {
  const name = random.pick(['a', 'b', 'c']);
  const not = random.chance(0.25) ? '! ' : '';
  const side = random.chance(0.3) ? ' --rdest' : '';
  // One mask for each list, whichever rule comes first.
  const mask = name === 'c' ? (family === 'ipv4' ? ' --mask 255.255.255.254' : ' --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe') : '';
  const where = ` --name ${name}${mask}${side}`;
  const command = random.weighted<'set' | 'rcheck' | 'update' | 'remove'>([
    [3, 'set'],
    [4, 'rcheck'],
    [4, 'update'],
    [1, 'remove'],
  ]);
  if (command === 'set' || command === 'remove') return `-m recent ${not}--${command}${where}`;
  const seconds = random.chance(0.6) ? ` --seconds ${random.pick([RECENT, 600])}${random.chance(0.3) ? ' --reap' : ''}` : '';
  const hits = random.chance(0.5) ? ` --hitcount ${random.pick([1, 2, 3, 5, 40])}` : '';
  return `-m recent ${not}--${command}${seconds}${hits}${random.chance(0.2) ? ' --rttl' : ''}${where}`;
}

/** Rates so slow that a second more or less changes nothing: at 16 bytes per second every packet empties a bucket that a pause fills. */
function hashlimitRule(random: Random, family: Family, at: number): string {
  const mode = random.pick(['', 'srcip', 'dstip', 'srcip,dstport', 'srcport,dstip', 'srcip,srcport,dstip,dstport']);
  const masked = mode.includes('srcip') && random.chance(0.3) ? ` --hashlimit-srcmask ${family === 'ipv4' ? random.pick([24, 31, 0]) : random.pick([64, 127])}` : '';
  const kind = random.weighted<() => string>([
    [5, () => `${random.pick(['1/hour', '20/day', '3/day', '6/hour'])} --hashlimit-burst ${random.pick([1, 2, 3, 7])}`],
    [2, () => `16b/s${random.chance(0.4) ? ' --hashlimit-burst 1mb' : ''}`],
  ])();
  const size = random.chance(0.15) ? ` --hashlimit-htable-size ${random.pick([1, 2, 16])}` : '';
  return `-m hashlimit --hashlimit-${random.pick(['upto', 'above'])} ${kind}${mode === '' ? '' : ` --hashlimit-mode ${mode}`}${masked} --hashlimit-name h${at}${size}`;
}

function randomNode(seed: number): RandomNode {
  const random = new Random(seed);
  const family: Family = random.chance(0.5) ? 'ipv4' : 'ipv6';
  let table = 0;
  const one = (): string => (random.chance(0.6) ? recentRule(random, family) : hashlimitRule(random, family, table++));
  const rules = (chain: string, count: number): string =>
    Array.from({ length: count }, () => `-A ${chain} ${one()}${random.chance(0.1) ? ` ${recentRule(random, family)}` : ''}`).join('\n');
  // Two rules that share one table of buckets, as they may where their settings are the same.
  const twice = '-m hashlimit --hashlimit-upto 2/hour --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name both';
  const text = `*mangle\n${rules('PREROUTING', RULES / 2)}\nCOMMIT\n*filter\n-A FORWARD ${twice}\n${rules('FORWARD', RULES / 2)}\n-A FORWARD ${twice.replace('upto', 'above')}\nCOMMIT\n`;
  let at = 0;
  const packets = Array.from({ length: PACKETS }, (_, i): Packet => {
    if (i > 0 && i % RUN === 0) at += PAUSE;
    const way = fewHosts(random, family);
    const proto = random.pick(['udp', 'udp', 'tcp', family === 'ipv4' ? 'icmp' : 'icmpv6', 'esp']);
    const ports =
      proto === 'udp' || proto === 'tcp' ? { sport: random.pick([1, 2]), dport: random.pick([53, 80]) } : proto === 'esp' ? { spi: random.pick([0x10002, 0x20002]) } : {};
    return { in: 'ra', ...way, proto, ...ports, ttl: random.pick([5, 64]), at, payload: random.pick([8, 900]) };
  });
  return {
    node: { interfaces: WIRES, ...rulesFor(family, text) },
    sends: packets,
  };
}

describeRandom('matches that remember', 'as the kernel remembers', {
  title: 'memory',
  make: randomNode,
  nodes: 1,
  packets: PACKETS,
});
