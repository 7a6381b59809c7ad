/**
 * The engine broken on purpose, one thing at a time. Rules are data, so a mutant is no change of source: it is what an
 * extension's `compile` gets (the options) or gives (clauses, an action), or a set's entries, changed on the way. What comes
 * in: an extension; what goes out: its mutants. A mutant that changes no rule of any recording shows as never applied.
 */

import { FIELD, FIELD_PAIRS } from './field-pairs.ts';
import type { MatchExtension, TargetExtension } from '../../engine/extension/extension.ts';
import { MATCHES, TARGETS } from '../../engine/extension/index.ts';
import { ip } from '../../engine/extension/match/ip.ts';
import type { Field } from '../../engine/model/field.ts';
import type { OptionUse } from '../../engine/model/option.ts';
import type { IpSet, SetEntryExtras } from '../../engine/model/set.ts';
import { FALSE, TRUE, type Action, type Clause, type Effect, type OpaqueTest, type Test } from '../../engine/model/test.ts';

export type Uses = Readonly<Record<string, OptionUse | undefined>>;
export type Extension = MatchExtension | TargetExtension;
export type Compiled = readonly Clause[] | Action;
/** The same value if there is nothing to change. */
type Change<T> = (value: T) => T;

export interface Mutant {
  /** `-m tcp`, `-j MARK`, `header`, `set`. */
  readonly of: string;
  readonly name: string;
  /** Name of the option that it is about; null for what is not about one. */
  readonly option: string | null;
  /** True if it is one of how an option is read: then a recording should use the option. Others may not exist for an extension. */
  readonly expected: boolean;
  /** Null for mutants of sets. */
  readonly extension: Extension | null;
  /** What `compile` gets, and what it gives. */
  readonly before: Change<Uses>;
  readonly after: Change<Compiled>;
  /** A set as read. */
  readonly set: Change<IpSet>;
}

const same = <T>(value: T): T => value;

export function allMutants(): Mutant[] {
  return [
    ...extensionMutants('header', ip),
    ...MATCHES.flatMap((match) => extensionMutants(`-m ${match.name}`, match)),
    ...TARGETS.flatMap((target) => extensionMutants(`-j ${target.name}`, target)),
    ...SET_CHANGES.map(([name, change]): Mutant => ({ of: 'set', name, option: null, expected: true, extension: null, before: same, after: same, set: change })),
  ];
}

function extensionMutants(of: string, extension: Extension): Mutant[] {
  const onUses = (name: string, option: string, before: Change<Uses>): Mutant => ({ of, name, option, expected: true, extension, before, after: same, set: same });
  const onResult = (name: string, after: Change<Compiled>): Mutant => ({ of, name, option: null, expected: false, extension, before: same, after, set: same });
  const mutants: Mutant[] = [];
  for (const [key, spec] of Object.entries(extension.options)) {
    if (SILENT.includes(`${extension.name} ${spec.name}`)) continue;
    if (!spec.required) mutants.push(onUses(`${spec.name} ignored`, spec.name, (uses) => (uses[key] ? { ...uses, [key]: undefined } : uses)));
    if (spec.invertible) mutants.push(onUses(`! of ${spec.name} ignored`, spec.name, (uses) => (uses[key]?.negated ? { ...uses, [key]: { ...uses[key], negated: false } } : uses)));
    if (spec.value.words > 0)
      for (const [name, change] of VALUE_CHANGES)
        mutants.push({
          ...onUses(`${spec.name}: ${name}`, spec.name, (uses) => {
            const use = uses[key];
            const value = use && change(use.value);
            return use && value !== use.value ? { ...uses, [key]: { ...use, value } } : uses;
          }),
          expected: false,
        });
  }
  if (extension.kind === 'match') {
    for (const [name, change] of CLAUSE_CHANGES) mutants.push(onResult(name, mapped(change as Change<Clause>) as Change<Compiled>));
    mutants.push(
      onResult('conditions that no option states are not asked', ((clauses: readonly Clause[]) =>
        clauses.some(({ guard }) => guard) ? clauses.filter(({ guard }) => !guard) : clauses) as never),
    );
  } else for (const [name, change] of ACTION_CHANGES) mutants.push(onResult(name, change as Change<Compiled>));
  return mutants;
}

/** Options without effect on what a rule decides or does. */
const SILENT: readonly string[] = ['comment --comment'];

/** The same list if no element changes. */
function mapped<T>(change: Change<T>): Change<readonly T[]> {
  return (list) => {
    const changed = list.map(change);
    return changed.some((one, i) => one !== list[i]) ? changed : list;
  };
}

// ---- values of options ----

const VALUE_CHANGES: readonly (readonly [string, Change<unknown>])[] = [
  ['one more', deep((value) => (typeof value === 'number' ? value + 1 : value))],
  ['src for dst', deep((value) => (value === 'src' ? 'dst' : value === 'dst' ? 'src' : value))],
];

/** Changes every leaf of a value; the same value if none changes. Masks of prefixes and lengths stay: they go with each other. */
function deep(change: Change<unknown>): Change<unknown> {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const list = value.map(walk);
      return list.some((one, i) => one !== value[i]) ? list : value;
    }
    if (typeof value !== 'object' || value === null) return change(value);
    const entries = Object.entries(value).map(([key, one]) => [key, key === 'mask' || key === 'length' || key === 'span' ? one : walk(one)] as const);
    return entries.some(([key, one]) => one !== (value as Record<string, unknown>)[key]) ? Object.fromEntries(entries) : value;
  };
  return walk;
}

// ---- clauses ----

const onTests = (change: Change<Test>): Change<Clause> => {
  const each = mapped(change);
  return (clause) => {
    const any = each(clause.any);
    return any === clause.any ? clause : { ...clause, any };
  };
};
const unlessGuard =
  (change: Change<Clause>): Change<Clause> =>
  (clause) =>
    clause.guard ? clause : change(clause);
const always = (value: 0 | 2): Change<Clause> => unlessGuard((clause) => ({ ...clause, negated: false, any: [{ op: 'constant', value, reason: 'a mutant' }] }));
const swapped = (field: Field): Field => FIELD_PAIRS.get(field) ?? field;

const CLAUSE_CHANGES: readonly (readonly [string, Change<Clause>])[] = [
  ['the answer turned round', unlessGuard((clause) => ({ ...clause, negated: !clause.negated }))],
  ['always true', always(TRUE)],
  ['always false', always(FALSE)],
  ['negated holds too', (clause) => (clause.negated && !clause.guard ? { ...clause, negated: false } : clause)],
  ['the other side of the packet', onTests((test) => ('field' in test && swapped(test.field) !== test.field ? ({ ...test, field: swapped(test.field) } as Test) : test))],
  ['the other direction of the connection', onTests((test) => ('field' in test && CT_OTHER.has(test.field) ? ({ ...test, field: CT_OTHER.get(test.field) } as Test) : test))],
  [
    'without its mask',
    onTests((test) =>
      test.op === 'masked' && test.mask >>> 0 !== 0xffffffff
        ? { ...test, mask: 0xffffffff }
        : test.op === 'prefix' && test.mask.some((word) => word >>> 0 !== 0xffffffff)
          ? { ...test, mask: test.mask.map(() => 0xffffffff) }
          : test,
    ),
  ],
  [
    'a mask with one bit less',
    onTests((test) =>
      test.op === 'masked' && test.mask !== 0 ? { ...test, mask: (test.mask & (test.mask - 1)) >>> 0, value: (test.value & (test.mask & (test.mask - 1))) >>> 0 } : test,
    ),
  ],
  ['a range that begins one later', ranges(1, 0)],
  ['a range that begins one earlier', ranges(-1, 0)],
  ['a range that ends one later', ranges(0, 1)],
  ['a range that ends one earlier', ranges(0, -1)],
  ['only the first of several', (clause) => (clause.any.length > 1 ? { ...clause, any: clause.any.slice(0, 1) } : clause)],
  ['only the last of several', (clause) => (clause.any.length > 1 ? { ...clause, any: clause.any.slice(-1) } : clause)],
  ['any of the bits missing', onTests((test) => (test.op === 'any-bit' && (test.bits & (test.bits - 1)) !== 0 ? { ...test, bits: test.bits & -test.bits } : test))],
  ['no packet is dropped on the spot', (clause) => (clause.otherwise ? { ...clause, otherwise: undefined as never } : clause)],
  ['asked also where the kernel does not look', (clause) => (clause.vacuousIf ? { ...clause, vacuousIf: undefined as never } : clause)],
  ['a prefix of a name is no prefix', onTests((test) => (test.op === 'interface' && test.pattern.endsWith('+') ? { ...test, pattern: test.pattern.slice(0, -1) } : test))],
  ['an address range one shorter at its end', onTests((test) => (test.op === 'address-range' ? { ...test, high: lastWord(test.high, -1) } : test))],
  ['an address range one shorter at its beginning', onTests((test) => (test.op === 'address-range' ? { ...test, low: lastWord(test.low, 1) } : test))],
  ['state is not kept', onTests((test) => (test.op === 'opaque' && test.step ? forgetful(test) : test))],
  ['exceptions count as entries', onTests((test) => (test.op === 'set' ? { ...test, returnNomatch: !test.returnNomatch } : test))],
  ['counters of entries are not moved', onTests((test) => (test.op === 'set' && test.updateCounters ? { ...test, updateCounters: false } : test))],
  ['counters of entries are always moved', onTests((test) => (test.op === 'set' && !test.updateCounters ? { ...test, updateCounters: true } : test))],
  ['counters of entries are not asked', onTests((test) => (test.op === 'set' && test.counters.length > 0 ? { ...test, counters: [] } : test))],
  [
    'counters of entries one off',
    onTests((test) => (test.op === 'set' && test.counters.length > 0 ? { ...test, counters: test.counters.map((one) => ({ ...one, value: one.value + 1 })) } : test)),
  ],
  ['dimensions in the other order', onTests((test) => (test.op === 'set' && new Set(test.sides).size > 1 ? { ...test, sides: [...test.sides].reverse() } : test))],
];

const CT_OTHER: ReadonlyMap<Field, Field> = new Map(
  (
    [
      ['ctOrigSrc', 'ctReplSrc'],
      ['ctOrigDst', 'ctReplDst'],
      ['ctOrigSport', 'ctReplSport'],
      ['ctOrigDport', 'ctReplDport'],
    ] as const
  ).flatMap(([a, b]) => [[FIELD[a], FIELD[b]] as const, [FIELD[b], FIELD[a]] as const]),
);

function ranges(low: number, high: number): Change<Clause> {
  return onTests((test) => (test.op === 'ranges' ? { ...test, ranges: test.ranges.map(([from, to]) => [Math.max(0, from + low), Math.max(0, to + high)] as const) } : test));
}

const lastWord = (words: readonly number[], by: number): number[] => words.map((word, i) => (i === words.length - 1 ? (word + by) >>> 0 : word));

function forgetful(test: OpaqueTest): OpaqueTest {
  const { step } = test;
  return { ...test, step: (skb, context, state) => ({ holds: step?.call(test, skb, context, state).holds ?? FALSE, state }) };
}

// ---- actions ----

const onEffects = (change: Change<Effect>): Change<Action> => {
  const each = mapped(change);
  return (action) => {
    const effects = each(action.effects);
    return effects === action.effects ? action : { ...action, effects };
  };
};

/** One key of every effect that has it. */
const onKey = (key: string, change: Change<unknown>): Change<Action> =>
  onEffects((effect) => {
    const holder = effect as unknown as Record<string, unknown>;
    if (key in holder) {
      const value = change(holder[key]);
      return value === holder[key] ? effect : ({ ...holder, [key]: value } as unknown as Effect);
    }
    const range = holder.range as Record<string, unknown> | undefined;
    if (range === undefined || !(key in range)) return effect;
    const value = change(range[key]);
    return value === range[key] ? effect : ({ ...holder, range: { ...range, [key]: value } } as unknown as Effect);
  });

const more: Change<unknown> = (value) =>
  typeof value === 'number' ? value + 1 : Array.isArray(value) && value.every((one) => typeof one === 'number') && value.length > 0 ? lastWord(value as number[], 1) : value;
const flipped: Change<unknown> = (value) => (typeof value === 'boolean' ? !value : value);
const instead =
  (...pairs: readonly (readonly [string, string])[]): Change<unknown> =>
  (value) =>
    pairs.find(([from]) => from === value)?.[1] ?? value;
const bits: Change<unknown> = (value) => (typeof value === 'number' ? (value ^ 1) >>> 0 : value);

const ACTION_CHANGES: readonly (readonly [string, Change<Action>])[] = [
  ['does nothing', (action) => (action.effects.length > 0 ? { ...action, effects: [] } : action)],
  ['goes on with the next rule', (action) => (action.verdict === 'CONTINUE' ? action : { ...action, verdict: 'CONTINUE' })],
  ['ends the table', (action) => (action.verdict === 'ACCEPT' ? action : { ...action, verdict: 'ACCEPT' })],
  ['drops', (action) => (action.verdict === 'DROP' ? action : { ...action, verdict: 'DROP' })],
  ['value: another bit', onKey('value', bits)],
  ['mask: another bit', onKey('mask', bits)],
  ['mark: another bit', onKey('mark', bits)],
  ['ctMask: another bit', onKey('ctMask', bits)],
  ['nfMask: another bit', onKey('nfMask', bits)],
  ['delta: one more', onKey('delta', more)],
  ['low: one more', onKey('low', more)],
  ['high: one more', onKey('high', more)],
  ['portLow: one more', onKey('portLow', more)],
  ['portHigh: one more', onKey('portHigh', more)],
  ['portBase: one more', onKey('portBase', more)],
  ['port: one more', onKey('port', more)],
  ['address: one more', onKey('address', more)],
  ['gateway: one more', onKey('gateway', more)],
  ['adjustment: one more', onKey('adjustment', more)],
  ['prefix: one more', onKey('prefix', more)],
  ['length: one more', onKey('length', more)],
  ['zone: one more', onKey('zone', more)],
  ['zone for one direction only', onKey('zoneDirection', instead(['both', 'orig'], ['orig', 'both'], ['reply', 'orig']))],
  ['kinds: one more', onKey('kinds', (value) => (Array.isArray(value) ? value.map((kind) => Number(kind) + 1) : value))],
  ['random', onKey('random', flipped)],
  ['randomFully', onKey('randomFully', flipped)],
  ['persistent', onKey('persistent', flipped)],
  ['bypass', onKey('bypass', flipped)],
  ['exist', onKey('exist', flipped)],
  ['timeout: none', onKey('timeout', (value) => (typeof value === 'number' ? null : value))],
  ['mark: not taken over', onKey('mark', flipped)],
  ['adds for deletes', onKey('action', instead(['add', 'del'], ['del', 'add']))],
  ['saves for restores', onKey('mode', instead(['save', 'restore'], ['restore', 'save'], ['set', 'save'], ['clamp', 'set']))],
  ['source for destination', onKey('kind', instead(['snat', 'dnat'], ['dnat', 'snat'], ['masquerade', 'snat'], ['redirect', 'dnat'], ['netmap', 'snat']))],
  ['the other sides', onKey('sides', (value) => (Array.isArray(value) ? value.map((side) => (side === 'src' ? 'dst' : 'src')) : value))],
  [
    'another refusal',
    onKey('with', (value) =>
      value === 'tcp-reset'
        ? 'icmp-port-unreachable'
        : typeof value === 'string' && value.startsWith('icmp6')
          ? value === 'icmp6-no-route'
            ? 'icmp6-adm-prohibited'
            : 'icmp6-no-route'
          : value === 'icmp-net-unreachable'
            ? 'icmp-host-prohibited'
            : 'icmp-net-unreachable',
    ),
  ],
  ['the other field', onKey('field', (value) => FIELD_PAIRS.get(value as Field) ?? value)],
];

// ---- sets ----

const extras = (set: IpSet, change: (one: SetEntryExtras) => SetEntryExtras): IpSet =>
  set.entries.extras.size === 0 ? set : { ...set, entries: { ...set.entries, extras: new Map([...set.entries.extras].map(([i, one]) => [i, change(one)])) } };
const withoutOption = (set: IpSet, name: string): IpSet => (set.options.some(([one]) => one === name) ? { ...set, options: set.options.filter(([one]) => one !== name) } : set);

const SET_CHANGES: readonly (readonly [string, (set: IpSet) => IpSet])[] = [
  [
    'the last entry is missing',
    (set) =>
      set.entries.count === 0
        ? set
        : { ...set, entries: { ...set.entries, count: set.entries.count - 1, words: set.entries.words.slice(0, (set.entries.count - 1) * set.entries.width) } },
  ],
  ['exceptions are entries', (set) => ([...set.entries.extras.values()].some(({ nomatch }) => nomatch) ? extras(set, ({ nomatch: _, ...one }) => one) : set)],
  [
    'counters begin at nothing',
    (set) => ([...set.entries.extras.values()].some(({ packets }) => packets) ? extras(set, (one) => (one.packets === undefined ? one : { ...one, packets: 0, bytes: 0 })) : set),
  ],
  [
    'marks of entries one off',
    (set) =>
      [...set.entries.extras.values()].some(({ skbmark }) => skbmark) ? extras(set, (one) => (one.skbmark ? { ...one, skbmark: [one.skbmark[0] ^ 1, one.skbmark[1]] } : one)) : set,
  ],
  ['netmask forgotten', (set) => withoutOption(set, 'netmask')],
  ['counters forgotten', (set) => withoutOption(set, 'counters')],
  ['timeout forgotten', (set) => withoutOption(set, 'timeout')],
  ['markmask forgotten', (set) => withoutOption(set, 'markmask')],
  [
    'interface names are prefixes',
    (set) =>
      set.type === 'hash:net,iface'
        ? { ...set, entries: { ...set.entries, words: set.entries.words.map((word, i) => (i % set.entries.width === set.entries.width - 1 ? word | 2 : word)) } }
        : set,
  ],
];
