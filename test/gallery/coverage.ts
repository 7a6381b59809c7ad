/**
 * The coverage table: for each rule and set of the documented tables and each family, a scenario in which it fires and one in which it just
 * misses, or why there can be none. *Fires*: the kernel's recording shows the rule as matched; of a set: the look-up found the packet and the
 * rule matched. *Just misses*: the rule was looked at and one of its clauses alone was false; of a set: that clause.
 */

import { explainSet, RULE_ROWS, type Bilingual, type Family } from '../../engine/index.ts';
import { kernelSeries, packetId } from './catalogue.ts';
import type { Gallery, ScenarioFacts, Sighting } from './facts.ts';

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
export const ANSWERS = ['fires', 'misses'] as const;
type Answer = (typeof ANSWERS)[number];

export type Cell = { readonly scenario: string; readonly packet: number; readonly kernel: string } | { readonly none: Bilingual };

interface CoverageRow {
  readonly kind: 'rule' | 'set';
  readonly id: string;
  readonly title: Bilingual;
  /** Null: nothing shows it, and no reason is known. */
  readonly cells: Readonly<Record<Answer, Readonly<Record<Family, Cell | null>>>>;
}

export interface Coverage {
  readonly format: 1;
  readonly rows: readonly CoverageRow[];
}

/** Name of a set of each row, for its words. */
const SETS: readonly string[] = [
  ...['services', 'subnets', 'subnets-nat', 'subnets-distributed-gw', 'other-node', 'local-pod-ip-nat', 'subnets-nat-policy'].map((id) => `ovn40${id}`),
  'ovn40natpr-0-src',
  'ovn40natpr-0-dst',
  'KUBE-CLUSTER-IP',
  'KUBE-NODE-PORT-LOCAL-TCP',
  'KUBE-NODE-PORT-LOCAL-UDP',
];

const NO_CONDITION: Bilingual = { en: 'it asks for nothing: every packet that comes to it matches', zh: '它没有条件，到达这里的包都命中' };
const NO_IPV6_GATEWAY: Bilingual = {
  en: 'never installed: Kube-OVN takes what stands between the first two colons of gatewayNode for the address, and of an IPv6 address that is no address',
  zh: '不会安装：Kube-OVN 以 gatewayNode 中前两个冒号之间的内容作为出口 IP，IPv6 地址因此无法解析',
};
const NOT_READ: Bilingual = { en: 'no rule looks at this set', zh: '没有规则引用该集合' };

const both = (none: Bilingual): Readonly<Record<Family, Bilingual>> => ({ ipv4: none, ipv6: none });

/** Why there can be no scenario. A reason for a cell that some scenario fills is an error. */
const REASONS: Readonly<Record<string, Partial<Readonly<Record<Answer, Partial<Readonly<Record<Family, Bilingual>>>>>>>> = {
  S12: { misses: both(NO_CONDITION) },
  S13: { misses: both(NO_CONDITION) },
  X4: { misses: both(NO_CONDITION) },
  X5: { misses: both(NO_CONDITION) },
  X11: { misses: both(NO_CONDITION) },
  X12: { misses: both(NO_CONDITION) },
  X13: { misses: both(NO_CONDITION) },
  S23: { fires: { ipv6: NO_IPV6_GATEWAY }, misses: { ipv6: NO_IPV6_GATEWAY } },
  X10: { fires: { ipv6: NO_IPV6_GATEWAY }, misses: { ipv6: NO_IPV6_GATEWAY } },
  'local-pod-ip-nat': { fires: both(NOT_READ), misses: both(NOT_READ) },
};

/** Which packets of the catalogue were made to show a row; others stand in where these do not. */
const MADE_FOR: Readonly<Record<string, Readonly<Record<Answer, string>>>> = {
  S01: { fires: 'P63', misses: 'P21r P34' },
  S02: { fires: 'P25 P40', misses: 'P34' },
  S03: { fires: 'P07', misses: 'P34 P51' },
  S04: { fires: 'P20', misses: 'P34' },
  S05: { fires: 'P63', misses: 'P21r P04' },
  S06: { fires: 'P24', misses: 'P21 P04' },
  S07: { fires: 'P04', misses: 'P66' },
  S08: { fires: 'P12 P02', misses: 'P01' },
  S09: { fires: 'P01', misses: 'P12' },
  S10: { fires: 'P02 P12', misses: 'P01' },
  S11: { fires: 'P32', misses: 'P33' },
  S12: { fires: 'P01', misses: '' },
  S13: { fires: 'P01', misses: '' },
  S14: { fires: 'P21', misses: 'P01' },
  "S14'": { fires: 'P25', misses: 'P26' },
  S15: { fires: 'P35', misses: 'P37 P41' },
  S16: { fires: 'P37', misses: 'P35 P41' },
  S17: { fires: 'P28', misses: 'P30 P29' },
  S18: { fires: 'P21 P31', misses: 'P32' },
  S19: { fires: 'P40 P20', misses: 'P12 P35' },
  S20: { fires: 'P35', misses: 'P36' },
  S21: { fires: 'P36', misses: 'P39 P12' },
  S22: { fires: 'P13b', misses: 'P16 P14' },
  S23: { fires: 'P05', misses: 'P06 P50 P01' },
  S24: { fires: 'P01', misses: 'P04' },
  S25: { fires: 'P43', misses: 'P48 P01' },
  S26: { fires: 'P44', misses: 'P43' },
  S27: { fires: 'P43', misses: 'P45' },
  S28: { fires: 'P43', misses: 'P49' },
  S29: { fires: 'P43', misses: 'P46' },
  S30: { fires: 'P51', misses: 'P53' },
  S31: { fires: 'P51', misses: 'P53 P54' },
  X1: { fires: 'P38', misses: 'P35' },
  X2: { fires: 'P38', misses: 'P37' },
  X3: { fires: 'P12', misses: 'P64' },
  X4: { fires: 'P01', misses: '' },
  X5: { fires: 'P01', misses: '' },
  X6: { fires: 'P33', misses: 'P32' },
  X7: { fires: 'P26', misses: 'P25' },
  X8: { fires: 'P30', misses: 'P28' },
  X9: { fires: 'P17', misses: 'P13a' },
  X10: { fires: 'P18', misses: 'P05' },
  X11: { fires: 'P01', misses: '' },
  X12: { fires: 'P51', misses: '' },
  X13: { fires: 'P51', misses: '' },
  services: { fires: 'P21 P24', misses: 'P01' },
  subnets: { fires: 'P01', misses: 'P66 P09' },
  'subnets-nat': { fires: 'P01', misses: 'P04' },
  'subnets-distributed-gw': { fires: 'P35', misses: 'P36' },
  'other-node': { fires: 'P38', misses: 'P35' },
  'subnets-nat-policy': { fires: 'P43', misses: 'P01' },
  'natpr-src': { fires: 'P43', misses: 'P45' },
  'natpr-dst': { fires: 'P44', misses: 'P46' },
  'KUBE-CLUSTER-IP': { fires: 'P25', misses: 'P26' },
  'KUBE-NODE-PORT-LOCAL-TCP': { fires: 'P35', misses: 'P41' },
  'KUBE-NODE-PORT-LOCAL-UDP': { fires: 'P37', misses: 'P41' },
};

/** Packets that are others' IPv6 twins and have a number of their own. */
const TWINS: Readonly<Record<string, string>> = { P55: 'P51', P56: 'P01', P57: 'P21', P58: 'P35', P59: 'P06', P60: 'P44', P61: 'P28', P62: 'P32' };

export function coverage(gallery: Gallery): Coverage {
  const number = (id: string): number => Number(/\d+/.exec(id)?.[0]) + (id.endsWith("'") ? 0.5 : 0) + (id.startsWith('X') ? 100 : 0);
  const rules = [...RULE_ROWS].sort((a, b) => number(a.id) - number(b.id));
  return {
    format: 1,
    rows: [
      ...rules.map(({ id, title }) => row(gallery, 'rule', id, title)),
      ...SETS.map((name) => {
        const words = explainSet(name);
        if (!words) throw new Error(`no words for the set ${name}`);
        return row(gallery, 'set', words.id, words.purpose);
      }),
    ],
  };
}

function row(gallery: Gallery, kind: CoverageRow['kind'], id: string, title: Bilingual): CoverageRow {
  const cells = (answer: Answer) => Object.fromEntries(FAMILIES.map((family) => [family, cell(gallery, kind, id, answer, family)])) as Record<Family, Cell | null>;
  return { kind, id, title, cells: { fires: cells('fires'), misses: cells('misses') } };
}

/** What of a scenario's facts belongs into a cell. */
function sightings(facts: ScenarioFacts, kind: CoverageRow['kind'], id: string, answer: Answer, family: Family): readonly Sighting[] {
  const all = kind === 'rule' ? facts[answer] : answer === 'fires' ? facts.setHits : facts.setMisses;
  return all.filter((one) => one.id === id && one.family === family);
}

function cell({ facts }: Gallery, kind: CoverageRow['kind'], id: string, answer: Answer, family: Family): Cell | null {
  const wanted = (MADE_FOR[id]?.[answer] ?? '').split(' ').filter((one) => one !== '');
  const found = facts
    .flatMap((one) =>
      sightings(one, kind, id, answer, family)
        .slice(0, 1)
        .map(({ packet }) => ({ name: one.name, packet, kernel: one.kernel })),
    )
    // Stable: gallery order otherwise.
    .sort((a, b) => rank(a.name, wanted) - rank(b.name, wanted));
  const [best] = found;
  if (best) return { scenario: `${best.name}.scenario.yaml`, packet: best.packet, kernel: kernelSeries(best.kernel) };
  const none = REASONS[id]?.[answer]?.[family];
  return none ? { none } : null;
}

/** Place in the list of packets made for the cell; the page order is the last resort of all. */
function rank(name: string, wanted: readonly string[]): number {
  const id = packetId(name);
  if (id === null) return wanted.length;
  const place = wanted.findIndex((one) => id.startsWith(one) || TWINS[id.slice(0, 3)] === one.slice(0, 3));
  const plain = /^P\d\d[ab]?(v6)?$/.test(id);
  return place < 0 ? wanted.length : place + (plain ? 0 : 0.5);
}

/** Cells that say nothing: `S17 fires ipv6`. */
export function emptyCells({ rows }: Coverage): readonly string[] {
  return rows.flatMap(({ id, cells }) => ANSWERS.flatMap((answer) => FAMILIES.flatMap((family) => (cells[answer][family] === null ? [`${id} ${answer} ${family}`] : []))));
}

/** Reasons for cells that a scenario fills all the same. */
export function idleReasons({ rows }: Coverage): readonly string[] {
  return rows.flatMap(({ id, cells }) =>
    ANSWERS.flatMap((answer) => FAMILIES.flatMap((family) => (REASONS[id]?.[answer]?.[family] && !('none' in (cells[answer][family] ?? {})) ? [`${id} ${answer} ${family}`] : []))),
  );
}
