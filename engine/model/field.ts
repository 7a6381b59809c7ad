/**
 * Fields: what a rule can look at. Every fact about a packet that a plain test reads lives in one register of
 * `Skb.regs`, a `Uint32Array`; a field names the register(s) and says how the value is shown. IPv4 addresses take one
 * word, IPv6 four (the same four registers serve both).
 */

/** How a value is read by people: decides printing in `why`, in `effects` and on the page. */
export type FieldKind =
  | 'address'
  | 'port'
  | 'number'
  | 'hex'
  | 'protocol'
  | 'icmp-type'
  | 'interface'
  | 'tcp-flags'
  | 'ctstate'
  | 'ctstatus'
  | 'packet-type'
  | 'ipvs-method'
  | 'flag';

export interface Field {
  readonly name: string;
  /** First register. */
  readonly index: number;
  readonly words: 1 | 4;
  readonly kind: FieldKind;
}

let next = 0;
function field(name: string, kind: FieldKind, words: 1 | 4 = 1): Field {
  const index = next;
  next += words;
  return { name, index, words, kind };
}

export const FIELD = {
  src: field('src', 'address', 4),
  dst: field('dst', 'address', 4),
  /** Upper-layer protocol; for IPv6 the one behind all extension headers. */
  proto: field('proto', 'protocol'),
  sport: field('sport', 'port'),
  dport: field('dport', 'port'),
  mark: field('mark', 'hex'),
  /** Interface id: 0 is none, others index `Interfaces` (walk/interfaces). */
  in: field('in', 'interface'),
  out: field('out', 'interface'),
  physIn: field('physIn', 'interface'),
  physOut: field('physOut', 'interface'),
  /** TCP flag bits as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  tcpFlags: field('tcpFlags', 'tcp-flags'),
  icmpType: field('icmpType', 'icmp-type'),
  icmpCode: field('icmpCode', 'number'),
  icmpId: field('icmpId', 'number'),
  /** TTL or hop limit. */
  ttl: field('ttl', 'number'),
  /** TOS byte or traffic class. */
  tos: field('tos', 'hex'),
  /** IP total length; for IPv6 40 + payload length. */
  length: field('length', 'number'),
  /** Fragment offset in units of 8 bytes. */
  fragOffset: field('fragOffset', 'number'),
  moreFragments: field('moreFragments', 'flag'),
  /** 1 if the transport header can be read whole; 0 on a later fragment; 2 if it is cut short. See `L4`. */
  l4: field('l4', 'number'),
  ipId: field('id', 'number'),
  df: field('df', 'flag'),
  flowLabel: field('flowLabel', 'hex'),
  /** Skb priority, as set by CLASSIFY. */
  priority: field('priority', 'hex'),
  /** `PACKET_TYPE`: unicast 0, broadcast 1, multicast 2. */
  packetType: field('packetType', 'packet-type'),
  /** 1 if it is what the node sent to everybody, itself included, coming in again (PACKET_LOOPBACK). */
  turnedBack: field('turnedBack', 'flag'),
  /** 1 if an Ethernet source address can be read at this hook. */
  hasMac: field('hasMac', 'flag'),
  /** Source MAC: upper 16 bits, lower 32 bits. */
  srcMacHigh: field('srcMacHigh', 'hex'),
  srcMacLow: field('srcMacLow', 'hex'),
  /** Destination MAC, as above; upper bits `UNKNOWN_MAC` if nothing tells it. */
  dstMacHigh: field('dstMacHigh', 'hex'),
  dstMacLow: field('dstMacLow', 'hex'),
  /** `SOCKET`: none 0; kernel 1, without a file; process 2, and then `uid` and `gid` are valid. */
  socket: field('socket', 'number'),
  uid: field('uid', 'number'),
  gid: field('gid', 'number'),
  /** One bit of `CTSTATE`. */
  ctState: field('ctstate', 'ctstate'),
  /** 1 if a conntrack entry is attached (neither INVALID nor UNTRACKED). */
  hasCt: field('conntrack', 'flag'),
  /** Bits of `CTSTATUS`. */
  ctStatus: field('ctstatus', 'ctstatus'),
  ctMark: field('ctmark', 'hex'),
  /** 0 original, 1 reply. */
  ctDir: field('ctdir', 'number'),
  ctProto: field('ctproto', 'protocol'),
  ctZone: field('ctzone', 'number'),
  /** Whole seconds left. */
  ctExpires: field('ctexpire', 'number'),
  ctOrigSrc: field('ctorigsrc', 'address', 4),
  ctOrigDst: field('ctorigdst', 'address', 4),
  ctReplSrc: field('ctreplsrc', 'address', 4),
  ctReplDst: field('ctrepldst', 'address', 4),
  ctOrigSport: field('ctorigsrcport', 'port'),
  ctOrigDport: field('ctorigdstport', 'port'),
  ctReplSport: field('ctreplsrcport', 'port'),
  ctReplDport: field('ctrepldstport', 'port'),
  /** 1 if IPVS has handled the packet (skb->ipvs_property). */
  ipvs: field('ipvs', 'flag'),
  /** 1 if the packet's present addresses are those of a request on its way to a real server. Then the next three hold. */
  ipvsConnection: field('ipvsConnection', 'flag'),
  ipvsAddress: field('vaddr', 'address', 4),
  ipvsPort: field('vport', 'port'),
  /** Index into `IPVS_METHODS`. */
  ipvsMethod: field('vmethod', 'ipvs-method'),
  spi: field('spi', 'hex'),
  greKey: field('greKey', 'hex'),
  /** IPv6: what `meta l4proto` of nft finds, which stops at an authentication header; `NO_PROTOCOL` if nothing. */
  l4proto: field('proto', 'protocol'),
  /** Realms of the packet's route (dst->tclassid), IPv4: `from << 16 | to`. */
  realm: field('realm', 'hex'),
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELD;

/** Number of registers of an Skb. */
export const REGISTER_COUNT = next;

/** Values of `FIELD.l4`. */
export const L4 = { none: 0, readable: 1, truncated: 2 } as const;

/** Value of `FIELD.l4proto`. */
export const NO_PROTOCOL = 256;

/** Value of `FIELD.dstMacHigh`. */
export const UNKNOWN_MAC = 0xffffffff;

/** Values of `FIELD.socket`. */
export const SOCKET = { none: 0, kernel: 1, process: 2 } as const;

export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;
export type TcpFlagName = keyof typeof TCP_FLAG;

/**
 * Bits of `FIELD.ctState`. SNAT and DNAT of `--ctstate` are bits of `ctStatus` in the kernel
 * (net/netfilter/xt_conntrack.c, conntrack_mt), so they are not here.
 */
export const CTSTATE = { INVALID: 1, ESTABLISHED: 2, RELATED: 4, NEW: 8, UNTRACKED: 64 } as const;
export type CtStateName = keyof typeof CTSTATE;

/** include/uapi/linux/netfilter/nf_conntrack_common.h, enum ip_conntrack_status. */
export const CTSTATUS = {
  EXPECTED: 1,
  SEEN_REPLY: 2,
  ASSURED: 4,
  CONFIRMED: 8,
  SRC_NAT: 16,
  DST_NAT: 32,
  SEQ_ADJUST: 64,
  SRC_NAT_DONE: 128,
  DST_NAT_DONE: 256,
  DYING: 512,
} as const;

/** In the order of their register values: `ipvsadm -m`, `-g`, `-i`. */
export const IPVS_METHODS = ['masq', 'gate', 'ipip'] as const;

export const PACKET_TYPE = { unicast: 0, broadcast: 1, multicast: 2 } as const;
export type PacketTypeName = keyof typeof PACKET_TYPE;
