/**
 * SNPT and DNPT: stateless IPv6 prefix translation (RFC 6296) of the source or the destination.
 *
 * Source: iptables-extensions(8) "SNPT", "DNPT"; iptables 1.8.9 extensions/libip6t_SNPT.c, libip6t_DNPT.c; Linux 6.18
 * net/ipv6/netfilter/ip6t_NPT.c, ip6t_npt_checkentry(), icmpv6_bounced_ipv6hdr().
 */

import { FIELD, type Field } from '../../model/field.ts';
import type { Hook } from '../../model/hook.ts';
import type { ValueKind } from '../../model/option.ts';
import { formatAddress, maskWords, parseIpv6, type Words } from '../../net/address.ts';
import { prefixAdjustment } from '../../net/prefix-translation.ts';
import { defineTarget, type Finding } from '../extension.ts';
import { option, parseInteger } from '../option.ts';

interface Block {
  /** As written: host bits are not cleared. */
  readonly words: Words;
  readonly length: number;
}

const block: ValueKind<Block> = {
  placeholder: 'prefix/length',
  words: 1,
  parse: ([word = '']) => {
    const [address = '', length = '128', ...rest] = word.split('/');
    const words = parseIpv6(address);
    const bits = parseInteger(length);
    if (!words || rest.length > 0 || bits === null || bits > 128) return { failure: `"${word}" is not an IPv6 prefix`, hint: 'write it like fd00:1::/64' };
    return { words, length: bits };
  },
  print: ({ words, length }) => `${formatAddress('ipv6', words)}/${length}`,
};

const options = {
  src: option({ name: '--src-pfx', value: block, required: true, help: 'prefix to replace' }),
  dst: option({ name: '--dst-pfx', value: block, required: true, help: 'prefix to put there' }),
};

function prefixTarget(name: 'SNPT' | 'DNPT', hooks: readonly Hook[], field: Field) {
  return defineTarget({
    name,
    families: ['ipv6'],
    tables: ['mangle'],
    hooks,
    options,
    source: `iptables-extensions(8) ${name}; Linux 6.18 net/ipv6/netfilter/ip6t_NPT.c`,
    check(uses) {
      const findings: Finding[] = [];
      for (const key of ['src', 'dst'] as const) {
        const use = uses[key];
        if (!use) continue;
        const { words, length } = use.value;
        const mask = maskWords('ipv6', length);
        if (length > 64)
          findings.push({ severity: 'error', code: 'bad-value', option: key, message: `${name}: prefix length ${length} is longer than 64`, hint: 'give /64 or shorter' });
        else if (words.some((word, i) => (word & ~(mask[i] as number)) !== 0))
          findings.push({
            severity: 'error',
            code: 'bad-value',
            option: key,
            message: `${name}: "${block.print(use.value, { family: 'ipv6', table: 'mangle', chain: '', protocol: null })}" has bits beyond its prefix`,
            hint: 'clear them',
          });
      }
      return findings;
    },
    compile({ src, dst }) {
      if (!src || !dst) return { effects: [], verdict: 'CONTINUE' };
      const { words: prefix } = dst.value;
      const length = Math.max(src.value.length, dst.value.length);
      const { words: from, length: fromLength } = src.value;
      return { effects: [{ op: 'prefix', field, prefix, length, adjustment: prefixAdjustment(from, prefix), from, fromLength }], verdict: 'CONTINUE' };
    },
  });
}

export const SNPT = prefixTarget('SNPT', ['INPUT', 'POSTROUTING'], FIELD.src);
export const DNPT = prefixTarget('DNPT', ['PREROUTING', 'OUTPUT'], FIELD.dst);
