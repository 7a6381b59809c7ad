/** Values as people read them; the same in every language. */

export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** Numbers of the bits that are set, highest first: `19, 16, 1`. */
export function bitList(value: number): readonly number[] {
  const bits: number[] = [];
  for (let bit = 31; bit >= 0; bit--) if (((value >>> bit) & 1) === 1) bits.push(bit);
  return bits;
}

/** `10.0.11.2:4200`, `[fd00::2]:443`; the address alone where there is no port. */
export function endpoint(address: string, port: number | null): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The mark test or mark write in an option text as iptables-save prints it, or null if it holds none. */
export function maskedOption(text: string): { readonly value: number; readonly mask: number; readonly negated: boolean } | null {
  const found = /(! )?--(?:mark|set-xmark|set-mark|tproxy-mark) (0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?/i.exec(text);
  if (!found) return null;
  return { value: Number(found[2]) >>> 0, mask: found[3] === undefined ? 0xffffffff : Number(found[3]) >>> 0, negated: found[1] !== undefined };
}
