/** Mutants that no recording can notice, and why. Extensions of which the engine models nothing have their own word for it (`notModelled`). */

export interface Survivors {
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
  {
    of: ['-j LOG', '-j NFLOG', '-j AUDIT', '-j TRACE', '-j RATEEST', '-j IDLETIMER', '-j LED', '-j CHECKSUM', '-j ULOG'],
    reason: 'it writes down or counts; no packet is another one behind it',
  },
  { of: ['-j SECMARK', '-j CONNSECMARK'], reason: 'needs a security module' },
  { of: ['-j MASQUERADE', '-j REDIRECT', '-j NETMAP'], names: ['persistent'], reason: 'one address leaves nothing to choose' },
  { of: ['-m connlimit'], reason: 'no two quick runs of the kernel agree (coverage-reasons.ts)' },
  {
    of: ['-m tcp', '-m udp', '-m icmp', '-m icmp6', '-m tcpmss', '-m multiport', '-m sctp'],
    names: ['no packet is dropped on the spot'],
    reason: 'packets of the harness have whole headers',
  },
];
