/**
 * What rules know of a connection besides its state: packets and bytes (connbytes), labels (connlabel), shifted marks (CONNMARK), and
 * the hashes of cluster and HMARK, over packets of a few connections and their answers, on the kernel and in the engine.
 * PACKETWALK_SEED repeats a run, PACKETWALK_SEEDS makes it longer.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { Family } from '../../engine/net/address.ts';
import { describeRandom, type RandomNode } from './judged-nodes.ts';
import type { Sending } from './node.ts';
import { Random } from './random.ts';
import { fewHosts, rulesFor, WIRES } from './router.ts';

const RULES = 40;
const PACKETS = 24;

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const not = (random: Random): string => (random.chance(0.3) ? '! ' : '');

function match(random: Random): string {
  return random.weighted<() => string>([
    [
      6,
      () => {
        const mode = random.pick(['packets', 'bytes', 'avgpkt']);
        const low = mode === 'packets' ? random.between(0, 4) : random.pick([0, 28, 36, 48, 56, 100, 200, 400]);
        // `0:0` is saved as `0`, which is another range.
        const high = random.chance(0.5) ? String(low + (mode === 'packets' ? random.between(low === 0 ? 1 : 0, 3) : random.pick([20, 100, 600]))) : '';
        return `-m connbytes ${not(random)}--connbytes ${low}:${high} --connbytes-mode ${mode} --connbytes-dir ${random.pick(['original', 'reply', 'both'])}`;
      },
    ],
    [4, () => `-m connlabel ${not(random)}--label ${random.pick([0, 1, 5, 127])}${random.chance(0.3) ? ' --set' : ''}`],
    [
      3,
      () => {
        const total = random.between(1, 4);
        return `-m cluster --cluster-total-nodes ${total} ${not(random)}--cluster-local-nodemask ${random.between(1, Math.min(31, 2 ** total - 1))} --cluster-hash-seed ${hex(random.int(2 ** 31))}`;
      },
    ],
    [1, () => `-m connmark ${not(random)}--mark ${hex(random.int(256) << random.pick([0, 8, 24]))}/${hex(0xff << random.pick([0, 8, 24]))}`],
    [1, () => `-m mark ${not(random)}--mark ${random.int(8)}/7`],
  ])();
}

function target(random: Random, family: Family): string {
  return random.weighted<() => string>([
    [6, () => ''],
    [
      3,
      () => {
        const masks = random.chance(0.7) ? ` --nfmask ${hex(random.int(2 ** 32))} --ctmask ${hex(random.int(2 ** 32))}` : '';
        return ` -j CONNMARK ${random.pick([`--save-mark${masks}`, `--restore-mark${masks}`, `--set-xmark ${hex(random.int(2 ** 32))}/${hex(random.int(2 ** 32))}`])} --${random.pick(['left', 'right'])}-shift-mark ${random.pick([0, 1, 7, 31])}`;
      },
    ],
    [
      4,
      () => {
        const bits = family === 'ipv4' ? 32 : 128;
        const parts = random.pick([
          '--hmark-tuple ct,src,dst,sport,dport,proto',
          '--hmark-tuple ct,sport',
          '--hmark-tuple src,dst,sport,dport',
          '--hmark-tuple src,dst,spi,proto',
          `--hmark-src-prefix ${random.between(0, bits)} --hmark-dst-prefix ${random.between(0, bits)} --hmark-sport-mask ${hex(random.int(65536))} --hmark-dport ${hex(random.int(65536))} --hmark-proto-mask ${hex(random.int(65536))}`,
          `--hmark-spi-mask ${hex(random.int(2 ** 32))} --hmark-spi ${hex(random.int(2 ** 32))}`,
        ]);
        return ` -j HMARK ${parts} --hmark-mod ${random.pick([1, 10, 4096, 4294967295])} --hmark-offset ${random.pick([0, 100, 4294967290])} --hmark-rnd ${hex(random.int(2 ** 32))}`;
      },
    ],
    [1, () => ` -j MARK --set-mark ${hex(random.int(2 ** 32))}`],
  ])();
}

function randomNode(seed: number): RandomNode {
  const random = new Random(seed);
  const family: Family = random.chance(0.5) ? 'ipv4' : 'ipv6';
  const rules = (chain: string, count: number): string =>
    Array.from({ length: count }, () => `-A ${chain} ${random.chance(0.2) ? `${match(random)} ` : ''}${match(random)}${target(random, family)}`).join('\n');
  const nat = random.chance(0.5) ? `*nat\n-A POSTROUTING -o rb -j SNAT --to-source ${family === 'ipv4' ? '10.2.0.9' : 'fd02::9'}\nCOMMIT\n` : '';
  const zone = random.chance(0.3) ? '*raw\n-A PREROUTING -p udp -j CT --zone 3\nCOMMIT\n' : '';
  const text = `${zone}*mangle\n${rules('PREROUTING', RULES / 2)}\n${rules('POSTROUTING', RULES / 4)}\nCOMMIT\n*filter\n${rules('FORWARD', RULES / 2).replace(/ -j HMARK.*$/gm, '')}\nCOMMIT\n${nat}`;
  // Listed alike, so one of them for a node.
  const other = random.pick(['esp', 'dccp', 99]);
  const sends: (Packet | Sending)[] = [];
  const answerable: number[] = [];
  while (sends.length < PACKETS) {
    if (answerable.length > 0 && random.chance(0.35)) {
      sends.push(random.chance(0.2) ? { errorFor: random.pick(answerable), code: 1 } : { replyTo: random.pick(answerable) });
      continue;
    }
    const way = fewHosts(random, family);
    const proto = random.pick(['udp', 'udp', 'tcp', 'tcp', family === 'ipv4' ? 'icmp' : 'icmpv6', 'sctp', 'gre', other]);
    const ported = ['udp', 'tcp', 'sctp', 'dccp'].includes(String(proto));
    const more = ported ? { sport: random.pick([1, 2]), dport: random.pick([53, 80]) } : proto === 'esp' ? { spi: random.pick([0x10002, 0x2ffff]) } : {};
    if (ported || proto === 'icmp' || proto === 'icmpv6') answerable.push(sends.length);
    sends.push({
      in: 'ra',
      ...way,
      proto,
      ...more,
      payload: random.pick([proto === 'gre' ? 4 : 0, 8, 60]),
      mark: 0,
      ...(random.chance(0.1) ? { l2: 'multicast' as const } : {}),
      ...(proto === 'tcp' && random.chance(0.2) ? { flags: ['RST'] as const } : {}),
    });
  }
  return {
    node: { interfaces: WIRES, ...rulesFor(family, text) },
    sends,
  };
}

describeRandom('what a connection has seen', 'counts, labels and hashes as the kernel’s', {
  title: 'connection',
  make: randomNode,
  nodes: 2,
  packets: PACKETS,
});
