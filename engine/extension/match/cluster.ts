/**
 * cluster: this node's share of the connections, by a hash of the source that opened them; the share of an expected connection
 * is that of the one that expected it. Without a conntrack entry it is false, negated or not. The match itself makes a frame to a
 * group one to this host if the packet in it is for one address, since all nodes of a cluster may share a group address. Of an IPv6
 * address the kernel hashes the first 32 bits alone: it takes the number of words for one of bytes (NF_CT_TUPLE_L3SIZE).
 *
 * Source: iptables-extensions(8) "cluster"; Linux 6.18 net/netfilter/xt_cluster.c, xt_cluster_mt().
 */

import type { SkbView } from '../../model/context.ts';
import { FIELD, PACKET_TYPE } from '../../model/field.ts';
import { FALSE, TRUE, UNKNOWN, type Clause } from '../../model/test.ts';
import { formatAddress } from '../../net/address.ts';
import { jhash2, memoryWord, scaled } from '../../net/jhash.ts';
import { within } from '../clause.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { hasConntrackEntry } from '../guards.ts';
import { integer, option } from '../option.ts';

/** XT_CLUSTER_NODES_MAX. */
const MAX_NODES = 32;
const long = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

const options = {
  nodeMask: option({
    name: '--cluster-local-nodemask',
    value: integer(1, MAX_NODES, 'mask', long),
    invertible: true,
    excludes: ['node'],
    help: 'bits of the nodes this one answers for',
  }),
  node: option({ name: '--cluster-local-node', value: integer(1, MAX_NODES, 'number'), invertible: true, excludes: ['nodeMask'], help: 'number of this node' }),
  total: option({ name: '--cluster-total-nodes', value: integer(1, MAX_NODES, 'number'), required: true, help: 'number of nodes' }),
  seed: option({ name: '--cluster-hash-seed', value: integer(0, 0xffffffff, 'number', long), required: true, help: 'seed of the hash' }),
};

export const cluster = defineMatch({
  name: 'cluster',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) cluster; Linux 6.18 net/netfilter/xt_cluster.c',
  notModelled: 'the share of an expected connection',
  normalize: ({ node, ...uses }) => (node ? { ...uses, nodeMask: { ...node, value: 2 ** (node.value - 1) } } : uses),
  check({ nodeMask, total }) {
    if (!nodeMask) return [{ severity: 'error', code: 'missing-option', message: 'cluster needs --cluster-local-node or --cluster-local-nodemask' }];
    if (total && nodeMask.value >= 2 ** total.value)
      return [{ severity: 'error', code: 'bad-value', option: 'total', message: 'the local node is beyond --cluster-total-nodes', hint: 'give a larger number of nodes' }];
    return [];
  },
  compile(uses, context) {
    const { nodeMask, total, seed } = uses;
    if (!nodeMask || !total || !seed) return [];
    const share = (skb: SkbView): number => scaled(jhash2([memoryWord(sourceOf(skb)[0] as number)], seed.value), total.value);
    return [
      ofThisHost,
      hasConntrackEntry,
      ofProtocol,
      {
        text: `-m cluster ${printOptions(options, uses, context)}`,
        negated: nodeMask.negated,
        any: [
          {
            op: 'opaque',
            name: 'cluster',
            operand: { nodes: nodeMask.value, total: total.value, seed: seed.value },
            wanted: nodesText(nodeMask.value),
            reads: [FIELD.ctOrigSrc],
            holds: (skb) => (isExpected(skb) ? UNKNOWN : (nodeMask.value >>> share(skb)) & 1 ? TRUE : FALSE),
            saw: (skb) =>
              isExpected(skb) ? 'an expected connection, whose share is that of another' : `${formatAddress(skb.family, sourceOf(skb))} belongs to node ${share(skb) + 1}`,
          },
        ],
      },
    ];
  },
});

/** What CT has attached in raw is an entry, but of no connection yet: none of the nodes answers for it (seen on Linux 6.18.44). */
const ofProtocol: Clause = { ...hasConntrackEntry, any: [within(FIELD.ctProto, [1, 255])] };

const ofThisHost: Clause = {
  guard: true,
  text: 'the frame is taken for one to this host',
  negated: false,
  any: [
    {
      op: 'opaque',
      name: 'cluster',
      operand: {},
      reads: [FIELD.dst, FIELD.packetType],
      step: (skb, _now, state) => ({ holds: TRUE, state, ...(isGroupFrame(skb) ? { writes: { field: FIELD.packetType, value: PACKET_TYPE.unicast } } : {}) }),
      saw: () => 'it is',
    },
  ],
};

const isExpected = ({ ct }: SkbView): boolean => (ct?.entry.master ?? null) !== null;

function sourceOf({ regs, family }: SkbView): readonly number[] {
  return Array.from(regs.subarray(FIELD.ctOrigSrc.index, FIELD.ctOrigSrc.index + (family === 'ipv4' ? 1 : 4)));
}

function isGroupFrame({ regs, family }: SkbView): boolean {
  const first = regs[FIELD.dst.index] as number;
  return regs[FIELD.packetType.index] === PACKET_TYPE.multicast && !(family === 'ipv4' ? first >>> 28 === 14 : first >>> 24 === 255);
}

function nodesText(mask: number): string {
  const nodes = Array.from({ length: MAX_NODES }, (_, i) => i + 1).filter((node) => (mask >>> (node - 1)) & 1);
  return nodes.length === 1 ? `node ${nodes[0]}` : `one of the nodes ${nodes.join(', ')}`;
}
