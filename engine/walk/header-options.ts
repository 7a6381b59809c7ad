/**
 * The options in IPv6 headers as the kernel reads them: those of the hop-by-hop header before any hook sees the packet, those of
 * destination headers where it is delivered, behind INPUT. What is malformed, and what must not be passed over, is dropped.
 *
 * Source: Linux 6.18 net/ipv6/exthdrs.c, ipv6_parse_hopopts(), ipv6_destopt_rcv(), ip6_parse_tlv(), ip6_tlvopt_unknown(); RFC 8200
 * section 4.2. Not modelled: jumbograms, CALIPSO, IOAM, home addresses (Mobile IPv6).
 */

import { FIELD } from '../model/field.ts';
import { emitIcmpError } from './emit.ts';
import { addStep, type Walker } from './run.ts';
import { read } from './skb.ts';

/** Number of the header. */
export const DESTINATION_OPTIONS = 60;

const PAD1 = 0;
const PADN = 1;
const ROUTER_ALERT = 5;
/** Why a packet goes no further. */
export const MALFORMED = 'malformed header';
/** Bytes of padding in a row. */
const MOST_PADDING = 7;

interface OptionsHeader {
  readonly name: string;
  readonly sysctl: string;
  readonly takesRouterAlert: boolean;
  readonly notModelled: Readonly<Record<number, string>>;
}

const HOP_BY_HOP: OptionsHeader = {
  name: 'hop-by-hop',
  sysctl: 'net.ipv6.max_hbh_opts_number',
  takesRouterAlert: true,
  notModelled: { 7: 'CALIPSO', 49: 'IOAM', 194: 'JUMBO' },
};
const DESTINATION: OptionsHeader = { name: 'destination', sysctl: 'net.ipv6.max_dst_opts_number', takesRouterAlert: false, notModelled: { 201: 'HOME ADDRESS' } };

/** Why the packet goes no further, with a step that says more; null: it does. */
export function refusedByHopOptions(walker: Walker): string | null {
  const first = walker.skb.packet.extensionHeaders[0];
  return first?.header === 0 && first.data !== null ? refusedByOptions(walker, HOP_BY_HOP, first.data) : null;
}

/** `data`: the header behind its length, as hexadecimal digits. */
export function refusedByDestinationOptions(walker: Walker, data: string): string | null {
  return refusedByOptions(walker, DESTINATION, data);
}

function refusedByOptions(walker: Walker, { name, sysctl, takesRouterAlert, notModelled }: OptionsHeader, data: string): string | null {
  const { skb, run } = walker;
  const bytes = Uint8Array.from({ length: data.length / 2 }, (_, i) => Number.parseInt(data.slice(i * 2, i * 2 + 2), 16));
  const refused = (text: string): string => {
    addStep(walker, { kind: 'drop', reason: MALFORMED, text });
    return MALFORMED;
  };
  const most = Number(run.world.settings.sysctl(sysctl) ?? 8);
  let [padding, count] = [0, 0];
  for (let at = 0; at < bytes.length; ) {
    const option = bytes[at] as number;
    const size = option === PAD1 ? 1 : (bytes[at + 1] ?? bytes.length) + 2;
    if (at + size > bytes.length) return refused(`a ${name} option is longer than its header`);
    if (option === PAD1 || option === PADN) {
      padding += size;
      if (padding > MOST_PADDING) return refused(`the ${name} header has more than ${MOST_PADDING} bytes of padding in a row`);
      if (option === PADN && bytes.subarray(at + 2, at + size).some((byte) => byte !== 0)) return refused(`padding of the ${name} header is not zero`);
    } else {
      padding = 0;
      if (++count > Math.abs(most)) return refused(`the ${name} header has more than ${Math.abs(most)} options (${sysctl})`);
      const special = notModelled[option];
      if (special) run.doubts.add(`the ${name} option ${option} (${special}) is not modelled`);
      else if (takesRouterAlert && option === ROUTER_ALERT) {
        if (size !== 4) return refused('a router alert option is not of two bytes');
      } else if (most < 0) return refused(`the ${name} option ${option} is not known, and ${sysctl} is negative`);
      else if (option >>> 6 !== 0) {
        const group = read(skb, FIELD.dst) >>> 24 === 0xff;
        const silent = option >>> 6 === 1 || (option >>> 6 === 3 && group);
        return refused(`the ${name} option ${option} is not known and may not be passed over${silent ? '' : `; ${emitIcmpError(walker, 'icmp-error', 4, 2)}`}`);
      }
    }
    at += size;
  }
  return null;
}
