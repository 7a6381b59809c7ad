/** Words of the packet builder that came with connections, in Chinese: a page in English does without them. */

import type { connectionEn } from './connection.ts';

export const connectionZh: typeof connectionEn = {
  links: '本节点的接口',
  process: '本节点的进程',
  ctstate: 'ctstate',
  ctstateHint: '选择后会在前面加入形成该状态的包',
  ctstateNone: '未跟踪',
  packet: ({ n, src, dst, direction }) => `第 ${n} 个包，${direction}，${src} 到 ${dst}：`,
  directionsOf: { original: '原始方向', reply: '回复', none: '不属于任何连接' },
  skips: '跳过 nat',
  waiting: '尚未计算',
  skipsNat: ({ n, opener, decision }) => `第 ${n} 个包跳过 nat：conntrack 沿用第 ${opener} 个包的 NAT 决定（${decision}）。`,
  decision: {
    snated: ({ src }) => `源变为 ${src}`,
    dnated: ({ dst }) => `目的变为 ${dst}`,
    both: ({ src, dst }) => `源变为 ${src}，目的变为 ${dst}`,
    none: '不改写',
  },
  opens: ({ n }) => `第 ${n} 个包建立连接：会查 nat 表。`,
  handshake: '握手',
  earlier: ({ n }) => `把第 ${n} 个包前移`,
  later: ({ n }) => `把第 ${n} 个包后移`,
  twin: '成对的包',
  twinA: 'A',
  twinB: 'B',
  suggest: ({ field }) => `${field} 的建议`,
  suggested: {
    scenario: '来自本场景',
    set: ({ set, entry }) => `在 ${set} 中（${entry}）`,
    behind: ({ set, entry }) => `恰好在 ${set} 之外（${entry}）`,
    rule: ({ place, comment }) => (comment === '' ? `${place} 用到` : `${comment}：${place}`),
    interface: ({ name }) => `本节点 ${name} 的地址`,
    service: ({ service }) => `IPVS 服务 ${service}`,
    cluster: '来自集群',
  },
  noSuggestions: '规则中没有提到',
  length: ({ bytes }) => `包长 ${bytes} 字节`,
};
