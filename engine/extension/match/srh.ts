/**
 * srh: the segment routing header of IPv6. False, negated or not, for a packet without one. Not modelled: what it holds.
 *
 * Source: iptables-extensions(8) "srh"; Linux 6.18 net/ipv6/netfilter/ip6t_srh.c, srh1_mt6().
 */

import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { formatIpv6 } from '../../net/address.ts';
import { matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { headerPresent } from '../extension-header.ts';
import { hostMask, type HostMask } from '../host.ts';
import { integer, option } from '../option.ts';

const byte = (name: string, help: string) => option({ name, value: integer(0, 255, 'number'), invertible: true, help });
/** Printed with its length even where that is 128. */
const segment: ValueKind<HostMask> = { ...hostMask, print: ({ words, length }) => `${formatIpv6(words)}/${length}` };
const sid = (name: string, help: string) => option({ name, value: segment, invertible: true, help });

// One field holds the number of -eq, -gt and -lt alike: the last one given is printed for all of them.
const options = {
  nextHeader: byte('--srh-next-hdr', 'next header'),
  lengthEq: byte('--srh-hdr-len-eq', 'length of the header'),
  lengthGt: byte('--srh-hdr-len-gt', 'length of the header is more'),
  lengthLt: byte('--srh-hdr-len-lt', 'length of the header is less'),
  leftEq: byte('--srh-segs-left-eq', 'segments left'),
  leftGt: byte('--srh-segs-left-gt', 'segments left are more'),
  leftLt: byte('--srh-segs-left-lt', 'segments left are fewer'),
  lastEq: byte('--srh-last-entry-eq', 'last entry'),
  lastGt: byte('--srh-last-entry-gt', 'last entry is more'),
  lastLt: byte('--srh-last-entry-lt', 'last entry is less'),
  tag: option({ name: '--srh-tag', value: integer(0, 65535, 'number'), invertible: true, help: 'tag' }),
  previous: sid('--srh-psid', 'previous segment'),
  next: sid('--srh-nsid', 'next segment'),
  last: sid('--srh-lsid', 'last segment'),
};

type Key = keyof typeof options;
const SHARED = [
  ['lengthEq', 'lengthGt', 'lengthLt'],
  ['leftEq', 'leftGt', 'leftLt'],
  ['lastEq', 'lastGt', 'lastLt'],
] as const;

export const srh = defineMatch({
  name: 'srh',
  families: ['ipv6'],
  options,
  source: 'iptables-extensions(8) srh; Linux 6.18 net/ipv6/netfilter/ip6t_srh.c',
  notModelled: 'what the header holds is not known',
  normalize(uses) {
    const normalized: Record<string, unknown> = { ...uses };
    for (const keys of SHARED) {
      const latest = keys
        .map((key) => uses[key])
        .filter((use) => use !== undefined)
        .toSorted((a, b) => b.span.column - a.span.column)[0];
      for (const key of keys) if (uses[key] && latest) normalized[key] = { ...uses[key], value: latest.value };
    }
    return normalized as typeof uses;
  },
  compile(uses, context) {
    const clauses: Clause[] = [headerPresent('segment routing')];
    for (const key of Object.keys(options) as Key[]) {
      const use = uses[key];
      if (use) clauses.push(unmodelled(matchText('srh', options, uses, key, context), 'what the segment routing header holds is not known', use.negated));
    }
    return clauses;
  },
});
