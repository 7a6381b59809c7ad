/**
 * What is modelled, told by the same declarations that read, print and check rules: each match, target and set type with
 * its options, where it may stand, and what of it a walk does not know.
 */

import type { Hook, TableName } from '../model/hook.ts';
import type { OptionSpec, OptionTable } from '../model/option.ts';
import { protocolName } from '../net/protocol.ts';
import type { Family } from '../net/address.ts';
import type { MatchExtension, TargetExtension } from './extension.ts';
import { MATCHES, TARGETS } from './index.ts';
import { ip } from './match/ip.ts';
import { SET_TYPES } from './settype/types.ts';

export interface OptionDescription {
  /** As printed: `--dport`. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** How its value is written; empty for a flag. */
  readonly value: string;
  readonly invertible: boolean;
  readonly required: boolean;
  readonly repeatable: boolean;
  /** Names of options that may not stand beside it. */
  readonly excludes: readonly string[];
  readonly help: string;
}

export interface ExtensionDescription {
  readonly kind: 'header' | 'match' | 'target' | 'set type';
  /** Empty for the header of a rule. */
  readonly name: string;
  readonly families: readonly Family[];
  /** Null: in all. */
  readonly tables: readonly TableName[] | null;
  readonly hooks: readonly Hook[] | null;
  /** Protocols of which `-p` has to name one. */
  readonly protocols: readonly string[];
  readonly options: readonly OptionDescription[];
  /** What a walk does not know of it; empty: all of it is walked. */
  readonly notModelled: readonly string[];
  readonly source: string;
}

/** All of them: the header of a rule, matches, targets, set types, each kind by name. */
export function describeExtensions(): readonly ExtensionDescription[] {
  return [ofExtension('header', ip), ...MATCHES.map((one) => ofExtension('match', one)), ...TARGETS.map((one) => ofExtension('target', one)), ...SET_TYPES.map(ofSetType)];
}

function ofExtension(
  kind: 'header' | 'match' | 'target',
  { name, families, tables, hooks, protocols, options, notModelled, source }: MatchExtension | TargetExtension,
): ExtensionDescription {
  return {
    kind,
    name,
    families,
    tables: tables ?? null,
    hooks: hooks ?? null,
    protocols: (protocols ?? []).map(protocolName),
    options: Object.entries(options).map(([key, spec]) => ofOption(options, key, spec)),
    notModelled: notModelled === undefined ? [] : notModelled.split('; '),
    source,
  };
}

function ofOption(table: OptionTable, key: string, { name, aliases, value, invertible, required, merge, help }: OptionSpec): OptionDescription {
  // One of two says that they exclude each other.
  const excludes = Object.entries(table).filter(([other, spec]) => other !== key && (table[key]?.excludes?.includes(other) || spec.excludes?.includes(key)));
  return {
    name,
    aliases: aliases ?? [],
    value: value.words === 0 ? '' : value.placeholder,
    invertible: invertible ?? false,
    required: required ?? false,
    repeatable: merge !== undefined,
    excludes: excludes.map(([, spec]) => spec.name),
    help,
  };
}

function ofSetType({ name, families, createOptions, source }: (typeof SET_TYPES)[number]): ExtensionDescription {
  const options = createOptions.map(
    (one): OptionDescription => ({
      name: one.name,
      aliases: one.aliases ?? [],
      value: one.placeholder,
      invertible: false,
      required: one.required ?? false,
      repeatable: false,
      excludes: [],
      help: one.silent ? 'read, without effect' : one.default === undefined ? '' : `${one.default} if not given`,
    }),
  );
  return { kind: 'set type', name, families: families.length > 0 ? families : ['ipv4', 'ipv6'], tables: null, hooks: null, protocols: [], options, notModelled: [], source };
}
