/**
 * physdev: bridge ports, for packets that crossed a bridge with br_netfilter.
 *
 * Source: iptables-extensions(8) "physdev"; Linux 6.18 net/netfilter/xt_physdev.c, physdev_mt(). A packet that came over no
 * bridge matches only if every option is negated. With a bridge behind it but no port to leave by (routed, or for the
 * node), `--physdev-out` is false even when negated. `--physdev-is-bridged` asks whether a port to leave by is known.
 */

import { FIELD, type Field } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { Clause, Test } from '../../model/test.ts';
import { differs, equals, matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { flag, option } from '../option.ts';

const port: ValueKind<string> = {
  placeholder: 'interface',
  words: 1,
  parse: ([word = '']) => (word.length > 15 ? { failure: `interface name "${word}" must be shorter than IFNAMSIZ (15)` } : word),
  print: (name) => name,
};

const options = {
  isIn: option({ name: '--physdev-is-in', value: flag, invertible: true, help: 'it came in by a bridge port' }),
  in: option({ name: '--physdev-in', value: port, invertible: true, help: 'bridge port it came in by' }),
  isOut: option({ name: '--physdev-is-out', value: flag, invertible: true, help: 'it leaves by a bridge port' }),
  out: option({ name: '--physdev-out', value: port, invertible: true, help: 'bridge port it leaves by' }),
  isBridged: option({ name: '--physdev-is-bridged', value: flag, invertible: true, help: 'it is bridged, not routed' }),
};

/** The port's name matches; an absent port has none, so that `+` asks for any port at all. */
function portTest(field: Field, pattern: string): Test {
  return pattern === '+' || pattern === '' ? differs(field, 0) : { op: 'interface', field, pattern };
}

const outPortOrNoBridge: Clause = {
  guard: true,
  text: 'the bridge port it leaves by is known',
  negated: false,
  any: [differs(FIELD.physOut, 0), equals(FIELD.physIn, 0)],
};

export const physdev = defineMatch({
  name: 'physdev',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) physdev; Linux 6.18 net/netfilter/xt_physdev.c',
  check({ isIn, in: inPort, isOut, out, isBridged }, { hooks }) {
    if (!isIn && !inPort && !isOut && !out && !isBridged) return [{ severity: 'error', code: 'missing-option', message: 'physdev needs at least one option' }];
    if ((out || isOut) && (!isBridged || isBridged.negated) && hooks.includes('OUTPUT'))
      return [
        {
          severity: 'error',
          code: 'wrong-hook',
          option: out ? 'out' : 'isOut',
          message: '--physdev-out and --physdev-is-out are refused in OUTPUT, where no bridge port is chosen yet',
          hint: 'use them in FORWARD or POSTROUTING, or with --physdev-is-bridged',
        },
      ];
    return [];
  },
  compile(uses, context) {
    const clauses: Clause[] = [];
    const add = (key: keyof typeof options, test: Test) =>
      clauses.push({ text: matchText('physdev', options, uses, key, context), negated: uses[key]?.negated ?? false, any: [test] });
    if (uses.isBridged) add('isBridged', differs(FIELD.physOut, 0));
    if (uses.isIn) add('isIn', differs(FIELD.physIn, 0));
    if (uses.isOut) add('isOut', differs(FIELD.physOut, 0));
    if (uses.in) add('in', portTest(FIELD.physIn, uses.in.value));
    if (uses.out) {
      if (uses.out.negated) clauses.push(outPortOrNoBridge);
      add('out', portTest(FIELD.physOut, uses.out.value));
    }
    return clauses;
  },
});
