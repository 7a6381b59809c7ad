/** Entries back to text, as `ipset save` prints them. */

import type { SetEntries } from '../../model/set.ts';
import { ADDRESS_BITS, formatAddress, formatIpv4 } from '../../net/address.ts';
import { formatMac } from '../../net/mac.ts';
import { PROTO, protocolName } from '../../net/protocol.ts';
import { printExtras } from './extras.ts';
import { icmpName } from './icmp.ts';
import { NO_MAC, PHYSDEV } from './parse.ts';
import type { Part, SetLayout } from './settype.ts';

/** Element text of the entry at `i`: `10.0.0.0/8,tcp:80`. */
export function printElement(layout: SetLayout, entries: SetEntries, i: number): string {
  return printWords(layout, entries.words, i * layout.width, entries.names);
}

/** Element and extras: what follows `add NAME `. */
export function printEntry(layout: SetLayout, entries: SetEntries, i: number): string {
  return printElement(layout, entries, i) + printExtras(layout, entries.extras.get(i));
}

export function printWords(layout: SetLayout, words: ArrayLike<number>, offset: number, names: readonly string[]): string {
  let text = '';
  const { parts } = layout.type;
  for (let p = 0; p < parts.length; p++) {
    const part = parts[p] as Part;
    const piece = printPart(layout, part, words, offset + (layout.offsets[p] as number), names);
    if (piece !== null) text += p === 0 ? piece : `,${piece}`;
  }
  return text;
}

/** The text of one part, whose words begin at `at`; null for a MAC that is still to come. */
export function printPart({ family }: SetLayout, part: Part, words: ArrayLike<number>, at: number, names: readonly string[]): string | null {
  const word = words[at] as number;
  switch (part.kind) {
    case 'address':
      return family === 'ipv6' ? formatAddress('ipv6', words, at) : formatIpv4(word);
    case 'net': {
      const length = words[at + (family === 'ipv6' ? 4 : 1)] as number;
      const address = family === 'ipv6' ? formatAddress('ipv6', words, at) : formatIpv4(word);
      return length === ADDRESS_BITS[family ?? 'ipv4'] ? address : `${address}/${length}`;
    }
    case 'port': {
      const protocol = word >>> 16;
      const value = word & 65535;
      const icmp = protocol === PROTO.icmp || protocol === PROTO.icmpv6;
      return `${protocolName(protocol)}:${icmp ? icmpName(value, protocol === PROTO.icmpv6) : value}`;
    }
    case 'plain-port':
      return String(word);
    case 'mark':
      return `0x${word.toString(16).padStart(8, '0')}`;
    case 'mac':
      return word === NO_MAC ? null : formatMac(word, words[at + 1] as number).toUpperCase();
    case 'interface':
      return `${word & PHYSDEV ? 'physdev:' : ''}${names[word >>> 2] ?? ''}`;
    case 'set':
      return names[word] ?? '';
  }
}
