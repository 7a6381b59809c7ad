/** What is said of chunks that cannot be read: match_packet() of xt_sctp.c (Linux 6.18) stops at a chunk that is shorter than its header, and at one of length 0. */

import { expect, test } from 'vitest';
import { createWorld, parseNode, traceReport, walk } from '../../../../engine/index.ts';

test.each([
  ['', 'no chunk that can be read'],
  ['0300', 'no chunk that can be read'],
  ['03000004', 'the chunks SACK'],
  ['0300000400', 'the chunks SACK'],
])('chunks %j, without INIT', (data, saw) => {
  const rules = '*mangle\n-A PREROUTING -p sctp -m sctp ! --chunk-types any INIT -j MARK --set-mark 1\nCOMMIT\n';
  const walked = walk(createWorld(parseNode([{ name: 'rules', text: rules }])), { in: 'eth0', src: '192.0.2.2', dst: '192.0.2.1', proto: 'sctp', dport: 5, data });
  const step = traceReport(walked.world, [walked.trace], []).traces[0]?.steps.find(({ kind }) => kind === 'rule');
  expect(step?.kind === 'rule' ? step.why.at(-1)?.saw : null).toBe(saw);
});
