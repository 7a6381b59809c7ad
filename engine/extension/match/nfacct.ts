/**
 * nfacct: counts packets in a named object; always true.
 *
 * Source: iptables-extensions(8) "nfacct"; Linux 6.18 net/netfilter/xt_nfacct.c. Not modelled: quotas of objects, past
 * which it is false.
 */

import type { ValueKind } from '../../model/option.ts';
import { matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option, quoteWord } from '../option.ts';

/** NFACCT_NAME_MAX less the final zero byte. */
const objectName: ValueKind<string> = {
  placeholder: 'name',
  words: 1,
  parse: ([word = '']) => (word === '' || word.includes('\n') ? { failure: `"${word}" cannot be the name of an object` } : word.slice(0, 31)),
  print: quoteWord,
};
const options = { name: option({ name: '--nfacct-name', value: objectName, required: true, help: 'object that counts' }) };

export const nfacct = defineMatch({
  name: 'nfacct',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) nfacct; Linux 6.18 net/netfilter/xt_nfacct.c',
  notModelled: 'accounting objects, and whether they have a quota, are not read',
  compile: (uses, context) => [unmodelled(matchText('nfacct', options, uses, 'name', context), 'whether the object has a quota is not known')],
});
