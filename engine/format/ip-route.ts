/** Routes as `ip route show table all` prints them, with `-j` or without, for both families (iproute2 6.1). */

import type { NextHop, Realms, Route, RouteType } from '../model/route.ts';
import type { NumberNames } from '../model/local-names.ts';
import { makePrefix, parseAddress, parsePrefix, type Family } from '../net/address.ts';
import { dsField } from './ds-field.ts';
import { ipItems, plainRoutes } from './ip-plain.ts';
import { badField, type JsonItem } from './json-list.ts';
import { ENCAPSULATION_KEYS, encapsulationOf, separateEncapsulation } from './ip-tunnel.ts';
import { report, type Report } from './text.ts';

const TYPES: readonly string[] = ['unicast', 'local', 'broadcast', 'multicast', 'anycast', 'unreachable', 'prohibit', 'blackhole', 'throw'];
/** Fields that are read or that say nothing about where a packet goes. */
// biome-ignore format: a table
const READ = new Set(['type', 'dst', 'tos', 'gateway', 'via', 'dev', 'table', 'protocol', 'scope', 'prefsrc', 'metric', 'flags', 'nexthops', 'pref', 'expires', 'error', 'weight', 'cache', 'metrics', 'nhid', 'used', 'age', 'dead', 'flow']);
const anywhere = { ipv4: makePrefix('ipv4', [0], 0), ipv6: makePrefix('ipv6', [0, 0, 0, 0], 0) } as const;

/**
 * `family` is that of the command (`ip -j -6 route`). Without `-6` some releases print IPv6 routes too, so each route's
 * own addresses come first.
 */
export function parseRoutes(text: string, line: number, family: Family, to: Report, realms: NumberNames): Route[] {
  const routes: Route[] = [];
  for (const item of ipItems(separateEncapsulation(text), line, to, plainRoutes)) {
    const route = parseRoute(item, family, to, realms);
    if (route) routes.push(route);
  }
  return routes;
}

function parseRoute(item: JsonItem, sectionFamily: Family, to: Report, realms: NumberNames): Route | null {
  const dst = item.text('dst');
  if (dst === null) return badField(to, item, 'route', 'dst');
  const known = dst === 'default' ? null : parsePrefix(dst);
  if (dst !== 'default' && !known) return badField(to, item, 'route', 'dst');
  const family = known?.family ?? defaultFamily(item) ?? sectionFamily;
  const type = item.text('type') ?? 'unicast';
  if (!TYPES.includes(type)) return badField(to, item, 'route', 'type');
  const encap = encapsulationOf(item);
  const unmodelled = Object.keys(item.fields).filter((key) => !READ.has(key) && !(encap && ENCAPSULATION_KEYS.some((own) => own === key)));
  for (const key of unmodelled) report(to, 'note', 'not-modelled', item.span, `route "${dst}": "${key}" is not modelled`, 'a look-up that finds this route is unknown');
  const several = item.items('nexthops');
  for (const hop of [item, ...several]) {
    const wrong = wrongAddress(hop);
    if (wrong !== null) return badField(to, hop, `route "${dst}"`, wrong);
  }
  const tos = dsField(item);
  if (tos === null) return badField(to, item, `route "${dst}"`, 'tos');
  const mtu = item.items('metrics')[0]?.number('mtu') ?? null;
  const nexthops = item.has('nexthops') ? several : item.has('dev') || item.has('gateway') || item.has('via') ? [item] : [];
  return {
    family,
    table: item.text('table') ?? 'main',
    type: type as RouteType,
    destination: known ?? anywhere[family],
    nexthops: nexthops.map((hop) => nextHop(hop, family, realms)),
    prefsrc: parseAddress(item.text('prefsrc') ?? '')?.words ?? null,
    metric: item.number('metric') ?? 0,
    tos,
    scope: item.text('scope') ?? 'global',
    protocol: item.text('protocol') ?? 'boot',
    ...(mtu === null ? {} : { mtu }),
    ...(item.items('metrics')[0]?.fields.mtu_lock === true ? { mtuLocked: true as const } : {}),
    ...(unmodelled.length === 0 ? {} : { unmodelled }),
  };
}

/** A default route names no address of its own: its gateway, or `pref`, which only IPv6 routes have, tells the family. */
function defaultFamily(item: JsonItem): Family | null {
  if (item.has('pref')) return 'ipv6';
  const gateway = item.text('gateway') ?? item.items('nexthops')[0]?.text('gateway') ?? item.text('prefsrc');
  return gateway === null || gateway === undefined ? null : (parseAddress(gateway)?.family ?? null);
}

/** The first field that should be an address and is none: without it the route would lead elsewhere. */
function wrongAddress(hop: JsonItem): 'gateway' | 'via' | 'prefsrc' | null {
  if (hop.has('via') && parseAddress(hop.items('via')[0]?.text('host') ?? '') === null) return 'via';
  for (const key of ['gateway', 'prefsrc'] as const) if (hop.has(key) && parseAddress(hop.text(key) ?? '') === null) return key;
  return null;
}

function nextHop(item: JsonItem, family: Family, realms: NumberNames): NextHop {
  const via = parseAddress(item.text('gateway') ?? item.items('via')[0]?.text('host') ?? '');
  const encap = encapsulationOf(item);
  return {
    via: via?.words ?? null,
    viaFamily: via?.family ?? family,
    dev: item.text('dev'),
    weight: item.number('weight') ?? 1,
    flags: item.texts('flags'),
    ...(family === 'ipv4' ? realmOf(item, realms) : {}),
    ...(encap ? { encap } : {}),
  };
}

/** `"flow":{"from":"3","to":"7"}`: numbers, or names of /etc/iproute2/rt_realms. */
function realmOf(item: JsonItem, realms: NumberNames): Pick<NextHop, 'realm'> {
  const flow = item.items('flow')[0];
  return flow ? { realm: readRealms(flow, 'from', 'to', realms) } : {};
}

/** Both realms, each by its number or by one of those names; what is not there is 0. */
export function readRealms(item: JsonItem, fromKey: string, toKey: string, names: NumberNames): Realms {
  const one = (key: string): number | null => (item.has(key) ? (names.get(item.text(key) ?? '') ?? item.number(key)) : 0);
  const [from, to] = [one(fromKey), one(toKey)];
  return from === null || to === null ? 'unknown' : ((from << 16) | to) >>> 0;
}

/** Sorts by family, each in the order read, and drops what two sections both hold. */
export function mergeRoutes(lists: readonly (readonly Route[])[]): Route[] {
  const routes: Record<Family, Route[]> = { ipv4: [], ipv6: [] };
  const seen = new Set<string>();
  for (const list of lists) {
    // The same line twice in one section is the kernel's business; in two sections it is one route.
    const keys: string[] = [];
    for (const route of list) {
      const key = JSON.stringify(route);
      if (seen.has(key)) continue;
      keys.push(key);
      routes[route.family].push(route);
    }
    for (const key of keys) seen.add(key);
  }
  return [...routes.ipv4, ...routes.ipv6];
}
