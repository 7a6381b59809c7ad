/**
 * The catalogue of packets: what someone wants to know of each, and for the few that never meet the node's tables, why there is nothing to
 * walk. Scenario files belong to an entry by the beginning of their names: `p13b-asymmetric-data` to P13.
 */

import type { Bilingual } from '../../engine/index.ts';

interface CataloguePacket {
  readonly id: string;
  readonly question: Bilingual;
  /** Variants that must be there; absent: the packet itself. */
  readonly variants?: readonly string[];
  /** Why there is no scenario. */
  readonly none?: Bilingual;
}

const packet = (id: string, en: string, zh: string, variants?: readonly string[]): CataloguePacket => ({ id, question: { en, zh }, ...(variants ? { variants } : {}) });

export const PACKETS: readonly CataloguePacket[] = [
  packet('P01', 'A pod reaches the Internet: which address does the other side see?', 'Pod 访问互联网：对端看到哪个地址？'),
  packet('P02', 'How does the reply find back to the pod?', '回包如何回到 Pod？'),
  packet('P03', 'Why does the second packet of a UDP socket meet no nat rule?', '为什么同一 UDP 套接字的第二个包不再经过 nat 规则？'),
  packet('P04', 'What happens without natOutgoing?', '不开启 natOutgoing 会怎样？'),
  packet('P05', 'Which address does a centralized gateway with a designated ip use?', '指定了出口 IP 的集中式网关使用哪个地址？', ['P05', 'P05s']),
  packet('P06', 'And a centralized gateway without a designated ip?', '没有指定出口 IP 的集中式网关呢？'),
  packet('P07', 'Why does another node see the pod’s own address?', '为什么其他节点看到的是 Pod 自己的地址？'),
  packet('P08', 'Why does the same node’s second network card see something else?', '为什么访问同一节点的第二块网卡时看到的又不同？'),
  packet('P09', 'What does an underlay pod see of an overlay pod?', 'Underlay Pod 看到的 Overlay Pod 是什么地址？'),
  packet('P10', 'Where does a Subnet with externalEgressGateway leave?', '配置了 externalEgressGateway 的子网从哪里出去？'),
  packet('P11', 'Is a query to NodeLocal DNS translated?', '访问 NodeLocal DNS 的查询会被转换吗？'),
  packet('P12', 'A host of the LAN reaches a pod by a plain route: what does the pod see?', '局域网主机经路由直接访问 Pod：Pod 看到什么？'),
  packet('P13', 'The request came by another node: do the pod’s TCP answers keep their address?', '请求经由其他节点进入：Pod 的 TCP 回包能保持原地址吗？', ['P13a', 'P13b']),
  packet('P14', 'And over UDP?', '换成 UDP 呢？'),
  packet('P15', 'And the answer to a ping?', '换成 ping 的应答呢？'),
  packet('P16', 'And a connection that the pod opens itself?', '由 Pod 主动发起的连接呢？'),
  packet('P17', 'Where does a pod’s reset for an unknown connection go?', 'Pod 对未知连接发出的 RST 去了哪里？'),
  packet('P18', 'A stray ACK meets a gateway that does not know its connection: does it leak?', '孤立的 ACK 到达没有该连接记录的网关：会泄漏吗？', ['P18', 'P18s']),
  packet('P19', 'Which address does a pod see of its own node?', 'Pod 看到的本节点是哪个地址？'),
  packet('P20', 'What becomes of the node’s check of the join gateway?', '节点对 join 网关的探测会怎样？'),
  packet('P21', 'Why does a Service’s endpoint see the node instead of the pod?', '为什么 Service 后端看到的是节点而不是 Pod？'),
  {
    ...packet('P22', 'And with OVN’s own load balancing?', '使用 OVN 内置负载均衡时呢？'),
    none: {
      en: 'OVN turns the ClusterIP into an endpoint on the pod’s logical switch; the packet stays inside OVN and meets none of the node’s tables',
      zh: 'OVN 在 Pod 所在的逻辑交换机上就把 ClusterIP 换成后端地址；包始终在 OVN 内部，不经过节点的任何表',
    },
  },
  packet('P23', 'A Service whose endpoint is a node: what does the API server see?', '后端在节点网络上的 Service：API Server 看到什么？'),
  packet('P24', 'Why does a Service without endpoints time out instead of refusing?', '没有后端的 Service 为什么是超时而不是拒绝？'),
  packet('P25', 'A pod uses a ClusterIP with kube-proxy in IPVS mode: which way does it go?', 'kube-proxy 为 IPVS 模式时，Pod 访问 ClusterIP 走哪条路径？'),
  packet('P26', 'And a port that the Service does not have?', '访问 Service 没有的端口呢？', ['P26', 'P26s']),
  packet('P27', 'Why do pods of one node get “port unreachable” from every Service?', '为什么某个节点上的 Pod 访问所有 Service 都得到“端口不可达”？'),
  packet('P28', 'The node uses a ClusterIP in IPVS mode: what does the pod see?', 'IPVS 模式下节点访问 ClusterIP：Pod 看到什么？'),
  packet('P29', 'And in iptables mode?', 'iptables 模式下呢？', ['P29', 'P29b']),
  packet('P30', 'The node uses a Service whose endpoint is another node, or a wrong port?', '节点访问后端在其他节点的 Service，或访问错误的端口呢？'),
  packet('P31', 'Why does a pod behind a node port see 100.64.x instead of the client?', '为什么 NodePort 后面的 Pod 看到 100.64.x 而不是客户端？'),
  packet('P32', 'What keeps the tunnel’s outer packet from being masqueraded?', '隧道外层包为什么不会被 SNAT？', ['P32', 'P32s', 'P32b']),
  packet('P33', 'And with VXLAN?', '使用 VXLAN 时呢？', ['P33', 'P33s']),
  packet('P34', 'Which rule lets incoming tunnel packets in?', '进入节点的隧道包由哪条规则放行？'),
  packet('P35', 'externalTrafficPolicy Local in IPVS mode: is the client’s address kept?', 'IPVS 模式下 externalTrafficPolicy 为 Local：能保留客户端地址吗？'),
  packet('P36', 'And with a pod in a centralized Subnet?', 'Pod 位于集中式子网时呢？'),
  packet('P37', 'And over UDP?', '换成 UDP 呢？'),
  packet('P38', 'Another node uses that node port: why is it masqueraded?', '其他节点访问该 NodePort：为什么会被 SNAT？', ['P38', 'P38s']),
  packet('P39', 'externalTrafficPolicy Local in iptables mode?', 'iptables 模式下的 externalTrafficPolicy Local 呢？'),
  packet('P40', 'A pod uses a node port of its own node?', 'Pod 访问本节点的 NodePort 呢？'),
  packet('P41', 'An externalIP or a load balancer’s address with externalTrafficPolicy Local?', 'externalTrafficPolicy 为 Local 时访问 externalIP 或负载均衡地址呢？'),
  packet('P42', 'Why does a hostPort time out from another node?', '为什么从其他节点访问 hostPort 会超时？'),
  packet('P43', 'A policy rule says forward: does the pod keep its address?', '策略规则为 forward：Pod 能保留自己的地址吗？', ['P43', 'P43s']),
  packet('P44', 'A policy rule says nat: which address does the other side see?', '策略规则为 nat：对端看到哪个地址？'),
  packet('P45', 'And if no policy rule matches?', '没有命中任何策略规则呢？'),
  packet('P46', 'And if only half of a policy rule matches?', '只命中策略规则的一半呢？'),
  packet('P47', 'forward and nat both match: which one counts?', 'forward 与 nat 同时命中：以哪个为准？'),
  packet('P48', 'Are policy rules asked for destinations inside the cluster?', '目的地在集群内时会判断策略规则吗？'),
  packet('P49', 'How do two Subnets with policy rules keep apart?', '两个带策略规则的子网如何互不影响？'),
  packet('P50', 'A nat policy rule on a Subnet with a designated ip: which address wins?', '指定了出口 IP 的子网又有 nat 策略规则：用哪个地址？'),
  packet('P51', 'How does kubelet probe a pod of a custom VPC?', 'kubelet 如何探测自定义 VPC 中的 Pod？', ['P51', 'P51s']),
  packet('P52', 'And the later packets of the probe?', '探测的后续包呢？'),
  packet('P53', 'Which packets to that pod are left alone?', '发往该 Pod 的哪些包不受影响？'),
  packet('P54', 'Does a stranger’s packet reach the probe proxy, too?', '外来的包也会到达探针代理吗？'),
  packet('P55', 'The probe over IPv6?', 'IPv6 的探测呢？'),
  packet('P56', 'A pod reaches the Internet over IPv6?', 'Pod 通过 IPv6 访问互联网呢？'),
  packet('P57', 'A pod uses a ClusterIP over IPv6?', 'Pod 通过 IPv6 访问 ClusterIP 呢？'),
  packet('P58', 'externalTrafficPolicy Local over IPv6, IPVS mode?', 'IPv6、IPVS 模式下的 externalTrafficPolicy Local 呢？'),
  packet('P59', 'Does a designated ip work over IPv6?', '指定的出口 IP 对 IPv6 有效吗？'),
  packet('P60', 'A policy rule over IPv6?', 'IPv6 的策略规则呢？'),
  packet('P61', 'The node uses a ClusterIP over IPv6, IPVS mode?', 'IPv6、IPVS 模式下节点访问 ClusterIP 呢？'),
  packet('P62', 'A tunnel over an IPv6 underlay?', '基于 IPv6 底层网络的隧道呢？'),
  packet('P63', 'When does a packet carry a Service’s address as its source?', '什么时候包的源地址会是 Service 地址？', ['P63a', 'P63b']),
  packet('P64', 'Another node reaches a pod through this one?', '其他节点经本节点访问 Pod 呢？'),
  {
    ...packet('P65', 'What is the set ovn40local-pod-ip-nat for?', '集合 ovn40local-pod-ip-nat 有什么用？'),
    none: { en: 'no rule looks at it, and it is always empty: there is no packet that it decides', zh: '没有规则引用它，它也始终为空：没有任何包由它决定' },
  },
  packet('P66', 'What if a pod of a custom VPC did come to the node?', '如果自定义 VPC 的 Pod 的包真的到了节点呢？'),
];
