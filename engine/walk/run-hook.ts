/**
 * All that runs at one hook, by the table in hooks.ts: tracking, tables, NAT, confirm, and the second look at the route
 * that OUTPUT takes.
 */

import type { EntryPoint } from '../compile/program.ts';
import { FIELD } from '../model/field.ts';
import type { Hook, TableName } from '../model/hook.ts';
import type { RuleAddress } from '../model/rule.ts';
import { showPorts } from './bridge.ts';
import { confirm, conntrackIn } from './conntrack.ts';
import { HOOK_FUNCTIONS, type HookFunction } from './hooks.ts';
import { ipvsReply, ipvsRequest, loadIpvs } from './ipvs.ts';
import type { IpvsResult } from './ipvs-result.ts';
import { showHelper } from './expectation.ts';
import { followMaster, isBound, natHook } from './nat.ts';
import { addStep, takeTurns, type Walker } from './run.ts';
import { isFragment, reassemble } from './reassembly.ts';
import { loadConntrack, read, readWords, sameWords, write, type Skb } from './skb.ts';
import { traverse, type TableResult } from './traverse.ts';
import { reroute } from './reroute.ts';
import { peerOf } from './socket.ts';
import { doubtChains } from './unread-chain.ts';

/** What is said where a connection cannot be put into the table. */
export const NO_TUPLE = 'no free tuple: the connection cannot be told from another one, and the packet is dropped';

/** How a hook ends: the packet goes on, IPVS sent it on through OUTPUT, or this happened to it. */
export type HookResult =
  | { readonly kind: 'accept' /** Last rule or policy of table filter that let it pass. */; readonly by: RuleAddress | null }
  | { readonly kind: 'sent-on' }
  | { readonly kind: 'drop' | 'queue' | 'stolen' | 'beyond'; readonly by: RuleAddress | null; readonly rejected: boolean; readonly reason: string | null };

/**
 * @param device in-interface that rules see
 * @param out out-interface that rules see; after a reroute the packet leaves by another one, which they do not see
 */
export function runHook(walker: Walker, hook: Hook, device: string | null, out: string | null): HookResult {
  const { program } = walker.run.world;
  walker.hook = hook;
  enterHook(walker, device, out);
  let by: RuleAddress | null = null;
  for (const fn of HOOK_FUNCTIONS[hook]) {
    doubtChains(walker, hook, fn.priority);
    walker.within = fn.kind === 'table' ? fn.table : fn.kind;
    const result = runFunction(walker, fn, hook, out, program.entryPoints);
    walker.within = null;
    if (!result) continue;
    if (result.kind !== 'accept') return result;
    if (fn.kind === 'table' && fn.table === 'filter') by = result.by;
  }
  doubtChains(walker, hook, Number.POSITIVE_INFINITY);
  return { kind: 'accept', by };
}

/** What the rules of the hook see of where the packet is, and of its connection. */
function enterHook(walker: Walker, device: string | null, out: string | null): void {
  const { skb, run } = walker;
  const { names } = run.world;
  skb.frozen = null;
  write(skb, FIELD.in, names.id(device));
  write(skb, FIELD.out, names.id(out));
  showPorts(run.world, skb);
  // A packet that tracking has not seen yet (in raw) reads as INVALID: it has no entry (xt_conntrack.c).
  loadConntrack(skb, run.draft.now);
  loadIpvs(walker);
}

/** ipv4_conntrack_defrag(), ipv6_defrag(). */
function defrag(walker: Walker, hook: Hook, out: string | null): HookResult | null {
  const kept = reassemble(walker, hook === 'OUTPUT' ? 'OUTPUT' : 'PREROUTING');
  if (kept) return { kind: kept.verdict === 'stolen' ? 'stolen' : 'drop', by: null, rejected: false, reason: kept.reason };
  enterHook(walker, hook === 'OUTPUT' ? null : walker.skb.device, out);
  return null;
}

function runFunction(walker: Walker, fn: HookFunction, hook: Hook, out: string | null, entryPoints: readonly EntryPoint[]): HookResult | null {
  const { skb, run } = walker;
  const requires = run.world.program.requires[skb.family];
  switch (fn.kind) {
    case 'defrag':
      if (!requires.has('conntrack') && !requires.has('defrag')) return null;
      return isFragment(skb) ? defrag(walker, hook, out) : null;
    case 'conntrack':
      if (!requires.has('conntrack')) return null;
      conntrackIn(walker);
      followMaster(walker);
      return null;
    case 'confirm':
      showHelper(walker);
      if (confirm(walker)) return null;
      addStep(walker, { kind: 'drop', reason: 'nat clash', text: NO_TUPLE });
      return { kind: 'drop', by: null, rejected: false, reason: 'nat clash' };
    case 'ipvs-request':
      return afterIpvs(ipvsRequest(walker));
    case 'ipvs-reply':
      return afterIpvs(ipvsReply(walker));
    case 'nat':
      return runNat(walker, hook, out, entryPoints);
    case 'table':
      return hook === 'OUTPUT' && fn.table === 'mangle'
        ? mangleOutput(walker, out, entryPoints)
        : runTable(walker, fn.table, hook, out, fn.of ? entryPoints.filter(({ writtenBy }) => (writtenBy === 'nft') === (fn.of === 'nft')) : entryPoints);
  }
}

function afterIpvs(result: IpvsResult): HookResult | null {
  if (result.kind === 'goes-on') return null;
  return result.kind === 'sent-on' ? result : { kind: 'drop', by: null, rejected: false, reason: result.reason };
}

/** Every back end's table of this name, in turn. */
function runTable(walker: Walker, table: TableName, hook: Hook, out: string | null, entryPoints: readonly EntryPoint[]): HookResult | null {
  let result: HookResult | null = null;
  for (const entry of entryPoints) {
    if (entry.table !== table || entry.hook !== hook || entry.family !== walker.skb.family) continue;
    const answer = throughTable(walker, entry, out);
    if (answer.verdict !== 'ACCEPT') return refused(answer);
    result = { kind: 'accept', by: answer.by };
  }
  return result;
}

/** Copies that its rules have made come in behind it, before the packet of a process goes on. */
function throughTable(walker: Walker, entry: EntryPoint, out: string | null): TableResult {
  const answer = traverse(walker, entry, out);
  takeTurns(walker.run);
  return answer;
}

const ENDS = { ACCEPT: 'drop', DROP: 'drop', QUEUE: 'queue', STOLEN: 'stolen', BEYOND: 'beyond' } as const;

function refused({ verdict, by, rejected, reason }: TableResult): HookResult {
  return { kind: ENDS[verdict], by, rejected, reason };
}

/** ipt_mangle_out(): if the table changed what routing goes by, the route is looked up again. */
function mangleOutput(walker: Walker, out: string | null, entryPoints: readonly EntryPoint[]): HookResult | null {
  const { skb } = walker;
  if (!entryPoints.some((entry) => entry.table === 'mangle' && entry.hook === 'OUTPUT' && entry.family === skb.family)) return null;
  const before = routingInputs(skb);
  const result = runTable(walker, 'mangle', 'OUTPUT', out, entryPoints);
  if (result && result.kind !== 'accept') return result;
  return before === routingInputs(skb) ? result : rerouted(walker, result);
}

/** saddr, daddr, mark, tos; for IPv6 also hop limit and flow label (ip6t_mangle_out). */
function routingInputs(skb: Skb): string {
  const own = [read(skb, FIELD.mark), read(skb, FIELD.tos), ...readWords(skb, FIELD.src), ...readWords(skb, FIELD.dst)];
  return (skb.family === 'ipv6' ? [...own, read(skb, FIELD.ttl), read(skb, FIELD.flowLabel)] : own).join(',');
}

function rerouted(walker: Walker, result: HookResult | null): HookResult | null {
  const failure = reroute(walker);
  return failure ? { kind: 'drop', by: null, rejected: false, reason: failure } : result;
}

function runNat(walker: Walker, hook: Hook, out: string | null, entryPoints: readonly EntryPoint[]): HookResult | null {
  const { skb } = walker;
  const tables = entryPoints.filter((entry) => entry.table === 'nat' && entry.family === skb.family);
  if (tables.length === 0) return null;
  let refusal: HookResult | null = null;
  const destination = readWords(skb, FIELD.dst);
  const from = peerOf(skb);
  const verdict = natHook(walker, out, () => {
    for (const entry of tables) {
      if (entry.hook !== hook) continue;
      // nf_nat_inet_fn(): once a table has decided, those behind it are not asked.
      if (isBound(skb, hook)) break;
      const answer = throughTable(walker, entry, out);
      if (answer.verdict === 'ACCEPT' && !answer.bypassed) continue;
      if (!answer.bypassed) refusal = refused(answer);
      return 'done';
    }
    return 'accept';
  });
  if (refusal) return refusal;
  // A bypassed queue is no ACCEPT: NAT decides and rewrites nothing here, and asks again with the next packet.
  if (verdict === 'done') return null;
  if (verdict !== 'accept') return { kind: 'drop', by: null, rejected: false, reason: 'nat' };
  const moved = !sameWords(destination, readWords(skb, FIELD.dst));
  // nf_nat_ipv4_pre_routing(): the cached route is for the old destination.
  if (hook === 'PREROUTING' && moved) skb.route = null;
  if (hook === 'OUTPUT' && destinationTranslated(skb)) return rerouted(walker, null);
  // nf_nat_ipv4_local_in(), nf_nat_ipv6_local_in(): who was connected to another source is not who gets it.
  if (hook === 'INPUT' && isConnected(skb) && !(sameWords(from.address, readWords(skb, FIELD.src)) && from.port === read(skb, FIELD.sport))) skb.owner = null;
  return null;
}

const isConnected = ({ owner }: Skb): boolean => owner !== null && typeof owner === 'object' && owner.transparent !== true;

/** nf_nat_ipv4_local_fn(): packets of a connection whose destination address is translated are routed again. */
function destinationTranslated(skb: Skb): boolean {
  if (!skb.ct) return false;
  const { original, reply } = skb.ct.entry;
  return skb.ctDirection === 0 ? !sameWords(original.dst, reply.src) : !sameWords(reply.dst, original.src);
}
