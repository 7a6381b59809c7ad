/** Ethernet addresses as two words: upper 16 bits, lower 32 bits. */

/** `02:00:00:00:0a:01`. */
export function formatMac(high: number, low: number): string {
  const digits = high.toString(16).padStart(4, '0') + low.toString(16).padStart(8, '0');
  return (digits.match(/../g) ?? []).join(':');
}
