/**
 * bitmap:ip and bitmap:ip,mac: IPv4 addresses (or equal blocks, with `netmask`) of a range of at most 65536. An entry of
 * bitmap:ip,mac without a MAC matches any and learns that of the first packet.
 *
 * Source: ipset(8) "bitmap:ip", "bitmap:ip,mac"; Linux 6.18 net/netfilter/ipset/ip_set_bitmap_ip.c, ip_set_bitmap_ipmac.c.
 */

import { formatIpv4 } from '../../net/address.ts';
import { bitmapOptions, CREATE } from './create-option.ts';
import { parseIpv4Span } from './parse.ts';
import type { CreateOption, SetType } from './settype.ts';

const range: CreateOption = {
  name: 'range',
  placeholder: 'address-address|address/prefix',
  required: true,
  parse: (text) => {
    const span = parseIpv4Span(text);
    if ('failure' in span) return span;
    const [low, high] = span.from <= span.to ? [span.from, span.to] : [span.to, span.from];
    return low === high && !text.includes('-') ? { failure: `"${text}" is not a range` } : `${formatIpv4(low)}-${formatIpv4(high)}`;
  },
};

export const bitmapIp: SetType = {
  name: 'bitmap:ip',
  method: 'bitmap',
  dimensions: 1,
  families: ['ipv4'],
  parts: [{ kind: 'address', span: true, zero: true }],
  createOptions: bitmapOptions(range, CREATE.netmask),
  nomatch: false,
  source: 'ipset(8) bitmap:ip; Linux 6.18 net/netfilter/ipset/ip_set_bitmap_ip.c',
};

export const bitmapIpMac: SetType = {
  name: 'bitmap:ip,mac',
  method: 'bitmap',
  dimensions: 2,
  families: ['ipv4'],
  parts: [
    { kind: 'address', span: false, zero: true },
    { kind: 'mac', optional: true },
  ],
  createOptions: bitmapOptions(range),
  nomatch: false,
  source: 'ipset(8) bitmap:ip,mac; Linux 6.18 net/netfilter/ipset/ip_set_bitmap_ipmac.c',
};
