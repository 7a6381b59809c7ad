/**
 * The network side of a node with every gap filled: interfaces, routes, policy rules, sysctls. What the snapshot does
 * not say is taken from the kernel's own defaults or from a documented default node, and each default is noted, so that
 * a trace that rests on it can say so.
 */

import type { Node } from '../model/node.ts';
import type { Interface, InterfaceAddress, PolicyRule, Route } from '../model/route.ts';
import { ADDRESS_BITS, makePrefix, parseAddress, type Family, type Words } from '../net/address.ts';

/**
 * The node assumed where the snapshot has no addresses: one uplink in networks set aside for documentation, which no
 * rule of a real node names by accident.
 */
const DEFAULT_UPLINK = { name: 'eth0', ipv4: '192.0.2.1/24', gateway4: '192.0.2.254', ipv6: '2001:db8::1/64', gateway6: '2001:db8::fe' } as const;

export interface Network {
  readonly interfaces: readonly Interface[];
  readonly routes: readonly Route[];
  readonly policyRules: readonly PolicyRule[];
  /** Value of a sysctl as `sysctl -a` names and prints it; null if neither the snapshot nor the kernel's defaults have it. */
  sysctl(name: string): string | null;
  /** True if an `ip rule` beyond the kernel's own was ever added (fib4_has_custom_rules). */
  readonly customRules: Readonly<Record<Family, boolean>>;
  /** True if a user added a route of type local (fib_has_custom_local_routes). */
  readonly customLocalRoutes: boolean;
  /** Has any route or policy rule of IPv4 realms (fib_num_tclassid_users)? */
  readonly realms: boolean;
  /** Lines that could not be read: what else there is. */
  readonly unread: Node['unread'];
  /** Which defaults stand in for what the snapshot lacks. */
  readonly notes: readonly string[];
}

export function networkOf(node: Node): Network {
  const notes: string[] = [];
  const interfaces = node.interfaces ?? defaultInterfaces(node, notes);
  const withLoopback = (interfaces.some((device) => device.name === 'lo') ? interfaces : [loopback(), ...interfaces]).map((device) => withSettings(device, node));
  const routes: Route[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const own = (node.routes ?? []).filter((route) => route.family === family);
    const known = node.routes !== null && node.routeFamilies.includes(family);
    routes.push(...own);
    if (!known || !own.some((route) => route.table === 'main')) {
      if (!known) {
        routes.push(...connectedRoutes(family, withLoopback));
        if (node.interfaces === null) routes.push(...defaultGateway(family));
        if (node.interfaces !== null) notes.push(`no ${label(family)} routes in the snapshot: connected routes follow from the addresses, and there is no default route`);
      }
    }
    if (!own.some((route) => route.table === 'local')) {
      routes.push(...localTable(family, withLoopback));
      if (known && own.length > 0) notes.push(`no ${label(family)} table local in the snapshot: it follows from the addresses`);
    }
  }
  const policyRules: PolicyRule[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const own = (node.policyRules ?? []).filter((rule) => rule.family === family);
    if (node.policyRules !== null && node.ruleFamilies.includes(family)) policyRules.push(...own);
    else policyRules.push(...kernelRules(family));
  }
  if (node.sysctls === null) notes.push('no sysctls in the snapshot: forwarding is taken as on, rp_filter as 0, the rest as kernel 6.18 sets them');
  return {
    interfaces: withLoopback,
    routes,
    policyRules,
    sysctl: (name) => node.sysctls?.get(name) ?? (node.sysctls === null ? forwardingDefault(name) : null),
    customRules: { ipv4: hasCustomRules('ipv4', policyRules), ipv6: hasCustomRules('ipv6', policyRules) },
    realms:
      policyRules.some((rule) => rule.family === 'ipv4' && rule.realms !== undefined) ||
      routes.some((route) => route.family === 'ipv4' && route.nexthops.some(({ realm }) => realm !== undefined)),
    customLocalRoutes: routes.some((route) => route.family === 'ipv4' && route.type === 'local' && (route.table !== 'local' || route.protocol !== 'kernel')),
    unread: node.unread,
    notes,
  };
}

/** What its sysctls say of the sources of IPv6. */
function withSettings(device: Interface, { sysctls }: Node): Interface {
  const setting = (name: string): number => Number(sysctls?.get(`net.ipv6.conf.${device.name.replaceAll('.', '/')}.${name}`) ?? 0);
  const [temporary, own] = [setting('use_tempaddr') >= 2, setting('use_oif_addrs_only') !== 0];
  return temporary || own ? { ...device, ...(temporary ? { prefersTemporary: true } : {}), ...(own ? { ownSourcesOnly: true } : {}) } : device;
}

const label = (family: Family) => (family === 'ipv4' ? 'IPv4' : 'IPv6');

function forwardingDefault(name: string): string | null {
  if (name === 'net.ipv4.ip_forward' || /^net\.ipv[46]\.conf\.[^.]+\.forwarding$/.test(name)) return '1';
  return null;
}

function hasCustomRules(family: Family, rules: readonly PolicyRule[]): boolean {
  const own = kernelRules(family);
  return rules.some(
    (rule) => rule.family === family && !own.some((kernel) => kernel.priority === rule.priority && kernel.table === rule.table && rule.action === 'lookup' && rule.markMask === 0),
  );
}

/** Rules that the kernel makes itself: fib_default_rules_init(), fib6_rules_net_init(). */
function kernelRules(family: Family): PolicyRule[] {
  const rule = (priority: number, table: string): PolicyRule => ({
    family,
    priority,
    not: false,
    src: null,
    dst: null,
    iif: null,
    oif: null,
    mark: 0,
    markMask: 0,
    tos: 0,
    protocol: null,
    sport: null,
    dport: null,
    uidRange: null,
    suppressPrefixLength: null,
    action: 'lookup',
    table,
    goto: null,
    unmodelled: [],
  });
  const rules = [rule(0, 'local'), rule(32766, 'main')];
  return family === 'ipv4' ? [...rules, rule(32767, 'default')] : rules;
}

function loopback(): Interface {
  return {
    index: 1,
    name: 'lo',
    mtu: 65536,
    up: true,
    flags: ['LOOPBACK', 'UP'],
    mac: '00:00:00:00:00:00',
    master: null,
    linkType: 'loopback',
    kind: null,
    addresses: [address('127.0.0.1/8', 'host'), address('::1/128', 'host')],
  };
}

function address(text: string, scope = 'global'): InterfaceAddress {
  const [host = '', length = '0'] = text.split('/');
  const parsed = parseAddress(host);
  if (!parsed) throw new Error(`default address ${text} cannot be read`);
  return { family: parsed.family, local: parsed.words, prefixLength: Number(length), broadcast: null, scope, secondary: false };
}

/** The default node: `lo`, the uplink, and an interface without addresses for every name that a rule or a route mentions. */
function defaultInterfaces(node: Node, notes: string[]): Interface[] {
  const names = new Set<string>();
  for (const table of node.tables)
    for (const chain of table.chains)
      for (const rule of chain.rules)
        for (const key of ['in', 'out']) {
          const value = rule.header.uses[key]?.value;
          if (typeof value === 'string' && !value.endsWith('+')) names.add(value);
        }
  for (const route of node.routes ?? []) for (const hop of route.nexthops) if (hop.dev) names.add(hop.dev);
  names.delete('lo');
  names.delete(DEFAULT_UPLINK.name);
  const { ipv4, ipv6 } = DEFAULT_UPLINK;
  const others = names.size > 8 ? [...[...names].slice(0, 8), '…'] : [...names];
  const second = others.length === 0 ? ipv6 : `${ipv6}, besides ${others.join(', ')} without addresses`;
  notes.push(
    `no addresses in the snapshot: a default node is assumed (lo, ${DEFAULT_UPLINK.name} with ${ipv4} and ${second}); it routes by the snapshot's routes or by default to ${DEFAULT_UPLINK.name}`,
  );
  const device = (name: string, index: number, addresses: readonly InterfaceAddress[]): Interface => ({
    index,
    name,
    mtu: 1500,
    up: true,
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    mac: null,
    master: null,
    linkType: 'ether',
    kind: null,
    addresses,
  });
  return [loopback(), device(DEFAULT_UPLINK.name, 2, [address(DEFAULT_UPLINK.ipv4), address(DEFAULT_UPLINK.ipv6)]), ...[...names].map((name, i) => device(name, i + 3, []))];
}

function defaultGateway(family: Family): Route[] {
  const via = parseAddress(family === 'ipv4' ? DEFAULT_UPLINK.gateway4 : DEFAULT_UPLINK.gateway6)?.words ?? null;
  return [route(family, 'main', 'unicast', new Array<number>(family === 'ipv4' ? 1 : 4).fill(0), 0, DEFAULT_UPLINK.name, 'global', via, family === 'ipv6' ? 1024 : 0)];
}

function route(
  family: Family,
  table: string,
  type: Route['type'],
  words: Words,
  length: number,
  dev: string,
  scope: string,
  via: Words | null = null,
  metric = 0,
  prefsrc: Words | null = null,
): Route {
  return {
    family,
    table,
    type,
    destination: makePrefix(family, words, length),
    nexthops: [{ via, viaFamily: family, dev, weight: 1, flags: [] }],
    prefsrc,
    metric,
    tos: 0,
    scope,
    protocol: 'kernel',
  };
}

/** fib_add_ifaddr(), addrconf_prefix_route(): a route to each address's own network. */
function connectedRoutes(family: Family, interfaces: readonly Interface[]): Route[] {
  const routes: Route[] = [];
  for (const device of interfaces)
    for (const own of device.addresses)
      if (own.family === family && (own.prefixLength < ADDRESS_BITS[family] || own.peer) && device.name !== 'lo' && !own.secondary)
        routes.push(
          route(family, 'main', 'unicast', own.peer ?? own.local, own.prefixLength, device.name, 'link', null, family === 'ipv6' ? 256 : 0, family === 'ipv4' ? own.local : null),
        );
  return routes;
}

/** Table local as the kernel fills it for each address (fib_frontend.c fib_add_ifaddr(), ipv6 addrconf.c). */
function localTable(family: Family, interfaces: readonly Interface[]): Route[] {
  const routes: Route[] = [];
  for (const device of interfaces) {
    for (const own of device.addresses) {
      if (own.family !== family) continue;
      if (device.name === 'lo' && family === 'ipv4' && own.prefixLength < 32)
        routes.push(route(family, 'local', 'local', own.local, own.prefixLength, 'lo', 'host', null, 0, own.local));
      routes.push(route(family, 'local', 'local', own.local, ADDRESS_BITS[family], device.name, 'host', null, 0, own.local));
      if (family === 'ipv4' && own.prefixLength < 31) {
        const network = makePrefix('ipv4', own.peer ?? own.local, own.prefixLength);
        const broadcast = own.broadcast ?? [((network.words[0] as number) | ~(network.mask[0] as number)) >>> 0];
        routes.push(route(family, 'local', 'broadcast', broadcast, 32, device.name, 'link', null, 0, own.local));
      }
    }
    if (family === 'ipv6' && device.name !== 'lo') routes.push(route(family, 'local', 'multicast', [0xff000000, 0, 0, 0], 8, device.name, 'global', null, 256));
  }
  return routes;
}
