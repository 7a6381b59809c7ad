/**
 * string, u32 and bpf read the packet's bytes: random searches, words and programs over packets of many kinds, with NAT between,
 * on the kernel and in the engine. PACKETWALK_SEED repeats a run, PACKETWALK_SEEDS makes it longer.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { Family } from '../../engine/net/address.ts';
import { badInstruction, type Instruction } from '../../engine/extension/classic-bpf.ts';
import { describeRandom, type RandomNode } from './judged-nodes.ts';
import type { Sending } from './node.ts';
import { encodePacket } from './packet-bytes.ts';
import { Random } from './random.ts';
import { router, rulesFor } from './router.ts';

const RULES = 60;
const PACKETS = 25;

const WORDS = ['GET / HTTP/1.1', 'Host: example.org', 'gEt', '\u00e9t\u00c9', 'AAAAAAAB', 'x'];

function randomPacket(random: Random, family: Family): Packet {
  const way = family === 'ipv4' ? { src: '10.1.0.2', dst: random.pick(['10.2.0.2', '10.2.0.3', '8.8.8.8']) } : { src: 'fd01::2', dst: random.pick(['fd02::2', '2001:db8::8']) };
  const data = random.chance(0.6)
    ? { data: Buffer.from(random.some(WORDS, 1, 3).join(' '), 'latin1').toString('hex') }
    : random.chance(0.5)
      ? { payload: random.pick([0, 1, 4, 40]) }
      : {};
  const header = {
    in: 'ra',
    ...way,
    ttl: random.pick([2, 64, 255]),
    tos: random.pick([0, 0x10, 0xb8]),
    ...(family === 'ipv4' ? { id: random.int(65536), df: random.chance(0.5) } : {}),
  };
  const ports = { sport: random.pick([1, 1024, 40000]), dport: random.pick([53, 80, 443]) };
  return random.pick<Packet>([
    { ...header, proto: 'tcp', ...ports, flags: random.pick<NonNullable<Packet['flags']>>([['SYN'], ['ACK', 'PSH'], ['SYN', 'ECE', 'CWR']]), seq: random.int(2 ** 31), ...data },
    { ...header, proto: 'tcp', ...ports, flags: ['SYN'], mss: 1400, ...data },
    { ...header, proto: 'udp', ...ports, ...data },
    { ...header, proto: family === 'ipv4' ? 'icmp' : 'icmpv6', icmpId: random.int(65536), icmpSeq: random.int(100), ...data },
    { ...header, proto: 99, ...data },
  ]);
}

/** Places and values that are now and then those of a packet. */
function randomTest(random: Random, packets: readonly Packet[]): string {
  const bytes = encodePacket(random.pick(packets));
  const at = random.int(Math.max(1, bytes.length + 2));
  const word = (from: number): number => ((((bytes[from] ?? 0) << 24) | ((bytes[from + 1] ?? 0) << 16) | ((bytes[from + 2] ?? 0) << 8) | (bytes[from + 3] ?? 0)) >>> 0) as number;
  return random.weighted<() => string>([
    [
      4,
      () => {
        const [shift, mask] = [random.pick([0, 8, 16, 24, 31]), random.pick([0xff, 0xffff, 0xf0f, 0xffffffff])];
        const value = ((word(at) >>> shift) & mask) >>> 0;
        const high = random.chance(0.3) ? `:0x${Math.min(0xffffffff, value + random.int(100)).toString(16)}` : '';
        return `-m u32 ${random.chance(0.3) ? '! ' : ''}--u32 "${at}>>${shift}&0x${mask.toString(16)}=0x${value.toString(16)}${high}"`;
      },
    ],
    [
      2,
      () =>
        `-m u32 ${random.chance(0.3) ? '! ' : ''}--u32 "0>>22&0x3c@${random.pick([0, 4, 12])}&0xffff=0:0x8000&&${random.pick([0, 4])}<<8&0xff00=0x${random.int(65536).toString(16)}:0xff00"`,
    ],
    [1, () => `-m u32 --u32 "0>>22&0x3c@12>>26&0x3c@${random.int(8)}=0:0xffffffff"`],
    [
      4,
      () => {
        const length = random.between(1, 5);
        const found = Array.from({ length }, (_, i) => bytes[at + i] ?? 0);
        const pattern = random.chance(0.5) ? found : [...Buffer.from(random.pick(WORDS), 'latin1')].map((byte) => (random.chance(0.2) ? byte ^ 0x20 : byte));
        const hex = pattern.map((byte) => byte.toString(16).padStart(2, '0')).join('');
        const from = random.chance(0.4) ? ` --from ${Math.max(0, at - random.int(4))}` : '';
        const to = random.chance(0.4) ? ` --to ${at + pattern.length + random.between(-1, 3)}` : '';
        return `-m string ${random.chance(0.3) ? '! ' : ''}--hex-string "|${hex}|" --algo ${random.pick(['bm', 'kmp'])}${from}${to}${random.chance(0.3) ? ' --icase' : ''}`;
      },
    ],
    [4, () => `-m bpf --bytecode "${randomProgram(random, word, at)}"`],
  ])();
}

/** Straight on with a jump now and then; only what the kernel takes. */
function randomProgram(random: Random, word: (at: number) => number, at: number): string {
  for (;;) {
    const length = random.between(2, 10);
    const program: Instruction[] = [];
    for (let i = 0; i < length - 1; i++) {
      const left = length - i - 2;
      const jump = (): readonly [number, number] => [random.int(left + 1), random.int(left + 1)];
      program.push(
        random.weighted<() => Instruction>([
          [4, () => [random.pick([0x20, 0x28, 0x30]), 0, 0, random.chance(0.7) ? at : 0xfff00000 + at]],
          [2, () => [random.pick([0x40, 0x48, 0x50]), 0, 0, random.int(40)]],
          [2, () => [0xb1, 0, 0, random.int(20)]],
          [1, () => [random.pick([0x80, 0x81, 0x07, 0x87, 0x84]), 0, 0, 0]],
          [1, () => [random.pick([0x00, 0x01]), 0, 0, random.int(64)]],
          [1, () => [0x20, 0, 0, 0xfffff000 + random.pick([0, 4, 20])]],
          [1, () => [random.pick([0x02, 0x03, 0x60, 0x61]), 0, 0, random.int(2)]],
          [3, () => [random.pick([0x04, 0x14, 0x24, 0x34, 0x94, 0x54, 0x44, 0xa4]), 0, 0, random.pick([1, 3, 0xff, 0xffff, word(at)])]],
          [1, () => [random.pick([0x64, 0x74]), 0, 0, random.int(32)]],
          [2, () => [random.pick([0x0c, 0x1c, 0x2c, 0x3c, 0x9c, 0x5c, 0x4c, 0xac, 0x6c, 0x7c]), 0, 0, 0]],
          [4, () => [random.pick([0x15, 0x25, 0x35, 0x45]), ...jump(), random.pick([word(at), word(at) >>> 16, word(at) >>> 24, 0, 20])]],
          [1, () => [random.pick([0x1d, 0x2d, 0x3d, 0x4d]), ...jump(), 0]],
          [1, () => [random.pick([0x06, 0x16]), 0, 0, random.int(2)]],
        ])(),
      );
    }
    program.push([random.pick([0x06, 0x16]), 0, 0, random.int(2)]);
    if (badInstruction(program) === null) return `${length},${program.map((fields) => fields.join(' ')).join(',')}`;
  }
}

function randomNode(seed: number): RandomNode {
  const random = new Random(seed);
  const family: Family = random.chance(0.5) ? 'ipv4' : 'ipv6';
  const packets = Array.from({ length: PACKETS }, () => randomPacket(random, family));
  const rules = (chain: string): string => Array.from({ length: RULES / 3 }, () => `-A ${chain} ${randomTest(random, packets)}`).join('\n');
  const nat = family === 'ipv4' ? '-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.9\n' : '-A POSTROUTING -o rb -j SNAT --to-source fd02::9\n';
  const text = `*mangle\n${rules('PREROUTING')}\n${rules('FORWARD')}\nCOMMIT\n*nat\n${nat}-A POSTROUTING -j LOG\nCOMMIT\n*filter\n${rules('FORWARD')}\nCOMMIT\n`;
  const sends: Sending[] = [];
  for (const packet of packets) {
    sends.push({ packet });
    if (random.chance(0.3)) sends.push({ replyTo: sends.length - 1 });
  }
  return {
    node: router(rulesFor(family, text)),
    sends,
  };
}

describeRandom('matches that read bytes', 'as the kernel reads them', {
  title: 'bytes',
  make: randomNode,
  nodes: 2,
  packets: PACKETS,
});
