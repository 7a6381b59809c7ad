/**
 * conntrack: state of the packet, and tuples, status and timeout of its connection.
 *
 * Source: iptables-extensions(8) "conntrack"; Linux 6.18 net/netfilter/xt_conntrack.c, conntrack_mt(). Without a
 * conntrack entry (INVALID, UNTRACKED) the match is true if `--ctstate` was given and held, whatever else was asked,
 * and false if it was not given. SNAT and DNAT of `--ctstate` are status bits of the entry.
 */

import { CTSTATE, CTSTATUS, FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { Clause, Test } from '../../model/test.ts';
import { protocolNumber } from '../../net/protocol.ts';
import { equals, matchText, within } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { hasConntrackEntry } from '../guards.ts';
import { hostMask, inHostMask } from '../host.ts';
import { option, parseInteger, type PortRange } from '../option.ts';
import { nameList, numberRange, resolvedPorts } from '../range.ts';

/** Bits above those of CTSTATE, for the two names that stand for status bits (XT_CONNTRACK_STATE_SNAT, _DNAT). */
const SNAT = 1 << 20;
const DNAT = 1 << 21;
const PLAIN = Object.values(CTSTATE).reduce((all, bit) => all | bit, 0);
const PLAIN_NAMES = [
  ['INVALID', CTSTATE.INVALID],
  ['NEW', CTSTATE.NEW],
  ['ESTABLISHED', CTSTATE.ESTABLISHED],
  ['RELATED', CTSTATE.RELATED],
  ['UNTRACKED', CTSTATE.UNTRACKED],
] as const;
const PRINTED = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];

const common = { printed: PRINTED, abbreviations: true, ignoreCase: true, what: 'state' };
const states = nameList({ ...common, names: [...PLAIN_NAMES, ['SNAT', SNAT], ['DNAT', DNAT]] });
/** States of the older `-m state`, which knows no SNAT and DNAT. */
export const plainStates = nameList({ ...common, names: PLAIN_NAMES });

const statuses = nameList({
  names: [
    ['NONE', 0],
    ['EXPECTED', CTSTATUS.EXPECTED],
    ['SEEN_REPLY', CTSTATUS.SEEN_REPLY],
    ['ASSURED', CTSTATUS.ASSURED],
    ['CONFIRMED', CTSTATUS.CONFIRMED],
  ],
  abbreviations: true,
  ignoreCase: true,
  none: 'NONE',
  what: 'status',
});

/** A protocol by name or number, printed as a number. */
export const protocolByNumber: ValueKind<number> = {
  placeholder: 'protocol',
  words: 1,
  parse: ([word = '']) => {
    // getprotobyname(3) knows each name in lower and in upper case.
    const number = parseInteger(word) ?? (word === word.toLowerCase() || word === word.toUpperCase() ? protocolNumber(word) : null);
    return number !== null && number <= 255 ? number : { failure: `unknown protocol "${word}"`, hint: 'give a name such as tcp or a number from 0 to 255' };
  },
  print: String,
};

const direction: ValueKind<'ORIGINAL' | 'REPLY'> = {
  placeholder: 'ORIGINAL|REPLY',
  words: 1,
  choices: ['ORIGINAL', 'REPLY'],
  parse: ([word = '']) => {
    const upper = word.toUpperCase();
    return upper === 'ORIGINAL' || upper === 'REPLY' ? upper : { failure: `"${word}" is not a direction`, hint: 'give ORIGINAL or REPLY' };
  },
  print: (value) => value,
};

/** A high port of 0 is taken for none when printing (conntrack_dump_ports). */
const ports: ValueKind<PortRange> = { ...resolvedPorts, print: ([low, high]) => (high === 0 || low === high ? String(low) : `${low}:${high}`) };

const options = {
  state: option({ name: '--ctstate', value: states, invertible: true, help: 'the packet is in one of these states' }),
  proto: option({ name: '--ctproto', value: protocolByNumber, invertible: true, help: 'protocol of the connection' }),
  origSrc: option({ name: '--ctorigsrc', value: hostMask, invertible: true, help: 'source address, original direction' }),
  origDst: option({ name: '--ctorigdst', value: hostMask, invertible: true, help: 'destination address, original direction' }),
  replSrc: option({ name: '--ctreplsrc', value: hostMask, invertible: true, help: 'source address, reply direction' }),
  replDst: option({ name: '--ctrepldst', value: hostMask, invertible: true, help: 'destination address, reply direction' }),
  origSport: option({ name: '--ctorigsrcport', value: ports, invertible: true, help: 'source port, original direction' }),
  origDport: option({ name: '--ctorigdstport', value: ports, invertible: true, help: 'destination port, original direction' }),
  replSport: option({ name: '--ctreplsrcport', value: ports, invertible: true, help: 'source port, reply direction' }),
  replDport: option({ name: '--ctrepldstport', value: ports, invertible: true, help: 'destination port, reply direction' }),
  status: option({ name: '--ctstatus', value: statuses, invertible: true, help: 'one of these status bits is set' }),
  expire: option({ name: '--ctexpire', value: numberRange(0xffffffff, 'time[:time]'), invertible: true, help: 'seconds left' }),
  dir: option({ name: '--ctdir', value: direction, help: 'direction of the packet' }),
};

/** The packet is in one of the states; `text` is the clause as printed. Shared with the match `state`. */
export function stateClause(text: string, negated: boolean, bits: number): Clause {
  const nat = (bits & SNAT ? CTSTATUS.SRC_NAT : 0) | (bits & DNAT ? CTSTATUS.DST_NAT : 0);
  const any: Test[] = [];
  if (bits & PLAIN || nat === 0) any.push({ op: 'any-bit', field: FIELD.ctState, bits: bits & PLAIN });
  if (nat) any.push({ op: 'any-bit', field: FIELD.ctStatus, bits: nat });
  return { text, negated, any };
}

const noEntry = equals(FIELD.hasCt, 0);

export const conntrack = defineMatch({
  name: 'conntrack',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) conntrack; Linux 6.18 net/netfilter/xt_conntrack.c',
  check: (uses) =>
    Object.values(uses).some((use) => use !== undefined)
      ? []
      : [{ severity: 'error', code: 'missing-option', message: 'conntrack needs at least one option', hint: 'add --ctstate NEW, --ctdir ORIGINAL…' }],
  compile(uses, context) {
    const clauses: Clause[] = [];
    const { family } = context;
    const add = (key: keyof typeof options, test: Test) =>
      clauses.push({ text: matchText('conntrack', options, uses, key, context), negated: uses[key]?.negated ?? false, any: [test], ...(uses.state ? { vacuousIf: noEntry } : {}) });

    if (uses.state) clauses.push(stateClause(matchText('conntrack', options, uses, 'state', context), uses.state.negated, uses.state.value));
    else clauses.push(hasConntrackEntry);

    if (uses.dir) add('dir', equals(FIELD.ctDir, uses.dir.value === 'REPLY' ? 1 : 0));
    if (uses.origSrc) add('origSrc', inHostMask(FIELD.ctOrigSrc, uses.origSrc.value, family));
    if (uses.origDst) add('origDst', inHostMask(FIELD.ctOrigDst, uses.origDst.value, family));
    if (uses.replSrc) add('replSrc', inHostMask(FIELD.ctReplSrc, uses.replSrc.value, family));
    if (uses.replDst) add('replDst', inHostMask(FIELD.ctReplDst, uses.replDst.value, family));
    if (uses.proto) add('proto', equals(FIELD.ctProto, uses.proto.value));
    if (uses.origSport) add('origSport', within(FIELD.ctOrigSport, uses.origSport.value));
    if (uses.origDport) add('origDport', within(FIELD.ctOrigDport, uses.origDport.value));
    if (uses.replSport) add('replSport', within(FIELD.ctReplSport, uses.replSport.value));
    if (uses.replDport) add('replDport', within(FIELD.ctReplDport, uses.replDport.value));
    if (uses.status) add('status', { op: 'any-bit', field: FIELD.ctStatus, bits: uses.status.value });
    if (uses.expire) add('expire', within(FIELD.ctExpires, uses.expire.value));
    return clauses;
  },
});
