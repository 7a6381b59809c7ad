/** Frames on bridges where nothing, or not all, is said: whom they are for, and by which port they leave. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, traceReport, walk, type Packet } from '../../../engine/index.ts';

const device = (ifindex: number, ifname: string, more: object) => ({
  ifindex,
  ifname,
  flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: 1500,
  link_type: 'ether',
  address: `02:00:00:00:00:0${ifindex}`,
  addr_info: [],
  ...more,
});
const inet = (local: string) => ({ addr_info: [{ family: 'inet', local, prefixlen: 24, scope: 'global' }] });
const port = (ifindex: number, ifname: string) => device(ifindex, ifname, { master: 'br0' });

interface Options {
  readonly addresses?: object;
  readonly ports?: readonly string[];
  readonly sysctls?: string | null;
  readonly more?: string;
  readonly rules?: string;
}

function world({ addresses = inet('10.0.0.1'), ports = ['pa', 'pb', 'pc'], sysctls = 'net.bridge.bridge-nf-call-iptables = 1', more = '', rules = '-A FORWARD' }: Options) {
  const devices = [device(2, 'br0', { linkinfo: { info_kind: 'bridge' }, ...addresses }), ...ports.map((name, i) => port(i + 3, name)), device(8, 'rb', inet('10.2.0.1'))];
  const text = `==> iptables-save <==\n*filter\n:FORWARD ACCEPT [0:0]\n${rules}\nCOMMIT\n==> ip -d -j addr <==\n${JSON.stringify(devices)}\n${sysctls === null ? '' : `==> sysctl -a <==\nnet.ipv4.ip_forward = 1\nnet.ipv4.conf.br0.forwarding = 1\n${sysctls}\n`}${more}`;
  return createWorld(parseNode([{ name: 'node.snapshot', text }]));
}

function walked(options: Options, packet: Omit<Packet, 'proto'>) {
  const start = world(options);
  const { trace, notes, world: after } = walk(start, { proto: 'udp', sport: 1, dport: 2, ...packet });
  const report = traceReport(after, [trace], [], {});
  const rules = (report.traces[0]?.steps ?? []).flatMap((step) => (step.kind === 'rule' ? [[step.matched, step.in, step.out, step.ttl]] : []));
  return { outcome: trace.outcome, notes: notes.join('\n'), rules, steps: report.traces[0]?.steps ?? [] };
}

const toHost = { in: 'br0', physIn: 'pa', src: '10.0.0.2', dst: '10.0.0.3' } as const;

describe('a frame of which only the packet is known', () => {
  it('is for its destination, where that is on the bridge', () => {
    const { rules, notes, outcome } = walked({}, toHost);
    expect(rules).toEqual([[true, 'br0', 'br0', 64]]);
    expect(outcome).toMatchObject({ verdict: 'forwarded', out: 'br0' });
    expect(notes).toContain('10.0.0.3 itself');
  });

  it('is for the node, where the destination is elsewhere', () => {
    const { rules } = walked({}, { ...toHost, dst: '10.2.0.2' });
    expect(rules).toEqual([[true, 'br0', 'rb', 63]]);
  });

  it('is for its destination, where the bridge has no address', () => {
    expect(walked({ addresses: {} }, { ...toHost, dst: '10.2.0.2' }).rules).toEqual([[true, 'br0', 'br0', 64]]);
  });

  it('is for the node, where it names neither port nor address', () => {
    const { rules, notes } = walked({}, { ...toHost, physIn: undefined as never });
    expect(rules).toEqual([[true, 'br0', 'br0', 63]]);
    expect(notes).toContain('is behind the same bridge');
  });

  it('may come in by the name of its port', () => {
    expect(walked({ rules: '-A FORWARD -m physdev --physdev-in pa' }, { ...toHost, in: 'pa', physIn: undefined as never }).rules).toEqual([[true, 'br0', 'br0', 64]]);
  });
});

describe('the port that a frame leaves by', () => {
  const asked = '-A FORWARD -m physdev --physdev-is-bridged\n-A FORWARD -m physdev --physdev-out pb --physdev-is-bridged -j DROP';

  it('is not known, and a rule that asks for it is unknown', () => {
    const { rules, outcome, notes } = walked({ rules: asked }, toHost);
    expect(rules.map(([matched]) => matched)).toEqual([true, 'unknown']);
    expect(outcome.verdict).toBe('unknown');
    expect(notes).toContain('behind which port of br0');
  });

  it('is the only other one', () => {
    expect(walked({ rules: asked, ports: ['pa', 'pb'] }, toHost).outcome).toMatchObject({ verdict: 'dropped' });
  });

  it('follows from neighbours and forwarding entries', () => {
    const more =
      '==> ip -j neigh <==\n[{"dst":"10.0.0.3","dev":"br0","lladdr":"02:00:00:00:bb:03","state":["REACHABLE"]}]\n==> bridge fdb show <==\n02:00:00:00:bb:03 dev pb master br0\n';
    expect(walked({ rules: asked, more }, toHost).outcome).toMatchObject({ verdict: 'dropped' });
    expect(walked({ rules: asked, more: more.replace('dev pb', 'dev pc') }, toHost).outcome).toMatchObject({ verdict: 'forwarded' });
  });

  it('is none where only the port that it came by is there', () => {
    expect(walked({ ports: ['pa'] }, toHost).outcome).toMatchObject({ verdict: 'lost', reason: 'no bridge port' });
  });
});

describe('rules of IP', () => {
  it('do not see frames where the sysctl says so', () => {
    const { rules, outcome, notes } = walked({ sysctls: 'net.bridge.bridge-nf-call-iptables = 0' }, toHost);
    expect(rules).toEqual([]);
    expect(outcome).toMatchObject({ verdict: 'forwarded', out: 'br0' });
    expect(notes).toContain('do not see frames');
  });

  it('do not see them where no sysctl is there for it, unless the packet names its port', () => {
    expect(walked({ sysctls: '' }, { ...toHost, in: 'pa', physIn: undefined as never }).rules).toEqual([]);
    expect(walked({ sysctls: '' }, toHost).rules).toHaveLength(1);
  });
});
