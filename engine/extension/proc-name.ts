/** Names that become files under /proc/net: lists of `recent`, tables of `hashlimit`. */

import type { Finding } from './extension.ts';

/** What speaks against such a name. Source: Linux 6.18 net/netfilter/x_tables.c xt_check_proc_name(). */
export function procNameFault(option: string, name: string): Finding[] {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/')) return [];
  return [
    {
      severity: 'error',
      code: 'bad-value',
      option,
      message: `"${name}" cannot be the name of a file under /proc/net`,
      hint: 'give a name as files have it: not empty, not "." or "..", without "/"',
    },
  ];
}
