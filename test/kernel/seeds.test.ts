/**
 * Connections that a snapshot lists: a node is asked for its list under way, and the engine, which is told no more than that
 * list, walks the packets that come after.
 */

import { afterAll, describe, expect, it } from 'vitest';
import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import { describeDifferences } from './compare.ts';
import { judge } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { onlyAfter } from './listed.ts';
import { EXPECTATIONS } from './surprise/expectations.ts';
import { client, client6, router, tables } from './router.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: listed connections on the kernel: ${kernel.reason}`);

afterAll(closeKernel);

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;
const states = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'SNAT', 'DNAT'].map((state) => `-A FORWARD -m conntrack --ctstate ${state}`);
const node = router({
  iptables: tables({
    raw: ['-A PREROUTING -p udp -m udp --dport 57 -j CT --zone 5'],
    mangle: ['-A PREROUTING -p udp -m udp --dport 56 -j CONNMARK --set-mark 0x9'],
    nat: ['-A PREROUTING -d 10.1.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.2.0.2:8080', '-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'],
    filter: [...states, '-A FORWARD -m conntrack --ctstatus ASSURED', '-A FORWARD -m connmark --mark 0x9'],
  }),
  ip6tables: tables({ nat: ['-A POSTROUTING -o rb -j SNAT --to-source fd02::100'], filter: states }),
});

const BEFORE: readonly Packet[] = [
  { ...client, ...tcp(1, 443), seq: 100 },
  { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(443, 1), flags: ['SYN', 'ACK'], seq: 500, ack: 101 },
  { ...client, ...tcp(1, 443), flags: ['ACK'], seq: 101, ack: 501 },
  { ...client, ...tcp(2, 443), seq: 100 },
  { ...client, dst: '10.1.0.1', ...tcp(3, 80), seq: 100 },
  { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(8080, 3), flags: ['SYN', 'ACK'], seq: 500, ack: 101 },
  { ...client, ...udp(4, 53) },
  { ...client, ...udp(5, 53) },
  { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...udp(53, 5) },
  { ...client, ...udp(6, 56) },
  { ...client, ...udp(7, 57) },
  { ...client, proto: 'icmp', icmpId: 8 },
  { ...client, proto: 99 },
  { ...client, ...tcp(9, 443), seq: 100 },
  { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(443, 9), flags: ['RST', 'ACK'], ack: 101 },
  { ...client, proto: 'sctp', sport: 10, dport: 80, data: `01000014${'00'.repeat(16)}` },
  { ...client6, ...udp(4, 53) },
  { ...client6, ...tcp(5, 53), seq: 100 },
];

/** Late enough for datagrams to be a stream: how old a connection is, the list does not say. */
const AFTER: readonly Packet[] = (
  [
    { ...client, ...tcp(1, 443), flags: ['ACK', 'PSH'], seq: 101, ack: 501, payload: 20 },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(443, 1), flags: ['ACK'], seq: 501, ack: 121 },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(443, 2), flags: ['SYN', 'ACK'], seq: 500, ack: 101 },
    { ...client, dst: '10.1.0.1', ...tcp(3, 80), flags: ['ACK'], seq: 101, ack: 501 },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(8080, 3), flags: ['FIN', 'ACK'], seq: 501, ack: 101 },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...udp(53, 4) },
    { ...client, ...udp(5, 53) },
    { ...client, ...udp(6, 56) },
    { ...client, ...udp(7, 57) },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'icmp', icmpType: 0, icmpId: 8 },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 99 },
    { ...client, src: '10.1.0.3', proto: 99 },
    { ...client, ...tcp(9, 443), seq: 9000 },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'sctp', sport: 80, dport: 10, data: `02000014${'00'.repeat(16)}` },
    { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'icmp', icmpType: 3, icmpCode: 3, inner: { src: '10.2.0.100', dst: '10.2.0.2', ...udp(5, 53) } },
    // Its port is taken by one of the list.
    { ...client, src: '10.1.0.3', ...udp(5, 53) },
    { in: 'rb', src: 'fd02::2', dst: 'fd02::100', ...udp(53, 4) },
    { in: 'rb', src: 'fd02::2', dst: 'fd02::100', ...tcp(53, 5), flags: ['SYN', 'ACK'], seq: 7, ack: 101 },
  ] as readonly Packet[]
).map((packet) => ({ ...packet, at: 2.5 }));

describe.skipIf(!kernel.ok)('connections that a snapshot lists', () => {
  it('are gone on with as the kernel does', async () => {
    const recording = await runOnKernel(node, [...BEFORE, ...AFTER], { title: 'listed', listAfter: BEFORE.length });
    expect(recording.connections?.length).toBeGreaterThan(10);
    const cut = onlyAfter(recording, BEFORE.length);
    // Counters go on from where the others have left them.
    expect(
      describeDifferences(
        cut,
        judge(cut).filter(({ kind }) => kind !== 'counters'),
      ),
    ).toBe('');
  });

  it('are limited by what their tables had counted', async () => {
    const limits = (family: 'ipv4' | 'ipv6'): string => {
      const masks = family === 'ipv4' ? '--hashlimit-srcmask 31' : '--hashlimit-srcmask 127';
      const rules = [
        '-m hashlimit --hashlimit-upto 6/hour --hashlimit-burst 4 --hashlimit-name all',
        `-m hashlimit --hashlimit-upto 6/hour --hashlimit-burst 5 --hashlimit-mode srcip ${masks} --hashlimit-name from`,
        '-m hashlimit --hashlimit-above 20/day --hashlimit-burst 3 --hashlimit-mode dstip,dstport --hashlimit-name to',
        '-p udp -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 3 --hashlimit-mode srcip,srcport,dstip,dstport --hashlimit-htable-size 1 --hashlimit-htable-max 6 --hashlimit-name ends',
        '-m hashlimit --hashlimit-upto 16b/s --hashlimit-burst 1kb --hashlimit-mode srcip --hashlimit-name bytes',
      ];
      return tables({ mangle: rules.map((rule) => `-A PREROUTING ${rule}`) });
    };
    const packets = [client, client, { ...client, src: '10.1.0.3' }, { ...client, dst: '10.2.0.3' }, client6, { ...client6, src: 'fd01::3' }].map(
      (way, i): Packet => ({ ...way, ...udp(1 + (i % 2), 53) }),
    );
    // What comes later finds less, or nothing.
    const again = [...packets, ...packets];
    const limited = await runOnKernel(router({ iptables: limits('ipv4'), ip6tables: limits('ipv6') }), [...packets, ...again], { title: 'limited', listAfter: packets.length });
    const cut = onlyAfter(limited, packets.length);
    expect(cut.listed?.filter((line) => line.startsWith('==>'))).toHaveLength(10);
    expect(
      describeDifferences(
        cut,
        judge(cut).filter(({ kind }) => kind !== 'counters'),
      ),
    ).toBe('');
    // Nothing of what is listed is without effect: with empty tables more would pass.
    expect(judge({ ...cut, snapshot: cut.snapshot.filter((line) => !/->/.test(line)) }).some(({ kind }) => kind === 'step')).toBe(true);
  });

  it.each([
    ['expected-by-ftp', 9],
    ['expected-follows-snat', 7],
    ['expected-follows-dnat', 8],
  ] as const)('%s: what is expected, as listed', async (name, count) => {
    const { node, sends } = EXPECTATIONS.find((one) => one.name === name) as KernelCase;
    const cut = onlyAfter(await runOnKernel(node, sends, { title: name, listAfter: count }), count);
    expect(cut.expected).toHaveLength(1);
    expect(
      describeDifferences(
        cut,
        judge(cut).filter(({ kind }) => kind !== 'counters'),
      ),
    ).toBe('');
  });
});
