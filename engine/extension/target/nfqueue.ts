/**
 * NFQUEUE: hand the packet to a program that decides. Without a listener it is dropped or, with --queue-bypass, accepted
 * by this table.
 *
 * Source: iptables-extensions(8) "NFQUEUE"; iptables 1.8.9 extensions/libxt_NFQUEUE.c; Linux 6.18 net/netfilter/xt_NFQUEUE.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget, type Finding } from '../extension.ts';
import { flag, integer, option, parseInteger } from '../option.ts';

type QueueRange = readonly [number, number];

const balance: ValueKind<QueueRange> = {
  placeholder: 'low:high',
  words: 1,
  parse: ([word = '']) => {
    const parts = word.split(':');
    if (parts.length !== 2) return { failure: `bad range "${word}"`, hint: 'write it like 0:3' };
    const [low, high] = parts.map((part, i) => (part === '' ? i * 65535 : parseInteger(part)));
    if (low === null || high === null || low === undefined || high === undefined || low > 65535 || high > 65535)
      return { failure: `"${word}" is out of range`, hint: 'queues are 0 to 65535' };
    if (low >= high) return { failure: `${low} should be less than ${high}`, hint: 'give the lower queue first' };
    // nfqueue_tg_check() refuses a last queue beyond 65535, counted as first + number of queues.
    return high - low + 1 + low > 65535 && low === 0 ? { failure: `"${word}" spans more than 65535 queues`, hint: 'leave one out' } : [low, high];
  },
  print: ([low, high]) => `${low}:${high}`,
};

const options = {
  number: option({ name: '--queue-num', value: integer(0, 65535, 'number'), excludes: ['balance'], help: 'queue to put the packet in' }),
  balance: option({ name: '--queue-balance', value: balance, excludes: ['number'], help: 'spread connections over these queues' }),
  bypass: option({ name: '--queue-bypass', value: flag, help: 'accept if nobody listens' }),
  fanout: option({ name: '--queue-cpu-fanout', value: flag, help: 'choose the queue by CPU' }),
};

export const NFQUEUE = defineTarget({
  name: 'NFQUEUE',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) NFQUEUE; Linux 6.18 net/netfilter/xt_NFQUEUE.c',
  notModelled: 'the choice among the queues of --queue-balance, where programs listen on some of them and not on others',
  normalize: (uses) =>
    uses.number || uses.balance ? uses : { ...uses, number: { value: 0, negated: false, span: (uses.bypass ?? uses.fanout)?.span ?? { line: 0, column: 0, length: 1 } } },
  check({ fanout, balance: range }) {
    const findings: Finding[] = [];
    if (fanout && !range)
      findings.push({
        severity: 'error',
        code: 'missing-option',
        option: 'fanout',
        message: 'NFQUEUE: option "--queue-cpu-fanout" also requires "--queue-balance"',
        hint: 'name the queues to choose from',
      });
    return findings;
  },
  compile: ({ number, balance: range, bypass }) => ({
    effects: [{ op: 'queue', number: range?.value[0] ?? number?.value ?? 0, ...(range ? { last: range.value[1] } : {}), bypass: bypass !== undefined }],
    verdict: 'QUEUE',
  }),
});
