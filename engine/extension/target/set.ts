/**
 * SET: add the packet's sides to an ipset, delete them from one, or take mark, priority and queue from an entry.
 *
 * Source: iptables-extensions(8) "SET"; iptables 1.8.9 extensions/libxt_SET.c; Linux 6.18 net/netfilter/xt_set.c,
 * set_target_v3(). Adding comes first, then deleting, then mapping, however the options are ordered.
 */

import type { Effect } from '../../model/test.ts';
import { defineTarget, type Finding } from '../extension.ts';
import { checkSetReference, setReference } from '../match/set.ts';
import { flag, integer, option } from '../option.ts';

const options = {
  add: option({ name: '--add-set', value: setReference, invertible: true, help: 'add the packet’s sides' }),
  exist: option({ name: '--exist', value: flag, help: 'with --add-set: an entry that is there gets a new timeout and counters' }),
  timeout: option({ name: '--timeout', value: integer(0, 0xfffffffe, 'seconds'), help: 'with --add-set: timeout of the entry' }),
  del: option({ name: '--del-set', value: setReference, invertible: true, help: 'delete the packet’s sides' }),
  map: option({ name: '--map-set', value: setReference, invertible: true, help: 'take values of the entry over to the packet' }),
  mapMark: option({ name: '--map-mark', value: flag, help: 'with --map-set: the packet mark' }),
  mapPriority: option({ name: '--map-prio', value: flag, help: 'with --map-set: the priority' }),
  mapQueue: option({ name: '--map-queue', value: flag, help: 'with --map-set: the transmit queue' }),
};

const PRIORITY_HOOKS: readonly string[] = ['FORWARD', 'OUTPUT', 'POSTROUTING'];

export const SET = defineTarget({
  name: 'SET',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) SET; Linux 6.18 net/netfilter/xt_set.c',
  // iptables 1.8.9 takes "!" before a set and forgets it.
  normalize: ({ add, del, map, ...rest }) => ({ ...rest, add: add && { ...add, negated: false }, del: del && { ...del, negated: false }, map: map && { ...map, negated: false } }),
  check(uses, context) {
    const { add, del, map, exist, timeout, mapMark, mapPriority, mapQueue } = uses;
    const findings: Finding[] = [];
    const error = (code: string, message: string, hint: string, at?: string): void => void findings.push({ severity: 'error', code, message, hint, ...(at ? { option: at } : {}) });
    if (!add && !del && !map) error('missing-option', 'SET: you must specify --add-set, --del-set or --map-set', 'name a set');
    if (exist && !add) error('missing-option', 'SET: --exist can be used with --add-set only', 'take --exist away', 'exist');
    if (timeout && !add) error('missing-option', 'SET: --timeout can be used with --add-set only', 'take --timeout away', 'timeout');
    for (const [key, use] of Object.entries({ mapMark, mapPriority, mapQueue }))
      if (use && !map) error('missing-option', `SET: ${options[key as 'mapMark'].name} can be used with --map-set only`, `take ${options[key as 'mapMark'].name} away`, key);
    if (map && !mapMark && !mapPriority && !mapQueue) error('missing-option', 'SET: --map-set needs --map-mark, --map-prio or --map-queue', 'say what to take over', 'map');
    if (map && context.table !== 'mangle') error('wrong-table', 'SET --map-set is valid only in table "mangle"', 'move the rule to mangle', 'map');
    if (map && (mapPriority || mapQueue) && context.hooks.length > 0 && !context.hooks.some((hook) => PRIORITY_HOOKS.includes(hook)))
      error(
        'wrong-hook',
        `SET --map-prio and --map-queue are not valid in ${context.hooks.join(', ')}`,
        `they work in ${PRIORITY_HOOKS.join(', ')}`,
        mapPriority ? 'mapPriority' : 'mapQueue',
      );
    for (const [key, use] of [
      ['add', add],
      ['del', del],
      ['map', map],
    ] as const)
      if (use) findings.push(...checkSetReference(use.value, context, key));
    return findings;
  },
  compile: ({ add, del, map, exist, timeout, mapMark, mapPriority, mapQueue }) => {
    const effects: Effect[] = [];
    if (add) effects.push({ op: 'set-entry', action: 'add', set: add.value.name, sides: add.value.sides, exist: exist !== undefined, timeout: timeout?.value ?? null });
    if (del) effects.push({ op: 'set-entry', action: 'del', set: del.value.name, sides: del.value.sides, exist: false, timeout: null });
    if (map)
      effects.push({ op: 'set-map', set: map.value.name, sides: map.value.sides, mark: mapMark !== undefined, priority: mapPriority !== undefined, queue: mapQueue !== undefined });
    return { effects, verdict: 'CONTINUE' };
  },
});
