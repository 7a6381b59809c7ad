/**
 * What iptables or the kernel refuses about a rule that reads well: wrong table, hook or protocol, a set that is not
 * there, and whatever an extension's own `check` says. Run once all sections are read, because sets may come later.
 * What needs the whole table (loops, hooks a user-defined chain is reached from) is found when it is compiled.
 */

import { findMatch, findTarget, type CheckContext, type Finding, type MatchExtension, type TargetExtension } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import { findSetType } from '../extension/settype/index.ts';
import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import { formatRuleAddress, type Chain, type ExtensionUse, type Rule, type Table } from '../model/rule.ts';
import type { IpSet } from '../model/set.ts';
import { protocolName } from '../net/protocol.ts';
import { quoted, report, type Report } from './text.ts';

/** `sets` null: no `ipset save` section, so every set is unknown; that is said once, at the first rule that names one. */
export function checkTables(tables: readonly Table[], sets: ReadonlyMap<string, IpSet> | null, to: (table: Table) => Report): void {
  const unknownSets = new Set<string>();
  let firstUnknown: (() => void) | null = null;
  const set: CheckContext['set'] = (name) => {
    if (!sets) {
      unknownSets.add(name);
      return undefined;
    }
    const found = sets.get(name);
    if (!found) return null;
    return { type: found.type, family: found.family, dimensions: findSetType(found.type)?.dimensions ?? 1 };
  };
  for (const table of tables) {
    const reportTo = to(table);
    for (const chain of table.chains)
      for (const rule of chain.rules) {
        checkRule(table, chain, rule, set, reportTo);
        if (unknownSets.size === 0 || firstUnknown) continue;
        const span = rule.matches.find(({ name }) => name === 'set')?.span ?? rule.target?.span ?? rule.header.span;
        firstUnknown = () =>
          report(
            reportTo,
            'warning',
            'unknown-sets',
            span,
            `what is in ${unknownSets.size === 1 ? 'set' : 'the sets'} ${[...unknownSets].map(quoted).join(', ')} is not known: there is no ipset save section`,
            'add the output of "ipset save"',
            address(table, chain, rule),
          );
      }
  }
  firstUnknown?.();
}

function address(table: Table, chain: Chain, rule: Rule): string {
  return formatRuleAddress({ family: table.family, backend: table.backend, table: table.name, chain: chain.name, number: rule.number });
}

function checkRule(table: Table, chain: Chain, rule: Rule, set: CheckContext['set'], to: Report): void {
  const proto = rule.header.uses.proto;
  const protocol = proto && !proto.negated && proto.value !== 0 ? (proto.value as number) : null;
  const isBuiltin = (BUILTIN_CHAINS[table.name] as readonly string[]).includes(chain.name);
  const context: CheckContext = { family: table.family, table: table.name, chain: chain.name, protocol, hooks: isBuiltin ? [chain.name as Hook] : [], set, matches: rule.matches };
  const say = (use: ExtensionUse, { severity, code, message, hint = '', option }: Finding) => {
    const span = (option === undefined ? undefined : use.uses[option]?.span) ?? use.span;
    report(to, severity, code, span, message, hint, address(table, chain, rule));
  };
  const check = (use: ExtensionUse, extension: MatchExtension | TargetExtension | undefined) => {
    if (!extension || !use.known) return;
    for (const finding of placeFindings(extension, table, context)) say(use, finding);
    for (const finding of extension.check?.(use.uses as never, context) ?? []) say(use, finding);
  };
  check(rule.header, ip);
  for (const use of rule.matches) check(use, findMatch(use.name));
  if (rule.target && !rule.target.isChain) check(rule.target, findTarget(rule.target.name));
}

const list = (names: readonly string[]) => names.join(', ');

/** Table, built-in chain and protocol: xt_check_match() and xt_check_target() of Linux 6.18 net/netfilter/x_tables.c. */
function placeFindings({ kind, name, tables, hooks, protocols }: MatchExtension | TargetExtension, table: Table, context: CheckContext): Finding[] {
  const findings: Finding[] = [];
  const what = `${kind} "${name}"`;
  if (tables && !tables.includes(table.name))
    findings.push({ severity: 'error', code: 'wrong-table', message: `${what} is not valid in table "${table.name}"`, hint: `it works in ${list(tables)}` });
  const [hook] = context.hooks;
  // In a table where it may not stand at all, the hook says nothing new.
  if (hooks && hook && findings.length === 0 && !hooks.includes(hook))
    findings.push({ severity: 'error', code: 'wrong-hook', message: `${what} is not valid in ${hook}`, hint: `it works in ${list(hooks)}` });
  if (protocols && (context.protocol === null || !protocols.includes(context.protocol)))
    findings.push({
      severity: 'error',
      code: 'wrong-protocol',
      message: `${what} needs ${protocols.map((number) => `-p ${protocolName(number)}`).join(' or ')}`,
      hint: 'name the protocol, without "!"',
    });
  return findings;
}
