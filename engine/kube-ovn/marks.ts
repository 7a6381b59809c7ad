/**
 * The mark registry: who writes which bits of a packet's mark on a Kube-OVN node, and who looks at them. Marks share bits, so a packet with
 * one of them may satisfy the test for another; which do is computed here, not written down. A test holds the lists against the rules.
 */

import type { Bilingual } from './cluster.ts';

export interface MarkRow {
  readonly value: number;
  readonly mask: number;
  readonly owner: 'Kube-OVN' | 'kube-proxy' | 'kubelet' | 'CNI portmap';
  /** Ids of rule rows. */
  readonly setBy: readonly string[];
  /** Ids of rule rows; `ip rule` for policy routing. */
  readonly readBy: readonly string[];
  /** False: other programs' marks, known and not generated. */
  readonly generated: boolean;
  readonly purpose: Bilingual;
}

const ALL = 0xffffffff;
const mark = (value: number, owner: MarkRow['owner'], setBy: readonly string[], readBy: readonly string[], purpose: Bilingual, generated = true): MarkRow => ({
  value,
  mask: value,
  owner,
  setBy,
  readBy,
  generated,
  purpose,
});

export const MARKS: readonly MarkRow[] = [
  mark(0x4000, 'kube-proxy', ['K:KUBE-MARK-MASQ', 'S14', "S14'", 'X1', 'X2'], ['S17', 'S18', 'X7', 'X8', 'K:KUBE-POSTROUTING', 'K:KUBE-FORWARD'], {
    en: 'Service traffic to be masqueraded; Kube-OVN uses kube-proxy’s mark, whatever --iptables-masquerade-bit says',
    zh: '需要 SNAT 的 Service 流量；Kube-OVN 固定使用该值，不受 --iptables-masquerade-bit 影响',
  }),
  mark(0x80000, 'Kube-OVN', ['S15', 'S16'], ['S20', 'S21'], {
    en: 'node port of a Service with externalTrafficPolicy Local',
    zh: 'externalTrafficPolicy 为 Local 的 NodePort 流量',
  }),
  mark(0x90001, 'Kube-OVN', ['S29'], ['S26'], { en: 'a rule of natOutgoingPolicyRules said nat', zh: 'natOutgoingPolicyRules 的动作为 nat' }),
  mark(0x90002, 'Kube-OVN', ['S29'], ['S27'], { en: 'a rule of natOutgoingPolicyRules said forward', zh: 'natOutgoingPolicyRules 的动作为 forward' }),
  mark(0x90003, 'Kube-OVN', ['S30'], ['ip rule'], { en: 'kubelet’s probe on its way to lo', zh: '转往 lo 的 kubelet 探针流量' }),
  mark(0x90004, 'Kube-OVN', ['S31'], ['ip rule'], { en: 'kubelet’s probe handed to the proxy', zh: '交给代理的 kubelet 探针流量' }),
  {
    value: 0,
    mask: ALL,
    owner: 'Kube-OVN',
    setBy: ['S11', 'X6', 'X4'],
    readBy: [],
    generated: true,
    purpose: { en: 'clears all bits, also those that other software set', zh: '清除全部标记位，包括其他软件设置的' },
  },
  {
    value: 0x4000,
    mask: 0,
    owner: 'kube-proxy',
    setBy: ['K:KUBE-POSTROUTING'],
    readBy: [],
    generated: true,
    purpose: { en: 'flips kube-proxy’s bit: what is masqueraded here is not marked any more', zh: '翻转 kube-proxy 的标记位：在这里做过 SNAT 的包不再带标记' },
  },
  mark(0x8000, 'kubelet', [], [], { en: 'to be dropped (KUBE-MARK-DROP of older Kubernetes)', zh: '待丢弃（旧版 Kubernetes 的 KUBE-MARK-DROP）' }, false),
  mark(0x2000, 'CNI portmap', ['K:CNI-HOSTPORT-SETMARK'], ['K:CNI-HOSTPORT-MASQ'], { en: 'hostPort traffic to be masqueraded', zh: '需要 SNAT 的 hostPort 流量' }),
  mark(0x40000, 'Kube-OVN', [], [], { en: 'a mark of Kube-OVN before v1.10', zh: 'Kube-OVN v1.10 之前使用的标记' }, false),
];

/** Whether `-m mark --mark VALUE/MASK` matches. */
export function matchesMark(packetMark: number, { value, mask: bits }: Pick<MarkRow, 'value' | 'mask'>): boolean {
  return (packetMark & bits) >>> 0 === value >>> 0;
}

/** A mark after `MARK --set-xmark VALUE/MASK`. */
export function afterMark(packetMark: number, { value, mask: bits }: Pick<MarkRow, 'value' | 'mask'>): number {
  return ((packetMark & ~bits) ^ value) >>> 0;
}

export interface MarkOverlap {
  /** The mark on the packet. */
  readonly packet: number;
  /** Tests that it satisfies although another rule set it. */
  readonly also: readonly MarkRow[];
}

/** Which tests a packet satisfies by accident. `more`: marks that come about by several rules, like 0x90003 from nat and forward. */
export function markOverlaps(more: readonly number[] = []): MarkOverlap[] {
  const tested = MARKS.filter(({ readBy }) => readBy.length > 0);
  const own = MARKS.filter(({ value, mask: bits }) => value !== 0 && value === bits).map(({ value }) => value);
  return [...new Set([...own, ...more])]
    .map((packet) => ({ packet, also: tested.filter((row) => row.value !== packet && matchesMark(packet, row)) }))
    .filter(({ also }) => also.length > 0);
}
