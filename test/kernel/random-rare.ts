/**
 * The rarer matches and targets for random rules: those with state of their own, with odd units, or seldom met. What the
 * engine calls unknown (recent, hashlimit, string, u32…) is left out: it proves nothing. So is connlimit: the kernel
 * forgets dead connections at most once per jiffy (net/netfilter/nf_conncount.c), so no two quick runs agree.
 */

import type { Random } from './random.ts';
import type { Hook, Site } from './random-rules.ts';
import { PORTS } from './random-vocabulary.ts';

type Options = readonly (readonly [number, () => string])[];

const inside = ({ hooks }: Site, ...allowed: Hook[]): boolean => hooks.every((hook) => allowed.includes(hook));
const not = (random: Random): string => (random.chance(0.3) ? '! ' : '');

export function rareMatch(random: Random, site: Site, proto: string): string {
  const { words, table } = site;
  const options: (readonly [number, () => string])[] = [
    [3, () => `-m statistic --mode nth --every ${random.between(2, 3)} --packet ${random.between(0, 1)}`],
    [2, () => `-m quota ${not(random)}--quota ${random.pick([80, 150, 300])}`],
    [1, () => `-m ecn ${not(random)}--ecn-ip-ect ${random.pick([0, 2])}`],
    [1, () => `-m conntrack ${not(random)}--ctproto ${random.pick(['tcp', 'udp'])}`],
    [1, () => `-m conntrack ${not(random)}--${random.pick(['ctorigsrcport', 'ctreplsrcport', 'ctrepldstport'])} ${random.chance(0.5) ? random.pick(PORTS) : '80:4000'}`],
    [1, () => `-m conntrack ${not(random)}--ctreplsrc ${random.pick(words.prefixes)} --ctstate ${random.pick(['NEW', 'ESTABLISHED', 'NEW,ESTABLISHED', 'UNTRACKED'])}`],
    [1, () => '-m helper --helper ftp'],
  ];
  if (inside(site, 'PREROUTING') && (table === 'raw' || table === 'mangle'))
    options.push([
      3,
      () =>
        `-m rpfilter${random.chance(0.4) ? ' --loose' : ''}${random.chance(0.4) ? ' --validmark' : ''}${random.chance(0.3) ? ' --accept-local' : ''}${random.chance(0.5) ? ' --invert' : ''}`,
    ]);
  if (inside(site, 'OUTPUT', 'POSTROUTING'))
    options.push([3, () => `-m owner ${not(random)}--${random.pick(['uid-owner 0', 'uid-owner 1000', 'gid-owner 100', 'uid-owner 500-1500', 'socket-exists'])}`]);
  if (inside(site, 'PREROUTING', 'INPUT')) options.push([1, () => `-m addrtype ${not(random)}--dst-type LOCAL --limit-iface-in`]);
  if (inside(site, 'POSTROUTING', 'OUTPUT')) options.push([1, () => `-m addrtype ${not(random)}--src-type LOCAL --limit-iface-out`]);
  if (proto === 'tcp') {
    options.push([3, () => `-m tcpmss ${not(random)}--mss ${random.pick(['1000:1400', '1460', '500:1100'])}`]);
    options.push([1, () => `-m tcp ${not(random)}--tcp-option ${random.pick([2, 3])}`]);
    options.push([1, () => `-m ecn ${not(random)}--ecn-tcp-cwr`]);
  }
  return random.weighted(options)();
}

/** Null where none may stand. */
export function rareTarget(random: Random, site: Site, proto: string): string | null {
  const { words, table } = site;
  const v4 = words.family === 'ipv4';
  const options: (readonly [number, () => string])[] = [
    [2, () => `-j NFLOG --nflog-group 30 --nflog-prefix "x"`],
    [1, () => '-j NFQUEUE --queue-num 3 --queue-bypass'],
    [1, () => '-j AUDIT --type accept'],
  ];
  if (table === 'filter') options.push([1, () => '-j NFQUEUE --queue-num 3']);
  if (table === 'mangle') {
    if (inside(site, 'FORWARD', 'OUTPUT', 'POSTROUTING')) options.push([1, () => '-j CLASSIFY --set-class 1:2']);
    options.push([1, () => '-j CHECKSUM --checksum-fill']);
    if (proto === 'tcp') options.push([2, () => '-j TCPOPTSTRIP --strip-options mss']);
    if (proto === 'tcp' && v4) options.push([1, () => '-j ECN --ecn-tcp-remove']);
    if ((proto === 'tcp' || proto === 'udp') && inside(site, 'PREROUTING')) options.push([2, () => `-j TPROXY --on-port ${random.pick(PORTS)} --tproxy-mark 0x1/0x1`]);
    if (!v4 && inside(site, 'POSTROUTING')) options.push([2, () => '-j SNPT --src-pfx fd01::/64 --dst-pfx fd09::/64']);
    if (!v4 && inside(site, 'PREROUTING')) options.push([1, () => '-j DNPT --src-pfx fd02::/64 --dst-pfx fd03::/64']);
  }
  return options.length > 0 ? random.weighted(options as Options)() : null;
}
