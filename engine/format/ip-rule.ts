/** Policy rules as `ip rule` prints them, with `-j` or without (iproute2 6.1); each family has its own command. */

import type { NumberNames } from '../model/local-names.ts';
import type { PolicyRule } from '../model/route.ts';
import { parsePrefix, type Family, type Prefix } from '../net/address.ts';
import { protocolNumber } from '../net/protocol.ts';
import { ipItems, plainRules } from './ip-plain.ts';
import { readRealms } from './ip-route.ts';
import { badField, type JsonItem } from './json-list.ts';
import { report, type Report } from './text.ts';

// biome-ignore format: a table
const READ = new Set([
  'priority', 'not', 'src', 'srclen', 'dst', 'dstlen', 'tos', 'fwmark', 'fwmask', 'iif', 'oif', 'iif_detached', 'oif_detached', 'ipproto', 'sport', 'sport_start', 'sport_end', 'dport', 'dport_start', 'dport_end',
  'uid_start', 'uid_end', 'table', 'suppress_prefixlen', 'action', 'goto', 'nop', 'protocol', 'unresolved', 'flow_from', 'flow_to', 'l3mdev',
]);

/** A selector that cannot be read is no selector that is absent. */
const NUMBERS = ['fwmark', 'fwmask', 'sport', 'sport_start', 'sport_end', 'dport', 'dport_start', 'dport_end', 'uid_start', 'uid_end', 'suppress_prefixlen', 'goto'] as const;

export function parsePolicyRules(text: string, line: number, family: Family, to: Report, realms: NumberNames): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const item of ipItems(text, line, to, plainRules)) {
    const rule = parsePolicyRule(item, family, to, realms);
    if (rule) rules.push(rule);
  }
  return rules;
}

function parsePolicyRule(item: JsonItem, sectionFamily: Family, to: Report, realms: NumberNames): PolicyRule | null {
  const priority = item.number('priority');
  if (priority === null) return badField(to, item, 'rule', 'priority');
  const what = `rule ${priority}`;
  const src = selector(item, 'src', 'srclen');
  const dst = selector(item, 'dst', 'dstlen');
  if (src === undefined) return badField(to, item, what, 'src');
  if (dst === undefined) return badField(to, item, what, 'dst');
  if (item.has('table') && item.text('table') === null) return badField(to, item, what, 'table');
  const unmodelled = Object.keys(item.fields).filter((key) => !READ.has(key));
  const protocolText = item.text('ipproto');
  const protocol = protocolText === null ? null : protocolNumber(protocolText.replace(/^ipproto-/, ''));
  if (protocolText !== null && protocol === null) unmodelled.push(`ipproto ${protocolText}`);
  const tos = item.number('tos');
  if (item.has('tos') && tos === null) unmodelled.push(`tos ${item.text('tos')}`);
  const goTo = item.number('goto');
  const action = item.text('action') ?? (item.has('goto') ? 'goto' : item.has('nop') ? 'nop' : 'lookup');
  if (!['lookup', 'unreachable', 'prohibit', 'blackhole', 'goto', 'nop'].includes(action)) unmodelled.push(action);
  for (const key of NUMBERS) if (item.has(key) && item.number(key) === null) unmodelled.push(`${key} ${item.text(key)}`);
  if (unmodelled.length > 0)
    report(to, 'note', 'not-modelled', item.span, `${what}: not modelled is ${unmodelled.map((key) => `"${key}"`).join(', ')}`, 'a look-up that comes to this rule is unknown');
  return {
    family: src?.family ?? dst?.family ?? sectionFamily,
    priority,
    not: item.has('not'),
    src: src ?? null,
    dst: dst ?? null,
    iif: item.text('iif'),
    oif: item.text('oif'),
    mark: item.number('fwmark') ?? 0,
    // Absent with a mark: all bits; absent without one: none are looked at.
    markMask: item.number('fwmask') ?? (item.has('fwmark') ? 0xffffffff : 0),
    tos: tos ?? 0,
    protocol,
    sport: range(item, 'sport', 'sport_start', 'sport_end'),
    dport: range(item, 'dport', 'dport_start', 'dport_end'),
    uidRange: range(item, '', 'uid_start', 'uid_end'),
    suppressPrefixLength: item.number('suppress_prefixlen'),
    action: action as PolicyRule['action'],
    table: item.text('table') ?? 'main',
    goto: goTo,
    ...(item.has('l3mdev') ? { ofVrf: true as const } : {}),
    ...(item.has('flow_from') || item.has('flow_to') ? { realms: readRealms(item, 'flow_from', 'flow_to', realms) } : {}),
    unmodelled,
  };
}

/** Null for `all` and absent, undefined if it cannot be read. */
function selector(item: JsonItem, key: string, lengthKey: string): Prefix | null | undefined {
  const text = item.text(key);
  if (text === null || text === 'all' || text === 'default') return item.has(key) && text === null ? undefined : null;
  const length = item.number(lengthKey);
  return parsePrefix(length === null || text.includes('/') ? text : `${text}/${length}`) ?? undefined;
}

function range(item: JsonItem, single: string, startKey: string, endKey: string): readonly [number, number] | null {
  const one = single === '' ? null : item.number(single);
  if (one !== null) return [one, one];
  const start = item.number(startKey);
  const end = item.number(endKey);
  return start === null || end === null ? null : [start, end];
}
