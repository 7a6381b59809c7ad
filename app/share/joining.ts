/**
 * Files that alone are no node, as what `ipset save` or `ip -j addr` prints: they belong to a node's other files and join them, in
 * place of what those held of the same. What a file holds is told by its sections, as the engine tells them.
 */

import { readSections, type Section } from '../../engine/index.ts';
import type { Document } from '../store/document.ts';
import { gathered } from './recognise.ts';

type Files = Document['files'];
type SourceFile = Files[number];

/** What prints rules, if only in words that are not read. */
const RULES: readonly string[] = ['iptables-save', 'ip6tables-save', 'iptables -S', 'iptables -L', 'nft list ruleset'];
const NOTHING: readonly string[] = ['unknown', 'preamble'];

export interface Joined {
  readonly document: Pick<Document, 'files' | 'cluster'>;
  /** What was added, by the commands that print it; by its name where no command is known. */
  readonly added: readonly string[];
  /** Names of files that something was taken out of, or that are gone. */
  readonly replaced: readonly string[];
}

/** Whether files that are given belong to those that are there: the ones lack rules and the others have them, or both lack them. */
export function belong(there: Pick<Document, 'files' | 'cluster'>, given: Files): boolean {
  if (gathered(given).cluster) return false;
  const addsTo = (files: Files): boolean => {
    const kinds = files.flatMap((file) => sectionsOf(file).map(({ kind }) => kind));
    return kinds.some((kind) => !NOTHING.includes(kind)) && !kinds.some((kind) => RULES.includes(kind));
  };
  return addsTo(given) || (!there.cluster && addsTo(there.files) && there.files.every((file) => addsTo([file])));
}

/** The files beside those that are there. */
export function joined(there: Pick<Document, 'files' | 'cluster'>, given: Files): Joined {
  const { files: more, cluster } = gathered(given);
  const isCluster = (i: number): boolean => i === 0 && there.cluster;
  const facts = new Set(more.flatMap((file, i) => (cluster && i === 0 ? [] : sectionsOf(file).flatMap(factsOf))));
  const replaced: string[] = [];
  const kept = there.files.flatMap((file, i) => {
    if (isCluster(i)) {
      if (cluster) replaced.push(file.name);
      return cluster ? [] : [file];
    }
    const text = without(file, facts);
    if (text !== file.text) replaced.push(file.name);
    return text === null ? [] : [{ ...file, text }];
  });
  const names = new Set(kept.map(({ name }) => name));
  const added = more.map((file) => {
    const name = freeName(file.name, names);
    names.add(name);
    return { ...file, name };
  });
  const said = more.flatMap((file, i) => {
    const kinds = cluster && i === 0 ? [] : sectionsOf(file).map(({ kind }) => kind);
    const known = kinds.filter((kind) => !NOTHING.includes(kind));
    return known.length > 0 ? known : [file.name];
  });
  const [first, ...others] = added;
  return {
    document: { files: cluster && first ? [first, ...kept, ...others] : [...kept, ...added], cluster: cluster || there.cluster },
    added: [...new Set(said)],
    replaced,
  };
}

/** `rules.txt`, or `rules-2.txt` where there is one. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  const [, stem = name, end = ''] = /^(.+?)(\.[^.]*)?$/.exec(name) ?? [];
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${stem}-${i}${end}`;
  return free;
}

// --- What a file holds --------------------------------------------------------------------------------------------

const sections = new WeakMap<SourceFile, readonly Section[]>();

/** Read once for each file: it is asked whether they belong together, then what they say anew, and files may be megabytes. */
function sectionsOf(file: SourceFile): readonly Section[] {
  let found = sections.get(file);
  if (!found) {
    found = readSections([file], undefined, () => ({ section: '', file: '', problems: [] }));
    sections.set(file, found);
  }
  return found;
}

const SET_LINE = /^(?:create|add|-N|-A) (\S+)/;
const SYSCTL_LINE = /^([a-z][\w.-]*(?:\/\S+)?) ?=/;
/** An address of IPv6, in a route or a rule: of the families each command prints one unless it is asked for both. */
const IPV6 = /(^|[\s"])[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.]*/m;
const IPV4 = /(^|[\s"])\d+\.\d+\.\d+\.\d+/m;

/** What of a section is said once in a node: who says it anew replaces it. */
function factsOf({ kind, header, text }: Section): readonly string[] {
  switch (kind) {
    case 'ipset save':
      return linesWith(text, SET_LINE).map((name) => `set ${name}`);
    case 'sysctl':
      return linesWith(text, SYSCTL_LINE).map((name) => `sysctl ${name}`);
    case 'ip route':
    case 'ip rule': {
      const families = [...(IPV4.test(text) ? ['ipv4'] : []), ...(IPV6.test(text) ? ['ipv6'] : [])];
      return (families.length > 0 ? families : [/\s-6\b/.test(header) ? 'ipv6' : 'ipv4']).map((family) => `${kind} ${family}`);
    }
    case 'iptables-save':
    case 'ip6tables-save':
      return linesWith(text, /^\*[ \t]*(\w+)/).map((table) => `${kind} ${table}`);
    case 'iptables -S':
    case 'nft list ruleset':
    case 'preamble':
    case 'unknown':
      return [];
    default:
      return [kind];
  }
}

function linesWith(text: string, pattern: RegExp): readonly string[] {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined) found.add(name);
  }
  return [...found];
}

/** The text of a file without what is said anew; null: nothing is left of it. */
function without(file: SourceFile, anew: ReadonlySet<string>): string | null {
  const all = sectionsOf(file);
  if (!all.some((section) => factsOf(section).some((fact) => anew.has(fact)))) return file.text;
  const lines = file.text.split('\n');
  const left: string[] = [];
  let something = false;
  all.forEach((section, i) => {
    const end = (all[i + 1]?.line ?? lines.length + 2) - 2;
    const own = lines.slice(section.line - 1, end);
    const kept = section.kind === 'preamble' ? own : keptOf(section, own, anew);
    if (!kept) return;
    something ||= section.kind !== 'preamble';
    if (section.header !== '') left.push(lines[section.line - 2] ?? '');
    left.push(...kept);
  });
  return something ? left.join('\n') : null;
}

/** Of sets and sysctls each line stands for itself. Tables stay unless all are said anew: the engine tells which counts. */
function keptOf(section: Section, lines: readonly string[], anew: ReadonlySet<string>): readonly string[] | null {
  const facts = factsOf(section);
  if (!facts.some((fact) => anew.has(fact))) return lines;
  if (facts.every((fact) => anew.has(fact))) return null;
  const pattern = section.kind === 'ipset save' ? SET_LINE : section.kind === 'sysctl' ? SYSCTL_LINE : null;
  if (pattern === null) return section.kind.endsWith('tables-save') ? lines : null;
  const word = section.kind === 'sysctl' ? 'sysctl' : 'set';
  return lines.filter((line) => !anew.has(`${word} ${pattern.exec(line)?.[1]}`));
}
