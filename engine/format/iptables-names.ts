/**
 * Names of every match and target that iptables 1.8.9 or xtables-addons 3.24 ships, modelled here or not. They tell a
 * name we have not modelled (kept, a warning) from one that does not exist (an error with a "did you mean").
 */

import type { Family } from '../net/address.ts';

const words = (text: string) => text.split(' ');

const BOTH_MATCHES = words(
  'addrtype ah bpf cgroup cluster comment connbytes connlabel connlimit connmark conntrack cpu dccp devgroup dscp ecn esp hashlimit helper ipcomp iprange ipvs length limit mac mark multiport ' +
    'nfacct osf owner physdev pkttype policy quota rateest recent rpfilter sctp set socket state statistic string tcp tcpmss time tos u32 udp ' +
    'asn condition dhcpmac fuzzy geoip iface ipp2p length2 lscan psd quota2',
);
const MATCHES: Readonly<Record<Family, readonly string[]>> = {
  ipv4: words('icmp realm ttl ipv4options'),
  ipv6: words('dst eui64 frag hbh hl icmp6 ipv6header mh rt srh'),
};

const BOTH_TARGETS = words(
  'AUDIT CHECKSUM CLASSIFY CONNMARK CONNSECMARK CT DNAT DSCP HMARK IDLETIMER LED LOG MARK MASQUERADE NETMAP NFLOG NFQUEUE NOTRACK RATEEST REDIRECT REJECT SECMARK SET SNAT SYNPROXY ' +
    'TCPMSS TCPOPTSTRIP TEE TOS TPROXY TRACE CHAOS DELUDE DHCPMAC ECHO IPMARK LOGMARK PROTO SYSRQ TARPIT',
);
const TARGETS: Readonly<Record<Family, readonly string[]>> = {
  ipv4: words('CLUSTERIP ECN TTL ULOG ACCOUNT DNETMAP'),
  ipv6: words('DNPT HL SNPT'),
};

/** XT_EXTENSION_MAXNAMELEN of include/uapi/linux/netfilter/x_tables.h, the ending NUL included. */
export const MAX_NAME = 29;

export const STANDARD_TARGETS: readonly string[] = ['ACCEPT', 'DROP', 'QUEUE', 'RETURN'];

/** Matches that `-p NAME` loads of itself when one of their options is used. */
export const PROTOCOL_MATCHES: ReadonlySet<string> = new Set(words('ah dccp esp icmp icmp6 ipcomp mh sctp tcp udp'));

const known = {
  match: { ipv4: new Set([...BOTH_MATCHES, ...MATCHES.ipv4]), ipv6: new Set([...BOTH_MATCHES, ...MATCHES.ipv6]) },
  target: { ipv4: new Set([...BOTH_TARGETS, ...TARGETS.ipv4]), ipv6: new Set([...BOTH_TARGETS, ...TARGETS.ipv6]) },
} as const;

export function extensionNames(kind: 'match' | 'target', family: Family): ReadonlySet<string> {
  return known[kind][family];
}

/** Names that stand for another: xtables_find_match() of libxtables 1.8.9 takes all three for one. */
export function matchName(name: string): string {
  return name === 'icmpv6' || name === 'ipv6-icmp' ? 'icmp6' : name;
}
