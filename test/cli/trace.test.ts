/** `packetwalk trace` as a user runs it: the text says what happened and why, the JSON is what formats §3 promises. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../app/cli/commands/index.ts';
import { mismatches, type TraceReportJson } from '../../engine/index.ts';
import { traceReportShape } from '../../engine/trace/format.ts';
import { packetwalk, type Surroundings } from '../support/command-line.ts';

const files = {
  gateway: readFileSync(new URL('../support/gateway.snapshot', import.meta.url), 'utf8'),
  // Without an ipset save section every set is unknown.
  'unknown.save': '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [3:180]\n:OUTPUT ACCEPT [0:0]\n[7:420] -A FORWARD -p tcp -m set --match-set nowhere src -j DROP\nCOMMIT\n',
};
const policyPod = 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443';
const otherPod = 'ovn0 tcp 10.0.11.9:4200 > 8.8.8.8:443';

async function trace(words: readonly string[], surroundings: Surroundings = {}): Promise<string> {
  const ran = await packetwalk(['trace', ...words], { files, ...surroundings });
  expect({ status: ran.status, err: ran.err }).toEqual({ status: 0, err: '' });
  return ran.out;
}

async function traceJson(words: readonly string[], given: Readonly<Record<string, string>> = {}): Promise<TraceReportJson> {
  const report = JSON.parse(await trace([...words, '--json'], { files: { ...files, ...given } })) as TraceReportJson;
  expect(mismatches(traceReportShape, report)).toEqual([]);
  return report;
}

describe('text', () => {
  test('the answer comes first, with the rules it rests on', async () => {
    const lines = (await trace(['gateway', policyPod])).split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443 SYN',
      '– Not SNATed: leaves eth0 as 10.0.11.2',
      '    filter/FORWARD/2       ACCEPT',
      '    nat/OVN-NAT-POLICY/1   mark 0x4000 → 0x94002',
      '    nat/OVN-POSTROUTING/6  RETURN from OVN-POSTROUTING  S27: a policy rule said forward',
      '',
    ]);
  });

  test('every "no" has its reason', async () => {
    const text = await trace(['gateway', policyPod]);
    expect(text).toMatch(/– +nat\/OVN-POSTROUTING\/5 +did not match: -m mark --mark 0x90001\/0x90001: .*0x90000.*0x90001\n/);
    expect(text).toMatch(/– +nat\/OVN-POSTROUTING\/1–3 +3 rules did not match; rule 1: -p udp: .*tcp.*udp\n/);
    // -p tcp of the second rule holds, so it is the port that it failed on; nothing of the first one holds.
    const close = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j DROP\n-A INPUT -p tcp -m tcp --dport 22 -j DROP\nCOMMIT\n';
    expect(await trace(['close.save', 'eth0 tcp 192.0.2.9:1 > 192.0.2.1:80'], { files: { 'close.save': close } })).toMatch(
      /filter\/INPUT\/1–2 +2 rules did not match; closest was rule 2: --dport 22: /,
    );
    expect(await trace(['gateway', policyPod, '--matched'])).not.toContain('did not match');
  });

  test('a mark written over with itself is no change', async () => {
    const marks =
      '*mangle\n:FORWARD ACCEPT [0:0]\n:DROP-LOG - [0:0]\n-A FORWARD -j MARK --set-xmark 0x0/0x1\n-A FORWARD -j MARK --set-xmark 0x2/0x2\n-A FORWARD -j DROP-LOG\nCOMMIT\n';
    const text = await trace(['marks.save', 'eth0 tcp 192.0.2.9:1 > 198.51.100.1:80'], { files: { 'marks.save': marks } });
    expect(text).toMatch(/· mangle\/FORWARD\/1 +-j MARK --set-xmark 0x0\/0x1\n/);
    expect(text).toMatch(/▣ mangle\/FORWARD\/2 +-j MARK --set-xmark 0x2\/0x2 +mark 0x0 → 0x2\n/);
    // A jump to a chain, whatever its name begins with.
    expect(text).toMatch(/· mangle\/FORWARD\/3 +-j DROP-LOG\n/);
  });

  test('masquerade is told from → to; of a port that is drawn by chance the answer says no number', async () => {
    const text = await trace(['gateway', otherPod]);
    expect(text).toMatch(/^⇄ SNATed: leaves eth0 as 172\.18\.0\.2, port by chance$/m);
    expect(text).toMatch(/ {2}source 10\.0\.11\.9:4200 {2}→ 172\.18\.0\.2:\d+, by chance\n/);
  });

  test('a policy that drops is named as one', async () => {
    expect(await trace(['gateway', 'eth0 tcp 192.0.2.1:1 > 198.51.100.1:2'])).toContain('✕ Dropped by the policy of filter/FORWARD\n    filter/FORWARD/4  policy DROP\n');
  });

  test('what a rejected packet causes is walked below it', async () => {
    const text = await trace(['gateway', 'ovn0 udp 10.0.11.9:4200 > 8.8.8.8:99']);
    expect(text).toContain('✕ Rejected by filter/FORWARD/1');
    expect(text).toMatch(/\n {2}↳ reject: local icmp 100\.64\.0\.2 > 10\.0\.11\.9 type 3 code 3 .*inner \(udp 10\.0\.11\.9:4200 > 8\.8\.8\.8:99 ttl 63\)\n/);
  });

  test('what is not known is said, with what each answer would lead to', async () => {
    const text = await trace(['unknown.save', 'eth0 tcp 10.0.0.1:1 > 198.51.100.1:2']);
    expect(text).toMatch(/\n\? Unknown/);
    expect(text).toContain('    filter/FORWARD/1  is not known to match\n');
    expect(text).toContain('    if filter/FORWARD/1 does not match: forwarded through eth0 as 10.0.0.1\n');
    expect(text).toContain('    if filter/FORWARD/1 matches: dropped by filter/FORWARD/1\n');
  });

  test('answers that differ in the destination alone say it', async () => {
    const nat = '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.0.0.7:81\nCOMMIT\n';
    const words = ['nat.save', 'eth0 tcp 10.0.0.1:1 > 198.51.100.1:80'];
    const english = await trace(words, { files: { 'nat.save': nat } });
    expect(english).toContain('    if nat/PREROUTING/1 does not match: forwarded through eth0 as 10.0.0.1\n');
    expect(english).toContain('    if nat/PREROUTING/1 matches: forwarded through eth0 as 10.0.0.1 to 10.0.0.7:81\n');
    expect(await trace([...words, '--lang', 'zh'], { files: { 'nat.save': nat } })).toContain('    若 nat/PREROUTING/1 匹配：已转发，以 10.0.0.1 从 eth0 发往 10.0.0.7:81\n');
  });

  test('keeps to the width of the terminal, wide characters counted twice', async () => {
    const text = await trace(['gateway', policyPod, '--connect'], { columns: 80 });
    const width = (line: string): number => [...line].reduce((sum, point) => sum + (/[\u4e00-\u9fff]/.test(point) ? 2 : 1), 0);
    for (const line of text.split('\n')) expect(width(line) <= 80, line).toBe(true);
    expect(text).toContain('来自');
  });

  test('a comment cannot paint the terminal', async () => {
    const rules = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment "\u001b[31mred" -j ACCEPT\n-A FORWARD -j \u001b[31mNOWHERE\nCOMMIT\n';
    expect((await packetwalk(['trace', 'rules', 'eth0 tcp 192.0.2.9:1 > 198.51.100.1:80'], { files: { rules } })).out).toContain('--comment "\\x1b[31mred" -j ACCEPT');
    expect((await packetwalk(['check', 'rules'], { files: { rules } })).out).not.toContain('\u001b');
  });

  test('colours where asked for, and only there', async () => {
    expect(await trace(['gateway', policyPod])).not.toContain('\u001b');
    const painted = await trace(['gateway', policyPod, '--color']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with ESC
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(await trace(['gateway', policyPod]));
    expect(await trace(['gateway', policyPod], { color: true })).toBe(painted);
  });
});

describe('--reply and --connect', () => {
  test('the answer comes in where the packet went out, addressed to what left', async () => {
    const { traces } = await traceJson(['gateway', otherPod, '--reply']);
    const [first, second] = traces;
    const left = first?.outcome.packet;
    expect(second?.packet).toMatchObject({ in: 'eth0', src: '8.8.8.8', sport: 443, dst: '172.18.0.2', dport: left?.sport, flags: ['SYN', 'ACK'], ack: 1 });
    // Translated back, as conntrack remembers.
    expect(second?.outcome).toMatchObject({ verdict: 'forwarded', out: 'ovn0', packet: { src: '8.8.8.8', dst: '10.0.11.9', dport: 4200 } });
  });

  test('a TCP handshake is three packets, after which the connection is assured', async () => {
    const { traces, conntrack } = await traceJson(['gateway', otherPod, '--connect']);
    expect(traces.map(({ packet }) => packet.flags?.join(','))).toEqual([undefined, 'SYN,ACK', 'ACK']);
    expect(traces[2]?.packet).toMatchObject({ src: '10.0.11.9', sport: 4200, seq: 1, ack: 1 });
    expect(conntrack).toMatchObject([{ proto: 'tcp', state: 'ESTABLISHED', status: ['SEEN_REPLY', 'ASSURED', 'SRC_NAT'] }]);
  });

  test('a ping is answered; an answer is not', async () => {
    const { traces } = await traceJson(['gateway', 'ovn0 icmp 10.0.11.2 > 8.8.8.8 id 7', '--connect']);
    expect(traces.map(({ packet }) => [packet.icmpType ?? 8, packet.icmpId])).toEqual([
      [8, 7],
      [0, 7],
    ]);
    expect((await traceJson(['gateway', 'ovn0 icmp 10.0.11.2 > 8.8.8.8 type 0', '--reply'])).traces).toHaveLength(1);
  });

  test('the node answers what was delivered to it', async () => {
    const { traces } = await traceJson(['gateway', 'eth0 udp 192.0.2.1:5000 > 172.18.0.2:53', '--reply']);
    expect(traces[1]).toMatchObject({ packet: { in: null, src: '172.18.0.2', sport: 53, dst: '192.0.2.1', dport: 5000 }, outcome: { verdict: 'sent', out: 'eth0' } });
  });

  test('nobody answers what got nowhere, and that is said', async () => {
    const { traces, notes } = await traceJson(['gateway', 'eth0 tcp 192.0.2.1:5000 > 172.18.0.2:22', '--connect']);
    expect(traces.map(({ outcome }) => outcome.verdict)).toEqual(['dropped']);
    expect(notes).toContain('packet 1: nobody got the packet, so nobody answers');
  });
});

describe('JSON', () => {
  test('holds every miss with its reason, and the world after the last packet', async () => {
    const report = await traceJson(['gateway', policyPod]);
    const steps = report.traces[0]?.steps ?? [];
    const rules = steps.flatMap((step) => (step.kind === 'rule' ? [`${step.table}/${step.chain}/${step.rule} ${step.matched}`] : []));
    expect(rules).toEqual([
      'mangle/PREROUTING/1 true',
      'filter/FORWARD/1 false',
      'filter/FORWARD/2 true',
      'nat/POSTROUTING/1 true',
      'nat/OVN-POSTROUTING/1 false',
      'nat/OVN-POSTROUTING/2 false',
      'nat/OVN-POSTROUTING/3 false',
      'nat/OVN-POSTROUTING/4 true',
      'nat/OVN-NAT-POLICY/1 true',
      'nat/OVN-POSTROUTING/5 false',
      'nat/OVN-POSTROUTING/6 true',
    ]);
    for (const step of steps)
      if (step.kind === 'rule') expect(step.why.map(({ holds }) => holds)).toEqual(step.why.map((_, i) => step.matched === true || i < step.why.length - 1));
    expect(report.sets).toEqual({ pods: ['10.0.11.0/24'] });
    // 40 bytes: IPv4 and TCP headers without options or payload.
    expect(report.counters.ipv4.nat?.['OVN-POSTROUTING']).toEqual({
      policy: null,
      rules: [
        [0, 0],
        [0, 0],
        [0, 0],
        [1, 40],
        [0, 0],
        [1, 40],
        [0, 0],
      ],
    });
    expect(report.counters.ipv4.nat?.POSTROUTING?.policy).toEqual([1, 40]);
    expect(report.counters.ipv4.filter?.FORWARD).toEqual({
      policy: [0, 0],
      rules: [
        [0, 0],
        [1, 40],
        [0, 0],
      ],
    });
    expect(report.conntrack).toMatchObject([{ proto: 'tcp', state: 'SYN_SENT', timeout: 120, original: { src: '10.0.11.2', dport: 443 } }]);
  });

  test('--matched leaves the misses out and nothing else', async () => {
    const [all, matched] = await Promise.all([traceJson(['gateway', policyPod]), traceJson(['gateway', policyPod, '--matched'])]);
    expect(matched.traces[0]?.steps).toEqual(all.traces[0]?.steps.filter((step) => step.kind !== 'rule' || step.matched));
    expect({ ...matched, traces: [] }).toEqual({ ...all, traces: [] });
  });

  test('counters go on from those of the save', async () => {
    const { counters } = await traceJson(['unknown.save', 'eth0 udp 10.0.0.1:1 > 198.51.100.1:2']);
    // 36 bytes: IPv4 and UDP headers and eight bytes of payload.
    expect(counters.ipv4.filter?.FORWARD).toEqual({ policy: [4, 216], rules: [[7, 420]] });
  });

  test('what is not known names the rules and the alternatives', async () => {
    const { traces } = await traceJson(['unknown.save', 'eth0 tcp 10.0.0.1:1 > 198.51.100.1:2']);
    expect(traces[0]?.outcome).toMatchObject({ verdict: 'unknown', out: null, packet: null, by: null, because: ['filter/FORWARD/1'] });
    expect(traces[0]?.outcome.alternatives?.map(({ assume, outcome }) => [assume, outcome.verdict])).toEqual([
      [{ 'filter/FORWARD/1': false }, 'forwarded'],
      [{ 'filter/FORWARD/1': true }, 'dropped'],
    ]);
    expect(traces[0]?.steps.find((step) => step.kind === 'rule')).toMatchObject({ matched: 'unknown' });
  });

  test('packets of a file walk in order with its environment, then those typed', async () => {
    const file = JSON.stringify({ environment: { assume: { 'filter/FORWARD/1': true } }, packets: [{ in: 'eth0', src: '10.0.0.1', dst: '198.51.100.1', proto: 'tcp', mark: 5 }] });
    const { traces } = await traceJson(['unknown.save', '--packets', 'flow.json', 'eth0 udp 10.0.0.1:1 > 198.51.100.1:2'], { 'flow.json': file });
    expect(traces.map(({ packet, outcome }) => [packet.proto, packet.mark, outcome.verdict, outcome.by])).toEqual([
      ['tcp', 5, 'dropped', 'filter/FORWARD/1'],
      ['udp', undefined, 'forwarded', 'filter/FORWARD/2'],
    ]);
  });

  test('fields without effect are in the notes', async () => {
    const { notes } = await traceJson(['gateway', '--packets', 'flow.json'], { 'flow.json': '[{"dst": "8.8.8.8", "proto": "icmp", "dport": 53}]' });
    expect(notes).toContain('packet 1: "dport" has no effect: icmp has no ports');
  });
});

test('a typed packet’s words without effect are in the notes', async () => {
  const { notes } = await traceJson(['gateway', policyPod, 'ovn0 icmp 10.0.11.2:5 > 8.8.8.8', 'ovn0 tcp 10.0.11.2:1 > 8.8.8.8:443 uid 5']);
  expect(notes).toEqual(
    expect.arrayContaining(['packet 2: "sport" has no effect: icmp has no ports', 'packet 3: "uid" has no effect: a packet that arrives has no sender on the node']),
  );
});

test('what iptables -L prints is nothing to walk through', async () => {
  const list = 'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\n';
  const { status, out } = await packetwalk(['trace', 'list', 'eth0 tcp 198.51.100.7:1 > 192.0.2.1:22', '--json'], { files: { list } });
  expect(status).toBe(2);
  expect(JSON.parse(out)).toMatchObject({ error: { file: 'list', section: 'iptables -L', line: 1, column: 1, message: expect.stringContaining('run "iptables-save" instead') } });
});

test('the packet that help offers for rules alone gets to the node', async () => {
  const [example] = COMMANDS.find(({ name }) => name === 'trace')?.examples.find(([text]) => text.startsWith('iptables-save |')) ?? [''];
  const packet = /'([^']+)'/.exec(example)?.[1] ?? '';
  expect((await traceJson(['unknown.save', packet])).traces[0]?.outcome.verdict).toBe('delivered');
});

test('every interface that the node does not have is named, where the file names it', async () => {
  const flow = '[{"in": "eth8", "dst": "8.8.8.8", "src": "10.0.0.1", "proto": "tcp"},\n {"in": "eth9", "dst": "8.8.8.8", "src": "10.0.0.1", "proto": "tcp"}]';
  const { err } = await packetwalk(['trace', 'gateway', '--packets', 'flow.json'], { files: { ...files, 'flow.json': flow } });
  expect(err).toMatch(/^packetwalk: flow\.json:1:3: packet 1: in: the node has no interface "eth8"[\s\S]*\nflow\.json:2:3: packet 2: in: the node has no interface "eth9"/);
});

test('an interface that the node does not have is refused', async () => {
  const { status, err } = await packetwalk(['trace', 'gateway', 'ovn1 tcp 10.0.11.2:1 > 8.8.8.8:443'], { files });
  expect(status).toBe(2);
  expect(err).toContain('packet 1: in: the node has no interface "ovn1"; it has lo, eth0, ovn0');
});

test('errors in the rules are counted on standard error, and what is readable is walked', async () => {
  const broken = files['unknown.save'].replace('COMMIT', '-A FORWARD -p tcpp -j DROP\n-A FORWARD -p udp -j DROP\nCOMMIT');
  const { status, out, err } = await packetwalk(['trace', 'broken.save', 'eth0 udp 10.0.0.1:1 > 198.51.100.1:2'], { files: { 'broken.save': broken } });
  expect({ status, err }).toEqual({ status: 0, err: 'packetwalk: 1 error in broken.save; packetwalk check broken.save shows it\n' });
  expect(out).toContain('Dropped');
  expect(out).toContain('filter/FORWARD/2  -p tcpp -j DROP  unknown: unknown protocol "tcpp" specified');
});
