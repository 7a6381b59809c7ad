/** From the words of a match, a target or the rule header to what the model keeps of them, canonical text included. */

import { printOptions } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import type { Span } from '../model/diagnostic.ts';
import type { OptionContext, OptionSpec, OptionTable, OptionUse } from '../model/option.ts';
import type { ExtensionUse, TargetUse } from '../model/rule.ts';
import type { Draft, Extension } from './iptables-options.ts';

const NONE: readonly never[] = [];
const NO_USES: ExtensionUse['uses'] = {};
const requiredKeys = new WeakMap<Extension, readonly string[]>();

function requiredOf(extension: Extension): readonly string[] {
  let keys = requiredKeys.get(extension);
  if (!keys) {
    keys = Object.keys(extension.options).filter((key) => extension.options[key]?.required);
    requiredKeys.set(extension, keys);
  }
  return keys;
}

/** Required options that are not there. */
export function missingOptions({ extension, uses }: Draft): readonly OptionSpec[] {
  const required = extension ? requiredOf(extension) : NONE;
  for (let i = 0; i < required.length; i++)
    if (!((required[i] as string) in uses)) return required.filter((key) => !(key in uses)).map((key) => (extension as Extension).options[key] as OptionSpec);
  return NONE;
}

const lead = ({ kind, name }: Draft) => (kind === 'match' ? `-m ${name}` : name);

/** A match or target, its options normalised and printed; what is not modelled keeps its words. `source`: the line it stands in. */
export function extensionUse(draft: Draft, context: OptionContext, source: string, span: Span): ExtensionUse {
  const { name, extension, start } = draft;
  if (!extension) return { name, known: false, uses: {}, text: `${lead(draft)}${draft.verbatim}`, span };
  const uses = extension.normalize ? extension.normalize(draft.uses, context) : draft.uses;
  const at = afterPiece(draft.kind === 'match' ? '-m' : '-j', source, start);
  const text = asWritten(extension, uses, context, source, afterPiece(name, source, at), draft.kind === 'match' ? start : at) ?? printed(draft, extension, uses, context);
  return { name, known: true, uses, text, span };
}

function printed(draft: Draft, extension: Extension, uses: ExtensionUse['uses'], context: OptionContext): string {
  const options = extension.print ? extension.print(uses, context) : printOptions(extension.options, uses, context);
  if (options === '') return isNothing(draft, context) ? '' : lead(draft);
  // Joined, not added up: a million flat strings take far less room than a million trees of pieces.
  return [lead(draft), options].join(' ');
}

/**
 * The canonical text where the line has it, as lines of iptables-save do: no text is made then, and none is kept beside the line.
 * `options`: where they begin in it; `start`: where the text does.
 */
function asWritten({ print, options: table }: Extension, uses: ExtensionUse['uses'], context: OptionContext, source: string, options: number, start: number): string | null {
  if (options < 0) return null;
  const printed = print?.(uses, context);
  const end = printed === undefined ? optionsEnd(table, uses, context, source, options) : afterPiece(printed, source, options);
  return end <= options ? null : source.slice(start, end - 1);
}

/** Behind the blank that follows options which stand in a line as `printOptions` prints them; -1 if they do not. */
function optionsEnd(options: OptionTable, uses: ExtensionUse['uses'], context: OptionContext, source: string, start: number): number {
  let at = start;
  for (const key in options) {
    const use = uses[key];
    const spec = options[key];
    if (!use || !spec || spec.hidden?.(use.value, use.negated, context)) continue;
    if (use.negated) at = afterPiece('!', source, at);
    at = afterPiece(spec.name, source, at);
    at = afterPiece(spec.value.print(use.value, context), source, at);
    if (at < 0) return -1;
  }
  return at;
}

const isNothing = ({ extension, uses }: Draft, { backend }: OptionContext): boolean =>
  backend === 'nft' && extension?.kind === 'match' && extension.emptyInNft === true && Object.values(uses).some((use) => use?.negated);

/** A target that has no options: a chain or a verdict. */
export function plainTarget({ name }: Draft, span: Span, verb: 'jump' | 'goto', isChain: boolean): TargetUse {
  return { name, known: true, uses: NO_USES, text: name, span, verb, isChain };
}

/** One whose options could not be read, in a line that is broken. `source`: its words as written, `-m` or `-j` included. */
export function unreadUse({ name, kind }: Draft, source: string, span: Span): ExtensionUse {
  return { name, known: false, uses: {}, text: kind === 'match' ? source : source.replace(/^\S+\s+/, ''), span };
}

/** Place of its first option; null for a header without options. */
export function headerSpan(uses: Readonly<Record<string, OptionUse | undefined>>): Span | null {
  let first: Span | null = null;
  for (const key in uses) {
    const span = uses[key]?.span;
    if (span && (first === null || span.column < first.column)) first = span;
  }
  return first;
}

/** `source`: the line it stands in, and where its words begin. */
export function headerUse(uses: Readonly<Record<string, OptionUse | undefined>>, context: OptionContext, source: string, start: number, span: Span): ExtensionUse {
  const end = optionsEnd(ip.options, uses, context, source, start);
  const text = end < 0 ? printOptions(ip.options, uses, context) : source.slice(start, Math.max(start, end - 1));
  return { name: '', known: true, uses, text, span };
}

/** Canonical text of a rule. `source`: the line it stands in, and where its words begin if they stand there as iptables-save prints them. */
export function ruleText(header: ExtensionUse, matches: readonly ExtensionUse[], target: TargetUse | null, source: string, start: number): string {
  const end = endAsWritten(header, matches, target, source, start);
  if (end >= 0) return source.slice(start, end);
  const parts: string[] = header.text === '' ? [] : [header.text];
  for (const match of matches) if (match.text !== '') parts.push(match.text);
  if (target) parts.push(target.verb === 'goto' ? '-g' : '-j', target.text);
  return parts.join(' ');
}

/** Where the rule ends in its line, if it stands there word by word as iptables-save prints it; else -1. */
function endAsWritten(header: ExtensionUse, matches: readonly ExtensionUse[], target: TargetUse | null, source: string, start: number): number {
  let at = afterPiece(header.text, source, start);
  for (let i = 0; i < matches.length; i++) at = afterPiece((matches[i] as ExtensionUse).text, source, at);
  if (target) at = afterPiece(target.text, source, afterPiece(target.verb === 'goto' ? '-g' : '-j', source, at));
  return at < 0 ? -1 : Math.max(start, at - 1);
}

/** Behind a piece that stands at `at`, and the blank that follows it; -1 if something else stands there, or if `at` is -1. */
function afterPiece(piece: string, source: string, at: number): number {
  if (piece === '' || at < 0) return at;
  const end = at + piece.length;
  return source.startsWith(piece, at) && (end === source.length || source.charCodeAt(end) === 32) ? end + 1 : -1;
}
