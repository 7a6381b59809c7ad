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
import { FALSE, TRUE, type StepAnswer } from '../../model/test.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { flag, option } from '../option.ts';

const options = {
  transparent: option({ name: '--transparent', value: flag, help: 'only sockets with IP_TRANSPARENT' }),
  noWildcard: option({ name: '--nowildcard', value: flag, help: 'sockets bound to any address count too' }),
  restoreMark: option({ name: '--restore-skmark', value: flag, help: 'the mark of the socket becomes the packet’s' }),
};

/** Of an answer to a connection whose source was translated, whom it was sent from (nf_socket_ipv4.c). */
const READS = [FIELD.proto, FIELD.src, FIELD.sport, FIELD.dst, FIELD.dport, FIELD.ctState, FIELD.ctDir, FIELD.ctStatus, FIELD.ctOrigSrc, FIELD.ctOrigSport];

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
    const counts = (found: ReturnType<EvalContext['socket']>) => found !== null && (asked.wildcard || !found.wildcard) && (!asked.transparent || found.transparent);
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
                    return found && counts(found) ? { holds: TRUE, state, writes: { field: FIELD.mark, value: found.mark } } : { holds: FALSE, state };
                  },
                }
              : { holds: (_skb: SkbView, now: EvalContext) => (counts(now.socket()) ? TRUE : FALSE) }),
            saw(_skb, now) {
              const found = now.socket();
              if (!found) return 'no socket';
              if (found.wildcard && !asked.wildcard) return 'a socket bound to any address, which counts only with --nowildcard';
              if (asked.transparent && !found.transparent) return 'a socket that is not transparent';
              return restoreMark ? `a socket with mark 0x${found.mark.toString(16)}` : 'a socket';
            },
          },
        ],
      },
    ];
  },
});
