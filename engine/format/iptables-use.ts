/** From the words of a match, a target or the rule header to what the model keeps of them, canonical text included. */

import { printOptions } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import type { Span } from '../model/diagnostic.ts';
import type { OptionContext, OptionSpec, OptionUse } from '../model/option.ts';
import type { ExtensionUse, TargetUse } from '../model/rule.ts';
import type { Draft, Extension } from './iptables-options.ts';

const NONE: readonly never[] = [];
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
  return required.every((key) => uses[key]) ? NONE : required.filter((key) => !uses[key]).map((key) => (extension as Extension).options[key] as OptionSpec);
}

const lead = ({ kind, name }: Draft) => (kind === 'match' ? `-m ${name}` : name);

/** A match or target, its options normalised and printed; what is not modelled keeps its words. */
export function extensionUse(draft: Draft, context: OptionContext, span: Span): ExtensionUse {
  const { name, extension } = draft;
  if (!extension) return { name, known: false, uses: {}, text: [lead(draft), ...draft.verbatim].join(' '), span };
  const uses = extension.normalize ? extension.normalize(draft.uses as never, context) : draft.uses;
  const options = extension.print ? extension.print(uses as never, context) : printOptions(extension.options, uses as never, context);
  return { name, known: true, uses: uses as ExtensionUse['uses'], text: options !== '' ? `${lead(draft)} ${options}` : isNothing(draft, context) ? '' : lead(draft), span };
}

const isNothing = ({ extension, uses }: Draft, { backend }: OptionContext): boolean =>
  backend === 'nft' && extension?.kind === 'match' && extension.emptyInNft === true && Object.values(uses).some((use) => use?.negated);

/** One that has no options: a chain or a verdict. */
export function plainUse(draft: Draft, span: Span): ExtensionUse {
  return { name: draft.name, known: true, uses: {}, text: lead(draft), span };
}

/** One whose options could not be read, in a line that is broken. `source`: its words as written, `-m` or `-j` included. */
export function unreadUse({ name, kind }: Draft, source: string, span: Span): ExtensionUse {
  return { name, known: false, uses: {}, text: kind === 'match' ? source : source.replace(/^\S+\s+/, ''), span };
}

/** `fallback` places a header without options. */
export function headerUse(uses: Readonly<Record<string, OptionUse | undefined>>, context: OptionContext, fallback: Span): ExtensionUse {
  let first: Span | null = null;
  for (const key in uses) {
    const span = uses[key]?.span;
    if (span && (first === null || span.column < first.column)) first = span;
  }
  return { name: '', known: true, uses, text: printOptions(ip.options, uses as never, context), span: first ?? fallback };
}

export function ruleText(header: ExtensionUse, matches: readonly ExtensionUse[], target: TargetUse | null): string {
  // Joined, not added up: a million flat strings take far less room than a million trees of pieces.
  const parts: string[] = header.text === '' ? [] : [header.text];
  for (const match of matches) if (match.text !== '') parts.push(match.text);
  if (target) parts.push(target.verb === 'goto' ? '-g' : '-j', target.text);
  return parts.join(' ');
}
