/** TCP tracking against sequences recorded on a kernel (record.py); see tcp-recorded.json for its version. */

import { describe, expect, test } from 'vitest';
import recorded from './tcp-recorded.json' with { type: 'json' };
import { FIELD, type TcpFlagName } from '../../../../engine/model/field.ts';
import { tcp } from '../../../../engine/extension/l4proto/tcp.ts';
import { fullPacket, skb, sysctls, type Given } from './skb.ts';
import { connection } from './tracked.ts';

interface Step {
  readonly direction: string;
  readonly flags: string;
  readonly seq: number;
  readonly ack: number;
  readonly payload: number;
  readonly window: number;
  readonly options?: string;
  readonly ctstate: string;
  readonly entry: { readonly state: string; readonly timeout: number; readonly flags: readonly string[] } | null;
}

const FLAGS: Readonly<Record<string, TcpFlagName>> = { F: 'FIN', S: 'SYN', R: 'RST', P: 'PSH', A: 'ACK', U: 'URG' };
const OPTIONS: Readonly<Record<string, number>> = { m: 2, s: 4, w: 3 };

function packetOf({ direction, flags, seq, ack, payload, window, options = '' }: Step): Given {
  const ends = direction === 'original' ? { src: '10.1.0.2', dst: '10.2.0.2', sport: 4000, dport: 80 } : { src: '10.2.0.2', dst: '10.1.0.2', sport: 80, dport: 4000 };
  return { ...ends, seq, ack, payload, window, flags: [...flags].map((f) => FLAGS[f] as TcpFlagName), tcpOptions: [...options].map((o) => OPTIONS[o] as number) };
}

describe(`sequences recorded on Linux ${recorded.kernel}`, () => {
  test.for((recorded.sequences as { name: string; loose: number; steps: Step[] }[]).map((s) => [`${s.name}, loose ${s.loose}`, s] as const))('%s', ([, sequence]) => {
    const meet = connection(sysctls({ 'net.netfilter.nf_conntrack_tcp_loose': String(sequence.loose) }));
    sequence.steps.forEach((step, i) => {
      const seen = meet(packetOf(step), step.direction === 'original' ? 0 : 1);
      const label = `packet ${i + 1} (${step.direction} ${step.flags} seq ${step.seq})`;
      expect({ label, ctstate: seen.ctstate }).toEqual({ label, ctstate: step.ctstate });
      // The recorder lists entries by the client's port; one that the server opened is not among them.
      if (step.direction === 'reply' && step.ctstate === 'NEW') return;
      expect({ label, ...seen.entry, timeout: null }).toEqual({ label, ...step.entry, timeout: null });
      // conntrack(8) prints whole seconds, rounded down, a moment later.
      if (step.entry) expect([step.entry.timeout, step.entry.timeout + 1], label).toContain(seen.entry?.timeout);
    });
  });
});

describe('examine', () => {
  const track = (given: Given, prerouting = true, values = {}) => tcp.examine(skb(given), sysctls(values), prerouting).kind;
  test('a bad checksum is looked at in PREROUTING only, and only if nf_conntrack_checksum says so', () => {
    expect(track({ flags: ['SYN'], badChecksum: true })).toBe('invalid');
    expect(track({ flags: ['SYN'], badChecksum: true }, false)).toBe('track');
    expect(track({ flags: ['SYN'], badChecksum: true }, true, { 'net.netfilter.nf_conntrack_checksum': '0' })).toBe('track');
  });
  test('a header cut short', () => {
    expect(track({ flags: ['SYN'], truncated: true })).toBe('invalid');
    expect(tcp.tupleOf(skb({ truncated: true }))).toBeNull();
  });
  test('ECE and CWR do not matter', () => expect(track({ flags: ['SYN', 'ECE', 'CWR'] })).toBe('track'));
});

test('the key is taken from the registers, where NAT has changed them', () => {
  const view = skb({ sport: 4000, dport: 80 });
  view.regs[FIELD.dport.index] = 8080;
  view.regs[FIELD.dst.index] = 0x0a020005;
  expect(tcp.tupleOf(view)).toEqual({ family: 'ipv4', proto: 6, src: [0x0a010002], dst: [0x0a020005], sport: 4000, dport: 8080 });
  expect(tcp.tupleOfQuoted(fullPacket({ sport: 4000, dport: 80 }))).toMatchObject({ sport: 4000, dport: 80, dst: [0x0a020002] });
});

test('timeouts follow the sysctls', () => {
  const meet = connection(sysctls({ 'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': '7' }));
  expect(meet({ flags: ['SYN'] }, 0).entry?.timeout).toBe(7);
});

test('with nf_conntrack_tcp_be_liberal only a RST out of the window is INVALID', () => {
  const meet = connection(sysctls({ 'net.netfilter.nf_conntrack_tcp_be_liberal': '1' }));
  meet({ flags: ['SYN'], seq: 100, window: 1000 }, 0);
  meet({ flags: ['SYN', 'ACK'], seq: 500, ack: 101, window: 1000 }, 1);
  meet({ flags: ['ACK'], seq: 101, ack: 501, window: 1000 }, 0);
  expect(meet({ flags: ['ACK'], seq: 90000, ack: 501, window: 1000 }, 0).ctstate).toBe('ESTABLISHED');
  expect(meet({ flags: ['RST'], seq: 400, window: 0 }, 1).ctstate).toBe('INVALID');
});
