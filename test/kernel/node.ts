/**
 * A node as the kernel harness builds it: the tools' own texts and the arguments of `ip`. It is not the engine's `Node`
 * on purpose: what the engine reads is the snapshot the real tools print once this has been built.
 */

import type { Environment, ExpectedConnection, Packet, Socket } from '../../engine/model/packet.ts';

export interface KernelInterface {
  readonly name: string;
  /** Made up from its position if not given. */
  readonly mac?: string;
  readonly mtu?: number;
  readonly up?: boolean;
  /** Number of `ip link set … group`. */
  readonly group?: number;
  /** Arguments of `ip addr add`, without `dev`: `10.1.0.1/24`, `10.9.0.1/24 brd +`. */
  readonly addresses?: readonly string[];
  /** Arguments after `ip link add NAME address MAC` for an interface that is no wire: `type vxlan id 5 dstport 4789 dev rb`. */
  readonly create?: string;
  /** Bridge that it is a port of; the bridge stands before it. */
  readonly master?: string;
}

export interface KernelNode {
  /** iptables-save and ipset-save texts; none: no table exists. */
  readonly iptables?: string;
  readonly ip6tables?: string;
  readonly ipset?: string;
  /** Whose tools load the rules above. The kernel traces rules of legacy alone (xt_TRACE.c): of nft only what became of packets and counters is seen. */
  readonly backend?: 'legacy' | 'nft';
  /** What iptables-nft-restore gets besides, before or after the rules of iptables-legacy. */
  readonly nft?: { readonly iptables: string; readonly first: boolean };
  /** Virtual services as `ipvsadm -Sn` prints them. Only a kernel with IPVS takes them. */
  readonly ipvs?: string;
  readonly interfaces: readonly KernelInterface[];
  /** Arguments of `ip route add` and `ip -6 route add`, in an order the kernel accepts. */
  readonly routes?: readonly string[];
  readonly routes6?: readonly string[];
  /** Arguments of `ip rule add`. */
  readonly rules?: readonly string[];
  readonly rules6?: readonly string[];
  /** Arguments of `ip neigh add`: devices with ARP (bridges) need to know who is where. */
  readonly neighbours?: readonly string[];
  /** Arguments of `bridge fdb add`: `02:00:00:00:0c:02 dev pb master static`. The snapshot then lists all of them. */
  readonly forwarding?: readonly string[];
  /** Control groups of cgroup2 that are there, as paths from its root. */
  readonly cgroups?: readonly string[];
  /** Arguments of `nfacct add`. Only a machine with that tool takes them. */
  readonly accounting?: readonly string[];
  /** Fingerprints for `nfnl_osf -f`, of names that nothing else on the machine has. */
  readonly fingerprints?: string;
  /** What is written into /proc/net/xt_recent once the rules are there: `[list, '+10.1.0.2']`. */
  readonly recent?: readonly (readonly [list: string, line: string])[];
  /** The rules above are all there are: the three default ones are removed first. */
  readonly allRules?: boolean;
  /** Written after the interfaces exist. Forwarding is on, rp_filter, redirects and rate limits are off unless said here. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

/** What is sent: a packet, or the answer (or a complaint) to what left (or was delivered) for an earlier one. */
export type Sending =
  | { readonly packet: Packet }
  /** `replyTo` counts from 0. The answer comes in where packet `replyTo` left, addresses and ports exchanged as seen on the wire. */
  | { readonly replyTo: number; readonly overrides?: Partial<Packet> }
  /** An ICMP "destination unreachable" of this code about what left for packet `errorFor`, from its destination. */
  | { readonly errorFor: number; readonly code: number; readonly overrides?: Partial<Packet> };

export interface RunOptions {
  readonly sockets?: readonly Socket[];
  /** What the engine is told of the helpers' expectations; the kernel's helpers find them by themselves. */
  readonly expectations?: readonly ExpectedConnection[];
  /** What else the engine is told of what the kernel knows by itself. */
  readonly told?: Pick<Environment, 'rates' | 'recent' | 'minutesWest'>;
  /**
   * `quiet` (default): every port a packet may reach has a listener that takes nothing, echo requests are ignored: the
   * stack answers nothing of itself and a delivered packet ends there. `stack`: the kernel answers as it does.
   */
  readonly answers?: 'quiet' | 'stack';
  /** Asked for the list of connections once so many packets have been sent. */
  readonly listAfter?: number;
}

/** What the lab needs whatever the node says. netfilter facts: rate limits and DAD would make runs differ. */
const BASE_SYSCTLS: Readonly<Record<string, string>> = {
  'net.ipv6.conf.all.accept_dad': '0',
  'net.ipv6.conf.default.accept_dad': '0',
  'net.ipv6.conf.default.accept_ra': '0',
  'net.ipv6.conf.default.router_solicitations': '0',
  // Group reports leave within milliseconds instead of a second, before the rules are there to count them.
  'net.ipv6.conf.default.mldv1_unsolicited_report_interval': '1',
  'net.ipv6.conf.default.mldv2_unsolicited_report_interval': '1',
  'net.ipv6.auto_flowlabels': '0',
  'net.ipv4.icmp_ratelimit': '0',
  'net.ipv4.icmp_msgs_per_sec': '100000',
  'net.ipv4.icmp_msgs_burst': '100000',
  'net.ipv6.icmp.ratelimit': '0',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.default.rp_filter': '0',
  'net.ipv4.conf.all.send_redirects': '0',
  'net.ipv4.conf.default.send_redirects': '0',
  'net.ipv4.ip_forward': '1',
  'net.ipv6.conf.all.forwarding': '1',
};

/** What the snapshot of a built node holds of `sysctl -a`. */
const READ_SYSCTLS: readonly string[] = [
  'net.ipv4.conf',
  'net.ipv6.conf.all.forwarding',
  'net.ipv4.ip_forward',
  'net.ipv4.fwmark_reflect',
  'net.ipv6.fwmark_reflect',
  'net.ipv4.ip_default_ttl',
  'net.ipv4.ip_early_demux',
  'net.ipv4.icmp_ratelimit',
  'net.ipv4.icmp_ratemask',
  'net.ipv6.icmp.ratelimit',
  'net.ipv4.ip_nonlocal_bind',
  'net.netfilter.nf_conntrack_acct',
  'net.netfilter.nf_conntrack_checksum',
  'net.netfilter.nf_conntrack_tcp_loose',
  'net.netfilter.nf_conntrack_tcp_be_liberal',
];
/** Of net.ipv4.conf.*, what routing looks at. */
const READ_CONF =
  /\.(forwarding|rp_filter|accept_local|route_localnet|src_valid_mark|send_redirects|bc_forwarding|drop_unicast_in_l2_multicast|ignore_routes_with_linkdown|shared_media|log_martians|promote_secondaries|arp_ignore)$/;

/** Hardly any node has it otherwise, and what is not said is so. */
const OFF = /\.(bc_forwarding|drop_unicast_in_l2_multicast|ignore_routes_with_linkdown) = 0$/;

export const relevantSysctl = (line: string): boolean => !line.startsWith('net.ipv4.conf.') || (READ_CONF.test(line.split(' ')[0] as string) && !OFF.test(line));

interface InterfaceMacs {
  readonly node: string;
  readonly peer: string;
}

export function interfaceMacs(node: KernelNode): ReadonlyMap<string, InterfaceMacs> {
  return new Map(
    node.interfaces.map((one, i) => {
      const hex = (i + 10).toString(16).padStart(2, '0');
      return [one.name, { node: one.mac ?? `02:00:00:00:${hex}:01`, peer: `02:00:00:00:${hex}:02` }];
    }),
  );
}

/** The node as the agent takes it. */
export function agentSpec(node: KernelNode, sends: readonly Sending[], options: RunOptions): Record<string, unknown> {
  const macs = interfaceMacs(node);
  const quiet = (options.answers ?? 'quiet') === 'quiet';
  const quietSysctls: [string, string][] = quiet
    ? [
        ['net.ipv4.icmp_echo_ignore_all', '1'],
        ['net.ipv6.icmp.echo_ignore_all', '1'],
      ]
    : [];
  return {
    base: [...Object.entries(BASE_SYSCTLS), ...quietSysctls],
    interfaces: node.interfaces
      .filter((one) => one.name !== 'lo')
      .map((one) => ({ name: one.name, mac: macs.get(one.name)?.node, peerMac: macs.get(one.name)?.peer, mtu: one.mtu, up: one.up, create: one.create, master: one.master })),
    sysctls: Object.entries(node.sysctls ?? {}),
    addresses: node.interfaces.flatMap((one) => [
      ...(one.group === undefined ? [] : [`link set dev ${one.name} group ${one.group}`]),
      ...(one.addresses ?? []).map((address) => `addr add ${address} dev ${one.name}`),
    ]),
    routes: { ipv4: node.routes ?? [], ipv6: node.routes6 ?? [] },
    neighbours: (node.neighbours ?? []).map((line) => `neigh add ${line}`),
    forwarding: node.forwarding ?? null,
    cgroups: node.cgroups ?? [],
    fingerprints: node.fingerprints ?? '',
    recent: node.recent ?? [],
    accounting: node.accounting ?? null,
    rules: { ipv4: node.rules ?? [], ipv6: node.rules6 ?? [] },
    allRules: node.allRules ?? false,
    ipset: node.ipset ?? '',
    nft: node.nft ?? null,
    backend: node.backend ?? 'legacy',
    ipvs: node.ipvs ?? null,
    iptables: node.iptables ?? '',
    ip6tables: node.ip6tables ?? '',
    sockets: options.sockets ?? [],
    quiet,
    sinks: quiet ? sinkPorts(node, sends, options) : [],
    // What the node was told is part of what its tools say.
    readSysctls: [
      ...READ_SYSCTLS,
      ...(node.interfaces.some((one) => one.master !== undefined) ? ['net.bridge'] : []),
      ...Object.keys(node.sysctls ?? {}).filter(
        (name) =>
          /^net\.(netfilter\.|ipv4\.vs\.|ipv[46]\.\w+$|ipv6\.conf\.\w+\.(hop_limit|disable_ipv6|drop_unicast_in_l2_multicast|ignore_routes_with_linkdown|use_oif_addrs_only|use_tempaddr|force_forwarding|forwarding)$|ipv6\.icmp\.\w+$)/.test(
            name,
          ) && !READ_SYSCTLS.includes(name),
      ),
    ],
  };
}

/** Ports that need a listener so that the stack stays quiet: those of the packets and those the rules translate to. */
function sinkPorts(node: KernelNode, sends: readonly Sending[], options: RunOptions): [string, number][] {
  const text = `${node.iptables ?? ''}\n${node.ip6tables ?? ''}`;
  // `-m socket` asks who listens: then only the sockets that the test names may be there.
  if (/-m socket\b/.test(text)) return [];
  const ports = new Set<number>();
  for (const send of sends) {
    const packet: Partial<Packet> | undefined = 'packet' in send ? send.packet : send.overrides;
    for (const port of [packet?.sport, packet?.dport]) if (port) ports.add(port);
  }
  for (const [, low, high] of text.matchAll(/--to-(?:ports |\S+ \S*:)(\d+)(?:-(\d+))?/g))
    for (let port = Number(low); port <= Number(high ?? low) && port < Number(low) + 64; port++) ports.add(port);
  // Real servers, of which the node may be one.
  for (const [, port] of (node.ipvs ?? '').matchAll(/ -r \S+:(\d+)/g)) if (Number(port) > 0) ports.add(Number(port));
  // UDP-Lite has sockets of its own.
  const protocols = ['tcp', 'udp', ...(sends.some((send) => 'packet' in send && send.packet.proto === 'udplite') ? ['udplite'] : [])];
  const taken = new Set((options.sockets ?? []).map((socket) => `${socket.proto} ${socket.port}`));
  return [...ports].flatMap((port) => protocols.filter((proto) => !taken.has(`${proto} ${port}`)).map((proto): [string, number] => [proto, port]));
}
