/**
 * owner: the process that sent the packet.
 *
 * Source: iptables-extensions(8) "owner"; Linux 6.18 net/netfilter/xt_owner.c, owner_mt(). A forwarded packet has no
 * socket and what the kernel sends itself has one that no process opened: the options are false for them, so their
 * negations are true. User names other than root and nobody are not known. Groups besides the first are those that the packet says.
 */

import { FIELD, SOCKET } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type Clause, type OpaqueTest, type Test } from '../../model/test.ts';
import { differs, equals, matchText, within } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { flag, option, parseInteger } from '../option.ts';
import type { NumberRange } from '../range.ts';

/** 2^32 - 1 stands for none. */
const MAX_ID = 0xfffffffe;

function idRange(what: 'user' | 'group', names: Readonly<Record<string, number>>): ValueKind<NumberRange> {
  return {
    placeholder: `${what}|id[-id]`,
    words: 1,
    parse: ([word = '']) => {
      const named = Object.hasOwn(names, word) ? names[word] : undefined;
      if (named !== undefined) return [named, named];
      const match = /^([^-:]+)(?:[-:](.+))?$/.exec(word);
      const low = parseInteger(match?.[1] ?? '');
      const high = match?.[2] === undefined ? low : parseInteger(match[2]);
      if (low === null || high === null || low > MAX_ID || high > MAX_ID)
        return { failure: `"${word}" is not a ${what} id or a range of them`, hint: `give numbers: names other than ${Object.keys(names).join(' and ')} are not known here` };
      return [low, high];
    },
    print: ([low, high]) => (low === high ? String(low) : `${low}-${high}`),
  };
}

const options = {
  socketExists: option({ name: '--socket-exists', value: flag, invertible: true, help: 'a socket sent it' }),
  uid: option({ name: '--uid-owner', value: idRange('user', { root: 0, nobody: 65534 }), invertible: true, help: 'user of the process that opened the socket' }),
  gid: option({ name: '--gid-owner', value: idRange('group', { root: 0, nogroup: 65534 }), invertible: true, help: 'group of that process' }),
  supplGroups: option({ name: '--suppl-groups', value: flag, help: 'its supplementary groups count too; after --gid-owner' }),
};

/** One of the supplementary groups is in the range. */
function inGroups([low, high]: NumberRange): OpaqueTest {
  return {
    op: 'opaque',
    name: 'groups',
    operand: { low, high },
    wanted: low === high ? `group ${low}` : `a group from ${low} to ${high}`,
    reads: [FIELD.socket],
    holds: ({ packet: { groups } }) => (groups === null ? UNKNOWN : groups.some((id) => id >= low && id <= high) ? TRUE : FALSE),
    saw: ({ packet: { groups } }) =>
      groups === null ? 'the supplementary groups of the process are not said ("groups" of the packet or of the socket)' : groups.join(',') || 'no supplementary groups',
  };
}

const sentByProcess: Clause = { guard: true, text: 'a process sent it', negated: false, any: [equals(FIELD.socket, SOCKET.process)] };

export const owner = defineMatch({
  name: 'owner',
  families: ['ipv4', 'ipv6'],
  hooks: ['OUTPUT', 'POSTROUTING'],
  options,
  source: 'iptables-extensions(8) owner; Linux 6.18 net/netfilter/xt_owner.c',
  notModelled: 'which supplementary groups a process has (--suppl-groups): the packet or the socket of the scenario says it ("groups")',
  check({ socketExists, uid, gid, supplGroups }) {
    const findings: Finding[] = [];
    if (!socketExists && !uid && !gid && !supplGroups)
      findings.push({ severity: 'error', code: 'missing-option', message: 'owner needs at least one of --uid-owner, --gid-owner, --socket-exists' });
    if (supplGroups && (!gid || supplGroups.span.column < gid.span.column))
      findings.push({ severity: 'error', code: 'missing-option', option: 'supplGroups', message: '--suppl-groups needs --gid-owner before it' });
    for (const [key, use] of [
      ['uid', uid],
      ['gid', gid],
    ] as const)
      if (use && use.value[0] > use.value[1])
        findings.push({ severity: 'error', code: 'bad-value', option: key, message: 'the range is reversed', hint: 'write the lower number first' });
    return findings;
  },
  compile(uses, context) {
    const clauses: Clause[] = [];
    const { socketExists, uid, gid, supplGroups } = uses;
    if (socketExists) clauses.push({ text: matchText('owner', options, uses, 'socketExists', context), negated: socketExists.negated, any: [differs(FIELD.socket, SOCKET.none)] });
    // Kernel: with --suppl-groups a packet without a socket never matches, whatever is negated.
    if (supplGroups) clauses.push({ guard: true, text: 'it has a socket', negated: false, any: [differs(FIELD.socket, SOCKET.none)] });
    for (const [key, use] of [
      ['uid', uid],
      ['gid', gid],
    ] as const) {
      if (!use) continue;
      const text = matchText('owner', options, uses, key, context);
      const tests: Test[] = [within(FIELD[key], use.value), ...(key === 'gid' && supplGroups ? [inGroups(use.value)] : [])];
      if (!use.negated) clauses.push(sentByProcess, { text, negated: false, any: tests });
      // Each of them is to fail, or no process has sent it.
      else for (const test of tests) clauses.push({ text, negated: false, any: [differs(FIELD.socket, SOCKET.process), { ...test, negated: true } as Test] });
    }
    return clauses;
  },
});
