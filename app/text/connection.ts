/** Words of the packet builder that came with connections. */

export const connectionEn = {
  links: 'a link of the node',
  process: 'a local process',
  ctstate: 'ctstate',
  ctstateHint: 'Choosing one puts the packets before it that lead to it',
  ctstateNone: 'not tracked',
  /** What is heard of a packet before what became of it. */
  packet: ({ n, src, dst, direction }: { n: number; src: string; dst: string; direction: string }) => `Packet ${n}, ${direction}, ${src} to ${dst}:`,
  directionsOf: { original: 'original direction', reply: 'reply', none: 'of no connection' },
  skips: 'skips nat',
  waiting: 'not walked yet',
  skipsNat: ({ n, opener, decision }: { n: number; opener: number; decision: string }) =>
    `Packet ${n} skips nat: conntrack keeps the decision made for packet ${opener} (${decision}).`,
  decision: {
    snated: ({ src }: { src: string }) => `source becomes ${src}`,
    dnated: ({ dst }: { dst: string }) => `destination becomes ${dst}`,
    both: ({ src, dst }: { src: string; dst: string }) => `source becomes ${src}, destination ${dst}`,
    none: 'no rewriting',
  },
  opens: ({ n }: { n: number }) => `Packet ${n} opens the connection: the nat tables are asked.`,
  handshake: 'Handshake',
  earlier: ({ n }: { n: number }) => `Move packet ${n} earlier`,
  later: ({ n }: { n: number }) => `Move packet ${n} later`,
  twin: 'Twin packets',
  twinA: 'A',
  twinB: 'B',
  suggest: ({ field }: { field: string }) => `Suggestions for ${field}`,
  suggested: {
    scenario: 'of this scenario',
    set: ({ set, entry }: { set: string; entry: string }) => `in ${set} (${entry})`,
    behind: ({ set, entry }: { set: string; entry: string }) => `just outside ${set} (${entry})`,
    rule: ({ place, comment }: { place: string; comment: string }) => (comment === '' ? `asked for by ${place}` : `${comment}: ${place}`),
    interface: ({ name }: { name: string }) => `address of ${name} on this node`,
    service: ({ service }: { service: string }) => `IPVS service ${service}`,
    cluster: 'of the cluster',
  },
  noSuggestions: 'The rules name none',
  length: ({ bytes }: { bytes: number }) => `packet of ${bytes} bytes`,
};
