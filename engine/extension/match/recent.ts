/**
 * recent: a named list of addresses that were seen, and when (recent-list.ts). `--set` is always true. A negated `--update` notes the
 * address when it is listed and does not match.
 *
 * Source: iptables-extensions(8) "recent"; Linux 6.18 net/netfilter/xt_recent.c, recent_mt() and recent_mt_check().
 */

import type { EvalContext, SkbView } from '../../model/context.ts';
import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { formatAddress } from '../../net/address.ts';
import { defineMatch, optionText, printOptions, type Finding } from '../extension.ts';
import { host } from '../host.ts';
import { flag, integer, option } from '../option.ts';
import { procNameFault } from '../proc-name.ts';
import { addressKey, EMPTY_LIST, findEntry, hitsOf, isMissingAsLoaded, meet, recentKey, type RecentList, type RecentQuery } from '../recent-list.ts';

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
  notModelled: 'lists begin empty: what the node saw before the first packet (/proc/net/xt_recent) is not in a snapshot; rules that lay different masks over one list are unknown',
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
    if (name) findings.push(...procNameFault('name', name.value));
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
    const use = uses[command];
    const query: RecentQuery = {
      command,
      invert: use?.negated ?? false,
      mask: (uses.mask?.value ?? []).join('.'),
      seconds: uses.seconds?.value ?? null,
      hits: uses.hits?.value ?? 0,
      reap: uses.reap !== undefined,
      byTtl: uses.ttl !== undefined,
    };
    const field = uses.destination ? FIELD.dst : FIELD.src;
    const mask = uses.mask?.value ?? [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff];
    const addressOf = ({ regs, family }: SkbView): number[] =>
      Array.from({ length: family === 'ipv4' ? 1 : 4 }, (_, i) => ((regs[field.index + i] as number) & (mask[i] ?? 0)) >>> 0);
    const keyOf = (skb: SkbView): string => addressKey(skb.family, addressOf(skb));
    const name = uses.name?.value ?? 'DEFAULT';
    return [
      {
        text: `-m recent ${printOptions(options, uses, context)}`,
        // The answer has it in it: whether an address is noted depends on it.
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'recent',
            operand: { list: name, ...query },
            wanted: wantedOf(query, name),
            reads: [field, FIELD.ttl, FIELD.out, FIELD.socket],
            initial: EMPTY_LIST,
            shared: recentKey(name),
            step(skb, { now }, state) {
              const { holds, list } = meet(state as RecentList, query, keyOf(skb), ttlOf(skb), now);
              return { holds, state: list };
            },
            saw(skb: SkbView, { now }: EvalContext, state) {
              const list = state as RecentList;
              const address = formatAddress(skb.family, addressOf(skb));
              if (list.mask !== null && list.mask !== query.mask) return `rules lay different masks over the list "${name}"`;
              const entry = findEntry(list, query, keyOf(skb), ttlOf(skb));
              if (!entry) return `${address} is not in the list`;
              const hits = hitsOf(entry, query, now);
              return `${address} was seen ${hits === 1 ? 'once' : `${hits} times`}${query.seconds === null ? '' : ` in ${query.seconds} s`}`;
            },
            asLoaded(skb, _context, state) {
              const list = state as RecentList;
              return (list.mask === null || list.mask === query.mask) && isMissingAsLoaded(list, keyOf(skb));
            },
          },
        ],
      },
    ];
  },
});

/** As the packet came in: where a forwarded packet has its way out already, its TTL has been lowered. */
function ttlOf({ regs }: SkbView): number {
  const forwarded = regs[FIELD.out.index] !== 0 && regs[FIELD.socket.index] === 0;
  return ((regs[FIELD.ttl.index] as number) + (forwarded ? 1 : 0)) & 255;
}

function wantedOf({ command, invert, seconds, hits, byTtl }: RecentQuery, name: string): string {
  if (command === 'set') return `the address noted in "${name}"`;
  const often = hits > 1 ? ` ${hits} times` : '';
  return `${invert ? 'not ' : ''}in "${name}"${often}${seconds === null ? '' : ` within ${seconds} s`}${byTtl ? ' with this TTL' : ''}`;
}
