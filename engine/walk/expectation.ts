/**
 * Connections that helpers expect: found as their first packet opens them, which uses them up. What a helper makes of a
 * payload is not read: the connections that may follow from it are not known, and that is said of each.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_core.c init_conntrack(), nf_conntrack_expect.c nf_ct_find_expectation(),
 * nf_conntrack_proto.c nf_confirm(); nf_nat_helper.c nf_nat_follow_master().
 */

import type { ConntrackEntry, Tuple } from '../model/conntrack.ts';
import { readExpectation, type Expectation, type Following } from '../model/expectation.ts';
import { CTSTATUS, FIELD } from '../model/field.ts';
import { formatAddress, type Words } from '../net/address.ts';
import { hasPorts } from '../net/protocol.ts';
import type { Run, Walker } from './run.ts';
import { read, readWords, sameWords } from './skb.ts';
import { tupleKey } from './state.ts';
import type { World } from './world.ts';

/** What an expected connection has from the one that expected it. */
interface Expected {
  readonly expectation: Expectation;
  /** Null: it is not among the connections of the snapshot. */
  readonly master: ConntrackEntry | null;
}

/** Looks for an expectation that the tuple meets, and takes it away unless it stays. Null: nobody expects it. */
export function meetExpectation(run: Run, tuple: Tuple, zone: number): Expected | null {
  for (const expectation of run.draft.expectations) {
    if (!meets(run, expectation, tuple, zone)) continue;
    const master = masterOf(run, expectation);
    // A connection that is gone has taken its expectations along; one that no listing held is another thing.
    if (!master && (expectation.origin === 'scenario' || wasListed(run, expectation))) continue;
    if (!expectation.permanent) run.draft.expectations = run.draft.expectations.filter((one) => one !== expectation);
    if (!master)
      run.doubts.add(`the connection ${ends(expectation.master)}, which expects this one, is not among those of the snapshot: its mark and address translation are not known`);
    return { expectation, master };
  }
  for (const { masterId, helper } of run.draft.possible) {
    const master = run.draft.entries.get(masterId);
    // A scenario that names what a connection expects names all of it.
    if (master && !isDeclared(run, master) && master.expires > run.draft.now && between(master, tuple))
      run.doubts.add(`whether the helper ${helper} expects this connection is not known: it follows from what ${ends(master.original)} carried, which is not read`);
  }
  return null;
}

function meets(run: Run, { tuple: wanted, sourceMask, portMask, zone: own, inactive, timeout }: Expectation, tuple: Tuple, zone: number): boolean {
  return (
    !inactive &&
    zone === own &&
    (timeout === null || timeout > run.draft.now) &&
    wanted.family === tuple.family &&
    wanted.proto === tuple.proto &&
    wanted.dport === tuple.dport &&
    sameWords(wanted.dst, tuple.dst) &&
    (wanted.sport & portMask) === (tuple.sport & portMask) &&
    wanted.src.every((word, i) => ((word ^ (tuple.src[i] ?? 0)) & (sourceMask[i] ?? 0)) >>> 0 === 0)
  );
}

function masterOf(run: Run, { master, zone }: Expectation): ConntrackEntry | null {
  const found = run.draft.tuples.get(tupleKey(master, zone));
  const entry = found === undefined || (found & 1) !== 0 ? undefined : run.draft.entries.get(found >> 1);
  return entry && entry.expires > run.draft.now ? entry : null;
}

const wasListed = (run: Run, { master, zone }: Expectation): boolean =>
  run.world.node.conntrack?.some((seed) => seed.zone === zone && tupleKey(seed.original, zone) === tupleKey(master, zone)) ?? false;

const isDeclared = (run: Run, { original, zone }: ConntrackEntry): boolean => declaredMasters(run.world).has(tupleKey(original, zone));

/** Keys of the connections whose expectations the scenario names. */
function declaredMasters(world: World): ReadonlySet<string> {
  return new Set(
    (world.environment.expectations ?? []).flatMap((given) => {
      const read = readExpectation(given);
      return 'failure' in read ? [] : [tupleKey(read.master, read.zone)];
    }),
  );
}

/** Ports are not asked for: the payload says them, and in some protocols a third host's address. */
function between({ original, reply }: ConntrackEntry, { src, dst, family }: Tuple): boolean {
  const hosts = [original.src, original.dst, reply.src, reply.dst];
  return family === original.family && hosts.some((host) => sameWords(host, src)) && hosts.some((host) => sameWords(host, dst));
}

export const ends = ({ family, src, sport, dst, dport, proto }: Tuple): string =>
  hasPorts(proto) ? `${place(family, src)}:${sport} > ${place(family, dst)}:${dport}` : `${formatAddress(family, src)} > ${formatAddress(family, dst)}`;

const place = (family: Tuple['family'], words: Words): string => (family === 'ipv4' ? formatAddress(family, words) : `[${formatAddress(family, words)}]`);

/** What the entry of an expected connection begins with. */
export function inheritance({ expectation, master }: Expected): Pick<ConntrackEntry, 'master' | 'mark' | 'markUnknown' | 'expectedBy'> {
  return {
    master: master?.id ?? null,
    mark: master?.mark ?? 0,
    ...(master ? (master.markUnknown ? { markUnknown: master.markUnknown } : {}) : { markUnknown: { bits: 0xffffffff, because: [] } }),
    expectedBy: master?.helper ?? expectation.helper,
  };
}

/**
 * nf_nat_follow_master(): the expected connection comes from where the master's packets seem to come from, and goes to where
 * the master really goes. Null: the master is not translated, and the nat table is asked as for any connection. A connection
 * that goes neither to where the master's packets nor to where its answers went follows in a way that is not known.
 */
export function followingOf(run: Run, { expectation, master }: Expected, tuple: Tuple): Following | null {
  if (!master || !(master.status & (CTSTATUS.SRC_NAT | CTSTATUS.DST_NAT))) return null;
  const side = sameWords(tuple.dst, master.reply.dst) ? master.original : sameWords(tuple.dst, master.original.dst) ? master.reply : null;
  if (!side) {
    run.doubts.add(`how the addresses of this connection follow those of ${ends(master.original)}, which expects it, is not known`);
    return null;
  }
  if (expectation.privatePort === null && hasPorts(tuple.proto))
    run.notes.add(
      `packet ${run.number}: the helper asks for port ${tuple.dport} at both sides of the translation, and takes another one where that is in use; no listing tells, ${tuple.dport} is taken here (environment.expectations fixes it, as "natPort")`,
    );
  return { src: side.dst, dst: side.src, dport: expectation.privatePort ?? tuple.dport };
}

/** Helpers that look at what is sent, not at what it carries. */
const BY_ADDRESS: readonly string[] = ['netbios-ns', 'snmp'];

/** nf_confirm(): the helper gets to see the packet. A payload of zeros holds nothing that one of them would read. */
export function showHelper({ skb, run }: Walker): void {
  const { ct } = skb;
  const helper = ct?.entry.helper;
  if (!ct || helper === undefined || (skb.ctInfo === 'RELATED' && read(skb, FIELD.proto) !== ct.entry.original.proto)) return;
  const says = /[1-9a-f]/i.test(skb.packet.data ?? '');
  if (!says && !(BY_ADDRESS.includes(helper) && readWords(skb, FIELD.dst).some((word) => word !== 0))) return;
  run.notes.add(`packet ${run.number}: what the helper ${helper} reads in it is not modelled: connections that it expects because of it are not known`);
  if (!run.draft.possible.some(({ masterId }) => masterId === ct.entry.id)) run.draft.possible = [...run.draft.possible, { masterId: ct.entry.id, helper }];
}
