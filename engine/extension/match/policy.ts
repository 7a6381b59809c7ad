/**
 * policy: what IPsec has done to the packet, or will do. A node without states has undone nothing of what came in, and one without
 * policies will do nothing to what goes out; what comes of those that there are is not modelled.
 *
 * Source: iptables-extensions(8) "policy"; Linux 6.18 net/netfilter/xt_policy.c, policy_mt(); extensions/libxt_policy.c of
 * iptables 1.8.9.
 */

import { isFailure, type OptionContext, type OptionUses, type ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN } from '../../model/test.ts';
import { protocolName } from '../../net/protocol.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { hostMask } from '../host.ts';
import { choice, flag, hex, integer, option } from '../option.ts';
import { protocolByNumber } from './conntrack.ts';

const plain = integer(0, 0xffffffff, 'number');
const transforms: ValueKind<number> = {
  ...protocolByNumber,
  parse: (words, context) => {
    const number = protocolByNumber.parse(words, context);
    return number === 50 || number === 51 || number === 108 ? number : { failure: 'the protocol must be ah, esp or ipcomp', hint: 'give ah, esp or ipcomp' };
  },
  print: protocolName,
};

/** One of the options that describe an element, and where it stands: `--next` before it counts the element. */
interface Part<V> {
  readonly value: V;
  readonly negated: boolean;
  readonly at: number;
}

/** An option of an element, once in each. */
function inElement<V>(kind: ValueKind<V>): ValueKind<readonly Part<V>[]> {
  return {
    ...kind,
    parse: (words, context) => {
      const value = kind.parse(words, context);
      return isFailure(value) ? value : [{ value, negated: context.negated ?? false, at: context.at ?? 0 }];
    },
    print: (parts, context) => parts.map(({ value }) => kind.print(value, context)).join(' '),
  };
}

const both = <V>(before: readonly Part<V>[], after: readonly Part<V>[]): readonly Part<V>[] => [...before, ...after];

const options = {
  dir: option({ name: '--dir', value: choice('in|out', ['in', 'out']), help: 'of incoming or outgoing transforms' }),
  pol: option({ name: '--pol', value: choice('none|ipsec', ['none', 'ipsec']), help: 'whether there are any' }),
  strict: option({ name: '--strict', value: flag, help: 'all of them as listed, not one of them' }),
  reqid: option({ name: '--reqid', value: inElement(plain), merge: both, invertible: true, help: 'request id' }),
  spi: option({ name: '--spi', value: inElement(integer(0, 0xffffffff, 'spi', hex)), merge: both, invertible: true, help: 'SPI' }),
  proto: option({ name: '--proto', value: inElement(transforms), merge: both, invertible: true, help: 'protocol' }),
  mode: option({ name: '--mode', value: inElement(choice('transport|tunnel', ['transport', 'tunnel'])), merge: both, invertible: true, help: 'mode' }),
  tunnelDst: option({ name: '--tunnel-dst', value: inElement(hostMask), merge: both, invertible: true, help: 'far end of the tunnel' }),
  tunnelSrc: option({ name: '--tunnel-src', value: inElement(hostMask), merge: both, invertible: true, help: 'near end of the tunnel' }),
  next: option({ name: '--next', value: inElement(flag), merge: both, help: 'what follows describes the next transform; with --strict' }),
};

const ELEMENT = ['reqid', 'spi', 'proto', 'mode', 'tunnelDst', 'tunnelSrc'] as const;
/** XT_POLICY_MAX_ELEM of include/uapi/linux/netfilter/xt_policy.h. */
const MAX_ELEMENTS = 4;
type Uses = OptionUses<typeof options>;
type Element = Map<(typeof ELEMENT)[number], Part<unknown>[]>;

/** The elements in their order; of an option that an element has twice both. */
function elementsOf(uses: Uses): readonly Element[] {
  const starts = (uses.next?.value ?? []).map(({ at }) => at);
  const elements = [0, ...starts].map((): Element => new Map());
  for (const key of ELEMENT)
    for (const part of (uses[key]?.value ?? []) as readonly Part<unknown>[]) {
      const element = elements[starts.filter((at) => at < part.at).length] as Element;
      element.set(key, [...(element.get(key) ?? []), part]);
    }
  return elements;
}

function print(uses: Uses, context: OptionContext): string {
  const none = uses.pol?.value === 'none';
  const parts = [`--dir ${uses.dir?.value ?? 'out'}`, `--pol ${none ? 'none' : 'ipsec'}`];
  if (uses.strict) parts.push('--strict');
  if (!none)
    for (const [i, element] of elementsOf(uses).entries()) {
      if (i > 0) parts.push(options.next.name);
      for (const key of ELEMENT)
        for (const part of element.get(key) ?? [])
          parts.push(`${part.negated ? '! ' : ''}${options[key].name} ${(options[key].value as ValueKind<readonly Part<unknown>[]>).print([part], context)}`);
    }
  return parts.join(' ');
}

function checkElements(uses: Uses): readonly Finding[] {
  const findings: Finding[] = [];
  const { next, pol, strict } = uses;
  const elements = elementsOf(uses);
  if (next && pol?.value === 'none') findings.push({ severity: 'error', code: 'conflicting-options', option: 'next', message: '--pol none but elements given' });
  else if (next && !strict)
    findings.push({ severity: 'error', code: 'missing-option', option: 'next', message: 'several elements need --strict', hint: 'add --strict, or take --next away' });
  if (elements.length > MAX_ELEMENTS)
    findings.push({ severity: 'error', code: 'bad-value', option: 'next', message: 'maximum policy depth reached', hint: `give at most ${MAX_ELEMENTS} elements` });
  for (const [i, element] of elements.entries()) {
    const twice = ELEMENT.find((key) => (element.get(key)?.length ?? 0) > 1);
    if (twice)
      findings.push({
        severity: 'error',
        code: 'duplicate-option',
        option: twice,
        message: `double ${options[twice].name} option`,
        hint: 'say it once in each element, and put --next between elements',
      });
    if (strict && element.size === 0)
      findings.push({
        severity: 'error',
        code: 'missing-option',
        option: 'strict',
        message: `empty policy element ${i}: --strict needs one of --reqid, --spi, --proto, --mode, --tunnel-src, --tunnel-dst`,
      });
    const tunnel = element.has('tunnelSrc') ? 'tunnelSrc' : element.has('tunnelDst') ? 'tunnelDst' : null;
    const mode = element.get('mode')?.[0];
    if (tunnel && pol?.value !== 'none' && (!mode || (mode.value === 'tunnel') === mode.negated))
      findings.push({
        severity: 'error',
        code: 'conflicting-options',
        option: tunnel,
        message: '--tunnel-src and --tunnel-dst are only valid in tunnel mode',
        hint: 'add --mode tunnel',
      });
  }
  return findings;
}

export const policy = defineMatch({
  name: 'policy',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) policy; Linux 6.18 net/netfilter/xt_policy.c',
  notModelled: 'what IPsec does, unless the snapshot says that there is none ("ip xfrm state", "ip xfrm policy")',
  check(uses, { hooks }) {
    const findings: Finding[] = [];
    const { dir, pol, strict } = uses;
    if (!dir) findings.push({ severity: 'error', code: 'missing-option', message: 'policy needs --dir in or --dir out' });
    const wrong = dir && hooks.find((hook) => (dir.value === 'in' ? hook === 'OUTPUT' || hook === 'POSTROUTING' : hook === 'PREROUTING' || hook === 'INPUT'));
    if (wrong) findings.push({ severity: 'error', code: 'wrong-hook', option: 'dir', message: `--dir ${dir.value} is not valid in ${wrong}` });
    if (pol?.value === 'none' && strict) findings.push({ severity: 'error', code: 'conflicting-options', option: 'strict', message: '--pol none but --strict given' });
    return [...findings, ...checkElements(uses)];
  },
  print,
  compile(uses, context) {
    const [what, section] = uses.dir?.value === 'out' ? (['policies', 'policy'] as const) : (['states', 'state'] as const);
    const isNone = uses.pol?.value === 'none';
    return [
      {
        text: `-m policy ${print(uses, context)}`,
        negated: false,
        any: [
          {
            op: 'opaque',
            name: 'policy',
            operand: { direction: uses.dir?.value, none: isNone },
            wanted: isNone ? 'no IPsec' : 'IPsec',
            reads: [],
            // match_policy_in(), match_policy_out(): without a transform only --pol none holds.
            holds: (_skb, { ipsec }) => (ipsec[what] !== false ? UNKNOWN : isNone ? TRUE : FALSE),
            saw(_skb, { ipsec }) {
              if (ipsec[what] === undefined) return `whether IPsec has a part in it is not known ("ip xfrm ${section}" in the snapshot says it)`;
              return ipsec[what] ? 'what IPsec makes of it is not modelled' : 'no IPsec';
            },
          },
        ],
      },
    ];
  },
});
