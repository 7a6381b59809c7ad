/**
 * The shape of an extension: one file, one object. `options` alone drives parsing, printing, completion and help;
 * `compile` turns parsed options into data. Where the kernel or iptables refuses something, `check` says so.
 */

import type { Family } from '../net/address.ts';
import type { Severity } from '../model/diagnostic.ts';
import type { Hook, TableName } from '../model/hook.ts';
import type { OptionContext, OptionTable, OptionUses } from '../model/option.ts';
import type { ExtensionUse } from '../model/rule.ts';
import type { Action, Clause } from '../model/test.ts';

/** What a node must do once a rule with this extension is loaded (nf_ct_netns_get and friends); `ipvs`: what a walk must keep at hand for it; `accounting`, `labels`: what connections opened from then on have. */
export type Requirement = 'conntrack' | 'defrag' | 'ipvs' | 'accounting' | 'labels';

export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Key of the option to point at; the whole extension if absent. */
  readonly option?: string;
}

/** Where a rule stands, for checks that depend on it. */
export interface CheckContext extends OptionContext {
  /** Hooks from which the rule can be reached, as far as the kernel tells extensions; the chain itself if built-in. */
  readonly hooks: readonly Hook[];
  /** Type and family of a set: null if it does not exist, undefined if the sets are not known. */
  set(name: string): { readonly type: string; readonly family: Family | null; readonly dimensions: number } | null | undefined;
  /** Names of the accounting objects of nfacct; null or absent: not known. */
  readonly accounting?: readonly string[] | null | undefined;
  /** Matches of the rule, for targets that ask for some; absent where the caller has none to show. */
  readonly matches?: readonly Pick<ExtensionUse, 'name' | 'uses'>[];
}

export interface CompileContext extends OptionContext {
  /** `Table.nativeMatches` of the rule's table. */
  readonly nativeMatches?: boolean;
  readonly set: CheckContext['set'];
}

interface ExtensionBase<T extends OptionTable> {
  readonly name: string;
  readonly families: readonly Family[];
  /** Absent: all. */
  readonly tables?: readonly TableName[];
  readonly hooks?: readonly Hook[];
  /** Protocol numbers of which `-p` must name one. */
  readonly protocols?: readonly number[];
  /** iptables wants that `-p` before the options. */
  readonly protocolFirst?: boolean;
  readonly options: T;
  readonly requires?: readonly Requirement[] | ((uses: OptionUses<T>) => readonly Requirement[]);
  /** Rewrites what was typed to what is saved (`--set-mark` to `--set-xmark`). */
  normalize?(uses: OptionUses<T>, context: OptionContext): OptionUses<T>;
  /** Options as iptables-save prints them, each starting with its name; default: by the table, in its order. */
  print?(uses: OptionUses<T>, context: OptionContext): string;
  check?(uses: OptionUses<T>, context: CheckContext): readonly Finding[];
  /** iptables-nft says it in nft's own terms, so that no extension of the kernel is asked whether it may stand there. */
  readonly nativeInNft?: boolean | ((uses: OptionUses<T>) => boolean);
  /** What is not modelled, one line, for the page *What is modelled*. */
  readonly notModelled?: string;
  /** Man page section and kernel file with version. */
  readonly source: string;
}

export interface MatchExtension<T extends OptionTable = OptionTable> extends ExtensionBase<T> {
  readonly kind: 'match';
  /** iptables-nft compares ports and flags of its own; a comparison that says nothing, negated, leaves no trace. */
  readonly emptyInNft?: boolean;
  compile(uses: OptionUses<T>, context: CompileContext): readonly Clause[];
}

export interface TargetExtension<T extends OptionTable = OptionTable> extends ExtensionBase<T> {
  readonly kind: 'target';
  compile(uses: OptionUses<T>, context: CompileContext): Action;
}

export function defineMatch<const T extends OptionTable>(extension: Omit<MatchExtension<T>, 'kind'>): MatchExtension {
  return { ...extension, kind: 'match' };
}

export function defineTarget<const T extends OptionTable>(extension: Omit<TargetExtension<T>, 'kind'>): TargetExtension {
  return { ...extension, kind: 'target' };
}

/** One option, its value type inferred from its kind. */
export type { OptionUses } from '../model/option.ts';

/** `! ` if negated, then the option's canonical text: the clause text of a single-option clause. Empty where nobody reads it. */
export function optionText<T extends OptionTable, K extends keyof T & string>(options: T, uses: OptionUses<T>, key: K, context: OptionContext): string {
  const use = uses[key];
  const spec = options[key];
  if (!use || !spec || context.wordless) return '';
  const value = spec.value.print(use.value, context);
  const name = use.negated ? `! ${spec.name}` : spec.name;
  return value === '' ? name : `${name} ${value}`;
}

/** All options in table order, hidden defaults left out: the default canonical print. */
export function printOptions<T extends OptionTable>(options: T, uses: OptionUses<T>, context: OptionContext): string {
  let text = '';
  for (const key in options) {
    const use = uses[key];
    const spec = options[key];
    if (!use || !spec || spec.hidden?.(use.value, use.negated, context)) continue;
    const one = optionText(options, uses, key, context);
    text = text === '' ? one : `${text} ${one}`;
  }
  return text;
}
