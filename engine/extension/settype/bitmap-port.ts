/**
 * bitmap:port: ports of a range. Only TCP and UDP packets match; the set does not tell them apart.
 *
 * Source: ipset(8) "bitmap:port"; Linux 6.18 net/netfilter/ipset/ip_set_bitmap_port.c, ip_set_get_ip_port().
 */

import { bitmapOptions } from './create-option.ts';
import { parsePortSpan } from './parse.ts';
import type { SetType } from './settype.ts';

export const bitmapPort: SetType = {
  name: 'bitmap:port',
  method: 'bitmap',
  dimensions: 1,
  families: [],
  parts: [{ kind: 'plain-port' }],
  createOptions: bitmapOptions({
    name: 'range',
    placeholder: 'port-port',
    required: true,
    parse: (text) => {
      const span = parsePortSpan(text, 6);
      if (!text.includes('-')) return { failure: `"${text}" is not a range`, hint: 'write it like 1-1024' };
      return 'failure' in span ? span : `${Math.min(span.from, span.to)}-${Math.max(span.from, span.to)}`;
    },
  }),
  nomatch: false,
  source: 'ipset(8) bitmap:port; Linux 6.18 net/netfilter/ipset/ip_set_bitmap_port.c',
};
