/**
 * hashlimit: a token bucket for each address or port, in a table by name (hashlimit-table.ts).
 *
 * Source: iptables-extensions(8) "hashlimit"; Linux 6.18 net/netfilter/xt_hashlimit.c; extensions/libxt_hashlimit.c of
 * iptables 1.8.9 for how rates are stored and printed.
 */

import type { SkbView } from '../../model/context.ts';
import { FIELD, L4, type Field } from '../../model/field.ts';
import { hashlimitKey } from '../../model/hashlimit-entry.ts';
import type { OptionUses, ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type Clause } from '../../model/test.ts';
import { ADDRESS_BITS, maskWords, type Family } from '../../net/address.ts';
import { hasPorts, PROTO } from '../../net/protocol.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { credits, EMPTY_TABLE, isFullAsLoaded, leftIn, meetTable, type Hashlimit, type HashlimitTable } from '../hashlimit-table.ts';
import { prefixLength } from '../host.ts';
import { flag, integer, option, parseInteger } from '../option.ts';
import { procNameFault } from '../proc-name.ts';
import { nameList } from '../range.ts';

const SCALE = 1_000_000;
const UINT32_MAX = 0xffffffff;
const DEFAULT_BURST = 5;
const MAX_BURST = 1_000_000;
const GC_INTERVAL = 1000;
/** Milliseconds after which an idle bucket of a byte rate is forgotten: without and with a burst. */
const BYTE_EXPIRE = 15000;
const BYTE_EXPIRE_BURST = 60000;
const UNITS = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86400],
] as const;
const PRINT_UNITS = [
  ['day', 86400],
  ['hour', 3600],
  ['min', 60],
  ['sec', 1],
] as const;

interface Rate {
  /** Bytes instead of packets. */
  readonly bytes: boolean;
  /** 1/SCALE seconds per packet; for bytes the cost of 16 of them, 2^32 / (rate / 16). */
  readonly average: number;
  /** Seconds of the unit it was given in. */
  readonly unit: number;
}

const factor = (letter: string | undefined): number => (letter === 'm' ? 1024 * 1024 : letter === 'k' ? 1024 : 1);
const bytesToCost = (bytes: number): number => Math.floor(UINT32_MAX / ((Math.floor(bytes / 16) % 2 ** 32) + 1));
const costToBytes = (cost: number): number => ((cost ? Math.floor(UINT32_MAX / cost) : UINT32_MAX) - 1) * 16;

const rate: ValueKind<Rate> = {
  placeholder: 'rate[/unit]',
  words: 1,
  parse: ([word = '']) => {
    const failure = { failure: `bad rate "${word}"`, hint: 'write it like 5/sec or 512kb/s; units are second, minute, hour, day' };
    const count = Number(/^\s*\+?(\d+)/.exec(word)?.[1] ?? 0);
    const suffix = word.indexOf('b/s');
    if (suffix > 0 && count > 0) {
      const average = bytesToCost(count * factor(word[suffix - 1]));
      return average === 0 ? { failure: `rate too high "${word}"` } : { bytes: true, average, unit: 15 };
    }
    const slash = word.indexOf('/');
    const unitText = slash < 0 ? 's' : word.slice(slash + 1).toLowerCase();
    const unit = unitText === '' ? undefined : UNITS.find(([name]) => name.startsWith(unitText));
    if (!unit || count === 0) return failure;
    const average = Math.floor((SCALE * unit[1]) / count);
    return average === 0 ? { failure: `rate too fast "${word}"`, hint: 'the fastest is 1000000/second' } : { bytes: false, average, unit: unit[1] };
  },
  print: (value) => printRate(value).text,
};

/** Text of a rate, and the milliseconds of idleness that go with it unsaid. */
function printRate({ bytes, average }: Rate, burst = 0): { text: string; expire: number; burst: string } {
  const sized = (value: number, fits: (unit: number) => boolean): string => {
    const [letter, unit] = (
      [
        ['m', 1024 * 1024],
        ['k', 1024],
      ] as const
    ).find(([, size]) => value >= size && fits(size)) ?? ['', 1];
    return `${Math.floor(value / unit)}${letter}b`;
  };
  if (bytes) {
    const size = costToBytes(average);
    const text = `${sized(size, (unit) => bytesToCost(size - (size % unit)) === average)}/s`;
    return burst === 0 ? { text, expire: BYTE_EXPIRE, burst: '' } : { text, expire: BYTE_EXPIRE_BURST, burst: sized(size * burst, () => true) };
  }
  let i = 1;
  for (; i < PRINT_UNITS.length; i++) {
    const scaled = SCALE * (PRINT_UNITS[i]?.[1] ?? 1);
    if (average > scaled || Math.floor(scaled / average) < scaled % average) break;
  }
  const [name, seconds] = PRINT_UNITS[i - 1] ?? ['sec', 1];
  return { text: `${Math.floor((SCALE * seconds) / average)}/${name}`, expire: seconds * 1000, burst: String(burst) };
}

interface Burst {
  readonly count: number;
  /** A number without a letter is held to the maximum. */
  readonly plain: boolean;
}

const burstSize: ValueKind<Burst> = {
  placeholder: 'burst',
  words: 1,
  parse: ([word = '']) => {
    const match = /^(0[xX][0-9a-fA-F]+|\d+)(.?)/s.exec(word);
    const count = parseInteger(match?.[1] ?? '');
    if (!match || count === null || count === 0 || (match[2] === '' && count > MAX_BURST))
      return { failure: `bad burst "${word}"`, hint: `give a number from 1 to ${MAX_BURST}, or an amount like 2mb` };
    return { count: count * factor(match[2]), plain: match[2] === '' };
  },
  print: ({ count }) => String(count),
};

const MODES = [
  ['srcip', 1],
  ['srcport', 2],
  ['dstip', 4],
  ['dstport', 8],
] as const;
const listed = nameList({ names: MODES, abbreviations: false, ignoreCase: false, what: 'mode' });
/** Also separated by `|`, empty places passed over (strtok). */
const modes: ValueKind<number> = {
  ...listed,
  parse: ([word = ''], context) => {
    const parts = word.split(/[,|]/).filter((part) => part !== '');
    return parts.length === 0 ? 0 : listed.parse([parts.join(',')], context);
  },
};

const bucketName: ValueKind<string> = {
  placeholder: 'name',
  words: 1,
  parse: ([word = '']) => (word === '' ? { failure: 'the name is empty', hint: 'give the table of buckets a name' } : word.slice(0, 254)),
  print: (name) => name,
};
const number = integer(0, UINT32_MAX, 'number');
const interval: ValueKind<number> = {
  ...number,
  parse: ([word = '']) => {
    const value = Number.parseInt(word, 10);
    return value > 0 ? value : { failure: `"${word}" is not an interval`, hint: 'give seconds from 1' };
  },
};

const options = {
  upto: option({ name: '--hashlimit-upto', aliases: ['--hashlimit'], value: rate, invertible: true, excludes: ['above'], help: 'while the rate is not exceeded' }),
  above: option({ name: '--hashlimit-above', value: rate, invertible: true, excludes: ['upto'], help: 'once the rate is exceeded' }),
  burst: option({ name: '--hashlimit-burst', value: burstSize, help: 'tokens of a full bucket; 5 if not given' }),
  mode: option({ name: '--hashlimit-mode', value: modes, help: 'what has a bucket of its own' }),
  name: option({ name: '--hashlimit-name', value: bucketName, required: true, help: 'name of the table of buckets' }),
  size: option({ name: '--hashlimit-htable-size', value: number, help: 'number of hash buckets' }),
  max: option({ name: '--hashlimit-htable-max', value: number, help: 'most entries' }),
  gcInterval: option({ name: '--hashlimit-htable-gcinterval', value: number, help: 'milliseconds between clean-ups' }),
  expire: option({ name: '--hashlimit-htable-expire', value: number, help: 'milliseconds after which an idle entry is forgotten' }),
  srcMask: option({ name: '--hashlimit-srcmask', value: prefixLength, help: 'prefix length of source groups' }),
  dstMask: option({ name: '--hashlimit-dstmask', value: prefixLength, help: 'prefix length of destination groups' }),
  rateMatch: option({ name: '--hashlimit-rate-match', value: flag, help: 'compare the measured rate, without a bucket' }),
  rateInterval: option({ name: '--hashlimit-rate-interval', value: interval, help: 'seconds over which the rate is measured' }),
};

type Uses = OptionUses<typeof options>;

/** What the kernel is given: hashlimit_mt_check() of iptables works defaults out. Null: no rate is given. */
function settingsOf(uses: Uses, family: Family): Hashlimit | null {
  const limit = uses.above ?? uses.upto;
  if (!limit) return null;
  const { bytes, unit } = limit.value;
  const rateMatch = uses.rateMatch !== undefined;
  const average = rateMatch && !bytes ? Math.floor(limit.value.average / unit) : limit.value.average;
  const burst = bytes ? (uses.burst ? Math.ceil(uses.burst.value.count / costToBytes(average)) : 0) : (uses.burst?.value.count ?? DEFAULT_BURST);
  const size = uses.size?.value;
  return {
    bytes,
    above: (uses.above !== undefined) !== limit.negated,
    average,
    burst,
    // htable_create(): without a size the machine's memory gives one, of thousands.
    max: size ? (uses.max?.value ? Math.max(uses.max.value, size) : 8 * size) : null,
    gcInterval: uses.gcInterval?.value ?? GC_INTERVAL,
    expire: uses.expire?.value ?? (bytes && uses.burst ? BYTE_EXPIRE_BURST : unit * 1000),
    rateMatch,
    interval: uses.rateInterval?.value ?? (bytes ? 1 : unit),
    grouping: `${uses.mode?.value ?? 0}/${uses.srcMask?.value ?? ADDRESS_BITS[family]}/${uses.dstMask?.value ?? ADDRESS_BITS[family]}`,
  };
}

/** hashlimit_init_dst(): what picks the bucket; null: ports of a later fragment, which hold whatever its data are. */
function keyOf({ regs, family }: SkbView, uses: Uses): string | null {
  const mode = uses.mode?.value ?? 0;
  const get = ({ index }: Field): number => regs[index] as number;
  const address = ({ index }: Field, length: number): string =>
    maskWords(family, length)
      .map((word, i) => ((regs[index + i] as number) & word) >>> 0)
      .join('.');
  const parts: (string | number)[] = [];
  if (mode & 1) parts.push(address(FIELD.src, uses.srcMask?.value ?? ADDRESS_BITS[family]));
  if (mode & 4) parts.push(address(FIELD.dst, uses.dstMask?.value ?? ADDRESS_BITS[family]));
  if ((mode & 10) === 0) return parts.join('|');
  const proto = get(FIELD.proto);
  const secured = proto === PROTO.esp || proto === PROTO.ah;
  if ((hasPorts(proto) || secured) && get(FIELD.l4) === L4.none) return null;
  const spi = secured ? get(FIELD.spi) : 0;
  if (mode & 2) parts.push(hasPorts(proto) ? get(FIELD.sport) : spi >>> 16);
  if (mode & 8) parts.push(hasPorts(proto) ? get(FIELD.dport) : spi & 0xffff);
  return parts.join('|');
}

function print(uses: Uses, family: Family): string {
  const limit = uses.above ?? uses.upto;
  if (!limit) return '';
  const matching = uses.rateMatch !== undefined;
  const { bytes, unit } = limit.value;
  const average = matching && !bytes ? Math.floor(limit.value.average / unit) : limit.value.average;
  const floor = costToBytes(average);
  const byteBurst = bytes && uses.burst ? Math.ceil(uses.burst.value.count / floor) : 0;
  const printed = printRate({ bytes, average, unit }, bytes ? byteBurst : (uses.burst?.value.count ?? DEFAULT_BURST));
  const expire = uses.expire?.value ?? (bytes && uses.burst ? BYTE_EXPIRE_BURST : unit * 1000);
  const parts = [`--hashlimit-${(uses.above !== undefined) !== limit.negated ? 'above' : 'upto'} ${printed.text}`];
  if (printed.burst !== '') parts.push(`--hashlimit-burst ${printed.burst}`);
  if (uses.mode?.value) parts.push(`--hashlimit-mode ${modes.print(uses.mode.value, { family, table: '', chain: '', protocol: null })}`);
  parts.push(`--hashlimit-name ${uses.name?.value ?? ''}`);
  if (uses.size?.value) parts.push(`--hashlimit-htable-size ${uses.size.value}`);
  if (uses.max?.value) parts.push(`--hashlimit-htable-max ${uses.max.value}`);
  if (uses.gcInterval && uses.gcInterval.value !== GC_INTERVAL) parts.push(`--hashlimit-htable-gcinterval ${uses.gcInterval.value}`);
  if (expire !== printed.expire) parts.push(`--hashlimit-htable-expire ${expire}`);
  if (uses.srcMask && uses.srcMask.value !== ADDRESS_BITS[family]) parts.push(`--hashlimit-srcmask ${uses.srcMask.value}`);
  if (uses.dstMask && uses.dstMask.value !== ADDRESS_BITS[family]) parts.push(`--hashlimit-dstmask ${uses.dstMask.value}`);
  if (matching) {
    parts.push('--hashlimit-rate-match');
    const seconds = uses.rateInterval?.value ?? (bytes ? 1 : unit);
    if (seconds !== 1) parts.push(`--hashlimit-rate-interval ${seconds}`);
  }
  return parts.join(' ');
}

export const hashlimit = defineMatch({
  name: 'hashlimit',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) hashlimit; Linux 6.18 net/netfilter/xt_hashlimit.c',
  notModelled:
    'tables begin empty, but for those that the snapshot lists (/proc/net/ipt_hashlimit), of which --hashlimit-rate-match tells nothing; rules of different settings that share a table are unknown',
  check(uses) {
    const findings: Finding[] = uses.name ? procNameFault('name', uses.name.value) : [];
    const limit = uses.above ?? uses.upto;
    if (!limit)
      return [{ severity: 'error', code: 'missing-option', message: 'hashlimit needs --hashlimit-upto or --hashlimit-above', hint: 'add --hashlimit-upto 5/sec, for example' }];
    const { burst } = uses;
    // iptables divides by the rate in units of 16 bytes, and dies of it.
    if (burst && limit.value.bytes && costToBytes(limit.value.average) === 0)
      findings.push({
        severity: 'error',
        code: 'bad-value',
        option: 'burst',
        message: 'iptables cannot work out a burst at less than 16 bytes per second',
        hint: 'give a higher rate',
      });
    else if (burst && limit.value.bytes && burst.value.count < costToBytes(limit.value.average))
      findings.push({ severity: 'error', code: 'bad-value', option: 'burst', message: `the burst cannot be smaller than ${costToBytes(limit.value.average)}b` });
    if (burst && !limit.value.bytes && burst.value.count > MAX_BURST)
      findings.push({ severity: 'error', code: 'bad-value', option: 'burst', message: `the burst is out of range (1-${MAX_BURST})` });
    else if (!limit.value.bytes && !uses.rateMatch) {
      const { average } = limit.value;
      if (credits(BigInt(average) * BigInt(burst?.value.count ?? DEFAULT_BURST)) < credits(average))
        findings.push({
          severity: 'error',
          code: 'bad-value',
          option: burst ? 'burst' : uses.above ? 'above' : 'upto',
          message: 'the kernel cannot count so many credits: rate too slow or burst too large',
          hint: 'try a smaller burst',
        });
    }
    for (const key of ['gcInterval', 'expire'] as const)
      if (uses[key]?.value === 0)
        findings.push({ severity: 'error', code: 'bad-value', option: key, message: `${options[key].name} cannot be 0`, hint: 'give milliseconds from 1' });
    return findings;
  },
  print: (uses, { family }) => print(uses, family),
  compile(uses, { family }) {
    const limit = settingsOf(uses, family);
    if (!limit) return [];
    const text = `-m hashlimit ${print(uses, family)}`;
    const shared = hashlimitKey(family, uses.name?.value ?? '');
    const reads = [FIELD.src, FIELD.dst, FIELD.proto, FIELD.sport, FIELD.dport, FIELD.length, FIELD.l4, FIELD.spi];
    const meet = (skb: SkbView, now: number, state: unknown): ReturnType<typeof meetTable> => {
      const key = keyOf(skb, uses);
      return key === null ? { holds: UNKNOWN, table: state as HashlimitTable } : meetTable(state as HashlimitTable, limit, key, skb.regs[FIELD.length.index] as number, now);
    };
    const left = (skb: SkbView, now: number, state: unknown): string => {
      const key = keyOf(skb, uses);
      return key === null ? 'a later fragment has no ports to pick a bucket by' : leftIn(state as HashlimitTable, limit, key, skb.regs[FIELD.length.index] as number, now);
    };
    const common = { op: 'opaque', name: 'hashlimit', reads, initial: EMPTY_TABLE, shared } as const;
    const room: Clause = {
      text: `the table "${uses.name?.value ?? ''}" has room`,
      guard: true,
      negated: false,
      otherwise: 'drop',
      any: [
        {
          ...common,
          operand: { max: limit.max },
          step: (skb, { now }, state) => ({ holds: meet(skb, now, state).holds === 'full' ? FALSE : TRUE, state }),
          saw(_skb, _context, state) {
            const { buckets, listed = [] } = state as HashlimitTable;
            return `${buckets.size || listed.length} of ${limit.max} entries`;
          },
        },
      ],
    };
    const allows: Clause = {
      text,
      negated: false,
      any: [
        {
          ...common,
          operand: { ...limit },
          wanted: limit.above ? 'no token left' : 'a token left',
          step(skb, { now }, state) {
            const { holds, table } = meet(skb, now, state);
            return { holds: holds === 'full' ? FALSE : holds, state: table };
          },
          saw: (skb, { now }, state) => left(skb, now, state),
          asLoaded(skb, _context, state) {
            const key = keyOf(skb, uses);
            return key !== null && isFullAsLoaded(state as HashlimitTable, limit, key);
          },
        },
      ],
    };
    // hashlimit_init_dst(): who asks for ports has to find a protocol.
    const asksPorts = family === 'ipv6' && ((uses.mode?.value ?? 0) & 10) !== 0;
    const protocol: Clause = {
      text: 'a protocol follows the headers of IPv6',
      guard: true,
      negated: false,
      otherwise: 'drop',
      any: [{ op: 'masked', field: FIELD.proto, mask: 0xffffffff, value: PROTO.none, negated: true }],
    };
    return [...(asksPorts ? [protocol] : []), ...(limit.max === null ? [] : [room]), allows];
  },
});
