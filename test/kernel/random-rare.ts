/**
 * The rarer matches and targets for random rules, as whole rules: each is the only thing its rule asks for, so that it
 * decides. Everything the kernel at hand takes is here, but for what no two runs agree in (coverage-reasons.ts); rules that the engine says it does not know are left out of the
 * node afterwards (random-modelled.ts), so that what it learns is tried from then on.
 */

import type { Random } from './random.ts';
import type { Hook, RandomSet, Site } from './random-rules.ts';
import { DEVICES, MARKS, PORTS } from './random-vocabulary.ts';

type Options = (readonly [number, () => string])[];

const inside = ({ hooks }: Site, ...allowed: Hook[]): boolean => hooks.every((hook) => allowed.includes(hook));
const not = (random: Random): string => (random.chance(0.35) ? '! ' : '');
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
/** Tables of addresses and buckets are known by their names, in all rules of a namespace. */
const name = (random: Random, letter: string, { table, hooks }: Site): string => `${letter}${random.int(1_000_000)}-${table}${hooks.length}`;
/** Where packets come from outside: of those the node makes, not every byte is known. */
const fromOutside = (site: Site): boolean => inside(site, 'PREROUTING', 'INPUT', 'FORWARD');

/** Words that stand in packets' data (random-packets.ts), as text and hex. */
export const WORDS = ['GET /one', 'get /two', 'abcabc', 'xyz'] as const;
const SPI = ['256', '1:300', '0:4096', '4096'] as const;
const SECURITY_PARAMETER: Readonly<Record<string, string>> = { ah: 'ahspi', esp: 'espspi', ipcomp: 'ipcompspi' };

/** A match with the protocol it needs, or with the one the rule has. */
export function rareMatch(random: Random, site: Site): string {
  const { words, table } = site;
  const v4 = words.family === 'ipv4';
  const port = (): number => random.pick(PORTS);
  const ports = (): string => (random.chance(0.5) ? String(port()) : `${random.pick([0, 22, 53])}:${random.pick([80, 1000, 6000])}`);
  const prefix = (): string => random.pick(words.prefixes);
  const states = (): string => random.some(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'], 1, 3).join(',');
  const options: Options = [
    [3, () => `-m statistic --mode nth ${not(random)}--every ${random.between(2, 3)} --packet ${random.between(0, 1)}`],
    [1, () => `-m statistic --mode random ${not(random)}--probability ${random.pick(['0', '1'])}`],
    [2, () => `-m quota ${not(random)}--quota ${random.pick([80, 150, 300])}`],
    [2, () => `-m ecn ${not(random)}--ecn-ip-ect ${random.pick([0, 2])}`],
    [2, () => `-m conntrack ${not(random)}--ctproto ${random.pick(['tcp', 'udp', '99', 'sctp'])}`],
    [2, () => `-m conntrack ${not(random)}--${random.pick(['ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport'])} ${ports()}`],
    [2, () => `-m conntrack ${not(random)}--${random.pick(['ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'])} ${prefix()} ${not(random)}--ctstate ${states()}`],
    [1, () => `-m conntrack ${not(random)}--ctstatus ${random.pick(['NONE', 'CONFIRMED', 'SEEN_REPLY', 'ASSURED', 'EXPECTED'])}`],
    [1, () => `-m conntrack ${not(random)}--ctexpire ${random.pick(['0:5', '12:70', '100:200', '2:500000'])}`],
    [1, () => `-m helper ${not(random)}--helper ${random.pick(['ftp', '""'])}`],
    [
      2,
      () =>
        `-m connbytes ${not(random)}--connbytes ${random.pick(['1:2', '0:1', '2:', '60:200', '1:1'])} --connbytes-dir ${random.pick(['original', 'reply', 'both'])} --connbytes-mode ${random.pick(['packets', 'bytes', 'avgpkt'])}`,
    ],
    [1, () => `-m cluster --cluster-total-nodes 2 ${not(random)}--cluster-local-node ${random.pick([1, 2])} --cluster-hash-seed 0xdeadbeef`],
    [1, () => `-m connlabel ${not(random)}--label ${random.between(1, 3)}${random.chance(0.4) ? ' --set' : ''}`],
    [
      1,
      () =>
        `-m connlimit --connlimit-${random.pick(['upto', 'above'])} ${random.between(0, 3)}${random.chance(0.5) ? ` --connlimit-mask ${random.pick(v4 ? [0, 24, 31] : [0, 64, 127])}` : ''}${random.chance(0.4) ? ' --connlimit-daddr' : ''}`,
    ],
    [1, () => `-m cpu ${not(random)}--cpu ${random.pick([0, 1])}`],
    [1, () => `-m policy ${policy(random, site)}`],
    [
      2,
      () =>
        `-m hashlimit --hashlimit-${random.pick(['upto', 'above'])} 1/hour --hashlimit-burst ${random.between(1, 3)}${random.pick(['', ' --hashlimit-mode srcip', ' --hashlimit-mode dstip,dstport', ' --hashlimit-mode srcip --hashlimit-srcmask 24'])} --hashlimit-name ${name(random, 'h', site)}`,
    ],
    [4, () => `-m recent ${recent(random, site)}`],
    [4, () => `-m time ${random.pick(TIMES)}`.replace('NOT ', not(random))],
    [1, () => `-m physdev ${not(random)}--${random.pick(['physdev-in ra', 'physdev-is-in', 'physdev-is-bridged'])}`],
    [1, () => `-m mark ${not(random)}--mark ${hex(random.pick(MARKS))}/${hex(random.pick(MARKS))}`],
  ];
  if (fromOutside(site))
    options.push(
      [
        2,
        () =>
          `-m string --algo ${random.pick(['bm', 'kmp'])}${random.chance(0.3) ? ' --icase' : ''}${random.chance(0.3) ? ` --from ${random.pick([0, 20, 28, 30])} --to ${random.pick([31, 40, 60, 65535])}` : ''} ${not(random)}--string "${random.pick(WORDS)}"`,
      ],
      [1, () => `-m string --algo bm ${not(random)}--hex-string "${random.pick(['|616263|', 'x|79|z', '|00 00|'])}"`],
      [3, () => `-m u32 ${not(random)}--u32 "${random.pick(v4 ? V4_U32 : V6_U32)}"`],
      [2, () => `-m bpf --bytecode "${random.pick(v4 ? V4_BPF : V6_BPF)}"`],
    );
  for (const proto of ['tcp', 'udp', 'sctp', 'dccp', 'udplite'] as const) {
    const weight = proto === 'tcp' || proto === 'udp' ? 1 : 2;
    options.push([
      weight,
      () =>
        `-p ${proto} -m multiport ${not(random)}--${random.pick(['sports', 'dports', 'ports'])} ${random.some(PORTS, 1, 4).join(',')}${random.chance(0.4) ? `,${port()}:6000` : ''}`,
    ]);
    if (proto !== 'udplite') options.push([weight, () => `-p ${proto} -m ${proto} ${not(random)}--${random.pick(['sport', 'dport'])} ${ports()}`]);
  }
  options.push([2, () => `-p sctp -m sctp ${not(random)}--chunk-types ${random.pick(['any', 'all', 'only'])} ${random.pick(['INIT', 'DATA,INIT', 'DATA:B', 'INIT,INIT_ACK'])}`]);
  options.push([1, () => `-p dccp -m dccp ${not(random)}--dccp-types ${random.pick(['REQUEST,RESPONSE', 'DATA', 'REQUEST'])}`]);
  for (const proto of ['ah', 'esp', 'ipcomp'] as const) options.push([4, () => `-p ${proto} -m ${proto} ${not(random)}--${SECURITY_PARAMETER[proto]} ${random.pick(SPI)}`]);
  options.push([3, () => `-p tcp -m tcpmss ${not(random)}--mss ${random.pick(['1000:1400', '1460', '500:1100'])}`]);
  options.push([1, () => `-p tcp -m tcp ${not(random)}--tcp-option ${random.pick([2, 3, 8])}`]);
  options.push([
    1,
    () =>
      `-p tcp -m tcp ${not(random)}--tcp-flags ${random.pick(['ALL', 'SYN,ACK', 'FIN,ACK', 'RST,PSH'])} ${random.pick(['SYN', 'NONE', 'SYN,ACK', 'FIN,ACK', 'RST'])}`.replace(
        /(SYN,ACK|FIN,ACK|RST,PSH) (?!NONE)\S+/,
        '$1 $1',
      ),
  ]);
  options.push([1, () => `-p tcp -m ecn ${not(random)}--ecn-tcp-${random.pick(['cwr', 'ece'])}`]);
  options.push([
    2,
    () =>
      v4
        ? `-p icmp -m icmp ${not(random)}--icmp-type ${random.pick(['8', '0', '3', '3/1', '13', '11', 'any'])}`
        : `-p ipv6-icmp -m icmp6 ${not(random)}--icmpv6-type ${random.pick(['128', '129', '1', '3', '1/4'])}`,
  ]);
  options.push([
    2,
    () =>
      `-m addrtype ${not(random)}--${random.pick(['src', 'dst'])}-type ${random.pick(v4 ? ['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST', 'LOCAL,BROADCAST', 'UNREACHABLE', 'PROHIBIT', 'BLACKHOLE'] : ['LOCAL', 'UNICAST', 'MULTICAST', 'ANYCAST', 'UNREACHABLE', 'LOCAL,UNICAST'])}`,
  ]);
  options.push([2, () => `-m ${words.hopMatch} ${not(random)}--${words.hopOption}-eq ${random.pick([5, 63, 64])}`]);
  if (v4) options.push([3, () => `${not(random)}-f`], [1, () => `-p udp ${not(random)}-f`]);
  else options.push(...ipv6Headers(random));
  const set = site.sets.length > 0 ? random.pick(site.sets) : null;
  if (set) options.push([12, () => `-m set ${setMatch(random, set)}`]);
  const start = inside(site, 'PREROUTING');
  if (start && table !== 'filter')
    options.push([
      4,
      () =>
        `-m rpfilter${random.chance(0.4) ? ' --loose' : ''}${random.chance(0.4) ? ' --validmark' : ''}${random.chance(0.3) ? ' --accept-local' : ''}${random.chance(0.5) ? ' --invert' : ''}`,
    ]);
  if (inside(site, 'OUTPUT', 'POSTROUTING'))
    options.push([4, () => `-m owner ${not(random)}--${random.pick(['uid-owner 0', 'uid-owner 1000', 'gid-owner 100', 'uid-owner 500-1500', 'socket-exists'])}`]);
  if (inside(site, 'OUTPUT', 'POSTROUTING', 'INPUT')) options.push([1, () => `-m cgroup ${not(random)}--cgroup ${random.pick([0, 5])}`]);
  if (inside(site, 'PREROUTING', 'INPUT', 'FORWARD')) {
    options.push([2, () => `-m devgroup ${not(random)}--src-group ${random.pick(['0x0', '0x5'])}`]);
    options.push([2, () => `-m mac ${not(random)}--mac-source 02:00:00:00:0${random.pick(['a', 'b', 'c'])}:02`]);
    if (!v4) options.push([2, () => '-m eui64']);
  }
  if (inside(site, 'FORWARD', 'OUTPUT', 'POSTROUTING')) options.push([1, () => `-m devgroup ${not(random)}--dst-group ${random.pick(['0x0', '0x5'])}`]);
  if (v4 && !start) options.push([2, () => `-m realm ${not(random)}--realm ${random.pick(['0x0', '0x5', '0x1/0x1'])}`]);
  if (inside(site, 'PREROUTING', 'INPUT')) options.push([1, () => `-m addrtype ${not(random)}--dst-type LOCAL --limit-iface-in`]);
  if (inside(site, 'POSTROUTING', 'OUTPUT')) options.push([1, () => `-m addrtype ${not(random)}--src-type LOCAL --limit-iface-out`]);
  if (site.sockets && inside(site, 'PREROUTING', 'INPUT'))
    options.push([12, () => `-m socket${random.chance(0.4) ? ' --transparent' : ''}${random.chance(0.4) ? ' --nowildcard' : ''}`]);
  return random.weighted(options)();
}

/** Word loads from the IP header on: protocol, TTL, ports behind the header, fields that are not there. */
const V4_U32 = ['6&0xFF=17', '6&0xFF=6', '0>>22&0x3C@0&0xFFFF=53,80', '0>>22&0x3C@0>>16=4000:5000', '8>>24=0:63', '16=0x0a020002', '60=0', '0&0xFFFF=36:60'] as const;
const V6_U32 = ['4>>8&0xFF=17', '4>>8&0xFF=6', '40&0xFFFF=53,80', '40>>16=4000:5000', '4&0xFF=0:63', '100=0', '4>>16=8:60'] as const;
/** As `nfbpf_compile RAW` makes them: `ip proto 17`, `ttl > 60`, and for IPv6 the next header. */
const V4_BPF = ['4,48 0 0 9,21 0 1 17,6 0 0 65535,6 0 0 0', '4,48 0 0 8,37 0 1 60,6 0 0 65535,6 0 0 0', '5,177 0 0 0,72 0 0 2,21 0 1 53,6 0 0 65535,6 0 0 0'] as const;
const V6_BPF = ['4,48 0 0 6,21 0 1 17,6 0 0 65535,6 0 0 0', '4,48 0 0 7,37 0 1 60,6 0 0 65535,6 0 0 0'] as const;
const TIMES = [
  '--timestart 00:00 --timestop 23:59:59',
  '--timestart 23:00 --timestop 01:00',
  '--timestart 06:00 --timestop 18:00',
  '--datestart 2020-01-01',
  '--datestop 2020-01-01',
  'NOT --weekdays Mon,Wed,Fri,Sun',
  'NOT --monthdays 1,3,5,7,9,22,24,26,28,30',
] as const;

function policy(random: Random, site: Site): string {
  const dir = inside(site, 'PREROUTING', 'INPUT', 'FORWARD') ? 'in' : 'out';
  return `--dir ${dir} --pol ${random.pick(['none', 'ipsec'])}`;
}

/** Few lists, so that one rule sees what another wrote down. */
function recent(random: Random, { table, words }: Site): string {
  const side = random.chance(0.3) ? ' --rdest' : ' --rsource';
  const list = `--name ${table}${random.int(2)}${words.family === 'ipv4' ? 'four' : 'six'}${side}`;
  return random.weighted([
    [3, `--set ${list}`],
    [3, `${not(random)}--rcheck ${random.chance(0.4) ? `--seconds 600 --hitcount ${random.between(1, 3)} ` : ''}${list}`],
    [2, `${not(random)}--update ${random.chance(0.4) ? `--seconds 600 --hitcount ${random.between(1, 3)} ` : ''}${list}`],
    [1, `${not(random)}--remove ${list}`],
  ]);
}

function ipv6Headers(random: Random): Options {
  return [
    [1, () => `-m frag ${random.pick(['--fragfirst', '--fraglast', '--fragmore', '! --fragid 5', '--fragid 0:9'])}`],
    [1, () => `-m ipv6header ${random.chance(0.5) ? '--soft ' : ''}${not(random)}--header ${random.pick(['hop', 'dst', 'route', 'frag', 'prot', 'none'])}`],
    [1, () => `-m hbh ${not(random)}--hbh-len ${random.pick([0, 8])}`],
    [1, () => `-m dst ${not(random)}--dst-len ${random.pick([0, 8])}`],
    [1, () => `-m rt ${not(random)}--rt-type ${random.pick([0, 2, 4])}`],
    [1, () => `-m srh ${not(random)}--srh-segs-left-eq 0`],
    [1, () => `-p 135 -m mh ${not(random)}--mh-type ${random.pick(['binding-update', '0:4'])}`],
  ];
}

/** Usually the same side for all dimensions, as elements are made. */
function setSides(random: Random, dimensions: number): string {
  const side = random.pick(['src', 'dst']);
  return Array.from({ length: dimensions }, (_, i) => (i === 2 || random.chance(0.15) ? random.pick(['src', 'dst']) : side)).join(',');
}

function setMatch(random: Random, { name: set, dimensions, counters, nets }: RandomSet): string {
  const more = [
    ...(nets && random.chance(0.25) ? ['--return-nomatch'] : []),
    ...(random.chance(0.1) ? ['! --update-counters'] : []),
    ...(counters && random.chance(0.5)
      ? [
          random.pick([
            `--packets-gt ${random.between(0, 2)}`,
            `--packets-lt ${random.between(1, 3)}`,
            `${not(random)}--packets-eq ${random.between(1, 2)}`,
            `--bytes-gt ${random.pick([40, 100])}`,
          ]),
        ]
      : []),
  ];
  return [`${not(random)}--match-set ${set} ${setSides(random, random.chance(0.05) ? Math.max(1, dimensions - 1) : dimensions)}`, ...more].join(' ');
}

/** With the protocol it needs. Null where none may stand. */
export function rareTarget(random: Random, site: Site): string | null {
  const { words, table } = site;
  const v4 = words.family === 'ipv4';
  const ports = random.pick(['tcp', 'udp']);
  const options: Options = [
    [2, () => `-j NFLOG --nflog-group 30 --nflog-prefix "x"`],
    [1, () => '-j NFQUEUE --queue-num 3 --queue-bypass'],
    [1, () => '-j AUDIT --type accept'],
    [1, () => `-j IDLETIMER --timeout 600 --label ${name(random, 'i', site).slice(0, 20)}`],
    [1, () => `-j RATEEST --rateest-name ${name(random, 'r', site).slice(0, 12)} --rateest-interval 250ms --rateest-ewmalog 500ms`],
    [1, () => `-j HMARK --hmark-tuple src,dst --hmark-mod 10 --hmark-offset 100 --hmark-rnd 0xcafe`],
    [
      2,
      () =>
        `-j TEE --gateway ${random.pick([...Object.values(words.gateways), words.hosts.ra?.[0], words.remote[0]])}${random.chance(0.2) ? ` --oif ${random.pick(DEVICES)}` : ''}`,
    ],
    [2, () => `-j CONNMARK --${random.pick(['or', 'xor', 'and'])}-mark ${hex(random.pick(MARKS))}`],
  ];
  if (site.sets.length > 0) {
    const set = random.pick(site.sets);
    const sides = setSides(random, set.dimensions);
    options.push([
      4,
      () => `-j SET --add-set ${set.name} ${sides}${random.chance(0.5) ? ' --exist' : ''}${set.timeout && random.chance(0.5) ? ` --timeout ${random.pick([0, 500])}` : ''}`,
    ]);
    options.push([2, () => `-j SET --del-set ${set.name} ${sides}`]);
    if (table === 'mangle')
      options.push([
        set.info ? 6 : 1,
        () =>
          `-j SET --map-set ${set.name} ${sides} --map-mark${inside(site, 'FORWARD', 'OUTPUT', 'POSTROUTING') && random.chance(0.3) ? random.pick([' --map-prio', ' --map-queue', ' --map-prio --map-queue']) : ''}`,
      ]);
  }
  if (table === 'filter') options.push([1, () => '-j NFQUEUE --queue-num 3']);
  if ((table === 'filter' || table === 'mangle') && inside(site, 'INPUT', 'FORWARD'))
    options.push([2, () => `-p tcp -j SYNPROXY ${random.pick(['--mss 1460', '--sack-perm --timestamp --wscale 7 --mss 1460', '--timestamp --ecn', '--sack-perm'])}`]);
  if (table === 'raw')
    options.push(
      [2, () => '-p tcp -j TRACE'],
      [6, () => `-j CT ${random.pick(['--zone 1', '--zone 2', '--zone-orig 1', '--zone-reply 2', '--zone mark', '--notrack'])}`],
      [1, () => '-j NOTRACK'],
    );
  if (table === 'mangle') {
    if (inside(site, 'FORWARD', 'OUTPUT', 'POSTROUTING')) options.push([1, () => '-j CLASSIFY --set-class 1:2']);
    options.push(
      [1, () => '-j CHECKSUM --checksum-fill'],
      [2, () => '-p tcp -j TCPOPTSTRIP --strip-options mss'],
      [1, () => `-j TOS --${random.pick(['or', 'xor', 'and'])}-tos 0x14`],
    );
    options.push(
      [1, () => `-j ${words.hopTarget} --${words.hopOption}-${random.pick(['set 64', 'inc 1', 'dec 2'])}`],
      [1, () => `-j DSCP --set-dscp-class ${random.pick(['EF', 'CS1', 'AF21'])}`],
    );
    if (v4) options.push([2, () => '-p tcp -j ECN --ecn-tcp-remove']);
    if (inside(site, 'PREROUTING')) options.push([site.sockets ? 12 : 2, () => `-p ${ports} -j TPROXY --on-port ${random.pick(PORTS)} --tproxy-mark 0x1/0x1`]);
    if (!v4 && inside(site, 'POSTROUTING', 'INPUT'))
      options.push([3, () => `${random.chance(0.5) ? '-s fd01::/64 ' : ''}${random.chance(0.5) ? `-p ${ports} ` : ''}-j SNPT --src-pfx fd01::/64 --dst-pfx fd09::/64`]);
    if (!v4 && inside(site, 'PREROUTING', 'OUTPUT'))
      options.push([3, () => `${random.chance(0.5) ? '-d fd02::/64 ' : ''}${random.chance(0.5) ? `-p ${ports} ` : ''}-j DNPT --src-pfx fd02::/64 --dst-pfx fd03::/64`]);
  }
  if (table === 'nat') {
    const range = (device: string): string => `${words.hosts[device]?.[0]}-${words.hosts[device]?.[1]}`;
    if (inside(site, 'PREROUTING', 'OUTPUT'))
      options.push(
        [2, () => `-p ${ports} -j DNAT --to-destination :${random.pick(PORTS)}`],
        [1, () => `-j DNAT --to-destination ${range(random.pick(['ra', 'rb']))} --persistent`],
      );
    if (inside(site, 'POSTROUTING', 'INPUT'))
      options.push([2, () => `-p ${ports} -j SNAT --to-source :${random.pick(['2000-2003', '700', '5000-5001'])}`], [1, () => `-j SNAT --to-source ${range('ra')} --random`]);
    options.push([2, () => `-j NETMAP --to ${random.pick(words.prefixes.slice(0, 3))}`]);
  }
  return random.weighted(options)();
}
