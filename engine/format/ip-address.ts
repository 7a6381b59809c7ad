/** Interfaces and addresses as `ip addr` and `ip -d link` print them, with `-j` or without (iproute2 6.1). */

import type { Bridge, BridgePort, Interface, InterfaceAddress } from '../model/route.ts';
import type { NumberNames } from '../model/local-names.ts';
import { ADDRESS_BITS, parseAddress } from '../net/address.ts';
import { ipItems, plainInterfaces } from './ip-plain.ts';
import { badField, type JsonItem } from './json-list.ts';
import { tunnelOf } from './ip-tunnel.ts';
import type { Report } from './text.ts';

/** Interfaces of one section; a `link` section has none of the addresses. */
export function parseInterfaces(text: string, line: number, to: Report, groups: NumberNames): Interface[] {
  const interfaces: Interface[] = [];
  for (const item of ipItems(text, line, to, plainInterfaces)) {
    const name = item.text('ifname');
    if (name === null) {
      badField(to, item, 'interface', 'ifname');
      continue;
    }
    const flags = item.texts('flags');
    const addresses = item.items('addr_info').flatMap((address) => {
      const read = interfaceAddress(address, name, to);
      return read ? [read] : [];
    });
    if (item.has('mtu') && item.number('mtu') === null) badField(to, item, `interface "${name}"`, 'mtu');
    const mac = item.text('address');
    const tunnel = tunnelOf(item);
    interfaces.push({
      index: item.number('ifindex') ?? 0,
      name,
      mtu: item.number('mtu') ?? 1500,
      up: flags.includes('UP'),
      flags,
      mac: mac !== null && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac) ? mac.toLowerCase() : null,
      master: item.text('master'),
      linkType: item.text('link_type') ?? 'ether',
      kind: item.items('linkinfo')[0]?.text('info_kind') ?? null,
      addresses,
      ...(item.has('group') ? { group: groupNumber(item.text('group'), groups) } : {}),
      ...(item.text('link') === null ? {} : { link: item.text('link') as string }),
      ...(tunnel ? { tunnel } : {}),
      ...vrfOf(item),
      ...bridgeOf(item),
    });
  }
  return interfaces;
}

/** `"info_kind":"vrf","info_data":{"table":10}` (iproute2 6.1: ip/iplink_vrf.c). */
function vrfOf(item: JsonItem): Pick<Interface, 'vrfTable'> {
  const info = item.items('linkinfo')[0];
  const data = info?.text('info_kind') === 'vrf' ? info.items('info_data')[0] : undefined;
  const table = data?.text('table') ?? data?.number('table')?.toString() ?? null;
  return table === null ? {} : { vrfTable: table };
}

/** What `ip -d link` says of a bridge, and of a port of one (iproute2 6.1: ip/iplink_bridge.c, iplink_bridge_slave.c). */
function bridgeOf(item: JsonItem): Pick<Interface, 'bridge' | 'port'> {
  const info = item.items('linkinfo')[0];
  const data = info?.text('info_kind') === 'bridge' ? info.items('info_data')[0] : undefined;
  const port = info?.text('info_slave_kind') === 'bridge' ? info.items('info_slave_data')[0] : undefined;
  const on = (from: JsonItem, key: string): boolean => from.fields[key] === true || (from.number(key) ?? 0) !== 0;
  return {
    ...(data
      ? { bridge: { shown: { ipv4: on(data, 'nf_call_iptables'), ipv6: on(data, 'nf_call_ip6tables') }, unmodelled: ['vlan_filtering'].filter((key) => on(data, key)) } }
      : {}),
    ...(port
      ? {
          port: {
            forwarding: (port.text('state') ?? 'forwarding') === 'forwarding' || port.number('state') === 3,
            hairpin: on(port, 'hairpin'),
            isolated: on(port, 'isolated'),
            flood: !port.has('flood') || on(port, 'flood'),
          },
        }
      : {}),
  };
}

/** Numbers that have no name in /etc/iproute2/group are printed as they are. */
function groupNumber(text: string | null, groups: NumberNames): number | null {
  return text === null ? null : (groups.get(text) ?? (/^\d{1,10}$/.test(text) ? Number(text) : null));
}

function interfaceAddress(item: JsonItem, name: string, to: Report): InterfaceAddress | null {
  const familyName = item.text('family');
  if (familyName !== 'inet' && familyName !== 'inet6') return null;
  const local = parseAddress(item.text('local') ?? '');
  const family = familyName === 'inet' ? 'ipv4' : 'ipv6';
  if (!local || local.family !== family) return badField(to, item, `address of "${name}"`, 'local');
  const prefixLength = item.number('prefixlen');
  if (prefixLength === null || prefixLength > ADDRESS_BITS[family]) return badField(to, item, `address of "${name}"`, 'prefixlen');
  const broadcast = item.has('broadcast') ? parseAddress(item.text('broadcast') ?? '') : null;
  const peer = item.has('address') ? parseAddress(item.text('address') ?? '') : null;
  if (item.has('address') && peer?.family !== family) badField(to, item, `address of "${name}"`, 'address');
  return {
    family,
    local: local.words,
    ...(peer?.family === family ? { peer: peer.words } : {}),
    prefixLength,
    broadcast: broadcast?.words ?? null,
    scope: item.text('scope') ?? 'global',
    secondary: item.fields.secondary === true,
    ...(item.fields.deprecated === true ? { deprecated: true } : {}),
    ...(item.fields.tentative === true && item.fields.optimistic !== true ? { tentative: true } : {}),
    ...(family === 'ipv6' && item.fields.temporary === true ? { temporary: true } : {}),
    ...(item.fields.optimistic === true ? { optimistic: true } : {}),
  };
}

/** One list of interfaces from several sections: what one leaves out the other fills in. The first has the say. */
export function mergeInterfaces(lists: readonly (readonly Interface[])[]): Interface[] {
  const merged = new Map<string, Interface>();
  for (const list of lists)
    for (const found of list) {
      const before = merged.get(found.name);
      if (!before) {
        merged.set(found.name, found);
        continue;
      }
      const addresses = [...before.addresses];
      for (const address of found.addresses)
        if (!addresses.some((other) => other.family === address.family && other.prefixLength === address.prefixLength && other.local.every((word, i) => word === address.local[i])))
          addresses.push(address);
      merged.set(found.name, {
        ...before,
        index: before.index || found.index,
        mac: before.mac ?? found.mac,
        master: before.master ?? found.master,
        kind: before.kind ?? found.kind,
        ...(before.group !== undefined || found.group !== undefined ? { group: before.group ?? found.group ?? null } : {}),
        ...((before.link ?? found.link) === undefined ? {} : { link: (before.link ?? found.link) as string }),
        ...((before.vrfTable ?? found.vrfTable) === undefined ? {} : { vrfTable: (before.vrfTable ?? found.vrfTable) as string }),
        ...(before.tunnel || found.tunnel ? { tunnel: before.tunnel ?? found.tunnel ?? null } : {}),
        ...(before.bridge || found.bridge ? { bridge: (before.bridge ?? found.bridge) as Bridge } : {}),
        ...(before.port || found.port ? { port: (before.port ?? found.port) as BridgePort } : {}),
        flags: before.flags.length > 0 ? before.flags : found.flags,
        addresses,
      });
    }
  return [...merged.values()];
}
