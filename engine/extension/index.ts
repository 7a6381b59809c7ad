/**
 * The one list of extensions. Adding one is its file, one line here and one case table in test/extension. What comes in:
 * a name; what goes out: the extension, or undefined for one that nobody has written yet (it is then kept, printed back
 * and unknown in a walk).
 */

import type { MatchExtension, TargetExtension } from './extension.ts';
import { addrtype } from './match/addrtype.ts';
import { ah } from './match/ah.ts';
import { bpf } from './match/bpf.ts';
import { cgroup } from './match/cgroup.ts';
import { cluster } from './match/cluster.ts';
import { comment } from './match/comment.ts';
import { connbytes } from './match/connbytes.ts';
import { connlabel } from './match/connlabel.ts';
import { connlimit } from './match/connlimit.ts';
import { connmark } from './match/connmark.ts';
import { conntrack } from './match/conntrack.ts';
import { cpu } from './match/cpu.ts';
import { dccp } from './match/dccp.ts';
import { devgroup } from './match/devgroup.ts';
import { dscp } from './match/dscp.ts';
import { dst } from './match/dst.ts';
import { ecn } from './match/ecn.ts';
import { esp } from './match/esp.ts';
import { eui64 } from './match/eui64.ts';
import { frag } from './match/frag.ts';
import { hashlimit } from './match/hashlimit.ts';
import { hbh } from './match/hbh.ts';
import { helper } from './match/helper.ts';
import { hl } from './match/hl.ts';
import { icmp } from './match/icmp.ts';
import { icmp6 } from './match/icmp6.ts';
import { ipcomp } from './match/ipcomp.ts';
import { iprange } from './match/iprange.ts';
import { ipv6header } from './match/ipv6header.ts';
import { ipvs } from './match/ipvs.ts';
import { length } from './match/length.ts';
import { limit } from './match/limit.ts';
import { mac } from './match/mac.ts';
import { mark } from './match/mark.ts';
import { mh } from './match/mh.ts';
import { multiport } from './match/multiport.ts';
import { nfacct } from './match/nfacct.ts';
import { osf } from './match/osf.ts';
import { owner } from './match/owner.ts';
import { physdev } from './match/physdev.ts';
import { pkttype } from './match/pkttype.ts';
import { policy } from './match/policy.ts';
import { quota } from './match/quota.ts';
import { rateest } from './match/rateest.ts';
import { realm } from './match/realm.ts';
import { recent } from './match/recent.ts';
import { rpfilter } from './match/rpfilter.ts';
import { rt } from './match/rt.ts';
import { sctp } from './match/sctp.ts';
import { set } from './match/set.ts';
import { socket } from './match/socket.ts';
import { srh } from './match/srh.ts';
import { state } from './match/state.ts';
import { statistic } from './match/statistic.ts';
import { string } from './match/string.ts';
import { tcp } from './match/tcp.ts';
import { tcpmss } from './match/tcpmss.ts';
import { time } from './match/time.ts';
import { tos } from './match/tos.ts';
import { ttl } from './match/ttl.ts';
import { u32 } from './match/u32.ts';
import { udp } from './match/udp.ts';
import { CONNMARK } from './target/connmark.ts';
import { DNAT } from './target/dnat.ts';
import { MARK } from './target/mark.ts';
import { TPROXY } from './target/tproxy.ts';
import { TCPMSS } from './target/tcpmss.ts';
import { SET } from './target/set.ts';
import { CT } from './target/ct.ts';
import { TTL } from './target/ttl.ts';
import { TRACE } from './target/trace.ts';
import { TOS } from './target/tos.ts';
import { NOTRACK } from './target/notrack.ts';
import { LOG } from './target/log.ts';
import { HL } from './target/hl.ts';
import { DSCP } from './target/dscp.ts';
import { MASQUERADE } from './target/masquerade.ts';
import { NETMAP } from './target/netmap.ts';
import { REDIRECT } from './target/redirect.ts';
import { REJECT } from './target/reject.ts';
import { SNAT } from './target/snat.ts';
import { TEE } from './target/tee.ts';
import { TCPOPTSTRIP } from './target/tcpoptstrip.ts';
import { SYNPROXY } from './target/synproxy.ts';
import { RATEEST } from './target/rateest.ts';
import { NFQUEUE } from './target/nfqueue.ts';
import { NFLOG } from './target/nflog.ts';
import { IDLETIMER, LED } from './target/idletimer.ts';
import { HMARK } from './target/hmark.ts';
import { ECN } from './target/ecn.ts';
import { DNPT, SNPT } from './target/npt.ts';
import { CONNSECMARK, SECMARK } from './target/secmark.ts';
import { CLASSIFY } from './target/classify.ts';
import { CHECKSUM } from './target/checksum.ts';
import { AUDIT } from './target/audit.ts';
import { ULOG } from './target/ulog.ts';

// biome-ignore format: a table
export const MATCHES: readonly MatchExtension[] = [
  addrtype, ah, bpf, cgroup, cluster, comment, connbytes, connlabel, connlimit, connmark, conntrack, cpu, dccp, devgroup, dscp, dst, ecn, esp, eui64, frag, hashlimit, hbh,
  helper, hl, icmp, icmp6, ipcomp, iprange, ipv6header, ipvs, length, limit, mac, mark, mh, multiport, nfacct, osf, owner, physdev, pkttype, policy, quota, rateest, realm, recent,
  rpfilter, rt, sctp, set, socket, srh, state, statistic, string, tcp, tcpmss, time, tos, ttl, u32, udp,
];
// biome-ignore format: a table
export const TARGETS: readonly TargetExtension[] = [
  AUDIT, CHECKSUM, CLASSIFY, CONNMARK, CONNSECMARK, CT, DNAT, DNPT, DSCP, ECN, HL, HMARK, IDLETIMER, LED, LOG, MARK, MASQUERADE, NETMAP, NFLOG, NFQUEUE, NOTRACK,
  RATEEST, REDIRECT, REJECT, SECMARK, SET, SNAT, SNPT, SYNPROXY, TCPMSS, TCPOPTSTRIP, TEE, TOS, TPROXY, TRACE, TTL, ULOG,
];

const matches = new Map(MATCHES.map((match) => [match.name, match]));
const targets = new Map(TARGETS.map((target) => [target.name, target]));

export function findMatch(name: string): MatchExtension | undefined {
  return matches.get(name);
}

export function findTarget(name: string): TargetExtension | undefined {
  return targets.get(name);
}

export * from './extension.ts';
