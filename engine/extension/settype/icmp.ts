/**
 * ICMP types as ipset names them: `type/code` or a name. Source: ipset(8) "hash:ip,port"; the list is what ipset 7.17
 * prints for every type and code, RFC 792, RFC 1122, RFC 1812 and RFC 4443 behind it.
 */

const V4: readonly (readonly [string, number, number])[] = [
  ['echo-reply', 0, 0],
  ['pong', 0, 0],
  ['network-unreachable', 3, 0],
  ['host-unreachable', 3, 1],
  ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3],
  ['fragmentation-needed', 3, 4],
  ['source-route-failed', 3, 5],
  ['network-unknown', 3, 6],
  ['host-unknown', 3, 7],
  ['network-prohibited', 3, 9],
  ['host-prohibited', 3, 10],
  ['TOS-network-unreachable', 3, 11],
  ['TOS-host-unreachable', 3, 12],
  ['communication-prohibited', 3, 13],
  ['host-precedence-violation', 3, 14],
  ['precedence-cutoff', 3, 15],
  ['source-quench', 4, 0],
  ['network-redirect', 5, 0],
  ['host-redirect', 5, 1],
  ['TOS-network-redirect', 5, 2],
  ['TOS-host-redirect', 5, 3],
  ['echo-request', 8, 0],
  ['ping', 8, 0],
  ['router-advertisement', 9, 0],
  ['router-solicitation', 10, 0],
  ['ttl-zero-during-transit', 11, 0],
  ['ttl-zero-during-reassembly', 11, 1],
  ['ip-header-bad', 12, 0],
  ['required-option-missing', 12, 1],
  ['timestamp-request', 13, 0],
  ['timestamp-reply', 14, 0],
  ['address-mask-request', 17, 0],
  ['address-mask-reply', 18, 0],
];

const V6: readonly (readonly [string, number, number])[] = [
  ['no-route', 1, 0],
  ['communication-prohibited', 1, 1],
  ['address-unreachable', 1, 3],
  ['port-unreachable', 1, 4],
  ['packet-too-big', 2, 0],
  ['ttl-zero-during-transit', 3, 0],
  ['ttl-zero-during-reassembly', 3, 1],
  ['bad-header', 4, 0],
  ['unknown-header-type', 4, 1],
  ['unknown-option', 4, 2],
  ['echo-request', 128, 0],
  ['ping', 128, 0],
  ['echo-reply', 129, 0],
  ['pong', 129, 0],
  ['router-solicitation', 133, 0],
  ['router-advertisement', 134, 0],
  ['neighbour-solicitation', 135, 0],
  ['neighbour-advertisement', 136, 0],
  ['redirect', 137, 0],
];

/** `type << 8 | code` of a name (any case) or of `type/code`; -1 if it is neither. */
export function icmpNumber(text: string, six: boolean): number {
  const numeric = /^(\d{1,3})\/(\d{1,3})$/.exec(text);
  if (numeric) {
    const [type, code] = [Number(numeric[1]), Number(numeric[2])];
    return type > 255 || code > 255 ? -1 : type * 256 + code;
  }
  const wanted = text.toLowerCase();
  const found = (six ? V6 : V4).find(([name]) => name.toLowerCase() === wanted);
  return found ? found[1] * 256 + found[2] : -1;
}

/** The name where there is one, else `type/code`. */
export function icmpName(value: number, six: boolean): string {
  const type = value >>> 8;
  const code = value & 255;
  const found = (six ? V6 : V4).find(([, t, c]) => t === type && c === code);
  return found ? found[0] : `${type}/${code}`;
}
