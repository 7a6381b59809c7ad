/** Rules in table mangle: what is thrown away because connection tracking knows nothing of it, and kubelet's probes on their way to a proxy. */

import type { RuleRow } from './row.ts';

const DROPS: Pick<RuleRow, 'table' | 'chain' | 'condition'> = { table: 'mangle', chain: 'OVN-POSTROUTING', condition: 'always' };
const JUMP: Pick<RuleRow, 'table' | 'repeat' | 'cause' | 'title'> = {
  table: 'mangle',
  repeat: 'node',
  cause: 'daemon',
  title: { en: 'to Kube-OVN’s rules', zh: '进入 Kube-OVN 的规则' },
};
const PROBE = {
  en: 'kubelet cannot reach pods of a custom VPC: its probe is led to a proxy on the node, which asks the pod from within its namespace',
  zh: 'kubelet 无法直接访问自定义 VPC 中的 Pod：探针流量被引到节点上的代理，由代理在 Pod 的网络命名空间内探测',
};

export const MANGLE_ROWS: readonly RuleRow[] = [
  {
    ...DROPS,
    id: 'X9',
    text: '-p tcp -m set --match-set {ovn}subnets src -m tcp --tcp-flags RST RST -m state --state INVALID -j DROP',
    repeat: 'node',
    needs: 'dropInvalidReset',
    cause: 'overlay',
    title: { en: 'reset from a pod for a connection that this node does not know', zh: 'Pod 对本节点未知连接发出的 RST' },
    purpose: { en: 'it would leave with the pod’s address and break a connection that goes another way', zh: '它会以 Pod 地址发出，破坏走另一条路径的连接' },
  },
  {
    ...DROPS,
    id: 'X10',
    text: '-s {cidr} -p tcp -m tcp --tcp-flags SYN NONE -m conntrack --ctstate NEW -m set ! --match-set {ovn}subnets dst -j DROP',
    repeat: 'designated',
    needs: 'dropOrphans',
    cause: 'item',
    title: { en: 'stray packet of a connection that another gateway holds', zh: '属于其他网关上连接的零散包' },
    purpose: {
      en: 'S22 would let it leave with the pod’s address, and its entry would keep a later connection from being translated',
      zh: '否则 S22 会让它以 Pod 地址发出，并留下连接记录，使之后的连接不再做 SNAT',
    },
  },
  {
    ...JUMP,
    id: 'X11',
    chain: 'POSTROUTING',
    text: '-m comment --comment "kube-ovn postrouting rules" -j OVN-POSTROUTING',
    condition: 'always',
    needs: 'dropInvalidReset',
    purpose: { en: 'the chain has the same name as one in table nat', zh: '该链与 nat 表中的链同名' },
  },
  {
    ...JUMP,
    id: 'X12',
    chain: 'PREROUTING',
    text: '-m comment --comment "kube-ovn prerouting rules" -j OVN-PREROUTING',
    condition: 'tproxy',
    needs: 'tproxy',
    purpose: { en: 'only with --enable-tproxy', zh: '仅在 --enable-tproxy 时存在' },
  },
  {
    ...JUMP,
    id: 'X13',
    chain: 'OUTPUT',
    text: '-m comment --comment "kube-ovn output rules" -j OVN-OUTPUT',
    condition: 'tproxy',
    needs: 'tproxy',
    purpose: { en: 'only with --enable-tproxy', zh: '仅在 --enable-tproxy 时存在' },
  },
  {
    id: 'S30',
    table: 'mangle',
    chain: 'OVN-OUTPUT',
    text: '-d {address}/{full} -p tcp -m tcp --dport {port} -j MARK --set-xmark 0x90003/0x90003',
    repeat: 'probe',
    condition: 'tproxy',
    needs: 'tproxy',
    cause: 'item',
    title: { en: 'kubelet probes a pod of a custom VPC', zh: 'kubelet 探测自定义 VPC 中的 Pod' },
    purpose: { en: `${PROBE.en}. The mark routes the packet to lo (table 10001)`, zh: `${PROBE.zh}。标记使其经策略路由转到 lo（路由表 10001）` },
  },
  {
    id: 'S31',
    table: 'mangle',
    chain: 'OVN-PREROUTING',
    text: '-d {address}/{full} -p tcp -m tcp --dport {port} -j TPROXY --on-port 8102 --on-ip {node} --tproxy-mark 0x90004/0x90004',
    repeat: 'probe',
    condition: 'tproxy',
    needs: 'tproxy',
    cause: 'item',
    title: { en: 'probe comes back from lo and goes to the proxy', zh: '探针流量从 lo 回来并交给代理' },
    purpose: {
      en: `${PROBE.en}. It asks neither interface nor source: packets from elsewhere to this address and port go to the proxy, too`,
      zh: `${PROBE.zh}。它不检查入接口和来源：其他来源发往该地址和端口的包也会交给代理`,
    },
  },
];
