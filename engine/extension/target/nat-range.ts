/**
 * Ranges of the NAT targets: `[address[-address]][:port[-port[/base]]]` and the flags that go with them.
 *
 * Source: iptables 1.8.9 extensions/libxt_NAT.c, parse_to(), parse_ports().
 */

import type { OptionContext, OptionUse, ValueFailure, ValueKind } from '../../model/option.ts';
import type { NatRange } from '../../model/test.ts';
import { formatAddress, parseAddress, type Words } from '../../net/address.ts';
import { PROTO } from '../../net/protocol.ts';
import { servicePort } from '../../net/services.ts';
import { flag, isFailure, option, parseInteger } from '../option.ts';

interface Ports {
  readonly low: number;
  readonly high: number;
  readonly base: number | null;
}

interface Destination {
  readonly low: Words | null;
  readonly high: Words | null;
  readonly ports: Ports | null;
}

/** Protocols whose port (or ICMP id) a NAT target may name: portok of libxt_NAT.c, which leaves out udplite, GRE and ICMPv6. */
const PORT_PROTOCOLS: readonly number[] = [PROTO.tcp, PROTO.udp, PROTO.sctp, PROTO.dccp, PROTO.icmp];

function portFailure(word: string): ValueFailure {
  return { failure: `port "${word}" is not valid`, hint: 'give a port from 1 to 65535, or a range of two joined by -' };
}

function readPorts(text: string, context: OptionContext, withBase: boolean): Ports | ValueFailure {
  const protocol = context.namedProtocol ?? context.protocol;
  if (protocol === null || !PORT_PROTOCOLS.includes(protocol))
    return { failure: 'need TCP, UDP, SCTP or DCCP with port specification', hint: 'put -p tcp (or udp, sctp, dccp) before it' };
  const [range = '', base, ...rest] = text.split('/');
  if (rest.length > 0 || (base !== undefined && !withBase)) return portFailure(text);
  const single = namedPort(range);
  const dash = range.indexOf('-');
  const low = single >= 0 ? single : dash < 0 ? -1 : numericPort(range.slice(0, dash));
  const high = single >= 0 ? single : numericPort(range.slice(dash + 1));
  if (low < 0 || high < 0) return portFailure(range);
  if (low > high) return { failure: `port range "${range}" is inverted`, hint: `write it ${high}-${low}` };
  if (base !== undefined && dash < 0) return { failure: `garbage after port value: "/${base}"`, hint: `write it ${low}-${high}/${base}` };
  if (base === undefined) return { low, high, base: null };
  const start = namedPort(base);
  return start <= 0 ? portFailure(base) : { low, high, base: start };
}

function numericPort(word: string): number {
  const value = parseInteger(word);
  return value !== null && value <= 65535 ? value : -1;
}

function namedPort(word: string): number {
  if (word === '' || word.startsWith('-')) return -1;
  const number = numericPort(word);
  return number >= 0 || /^\d/.test(word) ? number : (servicePort(word, null) ?? -1);
}

function printPorts({ low, high, base }: Ports): string {
  return `${low}${high === low ? '' : `-${high}`}${base === null ? '' : `/${base}`}`;
}

/** `port[-port]`. */
export const portSpan: ValueKind<Ports> = {
  placeholder: 'port[-port]',
  words: 1,
  parse: ([word = ''], context) => readPorts(word, context, false),
  print: printPorts,
};

/** An address or a range of two, with ports; IPv6 in brackets if ports follow. */
export function destination(withBase: boolean): ValueKind<Destination> {
  return {
    placeholder: withBase ? '[address[-address]][:port[-port[/base]]]' : '[address[-address]][:port[-port]]',
    words: 1,
    parse: ([word = ''], context) => {
      const { addresses, ports: portText } = split(word, context);
      const ports = portText === null ? null : readPorts(portText, context, withBase);
      if (isFailure(ports)) return ports;
      if (addresses === '') return ports ? { low: null, high: null, ports } : { failure: `"${word}" names neither an address nor a port` };
      const dash = addresses.indexOf('-');
      const low = readAddress(dash < 0 ? addresses : addresses.slice(0, dash));
      const high = dash < 0 ? low : readAddress(addresses.slice(dash + 1));
      if (!low || !high || low.family !== context.family || high.family !== context.family)
        return { failure: `bad IP address "${addresses}"`, hint: `give an address of ${context.family === 'ipv4' ? 'IPv4' : 'IPv6'}, or two joined by -` };
      return { low: low.words, high: high.words, ports };
    },
    print: ({ low, high, ports }, context) => {
      const first = low ? formatAddress(context.family, low) : '';
      const last = high ? formatAddress(context.family, high) : '';
      const addresses = first === last ? first : `${first}-${last}`;
      if (!ports) return addresses;
      return `${context.family === 'ipv6' && addresses !== '' ? `[${addresses}]` : addresses}:${printPorts(ports)}`;
    },
  };
}

/** xtables_numeric_to_ipaddr() takes no leading zeros. */
const readAddress = (text: string) => (/(^|\.)0\d/.test(text) ? null : parseAddress(text));

function split(word: string, { family }: OptionContext): { readonly addresses: string; readonly ports: string | null } {
  if (family === 'ipv6') {
    // What stands around the brackets is not looked at.
    const bracketed = /^[^[]*\[([^\]]*)\][^:]*(?::(.*))?$/.exec(word);
    if (bracketed) return { addresses: bracketed[1] || '[]', ports: bracketed[2] ?? null };
    return word.startsWith(':') && !word.startsWith('::') ? { addresses: '', ports: word.slice(1) } : { addresses: word, ports: null };
  }
  const colon = word.indexOf(':');
  return colon < 0 ? { addresses: word, ports: null } : { addresses: word.slice(0, colon), ports: word.slice(colon + 1) };
}

export const random = option({ name: '--random', value: flag, help: 'draw the port' });
export const randomFully = option({ name: '--random-fully', value: flag, help: 'draw the port, also against being guessed' });
export const persistent = option({ name: '--persistent', value: flag, help: 'give a client the same address for each destination' });

type Flags = { readonly random?: OptionUse<true> | undefined; readonly randomFully?: OptionUse<true> | undefined; readonly persistent?: OptionUse<true> | undefined };

export function natRange(to: Partial<Destination>, flags: Flags): NatRange {
  return {
    low: to.low ?? null,
    high: to.high ?? null,
    portLow: to.ports?.low ?? null,
    portHigh: to.ports?.high ?? null,
    portBase: to.ports?.base ?? null,
    random: flags.random !== undefined,
    randomFully: flags.randomFully !== undefined,
    persistent: flags.persistent !== undefined,
  };
}
