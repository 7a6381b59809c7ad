/**
 * srh: the segment routing header of IPv6. False, negated or not, for a packet without one, for a routing header of another type,
 * and for one with more segments left than it has. The tag is compared as the processor reads it: on a little-endian machine 5 is
 * the tag 0x0500 of the packet. Header lengths are in units of eight bytes behind the first.
 *
 * Source: iptables-extensions(8) "srh"; Linux 6.18 net/ipv6/netfilter/ip6t_srh.c, srh1_mt6(); RFC 8754.
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import type { Clause } from '../../model/test.ts';
import { formatIpv6, maskWords } from '../../net/address.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { headerClause, headerPresent, numberAt, type FoundHeader } from '../extension-header.ts';
import { hostMask, type HostMask } from '../host.ts';
import { integer, option } from '../option.ts';

const byte = (name: string, help: string) => option({ name, value: integer(0, 255, 'number'), invertible: true, help });
/** Printed with its length even where that is 128. */
const segment: ValueKind<HostMask> = { ...hostMask, print: ({ words, length }) => `${formatIpv6(words)}/${length}` };
const sid = (name: string, help: string) => option({ name, value: segment, invertible: true, help });

// One field holds the number of -eq, -gt and -lt alike: the last one given is printed for all of them.
const options = {
  nextHeader: byte('--srh-next-hdr', 'next header'),
  lengthEq: byte('--srh-hdr-len-eq', 'length of the header'),
  lengthGt: byte('--srh-hdr-len-gt', 'length of the header is more'),
  lengthLt: byte('--srh-hdr-len-lt', 'length of the header is less'),
  leftEq: byte('--srh-segs-left-eq', 'segments left'),
  leftGt: byte('--srh-segs-left-gt', 'segments left are more'),
  leftLt: byte('--srh-segs-left-lt', 'segments left are fewer'),
  lastEq: byte('--srh-last-entry-eq', 'last entry'),
  lastGt: byte('--srh-last-entry-gt', 'last entry is more'),
  lastLt: byte('--srh-last-entry-lt', 'last entry is less'),
  tag: option({ name: '--srh-tag', value: integer(0, 65535, 'number'), invertible: true, help: 'tag' }),
  previous: sid('--srh-psid', 'previous segment'),
  next: sid('--srh-nsid', 'next segment'),
  last: sid('--srh-lsid', 'last segment'),
};

type Key = keyof typeof options;
const SHARED = [
  ['lengthEq', 'lengthGt', 'lengthLt'],
  ['leftEq', 'leftGt', 'leftLt'],
  ['lastEq', 'lastGt', 'lastLt'],
] as const;

export const srh = defineMatch({
  name: 'srh',
  families: ['ipv6'],
  options,
  source: 'iptables-extensions(8) srh; Linux 6.18 net/ipv6/netfilter/ip6t_srh.c',
  notModelled: 'a packet that does not say what its header holds is unknown',
  normalize(uses) {
    const normalized: Record<string, unknown> = { ...uses };
    for (const keys of SHARED) {
      const latest = keys
        .map((key) => uses[key])
        .filter((use) => use !== undefined)
        .toSorted((a, b) => b.span.column - a.span.column)[0];
      for (const key of keys) if (uses[key] && latest) normalized[key] = { ...uses[key], value: latest.value };
    }
    return normalized as typeof uses;
  },
  compile(uses, context) {
    const clauses: Clause[] = [headerPresent('segment routing'), isSegmentRouting];
    for (const key of Object.keys(options) as Key[]) {
      const use = uses[key];
      if (!use) continue;
      const guard = GUARDS[key];
      if (guard) clauses.push(guard);
      const text = matchText('srh', options, uses, key, context);
      const sidWanted = typeof use.value === 'object' ? use.value : null;
      if (sidWanted) {
        const mask = maskWords('ipv6', sidWanted.length);
        const show = (words: readonly number[] | null): string => (words ? `${WHICH[key]} segment ${formatIpv6(words)}` : '');
        clauses.push(
          headerClause({
            header: 'segment routing',
            text,
            negated: use.negated,
            wanted: segment.print(sidWanted, context),
            operand: { [key]: sidWanted.words },
            asks(header) {
              const words = segmentAt(header, SEGMENT[key]?.(leftOf(header)) ?? 0);
              return words?.every((word, i) => ((word ^ (sidWanted.words[i] as number)) & (mask[i] as number)) === 0) ?? null;
            },
            saw: (header) => show(segmentAt(header, SEGMENT[key]?.(leftOf(header)) ?? 0)),
          }),
        );
        continue;
      }
      const { what, read } = NUMBERS[key] as NumberField;
      const value = use.value as number;
      const compare = COMPARISONS.find(([end]) => key.endsWith(end)) ?? COMPARISONS[0];
      const [, sign, holds] = compare as (typeof COMPARISONS)[number];
      clauses.push(
        headerClause({
          header: 'segment routing',
          text,
          negated: use.negated,
          wanted: `${what} ${sign}${value}`,
          operand: { [key]: value },
          ...(key === 'nextHeader' ? { reads: [FIELD.proto] } : {}),
          asks(header) {
            const seen = read(header);
            return seen === null ? null : holds(seen, value);
          },
          saw: (header) => `${what} ${read(header)}`,
        }),
      );
    }
    return clauses;
  },
});

interface NumberField {
  readonly what: string;
  readonly read: (header: FoundHeader) => number | null;
}

const byteAt =
  (at: number) =>
  ({ bytes }: FoundHeader): number | null =>
    bytes?.[at] ?? null;
const leftOf = (header: FoundHeader): number => byteAt(1)(header) ?? 0;
const lengthField: NumberField = { what: 'header length', read: ({ length }) => (length === null ? null : length / 8 - 1) };
const leftField: NumberField = { what: 'segments left', read: byteAt(1) };
const lastField: NumberField = { what: 'last entry', read: byteAt(2) };
const NUMBERS: Partial<Record<Key, NumberField>> = {
  nextHeader: { what: 'next header', read: ({ next }) => next },
  lengthEq: lengthField,
  lengthGt: lengthField,
  lengthLt: lengthField,
  leftEq: leftField,
  leftGt: leftField,
  leftLt: leftField,
  lastEq: lastField,
  lastGt: lastField,
  lastLt: lastField,
  tag: { what: 'tag', read: ({ bytes }) => (bytes ? (bytes[4] as number) | ((bytes[5] as number) << 8) : null) },
};
const COMPARISONS: readonly (readonly [string, string, (seen: number, value: number) => boolean])[] = [
  ['Eq', '', (seen, value) => seen === value],
  ['Gt', '> ', (seen, value) => seen > value],
  ['Lt', '< ', (seen, value) => seen < value],
];

/** Which one of the list, where the last segment stands first. */
const SEGMENT: Partial<Record<Key, (left: number) => number>> = { previous: (left) => left + 1, next: (left) => left - 1, last: () => 0 };
const WHICH: Partial<Record<Key, string>> = { previous: 'previous', next: 'next', last: 'last' };

/** Null: not said, or beyond the header. */
function segmentAt({ bytes }: FoundHeader, index: number): readonly number[] | null {
  const at = 6 + 16 * index;
  return bytes && at + 16 <= bytes.length ? Array.from({ length: 4 }, (_, word) => numberAt(bytes, at + 4 * word, 4)) : null;
}

function guard(text: string, wanted: string, asks: (bytes: Uint8Array) => boolean, saw: (bytes: Uint8Array) => string): Clause {
  const clause = headerClause({
    header: 'segment routing',
    text,
    negated: false,
    wanted,
    operand: {},
    asks: ({ bytes }) => bytes && asks(bytes),
    saw: ({ bytes }) => (bytes ? saw(bytes) : ''),
  });
  return { ...clause, guard: true };
}

const isSegmentRouting = guard(
  'it is of type 4, with no more segments left than it has',
  'type 4',
  (bytes) => bytes[0] === 4 && (bytes[1] as number) <= (bytes[2] as number),
  (bytes) => `a header of type ${bytes[0]}`,
);
/** Without a segment before or behind, the answer is no, negated or not. */
const GUARDS: Partial<Record<Key, Clause>> = {
  previous: guard(
    'a segment has been visited',
    'fewer segments left than there are',
    (bytes) => bytes[1] !== bytes[2],
    (bytes) => `${bytes[1]} segments left`,
  ),
  next: guard(
    'a segment is left',
    'segments left',
    (bytes) => bytes[1] !== 0,
    (bytes) => `${bytes[1]} segments left`,
  ),
};
