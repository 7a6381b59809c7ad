/**
 * What headers hold: rt, srh, hbh, dst, frag, ah, ipv6header and mh over IPv6 packets with extension headers, and the chunks of SCTP
 * and the index of IPComp in both families, on the kernel and in the engine. PACKETWALK_SEED repeats a run, PACKETWALK_SEEDS makes it
 * longer.
 */

import type { Family } from '../../engine/net/address.ts';
import { HEADER_RULES, HEADER_RULES_6, headerPacket, not, type Rule } from './header-nodes.ts';
import { describeRandom, type RandomNode } from './judged-nodes.ts';
import { encodePacket } from './packet-bytes.ts';
import { Random } from './random.ts';
import { rulesFor, WIRES } from './router.ts';

const RULES = 60;
const PACKETS = 24;

function randomNode(seed: number): RandomNode {
  const random = new Random(seed);
  const family: Family = random.chance(0.75) ? 'ipv6' : 'ipv4';
  const packets = Array.from({ length: PACKETS }, (_, i) => headerPacket(random, family, i < 12 ? i : 690 + i));
  // Words anywhere in the packet, behind its headers too.
  const word: Rule = () => {
    const bytes = encodePacket(random.pick(packets));
    const at = random.int(Math.max(1, bytes.length - 3));
    const value = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    return `-m u32 ${not(random)}--u32 "${at}>>16&0xffff=0x${value.toString(16)}"`;
  };
  const kinds = [...HEADER_RULES, [3, word] as const, ...(family === 'ipv6' ? HEADER_RULES_6 : [])];
  const rule = (): string => random.weighted(kinds)(random);
  // A protocol stands once in a rule.
  const second = (): string => ` ${rule()}`.replace(/^ -p .*/, '');
  const rules = (chain: string): string => Array.from({ length: RULES / 2 }, () => `-A ${chain} ${rule()}${random.chance(0.2) ? second() : ''}`).join('\n');
  const conntrack = random.chance(0.4) ? '-A FORWARD -m conntrack --ctstate INVALID\n' : '';
  const text = `*mangle\n${rules('PREROUTING')}\nCOMMIT\n*filter\n${conntrack}${rules('FORWARD')}\nCOMMIT\n`;
  return {
    node: { interfaces: WIRES, ...rulesFor(family, text) },
    sends: packets,
  };
}

describeRandom('what headers hold', 'as the kernel reads it', {
  title: 'headers',
  make: randomNode,
  nodes: 2,
  packets: PACKETS,
  // Words of what a packet does not say: sums, verification tags, what lies beyond a segment list.
  fewerUnknown: (nodes) => (nodes * PACKETS) / 4 + PACKETS,
});
