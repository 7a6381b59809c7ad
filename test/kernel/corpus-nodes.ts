/**
 * Rule sets found in public places, as nodes for the kernel. They lie beside the checkout and are other people's text: nothing
 * of them is kept here. What comes in: a folder; what goes out: for each rule set a node that the kernel itself has loaded (the
 * text is what iptables-save printed of it), with the interfaces that its rules name, and addresses and routes from the files
 * beside it or made up to fit the rules.
 */

import { existsSync, readFileSync } from 'node:fs';
import { parseNode, type Family } from '../../engine/index.ts';
import { CORPUS, corpusFiles } from '../support/rule-corpus.ts';
import type { KernelInterface, KernelNode } from './node.ts';
import { kernelNodeOf } from './node-of-snapshot.ts';
import type { Namespace } from './tools.ts';

/** Names without their ending: of rule sets in the format of iptables-save, and of lists of commands. */
export const corpusNames = corpusFiles('.rules', '.cmds');

interface RuleSet {
  readonly name: string;
  readonly family: Family;
  readonly node: KernelNode;
  /** Lines that iptables-restore refuses, left out: their numbers in the file. */
  readonly refused: readonly number[];
}

/** As the tools take it: without what a terminal left in it. */
const cleaned = (text: string): string => text.replaceAll('\r\n', '\n').replace(/^.*\S+@\S+[^#$]*[#$] .*$/gm, '');
const beside = (name: string, ending: string): string | null => {
  const file = `${CORPUS}/${name.replace(/\.\w+$/, ending)}`;
  return existsSync(file) ? cleaned(readFileSync(file, 'utf8')) : null;
};

/** Empty sets for the names that rules use and no file holds. */
function missingSets(rules: string, family: Family, present: string): string {
  const types = ['hash:ip', 'hash:ip,port', 'hash:ip,port,ip'];
  const lines = new Set<string>();
  for (const [, name, sides] of rules.matchAll(/--(?:match|add|del|map)-set (\S+) (\S+)/g))
    if (!present.includes(`create ${name} `)) lines.add(`create ${name} ${types[(sides as string).split(',').length - 1]} family ${family === 'ipv6' ? 'inet6' : 'inet'}`);
  return [...lines].map((line) => `${line}\n`).join('');
}

/** Entries for sets that nobody printed any of: addresses that stand in the rules, and one that does not. Empty ones would let no rule fire. */
function entriesFor(sets: string, rules: string, family: Family): string {
  const known = [
    ...new Set([...rules.matchAll(family === 'ipv4' ? / -[sd] (\d[\d.]+)\/(\d+)/g : / -[sd] ([0-9a-f]*:[0-9a-f:]*)\/(\d+)/g)].map(([, address]) => address as string)),
  ];
  const some = [
    ...known.filter((address, i) => i % 3 === 0 && !/^0\.|^::$/.test(address)).slice(0, 20),
    ...(family === 'ipv4' ? ['198.51.100.9', '203.0.113.77'] : ['2001:db8::9']),
  ];
  const entry: Readonly<Record<string, (address: string) => string>> = {
    'hash:ip': (address) => address,
    'hash:net': (address) => address,
    'hash:ip,port': (address) => `${address},tcp:80`,
    'hash:ip,port,ip': (address) => `${address},tcp:80,${address}`,
  };
  return [...sets.matchAll(/^create (\S+) (\S+)(.*)$/gm)]
    .filter(([, name, , options]) => !sets.includes(`\nadd ${name} `) && (options ?? '').includes('family inet6') === (family === 'ipv6'))
    .flatMap(([, name, type]) => some.map((address) => `add -exist ${name} ${entry[type as string]?.(address)}\n`))
    .join('');
}

/** Loads a rule set by the real tools, leaving out the lines they refuse, one after the other. Throws what they say if it cannot be loaded at all. */
export function loadRuleSet(name: string, namespace: Namespace): RuleSet {
  const text = cleaned(readFileSync(`${CORPUS}/${name}`, 'utf8'));
  const family: Family = /ip6/.test(name) ? 'ipv6' : 'ipv4';
  const tool = family === 'ipv6' ? 'ip6tables-legacy' : 'iptables-legacy';
  const given = beside(name, '.ipset') ?? '';
  const sets = `${given}\n${missingSets(text, family, given)}`;
  const done = namespace.run('ipset', ['restore'], sets + entriesFor(sets, text, family));
  if (!done.ok) throw new Error(`ipset refuses the sets of ${name}: ${done.stderr}`);
  const refused: number[] = [];
  if (name.endsWith('.cmds')) {
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      const answer = namespace.run(tool, line.trim().split(/\s+/).slice(1));
      if (!answer.ok) throw new Error(`${line}: ${answer.stderr}`);
    }
  } else
    for (const lines = text.split('\n'); ; ) {
      const answer = namespace.run(`${tool}-restore`, [], lines.join('\n'));
      if (answer.ok) break;
      const line = Number(/line:? (\d+)/.exec(answer.stderr)?.[1]);
      if (!/^-A /.test(lines[line - 1] ?? '') || refused.length > 20) throw new Error(answer.stderr);
      refused.push(line);
      lines[line - 1] = '';
    }
  const rules = namespace.run(`${tool}-save`).stdout.replace(/^#.*\n/gm, '');
  return { name, family, refused, node: nodeFor(name, family, rules, namespace.run('ipset', ['save']).stdout) };
}

/** A device for each name in the rules: `cali+` is one of the devices there are, or one made for it. */
function devicesNamed(rules: string, there: readonly string[]): string[] {
  const named = [...new Set([...rules.matchAll(/ (?:-[io]|--physdev-(?:in|out)) (\S+)/g)].map(([, name]) => name as string))];
  const devices = new Set([...there, ...named.filter((name) => !name.endsWith('+'))]);
  for (const name of named.filter((one) => one.endsWith('+')))
    if (![...devices].some((one) => one.startsWith(name.slice(0, -1)))) devices.add(`${name.slice(0, -1)}7`.replace(/^7$/, 'any7'));
  devices.delete('lo');
  if (devices.size < 2) for (const name of ['one0', 'two0'].slice(devices.size)) devices.add(name);
  return [...devices];
}

const MOST_DEVICES = 24;

function nodeFor(name: string, family: Family, rules: string, ipset: string): KernelNode {
  const addresses = beside(name, '.ipaddr');
  const routes = beside(name, '.iproute');
  const read = kernelNodeOf(
    parseNode([
      ...(addresses === null ? [] : [{ name: 'addresses', text: `==> ip addr <==\n${addresses}\n` }]),
      ...(routes === null ? [] : [{ name: 'routes', text: `==> ip route <==\n${fromRouteTable(routes)}\n` }]),
    ]),
  );
  const there = read.interfaces.filter((one) => one.name !== 'lo').map((one) => one.name);
  const devices = devicesNamed(rules, there).slice(0, MOST_DEVICES);
  const kept = (read.routes ?? []).filter((route) => devices.includes(/ dev (\S+)/.exec(route)?.[1] ?? (devices[0] as string)));
  const table = { [family === 'ipv6' ? 'ip6tables' : 'iptables']: rules };
  if (there.length > 0) {
    const interfaces = devices.map((device): KernelInterface => read.interfaces.find((one) => one.name === device) ?? { name: device });
    return { interfaces: interfaces.map(({ mtu: _, ...one }) => one), routes: kept, ipset, ...table };
  }
  const made = devices.map((device, i): KernelInterface => ({ name: device, addresses: madeAddresses(rules, device, i, family) }));
  const hop = family === 'ipv4' ? '10.230.0.254' : 'fd00:230::fe';
  const first = made[0] as KernelInterface;
  // One way out, and an own address for every third host that the rules translate.
  const own = [...new Set([...rules.matchAll(/ -d (\S+)\/(?:32|128) .*-j (?:DNAT|REDIRECT|ACCEPT)/g)].map(([, address]) => address as string))].filter(
    (address, i) => i % 3 === 0 && !/^(127|0|22[4-9]|2[3-5]\d)\.|^::|^f[ef]/.test(address),
  );
  const bits = family === 'ipv4' ? 32 : 128;
  const interfaces = made.map((one, i) =>
    i === 0 ? { ...one, addresses: [...new Set([...(first.addresses ?? []), ...own.slice(0, 12).map((address) => `${address}/${bits}`)])] } : one,
  );
  return { interfaces, [family === 'ipv4' ? 'routes' : 'routes6']: [`default via ${hop}`], ipset, ...table };
}

/** Of a prefix that a rule names together with the device, the first host; one made up for every device. */
function madeAddresses(rules: string, device: string, index: number, family: Family): string[] {
  const own = family === 'ipv4' ? `10.${230 + index}.0.1/24` : `fd00:${230 + index}::1/64`;
  if (family === 'ipv6') return [own];
  const beside = rules
    .split('\n')
    .filter((line) => line.includes(` ${device} `) && !line.includes(' lo '))
    .flatMap((line) => [...line.matchAll(/(?<!! )-[sd] (\d+\.\d+\.\d+)\.0\/(1[6-9]|2\d)\b/g)].map(([, net, length]) => `${net}.1/${length}`));
  return [own, ...new Set(beside)].slice(0, 3);
}

/** The old table of `route -n` as `ip route` prints it. */
function fromRouteTable(text: string): string {
  if (!text.includes('Genmask')) return text;
  const bits = (mask: string): number => mask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0);
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first = '']) => /^\d/.test(first))
    .map(
      ([net, via, mask = '', , , , , device]) =>
        `${net === '0.0.0.0' ? 'default' : `${net}/${bits(mask)}`}${via === '0.0.0.0' ? '' : ` via ${via}`} dev ${device}${via === '0.0.0.0' ? ' proto kernel scope link' : ''}`,
    )
    .join('\n');
}
