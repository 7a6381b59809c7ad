/**
 * cgroup: the control group of the socket that sends or receives, which the packet or the socket of the scenario says. A packet
 * without a socket never matches, negated or not. A packet that comes in has one only where it was found early: a connected one,
 * or the one that TPROXY gave it to. The group of a rule stands for all below it.
 *
 * Source: iptables-extensions(8) "cgroup"; Linux 6.18 net/netfilter/xt_cgroup.c, cgroup_mt_v2(); net/core/sock.c sk_fullsock();
 * kernel/cgroup/cgroup.c cgroup_get_from_path(), cgroup_sk_alloc().
 */

import type { SkbView } from '../../model/context.ts';
import { FIELD, SOCKET } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type Clause, type OpaqueTest, type Tri } from '../../model/test.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { integer, option, quoteWord } from '../option.ts';

/** XT_CGROUP_PATH_LEN of revision 2, less the final zero byte. */
const path: ValueKind<string> = { placeholder: 'path', words: 1, parse: ([word = '']) => word.slice(0, 511), print: quoteWord };

const options = {
  path: option({ name: '--path', value: path, invertible: true, help: 'the cgroup2 or one above it' }),
  classid: option({ name: '--cgroup', value: integer(0, 0xffffffff, 'classid'), invertible: true, help: 'class id of net_cls' }),
};

export const cgroup = defineMatch({
  name: 'cgroup',
  families: ['ipv4', 'ipv6'],
  hooks: ['OUTPUT', 'POSTROUTING', 'INPUT'],
  options,
  source: 'iptables-extensions(8) cgroup; Linux 6.18 net/netfilter/xt_cgroup.c',
  notModelled: 'which control group a socket has: the packet or the socket of the scenario says it ("cgroup", "classid")',
  check({ path: name, classid }) {
    if (!name && !classid) return [{ severity: 'error', code: 'missing-option', message: 'cgroup needs --path or --cgroup' }];
    if (name && classid)
      return [{ severity: 'error', code: 'conflicting-options', option: 'classid', message: '--path and --cgroup cannot be used together', hint: 'keep one of them' }];
    return [];
  },
  compile(uses, context): readonly Clause[] {
    const { path: inPath, classid } = uses;
    const text = (key: 'path' | 'classid'): string => matchText('cgroup', options, uses, key, context);
    if (inPath) {
      const names = namesOf(inPath.value);
      const asked = `/${names.join('/')}`;
      return [hasSocket, { text: text('path'), negated: inPath.negated, any: [about('path', asked, `a group in ${asked}`, (of) => isBelow(of, names))] }];
    }
    if (!classid) return [];
    return [hasSocket, { text: text('classid'), negated: classid.negated, any: [about('classid', classid.value, `class ${classid.value}`, (of) => isOfClass(of, classid.value))] }];
  },
});

/** What is known of the socket of a packet; null: it has none. */
interface Owner {
  /** Null: not said. */
  readonly cgroup: string | null;
  readonly classid: number | null;
}

/** Sockets of the kernel's own are made before there is any group; those of IPv6 in part when a network namespace is (inet_ctl_sock_create()). */
const OF_KERNEL: Readonly<Record<SkbView['family'], Owner>> = { ipv4: { cgroup: '/', classid: 0 }, ipv6: { cgroup: null, classid: null } };
const NOT_SAID: Owner = { cgroup: null, classid: null };

/** Undefined: whether there is one is not known. */
function ownerOf({ owner, regs, packet, family }: SkbView): Owner | null | undefined {
  if (owner === 'unknown') return undefined;
  if (owner === 'request') return null;
  if (owner) return { cgroup: owner.cgroup ?? null, classid: owner.classid ?? null };
  const socket = regs[FIELD.socket.index];
  if (socket === SOCKET.none) return null;
  return socket === SOCKET.kernel ? OF_KERNEL[family] : { cgroup: packet.cgroup, classid: packet.classid };
}

const hasSocket: Clause = {
  guard: true,
  text: 'it has a socket',
  negated: false,
  any: [
    {
      op: 'opaque',
      name: 'socket',
      operand: {},
      wanted: 'a socket',
      reads: [FIELD.socket],
      holds(skb) {
        const owner = ownerOf(skb);
        return owner === undefined ? UNKNOWN : owner === null ? FALSE : TRUE;
      },
      saw: (skb) => (ownerOf(skb) ? 'a socket' : 'no socket'),
    },
  ],
};

/** kernfs_walk_and_get(): empty names are passed over. */
const namesOf = (group: string): readonly string[] => group.split('/').filter((name) => name !== '');

const isBelow = ({ cgroup: group }: Owner, names: readonly string[]): Tri => {
  if (names.length === 0) return TRUE;
  if (group === null) return UNKNOWN;
  const own = namesOf(group);
  return names.every((name, i) => own[i] === name) ? TRUE : FALSE;
};

const isOfClass = ({ classid }: Owner, asked: number): Tri => (classid === null ? UNKNOWN : classid === asked ? TRUE : FALSE);

function about(what: 'path' | 'classid', asked: string | number, wanted: string, holds: (owner: Owner) => Tri): OpaqueTest {
  return {
    op: 'opaque',
    name: 'cgroup',
    operand: { [what]: asked },
    wanted,
    reads: [FIELD.socket],
    holds: (skb) => holds(ownerOf(skb) ?? NOT_SAID),
    saw(skb) {
      const { cgroup: group, classid } = ownerOf(skb) ?? NOT_SAID;
      if (what === 'path') return group === null ? 'the control group of the socket is not said ("cgroup" of the packet or of the socket)' : `group ${group}`;
      return classid === null ? 'the class of the socket is not said ("classid" of the packet or of the socket)' : `class ${classid}`;
    },
  };
}
