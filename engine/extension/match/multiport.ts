/**
 * multiport: up to 15 ports, where a range takes two places. `--ports` looks at both ends.
 *
 * Source: iptables-extensions(8) "multiport"; Linux 6.18 net/netfilter/xt_multiport.c, multiport_mt(). It reads the first
 * four bytes of the transport header: false on a later fragment even when negated, hotdrop if they are not there.
 */

import { FIELD } from '../../model/field.ts';
import type { OptionContext, ValueKind } from '../../model/option.ts';
import type { Test } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { servicePort } from '../../net/services.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { option, parseInteger } from '../option.ts';
import { printRange, type NumberRange } from '../range.ts';

const SLOTS = 15;
const PROTOCOLS: readonly number[] = [PROTO.tcp, PROTO.udp, PROTO.udplite, PROTO.sctp, PROTO.dccp];

function readPort(word: string, context: OptionContext): number | null {
  const number = parseInteger(word);
  return number !== null && number <= 65535 ? number : servicePort(word, context.protocol);
}

const portList: ValueKind<readonly NumberRange[]> = {
  placeholder: 'port[:port][,…]',
  words: 1,
  parse: ([word = ''], context) => {
    const ranges: NumberRange[] = [];
    let slots = 0;
    for (const part of word.split(',')) {
      const cut = part.indexOf(':');
      const bounds = (cut < 0 ? [part] : [part.slice(0, cut), part.slice(cut + 1)]).map((bound) => [bound, readPort(bound, context)] as const);
      slots += bounds.length;
      if (slots > SLOTS) return { failure: 'too many ports specified', hint: `at most ${SLOTS}, a range counts as two: split the rule` };
      const bad = bounds.find(([, port]) => port === null);
      if (bad) return { failure: `invalid port/service "${bad[0]}"`, hint: 'give ports from 0 to 65535 or service names, separated by commas without blanks' };
      const [low = 0, high] = bounds.map(([, port]) => port as number);
      if (high !== undefined && low >= high) return { failure: `invalid port range "${part}"`, hint: 'the first port must be smaller than the second' };
      ranges.push([low, high ?? low]);
    }
    return ranges;
  },
  print: (ranges) => ranges.map(printRange).join(','),
};

const options = {
  sports: option({ name: '--sports', aliases: ['--source-ports'], value: portList, invertible: true, excludes: ['dports', 'ports'], help: 'the source port is one of these' }),
  dports: option({
    name: '--dports',
    aliases: ['--destination-ports'],
    value: portList,
    invertible: true,
    excludes: ['sports', 'ports'],
    help: 'the destination port is one of these',
  }),
  ports: option({ name: '--ports', value: portList, invertible: true, excludes: ['sports', 'dports'], help: 'one of the two ports is one of these' }),
};

/** Sorted, with overlapping and touching ranges joined. */
function joinRanges(ranges: readonly NumberRange[]): NumberRange[] {
  const joined: NumberRange[] = [];
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && low <= last[1] + 1) joined[joined.length - 1] = [last[0], Math.max(last[1], high)];
    else joined.push([low, high]);
  }
  return joined;
}

export const multiport = defineMatch({
  name: 'multiport',
  families: ['ipv4', 'ipv6'],
  protocolFirst: true,
  protocols: PROTOCOLS,
  options,
  source: 'iptables-extensions(8) multiport; Linux 6.18 net/netfilter/xt_multiport.c',
  check: ({ sports, dports, ports }) =>
    sports || dports || ports ? [] : [{ severity: 'error', code: 'missing-option', message: 'multiport needs an option', hint: 'add --sports, --dports or --ports' }],
  compile(uses, context) {
    const key = uses.sports ? 'sports' : uses.dports ? 'dports' : 'ports';
    const use = uses[key];
    if (!use) return [];
    const ranges = joinRanges(use.value);
    const any: Test[] = [];
    if (key !== 'dports') any.push({ op: 'ranges', field: FIELD.sport, ranges });
    if (key !== 'sports') any.push({ op: 'ranges', field: FIELD.dport, ranges });
    return [...readableHeader('transport'), { text: matchText('multiport', options, uses, key, context), negated: use.negated, any }];
  },
});
