/**
 * Programs of classic BPF: what the kernel takes for one. Nothing is run here.
 *
 * Source: Linux 6.18 net/core/filter.c bpf_check_classic(), chk_code_allowed(), check_load_and_stores();
 * include/uapi/linux/bpf_common.h, filter.h.
 */

/** code, jt, jf, k. */
export type Instruction = readonly number[];

// biome-ignore format: a table
const ALLOWED: ReadonlySet<number> = new Set([
  // ALU: add sub mul div mod and or xor lsh rsh, by K and X; neg
  0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x94, 0x9c, 0x54, 0x5c, 0x44, 0x4c, 0xa4, 0xac, 0x64, 0x6c, 0x74, 0x7c, 0x84,
  // LD: w h b absolute, indirect; len, imm, mem. LDX: imm, mem, msh, len
  0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60, 0x01, 0x61, 0xb1, 0x81,
  // ST, STX, MISC: tax, txa. RET: K, A
  0x02, 0x03, 0x07, 0x87, 0x06, 0x16,
  // JMP: ja; jeq jge jgt jset, by K and X
  0x05, 0x15, 0x1d, 0x35, 0x3d, 0x25, 0x2d, 0x45, 0x4d,
]);

const RETURNS: readonly number[] = [0x06, 0x16];
/** BPF_MEMWORDS. */
const WORDS = 16;
/** Offsets from SKF_AD_OFF on name what belongs to the packet rather than bytes of it; these there are (SKF_AD_MAX 64, each 4). */
const ANCILLARY = 0xfffff000;
const ANCILLARY_LAST = ANCILLARY + 60;

/** What is wrong with the first instruction at fault; null if nothing is. */
export function badInstruction(program: readonly Instruction[]): string | null {
  for (const [at, [code = 0, jt = 0, jf = 0, k = 0]] of program.entries()) {
    const place = `instruction ${at}`;
    const left = program.length - at - 1;
    if (!ALLOWED.has(code)) return `${place} has the unknown code ${code}`;
    if ((code === 0x34 || code === 0x94) && k === 0) return `${place} divides by 0`;
    if ((code === 0x64 || code === 0x74) && k >= 32) return `${place} shifts by ${k} bits`;
    if ([0x60, 0x61, 0x02, 0x03].includes(code) && k >= WORDS) return `${place} names word ${k} of a memory of ${WORDS}`;
    if (code === 0x05 && k >= left) return `${place} jumps out of the program`;
    if ((code & 0x07) === 0x05 && code !== 0x05 && (jt >= left || jf >= left)) return `${place} jumps out of the program`;
    if ((code === 0x20 || code === 0x28 || code === 0x30) && k >= ANCILLARY && (k > ANCILLARY_LAST || k % 4 !== 0)) return `${place} loads what no packet has`;
  }
  const fault = uninitialised(program);
  if (fault !== null) return fault;
  return RETURNS.includes(program.at(-1)?.[0] ?? 0) ? null : 'its last instruction is no return';
}

/** A memory word read that some way to it has not written. */
function uninitialised(program: readonly Instruction[]): string | null {
  const known = program.map(() => 0xffff);
  let memory = 0;
  for (const [at, [code = 0, jt = 0, jf = 0, k = 0]] of program.entries()) {
    memory &= known[at] as number;
    const join = (to: number) => {
      if (to < known.length) known[to] = (known[to] as number) & memory;
    };
    if (code === 0x02 || code === 0x03) memory |= 1 << k;
    else if ((code === 0x60 || code === 0x61) && !(memory & (1 << k))) return `instruction ${at} loads memory word ${k}, which is not written before`;
    else if (code === 0x05) {
      join(at + 1 + k);
      memory = 0xffff;
    } else if ((code & 0x07) === 0x05) {
      join(at + 1 + jt);
      join(at + 1 + jf);
      memory = 0xffff;
    }
  }
  return null;
}
