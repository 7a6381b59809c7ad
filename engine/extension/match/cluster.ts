/**
 * cluster: this node's share of the connections, by a hash of the source. Not modelled: unknown;
 * without a conntrack entry it is false, negated or not.
 *
 * Source: iptables-extensions(8) "cluster"; Linux 6.18 net/netfilter/xt_cluster.c.
 */

import { unmodelled } from '../clause.ts';
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
  notModelled: 'the hash of a connection is not computed',
  normalize: ({ node, ...uses }) => (node ? { ...uses, nodeMask: { ...node, value: 2 ** (node.value - 1) } } : uses),
  check({ nodeMask, total }) {
    if (!nodeMask) return [{ severity: 'error', code: 'missing-option', message: 'cluster needs --cluster-local-node or --cluster-local-nodemask' }];
    if (total && nodeMask.value >= 2 ** total.value)
      return [{ severity: 'error', code: 'bad-value', option: 'total', message: 'the local node is beyond --cluster-total-nodes', hint: 'give a larger number of nodes' }];
    return [];
  },
  compile: (uses, context) => [
    hasConntrackEntry,
    unmodelled(`-m cluster ${printOptions(options, uses, context)}`, 'the hash of the connection is not computed', uses.nodeMask?.negated ?? false),
  ],
});
