/**
 * Classic BPF, run over the bytes of a packet. What hangs on a byte that is not known, or on what is not modelled (the hash
 * of a packet, the processor), is unknown: only where all the ways through the program give one answer is it that.
 *
 * Source: Linux 6.18 Documentation/networking/filter.rst; net/core/filter.c bpf_convert_filter(), bpf_skb_load_helper_*():
 * a load beyond the packet returns 0; include/uapi/linux/filter.h SKF_AD_*.
 */

import type { SkbView } from '../model/context.ts';
import { FIELD } from '../model/field.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../model/test.ts';
import type { Instruction } from './classic-bpf.ts';
import { packetBytes, type PacketBytes } from './packet-bytes.ts';

/** Null: not known. */
type Value = number | null;

interface Machine {
  readonly at: number;
  readonly a: Value;
  readonly x: Value;
  readonly memory: readonly Value[];
}

/** Ways through a program that are followed before it is given up: each branch on something unknown makes two. */
const MOST_WAYS = 256;
/** Offsets from here on name fields of the packet's own (SKF_AD_OFF), from there bytes counted from the network header (SKF_NET_OFF). */
const [ANCILLARY, FROM_NETWORK] = [0xfffff000, 0xfff00000];
const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;

/** Does the program return anything but 0? */
export function runProgram(program: readonly Instruction[], skb: SkbView): Tri {
  const packet = packetBytes(skb);
  if (!packet) return UNKNOWN;
  const answers = new Set<Value>();
  const open: Machine[] = [{ at: 0, a: 0, x: 0, memory: [] }];
  for (let ways = 0; open.length > 0; ways++) {
    if (ways > MOST_WAYS) return UNKNOWN;
    const answer = runFrom(program, packet, skb, open.pop() as Machine, open);
    answers.add(answer === null ? null : answer === 0 ? 0 : 1);
    if (answers.size > 1 || answer === null) return UNKNOWN;
  }
  return answers.has(1) ? TRUE : FALSE;
}

/** Runs to a return; the other way of a branch that is not decided is put aside. */
function runFrom(program: readonly Instruction[], packet: PacketBytes, skb: SkbView, start: Machine, aside: Machine[]): Value {
  let { a, x } = start;
  const memory = [...start.memory];
  for (let at = start.at; at < program.length; at++) {
    const [code = 0, jt = 0, jf = 0, k = 0] = program[at] as Instruction;
    const operand: Value = code & 0x08 ? x : k;
    switch (code & 0x07) {
      case 0x00:
      case 0x01: {
        const loaded = load(code, k, x, memory, packet, skb);
        if (loaded === 'beyond') return 0;
        if (loaded === 'perhaps') return null;
        if (code & 0x01) x = loaded;
        else a = loaded;
        break;
      }
      case 0x02:
        memory[k] = a;
        break;
      case 0x03:
        memory[k] = x;
        break;
      case 0x04: {
        // Division by an X of 0 returns 0.
        const divides = (code & 0xf0) === 0x30 || (code & 0xf0) === 0x90;
        if (divides && operand === 0) return 0;
        if (divides && operand === null) return null;
        a = calculate(code & 0xf0, a, operand);
        break;
      }
      case 0x05: {
        if ((code & 0xf0) === 0x00) {
          at += k;
          break;
        }
        const holds = compare(code & 0xf0, a, operand);
        if (holds === null) aside.push({ at: at + 1 + jf, a, x, memory: [...memory] });
        at += holds === false ? jf : jt;
        break;
      }
      case 0x06:
        return code & 0x10 ? a : k;
      default:
        if (code & 0x80) a = x;
        else x = a;
    }
  }
  return 0;
}

/** `beyond`: outside the packet, which ends the program; `perhaps`: who knows where. */
function load(code: number, k: number, x: Value, memory: readonly Value[], packet: PacketBytes, skb: SkbView): Value | 'beyond' | 'perhaps' {
  const { bytes, known } = packet;
  const size = [4, 2, 1][(code & 0x18) >> 3] as number;
  const read = (from: number, count: number): Value | 'beyond' => {
    if (from < 0 || from + count > bytes.length) return 'beyond';
    let value = 0;
    for (let i = 0; i < count; i++) {
      if (known[from + i] === 0) return null;
      value = value * 256 + (bytes[from + i] as number);
    }
    return value;
  };
  switch (code & 0xe0) {
    case 0x00:
      return k;
    case 0x60:
      return memory[k] ?? null;
    case 0x80:
      return bytes.length;
    case 0xa0: {
      // LDX MSH: four times the lower half of a byte.
      const value = read(k, 1);
      return typeof value === 'number' ? (value & 15) * 4 : value;
    }
    case 0x20:
      if (k >= ANCILLARY) return ancillary(k - ANCILLARY, skb);
      break;
    default:
      if (x === null) return 'perhaps';
  }
  // The sum may wrap, and then it counts backwards.
  const place = (k + ((code & 0xe0) === 0x40 ? (x as number) : 0)) | 0;
  if (place >= 0) return read(place, size);
  return place >>> 0 >= FROM_NETWORK && place >>> 0 < ANCILLARY ? read((place >>> 0) - FROM_NETWORK, size) : 'perhaps';
}

/** SKF_AD_*: of these the packet says the ones that a walk knows. */
function ancillary(what: number, { regs, family }: SkbView): Value {
  if (what === 0) return ETHERTYPE[family];
  if (what === 4) return ({ 0: 0, 1: 1, 2: 2 } as Readonly<Record<number, number>>)[regs[FIELD.packetType.index] as number] ?? null;
  if (what === 20) return regs[FIELD.mark.index] as number;
  return null;
}

function calculate(op: number, a: Value, b: Value): Value {
  if (op === 0x80) return a === null ? null : -a >>> 0;
  if (a === null || b === null) return null;
  switch (op) {
    case 0x00:
      return (a + b) >>> 0;
    case 0x10:
      return (a - b) >>> 0;
    case 0x20:
      return Math.imul(a, b) >>> 0;
    case 0x30:
      return Math.floor(a / b);
    case 0x40:
      return (a | b) >>> 0;
    case 0x50:
      return (a & b) >>> 0;
    case 0x60:
      return (a << b) >>> 0;
    case 0x70:
      return a >>> b;
    case 0x90:
      return a % b;
    default:
      return (a ^ b) >>> 0;
  }
}

function compare(op: number, a: Value, b: Value): boolean | null {
  if (a === null || b === null) return null;
  return op === 0x10 ? a === b : op === 0x20 ? a > b : op === 0x30 ? a >= b : (a & b) >>> 0 !== 0;
}
