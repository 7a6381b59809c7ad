/**
 * Which option a word of a rule line is: those of iptables itself, and those of the matches and the target loaded so far,
 * by name or by an unambiguous beginning of it, as getopt_long(3) finds them (iptables 1.8.9, xtables_merge_options()).
 */

import { MATCHES, TARGETS, type MatchExtension, type TargetExtension } from '../extension/index.ts';
import type { OptionUse } from '../model/option.ts';
import type { Family } from '../net/address.ts';

export type Command = 'A' | 'C' | 'D' | 'E' | 'F' | 'I' | 'L' | 'N' | 'P' | 'R' | 'S' | 'X' | 'Z';

// biome-ignore format: a table
const COMMANDS: Readonly<Record<string, Command>> = {
  append: 'A', check: 'C', delete: 'D', 'rename-chain': 'E', flush: 'F', insert: 'I', list: 'L', 'new-chain': 'N', policy: 'P', replace: 'R', 'list-rules': 'S', 'delete-chain': 'X', zero: 'Z',
};
/** Options of the program itself; extensions add theirs behind them. */
// biome-ignore format: a table
export const PROGRAM: ReadonlyMap<string, string> = new Map([
  ...Object.entries(COMMANDS),
  ['source', 's'], ['src', 's'], ['destination', 'd'], ['dst', 'd'], ['protocol', 'p'], ['in-interface', 'i'], ['out-interface', 'o'], ['fragments', 'f'], ['jump', 'j'], ['goto', 'g'], ['match', 'm'],
  ['set-counters', 'c'], ['table', 't'], ['numeric', 'n'], ['verbose', 'v'], ['exact', 'x'], ['line-numbers', '0'], ['ipv4', '4'], ['ipv6', '6'], ['wait', 'w'], ['wait-interval', 'W'], ['modprobe', 'M'],
  ['version', 'V'], ['help', 'h'],
]);
export const HEADER_KEYS: Readonly<Record<string, string>> = { s: 'src', d: 'dst', i: 'in', o: 'out', p: 'proto', f: 'fragment' };
export const TAKES_ARGUMENT = 'ACDEINPRsdpiojgmctM';

export type Extension = MatchExtension | TargetExtension;

/** A match or target while the line is read; of the next line it is another. */
export interface Draft {
  kind: 'match' | 'target';
  name: string;
  /** Null: not modelled; its words are kept as they are. */
  extension: Extension | null;
  /** Undefined: the option is there, and could not be read. */
  uses: Record<string, OptionUse | undefined>;
  /** The words of one that is not modelled, a blank before each. */
  verbatim: string;
  /** One of its options could not be read, or is missing. */
  failed: boolean;
  start: number;
  end: number;
}

/** The drafts of a line, in the order loaded, and then those of the next: hundreds of thousands of lines make no new ones. */
export class DraftList {
  count = 0;
  private readonly drafts: Draft[] = [];

  at(i: number): Draft | undefined {
    return i < this.count ? this.drafts[i] : undefined;
  }

  add(kind: Draft['kind'], name: string, extension: Extension | null, start: number, end: number): Draft {
    let draft = this.drafts[this.count];
    if (!draft) {
      draft = { kind, name, extension, uses: {}, verbatim: '', failed: false, start, end };
      this.drafts.push(draft);
    } else {
      draft.kind = kind;
      draft.name = name;
      draft.extension = extension;
      draft.uses = {};
      draft.verbatim = '';
      draft.failed = false;
      draft.start = start;
      draft.end = end;
    }
    this.count++;
    return draft;
  }

  get matches(): number {
    let matches = 0;
    for (let i = 0; i < this.count; i++) if (this.drafts[i]?.kind === 'match') matches++;
    return matches;
  }

  hasMatch(name: string): boolean {
    for (let i = 0; i < this.count; i++) if (this.drafts[i]?.kind === 'match' && this.drafts[i]?.name === name) return true;
    return false;
  }

  get extensions(): readonly Extension[] {
    return this.drafts.slice(0, this.count).flatMap(({ extension }) => extension ?? []);
  }
}

interface LongOption {
  /** Letter of a program option, or null. */
  readonly letter: string | null;
  readonly draft: Draft | null;
  readonly key: string;
}

const optionKeys = new WeakMap<Extension, ReadonlyMap<string, string>>();

/** Long option names without their dashes, aliases too, to keys of the option table. */
function keysOf(extension: Extension): ReadonlyMap<string, string> {
  let keys = optionKeys.get(extension);
  if (!keys) {
    const map = new Map<string, string>();
    for (const [key, spec] of Object.entries(extension.options)) for (const name of [spec.name, ...(spec.aliases ?? [])]) if (name.startsWith('--')) map.set(name.slice(2), key);
    keys = map;
    optionKeys.set(extension, keys);
  }
  return keys;
}

/** A word that ends what a match or target that is not modelled may take. */
export function isProgramOption(text: string): boolean {
  if (!text.startsWith('-')) return false;
  if (text.startsWith('--')) return PROGRAM.has(text.slice(2));
  return text.length === 2 && /[A-Zsdpiojgmcf46]/.test(text);
}

/** The newest of `loaded` has the first say; a whole name beats a beginning. */
export function lookUpOption(name: string, loaded: DraftList): LongOption | 'ambiguous' | null {
  const letter = PROGRAM.get(name);
  if (letter) return { letter, draft: null, key: '' };
  for (let i = loaded.count - 1; i >= 0; i--) {
    const draft = loaded.at(i) as Draft;
    const key = draft.extension ? keysOf(draft.extension).get(name) : undefined;
    if (key !== undefined) return { letter: null, draft, key };
  }
  const found: LongOption[] = [];
  const add = (option: LongOption) => {
    if (!found.some((other) => other.letter === option.letter && other.draft === option.draft && other.key === option.key)) found.push(option);
  };
  for (const [candidate, short] of PROGRAM) if (candidate.startsWith(name)) add({ letter: short, draft: null, key: '' });
  // Of matches that are loaded twice the newest alone is meant.
  const seen = new Set<Extension>();
  for (let i = loaded.count - 1; i >= 0; i--) {
    const draft = loaded.at(i) as Draft;
    if (!draft.extension || seen.has(draft.extension)) continue;
    seen.add(draft.extension);
    for (const [candidate, key] of keysOf(draft.extension)) if (candidate.startsWith(name)) add({ letter: null, draft, key });
  }
  return found.length > 1 ? 'ambiguous' : (found[0] ?? null);
}

/** All long names that could stand in a rule with these extensions. */
export function optionNames(extensions: readonly Extension[]): string[] {
  const names = new Set<string>(PROGRAM.keys());
  for (const extension of extensions) for (const name of keysOf(extension).keys()) names.add(name);
  return [...names];
}

/** What a rule would have to name before it may use this option: `-p tcp, -p udp`, `-m set`, `-j MARK`; empty if nothing has it. */
export function optionOwners(name: string, family: Family): string {
  const owners = [...MATCHES, ...TARGETS].filter((extension) => extension.families.includes(family) && keysOf(extension).has(name));
  return owners.map((extension) => `${extension.kind === 'target' ? '-j' : extension.protocols ? '-p' : '-m'} ${extension.name}`).join(', ');
}
