/**
 * NETMAP: the network part of the address becomes that of the prefix; the host part stays.
 *
 * Source: iptables-extensions(8) "NETMAP"; iptables 1.8.9 extensions/libipt_NETMAP.c, libip6t_NETMAP.c; Linux 6.18
 * net/netfilter/xt_NETMAP.c.
 */

import { isFailure, type ValueKind } from '../../model/option.ts';
import { formatPrefix, makePrefix, type Prefix } from '../../net/address.ts';
import { defineTarget } from '../extension.ts';
import { hostMask } from '../host.ts';
import { option } from '../option.ts';
import { natRange } from './nat-range.ts';

const network: ValueKind<Prefix> = {
  placeholder: 'address[/mask]',
  words: 1,
  parse: (words, context) => {
    const value = hostMask.parse(words, context);
    return isFailure(value) ? value : makePrefix(context.family, value.words, value.length);
  },
  print: formatPrefix,
};

const options = { to: option({ name: '--to', value: network, required: true, help: 'the network to take' }) };

export const NETMAP = defineTarget({
  name: 'NETMAP',
  families: ['ipv4', 'ipv6'],
  tables: ['nat'],
  hooks: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) NETMAP; Linux 6.18 net/netfilter/xt_NETMAP.c',
  compile: ({ to }) => {
    const prefix = to?.value as Prefix;
    const high = prefix.words.map((word, i) => (word | ~(prefix.mask[i] as number)) >>> 0);
    return { effects: [{ op: 'nat', kind: 'netmap', range: natRange({ low: prefix.words, high }, {}) }], verdict: 'ACCEPT' };
  },
});
