/** Rules in table filter: what is let through although another policy may say no, what counts, and what keeps tunnels clean. */

import type { RuleRow } from './row.ts';

const ACCEPTED_IN = {
  en: 'packets between pods, Services and the node itself are let in, whatever other rules of INPUT say',
  zh: '放行 Pod、Service 与节点本机之间的流量，不受 INPUT 中其他规则影响',
};
const ACCEPTED_THROUGH = {
  en: 'packets of pods and Services that pass through the node are let through, whatever other rules of FORWARD say',
  zh: '放行经过本节点转发的 Pod 与 Service 流量，不受 FORWARD 中其他规则影响',
};

function accept(id: string, chain: 'INPUT' | 'FORWARD', set: 'services' | 'subnets', side: 'src' | 'dst'): RuleRow {
  const what = set === 'services' ? 'Service' : 'pod';
  const [where, whereZh] = chain === 'INPUT' ? ['arrives at the node', '到达节点'] : ['passes through the node', '经节点转发'];
  return {
    id,
    table: 'filter',
    chain,
    text: `-m set --match-set {ovn}${set} ${side} -j ACCEPT`,
    repeat: 'node',
    condition: 'always',
    needs: null,
    cause: set === 'services' ? 'services' : 'overlay',
    title: {
      en: side === 'src' ? `packet from a ${what} ${where}` : `packet to a ${what} ${where}`,
      zh: side === 'src' ? `来自 ${what === 'pod' ? 'Pod' : what} 的包${whereZh}` : `去往 ${what === 'pod' ? 'Pod' : what} 的包${whereZh}`,
    },
    purpose: chain === 'INPUT' ? ACCEPTED_IN : ACCEPTED_THROUGH,
  };
}

function count(id: string, side: '-s' | '-d'): RuleRow {
  return {
    id,
    table: 'filter',
    chain: 'FORWARD',
    text: `${side} {cidr} -m comment --comment {counter}`,
    repeat: 'subnet',
    condition: 'always',
    needs: 'counters',
    cause: 'item',
    title: side === '-s' ? { en: 'counts what leaves the Subnet', zh: '统计从子网出去的流量' } : { en: 'counts what enters the Subnet', zh: '统计进入子网的流量' },
    purpose: {
      en: 'has no target: it only counts packets and bytes between the Subnet and what is outside, for the gateway metrics',
      zh: '没有 target，只统计子网与外部之间的包数和字节数，用于网关监控指标',
    },
  };
}

function clearMark(id: string, port: number, tunnel: string): RuleRow {
  return {
    id,
    table: 'filter',
    chain: 'OUTPUT',
    text: `-p udp -m udp --dport ${port} -j MARK --set-xmark 0x0/0xffffffff`,
    repeat: 'node',
    condition: 'always',
    needs: port === 6081 ? null : 'clearVxlanMark',
    cause: 'daemon',
    title: { en: `outer packet of a ${tunnel} tunnel loses its mark`, zh: `清除 ${tunnel} 隧道外层包的标记` },
    purpose: {
      en: `the outer packet inherits the mark of what is inside; with the mark it would be masqueraded in POSTROUTING and arrive with a bad UDP checksum`,
      zh: '外层包会继承内层包的标记；带着标记会在 POSTROUTING 中被 SNAT，导致 UDP 校验和错误',
    },
  };
}

function reject(id: string, chain: 'INPUT' | 'OUTPUT'): RuleRow {
  return {
    id,
    table: 'filter',
    chain,
    text: '{tcp}-m mark ! --mark 0x4000/0x4000 -m set --match-set {ovn}services dst -m conntrack --ctstate NEW -j REJECT --reject-with {unreachable}',
    repeat: 'node',
    condition: 'clusterIpSet',
    needs: 'clusterIpSet',
    cause: 'services',
    title: { en: 'no Service has this address and port', zh: '没有 Service 使用这个地址和端口' },
    purpose: {
      en: 'in IPVS mode the node holds every ClusterIP, so a port that no Service has would reach the node’s own listeners; it is refused instead',
      zh: 'IPVS 模式下节点持有所有 ClusterIP，访问 Service 未定义的端口会到达节点自身的监听端口，因此直接拒绝',
    },
  };
}

export const FILTER_ROWS: readonly RuleRow[] = [
  accept('S01', 'INPUT', 'services', 'src'),
  accept('S02', 'INPUT', 'services', 'dst'),
  accept('S03', 'INPUT', 'subnets', 'src'),
  accept('S04', 'INPUT', 'subnets', 'dst'),
  accept('S05', 'FORWARD', 'services', 'src'),
  accept('S06', 'FORWARD', 'services', 'dst'),
  accept('S07', 'FORWARD', 'subnets', 'src'),
  accept('S08', 'FORWARD', 'subnets', 'dst'),
  count('S09', '-s'),
  count('S10', '-d'),
  clearMark('S11', 6081, 'Geneve'),
  clearMark('X6', 4789, 'VXLAN'),
  reject('X7', 'INPUT'),
  reject('X8', 'OUTPUT'),
];
