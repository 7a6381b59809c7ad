/** OVN's tables as `ovn-sbctl` 23.03 printed them (ovn-tables.snapshot: two nodes, two pods, a router's port, a pod on no node). */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../engine/index.ts';
import { formatAddress } from '../../../engine/net/address.ts';

const PRINTED = readFileSync(new URL('./ovn-tables.snapshot', import.meta.url), 'utf8');
const read = (text: string) => parseNode([{ name: 'node', text }]);

describe("OVN's tables", () => {
  test('give every address its node, and every node its tunnel ends', () => {
    const { overlay, problems, notes } = read(PRINTED);
    expect(problems).toEqual([]);
    expect(notes).toEqual([]);
    const hostOf = (address: string) =>
      overlay?.ports.get(address)?.map(({ name, chassis }) => `${name} on ${chassis === null ? 'none' : (overlay.chassis.get(chassis)?.hostname ?? '?')}`);
    expect(hostOf('10.16.0.30')).toEqual(['p3.default on node2']);
    expect(hostOf('fd00:10:16::1e')).toEqual(['p3.default on node2']);
    expect(hostOf('10.16.0.10')).toEqual(['p1.default on node1']);
    expect(hostOf('10.16.0.11')).toEqual(['gone.default on none']);
    expect(overlay?.ports.size).toBe(4);
    const ends = [...(overlay?.chassis.values() ?? [])].map(({ hostname, encaps }) => [
      hostname,
      ...encaps.map(({ type, ip }) => `${type} ${formatAddress(ip.family, ip.words)}`).sort(),
    ]);
    expect(ends).toEqual([
      ['node1', 'geneve 192.168.0.101'],
      ['node2', 'geneve 192.168.0.102', 'vxlan 192.168.0.102'],
    ]);
  });

  test('are known by their columns where the command is missing', () => {
    const tables = PRINTED.split(/^==> .*\n/m).slice(1);
    const node = parseNode(tables.map((text, i) => ({ name: `table ${i}`, text })));
    expect(node.sections.map(({ kind }) => kind)).toEqual(['ovn Port_Binding', 'ovn Chassis', 'ovn Encap']);
    expect(node.overlay?.ports.has('10.16.0.30')).toBe(true);
  });

  test.each([
    'kubectl ko sbctl --format=json list Port_Binding',
    '/usr/bin/ovn-sbctl --no-leader-only --format=json list port_binding',
    'kubectl-ko sbctl -f json list Port_Binding',
  ])('are read under "%s"', (command) => {
    const node = read(PRINTED.replace('ovn-sbctl --format=json list Port_Binding', command));
    expect(node.overlay?.ports.size).toBe(4);
  });

  test('that are cut short, or printed for people, are an error with the way out', () => {
    const [line] = PRINTED.split('\n').slice(1, 2);
    for (const text of [(line as string).slice(0, 500), '_uuid : f0da14e6\nip : "192.168.0.101"', '{"data":[]}']) {
      const { problems, overlay } = read(`==> ovn-sbctl list Encap <==\n${text}\n`);
      expect(problems.map(({ severity, code, line: at }) => [severity, code, at])).toEqual([['error', 'bad-value', 2]]);
      expect(problems[0]?.message).toContain('--format=json');
      expect(overlay?.chassis.size).toBe(0);
    }
    const wrong = read(PRINTED.replace('"192.168.0.101",["map"', '"not an address",["map"'));
    expect(wrong.problems.map(({ message }) => message)).toEqual([expect.stringContaining('"not an address"')]);
  });

  test('that lack a column something hangs on, or have rows that are none, do not pass for tables without entries', () => {
    const lacking = read(PRINTED.replace('"logical_port","mac"', '"logical_port","macs"'));
    expect(lacking.problems.map(({ message }) => message)).toEqual([expect.stringContaining('the table Port_Binding has no "mac"')]);
    const odd = read(`==> ovn-sbctl list Encap <==\n${JSON.stringify({ headings: ['_uuid', 'type', 'ip'], data: [{}, [['uuid', 'a'], 'geneve', '192.0.2.1'], null] })}\n`);
    expect(odd.problems.map(({ message }) => message)).toEqual(['the table Encap has 2 of 3 rows that are no lists']);
  });

  test('with one address on many ports are read in time', () => {
    const data = Array.from({ length: 20_000 }, (_, i) => [['uuid', `c${i % 2}`], `port${i}`, '0a:58:00:00:00:00 10.16.0.1']);
    const start = performance.now();
    const { overlay } = read(`==> ovn-sbctl list Port_Binding <==\n${JSON.stringify({ headings: ['chassis', 'logical_port', 'mac'], data })}\n`);
    expect(overlay?.ports.get('10.16.0.1')).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('of which one is missing are noted', () => {
    const { notes } = read(PRINTED.slice(0, PRINTED.indexOf('==> ovn-sbctl --format=json list Encap')));
    expect(notes).toEqual([expect.stringContaining('lacks Encap')]);
  });
});
