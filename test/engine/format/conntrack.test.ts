/** `conntrack -L` with what its -o options add. The lines are what conntrack 1.4.7 printed on Linux 6.18. */

import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../engine/format/node.ts';

const END = 'packets=0 bytes=0 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 packets=0 bytes=0 mark=5 delta-time=1';
const TUPLE = 'src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2';

describe('the same connection', () => {
  test.each([
    ['', `tcp      6 99 ESTABLISHED ${TUPLE} ${END} use=1`],
    ['extended', `ipv4     2 tcp      6 99 ESTABLISHED ${TUPLE} ${END} use=1`],
    ['id', `tcp      6 99 ESTABLISHED ${TUPLE} ${END} use=1 id=1303431334`],
    ['ktimestamp', `tcp      6 99 ESTABLISHED ${TUPLE} ${END} [start=Sun Nov 22 20:29:13 2026] use=1`],
    ['extended,id,timestamp,labels,ktimestamp', `ipv4     2 tcp      6 99 ESTABLISHED ${TUPLE} ${END} [start=Sun Nov 22 20:29:13 2026] use=1 id=1303431334`],
  ])('with -o "%s"', (option, line) => {
    const node = parseNode([{ name: '', text: `==> conntrack -L${option === '' ? '' : ` -o ${option}`} <==\n${line}\n` }]);
    expect(node.problems).toEqual([]);
    expect(node.conntrack).toMatchObject([{ state: 'ESTABLISHED', mark: 5, timeout: 99, flags: ['UNREPLIED'], original: { sport: 1, dport: 2 }, reply: { sport: 2, dport: 1 } }]);
  });
});
