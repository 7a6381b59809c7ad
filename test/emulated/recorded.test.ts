/**
 * What the emulated kernel did, as kept in recorded/, without a kernel to ask: the recordings are whole, Kube-OVN's rules
 * fire as the fact sheet derived, the engine looks packets up in sets as the kernel did. What the walk does not do yet
 * is skipped with the number of differences.
 */

import { describe, expect, it } from 'vitest';
import { findSetType, printEntry, setLayout } from '../../engine/extension/settype/index.ts';
import { parseNode } from '../../engine/index.ts';
import { describeDifferences } from '../kernel/compare.ts';
import { judge } from '../kernel/engine.ts';
import { readRecording, recordedNames } from '../kernel/recorded.ts';
import type { KernelWalk, PacketRecord, Recording } from '../kernel/recording.ts';
import { CASES, RECORDED } from './cases.ts';
import { KUBE_OVN_CASES, type KubeOvnCase, type RowExpectation } from './kube-ovn-cases.ts';
import { SET_CASES } from './set-cases.ts';

/** What the engine lacks for recordings whose name is, or begins with, this. What agrees all the same passes; once all do, the line goes. */
const PENDING: Readonly<Record<string, string>> = {
  'ipvs-clash-nat': 'Linux 6.1 lets a datagram pass that meets another connection, 6.12 and later drop it',
  'ipvs-clash-no-nat': 'Linux 6.1 lets a datagram pass that meets another connection, 6.12 and later drop it',
  'hooks-stack': 'the node does not answer for its own sockets',
  'set-destination-mac': 'the engine does not ask for destination MACs',
};
const pending = (name: string): string | undefined => PENDING[name] ?? PENDING[name.split('-')[0] as string];

const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const read = (name: string): Recording => readRecording(name, RECORDED);

describe('recordings of the emulated kernel', () => {
  it('are there for every case, and no others', () => {
    expect(recordedNames(RECORDED)).toEqual(CASES.map(({ name }) => name).sort());
  });

  for (const { name, node, sends } of CASES)
    it(`${name} is whole`, () => {
      const recording = read(name);
      expect(recording.title).toBe(name);
      expect(recording.versions.kernel).toMatch(/^6\.1\./);
      expect(recording.versions.ipvsadm !== undefined).toBe(node.ipvs !== undefined);
      expect(recording.packets).toHaveLength(sends.length);
      expect(recording.records).toHaveLength(sends.length);
      const walks = recording.records.flatMap((record) => [record, ...record.emitted]);
      // Every packet met a rule of the node, or was seen leaving or arriving.
      for (const walk of walks) expect(walk.steps.length + walk.left.length + Number(walk.delivered)).toBeGreaterThan(0);
      expect(new Set(walks.flatMap(({ steps }) => steps.map(({ hook }) => hook)).filter((hook) => !HOOKS.includes(hook)))).toEqual(new Set());
      expect(recording.snapshot.includes('==> ipvsadm -Sn <==')).toBe(node.ipvs !== undefined);
    });
});

/** Kube-OVN's rules that matched, in order; jumps and kube-proxy's rules left out. */
function hits({ ids }: KubeOvnCase['built'], { steps }: PacketRecord): string[] {
  return steps
    .filter(({ kind }) => kind === 'rule')
    .map(({ src, table, chain, rule }) => ids.get(`${src.includes(':') ? 'ipv6' : 'ipv4'} ${table}/${chain}/${rule}`) ?? '?')
    .filter((id) => !['S12', 'S13', 'X11'].includes(id) && !id.startsWith('K:'));
}

function seenAs(record: PacketRecord, { hits: _, ...wanted }: RowExpectation): Record<string, unknown> {
  const [left] = record.left;
  const verdict = record.delivered ? 'delivered' : !left && record.emitted.some(({ packet }) => packet.icmpType !== undefined) ? 'rejected' : undefined;
  const all: Record<string, unknown> = { out: left?.out, src: left?.packet.src, dst: left?.packet.dst, mark: record.steps.at(-1)?.mark, verdict };
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, all[key]]));
}

describe("Kube-OVN's rules beside kube-proxy's in IPVS mode, on the kernel", () => {
  for (const { name, built, rows } of KUBE_OVN_CASES)
    rows.forEach(({ row, expect: expected }, i) => {
      if (!expected) return;
      it(`${row} in ${name}`, () => {
        const record = read(name).records[i] as PacketRecord;
        const { hits: wantedHits, ...wanted } = expected;
        expect({ hits: hits(built, record), ...seenAs(record, expected) }).toEqual({ hits: wantedHits, ...wanted });
      });
    });
});

const SHORT: Readonly<Record<string, string>> = { PREROUTING: 'PRE', INPUT: 'IN', FORWARD: 'FWD', OUTPUT: 'OUT', POSTROUTING: 'POST' };
/** The tables that were walked, in order, by hook: `raw mangle nat PRE, mangle IN`; a table that comes again opens a new pass. */
function tables({ steps }: KernelWalk): string {
  const passes: { hook: string; names: string[] }[] = [];
  for (const { hook, table } of steps) {
    const last = passes.at(-1);
    if (last?.hook === hook && last.names.at(-1) === table) continue;
    if (last?.hook === hook && !last.names.includes(table)) last.names.push(table);
    else passes.push({ hook, names: [table] });
  }
  return passes.map(({ hook, names }) => `${names.join(' ')} ${SHORT[hook]}`).join(', ');
}

describe('the way of an IPVS packet on the kernel', () => {
  const way = (name: string, packet: number): string => tables(read(name).records[packet] as PacketRecord);
  const IN = 'raw mangle nat PRE, mangle filter security IN';
  const ON = 'raw mangle filter security OUT, mangle';

  it('sends a request on through the whole of OUTPUT, not FORWARD, and nat POSTROUTING if conntrack is on', () => {
    expect(way('hooks-conntrack-1', 0)).toBe(`${IN}, ${ON} nat POST`);
    expect(way('hooks-conntrack-0', 0)).toBe(`${IN}, ${ON} POST`);
    // Direct routing.
    expect(way('hooks-conntrack-1', 10)).toBe(`${IN}, ${ON} nat POST`);
    // The third packet of the handshake: nat is settled, without conntrack it is asked each time.
    expect(way('hooks-conntrack-1', 2)).toBe(`raw mangle PRE, mangle filter security IN, ${ON} POST`);
    expect(way('hooks-conntrack-0', 2)).toBe(`${IN}, ${ON} POST`);
  });

  it('takes a request of the node out of OUTPUT before filter', () => {
    expect(way('hooks-conntrack-1', 7)).toBe(`raw mangle nat OUT, ${ON} nat POST`);
    expect(way('hooks-conntrack-0', 7)).toBe(`raw mangle nat OUT, ${ON} POST`);
  });

  it('shows an answer with its real source until FORWARD and INPUT are over', () => {
    const [, answer] = read('hooks-conntrack-1').records as PacketRecord[];
    expect(tables(answer as PacketRecord)).toBe('raw mangle PRE, mangle filter security FWD, mangle POST');
    expect(answer?.steps.map(({ hook, src }) => `${hook} ${src}`).filter((one, i, all) => one !== all[i - 1])).toEqual([
      'PREROUTING 10.2.0.9',
      'FORWARD 10.2.0.9',
      'POSTROUTING 10.1.0.1',
    ]);
    expect(way('hooks-conntrack-1', 8)).toBe('raw mangle PRE, mangle filter security IN');
  });

  it('goes on in its hook if the node is the real server', () => {
    expect(way('hooks-conntrack-1', 12)).toBe(`${IN.slice(0, -2)}nat IN`);
    expect(way('hooks-conntrack-0', 12)).toBe(IN);
    expect(way('hooks-conntrack-1', 14)).toBe('raw mangle nat filter security OUT, mangle nat POST, raw mangle PRE, mangle filter security IN');
  });

  it('is one hop further on, and answers once', () => {
    const { records } = read('hooks-conntrack-1');
    expect([0, 1, 12, 20].map((i) => records[i]?.left[0]?.packet.ttl ?? records[i]?.steps.at(-1)?.ttl)).toEqual([63, 63, 64, 1]);
    // TTL 1, no real server, too big.
    expect([19, 15, 29].map((i) => records[i]?.emitted.map(({ packet }) => `${packet.icmpType}/${packet.icmpCode} ${packet.src}`))).toEqual([
      ['11/0 10.1.0.1'],
      ['3/3 10.96.0.53'],
      ['3/4 10.96.0.50'],
    ]);
  });

  it('leaves by the way that its mark or its source chooses', () => {
    expect(read('hooks-routed-by-mark').records.map(({ left }) => left[0]?.out)).toEqual(['ra', 'ra', 'rb']);
    expect(read('hooks-routed-by-mark-conntrack-0').records.map(({ left }) => left[0]?.out)).toEqual(['rb']);
    expect(read('hooks-reply-routed-by-source').records.map(({ left }) => left[0]?.out)).toEqual(['rb', 'rb']);
  });
});

describe('connections of IPVS on the kernel', () => {
  /** How each packet ended: where it left and with what addresses, `here`, or `lost`. */
  const ends = (name: string): string[] =>
    read(name).records.map(({ left: [one], delivered }) => (one ? `${one.out} ${one.packet.src} > ${one.packet.dst}` : delivered ? 'here' : 'lost'));
  const lost = (name: string): number[] => ends(name).flatMap((end, i) => (end === 'lost' ? [i] : []));

  it('that have ended cost the next SYN if conntrack still knows them', () => {
    // The server's RST, both sides' FIN, the server's RST to the node itself; the client's RST costs nothing.
    expect(lost('ipvs-ended-mode-1')).toEqual([3, 13, 18]);
    expect(read('ipvs-ended-mode-1').records[18]?.error).toBe('EPERM');
    expect(lost('ipvs-ended-mode-0')).toEqual([]);
    expect(lost('ipvs-ended-conntrack-0')).toEqual([]);
    expect([lost('ipvs-ended-direct-mode-1'), lost('ipvs-ended-direct-mode-3')]).toEqual([[], [3]]);
    expect(lost('ipvs-ended-by-lo')).toEqual([2]);
  });

  it('that expire take their conntrack entries along', () => {
    const { conntrack } = read('ipvs-expired');
    // The one that was begun again is twelve seconds younger than the one beside it.
    expect(conntrack.flatMap(({ original, timeout, state }) => (state === 'SYN_SENT' ? [[original.sport, Math.round(timeout / 10) * 10]] : []))).toEqual([
      [4000, 120],
      [4001, 110],
    ]);
  });

  it('show the client of persistence with port 0, and keep its port where the service is not told by one', () => {
    expect(
      (read('ipvs-persistence').ipvs ?? [])
        .filter((line) => / \S+:0 /.test(line))
        .map((line) => line.replace(/\s+\d\d:\d\d\s+/, ' ').replace(/\s+/g, ' '))
        .sort(),
    ).toEqual([
      'IP NONE 10.1.0.2:0 0.0.0.7:0 10.2.0.9:0',
      'TCP ASSURED 10.1.0.2:0 10.96.0.50:80 10.2.0.7:8080',
      'TCP NONE 10.1.0.0:0 10.96.0.51:80 10.2.0.7:8080',
      'TCP NONE 10.1.0.2:0 10.96.0.52:0 10.2.0.8:0',
      'TCP NONE 10.1.0.3:0 10.96.0.50:80 10.2.0.8:8080',
    ]);
    expect(read('ipvs-persistence').records[7]?.left[0]?.packet).toMatchObject({ dst: '10.2.0.9', dport: 1001 });
  });

  it('give answers that fit two of them to the later one', () => {
    expect(ends('ipvs-same-answer').filter((end) => end.startsWith('ra'))).toEqual(['ra 10.96.0.51 > 10.1.0.2', 'ra 10.96.0.51 > 10.1.0.2']);
  });

  it('let what the node answers in the second pass go out from the virtual address', () => {
    const [web, dns] = read('ipvs-second-pass-conntrack-1').records as PacketRecord[];
    expect([web, dns].map((record) => record?.emitted[0]?.left[0]?.packet.src)).toEqual(['10.96.0.50', '10.96.0.50']);
    expect(dns?.emitted[0]?.left[0]?.packet.inner).toMatchObject({ src: '10.1.0.2', dst: '10.96.0.50', dport: 53 });
  });
});

describe('the outer packet of a tunnel on the kernel', () => {
  const outer = (name: string, packet: number): KernelWalk => read(name).records[packet]?.emitted[0] as KernelWalk;

  for (const kind of ['geneve', 'vxlan'])
    it(`of ${kind} is a local packet with the inner one's mark, which filter OUTPUT clears`, () => {
      const walk = outer(`${kind}-clearing`, 1);
      expect(tables(walk)).toBe('raw mangle nat filter OUT, mangle nat POST');
      expect(walk.steps.map(({ hook, mark }) => `${hook} ${mark}`).filter((one, i, all) => one !== all[i - 1])).toEqual(['OUTPUT 16384', 'OUTPUT 0', 'POSTROUTING 0']);
      expect(walk.steps.map((step) => step.in)).toEqual(walk.steps.map(({ hook }) => (hook === 'OUTPUT' ? null : 'tun')));
      expect([0, 1].map((i) => outer(`${kind}-route-by-mark`, i).left[0]?.out)).toEqual(['eth0', 'eth1']);
    });

  it('hands its mark to what comes out of it', () => {
    for (const name of ['geneve-clearing', 'vxlan-clearing']) expect(outer(name, 4).steps[0]).toMatchObject({ hook: 'PREROUTING', in: 'tun', mark: 7, dst: '10.16.0.10' });
  });
});

describe('set members', () => {
  for (const { name, node } of SET_CASES)
    it(`${name}: the engine reads and prints them as the kernel does`, () => {
      const text = `==> ipset save <==\n${node.ipset}`;
      const { sets, problems } = parseNode([{ name, text }]);
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      const recording = read(name);
      for (const [setName, set] of sets ?? []) {
        const type = findSetType(set.type);
        const layout = type ? setLayout(type, set) : { failure: 'no such type' };
        if ('failure' in layout) throw new Error(`set type ${set.type}: ${layout.failure}`);
        const printed = Array.from({ length: set.entries.count }, (_, i) => `add ${setName} ${printEntry(layout, set.entries, i)}`);
        expect(printed.sort()).toEqual(recording.snapshot.filter((line) => line.startsWith(`add ${setName} `)).sort());
      }
    });
});

describe('the engine does what the emulated kernel did', () => {
  for (const { name } of CASES)
    it(name, (context) => {
      const recording = read(name);
      const differences = judge(recording);
      const lacking = pending(name);
      if (lacking === undefined) expect(describeDifferences(recording, differences)).toBe('');
      else if (differences.length > 0) context.skip(`${lacking}: ${differences.length} differences`);
    });
});
