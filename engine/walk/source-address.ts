/**
 * Which of the node's own addresses the kernel puts in as a source: for MASQUERADE, for packets of local processes, and
 * as the new destination of REDIRECT. Addresses are asked in the order in which `ip addr` lists them, which is the
 * kernel's own.
 *
 * Source: Linux 6.18 net/ipv4/devinet.c inet_select_addr(); net/ipv6/addrconf.c ipv6_dev_get_saddr() (RFC 6724);
 * net/netfilter/nf_nat_redirect.c. Not modelled: home addresses of Mobile IPv6, a table of address labels other than the default one.
 */

import { makePrefix, parseIpv6, prefixContains, type Family, type Prefix, type Words } from '../net/address.ts';
import { isLinkLocal, isLoopback, isMulticast, isUnspecified } from '../net/ipv6.ts';
import type { Interface, InterfaceAddress } from '../model/route.ts';

/** enum rt_scope_t: a larger number reaches less far. */
const SCOPES: Readonly<Record<string, number>> = { global: 0, universe: 0, site: 200, link: 253, host: 254, nowhere: 255 };
const scopeNumber = (scope: string) => SCOPES[scope] ?? (/^\d+$/.test(scope) ? Number(scope) : 0);

const byIndex = (interfaces: readonly Interface[]) => [...interfaces].sort((a, b) => a.index - b.index);

/** Name of the VRF a device belongs to, or is; null: none. */
function vrfOf(interfaces: readonly Interface[], device: Interface | undefined): string | null {
  if (device?.kind === 'vrf') return device.name;
  const master = device?.master ?? null;
  return master !== null && interfaces.some(({ name, kind }) => name === master && kind === 'vrf') ? master : null;
}

const primaries = (device: Interface) => device.addresses.filter(({ family, secondary }) => family === 'ipv4' && !secondary);

/**
 * inet_select_addr(): an IPv4 address of `device` for packets to `nextHop` (null: not known, any), or of another device
 * if it has none. `scope` is the narrowest allowed (`global` for MASQUERADE, the route's scope for local packets).
 * Null: there is none.
 */
export function selectAddress(interfaces: readonly Interface[], device: string, nextHop: Words | null, scope: string, routeLocalnet = false): Words | null {
  const allowed = scopeNumber(scope);
  const own = interfaces.find(({ name }) => name === device);
  let first: Words | null = null;
  for (const { local, peer, prefixLength, scope: reach } of own ? primaries(own) : []) {
    if (Math.min(scopeNumber(reach), routeLocalnet ? 253 : 254) > allowed) continue;
    // inet_ifa_match(): the network is that of the far end, where there is one.
    if (nextHop === null || nextHop[0] === 0 || prefixContains(makePrefix('ipv4', peer ?? local, prefixLength), nextHop)) return local;
    first ??= local;
  }
  if (first) return first;
  const vrf = vrfOf(interfaces, own);
  const others = byIndex(interfaces).filter((other) => vrfOf(interfaces, other) === vrf);
  const master = interfaces.filter(({ name }) => name === vrf);
  for (const other of [...master, ...others]) for (const { local, scope: reach } of primaries(other)) if (reach !== 'link' && scopeNumber(reach) <= allowed) return local;
  return null;
}

/**
 * Where REDIRECT sends a packet that came in by `device`: its first address, in IPv6 the first of the scope of the
 * destination if that is link-local, or of an old kind that no address has. Null: the packet is dropped. (Local packets go to 127.0.0.1 or ::1.)
 */
export function redirectAddress(interfaces: readonly Interface[], device: string, family: Family, destination: Words): Words | null {
  const own = interfaces.find(({ name }) => name === device)?.addresses.filter((address) => address.family === family && !address.tentative) ?? [];
  if (family === 'ipv4') return own[0]?.local ?? null;
  const scope = typeScope(destination);
  return own.find(({ local }) => scope === 0 || (scope & typeScope(local)) !== 0)?.local ?? null;
}

/** Scope bits of an address type (IPV6_ADDR_LOOPBACK, _LINKLOCAL, _SITELOCAL, and _COMPATv4, which lies under the same mask); 0 for global addresses. */
function typeScope(address: Words): number {
  const scope = ipv6Scope(address);
  return isLoopback(address) ? 0x10 : scope === LINK_LOCAL ? 0x20 : scope === SITE_LOCAL ? 0x40 : isIpv4Compatible(address) ? 0x80 : 0;
}

/** Scopes of RFC 4291, as in a multicast address. */
const LINK_LOCAL = 2;
const SITE_LOCAL = 5;
const GLOBAL = 14;
/** `::a.b.c.d`, deprecated (RFC 4291 2.5.5.1). */
const isIpv4Compatible = ([a, b, c, d]: Words) => a === 0 && b === 0 && c === 0 && d !== 0;
/** `::` is of no scope, so everything is wider (__IPV6_ADDR_SCOPE_INVALID). */
const NO_SCOPE = -1;

function ipv6Scope(address: Words): number {
  const top = (address[0] as number) >>> 16;
  if (isMulticast(address)) return top & 0xf;
  if (isUnspecified(address)) return NO_SCOPE;
  if (isLoopback(address) || isLinkLocal(address)) return LINK_LOCAL;
  return (top & 0xffc0) === 0xfec0 ? SITE_LOCAL : GLOBAL;
}

/** Default labels, net/ipv6/addrlabel.c (`ip addrlabel`); the longest prefix decides. */
const LABELS: readonly (readonly [Prefix, number])[] = (
  [
    ['::1', 128, 0],
    ['::', 96, 3],
    ['::ffff:0:0', 96, 4],
    ['2001::', 32, 6],
    ['2001:10::', 28, 7],
    ['3ffe::', 16, 12],
    ['2002::', 16, 2],
    ['fec0::', 10, 11],
    ['fc00::', 7, 5],
    ['::', 0, 1],
  ] as const
).map(([text, length, label]) => [makePrefix('ipv6', parseIpv6(text) as Words, length), label]);

const labelOf = (address: Words) => LABELS.find(([prefix]) => prefixContains(prefix, address))?.[1] ?? 1;
/** 2001:10::/28, identifiers and no locators. */
const isOrchid = ([a = 0]: Words) => (a & 0xfffffff0) >>> 0 === 0x20010010;

function commonBits(a: Words, b: Words): number {
  for (let i = 0; i < 4; i++) {
    const difference = (a[i] as number) ^ (b[i] as number);
    if (difference !== 0) return i * 32 + Math.clz32(difference);
  }
  return 128;
}

/** The rules of RFC 6724 section 5 that are left, in the kernel's order; the higher number wins at the first that differs. */
function score({ local, prefixLength, deprecated, temporary, optimistic }: InterfaceAddress, on: Interface, device: string | null, destination: Words): readonly number[] {
  const scope = ipv6Scope(local);
  const wanted = on.prefersTemporary === true;
  return [
    local.every((word, i) => word === destination[i]) ? 1 : 0,
    scope >= ipv6Scope(destination) ? -scope : scope - 128,
    (deprecated || optimistic) && !isLoopback(local) && !isIpv4Compatible(local) ? 0 : 1,
    device === null || on.name === device ? 1 : 0,
    labelOf(local) === labelOf(destination) ? 1 : 0,
    (temporary === true) === wanted ? 1 : 0,
    isOrchid(local) === isOrchid(destination) ? 1 : 0,
    Math.min(commonBits(local, destination), prefixLength),
    optimistic ? 0 : 1,
  ];
}

function better(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) > (b[i] as number);
  return false;
}

/**
 * ipv6_dev_get_saddr(): an IPv6 address for packets to `destination` that leave by `device` (null: not known). Only the
 * device's own for link-local and multicast destinations; otherwise other devices' too, if they fit better. Equals: the
 * one listed first, which was added last. Null: there is none.
 */
export function selectIpv6Source(interfaces: readonly Interface[], device: string | null, destination: Words): Words | null {
  const own = interfaces.find(({ name }) => name === device);
  const near = own !== undefined && (isMulticast(destination) || ipv6Scope(destination) <= LINK_LOCAL || own.ownSourcesOnly === true);
  const vrf = vrfOf(interfaces, own);
  const domain = byIndex(interfaces).filter((other) => vrfOf(interfaces, other) === vrf);
  let best: { readonly local: Words; readonly points: readonly number[] } | null = null;
  for (const on of near && own ? [own] : domain)
    for (const address of on.addresses) {
      if (address.family !== 'ipv6' || address.tentative || isMulticast(address.local)) continue;
      const points = score(address, on, device, destination);
      if (!best || better(points, best.points)) best = { local: address.local, points };
    }
  return best?.local ?? null;
}
