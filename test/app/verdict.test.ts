/**
 * The verdict of every packet of every example, and of what it caused: short, in both languages, proved by steps that are
 * there, and resting on the step that the trace itself says decided. That the trace is right is tested against the kernel.
 */

import { describe, expect, test } from 'vitest';
import { evidenceOf, fateOf, type Cause } from '../../app/store/fate.ts';
import { LANGUAGES } from '../../app/text/languages.ts';
import { causeText, fateSentence } from '../../app/views/verdict/fate-words.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, CausedView, StepView, TraceView } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';
import type { Environment, Packet } from '../../engine/index.ts';
import { EXAMPLES, exampleSnapshot, type Example } from '../support/examples.ts';

const EN = LANGUAGES.en;
const ZH = LANGUAGES.zh;

function walked(text: string, packets: readonly Packet[], environment: Environment = {}): readonly TraceView[] {
  const answers: Answer[] = [];
  createSession(engine, (answer) => answers.push(answer))({ kind: 'run', id: 1, files: [{ name: 'node.snapshot', text }], cluster: false, packets, environment });
  const last = answers.at(-1);
  if (last?.kind !== 'traces') throw new Error(`not walked: ${JSON.stringify(last)}`);
  return last.traces;
}
const walkedExample = (example: Example) => walked(exampleSnapshot(example), example.scenario.packets, example.scenario.environment);
const named = (name: string, packet = 1): TraceView => {
  const example = EXAMPLES.find((one) => one.name === name);
  if (!example) throw new Error(`no example ${name}`);
  return walkedExample(example)[packet - 1] as TraceView;
};

/** A trace and all that it caused. */
function family(trace: TraceView | CausedView): readonly (TraceView | CausedView)[] {
  return [trace, ...trace.emitted.flatMap(family)];
}

const placeOf = (step: StepView | undefined): string => (step && 'chain' in step ? `${step.table}/${step.chain}/${step.rule}` : (step?.kind ?? ''));
const endOf = (packet: Packet, end: 'src' | 'dst'): string => {
  const [address, port] = end === 'src' ? [packet.src, packet.sport] : [packet.dst, packet.dport];
  return port === undefined ? String(address) : address?.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};

describe.each(EXAMPLES)('$name', (example) => {
  const traces = walkedExample(example).flatMap(family);

  test('at most 60 characters in both languages, no English in the Chinese one', () => {
    for (const trace of traces) {
      const fate = fateOf(trace);
      for (const words of [EN, ZH]) expect([...fateSentence(fate, words)].length, fateSentence(fate, words)).toBeLessThanOrEqual(60);
      // Names of targets, protocols and interfaces stay as they are; a run of lower-case words is a sentence.
      expect(fateSentence(fate, ZH)).not.toMatch(/[a-z]{3,} [a-z]{2,}/);
      for (const cause of evidenceOf(trace).causes) expect(causeText(cause, ZH)).not.toMatch(/[a-z]{3,} [a-z]{2,}/);
    }
  });

  test('one to four causes, in order, each with its step; the deciding one is among them', () => {
    for (const trace of traces) {
      const { causes, deciding } = evidenceOf(trace);
      const steps = causes.map(({ step }) => step);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.length).toBeLessThanOrEqual(4);
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
      for (const step of steps) expect(trace.steps[step]).toBeDefined();
      expect(steps).toContain(deciding);
    }
  });

  test('it rests on the step that decides', () => {
    for (const trace of traces) {
      const { steps, outcome } = trace;
      const decides = steps[evidenceOf(trace).deciding] as StepView;
      const by = outcome.by && `${outcome.by.family === 'ipv6' ? 'ip6:' : ''}${outcome.by.table}/${outcome.by.chain}/${outcome.by.number}`;
      const translated = (manip: 'src' | 'dst') => steps.find((step) => step.kind === 'nat' && step.manip === manip);
      const left = outcome.packet;
      switch (outcome.verdict) {
        case 'dropped':
        case 'rejected':
          expect(placeOf(decides)).toBe(by);
          break;
        case 'lost':
          // An error of an error has no step of its own: conntrack drops it at the end of a hook.
          if (outcome.reason !== 'nat') expect(decides).toMatchObject({ kind: 'drop', reason: outcome.reason });
          expect(evidenceOf(trace).causes).toContainEqual({ kind: 'lost', step: decides.index, reason: outcome.reason });
          break;
        case 'delivered':
          expect(decides.kind === 'rule' && decides.target?.startsWith('TPROXY') ? by : placeOf(decides)).toBe(by);
          break;
        default: {
          const [source, destination, balanced] = [translated('src'), translated('dst'), steps.find((step) => step.kind === 'ipvs')];
          const nat = source ?? (balanced ? undefined : destination);
          if (nat) expect([nat.index, nat.index - 1], placeOf(decides)).toContain(decides.index);
          else if (balanced) expect(decides.kind).toBe('ipvs');
          else if ('cause' in trace) expect(decides.kind).toBe('route');
          else if (steps.some((step) => 'chain' in step && step.table.endsWith('nat') && step.hook === 'POSTROUTING')) {
            expect(decides).toMatchObject({ hook: 'POSTROUTING', within: 'nat' });
            // Nothing after it in the table but the way back to its end.
            const later = steps.filter((step) => step.index > decides.index && step.hook === 'POSTROUTING' && step.within === 'nat');
            expect(later.filter((step) => step.kind === 'rule' && step.matched === 'true')).toEqual([]);
          }
          if (left && fateOf(trace).ipvs?.kind === 'request') expect(fateSentence(fateOf(trace), EN)).toContain(endOf(left, 'dst'));
          if (left && source)
            expect([...evidenceOf(trace).causes].map((cause) => causeText(cause, EN)).join()).toContain(
              trace.outcome.byChance ? `${left.src}, port by chance` : endOf(left, 'src'),
            );
        }
      }
    }
  });
});

describe('in words', () => {
  const causes = (trace: TraceView, words = EN) => evidenceOf(trace).causes.map((cause) => causeText(cause, words));

  test('J1: the mark and its rule, the RETURN, and that nothing rewrites', () => {
    const trace = named('kube-ovn-installed/p43-policy-forward');
    expect(fateSentence(fateOf(trace), EN)).toBe('Not SNATed: leaves eth0 as 10.0.11.2');
    expect(fateOf(trace).class).toBe('neutral');
    expect(causes(trace)).toEqual([expect.stringMatching(/^mark 0x90002 \(OVN-NAT-PSUBNET-\w+\/1\)$/), 'OVN-POSTROUTING/10 RETURN', 'nothing rewrites the source']);
    expect(placeOf(trace.steps[evidenceOf(trace).deciding])).toBe('nat/OVN-POSTROUTING/10');
  });

  test('IPVS is no DNAT: the real server and who chose it', () => {
    const trace = named('kube-ovn-ipvs/p25-pod-to-cluster-ip');
    expect(fateSentence(fateOf(trace), EN)).toBe('IPVS, SNATed: sent to real server 10.16.0.30:8080');
    expect(fateSentence(fateOf(trace), ZH)).toBe('IPVS，已做 SNAT：发往真实服务器 10.16.0.30:8080');
    expect(causes(trace)).toEqual([
      'mark 0x4000 (OVN-PREROUTING/1)',
      'IPVS: real server 10.16.0.30:8080',
      expect.stringMatching(/^OVN-MASQUERADE\/2 MASQUERADE: source becomes 100\.64\.0\.2:\d+$/),
      'wrapped to 192.168.0.102',
    ]);
    const second = named('kube-ovn-ipvs/p41-load-balancer-local', 2);
    expect(fateSentence(fateOf(second), EN)).toBe('Reply, NAT undone: leaves eth0 as 198.51.100.10:80');
    expect(causes(second)).toEqual(['ESTABLISHED: the NAT decision was made before', 'IPVS: source becomes 198.51.100.10:80 again']);
  });

  test('TPROXY: where the packet is given to', () => {
    const trace = named('kube-ovn-tproxy/p51-probe-syn');
    expect(fateSentence(fateOf(trace), EN)).toBe('TPROXY: given to the proxy on 172.18.0.3:8102');
    expect(causes(trace)).toContain('OVN-PREROUTING/1 TPROXY to 172.18.0.3:8102');
  });

  test('REJECT and a service without endpoints: what the sender gets', () => {
    expect(fateSentence(fateOf(named('kube-ovn-ipvs/p26-wrong-port')), EN)).toBe('Rejected: the sender gets icmp-port-unreachable');
    expect(fateSentence(fateOf(named('kube-ovn-ipvs-services/p24-no-endpoints')), ZH)).toBe('丢失：没有可用的真实服务器，发送方收到 icmp-port-unreachable');
  });

  test('the outer packet of a tunnel: where it goes, not whether it is SNATed', () => {
    const [outer] = named('kube-ovn-ipvs/p25-pod-to-cluster-ip').emitted;
    expect(fateSentence(fateOf(outer as CausedView), EN)).toBe('Sent: leaves eth0 to 192.168.0.102');
    expect(fateOf(outer as CausedView).class).toBe('accept');
  });

  const NODE = (rules: string, route: string) =>
    [
      '==> iptables-save <==',
      rules,
      '==> ip -j addr <==',
      JSON.stringify([
        { ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP'], mtu: 65536, addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
        { ifindex: 2, ifname: 'a0', flags: ['UP'], mtu: 1500, addr_info: [{ family: 'inet', local: '10.0.0.1', prefixlen: 24 }] },
        { ifindex: 3, ifname: 'b0', flags: ['UP'], mtu: 1500, addr_info: [{ family: 'inet', local: '10.0.1.1', prefixlen: 24 }] },
      ]),
      '==> ip -j route show table all <==',
      route,
      '==> sysctl <==',
      'net.ipv4.ip_forward = 1',
      '',
    ].join('\n');
  const ROUTES = JSON.stringify([
    { type: 'local', dst: '10.0.0.1', dev: 'a0', table: 'local', scope: 'host' },
    { dst: '10.0.0.0/24', dev: 'a0', scope: 'link' },
    { dst: '10.0.1.0/24', dev: 'b0', scope: 'link' },
  ]);
  const PACKET: Packet = { in: 'a0', src: '10.0.0.2', dst: '10.0.1.2', proto: 'udp', sport: 1000, dport: 53 };
  const one = (rules: string, packet: Packet = PACKET): TraceView => walked(NODE(rules, ROUTES), [packet])[0] as TraceView;

  test('lost: why, and what the sender is told', () => {
    const trace = one('*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT', { ...PACKET, dst: '192.0.2.9' });
    expect(trace.outcome.verdict).toBe('lost');
    expect(fateSentence(fateOf(trace), EN)).toBe('Lost: no route, the sender gets icmp-net-unreachable');
    expect(fateSentence(fateOf(trace), ZH)).toBe('丢失：没有路由，发送方收到 icmp-net-unreachable');
    expect(causes(trace)).toEqual(['the stack drops it: no route']);
    expect(fateSentence(fateOf(one('*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT', { ...PACKET, ttl: 1 })), EN)).toBe('Lost: TTL exceeded, the sender gets ttl-zero-during-transit');
  });
  test('unknown: the rule that cannot be decided, and neither accept nor drop', () => {
    const trace = one('*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m set --match-set nosuch src -j DROP\nCOMMIT');
    expect(fateOf(trace).class).toBe('unknown');
    expect(causes(trace)).toEqual(['FORWARD/1 cannot be decided']);
  });
  test('unknown though no rule is in doubt: what keeps it from being known', () => {
    const cut = one('*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 203.0.113.0/24 -j DROP\n');
    expect(fateSentence(fateOf(cut), EN)).toMatch(/^Unknown: line \d of iptables-save could not be read: rules may be missing$/);
  });
  test('dropped by a policy, no nat table at all, marks that nobody reads', () => {
    expect(causes(one('*filter\n:FORWARD DROP [0:0]\nCOMMIT'))).toEqual(['policy of FORWARD: DROP']);
    const plain = one('*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT');
    expect(fateSentence(fateOf(plain), EN)).toBe('Forwarded: leaves b0 as 10.0.0.2');
    expect(causes(plain)).toEqual(['route to b0, table main', 'policy of FORWARD: ACCEPT']);
  });
  test('reasons that the engine names have words in both languages', () => {
    const cause: Cause = { kind: 'lost', step: 0, reason: 'goes round' };
    expect(causeText(cause, ZH)).toBe('协议栈丢弃：反复绕回');
    expect(Object.keys(ZH.verdict.reasons)).toEqual(Object.keys(EN.verdict.reasons));
  });
});
