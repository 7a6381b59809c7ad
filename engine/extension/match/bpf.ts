/**
 * bpf: a classic BPF program, or a pinned eBPF one. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "bpf"; Linux 6.18 net/netfilter/xt_bpf.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option } from '../option.ts';

/** XT_BPF_MAX_NUM_INSTR. */
const MAX = 64;

type Instruction = readonly number[];

const program: ValueKind<readonly Instruction[]> = {
  placeholder: 'length,code jt jf k,…',
  words: 1,
  parse: ([word = '']) => {
    const [lengthText = '', ...rest] = word.split(',');
    const length = Number(/^\s*(\d+)$/.exec(lengthText)?.[1] ?? Number.NaN);
    if (!(length >= 1 && length <= MAX) || rest.length === 0)
      return { failure: 'bad program length', hint: `the program begins with its number of instructions, 1 to ${MAX}, and a comma` };
    // A last comma may end the program.
    if (rest.at(-1) === '') rest.pop();
    const instructions = rest.map((text) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(text)?.slice(1).map(Number));
    const bad = instructions.indexOf(undefined);
    if (bad >= 0) return { failure: `bad instruction ${bad}: "${rest[bad]}"`, hint: 'an instruction is four numbers: code jt jf k' };
    if (instructions.length !== length) return { failure: `the program has ${instructions.length} instructions, not ${length}`, hint: 'the first number says how many' };
    return instructions as Instruction[];
  },
  print: (instructions) => `"${instructions.length},${instructions.map((fields) => fields.join(' ')).join(',')}"`,
};

const path: ValueKind<string> = { placeholder: 'path', words: 1, parse: ([word = '']) => word.slice(0, 511), print: (text) => text };

const options = {
  bytecode: option({ name: '--bytecode', value: program, excludes: ['pinned'], help: 'a classic BPF program in numbers' }),
  pinned: option({ name: '--object-pinned', value: path, excludes: ['bytecode'], help: 'path of a pinned eBPF program' }),
};

export const bpf = defineMatch({
  name: 'bpf',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) bpf; Linux 6.18 net/netfilter/xt_bpf.c',
  notModelled: 'programs are not run',
  check: ({ bytecode, pinned }) => (bytecode || pinned ? [] : [{ severity: 'error', code: 'missing-option', message: 'bpf needs --bytecode or --object-pinned' }]),
  compile: (uses, context) => [unmodelled(matchText('bpf', options, uses, uses.bytecode ? 'bytecode' : 'pinned', context), 'programs are not run')],
});
