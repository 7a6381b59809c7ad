/**
 * bpf: a classic BPF program over the packet from its IP header on; it matches unless it returns 0. A pinned eBPF program is in the node's
 * kernel and nowhere else: unknown.
 *
 * Source: iptables-extensions(8) "bpf"; Linux 6.18 net/netfilter/xt_bpf.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { FIELD } from '../../model/field.ts';
import { TRUE, UNKNOWN } from '../../model/test.ts';
import { runProgram } from '../bpf-run.ts';
import { badInstruction, type Instruction } from '../classic-bpf.ts';
import { matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option } from '../option.ts';
import { wrappedDecimal } from '../range.ts';
import { BYTE_FIELDS } from '../packet-bytes.ts';

/** XT_BPF_MAX_NUM_INSTR. */
const MAX = 64;

/** Four numbers as sscanf(3) puts them into fields of these bits. A sign may part them too, and behind the last it does not look. */
function readInstruction(text: string): Instruction | undefined {
  const fields = /^\s*([-+]?\d+)(?!\d)\s*([-+]?\d+)(?!\d)\s*([-+]?\d+)(?!\d)\s*([-+]?\d+)/.exec(text)?.slice(1);
  return fields?.map((digits, i) => wrappedDecimal(digits, FIELD_BITS[i] as number));
}
const FIELD_BITS = [16, 8, 8, 32];

const program: ValueKind<readonly Instruction[]> = {
  placeholder: 'length,code jt jf k,…',
  words: 1,
  parse: ([word = '']) => {
    const [lengthText = '', ...rest] = word.split(',');
    const digits = /^\s*([-+]?\d+)$/.exec(lengthText)?.[1];
    const length = digits === undefined ? Number.NaN : wrappedDecimal(digits, 16);
    if (!(length >= 1 && length <= MAX) || rest.length === 0)
      return { failure: 'bad program length', hint: `the program begins with its number of instructions, 1 to ${MAX}, and a comma` };
    // A last comma may end the program.
    if (rest.at(-1) === '') rest.pop();
    const instructions = rest.map(readInstruction);
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
  notModelled: 'a pinned eBPF program is not in the snapshot; a classic one is unknown where it loads what a packet does not say (hash, processor, frame header)',
  check({ bytecode, pinned }) {
    if (!bytecode) return pinned ? [] : [{ severity: 'error', code: 'missing-option', message: 'bpf needs --bytecode or --object-pinned' }];
    const fault = badInstruction(bytecode.value);
    return fault === null ? [] : [{ severity: 'error', code: 'bad-value', option: 'bytecode', message: `the kernel takes no such program: ${fault}` }];
  },
  compile(uses, context) {
    const text = matchText('bpf', options, uses, uses.bytecode ? 'bytecode' : 'pinned', context);
    const instructions = uses.bytecode?.value;
    if (!instructions) return [unmodelled(text, 'the pinned program is not in the snapshot')];
    return [
      {
        text,
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'bpf',
            operand: { program: instructions },
            wanted: 'a program that returns anything but 0',
            reads: [...BYTE_FIELDS, FIELD.mark, FIELD.packetType],
            holds: (skb) => runProgram(instructions, skb),
            saw(skb) {
              const holds = runProgram(instructions, skb);
              return holds === UNKNOWN ? 'it loads what is not known' : holds === TRUE ? 'it did not return 0' : 'it returned 0';
            },
          },
        ],
      },
    ];
  },
});
