/**
 * Routing: policy rules by priority, tables by longest prefix, and what the kernel asks besides (type of an address, the
 * way back to a source).
 *
 * Source: Linux 6.18 net/core/fib_rules.c fib_rules_lookup(), net/ipv4/fib_rules.c, fib_trie.c fib_table_lookup(),
 * fib_frontend.c fib_validate_source(), net/ipv6/ip6_fib.c.
 */

import type { AddressType } from '../model/context.ts';
import type { Interface, NextHop, PolicyRule, Realms, Route, RouteType } from '../model/route.ts';
import { FALSE, not, TRUE, UNKNOWN, type Tri } from '../model/test.ts';
import { formatAddress, formatPrefix, maskWords, prefixContains, type Family, type Words } from '../net/address.ts';
import type { Network } from './network.ts';
import { unreadRoute } from './unread.ts';

export interface RouteKey {
  readonly src: Words | null;
  readonly dst: Words;
  readonly mark: number;
  /** Ingress device; `lo` for packets of the node itself. */
  readonly iif: string;
  /** Device a socket is bound to, or asked for by the reverse look-up. */
  readonly oif: string | null;
  /** Of routes that are as good the one by that device is taken, and any other if there is none (IPv6, without RT6_LOOKUP_F_IFACE). */
  readonly oifPreferred?: boolean;
  /** IPv6: loopback, link-local and multicast destinations are only found on the device the packet came in by (rt6_need_strict()). */
  readonly strictDevice: string | null;
  readonly tos: number;
  readonly proto: number;
  readonly sport: number;
  readonly dport: number;
  /** User of the sender, `ROOT` where no process sends; null: not known. */
  readonly uid: number | null;
}

/** Linux looks up for root what no process sends: forwarded packets, its own, and its checks (sock_net_uid()). */
export const ROOT = 0;

/** fib_dscp_masked_match(): of the DSCP, IPv4 compares the lower three bits alone; a route for another one is never taken. */
const LEGACY_TOS = 0x1c;

/** IPV6_MIN_MTU: addrconf_notify() takes IPv6 off a device with less. */
const IPV6_MIN_MTU = 1280;

/** What a packet of the kernel's own is routed by, besides its addresses. */
export const OWN_KEY = { mark: 0, iif: 'lo', oif: null, strictDevice: null, tos: 0, proto: 0, sport: 0, dport: 0, uid: ROOT } as const;

export interface RouteResult {
  /** `none`: no rule gave an answer. */
  readonly type: RouteType | 'none';
  readonly table: string;
  readonly route: Route | null;
  readonly nexthop: NextHop | null;
  readonly dev: string | null;
  /** Priority of the policy rule that gave the answer. */
  readonly rule: number | null;
  /** True if the answer is the rule's own action (`unreachable`), not a route's. */
  readonly byRule: boolean;
  /** Realms of the policy rule; absent: none. */
  readonly ruleRealms?: Realms;
  /** Why the answer may be another one on the real node; null if it is sure. */
  readonly doubt: string | null;
}

const precedes = (a: Route, b: Route): boolean => a.tos > b.tos || (a.tos === b.tos && a.metric < b.metric);

const isRejecting = ({ type }: Route): boolean => type === 'unreachable' || type === 'prohibit' || type === 'blackhole' || type === 'throw';

/** Is it alive, and by the device asked for, if any is? */
export const mayLeaveBy = ({ dev, flags }: NextHop, { oif, oifPreferred, strictDevice }: RouteKey): boolean =>
  !flags.includes('dead') && (oif === null || oifPreferred === true || dev === oif) && (strictDevice === null || dev === strictDevice);

class RouteTable {
  private readonly byLength: (Map<string, Route[]> | undefined)[] = [];
  private readonly lengths: number[] = [];
  private readonly masks: Words[] = [];
  private readonly family: Family;

  constructor(family: Family) {
    this.family = family;
  }

  add(route: Route): void {
    const length = route.destination.length ?? 0;
    let bucket = this.byLength[length];
    if (!bucket) {
      bucket = new Map();
      this.byLength[length] = bucket;
      this.lengths.push(length);
      this.lengths.sort((a, b) => b - a);
      this.masks[length] = maskWords(this.family, length);
    }
    const key = route.destination.words.join(',');
    const routes = bucket.get(key);
    if (!routes) {
      bucket.set(key, [route]);
      return;
    }
    // Behind its equals, as they were added: thousands of devices share ff00::/8.
    let at = routes.length;
    while (at > 0 && precedes(route, routes[at - 1] as Route)) at--;
    routes.splice(at, 0, route);
  }

  /** All routes to one destination. */
  to(words: Words, length: number): readonly Route[] {
    return this.byLength[length]?.get(words.join(',')) ?? [];
  }

  /** Candidates in the kernel's order: longest prefix, then TOS, then metric; the first that `accept` takes. */
  find(dst: Words, accept: (route: Route) => boolean): Route | null {
    for (const length of this.lengths) {
      const mask = this.masks[length] as Words;
      const key = dst.map((word, i) => (word & (mask[i] as number)) >>> 0).join(',');
      for (const route of this.byLength[length]?.get(key) ?? []) if (accept(route)) return route;
    }
    return null;
  }
}

export class Routing {
  private readonly tables: Readonly<Record<Family, Map<string, RouteTable>>> = { ipv4: new Map(), ipv6: new Map() };
  private readonly rules: Readonly<Record<Family, PolicyRule[]>> = { ipv4: [], ipv6: [] };
  private readonly network: Network;

  constructor(network: Network) {
    this.network = network;
    for (const route of network.routes) {
      let table = this.tables[route.family].get(route.table);
      if (!table) {
        table = new RouteTable(route.family);
        this.tables[route.family].set(route.table, table);
      }
      table.add(route);
    }
    for (const rule of network.policyRules) this.rules[rule.family].push(rule);
    for (const rules of Object.values(this.rules)) rules.sort((a, b) => a.priority - b.priority);
  }

  lookup(family: Family, key: RouteKey): RouteResult {
    let doubt = unreadRoute(this.network.unread, family, key.dst);
    const rules = this.rules[family];
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i] as PolicyRule;
      const matches = ruleMatches(rule, key);
      if (matches === UNKNOWN) doubt ??= `ip rule ${rule.priority} selects by uid, and the user of the sender is not given`;
      if (matches !== TRUE) continue;
      if (rule.unmodelled.length > 0) doubt = `ip rule ${rule.priority} selects by ${rule.unmodelled.join(', ')}, which is not modelled`;
      if (rule.action === 'goto') {
        const target = rules.findIndex((other) => other.priority === rule.goto);
        if (target > i) i = target - 1;
        continue;
      }
      if (rule.action === 'nop') continue;
      if (rule.action !== 'lookup') return { type: rule.action, table: '', route: null, nexthop: null, dev: null, rule: rule.priority, byRule: true, doubt };
      const vrf = rule.ofVrf ? this.vrfOf(key) : null;
      if (rule.ofVrf && !vrf) continue;
      if (vrf && vrf.vrfTable === undefined) doubt ??= `which table the VRF ${vrf.name} has is not in the snapshot ("ip -d -j link" says it)`;
      const table = vrf?.vrfTable ?? rule.table;
      const found = this.inTable(family, table, key);
      if (found?.route.unmodelled) doubt ??= `the route ${destinationText(found.route)} has ${found.route.unmodelled.map((what) => `"${what}"`).join(', ')}, which is not modelled`;
      if (!found || found.route.type === 'throw') continue;
      if (rule.suppressPrefixLength !== null && (found.route.destination.length ?? 0) <= rule.suppressPrefixLength) continue;
      const realms = rule.realms === undefined ? {} : { ruleRealms: rule.realms };
      return {
        type: found.route.type,
        table,
        route: found.route,
        nexthop: found.nexthop,
        dev: found.nexthop?.dev ?? null,
        rule: rule.priority,
        byRule: false,
        ...realms,
        doubt,
      };
    }
    return { type: 'none', table: '', route: null, nexthop: null, dev: null, rule: null, byRule: false, doubt };
  }

  /** Whose carrier is gone, where the node leaves such routes out (`ignore_routes_with_linkdown`); IPv6 asks the device alone. */
  private isIgnored({ dev, flags }: NextHop, family: Family): boolean {
    if (dev === null || !flags.includes('linkdown')) return false;
    return family === 'ipv4' ? this.orConf('ignore_routes_with_linkdown', dev) : this.conf6(dev, 'ignore_routes_with_linkdown') !== 0;
  }

  /** The VRF that a look-up belongs to, by the device it is bound to or came in by (l3mdev_update_flow()). */
  private vrfOf({ oif, iif }: RouteKey): Interface | null {
    const { interfaces } = this.network;
    const device = interfaces.find(({ name }) => name === (oif ?? iif));
    return (device?.kind === 'vrf' ? device : interfaces.find(({ name, kind }) => name === device?.master && kind === 'vrf')) ?? null;
  }

  private inTable(family: Family, name: string, key: RouteKey): { readonly route: Route; readonly nexthop: NextHop | null } | null {
    const table = this.tables[family].get(name);
    if (!table) return null;
    let nexthop: NextHop | null = null;
    const tos = family === 'ipv4' ? key.tos & LEGACY_TOS : key.tos & 0xfc;
    const route = table.find(key.dst, (candidate) => {
      if (candidate.tos !== 0 && candidate.tos !== tos) return false;
      nexthop = candidate.nexthops.find((hop) => mayLeaveBy(hop, key) && !this.isIgnored(hop, family)) ?? null;
      const rejects = isRejecting(candidate);
      return nexthop !== null || (rejects && key.oif === null) || (candidate.nexthops.length === 0 && rejects);
    });
    if (route && key.oifPreferred && nexthop !== null && (nexthop as NextHop).dev !== key.oif)
      for (const other of table.to(route.destination.words, route.destination.length ?? 0)) {
        const near = other.metric === route.metric && other.tos === route.tos ? other.nexthops.find((hop) => hop.dev === key.oif && mayLeaveBy(hop, key)) : undefined;
        if (near) return { route: other, nexthop: near };
      }
    return route ? { route, nexthop } : null;
  }

  /** Realms that the policy rules give, one for each that looks into the table; 0: none. IPv4 only. */
  realmsBefore(table: string): readonly Realms[] {
    return this.rules.ipv4.filter((rule) => rule.action === 'lookup' && rule.table === table).map(({ realms }) => realms ?? 0);
  }

  /** Devices by which a look-up that found this route could have left, had one been asked for: fib_info_nh_uses_dev(), rt6_device_match(). */
  waysOf({ route, table }: RouteResult): readonly string[] {
    if (!route) return [];
    const routes = route.family === 'ipv4' ? [route] : (this.tables.ipv6.get(table)?.to(route.destination.words, route.destination.length ?? 0) ?? [route]);
    return routes.filter(({ type }) => type === 'unicast').flatMap(({ nexthops }) => nexthops.flatMap(({ dev, flags }) => (dev === null || flags.includes('dead') ? [] : [dev])));
  }

  /**
   * inet_addr_type_table(): table local alone, UNICAST where it says nothing. With `device`, only answers over it count
   * (inet_addr_type_dev_table()). For IPv6 the type of the route that a look-up finds.
   */
  addressType(family: Family, address: Words, device: string | null): AddressType {
    if (family === 'ipv4') {
      const word = address[0] as number;
      if (word === 0 || word === 0xffffffff) return 'BROADCAST';
      if (word >>> 28 === 0xe) return 'MULTICAST';
      const route = this.tables.ipv4.get('local')?.find(address, () => true);
      // A route that refuses is no answer to this question.
      if (!route || isRejecting(route) || (device !== null && !route.nexthops.some((hop) => hop.dev === device))) return 'UNICAST';
      return route.type.toUpperCase() as AddressType;
    }
    const key: RouteKey = { ...OWN_KEY, src: null, dst: address, oif: device };
    const result = this.lookup('ipv6', key);
    if (result.type === 'none' || result.type === 'unreachable' || result.type === 'prohibit' || result.type === 'blackhole') return 'UNREACHABLE';
    return result.type.toUpperCase() as AddressType;
  }

  /** Is it one of the node's addresses, whatever the device? */
  isLocal(family: Family, address: Words): boolean {
    if (family === 'ipv4') return this.addressType('ipv4', address, null) === 'LOCAL';
    return this.tables.ipv6.get('local')?.find(address, () => true)?.type === 'local';
  }

  /** `conf.all` or'ed with the device's own value: IN_DEV_ORCONF. */
  private orConf(name: string, device: string): boolean {
    return this.conf('all', name) !== 0 || this.conf(device, name) !== 0;
  }

  private conf6(device: string, name: string): number {
    return Number(this.network.sysctl(`net.ipv6.conf.${device.replaceAll('.', '/')}.${name}`) ?? 0);
  }

  private conf(device: string, name: string): number {
    return Number(this.network.sysctl(`net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`) ?? (name === 'send_redirects' ? 1 : 0));
  }

  /** May packets that come in by this device be forwarded? IPv4 asks the device, IPv6 the node. */
  forwards(family: Family, device: string): boolean {
    const { sysctl } = this.network;
    if (family === 'ipv6') {
      const value = sysctl('net.ipv6.conf.all.forwarding') ?? '0';
      return value !== '0' || (sysctl(`net.ipv6.conf.${device.replaceAll('.', '/')}.force_forwarding`) ?? '0') !== '0';
    }
    return (sysctl(`net.ipv4.conf.${device.replaceAll('.', '/')}.forwarding`) ?? sysctl('net.ipv4.ip_forward') ?? '0') !== '0';
  }

  /** Is the node a router on the device's link? IPv6 asks it of each device, and of the node where nothing is said. */
  isRouter(device: string): boolean {
    const { sysctl } = this.network;
    return (sysctl(`net.ipv6.conf.${device.replaceAll('.', '/')}.forwarding`) ?? sysctl('net.ipv6.conf.all.forwarding') ?? '0') !== '0';
  }

  /** IN_DEV_BFORWARD: is what is for everybody on another network of the node sent there? Both settings say so, then. */
  forwardsBroadcasts(device: string): boolean {
    return this.conf('all', 'bc_forwarding') !== 0 && this.conf(device, 'bc_forwarding') !== 0;
  }

  /** Is a packet for one host not taken in where its frame was for more of them (`drop_unicast_in_l2_multicast`)? IPv6 asks the device alone. */
  mindsGroupFrames(family: Family, device: string): boolean {
    return family === 'ipv4' ? this.orConf('drop_unicast_in_l2_multicast', device) : this.conf6(device, 'drop_unicast_in_l2_multicast') !== 0;
  }

  /** Why the device takes no packet of IPv6 in; null: it does. */
  withoutIpv6(device: string): string | null {
    if (this.conf6(device, 'disable_ipv6') !== 0) return `IPv6 is off on ${device} (disable_ipv6)`;
    const mtu = this.network.interfaces.find(({ name }) => name === device)?.mtu ?? IPV6_MIN_MTU;
    return mtu < IPV6_MIN_MTU ? `there is no IPv6 on ${device}: its MTU ${mtu} is below ${IPV6_MIN_MTU}` : null;
  }

  routesLocalnet(device: string): boolean {
    return this.orConf('route_localnet', device);
  }

  sendsRedirects(device: string): boolean {
    return this.orConf('send_redirects', device);
  }

  /**
   * Is a sender on a network of the device itself, so that it could send past this node? What __fib_validate_source() says: of the way
   * back, or, where that leads by another device, of one by this device.
   */
  sourceOnLink(key: RouteKey, device: string): boolean {
    const back = this.wayToSource(key, device, device);
    const isOnLink = ({ type, nexthop }: RouteResult): boolean => type === 'unicast' && nexthop !== null && nexthop.via === null;
    if (back.route?.nexthops.some((hop) => hop.dev === device)) return isOnLink(back);
    if (back.type !== 'unicast' && back.type !== 'local') return false;
    return isOnLink(this.wayToSource(key, device, device, device));
  }

  /**
   * fib_validate_source(): may a packet with this source come in here? Null if it may, else why not. IPv4 only.
   * @param out the device the packet will leave by, null for local delivery
   */
  sourceRefused(key: RouteKey, device: string, out: string | null): string | null {
    const src = key.src as Words;
    const mode = Math.max(this.conf('all', 'rp_filter'), this.conf(device, 'rp_filter'));
    const acceptLocal = this.orConf('accept_local', device);
    if (mode === 0 && !this.network.realms && (out !== device || !this.orConf('send_redirects', device))) {
      if (acceptLocal) return null;
      if (!this.network.customLocalRoutes && !this.network.customRules.ipv4)
        return this.network.interfaces.some((i) => i.addresses.some((a) => a.family === 'ipv4' && a.local[0] === src[0])) ? 'martian source' : null;
    }
    const hasAddresses = this.network.interfaces.some((i) => i.name === device && i.addresses.some((a) => a.family === 'ipv4'));
    const found = this.wayToSource(key, device, out);
    if (found.type === 'none' || found.type === 'unreachable' || found.type === 'prohibit' || found.type === 'blackhole') return mode ? 'rp_filter' : null;
    if (found.type !== 'unicast' && !(found.type === 'local' && acceptLocal)) return 'martian source';
    if (found.route?.nexthops.some((hop) => hop.dev === device) || (found.type === 'local' && device === 'lo')) return null;
    if (!hasAddresses) return mode ? 'rp_filter' : null;
    return mode === 1 ? 'rp_filter' : null;
  }

  /** __fib_validate_source(): what is looked up to see where a packet that came in by `device`, and goes on by `out`, came from. */
  wayToSource(key: RouteKey, device: string, out: string | null, by: string | null = null): RouteResult {
    return this.lookup('ipv4', { ...key, ...this.otherWay(key), oif: by, iif: out ?? 'lo', mark: this.orConf('src_valid_mark', device) ? key.mark : 0 });
  }

  /** What an answer would be looked up by. Protocol and ports are read, and exchanged, only where a rule asks for any (fib4_rules_early_flow_dissect()). */
  private otherWay({ src, dst, proto, sport, dport }: RouteKey): Pick<RouteKey, 'src' | 'dst' | 'oif' | 'proto' | 'sport' | 'dport'> {
    const asked = this.rules.ipv4.some((rule) => rule.iif !== 'lo' && (rule.protocol !== null || rule.sport !== null || rule.dport !== null));
    return { src: dst, dst: src as Words, oif: null, ...(asked ? { proto, sport: dport, dport: sport } : { proto: 0, sport: 0, dport: 0 }) };
  }
}

/** fib_rule_match(): every selector holds, the whole inverted by `not`. Unknown if it rests on a user who is not known. */
function ruleMatches(rule: PolicyRule, key: RouteKey): Tri {
  const holds =
    (rule.iif === null || rule.iif === key.iif) &&
    (rule.oif === null || rule.oif === key.oif) &&
    ((rule.mark ^ key.mark) & rule.markMask) === 0 &&
    (rule.src === null || rule.src.length === 0 || (key.src !== null && prefixContains(rule.src, key.src))) &&
    (rule.dst === null || prefixContains(rule.dst, key.dst)) &&
    (rule.tos === 0 || rule.tos === (key.tos & (rule.family === 'ipv4' ? LEGACY_TOS : 0xfc))) &&
    (rule.protocol === null || rule.protocol === key.proto) &&
    (rule.sport === null || (key.sport >= rule.sport[0] && key.sport <= rule.sport[1])) &&
    (rule.dport === null || (key.dport >= rule.dport[0] && key.dport <= rule.dport[1]));
  const byUser: Tri = !holds ? FALSE : rule.uidRange === null ? TRUE : key.uid === null ? UNKNOWN : key.uid >= rule.uidRange[0] && key.uid <= rule.uidRange[1] ? TRUE : FALSE;
  return rule.not ? not(byUser) : byUser;
}

/** `default`, `10.0.0.0/8`, a host without its length: as `ip` prints destinations. */
export function destinationText(route: Route): string {
  const { destination, family } = route;
  if (destination.length === 0) return 'default';
  if (destination.length === (family === 'ipv4' ? 32 : 128)) return formatAddress(family, destination.words);
  return formatPrefix(destination);
}
