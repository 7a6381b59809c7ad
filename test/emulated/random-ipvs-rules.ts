/** Random rules that get in the way of virtual services: few, and each somewhere on their packets' way. */

import { allOwn, DEVICES } from '../kernel/random-vocabulary.ts';
import type { Random } from '../kernel/random.ts';
import { OTHER_PORTS, place, SERVER_PORTS, SERVICE_MARKS, SERVICE_PORTS, type Family, type Server, type Service } from './random-ipvs-vocabulary.ts';

/** Without a rule that asks for it there is no tracking; one that never matches is enough. */
export function tracked(text: string, family: Family): string {
  const rule = `-A FORWARD -s ${family.family === 'ipv4' ? '192.0.2.1/32' : '2001:db8::1/128'} -m conntrack --ctstate INVALID -j DROP`;
  const lines = text.split('\n');
  const at = lines.indexOf('*filter');
  if (at < 0) return `${text}*filter\n${rule}\nCOMMIT\n`;
  lines.splice(lines.indexOf('COMMIT', at), 0, rule);
  return lines.join('\n');
}

const TABLES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Few rules, each of which gets in the way of a service somewhere. */
export function calmTables(random: Random, family: Family, services: readonly Service[]): string {
  const servers = services.flatMap((service) => service.servers);
  const server = (): Server => (servers.length > 0 ? random.pick(servers) : { address: family.hosts.rb?.[0] as string, port: 80, isLocal: false });
  const service = (): Service => random.pick(services);
  const proto = (): string => random.pick(['tcp', 'tcp', 'udp']);
  const mark = (): string => `0x${random.pick([...SERVICE_MARKS, 0x4000]).toString(16)}`;
  const toServer = (): string => {
    const { address, port } = server();
    return `-d ${address}/${family.hostBits}${port > 0 && random.chance(0.5) ? ` -p ${proto()} --dport ${port}` : ''}`;
  };
  const fromServer = (): string => `-s ${server().address}/${family.hostBits}`;
  const toService = (): string => {
    const { address, port, proto: own } = service();
    return `-d ${address}/${family.hostBits}${random.chance(0.6) ? ` -p ${own ?? proto()} --dport ${port}` : ''}`;
  };
  const vip = (): string => {
    const { address, port } = service();
    return place(address, port);
  };
  const state = (): string => `-m conntrack --ctstate ${random.pick(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'])}`;
  const ipvs = (): string => {
    const { address, port } = service();
    const not = random.chance(0.2) ? '! ' : '';
    return `-m ipvs ${random.pick([
      '--ipvs',
      '! --ipvs',
      `${not}--vaddr ${address}/${family.hostBits}`,
      `${not}--vport ${port}`,
      `${not}--vproto ${random.pick(['6', '17'])}`,
      `--vdir ${random.pick(['ORIGINAL', 'REPLY'])}`,
      `${not}--vmethod ${random.pick(['GATE', 'MASQ'])}`,
      `--vaddr ${address}/${family.hostBits} --vport ${port} --vdir ORIGINAL`,
    ])}`;
  };
  const reject = (): string =>
    random.chance(0.5) ? `-p tcp ${random.chance(0.5) ? toServer().replace(/ -p .*/, '') : ''} -j REJECT --reject-with tcp-reset` : `${toServer()} -j REJECT`;
  type Rule = readonly [number, string, () => string];
  const rules: Readonly<Record<string, readonly Rule[]>> = {
    raw: [
      [2, 'PREROUTING', () => `${toService()} -j CT --notrack`],
      [1, 'PREROUTING', () => `${fromServer()} -j CT --notrack`],
      [1, 'OUTPUT', () => `${random.chance(0.5) ? toServer() : toService()} -j CT --notrack`],
      [1, 'PREROUTING', () => `-i ${random.pick(DEVICES)} -j CT --zone ${random.between(1, 2)}`],
      [2, 'OUTPUT', () => ipvs()],
    ],
    mangle: [
      [4, 'PREROUTING', () => `-p ${proto()} --dport ${random.pick([...SERVICE_PORTS, ...OTHER_PORTS])} -j MARK --set-xmark ${mark()}/0xffffffff`],
      [3, 'INPUT', () => `-p ${proto()} --dport ${random.pick([...SERVICE_PORTS, ...OTHER_PORTS])} -j MARK --set-xmark ${mark()}/0xffffffff`],
      [3, 'OUTPUT', () => `-p ${proto()} --dport ${random.pick([...SERVICE_PORTS, ...OTHER_PORTS, ...SERVER_PORTS])} -j MARK --set-xmark ${mark()}/0xffffffff`],
      [1, 'FORWARD', () => `${fromServer()} -j MARK --set-xmark ${mark()}/0xffffffff`],
      [1, 'PREROUTING', () => '-j CONNMARK --restore-mark'],
      [1, 'POSTROUTING', () => '-j CONNMARK --save-mark'],
      [1, random.pick(['OUTPUT', 'FORWARD', 'POSTROUTING']), () => `-j ${family.hopTarget} --${family.hopOption}-dec 1`],
      [1, 'OUTPUT', () => `${toServer()} -j DSCP --set-dscp 0x0a`],
      [2, 'POSTROUTING', () => ipvs()],
      [1, 'PREROUTING', () => `${toService().replace(/-p \S+ --dport \d+/, '')} -p tcp -j TPROXY --on-port ${random.pick(SERVER_PORTS)} --tproxy-mark 0x0/0x0`],
    ],
    nat: [
      [3, 'PREROUTING', () => `-p ${proto()} --dport ${random.pick(OTHER_PORTS)} -j DNAT --to-destination ${vip()}`],
      [
        2,
        'OUTPUT',
        () => `-p ${proto()} --dport ${random.pick([...OTHER_PORTS, ...SERVER_PORTS])} -j DNAT --to-destination ${random.chance(0.7) ? vip() : place(server().address, 1000)}`,
      ],
      [1, 'PREROUTING', () => `${toService().replace(/ -p .*/, '')} -p ${proto()} -j REDIRECT --to-ports ${random.pick([...SERVICE_PORTS, ...SERVER_PORTS])}`],
      [1, 'PREROUTING', () => `-p ${proto()} --dport ${random.pick(SERVICE_PORTS)} -j DNAT --to-destination ${place(server().address, 1000)}`],
      [3, 'POSTROUTING', () => `${random.chance(0.5) ? toServer() : `-o ${random.pick(DEVICES)}`} -j MASQUERADE`],
      [2, 'POSTROUTING', () => `${ipvs()} -j MASQUERADE`],
      [1, 'POSTROUTING', () => `-p ${proto()} -j SNAT --to-source ${place(random.pick([...allOwn(family), ...family.vips]), 4000)}`],
      [1, 'POSTROUTING', () => `-m mark --mark ${mark()} -j MASQUERADE`],
      [1, 'INPUT', () => `-p ${proto()} -j SNAT --to-source ${random.pick(family.hosts.rc ?? [])}`],
    ],
    filter: [
      [2, 'INPUT', () => state()],
      [2, 'FORWARD', () => state()],
      [3, 'OUTPUT', () => state()],
      [2, 'OUTPUT', () => ipvs()],
      [1, 'FORWARD', () => ipvs()],
      [1, 'INPUT', () => ipvs()],
      [3, 'OUTPUT', () => reject()],
      [1, 'FORWARD', () => `${fromServer()} -j ${random.pick(['REJECT', 'DROP'])}`],
      [1, 'INPUT', () => `${toService()} -j ${random.pick(['REJECT', 'DROP'])}`],
      [1, 'OUTPUT', () => `${toServer()} -j DROP`],
      [1, 'OUTPUT', () => `-m owner ${random.pick(['--uid-owner 0', '--socket-exists', '! --socket-exists'])}`],
      [1, 'OUTPUT', () => `-o ${random.pick([...DEVICES, 'lo'])}`],
      [1, 'OUTPUT', () => `-m addrtype --dst-type LOCAL`],
    ],
    security: [[1, 'OUTPUT', state]],
  };
  const out: string[] = [];
  for (const [table, hooks] of Object.entries(TABLES)) {
    out.push(`*${table}`);
    for (const hook of hooks) out.push(`:${hook} ${table === 'filter' && random.chance(0.05) ? 'DROP' : 'ACCEPT'} [0:0]`);
    const all = rules[table] as readonly Rule[];
    for (let left = random.between(0, table === 'security' ? 1 : 5); left > 0; left--) {
      const [, chain, make] = random.weighted(all.map((rule) => [rule[0], rule] as const));
      out.push(`-A ${chain} ${make()}`);
    }
    out.push('COMMIT');
  }
  return tracked(`${out.join('\n')}\n`, family);
}
