/**
 * The answer of one rule's matches about registers that a test sets: read, compiled and decided by the engine itself.
 */

import { compile } from '../../../../engine/compile/compile.ts';
import { parseNode } from '../../../../engine/format/node.ts';
import type { EvalContext } from '../../../../engine/model/context.ts';
import { FIELD, L4, REGISTER_COUNT, type FieldName } from '../../../../engine/model/field.ts';
import { BLANK } from '../../../../engine/model/full-packet.ts';
import type { FullPacket } from '../../../../engine/model/packet.ts';
import { UNKNOWN } from '../../../../engine/model/test.ts';
import type { Family } from '../../../../engine/net/address.ts';
import { testRule } from '../../../../engine/walk/test.ts';

export interface Situation {
  readonly family?: Family;
  /** Registers; what is not given is 0, the transport header readable. */
  readonly fields?: Partial<Record<FieldName, number>>;
  /** Interface names by register value. */
  readonly interfaces?: Readonly<Record<number, string>>;
  readonly context?: Partial<EvalContext>;
  /** What the packet says beside registers. */
  readonly packet?: Partial<FullPacket>;
}

const ANSWERS = ['miss', 'unknown', 'match', 'drop'] as const;

/** `drop`: the packet is dropped on the spot. A rule with an error answers with its message. */
export function answer(rule: string, { family = 'ipv4', fields = {}, interfaces = {}, context = {}, packet = {} }: Situation): string {
  const command = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save';
  const node = parseNode([{ name: 'rule', text: `==> ${command} <==\n*mangle\n-N ANYWHERE\n-A ANYWHERE ${rule}\nCOMMIT\n` }]);
  const error = node.problems.find(({ severity }) => severity === 'error');
  if (error) return error.message;
  const regs = new Uint32Array(REGISTER_COUNT);
  regs[FIELD.l4.index] = L4.readable;
  for (const [name, value] of Object.entries(fields)) regs[FIELD[name as FieldName].index] = value;
  const skb = { regs, family, packet: { ...BLANK, ...packet } as FullPacket };
  const full = {
    family,
    hook: 'FORWARD',
    now: 0,
    wallClock: null,
    minutesWest: null,
    cpu: null,
    fingerprints: null,
    ipsec: {},
    rate: () => ({ bytes: null, packets: null }),
    interfaceName: (id: number) => interfaces[id] ?? '',
    choice: () => undefined,
    ...context,
  } as EvalContext;
  const said = testRule(compile(node), 0, {
    skb,
    context: full,
    unknown: null,
    tentative: false,
    mayDrop: false,
    hasNoProtocol: false,
    testSet: () => UNKNOWN,
    stepOpaque: (test) => test.step?.(skb, full, test.initial).holds ?? UNKNOWN,
  });
  return ANSWERS[said] as string;
}
