/** What is known to surprise in netfilter, and which case shows it on the kernel and in the engine. */

interface KnownSurprise {
  readonly fact: string;
  /** Cases of surprises.ts and cases.ts: on the kernel and in the engine. */
  readonly cases?: readonly string[];
  /** Facts of facts.test.ts: of tools, or of what a walk does not hold. */
  readonly facts?: readonly string[];
  /** Other test files. */
  readonly tests?: readonly string[];
  /** Not in the engine, and why. */
  readonly notModelled?: string;
}

export const KNOWN_SURPRISES: readonly KnownSurprise[] = [
  { fact: 'the nat table alone does not turn tracking on, and then no rule of it is asked', cases: ['nat-without-tracking', 'nat-with-tracking-elsewhere'] },
  { fact: 'a mark set in nat is on the first packet of a connection only', cases: ['nat-mark-on-first-packet-only'] },
  { fact: 'the kernel’s trace calls bare ACCEPT, DROP and RETURN rules policies and returns', cases: ['bare-rules-are-rules'] },
  { fact: 'a TRACE rule sees itself only on packets that come back by lo', cases: ['local-output-and-loopback'], tests: ['test/kernel/kernel.test.ts'] },
  { fact: 'OUTPUT goes on with the old out-interface after a new routing decision', cases: ['mark-reroutes', 'output-reroutes'] },
  { fact: 'a new routing decision keeps the source address', cases: ['mark-reroutes', 'output-reroutes'] },
  { fact: 'marks of raw, nat and filter OUTPUT do not route again, changes in mangle and DNAT do', cases: ['output-reroutes', 'output-reroutes-ipv6'] },
  { fact: 'POSTROUTING sees the in-interface of forwarded packets', cases: ['interfaces-per-hook', 'vxlan'] },
  { fact: 'marks pass through tunnels both ways', cases: ['vxlan-inherits', 'vxlan-incoming'] },
  {
    fact: 'errors about TTL and size come before FORWARD',
    cases: ['errors-of-the-stack', 'errors-of-the-stack-with-nat', 'too-long-for-the-way', 'too-long-for-the-way-with-nat'],
  },
  { fact: 'a packet with a wrong TCP checksum is forwarded, INVALID and not translated', cases: ['invalid-leaks-past-snat'] },
  { fact: 'INVALID packets leave with their private source', cases: ['invalid-leaks-past-snat'] },
  { fact: 'a SYN+ACK is ESTABLISHED, a SYN sent again is NEW', cases: ['tcp-open-and-close', 'tcp-syn-only-rst'] },
  { fact: 'an ACK in mid-stream is NEW and makes an ESTABLISHED entry of 300 seconds', cases: ['tcp-picked-up'] },
  { fact: 'a SYN of the client in an open connection is ESTABLISHED, one of the server INVALID', cases: ['tcp-syn-in-established'] },
  { fact: 'clashing ports from 512 to 1023 go to 600 to 1023', cases: ['low-ports-clash'] },
  { fact: 'a null binding moves ports', cases: ['null-binding-moves-a-port'] },
  { fact: 'an address out of a range follows from a hash without a seed', cases: ['snat-range-by-hash', 'persistent-and-random', 'ipv6-nat'] },
  { fact: 'one source port keeps its odd mapping to other destinations', cases: ['odd-port-reused'] },
  { fact: 'the client too many for a range of ports is dropped', cases: ['port-range-exhausted', 'icmp-id-range'] },
  { fact: 'of protocols without ports the second connection is dropped', cases: ['no-port-protocols-clash', 'protocols-without-tracker'] },
  { fact: 'MASQUERADE passes over the source of the route', cases: ['masquerade-picks-by-next-hop'] },
  { fact: 'MASQUERADE loses a packet when the way changes, SNAT does not', cases: ['masquerade-device-changes'] },
  { fact: 'DNAT to the same address is none', cases: ['dnat-to-itself'] },
  { fact: 'ctstate SNAT is false for the first packet in mangle POSTROUTING', cases: ['dnat-to-itself', 'zones'] },
  { fact: 'connmark matches nothing that has no entry, also negated', cases: ['conntrack-matches-without-entry'] },
  { fact: 'conntrack forgets its other options where there is no entry', cases: ['conntrack-matches-without-entry'] },
  { fact: 'ctstatus NONE never matches', cases: ['status-none-and-queues'] },
  { fact: 'later fragments fail negations, too; with tracking there are none', cases: ['fragments-without-conntrack', 'fragments-in-order', 'fragments-to-the-node-untracked'] },
  { fact: 'a header cut short is dropped by the rule that looks at it', cases: ['tcp-fragment-at-8'] },
  { fact: 'limit spends tokens on packets that a later match of its rule refuses', cases: ['limit-before-a-match'] },
  {
    fact: 'an edit fills limits up again, but not in nft',
    facts: ['a limit after an edit, iptables-legacy', 'a limit after an edit, iptables-nft'],
    notModelled: 'rules do not change during a walk',
  },
  { fact: 'addrtype of IPv4 finds unreachable, blackhole and prohibit nowhere', cases: ['addrtype'] },
  { fact: '--return-nomatch matches the exceptions alone', cases: ['sets-change-under-way', 'sets-and-nomatch'] },
  { fact: 'too few set flags never match', cases: ['sets-change-under-way'] },
  { fact: 'a queue that is bypassed passes over the rest of the table', cases: ['status-none-and-queues'] },
  { fact: 'TPROXY without a transparent socket drops', cases: ['tproxy'] },
  { fact: 'data of an open connection of the node is delivered before any policy rule is asked', cases: ['early-demux', 'early-demux-off', 'early-demux-udp-off'] },
  { fact: 'the kernel’s own packets have a socket and no user', cases: ['owners', 'answers-of-the-node'] },
  { fact: 'a reset of REJECT is RELATED and comes from the destination', cases: ['reject-everywhere', 'reject-established'] },
  { fact: 'copies of TEE pass OUTPUT and POSTROUTING untracked', cases: ['tee'] },
  { fact: 'TCPMSS looks at the way back, too, and adds an option where there is none', cases: ['tcpmss'] },
  { fact: 'rp_filter 0 lets broadcast sources pass until a policy rule is added', cases: ['rp-filter-off', 'rp-filter-off-custom-rule'] },
  { fact: 'forwarding is asked of the in-device in IPv4; IPv6 forwards own addresses as sources', cases: ['forwarding-per-device', 'errors-of-the-stack-ipv6'] },
  { fact: 'a rule that says unreachable is 3/0, a route 3/1', cases: ['policy-rules', 'errors-of-the-stack'] },
  {
    fact: 'a restore keeps the policies that it does not name, but not in nft',
    facts: ['a policy and a chain that a restore does not name, iptables-legacy', 'a policy and a chain that a restore does not name, iptables-nft'],
    notModelled: 'rules do not change during a walk',
  },
  {
    fact: 'of two tables at one priority the one loaded last is asked first',
    facts: ['filter INPUT, iptables-legacy before iptables-nft', 'filter INPUT, iptables-nft before iptables-legacy', 'nat PREROUTING, iptables-legacy before nft'],
    tests: ['test/kernel/back-ends.test.ts'],
    notModelled: 'a snapshot does not tell which was loaded last: a note says so, and the one that stands first in it is taken',
  },
  { fact: 'a bridged packet keeps its TTL through DNAT', cases: ['bridged-nat', 'bridged'] },
  { fact: 'what comes back by lo passes over nat PREROUTING and INPUT', cases: ['snat-on-loopback', 'local-output-and-loopback'] },
  { fact: 'the redirect for a first packet vanishes where NAT is active', cases: ['hairpin-with-redirects'] },
  { fact: 'an expected connection is expected once, even if its first packet is dropped', cases: ['expected-once-even-if-dropped', 'expected-by-ftp'] },
  { fact: 'an expected connection follows the addresses of its master, past the nat table', cases: ['expected-follows-snat', 'expected-follows-dnat'] },
  { fact: 'the reset for a frame that a bridge sends on goes straight out, past every rule', cases: ['bridged-filter'] },
  { fact: 'what IPv6 forwards is held against the MTU of its route behind POSTROUTING', cases: ['too-long-for-the-way'] },
  { fact: 'iptables-save hides and rewrites', tests: ['test/kernel/save.test.ts'] },
];
