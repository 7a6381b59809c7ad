/**
 * ipvs: whether IPVS has handled the packet, and properties of its connection, found by the addresses the packet has now. Controlling
 * connections (FTP) are not modelled: unknown.
 *
 * Source: iptables-extensions(8) "ipvs"; Linux 6.18 net/netfilter/xt_ipvs.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { FIELD } from '../../model/field.ts';
import type { Clause, Test } from '../../model/test.ts';
import { servicePort } from '../../net/services.ts';
import { equals, matchText, unmodelled } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { hasConntrackEntry } from '../guards.ts';
import { hostMask, inHostMask } from '../host.ts';
import { flag, option } from '../option.ts';
import { protocolByNumber } from './conntrack.ts';

function anyCase<const C extends readonly string[]>(names: C): ValueKind<C[number]> {
  return {
    placeholder: names.join('|'),
    words: 1,
    choices: names,
    parse: ([word = '']) => names.find((name) => name === word.toUpperCase()) ?? { failure: `"${word}" is not one of ${names.join(', ')}` },
    print: (name) => name,
  };
}

const port: ValueKind<number> = {
  placeholder: 'port',
  words: 1,
  parse: ([word = '']) => {
    const number = /^\d+$/.test(word) ? Number(word) : servicePort(word, null);
    return number !== null && number <= 65535 ? number : { failure: `port "${word}" does not resolve to anything`, hint: 'give a port from 0 to 65535 or a service name' };
  },
  print: String,
};

const METHODS = ['MASQ', 'GATE', 'IPIP'] as const;

const options = {
  ipvs: option({ name: '--ipvs', value: flag, invertible: true, help: 'the packet belongs to an IPVS connection' }),
  proto: option({ name: '--vproto', value: protocolByNumber, invertible: true, help: 'protocol of the virtual service' }),
  address: option({ name: '--vaddr', value: hostMask, invertible: true, help: 'address of the virtual service' }),
  port: option({ name: '--vport', value: port, invertible: true, help: 'port of the virtual service' }),
  dir: option({ name: '--vdir', value: anyCase(['ORIGINAL', 'REPLY']), help: 'direction of the packet' }),
  method: option({ name: '--vmethod', value: anyCase(METHODS), invertible: true, help: 'forwarding method' }),
  control: option({ name: '--vportctl', value: port, invertible: true, help: 'port of the controlling connection' }),
};

const handled: Clause = { guard: true, text: 'IPVS has handled the packet', negated: false, any: [equals(FIELD.ipvs, 1)] };
/** Without one the match is false, negated or not. */
const hasConnection: Clause = { guard: true, text: 'the packet is on its way from a client to a real server', negated: false, any: [equals(FIELD.ipvsConnection, 1)] };

export const ipvs = defineMatch({
  name: 'ipvs',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) ipvs; Linux 6.18 net/netfilter/xt_ipvs.c',
  notModelled: 'controlling connections are not asked',
  requires: ['ipvs'],
  normalize: ({ ipvs: own, ...uses }) => (Object.values(uses).some((use) => use !== undefined) && !own?.negated ? uses : { ...uses, ipvs: own }),
  check(uses) {
    const { ipvs: own, ...others } = uses;
    const any = Object.values(others).some((use) => use !== undefined);
    if (!own && !any) return [{ severity: 'error', code: 'missing-option', message: 'ipvs needs at least one option' }];
    if (own?.negated && any) return [{ severity: 'error', code: 'conflicting-options', option: 'ipvs', message: '"! --ipvs" cannot be together with other options' }];
    return [];
  },
  compile(uses, context) {
    const text = (key: keyof typeof options) => matchText('ipvs', options, uses, key, context);
    const clause = (key: keyof typeof options, test: Test): Clause => ({ text: text(key), negated: uses[key]?.negated ?? false, any: [test] });
    if (Object.entries(uses).every(([key, use]) => key === 'ipvs' || use === undefined)) return [clause('ipvs', equals(FIELD.ipvs, 1))];
    const clauses: Clause[] = [handled];
    if (uses.proto) clauses.push(clause('proto', equals(FIELD.proto, uses.proto.value)));
    clauses.push(hasConnection);
    if (uses.port) clauses.push(clause('port', equals(FIELD.ipvsPort, uses.port.value)));
    if (uses.control) clauses.push(unmodelled(text('control'), 'controlling connections are not modelled', uses.control.negated));
    if (uses.dir) clauses.push(hasConntrackEntry, clause('dir', equals(FIELD.ctDir, uses.dir.value === 'REPLY' ? 1 : 0)));
    if (uses.method) clauses.push(clause('method', equals(FIELD.ipvsMethod, METHODS.indexOf(uses.method.value))));
    if (uses.address) clauses.push(clause('address', inHostMask(FIELD.ipvsAddress, uses.address.value, context.family)));
    return clauses;
  },
});
