/** What the rules, sets and marks of a node are for, found by the names that a trace has for them. */

import type { MarkSummary, NodeSummary, Reading, RowSummary, RuleSummary, SetSummary } from '../worker/messages.ts';

export function rowOf(node: NodeSummary | null, rule: RuleSummary): RowSummary | null {
  return (rule.purpose && node?.rows[rule.purpose.row]) ?? null;
}

/** Has the row a number in the documentation? Those of kube-proxy are named after their chains. */
export function isNumbered({ id }: Pick<RowSummary, 'id'>): boolean {
  return !id.startsWith('K:');
}

/** `S24`, `KUBE-SERVICES`. */
export function rowName(id: string): string {
  return id.replace(/^K:/, '');
}

/** The set that a test looks at, if it is one of those known. */
export function setOf(node: NodeSummary | null, { set: name }: Pick<Reading, 'set'>): SetSummary | null {
  return (name !== undefined && node?.sets?.find((set) => set.name === name && set.purpose !== null)) || null;
}

/** What a test or a write of a mark is for. */
export function markOf(node: NodeSummary | null, { value, mask }: Pick<MarkSummary, 'value' | 'mask'>): MarkSummary | null {
  return node?.marks.find((row) => row.value === value && row.mask === mask) ?? null;
}

/** Tests of other marks that a packet with this one passes. */
export function alsoPassed(node: NodeSummary | null, packet: number, own: MarkSummary): readonly MarkSummary[] {
  return node?.marks.filter((row) => row !== own && row.readBy.length > 0 && row.value !== 0 && (packet & row.mask) >>> 0 === row.value) ?? [];
}
