/** What kube-proxy's (and kubelet's) chains and sets are for, in the words of someone who writes Services. */

import type { Bilingual } from '../cluster.ts';

/** By chain; chains of one Service, endpoint or policy by the beginning of their names. */
export const KUBE_CHAINS: Readonly<Record<string, { readonly owner: 'kube-proxy' | 'kubelet' | 'CNI portmap'; readonly title: Bilingual }>> = {
  'KUBE-SERVICES': { owner: 'kube-proxy', title: { en: 'finds the Service that a packet is for', zh: '查找数据包所访问的 Service' } },
  'KUBE-EXTERNAL-SERVICES': {
    owner: 'kube-proxy',
    title: { en: 'refuses external addresses and node ports of Services without endpoints', zh: '拒绝访问没有后端的 Service 的外部地址和 NodePort' },
  },
  'KUBE-NODEPORTS': { owner: 'kube-proxy', title: { en: 'finds the Service of a node port, or lets its health check in', zh: '查找 NodePort 对应的 Service，或放行其健康检查' } },
  'KUBE-SVC': { owner: 'kube-proxy', title: { en: 'chooses one endpoint of a Service', zh: '为 Service 选择一个后端' } },
  'KUBE-SVL': {
    owner: 'kube-proxy',
    title: { en: 'chooses one of the Service’s endpoints on this node (traffic policy Local)', zh: '在本节点的后端中选择一个（流量策略 Local）' },
  },
  'KUBE-EXT': {
    owner: 'kube-proxy',
    title: {
      en: 'what comes from outside: externalTrafficPolicy Cluster is masqueraded, Local stays on this node',
      zh: '处理外部流量：externalTrafficPolicy 为 Cluster 时做 SNAT，为 Local 时只用本节点后端',
    },
  },
  'KUBE-FW': {
    owner: 'kube-proxy',
    title: { en: 'who may use the address of a load balancer (loadBalancerSourceRanges)', zh: '哪些来源可以访问负载均衡地址（loadBalancerSourceRanges）' },
  },
  'KUBE-SEP': { owner: 'kube-proxy', title: { en: 'sends the connection to one endpoint', zh: '将连接转到一个后端' } },
  'KUBE-MARK-MASQ': { owner: 'kube-proxy', title: { en: 'marks the packet for masquerading', zh: '标记数据包需要 SNAT' } },
  'KUBE-POSTROUTING': {
    owner: 'kube-proxy',
    title: { en: 'masquerades what was marked, unless Kube-OVN’s rules above it have done so', zh: '对被标记的包做 SNAT，除非位于其上的 Kube-OVN 规则已经做过' },
  },
  'KUBE-FORWARD': {
    owner: 'kube-proxy',
    title: { en: 'lets marked packets and known connections through; in iptables mode drops INVALID ones', zh: '放行被标记的包和已建立的连接；iptables 模式下丢弃 INVALID 的包' },
  },
  'KUBE-FIREWALL': { owner: 'kubelet', title: { en: 'keeps others away from addresses of 127.0.0.0/8', zh: '禁止外部访问 127.0.0.0/8' } },
  'KUBE-PROXY-FIREWALL': { owner: 'kube-proxy', title: { en: 'loadBalancerSourceRanges of Services', zh: 'Service 的 loadBalancerSourceRanges' } },
  'KUBE-SOURCE-RANGES-FIREWALL': { owner: 'kube-proxy', title: { en: 'drops what loadBalancerSourceRanges do not name', zh: '丢弃不在 loadBalancerSourceRanges 内的流量' } },
  'KUBE-NODE-PORT': {
    owner: 'kube-proxy',
    title: {
      en: 'node ports: externalTrafficPolicy Local is left alone, Cluster is marked for masquerading; in table filter it lets health checks in',
      zh: 'NodePort：externalTrafficPolicy 为 Local 时不处理，为 Cluster 时标记 SNAT；在 filter 表中放行健康检查',
    },
  },
  'KUBE-LOAD-BALANCER': {
    owner: 'kube-proxy',
    title: { en: 'addresses of load balancers: Local is left alone, Cluster is marked for masquerading', zh: '负载均衡地址：Local 不处理，Cluster 标记 SNAT' },
  },
  'KUBE-IPVS-FILTER': { owner: 'kube-proxy', title: { en: 'keeps the node’s own ports from being reached by Services’ addresses', zh: '防止通过 Service 地址访问节点自身的端口' } },
  'KUBE-IPVS-OUT-FILTER': {
    owner: 'kube-proxy',
    title: { en: 'keeps the node from load balancers whose source ranges leave it out', zh: '当节点不在允许来源内时禁止其访问负载均衡地址' },
  },
};

/** Chains of the CNI portmap plugin, in the same way. */
export const PORTMAP_CHAINS: typeof KUBE_CHAINS = {
  'CNI-HOSTPORT-DNAT': { owner: 'CNI portmap', title: { en: 'finds the pod that has a hostPort', zh: '查找使用该 hostPort 的 Pod' } },
  'CNI-DN': { owner: 'CNI portmap', title: { en: 'sends a hostPort to its pod', zh: '将 hostPort 转到对应的 Pod' } },
  'CNI-HOSTPORT-SETMARK': {
    owner: 'CNI portmap',
    title: { en: 'marks what comes from the pod’s own Subnet or from 127.0.0.1 for masquerading', zh: '标记来自 Pod 所在子网或 127.0.0.1 的包需要 SNAT' },
  },
  'CNI-HOSTPORT-MASQ': { owner: 'CNI portmap', title: { en: 'masquerades hostPort traffic that was marked', zh: '对被标记的 hostPort 流量做 SNAT' } },
};

export interface KubeSetRow {
  readonly type: string;
  /** What kube-proxy writes beside rules that look at it. */
  readonly comment: string;
  readonly purpose: Bilingual;
}

/** Sets of IPVS mode, by name without `KUBE-` (`pkg/proxy/ipvs/ipset.go`). */
export const KUBE_SETS: Readonly<Record<string, KubeSetRow>> = {
  'LOOP-BACK': {
    type: 'hash:ip,port,ip',
    comment: 'Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose',
    purpose: { en: 'endpoints on this node that may reach themselves through a Service', zh: '本节点上可能经 Service 访问自身的后端' },
  },
  'CLUSTER-IP': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service cluster ip + port for masquerade purpose',
    purpose: { en: 'every ClusterIP with its ports', zh: '所有 ClusterIP 及端口' },
  },
  'EXTERNAL-IP': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service external ip + port for masquerade and filter purpose',
    purpose: { en: 'externalIPs of Services with externalTrafficPolicy Cluster', zh: 'externalTrafficPolicy 为 Cluster 的 Service 的 externalIPs' },
  },
  'EXTERNAL-IP-LOCAL': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service external ip + port with externalTrafficPolicy=local',
    purpose: { en: 'externalIPs of Services with externalTrafficPolicy Local', zh: 'externalTrafficPolicy 为 Local 的 Service 的 externalIPs' },
  },
  'LOAD-BALANCER': { type: 'hash:ip,port', comment: 'Kubernetes service lb portal', purpose: { en: 'addresses of load balancers', zh: '负载均衡地址' } },
  'LOAD-BALANCER-FW': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service load balancer ip + port for load balancer with sourceRange',
    purpose: { en: 'load balancers with source ranges', zh: '限制了来源的负载均衡地址' },
  },
  'LOAD-BALANCER-LOCAL': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service load balancer ip + port with externalTrafficPolicy=local',
    purpose: { en: 'load balancers of Services with externalTrafficPolicy Local', zh: 'externalTrafficPolicy 为 Local 的负载均衡地址' },
  },
  'LOAD-BALANCER-SOURCE-IP': {
    type: 'hash:ip,port,ip',
    comment: 'Kubernetes service load balancer ip + port + source IP for packet filter purpose',
    purpose: { en: 'addresses that may use a load balancer', zh: '允许访问负载均衡的来源地址' },
  },
  'LOAD-BALANCER-SOURCE-CIDR': {
    type: 'hash:ip,port,net',
    comment: 'Kubernetes service load balancer ip + port + source cidr for packet filter purpose',
    purpose: { en: 'networks that may use a load balancer', zh: '允许访问负载均衡的来源网段' },
  },
  'NODE-PORT-TCP': { type: 'bitmap:port', comment: 'Kubernetes nodeport TCP port for masquerade purpose', purpose: { en: 'TCP node ports', zh: 'TCP NodePort' } },
  'NODE-PORT-LOCAL-TCP': {
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport TCP port with externalTrafficPolicy=local',
    purpose: {
      en: 'TCP node ports of Services with externalTrafficPolicy Local; Kube-OVN’s S15 and X1 look at it',
      zh: 'externalTrafficPolicy 为 Local 的 TCP NodePort；Kube-OVN 的 S15、X1 引用',
    },
  },
  'NODE-PORT-UDP': { type: 'bitmap:port', comment: 'Kubernetes nodeport UDP port for masquerade purpose', purpose: { en: 'UDP node ports', zh: 'UDP NodePort' } },
  'NODE-PORT-LOCAL-UDP': {
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport UDP port with externalTrafficPolicy=local',
    purpose: {
      en: 'UDP node ports of Services with externalTrafficPolicy Local; Kube-OVN’s S16 and X2 look at it',
      zh: 'externalTrafficPolicy 为 Local 的 UDP NodePort；Kube-OVN 的 S16、X2 引用',
    },
  },
  'NODE-PORT-SCTP-HASH': {
    type: 'hash:ip,port',
    comment: "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
    purpose: { en: 'SCTP node ports on each address of the node', zh: '节点各地址上的 SCTP NodePort' },
  },
  'NODE-PORT-LOCAL-SCTP-HASH': {
    type: 'hash:ip,port',
    comment: "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
    purpose: { en: 'SCTP node ports with externalTrafficPolicy Local', zh: 'externalTrafficPolicy 为 Local 的 SCTP NodePort' },
  },
  'HEALTH-CHECK-NODE-PORT': { type: 'bitmap:port', comment: 'Kubernetes health check node port', purpose: { en: 'health check ports of Services', zh: 'Service 的健康检查端口' } },
  'IPVS-IPS': { type: 'hash:ip', comment: '', purpose: { en: 'every address on kube-ipvs0', zh: 'kube-ipvs0 上的所有地址' } },
};
