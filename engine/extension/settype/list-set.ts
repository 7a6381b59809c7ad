/**
 * list:set: other sets in order; the first that matches the packet decides. `size` is printed and no limit.
 *
 * Source: ipset(8) "list:set"; Linux 6.18 net/netfilter/ipset/ip_set_list_set.c.
 */

import { listOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const listSet: SetType = {
  name: 'list:set',
  method: 'list',
  dimensions: 1,
  families: [],
  parts: [{ kind: 'set' }],
  createOptions: listOptions(),
  nomatch: false,
  source: 'ipset(8) list:set; Linux 6.18 net/netfilter/ipset/ip_set_list_set.c',
};
