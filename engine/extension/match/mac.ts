/**
 * mac: source address of the Ethernet frame. False, negated or not, where there is none to read.
 *
 * Source: iptables-extensions(8) "mac"; Linux 6.18 net/netfilter/xt_mac.c, mac_mt().
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { formatMac } from '../../net/mac.ts';
import { differs, equals, matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option } from '../option.ts';

/** Upper 16 and lower 32 bits. */
type Mac = readonly [number, number];

/** Six groups of at most two characters, each read by strtoul(3) of base 16: an empty one is 0, `+1` is 1 and `-1` is ff (xtopt_parse_ethermac). */
const macAddress: ValueKind<Mac> = {
  placeholder: 'XX:XX:XX:XX:XX:XX',
  words: 1,
  parse: ([word = '']) => {
    const groups = word.split(':');
    if (groups.length !== 6 || groups.some((group) => !/^([0-9a-fA-F]{0,2}|[-+\s][0-9a-fA-F])$/.test(group)))
      return { failure: `"${word}" is not a MAC address`, hint: 'write it like 02:00:00:00:0a:01' };
    const bytes = groups.map((group) => (group === '' ? 0 : Number.parseInt(group, 16) & 0xff));
    const join = (from: number, to: number) => bytes.slice(from, to).reduce((sum, byte) => sum * 256 + byte, 0);
    return [join(0, 2), join(2, 6)];
  },
  print: ([high, low]) => formatMac(high, low),
};

const options = { source: option({ name: '--mac-source', value: macAddress, invertible: true, required: true, help: 'source address of the frame' }) };

const hasMac: Clause = { guard: true, text: 'the packet has an Ethernet header', negated: false, any: [equals(FIELD.hasMac, 1)] };

export const mac = defineMatch({
  name: 'mac',
  families: ['ipv4', 'ipv6'],
  hooks: ['PREROUTING', 'INPUT', 'FORWARD'],
  options,
  source: 'iptables-extensions(8) mac; Linux 6.18 net/netfilter/xt_mac.c',
  compile(uses, context) {
    const use = uses.source;
    if (!use) return [];
    const text = matchText('mac', options, uses, 'source', context);
    const [high, low] = use.value;
    if (use.negated) return [hasMac, { text, negated: false, any: [differs(FIELD.srcMacHigh, high), differs(FIELD.srcMacLow, low)] }];
    return [hasMac, { text, negated: false, any: [equals(FIELD.srcMacHigh, high)] }, { text, negated: false, any: [equals(FIELD.srcMacLow, low)] }];
  },
});
