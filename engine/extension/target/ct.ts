/**
 * CT: choose, before tracking, the zone, helper, timeouts and events of the connection, or leave the packet untracked.
 *
 * Source: iptables-extensions(8) "CT"; iptables 1.8.9 extensions/libxt_CT.c; Linux 6.18 net/netfilter/xt_CT.c.
 */

import type { OptionUse, ValueKind } from '../../model/option.ts';
import { PROTO } from '../../net/protocol.ts';
import { defineTarget, printOptions, type Finding } from '../extension.ts';
import { flag, option, parseInteger, text } from '../option.ts';

/** In the order printed; ctevents of include/uapi/linux/netfilter/nf_conntrack_common.h. */
const EVENTS = ['new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark', 'natseqinfo', 'secmark'];

const events = (known: readonly string[]): ValueKind<readonly string[]> => ({
  placeholder: 'event[,event…]',
  words: 1,
  choices: known,
  parse: ([word = '']) => {
    const names = word.split(',');
    const bad = names.find((name) => !known.includes(name));
    return bad === undefined ? known.filter((name) => names.includes(name)) : { failure: `unknown event type "${bad}"`, hint: `events are ${known.join(', ')}` };
  },
  print: (names) => names.join(','),
});

/** The kernel takes no more than struct xt_ct_target_info, which has no timeout, has room for: of its name four characters come back. */
const timeoutName: ValueKind<string> = { ...text('name', 31), print: (value) => value.slice(0, 4) };

const zone: ValueKind<number | 'mark'> = {
  placeholder: 'id|mark',
  words: 1,
  parse: ([word = '']) => {
    if (word.toLowerCase() === 'mark') return 'mark';
    const id = parseInteger(word);
    return id !== null && id <= 65535 ? id : { failure: `cannot parse "${word}" as a zone id`, hint: 'give a number from 0 to 65535, or mark' };
  },
  print: String,
};

const unset = (value: number | 'mark'): boolean => value === 0;

const options = {
  notrack: option({ name: '--notrack', value: flag, help: 'leave the packet untracked' }),
  helper: option({ name: '--helper', value: { ...text('name', 15), print: (value: string) => value }, help: 'helper of the connection' }),
  timeout: option({ name: '--timeout', value: timeoutName, help: 'timeout policy of the connection' }),
  ctevents: option({ name: '--ctevents', value: events(EVENTS), help: 'only these events of the connection are reported' }),
  expevents: option({ name: '--expevents', value: events(['new']), help: 'only these events of expectations are reported' }),
  zoneOrig: option({ name: '--zone-orig', value: zone, hidden: unset, help: 'zone of the original direction' }),
  zoneReply: option({ name: '--zone-reply', value: zone, hidden: unset, help: 'zone of the reply direction' }),
  zone: option({ name: '--zone', value: zone, hidden: unset, help: 'zone of both directions' }),
};

/** Helpers of Linux 6.18 and the protocols they are for. A kernel may lack some. */
// biome-ignore format: a table
const HELPERS: ReadonlyMap<string, readonly number[]> = new Map([
  ['amanda', [PROTO.udp]], ['ftp', [PROTO.tcp]], ['H.245', [PROTO.tcp]], ['irc', [PROTO.tcp]], ['netbios-ns', [PROTO.udp]], ['pptp', [PROTO.tcp]], ['Q.931', [PROTO.tcp]], ['RAS', [PROTO.udp]],
  ['sane', [PROTO.tcp]], ['sip', [PROTO.tcp, PROTO.udp]], ['snmp', [PROTO.udp]], ['snmp_trap', [PROTO.udp]], ['tftp', [PROTO.udp]],
]);

type Zones = { readonly [K in 'zone' | 'zoneOrig' | 'zoneReply']?: OptionUse<number | 'mark'> | undefined };

/** The last zone given counts, but for the mark, which stays; for the directions named by any: both if both are, or none. */
function effectiveZone({ zone: both, zoneOrig, zoneReply }: Zones): Zones {
  const given = [both, zoneOrig, zoneReply].filter((use) => use !== undefined).sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column);
  const last = given.find(({ value }) => value === 'mark') ?? given.at(-1);
  if (zoneOrig && !zoneReply) return { zoneOrig: last };
  if (zoneReply && !zoneOrig) return { zoneReply: last };
  return { zone: last };
}

export const CT = defineTarget({
  name: 'CT',
  families: ['ipv4', 'ipv6'],
  tables: ['raw'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options,
  requires: ({ notrack }) => (notrack ? [] : ['conntrack']),
  source: 'iptables-extensions(8) CT; Linux 6.18 net/netfilter/xt_CT.c',
  notModelled: 'what a helper expects because of what it reads, timeout policies, events',
  normalize: ({ zone: both, zoneOrig, zoneReply, ...rest }) => ({ ...rest, ...effectiveZone({ zone: both, zoneOrig, zoneReply }) }),
  print: (uses, context) => printOptions(options, uses, context),
  check: ({ helper, timeout, notrack }, { protocol }) => {
    const findings: Finding[] = [];
    for (const [key, use] of [
      ['helper', helper],
      ['timeout', timeout],
    ] as const) {
      if (use && !notrack && protocol === null)
        findings.push({ severity: 'error', code: 'wrong-protocol', option: key, message: `CT --${key} needs a protocol`, hint: 'add -p PROTOCOL, without "!"' });
    }
    if (helper && !notrack && protocol !== null) {
      const protocols = HELPERS.get(helper.value);
      if (!protocols)
        findings.push({
          severity: 'error',
          code: 'unknown-helper',
          option: 'helper',
          message: `no such conntrack helper "${helper.value}"`,
          hint: `helpers are ${[...HELPERS.keys()].join(', ')}`,
        });
      else if (!protocols.includes(protocol))
        findings.push({
          severity: 'error',
          code: 'wrong-protocol',
          option: 'helper',
          message: `helper "${helper.value}" is for another protocol`,
          hint: 'name the protocol that the helper reads',
        });
    }
    return findings;
  },
  compile: ({ notrack, helper, timeout, zone: both, zoneOrig, zoneReply }) => {
    if (notrack) return { effects: [{ op: 'notrack' }], verdict: 'CONTINUE' };
    const use = both ?? zoneOrig ?? zoneReply;
    const direction = zoneOrig ? 'orig' : zoneReply ? 'reply' : 'both';
    return {
      effects: [{ op: 'ct-template', zone: use?.value ?? null, zoneDirection: direction, helper: helper?.value ?? null, timeout: timeout?.value ?? null }],
      verdict: 'CONTINUE',
    };
  },
});
