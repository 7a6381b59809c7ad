/**
 * Tables of OVN's southbound database, as `ovn-sbctl --format=json list TABLE` prints them: `{"data": [row…], "headings":
 * [column…]}` on one line. Values are as in RFC 7047 section 5.1: a set of one is the value itself. Columns differ from
 * release to release; those that nothing hangs on may be missing. Seen with OVN 23.03 (ovn-sb(5)).
 */

import type { Chassis, Overlay, OverlayEncap, OverlayPort } from '../model/overlay.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { quoted, report, type Report } from './text.ts';

/** Tables that are read, by the kind of their section. */
export const OVN_TABLES = { 'ovn Port_Binding': 'Port_Binding', 'ovn Chassis': 'Chassis', 'ovn Encap': 'Encap' } as const;
type OvnSection = keyof typeof OVN_TABLES;

export const isOvnSection = (kind: string): kind is OvnSection => Object.hasOwn(OVN_TABLES, kind);

/** Columns without which a table would say that nothing is there. */
const NEEDED: Readonly<Record<OvnSection, readonly string[]>> = {
  'ovn Port_Binding': ['logical_port', 'mac', 'chassis'],
  'ovn Chassis': ['_uuid', 'encaps'],
  'ovn Encap': ['_uuid', 'type', 'ip'],
};

type Row = (column: string) => unknown;

/** Columns by which a table without its command is recognised. */
export function ovnKindOfHeadings(headings: readonly unknown[]): OvnSection | null {
  if (headings.includes('logical_port') && headings.includes('mac')) return 'ovn Port_Binding';
  if (headings.includes('hostname') && headings.includes('encaps')) return 'ovn Chassis';
  return headings.includes('chassis_name') && headings.includes('ip') ? 'ovn Encap' : null;
}

/** Rows of the sections of one node, put together. */
export class OverlayReader {
  private readonly seen = new Set<OvnSection>();
  private readonly encaps = new Map<string, OverlayEncap>();
  private readonly chassis: { readonly uuid: string; readonly name: string; readonly hostname: string; readonly encaps: readonly string[] }[] = [];
  private readonly ports = new Map<string, OverlayPort[]>();

  read(kind: OvnSection, text: string, line: number, to: Report): void {
    this.seen.add(kind);
    for (const row of rows(kind, text, line, to)) this.row(kind, row, line, to);
  }

  /** Null: none of the tables was there. */
  overlay(): Overlay | null {
    if (this.seen.size === 0) return null;
    const chassis = this.chassis.map((one): [string, Chassis] => [one.uuid, { ...one, encaps: one.encaps.flatMap((uuid) => this.encaps.get(uuid) ?? []) }]);
    return { chassis: new Map(chassis), ports: this.ports };
  }

  /** Tables that are needed and were not given, though others were. */
  missing(): readonly string[] {
    return this.seen.size === 0 ? [] : (Object.keys(OVN_TABLES) as OvnSection[]).filter((kind) => !this.seen.has(kind)).map((kind) => OVN_TABLES[kind]);
  }

  private row(kind: OvnSection, row: Row, line: number, to: Report): void {
    const uuid = uuids(row('_uuid'))[0] ?? '';
    switch (kind) {
      case 'ovn Encap': {
        const ip = parseAddress(text(row('ip')));
        if (!ip) return void bad(to, line, `Encap ${uuid}: "ip" is ${quoted(JSON.stringify(row('ip')) ?? '')}`);
        const port = Number(option(row('options'), 'dst_port') ?? Number.NaN);
        this.encaps.set(uuid, { type: text(row('type')), ip: { family: ip.family, words: ip.words }, port: Number.isInteger(port) ? port : null });
        return;
      }
      case 'ovn Chassis':
        this.chassis.push({ uuid, name: text(row('name')), hostname: text(row('hostname')), encaps: uuids(row('encaps')) });
        return;
      case 'ovn Port_Binding': {
        const port: OverlayPort = { name: text(row('logical_port')), chassis: uuids(row('chassis'))[0] ?? null };
        // `0a:58:0a:10:00:1e 10.16.0.30 fd00:10:16::1e`; patch ports say `router`, others `unknown` or nothing.
        for (const word of strings(row('mac')).flatMap((entry) => entry.split(/\s+/))) {
          const address = parseAddress(word.split('/')[0] ?? '');
          if (!address) continue;
          const key = formatAddress(address.family, address.words);
          const ports = this.ports.get(key);
          if (ports) ports.push(port);
          else this.ports.set(key, [port]);
        }
      }
    }
  }
}

function bad(to: Report, line: number, message: string): void {
  report(to, 'error', 'bad-value', { line, column: 1, length: 1 }, message, 'take the snapshot again');
}

function rows(kind: OvnSection, source: string, line: number, to: Report): Row[] {
  if (source.trim() === '') return [];
  let table: unknown;
  try {
    table = JSON.parse(source);
  } catch {
    bad(to, line, 'this is not a table in JSON, or it is cut short; print it with "ovn-sbctl --format=json list TABLE"');
    return [];
  }
  const { headings, data } = (typeof table === 'object' && table !== null ? table : {}) as { headings?: unknown; data?: unknown };
  if (!Array.isArray(headings) || !Array.isArray(data)) {
    bad(to, line, 'this is not a table of ovn-sbctl: it has no "headings" or no "data"; print it with "ovn-sbctl --format=json list TABLE"');
    return [];
  }
  const columns = new Map(headings.map((name, i) => [name, i]));
  const missing = NEEDED[kind].filter((name) => !columns.has(name));
  if (missing.length > 0) {
    bad(to, line, `the table ${OVN_TABLES[kind]} has no ${missing.map(quoted).join(', ')}; print it whole, with "ovn-sbctl --format=json list ${OVN_TABLES[kind]}"`);
    return [];
  }
  const read = data.filter(Array.isArray);
  if (read.length < data.length) bad(to, line, `the table ${OVN_TABLES[kind]} has ${data.length - read.length} of ${data.length} rows that are no lists`);
  return read.map(
    (row: readonly unknown[]): Row =>
      (column) =>
        row[columns.get(column) ?? -1],
  );
}

/** Members of a set; a value that stands alone is a set of one. */
function members(value: unknown): unknown[] {
  if (!Array.isArray(value)) return value === undefined ? [] : [value];
  return value[0] === 'set' && Array.isArray(value[1]) ? value[1] : [value];
}

/** Value of a key in a map of texts: `["map", [[key, value]…]]`. */
function option(value: unknown, key: string): string | null {
  if (!Array.isArray(value) || value[0] !== 'map' || !Array.isArray(value[1])) return null;
  const found: unknown = value[1].find((pair) => Array.isArray(pair) && pair[0] === key);
  return Array.isArray(found) && typeof found[1] === 'string' ? found[1] : null;
}

const strings = (value: unknown): string[] => members(value).filter((one): one is string => typeof one === 'string');
const text = (value: unknown): string => strings(value)[0] ?? '';
const uuids = (value: unknown): string[] => members(value).flatMap((one) => (Array.isArray(one) && one[0] === 'uuid' && typeof one[1] === 'string' ? [one[1]] : []));
