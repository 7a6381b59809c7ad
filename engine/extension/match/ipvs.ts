/**
 * ipvs: properties of the IPVS connection a packet belongs to. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "ipvs"; Linux 6.18 net/netfilter/xt_ipvs.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { servicePort } from '../../net/services.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { hostMask } from '../host.ts';
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

const options = {
  ipvs: option({ name: '--ipvs', value: flag, invertible: true, help: 'the packet belongs to an IPVS connection' }),
  proto: option({ name: '--vproto', value: protocolByNumber, invertible: true, help: 'protocol of the virtual service' }),
  address: option({ name: '--vaddr', value: hostMask, invertible: true, help: 'address of the virtual service' }),
  port: option({ name: '--vport', value: port, invertible: true, help: 'port of the virtual service' }),
  dir: option({ name: '--vdir', value: anyCase(['ORIGINAL', 'REPLY']), help: 'direction of the packet' }),
  method: option({ name: '--vmethod', value: anyCase(['GATE', 'IPIP', 'MASQ']), invertible: true, help: 'forwarding method' }),
  control: option({ name: '--vportctl', value: port, invertible: true, help: 'port of the controlling connection' }),
};

export const ipvs = defineMatch({
  name: 'ipvs',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) ipvs; Linux 6.18 net/netfilter/xt_ipvs.c',
  notModelled: 'IPVS connections are not asked',
  normalize: ({ ipvs: own, ...uses }) => (Object.values(uses).some((use) => use !== undefined) && !own?.negated ? uses : { ...uses, ipvs: own }),
  check(uses) {
    const { ipvs: own, ...others } = uses;
    const any = Object.values(others).some((use) => use !== undefined);
    if (!own && !any) return [{ severity: 'error', code: 'missing-option', message: 'ipvs needs at least one option' }];
    if (own?.negated && any) return [{ severity: 'error', code: 'conflicting-options', option: 'ipvs', message: '"! --ipvs" cannot be together with other options' }];
    return [];
  },
  compile: (uses, context) => [unmodelled(`-m ipvs ${printOptions(options, uses, context)}`, 'IPVS connections are not asked')],
});
