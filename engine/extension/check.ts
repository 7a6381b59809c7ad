/**
 * What iptables or the kernel refuses about rules that read well: a part that may not stand in this table, at the hooks the
 * chain is reached from or without its protocol, a set that is not there, a jump that leads back, and whatever an
 * extension's own `check` says. It is the one place that judges, and it needs whole tables: run it once all text is read.
 *
 * Source: Linux 6.18 net/netfilter/x_tables.c xt_check_match(), xt_check_target(); ip_tables.c mark_source_chains();
 * net/netfilter/nft_compat.c nft_match_validate(), nft_match_set_mtchk_param(). Both back ends hold matches and targets
 * to their hooks wherever they are reached from; a `check` of its own is told the hooks of a user-defined chain by legacy
 * only.
 */

import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Backend, Chain, ExtensionUse, Rule, Table } from '../model/rule.ts';
import { protocolName } from '../net/protocol.ts';
import type { CheckContext, Finding, MatchExtension, TargetExtension } from './extension.ts';
import { findMatch, findTarget } from './index.ts';
import { ip } from './match/ip.ts';
import { reachableHooks } from './reach.ts';

/** One finding, about one part of a rule: its header, a match or its target. */
type Say = (chain: Chain, rule: Rule, part: ExtensionUse, finding: Finding) => void;

interface CheckOptions {
  readonly set: CheckContext['set'];
  readonly accounting?: CheckContext['accounting'];
  /** Whose table it is, as far as that is known. Null: judged by the stricter of the two. */
  readonly backend: Backend;
}

/** Calls `say` for each finding, in the order of the rules and of their parts. Rules that cannot be read have been told; only their jumps are looked at. */
export function checkTable(table: Table, { set, accounting, backend }: CheckOptions, say: Say): void {
  const builtin: readonly string[] = BUILTIN_CHAINS[table.name];
  const reach = reachableHooks(table, backend);
  for (const chain of table.chains) {
    const isBuiltin = builtin.includes(chain.name);
    const reachedFrom: readonly Hook[] = isBuiltin ? [chain.name as Hook] : [...(reach.hooks.get(chain.name) ?? [])];
    const end = reach.reached(chain);
    // One for all rules of the chain: an extension looks at it while it is asked, and keeps nothing of it.
    const context: { -readonly [K in keyof CheckContext]: CheckContext[K] } = {
      family: table.family,
      table: table.name,
      chain: chain.name,
      protocol: null,
      backend,
      hooks: NO_HOOKS,
      set,
      accounting,
      matches: [],
    };
    for (let index = 0; index < chain.rules.length; index++) {
      const rule = chain.rules[index] as Rule;
      const { target } = rule;
      if (rule.broken === null) {
        const hooks = index < end ? reachedFrom : NO_HOOKS;
        context.protocol = protocolOf(rule);
        context.hooks = isBuiltin || backend !== 'nft' ? hooks : NO_HOOKS;
        context.matches = rule.matches;
        checkPart(chain, rule, rule.header, ip, context, hooks, say);
        for (const use of rule.matches) checkPart(chain, rule, use, findMatch(use.name), context, hooks, say);
        if (target && !target.isChain) checkPart(chain, rule, target, findTarget(target.name), context, hooks, say);
      }
      if (target && !target.isChain && target.name === 'QUEUE' && backend === 'nft') say(chain, rule, target, noQueue);
      if (!target?.isChain) continue;
      if (builtin.includes(target.name)) say(chain, rule, target, jumpToBuiltin(target.name));
      if (reach.loops.has(rule)) say(chain, rule, target, loop(target.name));
    }
  }
}

function checkPart(
  chain: Chain,
  rule: Rule,
  part: ExtensionUse,
  extension: MatchExtension | TargetExtension | undefined,
  context: CheckContext,
  hooks: readonly Hook[],
  say: Say,
): void {
  if (!extension || !part.known || (context.backend === 'nft' && isNative(extension, part, rule))) return;
  for (const finding of placeFindings(extension, context, hooks)) say(chain, rule, part, finding);
  if (extension.check) for (const finding of extension.check(part.uses, context)) say(chain, rule, part, finding);
}

/** Does iptables-nft say it without the kernel's extension? Where that is for one protocol, `-p` names it, be it behind a "!". */
function isNative({ nativeInNft, protocols }: MatchExtension | TargetExtension, { uses }: ExtensionUse, { header }: Rule): boolean {
  if (nativeInNft === undefined || (protocols && !protocols.includes(header.uses.proto?.value as number))) return false;
  return nativeInNft === true || (nativeInNft !== false && nativeInNft(uses));
}

/** `-p` of the rule's header, null if it has none, takes all or inverts it. */
export function protocolOf({ header }: Rule): number | null {
  const use = header.uses.proto;
  return use && !use.negated && use.value !== 0 ? (use.value as number) : null;
}

const NO_FINDINGS: readonly Finding[] = [];
const NO_HOOKS: readonly Hook[] = [];
const list = (names: readonly string[]) => names.join(', ');

/** Table, hooks and protocol. `hooks`: those the rule is reached from. */
function placeFindings(
  { kind, name, tables, hooks: allowed, protocols }: MatchExtension | TargetExtension,
  { table, chain, protocol }: CheckContext,
  hooks: readonly Hook[],
): readonly Finding[] {
  const misplaced = tables && !(tables as readonly string[]).includes(table);
  const wrong = allowed && hooks.find((hook) => !allowed.includes(hook));
  const unfit = protocols && (protocol === null || !protocols.includes(protocol));
  // Asked of every part of every rule, and nearly always answered with nothing.
  if (!misplaced && !wrong && !unfit) return NO_FINDINGS;
  const findings: Finding[] = [];
  const what = (): string => `${kind} "${name}"`;
  if (misplaced) findings.push({ severity: 'error', code: 'wrong-table', message: `${what()} is not valid in table "${table}"`, hint: `it works in ${list(tables)}` });
  // In a table where it may not stand at all, the hook says nothing new.
  if (wrong && findings.length === 0)
    findings.push({
      severity: 'error',
      code: 'wrong-hook',
      message: `${what()} is not valid in ${wrong}${wrong === chain ? '' : `, from which "${chain}" is reached`}`,
      hint: `it works in ${list(allowed)}`,
    });
  if (unfit)
    findings.push({
      severity: 'error',
      code: 'wrong-protocol',
      message: `${what()} needs ${protocols.map((number) => `-p ${protocolName(number)}`).join(' or ')}`,
      hint: 'name the protocol, without "!"',
    });
  return findings;
}

const noQueue: Finding = { severity: 'error', code: 'unknown-target', message: 'iptables-nft has no target "QUEUE"', hint: 'write -j NFQUEUE' };

function jumpToBuiltin(name: string): Finding {
  return { severity: 'error', code: 'jump-to-builtin', message: `"${name}" is a built-in chain and cannot be jumped to`, hint: 'jump to a user-defined chain' };
}

function loop(name: string): Finding {
  return { severity: 'error', code: 'loop', message: `"${name}" leads back to this chain`, hint: 'a chain may not reach itself; the kernel refuses the table (ELOOP)' };
}
