/** Tables of `hashlimit`, as /proc/net/ipt_hashlimit/NAME and /proc/net/ip6t_hashlimit/NAME list them (Linux 6.18, net/netfilter/xt_hashlimit.c). */

import type { HashlimitEntry } from '../model/hashlimit-entry.ts';
import { parseAddress, type Family } from '../net/address.ts';
import { eachLine, quoted, refuseLine, type Report } from './text.ts';

/** `59 10.0.0.1:0->0.0.0.0:0 274877906944 1374389534720 274877906944`. */
const ENTRY = /^(-?\d{1,15}) ([\da-f.:]+):(\d{1,5})->([\da-f.:]+):(\d{1,5}) (\d{1,20}) (\d{1,20}) (\d{1,20})$/;

/** Family and name of the table that a header names: `cat /proc/net/ipt_hashlimit/web`. Null: it names none. */
export function hashlimitOf(header: string): { readonly family: Family; readonly name: string } | null {
  const match = /\/ip(6?)t_hashlimit\/([^/]+)$/.exec(header.trim());
  return match && { family: match[1] === '6' ? 'ipv6' : 'ipv4', name: match[2] as string };
}

export function parseHashlimit(text: string, line: number, family: Family, to: Report): HashlimitEntry[] {
  const entries: HashlimitEntry[] = [];
  eachLine(text, line, (source, number) => {
    if (source.trim() === '') return;
    const match = ENTRY.exec(source.trim());
    const [, expires, from = '', sport, at = '', dport, credit = '0', cap = '0', cost = '0'] = match ?? [];
    const [src, dst] = [parseAddress(from), parseAddress(at)];
    if (src?.family === family && dst?.family === family)
      entries.push({
        src: src.words,
        dst: dst.words,
        sport: Number(sport),
        dport: Number(dport),
        expires: Number(expires),
        credit: BigInt(credit),
        cap: BigInt(cap),
        cost: BigInt(cost),
      });
    else refuseLine(to, source, number, `${quoted(source.trim())} is no entry of a hashlimit table`, 'take the lines as the file in /proc has them');
  });
  return entries;
}
