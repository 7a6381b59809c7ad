/** `conntrack -L expect`, as conntrack 1.4.7 printed it on Linux 6.18 for the helper ftp, and what is none. */

import { describe, expect, it, test } from 'vitest';
import { parseNode } from '../../../engine/index.ts';

/** Active FTP through a source translation: expected where the master's packets seem to come from. */
const ACTIVE =
  '299 proto=6 src=10.2.0.2 dst=10.2.0.9 sport=0 dport=5001 mask-src=255.255.255.255 mask-dst=255.255.255.255 sport=0 dport=65535 master-src=10.1.0.2 master-dst=10.2.0.2 sport=4000 dport=21 class=0 helper=ftp';
const nodeOf = (text: string) => parseNode([{ name: 'node.snapshot', text }]);

describe('conntrack -L expect', () => {
  it('is read with each of its three tuples', () => {
    const node = nodeOf(`==> conntrack -L expect <==\n${ACTIVE}\nconntrack v1.4.7 (conntrack-tools): 1 expectations have been shown.\n`);
    expect(node.problems).toEqual([]);
    expect(node.conntrack).toBe(null);
    expect(node.expectations).toEqual([
      {
        tuple: { family: 'ipv4', proto: 6, src: [0x0a020002], dst: [0x0a020009], sport: 0, dport: 5001 },
        sourceMask: [0xffffffff],
        portMask: 0,
        master: { family: 'ipv4', proto: 6, src: [0x0a010002], dst: [0x0a020002], sport: 4000, dport: 21 },
        zone: 0,
        helper: 'ftp',
        permanent: false,
        inactive: false,
        timeout: 299,
        privatePort: null,
        origin: 'snapshot',
      },
    ]);
  });

  it('is known by its content, and kept as it is', () => {
    expect(nodeOf(`${ACTIVE}\n`).sections[0]?.kind).toBe('conntrack -L expect');
  });

  // libnetfilter_conntrack, expect/snprintf_default.c: flags stand before class, joined by commas.
  it('may stay, or not be there yet', () => {
    const [one] = nodeOf(`${ACTIVE.replace('class=0', 'PERMANENT,INACTIVE class=0')}\n`).expectations ?? [];
    expect([one?.permanent, one?.inactive]).toEqual([true, true]);
  });

  test.each([
    ['299 proto=6 src=10.2.0.2 dst=10.2.0.9 mask-src=255.255.255.255', 'an expectation has "src=", "mask-src=" and "master-src="'],
    [ACTIVE.replace('proto=6', 'proto=tcp'), 'an expectation has "proto=" and a protocol number'],
    [ACTIVE.replace('dst=10.2.0.9', 'dst=10.2.0.900'), 'an address of this expectation cannot be read'],
    [ACTIVE.replace('master-src=10.1.0.2', 'master-src=fd01::2'), 'an address of this expectation cannot be read'],
  ])('%s', (line, message) => {
    const { problems, expectations } = nodeOf(`==> conntrack -L expect <==\n${ACTIVE}\n${line}\n`);
    expect(problems.map((one) => [one.severity, one.line, one.message])).toEqual([['error', 3, message]]);
    expect(expectations).toHaveLength(1);
  });
});

describe('conntrack -L', () => {
  it('tells the helper, and the zone of one direction', () => {
    const line = (middle: string, end: string) =>
      `tcp      6 299 ESTABLISHED src=10.1.0.2 dst=10.2.0.2 sport=4000 dport=21 ${middle}src=10.2.0.2 dst=10.1.0.2 sport=21 dport=4000 [ASSURED] mark=5 ${end}use=1\n`;
    const node = nodeOf(`==> conntrack -L <==\n${line('', 'helper=ftp ')}${line('zone-orig=7 ', '').replaceAll('4000', '4001')}`);
    expect(node.problems).toEqual([]);
    expect(node.conntrack?.map(({ helper, zone, zoneDirection }) => [helper, zone, zoneDirection])).toEqual([
      ['ftp', 0, undefined],
      [undefined, 7, 'orig'],
    ]);
  });
});
