/** Virtual servers as `ipvsadm -Sn` prints them (ipvsadm 1.31, print_service_entry() and dump of options). */

import { closest } from '../model/closest.ts';
import type { ForwardingMethod, RealServer, VirtualServer } from '../model/ipvs.ts';
import { ADDRESS_BITS, maskLength, parseAddress, type Address, type Family } from '../net/address.ts';
import { PROTO } from '../net/protocol.ts';
import { eachLine, quoted, report, spanAt, splitWords, type Report, type Word } from './text.ts';

/** Options by their long and short names: how many words follow, and what it is. */
const OPTIONS: Readonly<Record<string, readonly [id: string, words: 0 | 1]>> = {
  '-A': ['service', 0],
  '--add-service': ['service', 0],
  '-a': ['server', 0],
  '--add-server': ['server', 0],
  '-t': ['tcp', 1],
  '--tcp-service': ['tcp', 1],
  '-u': ['udp', 1],
  '--udp-service': ['udp', 1],
  '--sctp-service': ['sctp', 1],
  '-f': ['mark', 1],
  '--fwmark-service': ['mark', 1],
  '-6': ['ipv6', 0],
  '--ipv6': ['ipv6', 0],
  '-s': ['scheduler', 1],
  '--scheduler': ['scheduler', 1],
  '-p': ['persistence', 1],
  '--persistent': ['persistence', 1],
  '-M': ['netmask', 1],
  '--netmask': ['netmask', 1],
  '-o': ['onePacket', 0],
  '--ops': ['onePacket', 0],
  '-b': ['schedulerFlags', 1],
  '--sched-flags': ['schedulerFlags', 1],
  '--pe': ['engine', 1],
  '-r': ['real', 1],
  '--real-server': ['real', 1],
  '-m': ['masq', 0],
  '--masquerading': ['masq', 0],
  '-g': ['gate', 0],
  '--gatewaying': ['gate', 0],
  '-i': ['ipip', 0],
  '--ipip': ['ipip', 0],
  '-w': ['weight', 1],
  '--weight': ['weight', 1],
  '-x': ['upper', 1],
  '--u-threshold': ['upper', 1],
  '-y': ['lower', 1],
  '--l-threshold': ['lower', 1],
  '--tun-type': ['tunnelType', 1],
  '--tun-port': ['tunnelPort', 1],
  '--tun-nocsum': ['tunnelSum', 0],
  '--tun-csum': ['tunnelSum', 0],
  '--tun-remcsum': ['tunnelSum', 0],
};

const PROTOCOLS = { tcp: PROTO.tcp, udp: PROTO.udp, sctp: PROTO.sctp } as const;
const METHODS: readonly ForwardingMethod[] = ['masq', 'gate', 'ipip'];
/** Options that the walk has no idea of, and what they are. */
const WITHOUT_MODEL: Readonly<Record<string, string>> = { engine: 'a persistence engine', upper: 'a bound on connections' };

interface Read {
  readonly server: VirtualServer;
  readonly realServers: RealServer[];
}

export function parseVirtualServers(text: string, line: number, to: Report): VirtualServer[] {
  const services = new Map<string, Read>();
  eachLine(text, line, (source, number) => {
    if (source.trim() === '') return;
    readLine(source, number, services, to);
  });
  return [...services.values()].map(({ server, realServers }) => ({ ...server, realServers }));
}

function readLine(source: string, number: number, services: Map<string, Read>, to: Report): void {
  const fail = (message: string, hint: string, word?: Word): void =>
    report(to, 'error', 'bad-value', spanAt(source, number, word?.start ?? 0, word?.end ?? source.length), message, hint);
  const uses = new Map<string, Word>();
  const { words } = splitWords(source);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word;
    const known = Object.hasOwn(OPTIONS, word.text) ? OPTIONS[word.text] : undefined;
    if (!known) {
      const near = closest(word.text, Object.keys(OPTIONS));
      return fail(`${quoted(word.text)} is no option of ipvsadm`, near ? `did you mean ${near}?` : 'give what "ipvsadm -Sn" prints', word);
    }
    const [id, count] = known;
    const value = count === 1 ? words[++i] : word;
    if (!value) return fail(`${word.text} needs a value`, 'give what "ipvsadm -Sn" prints', word);
    uses.set(id, value);
  }
  if (uses.has('service') === uses.has('server')) return fail('a line is either -A (a service) or -a (a real server of one)', 'give what "ipvsadm -Sn" prints');
  const named = readName(uses);
  if ('failure' in named) return fail(named.failure, named.hint, named.word);
  const { name } = named;
  for (const [id, what] of Object.entries(WITHOUT_MODEL)) {
    const word = uses.get(id);
    if (word && word.text !== '0') report(to, 'warning', 'not-read', spanAt(source, number, word.start, word.end), `${what} (${name}) is not taken into account`);
  }
  const before = services.get(name);
  if (uses.has('service')) {
    if (before) return fail(`${name} is there already`, 'leave one of them out');
    const service = readService(uses, named);
    if ('failure' in service) return fail(service.failure, service.hint, service.word);
    services.set(name, { server: service, realServers: [] });
    return;
  }
  if (!before) return fail(`there is no service ${name} above`, 'its -A line comes first');
  const server = readRealServer(uses, before.server.family);
  if ('failure' in server) return fail(server.failure, server.hint, server.word);
  before.realServers.push(server);
}

interface Failure {
  readonly failure: string;
  readonly hint: string;
  readonly word?: Word | undefined;
}
type Named = Pick<VirtualServer, 'family' | 'address' | 'mark' | 'name'>;

function readName(uses: ReadonlyMap<string, Word>): Named | Failure {
  const mark = uses.get('mark');
  if (mark) {
    const value = Number(mark.text);
    if (!/^\d+$/.test(mark.text) || value === 0 || value > 0xffffffff)
      return { failure: `${quoted(mark.text)} is no mark`, hint: 'give a number from 1 to 4294967295', word: mark };
    return { family: uses.has('ipv6') ? 'ipv6' : 'ipv4', address: null, mark: value, name: `FWM ${value}${uses.has('ipv6') ? ' IPv6' : ''}` };
  }
  for (const [id, proto] of Object.entries(PROTOCOLS)) {
    const word = uses.get(id);
    if (!word) continue;
    const place = readPlace(word.text);
    if (!place) return { failure: `${quoted(word.text)} is not ADDRESS:PORT`, hint: 'run ipvsadm with -n: it prints numbers then', word };
    const { family, words } = place.address;
    return { family, address: { proto, words, port: place.port }, mark: null, name: `${id.toUpperCase()} ${word.text}` };
  }
  return { failure: 'no service is named', hint: 'one of -t, -u, --sctp-service and -f' };
}

/** `10.96.0.50:80`, `[fd96::50]:80`. */
function readPlace(text: string): { readonly address: Address; readonly port: number } | null {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon);
  const port = text.slice(colon + 1);
  const address = parseAddress(host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host);
  if (colon < 0 || !address || !/^\d+$/.test(port) || Number(port) > 65535 || (address.family === 'ipv6') !== host.startsWith('[')) return null;
  return { address, port: Number(port) };
}

function readService(uses: ReadonlyMap<string, Word>, named: Named): VirtualServer | Failure {
  const persistence = uses.get('persistence');
  if (persistence && !/^\d+$/.test(persistence.text)) return { failure: `${quoted(persistence.text)} is no number of seconds`, hint: 'write -p 360', word: persistence };
  const length = netmaskLength(uses.get('netmask'), named.family);
  if (length === null) return { failure: `${quoted(uses.get('netmask')?.text ?? '')} is no netmask`, hint: 'write 255.255.255.0, or a length in IPv6', word: uses.get('netmask') };
  return {
    ...named,
    scheduler: uses.get('scheduler')?.text ?? 'wlc',
    persistence: persistence ? Number(persistence.text) : null,
    persistenceLength: length,
    onePacket: uses.has('onePacket'),
    engine: uses.get('engine')?.text ?? null,
    realServers: [],
  };
}

function netmaskLength(word: Word | undefined, family: Family): number | null {
  if (!word) return ADDRESS_BITS[family];
  if (/^\d+$/.test(word.text)) return Number(word.text) <= ADDRESS_BITS[family] ? Number(word.text) : null;
  const mask = parseAddress(word.text);
  return mask ? maskLength(mask.words) : null;
}

function readRealServer(uses: ReadonlyMap<string, Word>, family: Family): RealServer | Failure {
  const word = uses.get('real');
  if (!word) return { failure: 'no real server is named', hint: 'write -r ADDRESS:PORT' };
  const place = readPlace(word.text);
  if (!place) return { failure: `${quoted(word.text)} is not ADDRESS:PORT`, hint: 'run ipvsadm with -n: it prints numbers then', word };
  const method = METHODS.find((one) => uses.has(one)) ?? 'gate';
  const weight = uses.get('weight');
  if (weight && !/^\d+$/.test(weight.text)) return { failure: `${quoted(weight.text)} is no weight`, hint: 'write -w 1', word: weight };
  if (place.address.family !== family && method !== 'ipip')
    return { failure: `${quoted(word.text)} is of another family than its service`, hint: 'only tunnels (-i) lead from one family to the other', word };
  const upper = uses.get('upper');
  return {
    family: place.address.family,
    address: place.address.words,
    port: place.port,
    method,
    weight: weight ? Number(weight.text) : 1,
    ...(upper && upper.text !== '0' ? { bounded: true } : {}),
  };
}
