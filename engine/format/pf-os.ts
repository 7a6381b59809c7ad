/**
 * Fingerprints as pf.os holds them, read as nfnl_osf does (iptables 1.8.9 utils/nfnl_osf.c, osf_load_line()): window, TTL, don't
 * fragment, size, options, genre, version, subtype and details, with colons between.
 */

import type { Fingerprint, WindowRule } from '../model/fingerprint.ts';
import { eachLine, quoted, report, spanAt, type Report } from './text.ts';

/** By letter: kind and length. Values that a fingerprint asks for are not compared by the kernel. */
const OPTIONS: Readonly<Record<string, Fingerprint['options'][number]>> = {
  E: { kind: 0, length: 1 },
  N: { kind: 1, length: 1 },
  M: { kind: 2, length: 4 },
  W: { kind: 3, length: 3 },
  S: { kind: 4, length: 2 },
  T: { kind: 8, length: 10 },
};
const FIELDS = 9;
/** MAXGENRELEN less the final zero byte. */
const LONGEST_GENRE = 31;

export function parseFingerprints(text: string, line: number, to: Report): Fingerprint[] {
  const found: Fingerprint[] = [];
  eachLine(text, line, (source, number) => {
    if (source.trim() === '' || source.startsWith('#')) return;
    // Blanks behind a colon are passed over.
    const fields = source.split(':').map((field, i) => (i === 0 ? field : field.trimStart()));
    if (fields.length !== FIELDS)
      return report(
        to,
        'warning',
        'bad-value',
        spanAt(source, number, 0, source.length),
        `${quoted(source.trim())} is no fingerprint: nfnl_osf passes it over`,
        'a fingerprint has eight colons',
      );
    const [window = '', ttl = '', df = '', size = '', options = '', genre = ''] = fields;
    found.push({
      window: windowOf(window),
      ttl: leadingNumber(ttl) & 0xff,
      df: (leadingNumber(df) & 0xffff) !== 0,
      size: leadingNumber(size) & 0xffff,
      options: options.split(',').flatMap((one) => OPTIONS[one.trimStart()[0] ?? ''] ?? []),
      genre: genre.replace(/^[@*]/, '').slice(0, LONGEST_GENRE),
    });
  });
  return found;
}

/** strtoul(): what does not begin with a number is 0. */
const leadingNumber = (text: string): number => Number(/^\s*\+?(\d{1,10})/.exec(text)?.[1] ?? 0) >>> 0;

/** `S4`, `T22`, `%8192`, `5840`, `*`. A percent sign behind a letter says nothing more. */
function windowOf(text: string): Fingerprint['window'] {
  const rule: WindowRule = text[0] === 'S' ? 'mss' : text[0] === 'T' ? 'mtu' : text[0] === '%' ? 'modulo' : 'plain';
  return { rule, value: leadingNumber(rule === 'plain' ? text : text.slice(text[1] === '%' ? 2 : 1)) };
}
