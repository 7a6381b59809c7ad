/**
 * NFLOG: pass the packet to a logging program; the packet goes on unchanged.
 *
 * Source: iptables-extensions(8) "NFLOG"; iptables 1.8.9 extensions/libxt_NFLOG.c; Linux 6.18 net/netfilter/xt_NFLOG.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { integer, option } from '../option.ts';
import { logPrefix } from './log.ts';

const MAX_PREFIX = 63;
/** iptables-nft has room for one character more. */
const prefix: ValueKind<string> = { ...logPrefix(MAX_PREFIX), parse: (words, context) => logPrefix(context.backend === 'nft' ? MAX_PREFIX + 1 : MAX_PREFIX).parse(words, context) };
const zero = (value: number): boolean => value === 0;

const options = {
  prefix: option({ name: '--nflog-prefix', value: prefix, help: `text sent along, ${MAX_PREFIX} characters at most` }),
  group: option({ name: '--nflog-group', value: integer(0, 65535, 'number'), hidden: zero, help: 'netlink group' }),
  range: option({
    name: '--nflog-range',
    value: integer(0, 0xffffffff, 'bytes'),
    excludes: ['size'],
    hidden: (value, _, { backend }) => value === 0 || backend === 'nft',
    help: 'without effect; use --nflog-size',
  }),
  size: option({ name: '--nflog-size', value: integer(0, 0xffffffff, 'bytes'), excludes: ['range'], help: 'bytes of the packet to send' }),
  threshold: option({ name: '--nflog-threshold', value: integer(0, 65535, 'packets'), hidden: zero, help: 'packets to collect before sending' }),
};

export const NFLOG = defineTarget({
  name: 'NFLOG',
  families: ['ipv4', 'ipv6'],
  options,
  nativeInNft: true,
  source: 'iptables-extensions(8) NFLOG; Linux 6.18 net/netfilter/xt_NFLOG.c',
  compile: ({ prefix }) => ({ effects: [{ op: 'log', prefix: prefix?.value ?? '' }], verdict: 'CONTINUE' }),
});
