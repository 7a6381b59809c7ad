/**
 * Packets of pods, nodes and outsiders to services of a Kube-OVN node whose kube-proxy runs in IPVS mode. `expect` is what
 * the fact sheet of Kube-OVN's rules derived from their text, before any kernel was asked: the rules that match, in order,
 * without jumps and without kube-proxy's; where the packet leaves and as what; its mark then.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { Sending } from '../kernel/node.ts';
import { kubeOvnNode, type KubeOvnNode } from './kube-ovn-node.ts';

export interface RowExpectation {
  readonly hits: readonly string[];
  readonly out?: string;
  readonly src?: string;
  readonly dst?: string;
  /** Mark at the last rule that was seen, after MARK rules. */
  readonly mark?: number;
  readonly verdict?: 'delivered' | 'rejected';
}

interface Row {
  readonly row: string;
  readonly send: Sending | Packet;
  readonly expect?: RowExpectation;
}

export interface KubeOvnCase {
  readonly name: string;
  readonly about: string;
  readonly built: KubeOvnNode;
  readonly rows: readonly Row[];
}

const tcp = (src: string, sport: number, dst: string, dport: number, more: Partial<Packet> = {}): Packet => ({ in: null, src, dst, proto: 'tcp', sport, dport, ...more });
const pod = { in: 'ovn0' } as const;
const outside = { in: 'eth0' } as const;
const join = '100.64.0.2';
const node = '192.168.0.101';
/** The client's third packet of the handshake, as it sends it. */
const ack = (packet: Packet): Packet => ({ ...packet, flags: ['ACK'], seq: 1, ack: 5001 });

const p25 = tcp('10.16.0.10', 4103, '10.96.0.50', 80, pod);
const p28 = tcp('10.96.0.50', 6001, '10.96.0.50', 80);
const p35 = tcp('203.0.113.9', 50000, '192.168.0.101', 30080, outside);
const p41 = tcp('203.0.113.9', 50003, '198.51.100.10', 80, outside);

const MASQUERADED = { out: 'ovn0', src: join, mark: 0 } as const;

export const KUBE_OVN_CASES: readonly KubeOvnCase[] = [
  {
    name: 'ipvs-cluster-ip',
    about: 'Pods and the node itself to a ClusterIP, rules as installed.',
    built: kubeOvnNode(),
    rows: [
      { row: 'P25', send: p25, expect: { hits: ["S14'", 'S02', 'S18', 'X4', 'X5'], ...MASQUERADED, dst: '10.16.0.30' } },
      { row: 'P25 reply', send: { replyTo: 0 } },
      { row: 'P25 third packet', send: ack(p25) },
      { row: 'P26', send: tcp('10.16.0.10', 4104, '10.96.0.50', 9999, pod), expect: { hits: ['X7'], verdict: 'rejected' } },
      { row: 'P26 over UDP', send: { ...pod, src: '10.16.0.10', dst: '10.96.0.50', proto: 'udp', sport: 4104, dport: 9999 }, expect: { hits: ['S02'], verdict: 'delivered' } },
      { row: 'P28', send: p28, expect: { hits: ['S17'], out: 'ovn0', src: node, dst: '10.16.0.30', mark: 0x4000 } },
      { row: 'P28 reply', send: { replyTo: 5 } },
      { row: 'P28 third packet', send: ack(p28) },
      { row: 'P30', send: tcp('10.96.0.50', 6003, '10.96.0.50', 9999), expect: { hits: ['X8'], verdict: 'rejected' } },
      {
        row: 'P30 with a node endpoint',
        send: tcp('10.96.0.1', 6004, '10.96.0.1', 443),
        expect: { hits: ['S18', 'X4', 'X5'], out: 'eth0', src: node, dst: '192.168.0.103', mark: 0 },
      },
      { row: 'ping of a ClusterIP', send: { ...pod, src: '10.16.0.10', dst: '10.96.0.50', proto: 'icmp', icmpId: 5 } },
      { row: 'echo of the node to a ClusterIP', send: { in: null, src: node, dst: '10.96.0.50', proto: 'icmp', icmpId: 6 } },
    ],
  },
  {
    name: 'ipvs-node-port',
    about: 'Node ports and a load balancer address, externalTrafficPolicy Local with a distributed endpoint; one node port with policy Cluster.',
    built: kubeOvnNode(),
    rows: [
      { row: 'P35', send: p35, expect: { hits: ['S15', 'S20'], out: 'ovn0', src: '203.0.113.9', dst: '10.16.0.20', mark: 0x80000 } },
      { row: 'P35r', send: { replyTo: 0 }, expect: { hits: ['S09', 'S07'], out: 'eth0', src: node, dst: '203.0.113.9', mark: 0 } },
      { row: 'P35 third packet', send: ack(p35) },
      {
        row: 'P37',
        send: { ...outside, src: '203.0.113.9', dst: node, proto: 'udp', sport: 50001, dport: 30053 },
        expect: { hits: ['S16', 'S20'], out: 'ovn0', src: '203.0.113.9', dst: '10.16.0.20', mark: 0x80000 },
      },
      { row: 'P37 reply', send: { replyTo: 3 } },
      { row: 'P38', send: tcp('192.168.0.102', 7000, node, 30080, outside), expect: { hits: ['S15', 'X1', 'S18', 'X4', 'X5'], ...MASQUERADED, dst: '10.16.0.20' } },
      { row: 'P38 reply', send: { replyTo: 5 } },
      { row: 'P40', send: tcp('10.16.0.10', 4106, node, 30080, pod), expect: { hits: ['S15', 'S03', 'S19', 'X4', 'X5'], ...MASQUERADED, dst: '10.16.0.20' } },
      { row: 'P40 reply', send: { replyTo: 7 } },
      { row: 'P41', send: p41, expect: { hits: ['X3'], out: 'ovn0', src: '203.0.113.9', dst: '10.16.0.20', mark: 0 } },
      { row: 'P41 reply', send: { replyTo: 9 } },
      {
        row: 'P41, a ClusterIP with the number of a Local node port',
        send: tcp('10.16.0.10', 4107, '10.96.0.60', 30080, pod),
        expect: { hits: ["S14'", 'S15', 'S02', 'S18', 'X4', 'X5'], ...MASQUERADED, dst: '10.16.0.30' },
      },
      { row: 'node port, policy Cluster', send: tcp('203.0.113.9', 50004, node, 30090, outside) },
      { row: 'node port, policy Cluster, reply', send: { replyTo: 12 } },
      { row: 'the endpoint refuses P35 by ICMP', send: { errorFor: 0, code: 3 } },
      { row: 'the node to its own node port', send: tcp(node, 6005, node, 30080) },
      { row: 'hairpin: p2 to the load balancer that leads to p2', send: tcp('10.16.0.20', 4108, '198.51.100.10', 80, pod) },
    ],
  },
  {
    name: 'ipvs-centralized-endpoint',
    about: 'externalTrafficPolicy Local with an endpoint in a centralized subnet.',
    built: kubeOvnNode({ local: 'centralized' }),
    rows: [
      { row: 'P36', send: p35, expect: { hits: ['S15', 'S21', 'X4', 'X5'], ...MASQUERADED, dst: '10.17.0.5' } },
      { row: 'P36 reply', send: { replyTo: 0 } },
      { row: 'P41 with a centralized endpoint', send: p41, expect: { hits: ['X3'], out: 'ovn0', src: '203.0.113.9', dst: '10.17.0.5', mark: 0 } },
    ],
  },
  {
    name: 'ipvs-retransmission',
    about: 'Second packets of connections that nobody has answered: nat is over, and with it the mark.',
    built: kubeOvnNode(),
    rows: [
      { row: 'SYN of a pod', send: p25 },
      { row: 'the same SYN again', send: p25, expect: { hits: ['X7'], verdict: 'rejected' } },
      { row: 'DNS query of a pod', send: { ...pod, src: '10.16.0.10', dst: '10.96.0.10', proto: 'udp', sport: 4109, dport: 53 } },
      { row: 'second query from the same socket', send: { ...pod, src: '10.16.0.10', dst: '10.96.0.10', proto: 'udp', sport: 4109, dport: 53 } },
      { row: 'SYN of the node', send: p28 },
      { row: 'the same SYN of the node again', send: p28 },
      { row: 'SYN to a Local node port', send: p35 },
      { row: 'the same SYN to the node port again', send: p35 },
    ],
  },
  {
    name: 'ipvs-jump-below',
    about: "kube-proxy's jump stands above Kube-OVN's in nat PREROUTING.",
    built: kubeOvnNode({ jump: 'below' }),
    rows: [
      { row: 'P27', send: tcp('10.16.0.10', 4105, '10.96.0.50', 80, pod), expect: { hits: ['X7'], verdict: 'rejected' } },
      { row: 'P28 still works', send: p28 },
      { row: 'P35 with the jump below', send: p35 },
    ],
  },
  {
    name: 'ipvs-seed-rules',
    about: 'The rules of the documentation in installed order: no REJECT, nothing for other nodes.',
    built: kubeOvnNode({ rules: 'seed' }),
    rows: [
      { row: 'P26s', send: tcp('10.16.0.10', 4104, '10.96.0.50', 9999, pod), expect: { hits: ['S14', 'S02'], verdict: 'delivered', mark: 0x4000 } },
      {
        row: 'P38s',
        send: tcp('192.168.0.102', 7000, node, 30080, outside),
        expect: { hits: ['S15', 'S20'], out: 'ovn0', src: '192.168.0.102', dst: '10.16.0.20', mark: 0x80000 },
      },
      { row: 'P25 with the seed rules', send: p25 },
      { row: 'P28 with the seed rules', send: p28 },
    ],
  },
  {
    name: 'ipvs-without-cluster-cidr',
    about: 'kube-proxy does not know the cluster: it marks only what comes from a service address.',
    built: kubeOvnNode({ clusterCidr: false }),
    rows: [
      { row: 'node port address of the node to a ClusterIP', send: tcp(node, 6006, '10.96.0.50', 80) },
      { row: 'P28 without cluster CIDR', send: p28 },
    ],
  },
  {
    name: 'ipvs-ipv6',
    about: 'The IPv6 twins.',
    built: kubeOvnNode(),
    rows: [
      {
        row: 'P58',
        send: { ...outside, src: '2001:db8::9', dst: 'fd00:192:168::101', proto: 'tcp', sport: 50000, dport: 30080 },
        expect: { hits: ['S15', 'S20'], out: 'ovn0', src: '2001:db8::9', dst: 'fd00:10:16::14', mark: 0x80000 },
      },
      { row: 'P58 reply', send: { replyTo: 0 } },
      {
        row: 'P61',
        send: { in: null, src: 'fd00:10:96::32', dst: 'fd00:10:96::32', proto: 'tcp', sport: 6001, dport: 80 },
        expect: { hits: ['S17'], out: 'ovn0', src: 'fd00:192:168::101', dst: 'fd00:10:16::1e', mark: 0x4000 },
      },
      { row: 'P61 reply', send: { replyTo: 2 } },
      {
        row: 'P25 in IPv6',
        send: { ...pod, src: 'fd00:10:16::a', dst: 'fd00:10:96::32', proto: 'tcp', sport: 4103, dport: 80 },
        expect: { hits: ["S14'", 'S02', 'S18', 'X4', 'X5'], out: 'ovn0', src: 'fd00:100:64::2', dst: 'fd00:10:16::1e', mark: 0 },
      },
      { row: 'P26 in IPv6', send: { ...pod, src: 'fd00:10:16::a', dst: 'fd00:10:96::32', proto: 'tcp', sport: 4104, dport: 9999 }, expect: { hits: ['X7'], verdict: 'rejected' } },
    ],
  },
];
