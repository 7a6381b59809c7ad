/** Mutants that no recording can notice, and why. Extensions of which the engine models nothing have their own word for it (`notModelled`). */

interface Survivors {
  readonly of: readonly string[];
  /** Absent: all. */
  readonly names?: readonly string[];
  readonly reason: string;
}

export const SURVIVORS: readonly Survivors[] = [
  {
    of: ['-j SNAT', '-j DNAT', '-j MASQUERADE', '-j REDIRECT', '-j NETMAP'],
    names: ['goes on with the next rule', 'drops'],
    reason: 'the translation itself says how the table ends',
  },
  { of: ['-j TPROXY'], names: ['goes on with the next rule', 'drops'], reason: 'whether there is a socket says how the table ends' },
  { of: ['-j SYNPROXY'], names: ['ends the table', 'drops'], reason: 'the segment says how the table ends' },
  { of: ['-j SYNPROXY'], names: ['--wscale: one more'], reason: 'of values of TCP options the MSS alone is compared' },
  {
    of: ['-j LOG', '-j NFLOG', '-j AUDIT', '-j TRACE', '-j RATEEST', '-j IDLETIMER', '-j LED', '-j CHECKSUM', '-j ULOG'],
    reason: 'it writes down or counts; no packet is another one behind it',
  },
  { of: ['-j SECMARK', '-j CONNSECMARK'], reason: 'needs a security module' },
  { of: ['-j MASQUERADE', '-j REDIRECT', '-j NETMAP'], names: ['persistent'], reason: 'one address leaves nothing to choose' },
  { of: ['-m connlimit'], reason: 'no two quick runs of the kernel agree (coverage-reasons.ts)' },
  {
    of: ['-m tcp', '-m udp', '-m icmp', '-m icmp6', '-m tcpmss', '-m multiport', '-m sctp', '-m dccp', '-m ah', '-m esp', '-m eui64', '-m ipcomp', '-m mh'],
    names: ['no packet is dropped on the spot'],
    reason: 'packets of the harness have whole headers',
  },
  {
    of: ['-m policy'],
    names: [
      '--dir ignored',
      '--strict ignored',
      '--reqid ignored',
      '! of --reqid ignored',
      '--reqid: one more',
      '--spi ignored',
      '! of --spi ignored',
      '--proto ignored',
      '! of --proto ignored',
      '--proto: one more',
      '--mode ignored',
      '! of --mode ignored',
      '--tunnel-dst ignored',
      '! of --tunnel-dst ignored',
      '--tunnel-src ignored',
      '! of --tunnel-src ignored',
      '--next ignored',
    ],
    reason: 'without IPsec nobody asks what a transform is like, and with it the answer is unknown (notModelled)',
  },
  { of: ['-m tcpmss'], names: ['only the first of several'], reason: 'data of a later fragment that may be a header is unknown; any other is dropped either way' },
  {
    of: ['-m hashlimit'],
    names: ['--hashlimit-htable-size ignored'],
    reason: 'how many slots the table has changes no answer',
  },
  {
    of: ['-m hashlimit'],
    names: [
      '--hashlimit-upto: one more',
      '--hashlimit-above: one more',
      '--hashlimit-rate-interval: one more',
      '--hashlimit-htable-expire: one more',
      '--hashlimit-htable-gcinterval: one more',
    ],
    reason: 'a millionth of a second in a rate, a thousandth of one in a time: less than the kernel’s clock and the harness can tell apart',
  },
  { of: ['-m frag'], names: ['--fraglen ignored', '! of --fraglen ignored', '--fraglen: one more'], reason: 'the kernel does not look at the length' },
  {
    of: ['-m frag', '-m ipcomp'],
    names: ['--fragres ignored', '--compres ignored'],
    reason: 'fragments of the harness have the field zero, and of the other the kernel does not look at it',
  },
  {
    of: ['-m cluster', '-m connbytes'],
    names: ['without its mask', 'a mask with one bit less'],
    reason: 'one bit says that there is a connection; without one the condition behind it fails as well',
  },
  { of: ['-m cluster'], names: ['a range that ends one later'], reason: 'no protocol has a number above 255' },
  { of: ['-m physdev'], names: ['a mask with one bit less'], reason: 'only the interface with the number 1 would be taken for none, and that one is no port of a bridge' },
  {
    of: ['-m ipvs'],
    names: ['--vportctl ignored', '! of --vportctl ignored'],
    reason: 'a walk does not know controlling connections (notModelled), and what is unknown proves nothing',
  },
  { of: ['-m connlabel'], names: ['--label: one more'], reason: 'every rule of the node is one off alike, and labels are numbers to nothing else' },
  { of: ['-m limit'], names: ['--limit: one more'], reason: 'a ten-thousandth of a second between tokens, less than a packet of the harness takes' },
  { of: ['-m recent'], names: ['--rsource ignored'], reason: 'it is so unless --rdest is there' },
  { of: ['-m time'], names: ['--monthdays: one more', '--weekdays: one more'], reason: 'the number is a set of days, in which the lowest bit stands for none' },
  { of: ['-m time'], names: ['--localtz ignored', '--utc ignored'], reason: 'iptables takes it and saves nothing: the clock is that of UTC without it' },
  { of: ['-m time'], names: ['--kerneltz ignored'], reason: 'the kernels at hand keep UTC; other zones are in test/engine/extension/match/outside.test.ts' },
  { of: ['-m ipv6header'], names: ['--soft ignored'], reason: 'packets of the harness have one header or none, for which it makes no difference' },
  { of: ['-m bpf'], names: ['--object-pinned ignored'], reason: 'a walk does not know what it asks for (notModelled), and what is unknown proves nothing' },
  { of: ['-m osf'], names: ['! of --genre ignored', '--log: one more'], reason: 'the kernel does not look at the "!", and a level says what is logged' },
  { of: ['-m osf'], names: ['only the first of several'], reason: 'what data of a later fragment look like as a TCP header is unknown, which proves nothing' },
  { of: ['-m rateest'], names: ['--rateest2 ignored'], reason: 'estimators of the harness measure 0, as the number does that is then asked for' },
  { of: ['-j CLASSIFY'], reason: 'the priority of a packet for its queue: nothing that the harness sees shows it' },
  { of: ['-j SET'], names: ['--map-prio ignored', '--map-queue ignored'], reason: 'priority and queue of a packet: nothing that the harness sees shows them' },
  {
    of: ['-j SET'],
    names: ['! of --add-set ignored', '! of --del-set ignored', '! of --map-set ignored'],
    reason: 'iptables takes the exclamation mark and forgets it, and so does the reading',
  },
  { of: ['-j CT'], names: ['--timeout ignored', '--ctevents ignored', '--expevents ignored'], reason: 'a walk does not go by it (notModelled)' },
  {
    of: ['-j CONNMARK'],
    names: ['--left-shift-mark ignored', '--right-shift-mark ignored'],
    reason: 'the marks are unknown behind it (notModelled), and what is unknown proves nothing',
  },
  {
    of: ['-j DNAT', '-j MASQUERADE', '-j REDIRECT'],
    names: ['--random ignored'],
    reason: 'which port is drawn is chance: the comparison takes the engine’s for the kernel’s. That one is drawn is in test/engine/walk/nat-tuple.test.ts',
  },
  { of: ['-j SNPT', '-j DNPT'], names: ['prefix: one more'], reason: 'prefixes end before the last word of an address' },
  { of: ['-j NFQUEUE'], names: ['goes on with the next rule', 'ends the table', 'drops'], reason: 'whether a program listens on the queue says how the table ends' },
  {
    of: ['-j NFQUEUE'],
    names: ['--queue-num ignored', '--queue-num: one more', '--queue-balance ignored', '--queue-balance: one more', '--queue-cpu-fanout ignored'],
    reason: 'no program of the harness listens on a queue. Which one it is for is in test/engine/walk',
  },
];
