/**
 * cgroup: the control group of the socket that sends or receives. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "cgroup"; Linux 6.18 net/netfilter/xt_cgroup.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { integer, option, quoteWord } from '../option.ts';

/** XT_CGROUP_PATH_LEN of revision 2, less the final zero byte. */
const path: ValueKind<string> = { placeholder: 'path', words: 1, parse: ([word = '']) => word.slice(0, 511), print: quoteWord };

const options = {
  path: option({ name: '--path', value: path, invertible: true, help: 'the cgroup2 or one above it' }),
  classid: option({ name: '--cgroup', value: integer(0, 0xffffffff, 'classid'), invertible: true, help: 'class id of net_cls' }),
};

export const cgroup = defineMatch({
  name: 'cgroup',
  families: ['ipv4', 'ipv6'],
  hooks: ['OUTPUT', 'POSTROUTING', 'INPUT'],
  options,
  source: 'iptables-extensions(8) cgroup; Linux 6.18 net/netfilter/xt_cgroup.c',
  notModelled: 'control groups of sockets are not known',
  check({ path: name, classid }) {
    if (!name && !classid) return [{ severity: 'error', code: 'missing-option', message: 'cgroup needs --path or --cgroup' }];
    if (name && classid)
      return [{ severity: 'error', code: 'conflicting-options', option: 'classid', message: '--path and --cgroup cannot be used together', hint: 'keep one of them' }];
    return [];
  },
  compile: (uses, context) => [
    unmodelled(`-m cgroup ${printOptions(options, uses, context)}`, 'the control group of the socket is not known', (uses.path ?? uses.classid)?.negated ?? false),
  ],
});
