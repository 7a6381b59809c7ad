/**
 * policy: IPsec policy of the packet. Not modelled: unknown, since the snapshot does not say which transforms there are.
 *
 * Source: iptables-extensions(8) "policy"; Linux 6.18 net/netfilter/xt_policy.c, policy_mt(); extensions/libxt_policy.c of
 * iptables 1.8.9.
 */

import type { OptionContext, OptionUse, OptionUses, ValueKind } from '../../model/option.ts';
import { protocolName } from '../../net/protocol.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { hostMask, type HostMask } from '../host.ts';
import { choice, flag, hex, integer, option } from '../option.ts';
import { protocolByNumber } from './conntrack.ts';

const plain = integer(0, 0xffffffff, 'number');
const transforms: ValueKind<number> = {
  ...protocolByNumber,
  parse: (words, context) => {
    const number = protocolByNumber.parse(words, context);
    return number === 50 || number === 51 || number === 108 ? number : { failure: 'the protocol must be ah, esp or ipcomp', hint: 'give ah, esp or ipcomp' };
  },
  print: protocolName,
};

const options = {
  dir: option({ name: '--dir', value: choice('in|out', ['in', 'out']), help: 'of incoming or outgoing transforms' }),
  pol: option({ name: '--pol', value: choice('none|ipsec', ['none', 'ipsec']), help: 'whether there are any' }),
  strict: option({ name: '--strict', value: flag, help: 'all of them as listed, not one of them' }),
  reqid: option({ name: '--reqid', value: plain, invertible: true, help: 'request id' }),
  spi: option({ name: '--spi', value: integer(0, 0xffffffff, 'spi', hex), invertible: true, help: 'SPI' }),
  proto: option({ name: '--proto', value: transforms, invertible: true, help: 'protocol' }),
  mode: option({ name: '--mode', value: choice('transport|tunnel', ['transport', 'tunnel']), invertible: true, help: 'mode' }),
  tunnelDst: option({ name: '--tunnel-dst', value: hostMask, invertible: true, help: 'far end of the tunnel' }),
  tunnelSrc: option({ name: '--tunnel-src', value: hostMask, invertible: true, help: 'near end of the tunnel' }),
};

const ELEMENT = ['reqid', 'spi', 'proto', 'mode', 'tunnelDst', 'tunnelSrc'] as const;
type Uses = OptionUses<typeof options>;

function print(uses: Uses, context: OptionContext): string {
  const none = uses.pol?.value === 'none';
  const parts = [`--dir ${uses.dir?.value ?? 'out'}`, `--pol ${none ? 'none' : 'ipsec'}`];
  if (uses.strict) parts.push('--strict');
  if (!none)
    for (const key of ELEMENT) {
      const use = uses[key] as OptionUse<number | string | HostMask> | undefined;
      if (use) parts.push(`${use.negated ? '! ' : ''}${options[key].name} ${(options[key].value as ValueKind<typeof use.value>).print(use.value, context)}`);
    }
  return parts.join(' ');
}

export const policy = defineMatch({
  name: 'policy',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) policy; Linux 6.18 net/netfilter/xt_policy.c',
  notModelled: 'IPsec is not modelled; policies of several elements (--next) are not read',
  check(uses, { hooks }) {
    const findings: Finding[] = [];
    const { dir, pol, strict, mode, tunnelSrc, tunnelDst } = uses;
    if (!dir) findings.push({ severity: 'error', code: 'missing-option', message: 'policy needs --dir in or --dir out' });
    const wrong = dir && hooks.find((hook) => (dir.value === 'in' ? hook === 'OUTPUT' || hook === 'POSTROUTING' : hook === 'PREROUTING' || hook === 'INPUT'));
    if (wrong) findings.push({ severity: 'error', code: 'wrong-hook', option: 'dir', message: `--dir ${dir.value} is not valid in ${wrong}` });
    if (pol?.value === 'none' && strict) findings.push({ severity: 'error', code: 'conflicting-options', option: 'strict', message: '--pol none but --strict given' });
    if (strict && !ELEMENT.some((key) => uses[key]))
      findings.push({ severity: 'error', code: 'missing-option', option: 'strict', message: '--strict needs one of --reqid, --spi, --proto, --mode, --tunnel-src, --tunnel-dst' });
    const tunnel = tunnelSrc ?? tunnelDst;
    if (tunnel && (!mode || (mode.value === 'tunnel') === mode.negated))
      findings.push({
        severity: 'error',
        code: 'conflicting-options',
        option: tunnelSrc ? 'tunnelSrc' : 'tunnelDst',
        message: '--tunnel-src and --tunnel-dst are only valid in tunnel mode',
        hint: 'add --mode tunnel',
      });
    return findings;
  },
  print,
  compile(uses, context) {
    return [unmodelled(`-m policy ${print(uses, context)}`, 'IPsec policies are not modelled')];
  },
});
