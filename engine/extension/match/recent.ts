/**
 * recent: a named list of addresses that were seen. `--set` is true whenever it could add its address; what the other
 * commands find is not modelled: unknown.
 *
 * Source: iptables-extensions(8) "recent"; Linux 6.18 net/netfilter/xt_recent.c, recent_mt() and recent_mt_check().
 */

import type { ValueKind } from '../../model/option.ts';
import { TRUE } from '../../model/test.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, optionText, printOptions, type Finding } from '../extension.ts';
import { host } from '../host.ts';
import { flag, integer, option } from '../option.ts';

const NAME_BYTES = 199;
/** XT_RECENT_MAX_NSTAMPS - 1; kernels before 6.9 stop at 255. */
const MAX_HITS = 65535;
const COMMANDS = ['set', 'rcheck', 'update', 'remove'] as const;

const listName: ValueKind<string> = { placeholder: 'name', words: 1, parse: ([word = '']) => word.slice(0, NAME_BYTES), print: (name) => name };
const others = (key: (typeof COMMANDS)[number]) => COMMANDS.filter((command) => command !== key);

const options = {
  set: option({ name: '--set', value: flag, invertible: true, excludes: [...others('set'), 'ttl'], help: 'add the address to the list' }),
  rcheck: option({ name: '--rcheck', value: flag, invertible: true, excludes: others('rcheck'), help: 'the address is in the list' }),
  update: option({ name: '--update', value: flag, invertible: true, excludes: others('update'), help: 'the address is in the list; note that it was seen now' }),
  remove: option({ name: '--remove', value: flag, invertible: true, excludes: [...others('remove'), 'ttl'], help: 'the address is in the list; take it out' }),
  seconds: option({ name: '--seconds', value: integer(1, 0xffffffff, 'seconds'), help: 'and was seen within this time' }),
  reap: option({ name: '--reap', value: flag, help: 'forget entries older than --seconds' }),
  hits: option({ name: '--hitcount', value: integer(0, 0xffffffff, 'hits'), hidden: (value) => value === 0, help: 'and was seen at least this often' }),
  ttl: option({ name: '--rttl', value: flag, help: 'and with this TTL' }),
  name: option({ name: '--name', value: listName, help: 'name of the list; DEFAULT if not given' }),
  mask: option({ name: '--mask', value: host, help: 'mask that is laid over the address' }),
  source: option({ name: '--rsource', value: flag, help: 'the source address, as is the default' }),
  destination: option({ name: '--rdest', value: flag, help: 'the destination address' }),
};

export const recent = defineMatch({
  name: 'recent',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) recent; Linux 6.18 net/netfilter/xt_recent.c',
  notModelled: 'lists of addresses seen are not kept: --rcheck, --update and --remove are unknown',
  normalize(uses, { family }) {
    const { source, destination, ...rest } = uses;
    const span = Object.values(uses).find((use) => use !== undefined)?.span ?? { line: 0, column: 0, length: 1 };
    const byDestination = destination !== undefined && (source === undefined || source.span.column < destination.span.column);
    const side = { value: true as const, negated: false, span };
    return {
      ...rest,
      name: uses.name ?? { value: 'DEFAULT', negated: false, span },
      mask: uses.mask ?? { value: new Array<number>(family === 'ipv4' ? 1 : 4).fill(0xffffffff), negated: false, span },
      ...(byDestination ? { destination: destination ?? side } : { source: source ?? side }),
    };
  },
  check(uses) {
    const { seconds, reap, hits, ttl, name } = uses;
    const findings: Finding[] = [];
    const command = COMMANDS.find((key) => uses[key]);
    if (!command) findings.push({ severity: 'error', code: 'missing-option', message: 'recent needs one of --set, --rcheck, --update, --remove' });
    if (reap && !seconds) findings.push({ severity: 'error', code: 'missing-option', option: 'reap', message: '--reap needs --seconds', hint: 'add --seconds N' });
    if ((command === 'set' || command === 'remove') && (seconds || hits?.value || ttl))
      findings.push({
        severity: 'error',
        code: 'conflicting-options',
        option: seconds ? 'seconds' : 'hits',
        message: `--${command} takes no --seconds, --hitcount, --reap or --rttl`,
        hint: 'use --rcheck or --update',
      });
    if (hits && hits.value > MAX_HITS)
      findings.push({
        severity: 'error',
        code: 'bad-value',
        option: 'hits',
        message: `the kernel keeps at most ${MAX_HITS} times of an address`,
        hint: `give a hit count up to ${MAX_HITS}`,
      });
    if (name && (name.value === '' || name.value.includes('/')))
      findings.push({ severity: 'error', code: 'bad-value', option: 'name', message: `"${name.value}" cannot be the name of a list`, hint: 'give a name without "/"' });
    return findings;
  },
  print(uses, context) {
    const command = COMMANDS.find((key) => uses[key]);
    const { set: _set, rcheck: _rcheck, update: _update, remove: _remove, ...rest } = uses;
    return [command ? optionText(options, uses, command, context) : '', printOptions(options, rest, context)].filter(Boolean).join(' ');
  },
  compile(uses, context) {
    const command = COMMANDS.find((key) => uses[key]);
    if (!command) return [];
    const text = `-m recent ${printOptions(options, uses, context)}`;
    const negated = uses[command]?.negated ?? false;
    if (command === 'set') return [{ text, negated, any: [{ op: 'constant', value: TRUE, reason: '--set adds the address and is always true' }] }];
    return [unmodelled(text, `what the list "${uses.name?.value ?? 'DEFAULT'}" holds is not known`, negated)];
  },
});
