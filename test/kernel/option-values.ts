/**
 * Values for options of rules: those that the case tables of test/extension write for them, good and bad ones, and for a
 * few options others. Which are good in which rule is for the real tools to say.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { findMatch, findTarget, MATCHES, TARGETS } from '../../engine/index.ts';
import { ip } from '../../engine/extension/match/ip.ts';
import type { OptionSpec, OptionTable } from '../../engine/model/option.ts';

/** What these do outlives the rule or reaches out of the namespace, or they name objects that no test machine has. */
const LEFT_OUT: readonly string[] = ['bpf --object-pinned', 'IDLETIMER'];

export const isLeftOut = (extension: string, spec?: OptionSpec): boolean => LEFT_OUT.includes(spec ? `${extension} ${spec.name}` : extension);

/** Options whose case tables name what is not there, and matches that have no table. */
const VALUES: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
  'set --match-set': [
    ['s1 src', 's1 dst', 's2 src,dst', 's2 src', 's3 src,dst,src', 'ports dst', 'list src', 'list src,dst'],
    ['six dst', 'nosuch src', 's1 both', 's1'],
  ],
  'SET --add-set': [
    ['s1 src', 's2 src,dst', 'ports dst'],
    ['six src', 'nosuch src', 's1'],
  ],
  'SET --del-set': [['s1 dst', 's2 dst,src', 'list src'], ['s1 x']],
  'SET --map-set': [['s1 src', 's2 src,dst'], ['six dst']],
  'tcp --sport': [
    ['80', '0:1023', 'http', ':', '1024:', '0'],
    ['65536', '80:22', 'nosuchservice'],
  ],
  'tcp --dport': [['443', '1:65535', 'ssh:http', ':80', '0x50', '017'], ['-1']],
  'tcp --tcp-flags': [
    ['SYN SYN', 'ALL NONE', 'SYN,RST,ACK,FIN SYN', 'syn ack', 'NONE NONE'],
    ['FOO SYN', 'SYN'],
  ],
  'nfacct --nfacct-name': [['one', 'two_three'], []],
  'SECMARK --selctx': [['system_u:object_r:firewalld_exec_t:s0'], []],
  'recent --mask': [
    ['255.255.255.0', 'ffff::', '0.0.0.0'],
    ['24', 'x'],
  ],
  'policy --tunnel-src': [['10.0.0.0/8', '1.2.3.4', 'fd00::/16'], ['x']],
  'policy --tunnel-dst': [['10.0.0.0/8', '1.2.3.4', 'fd00::1'], ['10.0.0.1/33']],
  'ipvs --vaddr': [['10.0.0.1', '10.0.0.0/8', 'fd00::/16'], []],
  'ipvs --vproto': [['tcp', '17'], []],
  'set --packets-eq': [
    ['0', '1', '5', '1000', '0x10', '4294967296', '18446744073709551615'],
    ['-1', 'x', '18446744073709551616'],
  ],
  'set --packets-lt': [
    ['0', '1', '5', '1000', '0x10', '4294967296', '18446744073709551615'],
    ['-1', 'x', '18446744073709551616'],
  ],
  'set --packets-gt': [
    ['0', '1', '5', '1000', '0x10', '4294967296', '18446744073709551615'],
    ['-1', 'x', '18446744073709551616'],
  ],
  'set --bytes-eq': [
    ['0', '1', '5', '1000', '0x10', '4294967296', '18446744073709551615'],
    ['-1', 'x', '18446744073709551616'],
  ],
  'set --bytes-lt': [
    ['0', '1', '5', '1000', '0x10', '4294967296', '18446744073709551615'],
    ['-1', 'x', '18446744073709551616'],
  ],
  'set --bytes-gt': [
    ['0', '1', '5', '1000', '0x10', '4294967296', '18446744073709551615'],
    ['-1', 'x', '18446744073709551616'],
  ],
  'MARK --and-mark': [
    ['0', '5', '0xff', '017', '0xffffffff', '4294967295'],
    ['4294967296', 'x', '-1'],
  ],
  'MARK --or-mark': [
    ['0', '5', '0xff', '017', '0xffffffff', '4294967295'],
    ['4294967296', 'x', '-1'],
  ],
  'MARK --xor-mark': [
    ['0', '5', '0xff', '017', '0xffffffff', '4294967295'],
    ['4294967296', 'x', '-1'],
  ],
  'MARK --set-xmark': [
    ['5', '0x5/0xf', '0', '0xffffffff', '1/0', '017/8'],
    ['5/', '/5', 'x', '1/2/3', '4294967296'],
  ],
  'MARK --set-mark': [
    ['5', '0x5/0xf', '0', '0xffffffff', '1/0', '017/8'],
    ['5/', '/5', 'x', '1/2/3', '4294967296'],
  ],
  'srh --srh-hdr-len-lt': [
    ['0', '2', '255', '0x8'],
    ['256', 'x'],
  ],
  'srh --srh-segs-left-eq': [
    ['0', '2', '255', '0x8'],
    ['256', 'x'],
  ],
  'srh --srh-segs-left-lt': [
    ['0', '2', '255', '0x8'],
    ['256', 'x'],
  ],
  'srh --srh-last-entry-eq': [
    ['0', '2', '255', '0x8'],
    ['256', 'x'],
  ],
  'srh --srh-last-entry-gt': [
    ['0', '2', '255', '0x8'],
    ['256', 'x'],
  ],
  'srh --srh-last-entry-lt': [
    ['0', '2', '255', '0x8'],
    ['256', 'x'],
  ],
  'ipvs --vport': [['80', '0', '65535'], []],
  'ipvs --vportctl': [['21'], []],
  'rateest --rateest1': [['one', 'averyverylongname'], []],
  'rateest --rateest2': [['two'], []],
  'rateest --rateest-bps1': [
    ['8bit', '5kbit', '1MBps', '10', '2.5Mibit', ''],
    ['x', '5xbit'],
  ],
  'rateest --rateest-pps1': [
    ['0', '42', ''],
    ['-', 'y', '4294967296'],
  ],
  'rateest --rateest-bps2': [
    ['8bit', '5kbit', '1MBps', '10', '2.5Mibit', ''],
    ['x', '5xbit'],
  ],
  'rateest --rateest-pps2': [
    ['0', '42', ''],
    ['-', 'y', '4294967296'],
  ],
  'ULOG --ulog-prefix': [['a', '"two words"'], ['""']],
  'ULOG --ulog-nlgroup': [
    ['1', '32'],
    ['0', '33'],
  ],
  'ULOG --ulog-cprange': [['0', '100'], []],
  'ULOG --ulog-qthreshold': [
    ['1', '50'],
    ['0', '51'],
  ],
  'tcp --tcp-option': [
    ['2', '255', '0x8'],
    ['0', '256'],
  ],
  'limit --limit': [
    ['1/sec', '3/hour', '10000/second', '5/minute', '10', '1/day', '7/hour', '59/min'],
    ['20000/sec', '1/week', '0/sec'],
  ],
  'limit --limit-burst': [
    ['5', '1', '100', '10000'],
    ['10001', '0', 'x'],
  ],
  'statistic --mode': [['nth', 'random'], ['other']],
  'comment --comment': [['x', '"two words"', '"it\'s"', '""', '"back\\\\slash"', '"a;b"', 'a\\ b'], []],
  // Others name what only some machine has.
  'cgroup --path': [['/'], []],
};

/** `ext --option` to the texts after it: those of lines that are taken, and others. */
type Vocabulary = ReadonlyMap<string, Values>;

interface Draft {
  readonly good: Set<string>;
  readonly bad: Set<string>;
}

let read: Vocabulary | null = null;

/** Words as written, quotes included. */
const words = (text: string): readonly string[] => text.match(/(?:[^\s"\\]|\\.|"(?:[^"\\]|\\.)*")+/g) ?? [];

function readVocabulary(): Vocabulary {
  const folder = new URL('../extension/', import.meta.url);
  const found = new Map<string, Draft>(Object.entries(VALUES).map(([key, [good, bad]]) => [key, { good: new Set(good), bad: new Set(bad) }]));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt')))
    for (const line of readFileSync(new URL(file, folder), 'utf8').split('\n')) {
      const rule = /^([^#:*>\s][^;]*(?:"[^"]*"[^;]*)*);/.exec(line.trim())?.[1];
      if (rule !== undefined && !/^(create|add|ipv) /.test(rule)) readRule(words(rule), / FAIL /.test(line) ? 'bad' : 'good', found);
    }
  return new Map([...found].map(([key, { good, bad }]) => [key, { good: [...good], bad: [...bad].filter((text) => !good.has(text)) }]));
}

function readRule(list: readonly string[], kind: 'good' | 'bad', found: Map<string, Draft>): void {
  const loaded: { readonly name: string; readonly options: OptionTable }[] = [{ name: '', options: ip.options }];
  for (let i = 0; i < list.length; i++) {
    const word = list[i] as string;
    const next = list[i + 1] ?? '';
    if (word === '-m' || word === '-j' || word === '-p') {
      const extension = word === '-j' ? findTarget(next) : findMatch(next === 'icmpv6' || next === 'ipv6-icmp' ? 'icmp6' : next);
      if (extension) loaded.push(extension);
      if (word !== '-p') continue;
    }
    for (const { name, options } of loaded.slice().reverse()) {
      const spec = Object.values(options).find((one) => one.name === word || one.aliases?.includes(word));
      if (!spec) continue;
      const key = `${name} ${spec.name}`;
      if (VALUES[key]) break;
      let end = i + 1;
      while (end < list.length && end - i <= spec.value.words && !/^(-\D|!$)/.test(list[end] as string)) end++;
      const draft = found.get(key) ?? { good: new Set(), bad: new Set() };
      found.set(key, draft);
      draft[kind].add(list.slice(i + 1, end).join(' '));
      break;
    }
  }
}

interface Values {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const NONE: Values = { good: [], bad: [] };

/** Texts after `--option` of a match or target; the header's name is empty. */
export function valuesOf(extension: string, spec: OptionSpec): Values {
  read ??= readVocabulary();
  return read.get(`${extension} ${spec.name}`) ?? NONE;
}

/** Options that no case table has a value for: the random rules then know no better than a number. */
export function optionsWithoutValues(): readonly string[] {
  return [...MATCHES, ...TARGETS].flatMap(({ name, options: table }) =>
    Object.values(table)
      .filter((spec: OptionSpec) => !isLeftOut(name, spec) && spec.value.words > 0 && !spec.value.choices && valuesOf(name, spec) === NONE)
      .map((spec: OptionSpec) => `${name} ${spec.name}`),
  );
}
