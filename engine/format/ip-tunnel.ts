/**
 * Tunnels as `ip` prints them: vxlan and geneve devices (`linkinfo` of `ip -d -j link`), and what a route tells such a
 * device (`encap ip`). iproute2 6.1: ip/iplink_vxlan.c, iplink_geneve.c, iproute_lwtunnel.c.
 */

import type { Encapsulation, TunnelEnd, Tunnel } from '../model/route.ts';
import { parseAddress, type Words } from '../net/address.ts';
import type { JsonItem } from './json-list.ts';

/** Settings that change which packets come out, or how, and that no walk takes into account. */
const UNMODELLED = ['gbp', 'gpe', 'rsc', 'remcsum_tx', 'remcsum_rx', 'vnifilter', 'localbypass'] as const;

/** How a tunnel device is set up; null if it is none, or if the section does not say (`ip link` without `-d`). */
export function tunnelOf(link: JsonItem): Tunnel | null {
  const info = link.items('linkinfo')[0];
  const kind = info?.text('info_kind');
  const data = info?.items('info_data')[0];
  const port = data?.number('port') ?? null;
  if (!data || port === null || (kind !== 'vxlan' && kind !== 'geneve')) return null;
  const external = data.fields.external === true;
  const range = data.items('port_range')[0];
  const [low, high] = [range?.number('low') ?? 0, range?.number('high') ?? 0];
  const df = data.text('df');
  return {
    id: external ? null : data.number('id'),
    remote: endpoint(data.text('remote') ?? data.text('remote6') ?? data.text('group') ?? data.text('group6')),
    local: endpoint(data.text('local') ?? data.text('local6'))?.words ?? null,
    link: data.text('link'),
    port,
    sourcePorts: low > 0 && high > 0 ? [low, high] : null,
    // "inherit" is printed for people alone: in JSON the number is missing then.
    ttl: data.number('ttl') ?? 'inherit',
    tos: tosOf(data),
    df: df === 'set' || df === 'inherit' ? df : 'unset',
    external,
    ethernet: data.fields.inner_proto_inherit !== true && data.fields.gpe !== true,
    unmodelled: [...unread(data), ...UNMODELLED.filter((name) => data.fields[name] !== undefined && data.fields[name] !== (name === 'localbypass'))],
  };
}

/** Addresses that are given and cannot be read, so that they do not pass for none. */
function unread(data: JsonItem): readonly string[] {
  return ['remote', 'remote6', 'group', 'group6', 'local', 'local6']
    .filter((key) => data.has(key) && parseAddress(data.text(key) ?? '') === null)
    .map((key) => `${key} ${JSON.stringify(data.fields[key])}`);
}

/** 1 stands for "inherit", as a TOS of no packet (IP_TUNNEL_TOS_INHERIT). */
function tosOf(data: JsonItem): Tunnel['tos'] {
  const number = data.number('tos');
  return data.text('tos') === 'inherit' || number === 1 ? 'inherit' : (number ?? 0);
}

function endpoint(text: string | null): TunnelEnd | null {
  const address = text === null ? null : parseAddress(text);
  return address && isSpecified(address.words) ? { family: address.family, words: address.words } : null;
}

const isSpecified = (words: Words): boolean => words.some((word) => word !== 0);

/** Keys of `encap ip` that a route has, too: `ip` prints both on one level, so that the later one would win. */
const SHARED = /"(dst|src|tos)":/g;

/**
 * Sets the keys of an encapsulation apart from the route's, in a text of the same length: `"Dst"` is the encapsulation's.
 * It ends where the next hop begins (`print_route()`).
 */
export function separateEncapsulation(text: string): string {
  if (!text.includes('"encap":"ip')) return text;
  return text.replace(/"encap":"ip6?",.*?(?="(?:gateway|via|dev)":|\})/gs, (part) => part.replace(SHARED, (_, key: string) => `"${key[0]?.toUpperCase()}${key.slice(1)}":`));
}

/** Keys that `encapsulationOf` reads, for whoever lists what is not read. */
export const ENCAPSULATION_KEYS = ['encap', 'id', 'Dst', 'Src', 'ttl', 'hoplimit', 'Tos', 'tc', 'csum', 'key', 'seq'] as const;

/** What a route, or a next hop of it, tells a tunnel device; null if nothing, or nothing that is read. */
export function encapsulationOf(route: JsonItem): Encapsulation | null {
  const kind = route.text('encap');
  const dst = endpoint(route.text('Dst'));
  if ((kind !== 'ip' && kind !== 'ip6') || !dst) return null;
  return {
    id: route.number('id') ?? 0,
    dst,
    src: endpoint(route.text('Src'))?.words ?? null,
    ttl: route.number('ttl') ?? route.number('hoplimit') ?? 0,
    tos: route.number('Tos') ?? route.number('tc') ?? 0,
  };
}
