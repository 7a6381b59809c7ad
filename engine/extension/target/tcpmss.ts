/**
 * TCPMSS: lower the MSS option of a SYN, to a value or to what fits the path's MTU. The kernel wants a rule that can only
 * match SYNs: `-p tcp` and `--tcp-flags` with SYN among the flags that must be set.
 *
 * Source: iptables-extensions(8) "TCPMSS"; iptables 1.8.9 extensions/libxt_TCPMSS.c; Linux 6.18 net/netfilter/xt_TCPMSS.c,
 * tcpmss_tg4_check().
 */

import { TCP_FLAG } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineTarget, type CheckContext, type Finding } from '../extension.ts';
import { flag, integer, option } from '../option.ts';

/** What a packet of 65535 bytes has room for: 20 or 40 bytes of IP header are taken off. */
const mss: ValueKind<number> = { ...integer(0, 65515, 'bytes'), parse: (words, context) => integer(0, context.family === 'ipv4' ? 65515 : 65495, 'bytes').parse(words, context) };

const options = {
  set: option({ name: '--set-mss', value: mss, help: 'lower the MSS to this' }),
  clamp: option({ name: '--clamp-mss-to-pmtu', value: flag, help: 'lower the MSS to the path MTU less headers' }),
};

const CLAMP_HOOKS: readonly string[] = ['FORWARD', 'OUTPUT', 'POSTROUTING'];

export const TCPMSS = defineTarget({
  name: 'TCPMSS',
  families: ['ipv4', 'ipv6'],
  protocols: [PROTO.tcp],
  options,
  source: 'iptables-extensions(8) TCPMSS; Linux 6.18 net/netfilter/xt_TCPMSS.c',
  // Both set one number, so the last counts.
  normalize: ({ set, clamp }) => (clamp && !(set && set.span.column > clamp.span.column) ? { clamp } : { set }),
  check({ set, clamp }, context) {
    const findings: Finding[] = [];
    if (!set && !clamp)
      findings.push({ severity: 'error', code: 'missing-option', message: 'TCPMSS: at least one parameter is required', hint: 'give --set-mss or --clamp-mss-to-pmtu' });
    const hook = clamp && context.hooks.find((name) => !CLAMP_HOOKS.includes(name));
    if (hook)
      findings.push({
        severity: 'error',
        code: 'wrong-hook',
        option: 'clamp',
        message: `TCPMSS --clamp-mss-to-pmtu is not valid in ${hook}`,
        hint: `it works in ${CLAMP_HOOKS.join(', ')}`,
      });
    // nft_compat shows it no matches, and it asks for none.
    if (context.backend !== 'nft' && context.matches && context.protocol === PROTO.tcp && !onlySyn(context))
      findings.push({ severity: 'error', code: 'needs-syn', message: 'TCPMSS works only on rules that match SYN packets alone', hint: 'add -m tcp --tcp-flags SYN,RST SYN' });
    return findings;
  },
  compile: ({ set, clamp }) => ({ effects: [{ op: 'tcpmss', mode: clamp ? 'clamp' : 'set', value: set?.value ?? 0 }], verdict: 'CONTINUE' }),
});

/** find_syn_match(): a tcp match that wants SYN set, not inverted. */
function onlySyn({ matches = [] }: CheckContext): boolean {
  return matches.some(({ name, uses }) => {
    const flags = name === 'tcp' ? uses.flags : undefined;
    return flags !== undefined && !flags.negated && ((flags.value as { compare: number }).compare & TCP_FLAG.SYN) !== 0;
  });
}
