/**
 * osf: the operating system that a TCP SYN looks like, by the fingerprints that were loaded, which the snapshot may hold (pf.os). Of
 * TCP options the kernel compares kinds and how long they are together. "!" is taken and saved, and the kernel does not look at it;
 * with --log any fingerprint will do, whatever its genre.
 *
 * Source: iptables-extensions(8) "osf"; Linux 6.18 net/netfilter/xt_osf.c; nfnetlink_osf.c nf_osf_match(), nf_osf_match_one().
 */

import type { SkbView } from '../../model/context.ts';
import { FIELD, L4, TCP_FLAG } from '../../model/field.ts';
import type { Fingerprint } from '../../model/fingerprint.ts';
import type { ValueKind } from '../../model/option.ts';
import { optionLength, tcpHeaderLength } from '../../model/packet-length.ts';
import type { FullPacket } from '../../model/packet.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { dataAsTcpHeader } from '../guards.ts';
import { integer, option } from '../option.ts';

const genre: ValueKind<string> = { placeholder: 'name', words: 1, parse: ([word = '']) => word.slice(0, 31), print: (name) => name };

const options = {
  genre: option({ name: '--genre', value: genre, invertible: true, required: true, help: 'name of the system' }),
  ttl: option({ name: '--ttl', value: integer(0, 2, 'level'), help: 'how to take the TTL into account' }),
  log: option({ name: '--log', value: integer(0, 2, 'level'), help: 'what to log' }),
};

export const osf = defineMatch({
  name: 'osf',
  families: ['ipv4'],
  protocols: [PROTO.tcp],
  hooks: ['INPUT', 'PREROUTING', 'FORWARD'],
  options,
  source: 'iptables-extensions(8) osf; Linux 6.18 net/netfilter/xt_osf.c',
  notModelled: 'without the fingerprints in the snapshot (pf.os), what a system looks like',
  check({ genre: name, log }) {
    if (log)
      return [
        { severity: 'warning', code: 'without-effect', option: 'genre', message: 'with --log the kernel takes any fingerprint, whatever its genre', hint: 'leave out --log' },
      ];
    if (!name?.negated) return [];
    return [
      {
        severity: 'warning',
        code: 'without-effect',
        option: 'genre',
        message: 'the kernel does not look at the "!" of --genre',
        hint: 'jump over the rest of the chain with --genre, without it',
      },
    ];
  },
  compile(uses, context) {
    const wanted = uses.genre?.value ?? '';
    const [level, anyGenre] = [uses.ttl?.value ?? 0, uses.log !== undefined];
    const asked = ({ genre: name }: Fingerprint): boolean => anyGenre || name === wanted;
    const holds = (skb: SkbView, fingerprints: readonly Fingerprint[] | null): Tri =>
      fingerprints === null || skb.regs[FIELD.l4.index] !== L4.readable
        ? UNKNOWN
        : fingerprints.reduce<Tri>((best, one) => (best === TRUE || !asked(one) ? best : (Math.max(best, looksLike(skb, one, level)) as Tri)), FALSE);
    return [
      {
        guard: true,
        text: 'the packet is a TCP SYN',
        negated: false,
        any: [{ op: 'any-bit', field: FIELD.tcpFlags, bits: TCP_FLAG.SYN }, dataAsTcpHeader(FALSE)],
      },
      {
        text: `-m osf ${printOptions(options, uses, context)}`,
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'osf',
            operand: { genre: wanted, level, log: anyGenre },
            wanted: anyGenre ? 'a fingerprint of any system' : `a fingerprint of ${wanted}`,
            reads: [FIELD.l4, FIELD.length, FIELD.ttl, FIELD.df, FIELD.tcpFlags],
            holds: (skb, now) => holds(skb, now.fingerprints),
            saw(skb, now) {
              if (now.fingerprints === null) return 'the fingerprints of systems are not known ("cat /usr/share/xtables/pf.os" in the snapshot says them)';
              if (holds(skb, now.fingerprints) === UNKNOWN) return 'a SYN whose TCP options are not known';
              const like = [...new Set(now.fingerprints.filter((one) => looksLike(skb, one, level) === TRUE).map((one) => one.genre))];
              return like.length === 0 ? 'a SYN like that of no system that is known' : `a SYN like that of ${like.join(', ')}`;
            },
          },
        ],
      },
    ];
  },
});

/** XT_OSF_TTL_LESS, XT_OSF_TTL_NOCHECK; 0 wants the TTL of the fingerprint. What a network of the device says in between makes no difference. */
const [LESS, NOCHECK] = [1, 2];
/** MAX_IPOPTLEN. */
const LONGEST_OPTIONS = 40;
/** SMART_MSS_1, SMART_MSS_2: what modems make of an MSS. */
const SMART: readonly number[] = [1460, 1448];

function looksLike({ regs, packet }: SkbView, { window, ttl, df, size, options: asked }: Fingerprint, level: number): Tri {
  const seen = regs[FIELD.ttl.index] as number;
  if ((regs[FIELD.df.index] === 1) !== df || regs[FIELD.length.index] !== size) return FALSE;
  if (level === LESS ? seen > ttl : level !== NOCHECK && seen !== ttl) return FALSE;
  const length = tcpHeaderLength(packet) - 20;
  if (length > LONGEST_OPTIONS || length !== asked.reduce((sum, one) => sum + one.length, 0)) return FALSE;
  const bytes = optionBytes(packet, length);
  let sure = true;
  let mss: number | null = 0;
  let at = 0;
  for (const one of asked) {
    const kind = bytes[at] ?? null;
    if (kind === null) sure = false;
    else if (kind !== one.kind) return FALSE;
    if (one.kind === 2) {
      const [high = null, low = null] = bytes.slice(at + 2, at + 4);
      mss = high === null || low === null ? null : (high << 8) | low;
    }
    at += one.length;
  }
  const fits = windowFits(packet.window, window, mss);
  return sure ? fits : (Math.min(fits, UNKNOWN) as Tri);
}

/** Null: the MSS is not known. */
function windowFits(window: number, { rule, value }: Fingerprint['window'], mss: number | null): Tri {
  if (rule === 'plain') return value === 0 || window === value ? TRUE : FALSE;
  if (rule === 'modulo') return value !== 0 && window % value === 0 ? TRUE : FALSE;
  const more = rule === 'mtu' ? 40 : 0;
  if ([...SMART, ...(mss === null ? [] : [mss])].some((one) => window === value * (one + more))) return TRUE;
  return mss === null ? UNKNOWN : FALSE;
}

/** Null for a byte that is not known: values of options, and how they are padded. */
function optionBytes({ tcpOptions, mss }: FullPacket, length: number): readonly (number | null)[] {
  const bytes: (number | null)[] = [];
  for (const kind of mss !== null && !tcpOptions.includes(2) ? [2, ...tcpOptions] : tcpOptions) {
    const size = optionLength(kind);
    const value = kind === 2 && mss !== null ? [mss >>> 8, mss & 255] : [];
    bytes.push(kind, ...(size > 1 ? [size] : []), ...value, ...new Array<null>(Math.max(0, size - 2 - value.length)).fill(null));
  }
  return [...bytes, ...new Array<null>(Math.max(0, length - bytes.length)).fill(null)];
}
