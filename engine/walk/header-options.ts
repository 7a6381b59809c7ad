/**
 * The hop-by-hop header as the kernel reads it before any hook sees the packet: what is malformed, and what must not be passed over, is
 * dropped.
 *
 * Source: Linux 6.18 net/ipv6/exthdrs.c, ipv6_parse_hopopts(), ip6_parse_tlv(), ip6_tlvopt_unknown(); RFC 8200 section 4.2. Not
 * modelled: jumbograms, CALIPSO, IOAM.
 */

import { FIELD } from '../model/field.ts';
import { addStep, type Walker } from './run.ts';
import { emitIcmpError } from './emit.ts';
import { read } from './skb.ts';

const PAD1 = 0;
const PADN = 1;
const ROUTER_ALERT = 5;
const NOT_MODELLED: Readonly<Record<number, string>> = { 7: 'CALIPSO', 49: 'IOAM', 194: 'JUMBO' };
/** Bytes of padding in a row. */
const MOST_PADDING = 7;

/** Why the packet goes no further, with a step that says more; null: it does. */
export function refusedByHopOptions(walker: Walker): string | null {
  const { skb, run } = walker;
  const first = skb.packet.extensionHeaders[0];
  if (first?.header !== 0 || first.data === null) return null;
  const { data } = first;
  const bytes = Uint8Array.from({ length: data.length / 2 }, (_, i) => Number.parseInt(data.slice(i * 2, i * 2 + 2), 16));
  const refused = (text: string): string => {
    addStep(walker, { kind: 'drop', reason: MALFORMED, text });
    return MALFORMED;
  };
  const most = Number(run.world.settings.sysctl('net.ipv6.max_hbh_opts_number') ?? 8);
  let [padding, count] = [0, 0];
  for (let at = 0; at < bytes.length; ) {
    const option = bytes[at] as number;
    const size = option === PAD1 ? 1 : (bytes[at + 1] ?? bytes.length) + 2;
    if (at + size > bytes.length) return refused('a hop-by-hop option is longer than its header');
    if (option === PAD1 || option === PADN) {
      padding += size;
      if (padding > MOST_PADDING) return refused(`the hop-by-hop header has more than ${MOST_PADDING} bytes of padding in a row`);
      if (option === PADN && bytes.subarray(at + 2, at + size).some((byte) => byte !== 0)) return refused('padding of the hop-by-hop header is not zero');
    } else {
      padding = 0;
      if (++count > Math.abs(most)) return refused(`the hop-by-hop header has more than ${Math.abs(most)} options (net.ipv6.max_hbh_opts_number)`);
      const special = NOT_MODELLED[option];
      if (special) run.doubts.add(`the hop-by-hop option ${option} (${special}) is not modelled`);
      else if (option === ROUTER_ALERT) {
        if (size !== 4) return refused('a router alert option is not of two bytes');
      } else if (most < 0) return refused(`the hop-by-hop option ${option} is not known, and net.ipv6.max_hbh_opts_number is negative`);
      else if (option >>> 6 !== 0) {
        const group = read(skb, FIELD.dst) >>> 24 === 0xff;
        const silent = option >>> 6 === 1 || (option >>> 6 === 3 && group);
        return refused(`the hop-by-hop option ${option} is not known and may not be passed over${silent ? '' : `; ${emitIcmpError(walker, 'icmp-error', 4, 2)}`}`);
      }
    }
    at += size;
  }
  return null;
}

const MALFORMED = 'malformed header';
