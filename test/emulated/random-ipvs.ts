/**
 * A random node with virtual services and packets, from a seed: what may meet in rules, marks, routes and real servers is
 * drawn from few values, so that it does meet. Only a kernel with IPVS takes it.
 */

import type { KernelCase } from '../kernel/cases.ts';
import type { KernelNode } from '../kernel/node.ts';
import { randomTables } from '../kernel/random-rules.ts';
import { allOwn, DEVICES, MARKS, V4, V6 } from '../kernel/random-vocabulary.ts';
import { Random } from '../kernel/random.ts';
import { randomSends } from './random-ipvs-packets.ts';
import { calmTables, tracked } from './random-ipvs-rules.ts';
import { F4, F6, place, SERVER_PORTS, SERVICE_MARKS, SERVICE_PORTS, type Family, type Server, type Service } from './random-ipvs-vocabulary.ts';

interface RandomIpvsOptions {
  readonly packets?: number;
}

export function randomIpvsCase(seed: number, options: RandomIpvsOptions = {}): KernelCase {
  const random = new Random(seed);
  const lines: string[] = [];
  const services = [F4, F6].flatMap((family) => randomServices(random, family, lines));
  const routes4 = randomRoutes(random, F4);
  const routes6 = randomRoutes(random, F6);
  const wild = random.chance(0.4);
  const tables = (family: Family): string =>
    wild
      ? tracked(decided(randomTables(random, family, [], 0.2)), family)
      : calmTables(
          random,
          family,
          services.filter((service) => service.family === family),
        );
  const node: KernelNode = {
    interfaces: [
      ...DEVICES.map((name) => ({
        name,
        ...(name === 'rb' && random.chance(0.5) ? { mtu: 1400 } : {}),
        addresses: [...(V4.own[name] ?? []).map((own) => `${own}/24`), ...(V6.own[name] ?? []).map((own) => `${own}/64`)],
      })),
      { name: 'vip', create: 'type dummy', up: false, addresses: [...F4.vips.map((one) => `${one}/32`), ...F6.vips.map((one) => `${one}/128`)] },
    ],
    routes: routes4.routes,
    routes6: routes6.routes,
    rules: routes4.rules,
    rules6: routes6.rules,
    iptables: tables(F4),
    ip6tables: tables(F6),
    ipvs: lines.map((line) => `${line}\n`).join(''),
    sysctls: {
      'net.ipv4.vs.conntrack': random.chance(0.65) ? '1' : '0',
      ...(random.chance(0.25) ? { 'net.ipv4.vs.snat_reroute': '0' } : {}),
      ...(random.chance(0.5) ? { 'net.ipv4.vs.conn_reuse_mode': random.pick(['0', '1', '2', '3']) } : {}),
      ...(random.chance(0.2) ? { 'net.ipv4.vs.sloppy_tcp': '1' } : {}),
      ...(random.chance(0.2) ? { 'net.ipv4.vs.expire_nodest_conn': '1' } : {}),
      ...(random.chance(0.15) ? { 'net.ipv4.vs.nat_icmp_send': '1' } : {}),
      ...(random.chance(0.15) ? { 'net.ipv4.vs.ignore_tunneled': '1' } : {}),
      ...(random.chance(0.1) ? { 'net.ipv4.conf.all.rp_filter': '1' } : {}),
      ...(random.chance(0.15) ? { 'net.ipv4.conf.all.route_localnet': '1' } : {}),
    },
  };
  return { name: `ipvs seed ${seed}`, node, sends: randomSends(random, services, options.packets ?? 60) };
}

function randomServices(random: Random, family: Family, lines: string[]): Service[] {
  const names = new Map<string, Service>();
  for (let left = random.between(4, 7); left > 0; left--) {
    const mark = random.chance(0.2) ? random.pick(SERVICE_MARKS) : null;
    const proto = mark === null ? random.pick(['tcp', 'tcp', 'udp'] as const) : null;
    const address = random.chance(0.7) ? random.pick(family.vips) : random.pick(allOwn(family));
    const port = random.pick(SERVICE_PORTS);
    const name = mark === null ? `-${proto === 'tcp' ? 't' : 'u'} ${place(address, port)}` : `-f ${mark}${family.markFamily}`;
    if (names.has(name)) continue;
    const scheduler = random.pick(['rr', 'rr', 'wlc', 'wrr']);
    const persistent = random.chance(0.2) ? ` -p 360${random.chance(0.4) ? ` -M ${family.clientMask}` : ''}` : '';
    lines.push(`-A ${name} -s ${scheduler}${persistent}${proto !== 'tcp' && random.chance(0.15) ? ' -o' : ''}`);
    const servers = new Map<string, Server>();
    const count = random.weighted([
      [1, 0],
      [6, 1],
      [4, 2],
      [2, 3],
    ] as const);
    // Which of several was chosen must show: only a packet that is rewritten for another host tells.
    const local = count < 2 && random.chance(0.25);
    for (let more: number = count; more > 0; more--) {
      const method = count > 1 ? 'm' : random.pick(['m', 'm', 'm', 'g']);
      const server = local
        ? random.chance(0.1)
          ? family.loopback
          : random.pick(allOwn(family))
        : random.weighted([
            [8, random.pick([...(family.hosts.ra ?? []), ...(family.hosts.rb ?? []), ...(family.hosts.rc ?? [])])],
            [1, random.pick(family.remote)],
            [1, count > 1 ? random.pick(family.remote) : family.nobody],
          ]);
      const serverPort = method === 'g' ? (mark === null ? port : 0) : mark === null || random.chance(0.4) ? random.pick(SERVER_PORTS) : 0;
      const key = place(server, serverPort);
      if (servers.has(key)) continue;
      servers.set(key, { address: server, port: serverPort, isLocal: local });
      lines.push(
        `-a ${name} -r ${key} -${method} -w ${random.weighted([
          [1, 0],
          [6, 1],
          [1, 3],
        ])}`,
      );
    }
    names.set(name, { family, proto, address, port, mark, servers: [...servers.values()] });
  }
  return [...names.values()];
}

function randomRoutes(random: Random, family: Family): { readonly routes: string[]; readonly rules: string[] } {
  // "No route" is told to one host so often only: there is a way to everybody but one real server.
  const routes = [`default via ${family.gateways[random.pick(['rb', 'rc'])]}`, `${random.pick(['unreachable', 'prohibit', 'blackhole'])} ${family.nobody}/${family.hostBits}`];
  const rules: string[] = [];
  if (random.chance(0.6)) {
    routes.push(`default via ${family.gateways[random.pick(DEVICES)]} table 100`);
    const host = (): string => `${random.pick([...family.vips, ...(family.hosts.ra ?? []), ...(family.hosts.rb ?? [])])}/${family.hostBits}`;
    for (let left = random.between(1, 2); left > 0; left--)
      rules.push(
        `${random.weighted([
          [4, () => `fwmark ${random.pick(MARKS)}/${random.pick([0xff, 0xffffffff])}`],
          [2, () => `from ${host()}`],
          [1, () => `to ${host()}`],
          [1, () => `iif ${random.pick(DEVICES)}`],
        ])()} lookup 100 priority ${random.between(100, 200)}`,
      );
  }
  return { routes, rules: [...new Set(rules)] };
}

/** DNAT to a range of ports draws one on 6.1, and what is refused before it is confirmed does not show which; rpfilter is not known for IPv6 at times. */
const decided = (text: string): string => text.replace(/(--to-destination \S+:\d+)-\d+/g, '$1').replace(/^.*-m rpfilter.*\n/gm, '');
