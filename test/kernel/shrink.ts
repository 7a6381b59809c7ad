/**
 * A disagreement made small: packets, tables, chains, rules, parts of rules, sets, entries, routes, policy rules, sysctls,
 * addresses and fields of packets are left out one after the other, as long as the answer stays "they disagree". What
 * comes in: a case and who says so (on the kernel one trial costs about 100 ms, so trials are counted); what goes out: the
 * smallest case found.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { KernelNode, Sending } from './node.ts';

interface Shrunk {
  readonly one: KernelCase;
  readonly trials: number;
}

/** `disagrees` is asked at most `limit` times; what the kernel refuses does not disagree. */
export async function shrinkCase(start: KernelCase, disagrees: (one: KernelCase) => Promise<boolean>, limit = 300): Promise<Shrunk> {
  const search = new Search(start, disagrees, limit);
  // Chunks first: half of everything, a quarter… then single things until none can be left out any more.
  for (let before = -1; search.trials < limit && before !== search.size; ) {
    before = search.size;
    await search.list(packetsOf, withPackets);
    for (const part of LINES) await search.list(part.get, part.set);
    for (const part of LINES.slice(0, 2)) await search.words(part);
    await search.fields();
  }
  return { one: search.best, trials: search.trials };
}

class Search {
  best: KernelCase;
  trials = 0;
  private readonly disagrees: (one: KernelCase) => Promise<boolean>;
  private readonly limit: number;

  constructor(start: KernelCase, disagrees: (one: KernelCase) => Promise<boolean>, limit: number) {
    this.best = start;
    this.disagrees = disagrees;
    this.limit = limit;
  }

  get size(): number {
    return JSON.stringify(this.best).length;
  }

  private async take(one: KernelCase): Promise<boolean> {
    if (this.trials >= this.limit) return false;
    this.trials++;
    if (!(await this.disagrees(one))) return false;
    this.best = one;
    return true;
  }

  /** Leaves out runs of a list, long ones first. `set` gives null for what cannot be left out. */
  async list(get: (one: KernelCase) => readonly boolean[], set: (one: KernelCase, kept: readonly boolean[]) => KernelCase | null): Promise<void> {
    for (let run = get(this.best).length; run >= 1; run = Math.floor(run / 2))
      for (let end = get(this.best).length; end > 0 && this.trials < this.limit; end -= run) {
        const removable = get(this.best);
        const from = Math.max(0, end - run);
        if (!removable.slice(from, end).some(Boolean)) continue;
        const smaller = set(
          this.best,
          removable.map((may, i) => !may || i < from || i >= end),
        );
        if (smaller) await this.take(smaller);
      }
  }

  /** Leaves single matches and header options out of rules, and targets. */
  async words({ get, lines, replace }: LinePart): Promise<void> {
    for (let i = get(this.best).length - 1; i >= 0; i--)
      for (let part = 0; this.trials < this.limit; ) {
        const line = lines(this.best)[i] ?? '';
        const parts = ruleParts(line);
        if (part >= parts.length) break;
        const shorter = [...parts.slice(0, part), ...parts.slice(part + 1)];
        if (!(await this.take(replace(this.best, i, [line.split(' ').slice(0, 2).join(' '), ...shorter].join(' '))))) part++;
      }
  }

  /** Leaves fields out of packets, and makes answers plain packets no smaller: they stay as they are. */
  async fields(): Promise<void> {
    for (const [i, send] of this.best.sends.entries()) {
      const packet = 'dst' in send ? send : 'packet' in send ? send.packet : null;
      if (!packet) continue;
      for (const field of Object.keys(packet).filter((name) => !['in', 'src', 'dst', 'proto', 'sport', 'dport', 'icmpId'].includes(name))) {
        const now = this.best.sends[i] as Sending;
        const { [field as keyof Packet]: _, ...rest } = ('packet' in now ? now.packet : now) as Packet;
        await this.take({ ...this.best, sends: this.best.sends.map((one, at) => (at === i ? { packet: rest as Packet } : one)) });
      }
    }
  }
}

/** Header options, matches and the target of a rule line, each with what belongs to it. */
export function ruleParts(line: string): string[] {
  if (!line.startsWith('-A ')) return [];
  const parts: string[] = [];
  const words = line.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g)?.slice(2) ?? [];
  for (const [i, word] of words.entries()) {
    const opens = /^-[sdiopfmjg]$/.test(word) || (word === '!' && /^-[sdiop]$|^-f$/.test(words[i + 1] ?? ''));
    if (opens && !(words[i - 1] === '!' && word !== '!')) parts.push(word);
    else parts[parts.length - 1] = `${parts.at(-1) ?? ''} ${word}`.trim();
  }
  return parts.filter((part) => part !== '');
}

// ---- packets ----

const packetsOf = ({ sends }: KernelCase): readonly boolean[] => sends.map(() => true);

/** An answer goes with what it answers; the others count anew. */
function withPackets(one: KernelCase, kept: readonly boolean[]): KernelCase | null {
  const numbers = new Map<number, number>();
  const sends: (Sending | Packet)[] = [];
  one.sends.forEach((send, i) => {
    if (!kept[i]) return;
    const about = 'replyTo' in send ? send.replyTo : 'errorFor' in send ? send.errorFor : null;
    const number = about === null ? null : numbers.get(about);
    if (number === undefined) return;
    numbers.set(i, sends.length);
    sends.push(number === null ? send : 'replyTo' in send ? { ...send, replyTo: number } : { ...(send as Extract<Sending, { errorFor: number }>), errorFor: number });
  });
  return sends.length > 0 && sends.length < one.sends.length ? { ...one, sends } : null;
}

// ---- lines of the node ----

interface LinePart {
  readonly get: (one: KernelCase) => readonly boolean[];
  readonly set: (one: KernelCase, kept: readonly boolean[]) => KernelCase | null;
  readonly lines: (one: KernelCase) => readonly string[];
  readonly replace: (one: KernelCase, index: number, line: string) => KernelCase;
}

type TextKey = 'iptables' | 'ip6tables' | 'ipset';
type ListKey = 'routes' | 'routes6' | 'rules' | 'rules6';

/** Rules, then whole chains with what jumps to them, then tables: a line that others need stays with them. */
function textPart(key: TextKey): LinePart {
  const lines = (one: KernelCase): readonly string[] => (one.node[key] ?? '').split('\n').filter((line) => line !== '');
  const put = (one: KernelCase, list: readonly string[]): KernelCase => ({ ...one, node: { ...one.node, [key]: list.length > 0 ? `${list.join('\n')}\n` : '' } as KernelNode });
  return {
    lines,
    get: (one) => lines(one).map(() => true),
    set: (one, kept) => {
      const all = lines(one);
      const left = consistent(all.filter((_, i) => kept[i]));
      return left.length === all.length ? null : put(one, left);
    },
    replace: (one, index, line) =>
      put(
        one,
        lines(one).map((old, i) => (i === index ? line : old)),
      ),
  };
}

/** Without rules of chains that are not there, jumps to them, tables without a beginning or an end, entries of sets without `create`. */
function consistent(lines: readonly string[]): string[] {
  const out: string[] = [];
  let table: string[] | null = null;
  const sets = new Set(lines.flatMap((line) => /^create (\S+)/.exec(line)?.[1] ?? []));
  const close = (): void => {
    if (!table) return;
    const chains = new Set(table.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []));
    const builtin = (name: string): boolean => /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(name);
    const isThere = (name: string | undefined): boolean => name === undefined || chains.has(name) || builtin(name);
    const jump = (line: string): string | undefined => / -[jg] ((?:RAW|MANGLE|NAT|FILTER|SECURITY)-\S+)/.exec(line)?.[1];
    out.push(...table.filter((line) => !line.startsWith('-A ') || (isThere(line.split(' ')[1]) && isThere(jump(line)))), 'COMMIT');
    table = null;
  };
  for (const line of lines) {
    if (line.startsWith('*')) {
      close();
      table = [line];
    } else if (line === 'COMMIT') close();
    else if (table) table.push(line);
    else if (/^create /.test(line) || sets.has(line.split(' ')[line.startsWith('add -exist') ? 2 : 1] ?? '')) out.push(line);
  }
  close();
  return out;
}

function listPart(key: ListKey): Pick<LinePart, 'get' | 'set'> {
  return {
    get: (one) => (one.node[key] ?? []).map(() => true),
    set: (one, kept) => ({ ...one, node: { ...one.node, [key]: (one.node[key] ?? []).filter((_, i) => kept[i]) } }),
  };
}

const sysctls: Pick<LinePart, 'get' | 'set'> = {
  get: (one) => Object.keys(one.node.sysctls ?? {}).map(() => true),
  set: (one, kept) => ({ ...one, node: { ...one.node, sysctls: Object.fromEntries(Object.entries(one.node.sysctls ?? {}).filter((_, i) => kept[i])) } }),
};

const addresses: Pick<LinePart, 'get' | 'set'> = {
  get: (one) => one.node.interfaces.flatMap((device) => (device.addresses ?? []).map(() => true)),
  set: (one, kept) => {
    let at = 0;
    return { ...one, node: { ...one.node, interfaces: one.node.interfaces.map((device) => ({ ...device, addresses: (device.addresses ?? []).filter(() => kept[at++]) })) } };
  },
};

const RULES: readonly LinePart[] = [textPart('iptables'), textPart('ip6tables')];
const LINES: readonly LinePart[] = [
  ...RULES,
  textPart('ipset'),
  ...([listPart('routes'), listPart('routes6'), listPart('rules'), listPart('rules6'), sysctls, addresses] as LinePart[]),
];
