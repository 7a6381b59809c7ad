/** Words of a panel without rules, in both languages: how rules come here, and what one can begin with. A figure has none of it. */

/** Scenarios to begin with, in the order of their cards. */
export const START_SCENARIOS = ['kube-ovn-installed/p43-policy-forward', 'kube-ovn-kube-proxy-iptables/p21-pod-to-cluster-ip', 'kube-ovn-cluster'] as const;

/** A question, and what is looked at to answer it. */
interface Card {
  readonly question: string;
  readonly shows: string;
}

interface StartWords {
  readonly ask: string;
  /** The files say something, but no rule. */
  readonly noTables: string;
  readonly cards: string;
  /** One for each scenario. */
  readonly list: Readonly<Record<(typeof START_SCENARIOS)[number], Card>>;
}

const en: StartWords = {
  ask: 'Drop an iptables-save here, paste it, or start from a scenario:',
  noTables: 'The files hold no tables: no rule is asked.',
  cards: 'Scenarios to start from',
  list: {
    'kube-ovn-installed/p43-policy-forward': { question: 'Why is this pod not SNATed?', shows: 'a Kube-OVN policy rule, its mark, bit by bit' },
    'kube-ovn-kube-proxy-iptables/p21-pod-to-cluster-ip': { question: 'Who answers behind this Service?', shows: 'kube-proxy in iptables mode: DNAT, a mark, MASQUERADE' },
    'kube-ovn-cluster': { question: 'What does natOutgoing do to a packet?', shows: 'a cluster to change, with the rules that come of it' },
  },
};

const zh: StartWords = {
  ask: '把 iptables-save 的输出拖到这里、粘贴到这里，或从一个场景开始：',
  noTables: '文件中没有任何表：没有可查的规则。',
  cards: '可以从这些场景开始',
  list: {
    'kube-ovn-installed/p43-policy-forward': { question: '这个 Pod 为什么没有做 SNAT？', shows: '一条 Kube-OVN 策略规则和它的 mark，逐位查看' },
    'kube-ovn-kube-proxy-iptables/p21-pod-to-cluster-ip': { question: '这个 Service 由哪个后端应答？', shows: 'kube-proxy iptables 模式：DNAT、mark 与 MASQUERADE' },
    'kube-ovn-cluster': { question: 'natOutgoing 对数据包有什么影响？', shows: '一个可以修改的集群，以及由它产生的规则' },
  },
};

export function startWords(language: 'en' | 'zh'): StartWords {
  return language === 'zh' ? zh : en;
}
