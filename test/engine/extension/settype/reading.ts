/** Sets and packets in a short notation, for the tests of set types. */

import {
  createEntries,
  createSetState,
  findSetType,
  parseCreate,
  parseElement,
  parseExtras,
  setLayout,
  type SetContext,
  type SetHits,
  type SetState,
} from '../../../../engine/extension/settype/index.ts';
import { FIELD, L4, REGISTER_COUNT, TCP_FLAG, UNKNOWN_MAC } from '../../../../engine/model/field.ts';
import { isFailure } from '../../../../engine/model/option.ts';
import type { IpSet } from '../../../../engine/model/set.ts';
import { parseAddress, type Family } from '../../../../engine/net/address.ts';
import { protocolNumber } from '../../../../engine/net/protocol.ts';

/** Reads `create NAME TYPE …` and `add NAME ELEMENT …` lines of one set; throws with the failure. Quotes group words. */
export function readSet(...lines: string[]): IpSet {
  const [, name = '', typeName = '', ...words] = split(lines[0] as string);
  const type = findSetType(typeName);
  if (!type) throw new Error(`no type ${typeName}`);
  const header = parseCreate(type, name, words);
  if (isFailure(header)) throw new Error(header.failure);
  const layout = setLayout(type, header);
  if (isFailure(layout)) throw new Error(layout.failure);
  const builder = createEntries(layout);
  for (const line of lines.slice(1)) {
    const [, , element = '', ...rest] = split(line);
    const extras = parseExtras(layout, rest);
    if (isFailure(extras)) throw new Error(extras.failure);
    const failure = parseElement(layout, element, extras, builder);
    if (failure) throw new Error(failure.failure);
  }
  return { ...header, entries: builder.finish(), incomplete: false, line: 1 };
}

function split(line: string): string[] {
  return (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));
}

const INTERFACES = ['', 'eth0', 'eth1', 'd0', 'br0'];

/** `udp 10.0.0.1:5 > 10.0.0.2:53 in=eth0 out=eth1 mark=1 mac=02:00:00:00:0a:02 length=38 frag`; ICMP ports are type and code. */
export function registers(text: string): Uint32Array {
  const regs = new Uint32Array(REGISTER_COUNT);
  const [proto = '', src = '', , dst = '', ...options] = text.split(' ');
  const put = (field: { index: number }, value: number): void => {
    regs[field.index] = value;
  };
  put(FIELD.proto, protocolNumber(proto) as number);
  for (const [field, port, value] of [
    [FIELD.src, FIELD.sport, src],
    [FIELD.dst, FIELD.dport, dst],
  ] as const) {
    const match = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(value) as RegExpExecArray;
    const words = parseAddress(match[1] ?? (match[2] as string))?.words ?? [];
    for (const [i, word] of words.entries()) put({ index: field.index + i }, word);
    put(port, Number(match[3] ?? 0));
  }
  put(FIELD.l4, L4.readable);
  put(FIELD.length, 38);
  if (proto === 'icmp' || proto === 'icmpv6') {
    put(FIELD.icmpType, regs[FIELD.sport.index] as number);
    put(FIELD.icmpCode, regs[FIELD.dport.index] as number);
  }
  for (const option of options) {
    const [key, value = ''] = option.split('=');
    if (key === 'in') put(FIELD.in, INTERFACES.indexOf(value));
    else if (key === 'out') put(FIELD.out, INTERFACES.indexOf(value));
    else if (key === 'mark') put(FIELD.mark, Number(value));
    else if (key === 'length') put(FIELD.length, Number(value));
    else if (key === 'frag') put(FIELD.l4, L4.none);
    else if (key === 'cut') put(FIELD.l4, L4.truncated);
    else if (key === 'mac') {
      const digits = value.replaceAll(':', '');
      put(FIELD.hasMac, 1);
      put(FIELD.srcMacHigh, Number.parseInt(digits.slice(0, 4), 16));
      put(FIELD.srcMacLow, Number.parseInt(digits.slice(4), 16));
      put(FIELD.dstMacHigh, UNKNOWN_MAC);
    } else if (key === 'dmac') {
      const digits = value.replaceAll(':', '');
      put(FIELD.dstMacHigh, Number.parseInt(digits.slice(0, 4), 16));
      put(FIELD.dstMacLow, Number.parseInt(digits.slice(4), 16));
    }
  }
  put(FIELD.tcpFlags, TCP_FLAG.SYN);
  return regs;
}

/** Sets by name, changed by the test as a walk would. */
export class Sets {
  readonly states = new Map<string, SetState>();
  now = 0;
  family: Family = 'ipv4';
  readonly hits: SetHits = { states: [], positions: [] };

  constructor(...sets: IpSet[]) {
    for (const set of sets) this.states.set(set.name, createSetState(set));
  }

  get(name: string): SetState {
    return this.states.get(name) as SetState;
  }

  get context(): SetContext {
    return { family: this.family, now: this.now, interfaceName: (id) => INTERFACES[id] ?? '', setState: (name) => this.states.get(name), hits: this.hits, unknown: null };
  }
}
