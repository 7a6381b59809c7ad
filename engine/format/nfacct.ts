/** Accounting objects as `nfacct list` prints them (nfacct 1.0.2; libnetfilter_acct 1.0.3, src/libnetfilter_acct.c). */

import type { AccountingObject } from '../model/accounting.ts';
import { eachLine, quoted, refuseLine, type Report } from './text.ts';

/** `{ pkts = 0, bytes = 0 } = name;`, with a quota `{ pkts = 0, bytes = 0, quota = 1000, mode = byte, overquota = no } = name;`. */
const OBJECT = /^\{ pkts = (\d{1,20}), bytes = (\d{1,20})(?:, quota = (\d{1,20}), mode = (byte|packet), overquota = \w+)? \} = (.*);$/;

/** Objects by name. */
export function parseAccounting(text: string, line: number, to: Report): ReadonlyMap<string, AccountingObject> {
  const objects = new Map<string, AccountingObject>();
  eachLine(text, line, (source, number) => {
    if (source.trim() === '') return;
    const match = OBJECT.exec(source.trim());
    if (!match) return refuseLine(to, source, number, `${quoted(source.trim())} is no accounting object`, 'take the lines as "nfacct list" prints them');
    const [, packets = '0', bytes = '0', quota, mode, name = ''] = match;
    objects.set(name, {
      packets: BigInt(packets),
      bytes: BigInt(bytes),
      quota: quota === undefined ? null : { of: mode === 'packet' ? 'packets' : 'bytes', amount: BigInt(quota) },
    });
  });
  return objects;
}
