/** A node of a snapshot file, rebuilt on the kernel: the tools' texts as they are, addresses, routes and rules as arguments of `ip`. */

import type { Node } from '../../engine/model/node.ts';
import type { Interface, PolicyRule, Route } from '../../engine/model/route.ts';
import { type Family, formatAddress, formatPrefix } from '../../engine/net/address.ts';
import { isVirtualServers } from '../support/examples.ts';
import type { KernelInterface, KernelNode } from './node.ts';

/** Sysctls that change what a packet meets and that a namespace has. */
const WRITTEN =
  /^net\.(ipv4\.(ip_forward|fwmark_reflect|vs\.(conntrack|snat_reroute)|conf\.[^.]+\.(rp_filter|forwarding|accept_local|route_localnet|src_valid_mark|send_redirects))|ipv6\.conf\.[^.]+\.forwarding|netfilter\.nf_conntrack_(tcp_loose|tcp_be_liberal|checksum|acct|\w+_timeout\w*))$/;
const DEFAULT_RULES: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['priority 0 lookup local', 'priority 32766 lookup main', 'priority 32767 lookup default'],
  ipv6: ['priority 0 lookup local', 'priority 32766 lookup main'],
};

/**
 * Interfaces become wires, so that what leaves is seen; neighbours need not be known on them. So do the devices of Open vSwitch's
 * tunnels, which no kernel without Open vSwitch could make as they are. Dummies, such as kube-ipvs0, are made as dummies: not every
 * kernel has those.
 */
export function kernelNodeOf(node: Node): KernelNode {
  const text = (kind: string): string =>
    node.sections
      .filter((section) => section.kind === kind)
      .map((section) => section.text)
      .join('\n');
  const ipvs = node.sections.filter(isVirtualServers);
  const interfaces = (node.interfaces ?? []).map(interfaceOf);
  const devices = new Set(['all', 'default', ...interfaces.map((one) => one.name), 'lo']);
  const has = (name: string): boolean => (name.includes('.vs.') ? ipvs.length > 0 : !name.includes('.conf.') || devices.has(name.split('.')[3] as string));
  const sysctls = [...(node.sysctls ?? [])].filter(([name]) => WRITTEN.test(name) && has(name));
  // Writing ip_forward sets every interface's forwarding: it goes first.
  sysctls.sort(([a], [b]) => Number(b.endsWith('ip_forward')) - Number(a.endsWith('ip_forward')));
  const routes = (family: Family): string[] =>
    (node.routes ?? [])
      .filter((route) => route.family === family && !isKernelsOwn(route))
      .sort(nearFirst)
      .map(routeText);
  const isDefault = (family: Family): boolean =>
    !node.ruleFamilies.includes(family) ||
    DEFAULT_RULES[family].join() ===
      (node.policyRules ?? [])
        .filter((rule) => rule.family === family)
        .map((rule) => ruleText(rule).replace(/^from all (.*) lookup (\S+)$/, '$1 lookup $2'))
        .join();
  // Once rules have been touched the kernel checks sources in another way (fib_has_custom_rules): the default ones are left alone.
  const untouched = isDefault('ipv4') && isDefault('ipv6');
  const rules = (family: Family): readonly string[] =>
    untouched ? [] : node.ruleFamilies.includes(family) ? (node.policyRules ?? []).filter((rule) => rule.family === family).map(ruleText) : DEFAULT_RULES[family];
  return {
    interfaces,
    routes: routes('ipv4'),
    routes6: routes('ipv6'),
    rules: rules('ipv4'),
    rules6: rules('ipv6'),
    allRules: !untouched,
    iptables: text('iptables-save'),
    ip6tables: text('ip6tables-save'),
    ipset: text('ipset save'),
    ...(ipvs.length > 0 ? { ipvs: ipvs.map((section) => section.text).join('\n') } : {}),
    sysctls: Object.fromEntries(sysctls),
  };
}

function interfaceOf(one: Interface): KernelInterface {
  // The kernel prints IPv6 addresses newest first, and prefers the newest: they are added from the last to the first.
  const inOrder = [...one.addresses.filter(({ family }) => family === 'ipv4'), ...one.addresses.filter(({ family }) => family === 'ipv6').reverse()];
  const addresses = inOrder
    .map((address) => ({ ...address, text: formatAddress(address.family, address.local) }))
    // The kernel makes these itself.
    .filter(({ text, scope, family }) => !(one.name === 'lo' && (text === '127.0.0.1' || text === '::1')) && !(family === 'ipv6' && scope === 'link'))
    .map(
      ({ text, prefixLength, broadcast, scope, family }) =>
        `${text}/${prefixLength}${broadcast ? ` brd ${formatAddress(family, broadcast)}` : ''}${scope === 'global' ? '' : ` scope ${scope}`}`,
    );
  const mac = one.mac && !/^00:00:00:00:00:00$/.test(one.mac) ? { mac: one.mac } : {};
  return { name: one.name, up: one.up, addresses, ...mac, ...(one.name === 'lo' ? {} : { mtu: one.mtu }), ...(one.kind === 'dummy' ? { create: 'type dummy' } : {}) };
}

/** Routes that come with an address or an interface. */
function isKernelsOwn({ protocol, nexthops, table, type, metric }: Route): boolean {
  if (type === 'multicast' || type === 'anycast' || (table === 'local' && protocol === 'kernel')) return true;
  return protocol === 'kernel' && (type === 'unreachable' ? metric === 0xffffffff : nexthops.every((hop) => hop.via === null));
}

/** A gateway must be reachable before it is named. */
const nearFirst = (a: Route, b: Route): number => Number(a.nexthops.some((hop) => hop.via)) - Number(b.nexthops.some((hop) => hop.via));

function routeText(route: Route): string {
  const { family, type, destination, nexthops, table, prefsrc, metric, tos, scope } = route;
  const hop = ({ via, viaFamily, dev, flags }: Route['nexthops'][number]): string =>
    `${via ? ` via ${viaFamily === family ? '' : viaFamily === 'ipv6' ? 'inet6 ' : 'inet '}${formatAddress(viaFamily, via)}` : ''}${dev ? ` dev ${dev}` : ''}${flags.includes('onlink') ? ' onlink' : ''}`;
  const hops = nexthops.length > 1 ? nexthops.map((one) => ` nexthop${hop(one)} weight ${one.weight}`).join('') : nexthops.map(hop).join('');
  const head = `${type === 'unicast' ? '' : `${type} `}${formatPrefix(destination)} table ${table}`;
  const tail = `${prefsrc ? ` src ${formatAddress(family, prefsrc)}` : ''}${metric ? ` metric ${metric}` : ''}${tos ? ` tos ${tos}` : ''}${family === 'ipv4' && type === 'unicast' && scope !== 'global' ? ` scope ${scope}` : ''}`;
  return nexthops.length > 1 ? head + tail + hops : head + hops + tail;
}

function ruleText(rule: PolicyRule): string {
  if (rule.unmodelled.length > 0) throw new Error(`policy rule ${rule.priority} has selectors that the harness does not build: ${rule.unmodelled.join(', ')}`);
  const range = (value: readonly [number, number]): string => `${value[0]}-${value[1]}`;
  return [
    rule.not ? 'not' : '',
    rule.src ? `from ${formatPrefix(rule.src)}` : 'from all',
    rule.dst ? `to ${formatPrefix(rule.dst)}` : '',
    rule.iif ? `iif ${rule.iif}` : '',
    rule.oif ? `oif ${rule.oif}` : '',
    rule.mark || rule.markMask ? `fwmark 0x${rule.mark.toString(16)}/0x${rule.markMask.toString(16)}` : '',
    rule.tos ? `tos ${rule.tos}` : '',
    rule.protocol === null ? '' : `ipproto ${rule.protocol}`,
    rule.sport ? `sport ${range(rule.sport)}` : '',
    rule.dport ? `dport ${range(rule.dport)}` : '',
    rule.uidRange ? `uidrange ${range(rule.uidRange)}` : '',
    rule.suppressPrefixLength === null ? '' : `suppress_prefixlength ${rule.suppressPrefixLength}`,
    `priority ${rule.priority}`,
    rule.action === 'lookup' ? `lookup ${rule.table}` : rule.action === 'goto' ? `goto ${rule.goto}` : rule.action,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
