/**
 * rt: the routing header of IPv6. False, negated or not, for a packet without one. Not modelled: what it holds.
 *
 * Source: iptables-extensions(8) "rt"; Linux 6.18 net/ipv6/netfilter/ip6t_rt.c, rt_mt6().
 */

import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { formatIpv6, parseIpv6, type Words } from '../../net/address.ts';
import { matchText, unmodelled } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { headerPresent } from '../extension-header.ts';
import { flag, integer, option } from '../option.ts';
import { numberRange } from '../range.ts';

/** IP6T_RT_HOPS. */
const HOPS = 16;

const addresses: ValueKind<readonly Words[]> = {
  placeholder: 'address[,…]',
  words: 1,
  parse: ([word = '']) => {
    const list = word.split(',').map(parseIpv6);
    if (list.includes(null)) return { failure: `bad address in "${word}"`, hint: 'give IPv6 addresses separated by commas' };
    return list.length > HOPS ? { failure: 'too many addresses specified', hint: `at most ${HOPS}` } : (list as Words[]);
  },
  print: (list) => list.map((words) => formatIpv6(words)).join(','),
};

const options = {
  type: option({ name: '--rt-type', value: integer(0, 0xffffffff, 'type'), invertible: true, help: 'type of the header' }),
  segments: option({ name: '--rt-segsleft', value: numberRange(0xffffffff), invertible: true, hidden: ([low, high]) => low === 0 && high === 0xffffffff, help: 'segments left' }),
  length: option({ name: '--rt-len', value: integer(0, 0xffffffff, 'length'), invertible: true, help: 'length of the header' }),
  reserved: option({ name: '--rt-0-res', value: flag, help: 'the reserved field of type 0 is zero' }),
  addresses: option({ name: '--rt-0-addrs', value: addresses, help: 'addresses of type 0, in order' }),
  notStrict: option({ name: '--rt-0-not-strict', value: flag, help: 'the addresses may have others between them' }),
};

export const rt = defineMatch({
  name: 'rt',
  families: ['ipv6'],
  options,
  source: 'iptables-extensions(8) rt; Linux 6.18 net/ipv6/netfilter/ip6t_rt.c',
  notModelled: 'what the header holds is not known',
  check({ type, reserved, addresses: list, notStrict }) {
    const findings: Finding[] = [];
    const before = (a: { readonly span: { readonly column: number } } | undefined, b: { readonly span: { readonly column: number } }) =>
      a !== undefined && a.span.column < b.span.column;
    for (const [key, use] of [
      ['reserved', reserved],
      ['addresses', list],
    ] as const)
      if (use && (!before(type, use) || type?.value !== 0 || type.negated))
        findings.push({ severity: 'error', code: 'missing-option', option: key, message: `${options[key].name} needs "--rt-type 0" before it` });
    if (notStrict && !before(list, notStrict))
      findings.push({ severity: 'error', code: 'missing-option', option: 'notStrict', message: '--rt-0-not-strict needs --rt-0-addrs before it' });
    return findings;
  },
  compile(uses, context) {
    const clauses: Clause[] = [headerPresent('routing')];
    for (const key of Object.keys(options) as (keyof typeof options)[]) {
      const use = uses[key];
      if (use) clauses.push(unmodelled(matchText('rt', options, uses, key, context), 'what the routing header holds is not known', use.negated));
    }
    return clauses;
  },
});
