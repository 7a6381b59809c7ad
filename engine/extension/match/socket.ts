/**
 * socket: is there a local socket for this packet?
 *
 * Source: iptables-extensions(8) "socket"; Linux 6.18 net/netfilter/xt_socket.c. TCP, UDP and ICMP errors about them; what has
 * been given to a socket (by TPROXY, or because it is connected) belongs to that one, wherever it goes. A socket bound to any address
 * counts only with `--nowildcard`. The match itself gives the packet the mark of the socket with
 * `--restore-skmark`.
 */

import { FIELD } from '../../model/field.ts';
import type { EvalContext, SkbView } from '../../model/context.ts';
import { FALSE, TRUE, UNKNOWN, type StepAnswer, type Tri } from '../../model/test.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { flag, option } from '../option.ts';

const options = {
  transparent: option({ name: '--transparent', value: flag, help: 'only sockets with IP_TRANSPARENT' }),
  noWildcard: option({ name: '--nowildcard', value: flag, help: 'sockets bound to any address count too' }),
  restoreMark: option({ name: '--restore-skmark', value: flag, help: 'the mark of the socket becomes the packet’s' }),
};

/** Sockets may be bound to a device. Of an answer to a connection whose source was translated, whom it was sent from (nf_socket_ipv4.c). */
const READS = [FIELD.in, FIELD.proto, FIELD.src, FIELD.sport, FIELD.dst, FIELD.dport, FIELD.ctState, FIELD.ctDir, FIELD.ctStatus, FIELD.ctOrigSrc, FIELD.ctOrigSport];

export const socket = defineMatch({
  name: 'socket',
  families: ['ipv4', 'ipv6'],
  hooks: ['PREROUTING', 'INPUT'],
  options,
  requires: ['defrag'],
  source: 'iptables-extensions(8) socket; Linux 6.18 net/netfilter/xt_socket.c',
  compile(uses, context) {
    const asked = { transparent: uses.transparent !== undefined, wildcard: uses.noWildcard !== undefined };
    const restoreMark = uses.restoreMark !== undefined;
    const counts = (found: ReturnType<EvalContext['socket']>): Tri => {
      if (found === 'unknown') return UNKNOWN;
      if (found === null || (found.wildcard && !asked.wildcard)) return FALSE;
      if (!asked.transparent) return TRUE;
      return found.transparent === null ? UNKNOWN : found.transparent ? TRUE : FALSE;
    };
    return [
      {
        text: ['-m socket', printOptions(options, uses, context)].filter(Boolean).join(' '),
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'socket',
            operand: { ...asked, restoreMark },
            wanted: asked.transparent ? 'a transparent socket' : 'a socket',
            reads: READS,
            ...(restoreMark
              ? {
                  step(_skb: SkbView, now: EvalContext, state: unknown): StepAnswer {
                    const found = now.socket();
                    const holds = counts(found);
                    if (holds === FALSE) return { holds, state };
                    const mark = holds === TRUE && found !== null && found !== 'unknown' ? found.mark : null;
                    return { holds, state, writes: { field: FIELD.mark, value: mark } };
                  },
                }
              : { holds: (_skb: SkbView, now: EvalContext) => counts(now.socket()) }),
            saw(_skb, now) {
              const found = now.socket();
              if (found === 'unknown') return 'sockets that could not be read';
              if (!found) return 'no socket';
              if (found.wildcard && !asked.wildcard) return 'a socket bound to any address, which counts only with --nowildcard';
              if (asked.transparent && found.transparent === null)
                return 'a socket of which "ss" does not tell whether it is transparent ("transparent" of environment.sockets does)';
              if (asked.transparent && !found.transparent) return 'a socket that is not transparent';
              if (!restoreMark) return 'a socket';
              return found.mark === null ? 'a socket whose mark "ss" does not tell ("mark" of environment.sockets does)' : `a socket with mark 0x${found.mark.toString(16)}`;
            },
          },
        ],
      },
    ];
  },
});
