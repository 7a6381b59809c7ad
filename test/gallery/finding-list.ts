/** The findings, by topic. Statements say what happens; rows are those of docs/coverage.md. */

import type { Bilingual } from '../../engine/index.ts';
import type { Evidence, Finding } from './findings.ts';

export const TOPICS: Readonly<Record<string, Bilingual>> = {
  order: { en: 'Order of the rules', zh: '规则的顺序' },
  conntrack: { en: 'Connections and nat', zh: '连接与 nat' },
  policy: { en: 'natOutgoingPolicyRules', zh: 'natOutgoingPolicyRules' },
  marks: { en: 'Marks', zh: '标记' },
  services: { en: 'Services', zh: 'Service' },
  probe: { en: 'Probes of custom VPCs', zh: '自定义 VPC 的探测' },
  tools: { en: 'What the tools take', zh: '工具接受什么' },
};

const finding = (topic: string, id: string, en: string, zh: string, rests: readonly Evidence[], more: Partial<Finding> = {}): Finding => ({
  id,
  topic,
  statement: { en, zh },
  rests,
  ...more,
});

const INSTALLED = 'kube-ovn-installed';
const PAGE = 'kube-ovn-documented';
const IPVS = 'kube-ovn-ipvs';
const PROXY = 'kube-ovn-kube-proxy-iptables';
const OVERLAP = 'kube-ovn-policy-overlap';
const REVERSED = 'kube-ovn-policy-order';

const ORDER: readonly Finding[] = [
  finding(
    'order',
    'page-order-policy',
    'In the order in which the documentation prints the rules, no policy rule takes effect: S24 masquerades first. On a node S25 to S27 stand above it.',
    '按文档页面的顺序，策略规则不起作用：S24 先做了地址伪装。在实际节点上，S25 至 S27 位于它之前。',
    [
      { scenario: `${PAGE}/p43s-page-order-policy`, fires: ['S24'], not: ['S25', 'S27', 'S28', 'S29'], src: '192.168.0.101' },
      { scenario: `${PAGE}/p43s6-page-order-policy-ipv6`, fires: ['S24'], not: ['S25', 'S27'] },
      { scenario: `${INSTALLED}/p43-policy-forward`, fires: ['S25', 'S28', 'S29', 'S27'], not: ['S24'], src: '10.0.11.2' },
    ],
  ),
  finding(
    'order',
    'page-order-counters',
    'In printed order the accepts of FORWARD stand above the counters S09 and S10, which then never count. On a fresh node the counters stand on top, because each rule is inserted at position 1.',
    '按文档页面的顺序，FORWARD 的放行规则在计数规则 S09、S10 之前，计数规则因此从不计数。在新节点上计数规则位于最前，因为每条规则都插入到第 1 位。',
    [
      { scenario: `${PAGE}/p05s-page-order-designated-ip`, fires: ['S07', 'S23'], not: ['S09'] },
      { scenario: `${INSTALLED}/p01-pod-to-internet`, fires: ['S09', 'S07'] },
    ],
    {
      note: {
        en: 'By the same rule an accept that was deleted by hand comes back above the counters; that Kube-OVN puts it there was read in its source, not tried',
        zh: '同理，手工删除的放行规则会被重新插入到计数规则之上；Kube-OVN 的这一行为读自源码，未实测',
      },
    },
  ),
  finding(
    'order',
    'return-goes-on',
    'RETURN in OVN-POSTROUTING ends that chain, not nat: the rules of POSTROUTING below, such as KUBE-POSTROUTING, still run.',
    'OVN-POSTROUTING 中的 RETURN 只结束该链，并不结束 nat：POSTROUTING 中后面的规则（如 KUBE-POSTROUTING）仍会执行。',
    [{ scenario: `${PROXY}/p39-node-port-local`, fires: ['X3', 'K:KUBE-POSTROUTING'], not: ['X5'] }],
  ),
  finding(
    'order',
    'jump-below-kube-services',
    'With Kube-OVN’s jump below KUBE-SERVICES in nat PREROUTING (after a flush, say) pods get “port unreachable” from valid Services in IPVS mode: nothing marks the packet, and X7 refuses it. The node itself and node ports go on working.',
    'nat PREROUTING 中 Kube-OVN 的跳转位于 KUBE-SERVICES 之后时（例如清空规则之后），IPVS 模式下 Pod 访问有效的 Service 会得到“端口不可达”：包没有被打标记，X7 将其拒绝。节点自身和 NodePort 不受影响。',
    [
      { scenario: 'kube-ovn-ipvs-jump-below/p27-pod-to-cluster-ip', fires: ['X7'], not: ["S14'"], out: null, delivered: false },
      { scenario: 'kube-ovn-ipvs-jump-below/p27v6-pod-to-cluster-ip', fires: ['X7'], not: ["S14'"], out: null },
      { scenario: 'kube-ovn-ipvs-jump-below/p27-node-to-cluster-ip', not: ['X8'], out: 'ovn0' },
      { scenario: 'kube-ovn-ipvs-jump-below/p27-node-port-local', out: 'ovn0' },
    ],
  ),
  finding(
    'order',
    'no-endpoints',
    'A ClusterIP without endpoints times out for pods (kube-proxy in iptables mode): S06 accepts the packet before kube-proxy’s REJECT is reached, and it leaves by the uplink.',
    'kube-proxy 为 iptables 模式时，Pod 访问没有后端的 ClusterIP 会超时：S06 在到达 kube-proxy 的 REJECT 之前就放行了该包，包从上行网卡发出。',
    [{ scenario: `${PROXY}/p24-no-endpoints`, fires: ['S06', 'S18'], out: 'eth0' }],
  ),
  finding(
    'order',
    'no-endpoints-proxy-above',
    'With kube-proxy’s jumps above Kube-OVN’s rules, a pod’s packet to a ClusterIP without endpoints would be refused.',
    '若 kube-proxy 的跳转位于 Kube-OVN 的规则之上，Pod 访问没有后端的 ClusterIP 应当被拒绝。',
    [
      { scenario: 'kube-ovn-kube-proxy-above/p24a-no-endpoints-from-pod', fires: ['S14', 'K:KUBE-FORWARD'], not: ['S06'], out: 'eth0' },
      { scenario: 'kube-ovn-kube-proxy-above/p24b-no-endpoints-from-lan', not: ['S14', 'S06'], out: null, delivered: false },
    ],
    {
      reproduced: false,
      note: {
        en: 'S14 has marked the packet, and KUBE-FORWARD accepts that mark before KUBE-SERVICES is asked: it leaves by the uplink here, too. Only a packet without the mark, from a host of the LAN, is refused',
        zh: 'S14 已给包打上标记，而 KUBE-FORWARD 在查询 KUBE-SERVICES 之前就放行该标记：包仍从上行网卡发出。只有不带标记的包（例如来自局域网主机）会被拒绝',
      },
    },
  ),
  finding(
    'order',
    'two-nat-chains',
    'Of two nat PREROUTING chains of the same priority, the one that was made last is asked first; if it translates, the other is not asked. So with kube-proxy in nftables mode, whether S14 sees a ClusterIP depends on which of the two came last.',
    '两条优先级相同的 nat PREROUTING 链中，后创建的先被查询；如果它做了转换，另一条就不再查询。因此在 kube-proxy 的 nftables 模式下，S14 能否看到 ClusterIP 取决于两者谁后创建。',
    [
      { fact: 'nat PREROUTING, iptables-legacy before nft', says: 'iptables-legacy not asked, then nft asked' },
      { fact: 'nat PREROUTING, nft before iptables-legacy', says: 'nft not asked, then iptables-legacy asked' },
      { fact: 'nat PREROUTING, iptables-nft before nft', says: 'iptables-nft not asked, then nft asked' },
      { fact: 'nat PREROUTING, nft before iptables-nft', says: 'nft not asked, then iptables-nft asked' },
    ],
    { note: { en: 'Shown with one rule in each; kube-proxy itself was not run', zh: '以每边一条规则验证；没有运行 kube-proxy 本身' } },
  ),
];

const CONNTRACK: readonly Finding[] = [
  finding(
    'conntrack',
    'first-packet-only',
    'nat rules see the first packet of a connection. Later ones are translated from the connection’s entry, also while no answer has come and the state is still NEW.',
    'nat 规则只看到连接的第一个包。之后的包按连接记录转换，即使还没有收到应答、状态仍为 NEW。',
    [
      { scenario: `${INSTALLED}/p03-second-udp-packet`, packet: 1, fires: ['S24'] },
      { scenario: `${INSTALLED}/p03-second-udp-packet`, packet: 2, not: ['S13', 'S24'], src: '192.168.0.101' },
    ],
  ),
  finding(
    'conntrack',
    'invalid-skips-nat',
    'What connection tracking calls INVALID meets no nat rule: a SYN,ACK or a ping’s answer without its request leaves with the pod’s address.',
    '被连接跟踪判为 INVALID 的包不经过 nat 规则：没有对应请求的 SYN,ACK 或 ping 应答以 Pod 地址发出。',
    [
      { scenario: `${INSTALLED}/p13a-asymmetric-syn-ack`, not: ['S13', 'S24'], src: '10.16.0.20', out: 'eth0' },
      { scenario: `${INSTALLED}/p15-asymmetric-echo-reply`, not: ['S13', 'S24'], src: '10.16.0.20', out: 'eth0' },
    ],
  ),
  finding(
    'conntrack',
    'udp-answer-masqueraded',
    'S22 helps TCP only: where a request came by another node, the pod’s UDP answer is masqueraded and the client does not know it.',
    'S22 只对 TCP 有效：请求经由其他节点进入时，Pod 的 UDP 应答会被伪装，客户端无法识别。',
    [
      { scenario: `${INSTALLED}/p14-asymmetric-udp`, fires: ['S24'], not: ['S22'], src: '192.168.0.101' },
      { scenario: `${INSTALLED}/p13b-asymmetric-data`, fires: ['S22'], src: '10.16.0.20' },
    ],
  ),
  finding(
    'conntrack',
    'orphan-ack',
    'By the printed rules a stray ACK leaves with the pod’s address, and its entry lets a later SYN of the same ports leave untranslated, too. X10 of newer releases drops it, for Subnets with a designated ip.',
    '按文档页面的规则，孤立的 ACK 以 Pod 地址发出，它留下的连接记录还使之后相同端口的 SYN 也不做转换。较新版本的 X10 会将其丢弃，但仅限指定了出口 IP 的子网。',
    [
      { scenario: `${PAGE}/p18s-page-order-orphan-ack`, packet: 1, fires: ['S22'], src: '10.16.0.5', out: 'eth0' },
      { scenario: `${PAGE}/p18s-page-order-orphan-ack`, packet: 2, not: ['S13', 'S24'], src: '10.16.0.5', out: 'eth0' },
      { scenario: `${INSTALLED}/p18-orphan-ack`, fires: ['X10'], out: null, delivered: false },
    ],
  ),
  finding(
    'conntrack',
    'mid-stream-no-policy',
    'A TCP connection that the node sees from the middle meets no policy rule: S22 stands above S25, and the packet keeps the pod’s address even where a rule says nat.',
    '节点中途才看到的 TCP 连接不经过策略规则：S22 位于 S25 之前，即使有规则为 nat，包也保留 Pod 地址。',
    [{ scenario: `${INSTALLED}/p44b-policy-mid-stream`, fires: ['S22'], not: ['S25', 'S24'], src: '10.0.11.130', out: 'eth0' }],
  ),
  finding(
    'conntrack',
    'x3-changes-nothing',
    'X3 changes nothing for traffic that is only routed to a pod: without it the packet keeps its address as well, since the rules below ask for a pod’s source or a mark.',
    '对于仅经路由到达 Pod 的流量，X3 并不改变结果：没有它，包同样保留源地址，因为后面的规则都要求源地址属于 Pod 或带有标记。',
    [
      { scenario: `${INSTALLED}/p12-lan-host-to-pod`, fires: ['X3'], src: '192.168.0.200', out: 'ovn0' },
      { scenario: `${PAGE}/p12s-page-order-lan-host-to-pod`, fires: ['S13'], not: ['X3', 'S24'], src: '192.168.0.200', out: 'ovn0' },
    ],
  ),
  finding(
    'conntrack',
    'replies-show-the-pod',
    'A reply shows the pod as its source in INPUT and FORWARD, not the Service: S01 and S05 meet only packets that really carry a Service’s address.',
    '在 INPUT 和 FORWARD 中，回包的源地址是 Pod 而不是 Service：S01 和 S05 只匹配真正以 Service 地址为源的包。',
    [
      { scenario: `${PROXY}/p21r-reply-of-cluster-ip`, packet: 2, not: ['S05'], src: '10.96.0.50' },
      { scenario: `${INSTALLED}/p63a-service-source-to-node`, fires: ['S01'] },
      { scenario: `${INSTALLED}/p63b-service-source-forwarded`, fires: ['S05'] },
    ],
  ),
  finding(
    'conntrack',
    'egress-rule-before-main',
    'The ip rule of externalEgressGateway stands before table main, so what the Subnet’s pods send to a translated destination leaves by the external gateway, too, even if the destination is a pod.',
    'externalEgressGateway 的 ip rule 位于 main 表之前，因此该子网 Pod 发往被转换过的目的地址的包也从外部网关出去，即使目的地是 Pod。',
    [{ scenario: 'kube-ovn-egress/p10b-external-gateway-after-dnat', out: 'eth0', dst: '10.16.0.20' }],
    { note: { en: 'Shown with a hostPort; a Service without OVN’s load balancing goes the same way', zh: '以 hostPort 验证；关闭 OVN 内置 LB 时的 Service 同理' } },
  ),
];

const POLICY: readonly Finding[] = [
  finding(
    'policy',
    'nat-wins',
    'Where policy rules with forward and with nat match the same packet, nat wins in either order: each rule sets its bits, and S26 is asked before S27. The documentation says that the first match decides.',
    '当 forward 与 nat 两种策略规则都匹配同一个包时，无论先后都是 nat 胜出：每条规则各打各的标记位，而 S26 先于 S27。文档的说法是以第一条匹配的规则为准。',
    [
      { scenario: `${OVERLAP}/p47-overlap-nat-wins`, fires: ['S29', 'S26'], not: ['S27'], src: '192.168.0.101' },
      { scenario: `${REVERSED}/p47c-nat-first`, fires: ['S29', 'S26'], not: ['S27'], src: '192.168.0.101' },
      { scenario: `${REVERSED}/p47cv6-nat-first`, fires: ['S29', 'S26'], not: ['S27'], src: 'fd00:192:168::101' },
      { scenario: `${REVERSED}/p47c-nat-first`, packet: 2, fires: ['S27'], not: ['S26'], src: '10.0.11.2' },
    ],
  ),
  finding(
    'policy',
    'lone-nat-rule',
    'A nat rule alone changes nothing on a Subnet without a designated ip: what matches none of the rules is masqueraded just the same.',
    '在没有指定出口 IP 的子网上，只有 nat 规则不会带来任何变化：不匹配任何规则的包同样会被伪装。',
    [
      { scenario: `${INSTALLED}/p44-policy-nat`, fires: ['S26'], src: '192.168.0.101' },
      { scenario: `${INSTALLED}/p45-policy-default`, fires: ['S24'], not: ['S26'], src: '192.168.0.101' },
    ],
  ),
  finding(
    'policy',
    'nat-rule-over-designated-ip',
    'A nat rule on a Subnet with a designated ip takes the node’s primary address, not the designated one; what matches no rule takes the designated one.',
    '在指定了出口 IP 的子网上，nat 规则使用节点主地址而不是指定的地址；不匹配任何规则的包使用指定的地址。',
    [
      { scenario: `${OVERLAP}/p50-policy-over-designated-ip`, packet: 1, fires: ['S26'], not: ['S23'], src: '192.168.0.101' },
      { scenario: `${OVERLAP}/p50-policy-over-designated-ip`, packet: 2, fires: ['S23'], not: ['S26'], src: '192.168.0.110' },
    ],
  ),
  finding(
    'policy',
    'forward-mark-stays',
    'A packet that a forward rule let through leaves the node with mark 0x90002, for whatever stands below to see.',
    '被 forward 规则放行的包带着标记 0x90002 离开节点，其下层的组件可以看到它。',
    [{ scenario: `${INSTALLED}/p43-policy-forward`, fires: ['S27'], mark: 0x90002, out: 'eth0' }],
  ),
  finding(
    'policy',
    'mark-too-late-for-a-route',
    'Mark 0x90003 made by two policy rules does not lead to the probe proxy, although an ip rule for it is there: in POSTROUTING the way out is chosen already.',
    '两条策略规则叠加出的标记 0x90003 不会把包引向探针代理，尽管存在对应的 ip rule：到 POSTROUTING 时出口已经选定。',
    [{ scenario: `${REVERSED}/p47c-nat-first`, fires: ['S29', 'S26'], out: 'eth0' }],
  ),
];

const MARKS: readonly Finding[] = [
  finding(
    'marks',
    'bit-19-of-others',
    'Any mark with bit 19, whoever set it, counts as a Local node port for S20 and S21: a packet of the node to a centralized Subnet is masqueraded, which otherwise keeps its address.',
    '任何含有第 19 位的标记，无论由谁设置，都会被 S20 和 S21 当作 Local NodePort 流量：节点发往集中式子网的包会被伪装，而没有该标记时保留源地址。',
    [
      { scenario: `${INSTALLED}/s20-foreign-mark`, packet: 1, fires: ['S20'], src: '192.168.0.101' },
      { scenario: `${INSTALLED}/s20-foreign-mark`, packet: 2, fires: ['S21'], src: '100.64.0.2' },
      { scenario: `${INSTALLED}/s20-foreign-mark`, packet: 3, not: ['S21'], src: '192.168.0.101' },
      { scenario: `${INSTALLED}/s20v6-foreign-mark`, packet: 2, fires: ['S21'], src: 'fd00:100:64::2' },
    ],
  ),
  finding(
    'marks',
    'policy-marks-come-late',
    'The marks of policy rules hold bit 19, too, and yet S20 and S21 do not take them: they are made below these rules, and a packet walks POSTROUTING once.',
    '策略规则的标记同样含有第 19 位，但不会命中 S20 和 S21：标记在这两条规则之后才打上，而包只经过一次 POSTROUTING。',
    [
      { scenario: `${INSTALLED}/p43-policy-forward`, fires: ['S29', 'S27'], not: ['S20', 'S21'], mark: 0x90002 },
      { scenario: `${INSTALLED}/p44-policy-nat`, fires: ['S29', 'S26'], not: ['S20', 'S21'] },
    ],
  ),
  finding(
    'marks',
    'marks-of-others-are-cleared',
    'S11, X6 and X4 clear the whole mark, also bits that belong to other programs.',
    'S11、X6 和 X4 清除整个标记，包括属于其他程序的位。',
    [
      { scenario: `${INSTALLED}/p32c-outer-geneve-foreign-mark`, fires: ['S11'], mark: 0, out: 'eth0' },
      { scenario: `${INSTALLED}/s20-foreign-mark`, packet: 2, fires: ['X4'], mark: 0 },
    ],
  ),
  finding(
    'marks',
    'vxlan-outer-packet',
    'By the printed rules the outer packet of a VXLAN tunnel that carries 0x4000 is masqueraded; S11 knows Geneve’s port only. X6 of newer releases clears it in time.',
    '按文档页面的规则，带有 0x4000 的 VXLAN 外层包会被伪装；S11 只匹配 Geneve 的端口。较新版本的 X6 会及时清除标记。',
    [
      { scenario: `${PAGE}/p33s-page-order-outer-vxlan`, fires: ['S18'], not: ['S11'] },
      { scenario: `${PAGE}/p32s-page-order-outer-geneve`, fires: ['S11'], not: ['S18'] },
      { scenario: `${INSTALLED}/p33-outer-vxlan-marked`, fires: ['X6'], not: ['S18'] },
    ],
  ),
  finding(
    'marks',
    's17-keeps-the-mark',
    'S17 translates without clearing the mark: the packet leaves with 0x4000, and the tunnel’s outer packet inherits it; S11 clears it there.',
    'S17 做转换但不清除标记：包带着 0x4000 离开，隧道外层包会继承它，再由 S11 清除。',
    [
      { scenario: `${IPVS}/p28-node-to-cluster-ip`, fires: ['S17'], not: ['X4'], mark: 0x4000, out: 'ovn0' },
      { scenario: `${INSTALLED}/p32b-outer-geneve-marked`, fires: ['S11'], not: ['S18'], mark: 0 },
    ],
  ),
  finding(
    'marks',
    'other-masquerade-bit',
    'With another --iptables-masquerade-bit of kube-proxy, S17, S18, X7 and X8 look at a bit that kube-proxy does not set.',
    'kube-proxy 使用其他 --iptables-masquerade-bit 时，S17、S18、X7、X8 检查的位与 kube-proxy 设置的位不一致。',
    [],
    { note: { en: 'Follows from the rules’ text', zh: '由规则文本推出' } },
  ),
];

const SERVICES: readonly Finding[] = [
  finding(
    'services',
    'second-syn-refused',
    'In IPVS mode without OVN’s load balancing, a SYN that a pod sends again is refused by X7: nat PREROUTING is over, the packet has no mark, and the connection is still NEW.',
    'IPVS 模式且关闭 OVN 内置 LB 时，Pod 重传的 SYN 会被 X7 拒绝：nat PREROUTING 已经走过，包没有标记，而连接状态仍为 NEW。',
    [
      { scenario: `${IPVS}/p25-second-syn`, packet: 1, fires: ["S14'"], not: ['X7'], out: 'ovn0' },
      { scenario: `${IPVS}/p25-second-syn`, packet: 2, fires: ['X7'], not: ["S14'"], out: null },
      { scenario: `${IPVS}/p25v6-second-syn`, packet: 2, fires: ['X7'], not: ["S14'"], out: null },
    ],
  ),
  finding(
    'services',
    'second-syn-elsewhere',
    'A second SYN of the node itself, or to a node port, passes: X8 sees the endpoint, and a node’s address is in no set of X7.',
    '节点自身或访问 NodePort 的第二个 SYN 可以通过：X8 看到的是后端地址，而节点地址不在 X7 的集合中。',
    [
      { scenario: `${IPVS}/p28-second-syn`, packet: 2, not: ['X8'], out: 'ovn0' },
      { scenario: `${IPVS}/p35-second-syn`, packet: 2, not: ['X7'], out: 'ovn0' },
    ],
  ),
  finding(
    'services',
    'second-dns-query',
    'A second UDP query of one socket passes since X7 asks for TCP: S02 accepts it.',
    '同一套接字的第二个 UDP 查询可以通过，因为 X7 只针对 TCP：由 S02 放行。',
    [{ scenario: `${IPVS}/p25-second-dns-query`, packet: 2, fires: ['S02'], not: ['X7'], out: 'ovn0' }],
  ),
  finding(
    'services',
    'wrong-port-reaches-the-node',
    'By the printed rules a port that no Service has reaches the node’s own listeners by a ClusterIP (IPVS mode): S02 accepts. X7 refuses it; over UDP S02 still accepts.',
    '按文档页面的规则，IPVS 模式下通过 ClusterIP 访问 Service 没有的端口会到达节点自身的监听：S02 放行。X7 会拒绝它；但对 UDP，S02 仍然放行。',
    [
      { scenario: 'kube-ovn-ipvs-documented/p26s-wrong-port', fires: ['S14', 'S02'], delivered: true },
      { scenario: `${IPVS}/p26-wrong-port`, fires: ['X7'], not: ['S02'], delivered: false },
      { scenario: `${IPVS}/p26-udp-wrong-port`, fires: ['S02'], not: ['X7'], delivered: true },
    ],
  ),
  finding(
    'services',
    'other-node-source-kept',
    'By the printed rules another node that uses a Local node port keeps its address, and the pod’s answer goes to that node directly. X1 has it masqueraded.',
    '按文档页面的规则，其他节点访问 Local NodePort 时保留源地址，Pod 的应答会直接到达那个节点。X1 使其被伪装。',
    [
      { scenario: 'kube-ovn-ipvs-documented/p38s-other-node', fires: ['S15', 'S20'], src: '192.168.0.102' },
      { scenario: `${IPVS}/p38-other-node`, fires: ['S15', 'X1', 'S18'], not: ['S20'], src: '100.64.0.2' },
    ],
  ),
  finding(
    'services',
    'local-and-centralized',
    'externalTrafficPolicy Local reaches a pod of a centralized Subnet in IPVS mode, because S21 masquerades it. In iptables mode nothing does, and the pod’s answer leaves by the gateway node.',
    'IPVS 模式下，externalTrafficPolicy 为 Local 的流量可以到达集中式子网的 Pod，因为 S21 会做伪装。iptables 模式下没有规则做伪装，Pod 的应答从网关节点出去。',
    [
      { scenario: `${IPVS}/p36-node-port-local-centralized`, fires: ['S15', 'S21'], src: '100.64.0.2' },
      { scenario: `${PROXY}/p39c-node-port-local-centralized`, not: ['S21', 'X5'], src: '203.0.113.9' },
    ],
  ),
  finding(
    'services',
    'load-balancer-not-marked',
    'A load balancer’s address or an externalIP with Local is not marked by S15, which knows node ports only: an endpoint in a centralized Subnet gets the client’s own address.',
    'Local 策略下访问负载均衡地址或 externalIP 不会被 S15 打标记，它只认 NodePort：位于集中式子网的后端看到客户端自己的地址。',
    [{ scenario: `${IPVS}/p41-load-balancer-centralized`, not: ['S15', 'S21'], src: '203.0.113.9' }],
  ),
  finding(
    'services',
    'port-number-only',
    'S15 compares the port’s number, not the address: a ClusterIP whose port has the number of a Local node port is marked as well.',
    'S15 只比较端口号，不比较地址：端口号恰与 Local NodePort 相同的 ClusterIP 也会被打标记。',
    [{ scenario: `${IPVS}/p41-cluster-ip-with-node-port-number`, fires: ['S15'] }],
  ),
  finding(
    'services',
    'ipvs-passes-forward-by',
    'What IPVS sends on never walks FORWARD: S05 to S08 do not accept it, S09 and S10 do not count it.',
    '经 IPVS 转发的包不经过 FORWARD：S05 至 S08 不会放行它，S09、S10 不会统计它。',
    [
      { scenario: `${IPVS}/p25-pod-to-cluster-ip`, packet: 1, fires: ['S02', 'S18'], not: ['S06', 'S07', 'S08', 'S09', 'S10'], out: 'ovn0' },
      { scenario: `${PROXY}/p21-pod-to-cluster-ip`, packet: 1, fires: ['S09', 'S10', 'S08', 'S18'], out: 'ovn0' },
    ],
  ),
  finding(
    'services',
    's17-needs-ipvs',
    'S17 never matches in iptables mode: the node’s source is its own address from the start, and S18 (with a cluster CIDR) or X3 (without) decides.',
    'iptables 模式下 S17 不会命中：节点的源地址从一开始就是自身地址，由 S18（配置了集群 CIDR 时）或 X3（未配置时）决定。',
    [
      { scenario: `${PROXY}/p29-node-to-cluster-ip`, fires: ['S18'], not: ['S17'], src: '100.64.0.2' },
      { scenario: 'kube-ovn-kube-proxy-no-cluster-cidr/p29b-node-to-cluster-ip', fires: ['X3'], not: ['S17', 'S18'], src: '192.168.0.101' },
      { scenario: `${IPVS}/p28-node-to-cluster-ip`, fires: ['S17'], src: '192.168.0.101' },
    ],
  ),
  finding(
    'services',
    'host-port-from-a-node',
    'A hostPort used from another node keeps that node’s address; the pod’s answer goes to that node directly, which knows nothing of the connection.',
    '从其他节点访问 hostPort 时保留该节点的地址；Pod 的应答会直接到达那个节点，而它没有这条连接。',
    [{ scenario: 'kube-ovn-egress/p42-host-port-from-node', src: '192.168.0.102', dst: '10.16.0.20', out: 'ovn0' }],
  ),
];

const PROBE: readonly Finding[] = [
  finding(
    'probe',
    'probe-masqueraded',
    'kubelet’s probe is masqueraded on its way over lo: 0x90003 holds bit 19, so S21 matches, and X4 clears the mark before the proxy sees the packet.',
    'kubelet 的探针流量在经过 lo 时被伪装：0x90003 含有第 19 位，因此命中 S21，X4 又在代理看到该包之前清除了标记。',
    [
      { scenario: 'kube-ovn-tproxy/p51-probe-syn', fires: ['S30', 'S21', 'X4', 'X5', 'S31'] },
      { scenario: 'kube-ovn-tproxy/p55-probe-ipv6', fires: ['S30', 'S21', 'X4', 'X5', 'S31'] },
    ],
  ),
  finding(
    'probe',
    'both-probe-marks',
    'Later packets of the probe skip nat, keep 0x90003 and get 0x90004 as well: 0x90007. So do all of them by the printed rules, which clear nothing.',
    '探测的后续包跳过 nat，保留 0x90003 并再加上 0x90004，成为 0x90007。按不清除标记的文档规则，所有包都是如此。',
    [
      { scenario: 'kube-ovn-tproxy/p52-probe-later-packets', packet: 3, fires: ['S30', 'S31'], not: ['S21'], mark: 0x90007 },
      { scenario: `${PAGE}/p51s-page-order-tproxy`, fires: ['S30', 'S21', 'S31'], mark: 0x90007 },
    ],
  ),
  finding(
    'probe',
    'proxy-takes-strangers',
    'S31 asks neither for an interface nor for a source or a mark: a stranger’s packet to the probed address and port is handed to the node’s proxy, too.',
    'S31 不检查接口、来源和标记：外来的包只要发往被探测的地址和端口，同样会交给节点上的代理。',
    [
      { scenario: 'kube-ovn-tproxy/p54-probe-from-outside', fires: ['S31'], not: ['S30'], delivered: true },
      { scenario: 'kube-ovn-tproxy/p54v6-probe-from-outside', fires: ['S31'], not: ['S30'], delivered: true },
    ],
  ),
  finding(
    'probe',
    'masquerade-on-lo',
    'Which address MASQUERADE takes on lo depends on the order of the interfaces: in IPv4 the first one that has an address. A bridge made before the uplink gives the probe the bridge’s address.',
    'MASQUERADE 在 lo 上选用哪个地址取决于网卡的顺序：IPv4 取第一个有地址的网卡。如果网桥先于上行网卡创建，探针流量就使用网桥的地址。',
    [
      { recording: 'masquerade-on-lo-uplink-first', entry: 0, translatedTo: '192.168.0.101' },
      { recording: 'masquerade-on-lo-bridge-first', entry: 0, translatedTo: '172.17.0.1' },
      { recording: 'masquerade-on-lo-overlay-first', entry: 0, translatedTo: '100.64.0.2' },
    ],
    {
      note: {
        en: 'IPv6 follows RFC 6724: the address that shares most bits with the destination, the first interface among equals',
        zh: 'IPv6 遵循 RFC 6724：取与目的地址公共前缀最长的地址，相同时取靠前的网卡',
      },
    },
  ),
];

const TOOLS: readonly Finding[] = [
  finding(
    'tools',
    'prefix-length-0',
    'ipset takes no prefix of length 0 into a hash:net set, so a policy rule with 0.0.0.0/0 or ::/0 cannot become a set member. An empty field says the same.',
    'hash:net 集合不接受长度为 0 的前缀，因此含 0.0.0.0/0 或 ::/0 的策略规则无法写入集合。留空即可表达相同含义。',
    [
      { fact: 'hash:net, prefix length 0, IPv4', says: 'refused: ' },
      { fact: 'hash:net, prefix length 0, IPv6', says: 'refused: ' },
      { fact: 'hash:net, prefix length 1', says: 'taken' },
    ],
    { note: { en: 'What kube-ovn-cni does then was read in its source, not tried', zh: 'kube-ovn-cni 此时的行为读自源码，未实测' } },
  ),
  finding(
    'tools',
    'chain-still-referenced',
    'A chain that a rule jumps to can be flushed but not deleted: taken away in that order, an empty chain and the jump to it stay behind (OVN-PREROUTING and OVN-OUTPUT of mangle, X12 and X13).',
    '仍被跳转引用的链可以清空，但不能删除：按此顺序清理会留下空链和指向它的跳转（mangle 的 OVN-PREROUTING、OVN-OUTPUT 与 X12、X13）。',
    [
      { fact: 'delete a chain that a rule jumps to, iptables-legacy', says: 'left: -N OVN-PREROUTING, -A PREROUTING -j OVN-PREROUTING' },
      { fact: 'delete a chain that a rule jumps to, iptables-nft', says: 'left: -N OVN-PREROUTING, -A PREROUTING -j OVN-PREROUTING' },
    ],
    { note: { en: 'That Kube-OVN works in this order was read in its source', zh: 'Kube-OVN 按此顺序清理，读自源码' } },
  ),
  finding(
    'tools',
    'set-in-use',
    'A set that a rule looks at cannot be destroyed: after a change from IPVS mode, S14′ keeps KUBE-CLUSTER-IP, and the set keeps S14′. It can be swapped, so a full rewrite never leaves a rule without its set.',
    '被规则引用的集合不能销毁：从 IPVS 模式切换后，S14′ 使 KUBE-CLUSTER-IP 保留，而该集合又使 S14′ 保留。集合可以交换（swap），因此整体重写时规则始终有集合可用。',
    [
      { fact: 'destroy a set that a rule looks at', says: 'refused: ' },
      { fact: 'swap a set that a rule looks at', says: 'taken' },
    ],
  ),
  finding(
    'tools',
    'name-lengths',
    'Chain names have room for 28 characters and OVN-NAT-PSUBNET- with twelve more uses them all; set names for 31.',
    '链名最长 28 个字符，OVN-NAT-PSUBNET- 加 12 个字符恰好用满；集合名最长 31 个字符。',
    [
      { fact: 'a chain name of 28 characters', says: 'taken' },
      { fact: 'a chain name of 29 characters', says: 'refused: ' },
      { fact: 'a set name of 31 characters', says: 'taken' },
      { fact: 'a set name of 32 characters', says: 'refused: ' },
    ],
  ),
  finding(
    'tools',
    'snat-without-address',
    'S17 as printed, SNAT --to-source with nothing after it, is refused by iptables; on a node its own address stands there.',
    '文档中的 S17 写作 SNAT --to-source 且后面为空，iptables 不接受；在实际节点上那里是节点自身的地址。',
    [{ fact: 'SNAT without an address', says: 'refused: ' }],
  ),
  finding(
    'tools',
    'no-ipv6-designated-ip',
    'A designated ip in IPv6 leads to no S23: the pod is masqueraded by S24 as without one.',
    'IPv6 的指定出口 IP 不会产生 S23：Pod 的流量与未指定时一样由 S24 伪装。',
    [{ scenario: `${INSTALLED}/p59-centralized-ipv6`, fires: ['S24'], not: ['S23'], src: 'fd00:192:168::101' }],
    { note: { en: 'That the rule is never made was read in Kube-OVN’s source', zh: '该规则不会生成，读自 Kube-OVN 源码' } },
  ),
  finding(
    'tools',
    'empty-set-unused',
    'ovn40local-pod-ip-nat is created and stays empty, and no rule looks at it.',
    'ovn40local-pod-ip-nat 会被创建但始终为空，也没有规则引用它。',
    [],
    {
      note: { en: 'Nothing to ask a kernel; a test holds it against the rules', zh: '无需内核验证；由测试对照规则验证' },
    },
  ),
];

export const FINDINGS: readonly Finding[] = [...ORDER, ...CONNTRACK, ...POLICY, ...MARKS, ...SERVICES, ...PROBE, ...TOOLS];
