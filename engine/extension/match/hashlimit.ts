/**
 * hashlimit: a token bucket for each address or port. Not modelled: unknown.
 *
 * Source: iptables-extensions(8) "hashlimit"; Linux 6.18 net/netfilter/xt_hashlimit.c; extensions/libxt_hashlimit.c of
 * iptables 1.8.9 for how rates are stored and printed.
 */

import type { OptionUses, ValueKind } from '../../model/option.ts';
import { ADDRESS_BITS, type Family } from '../../net/address.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { prefixLength } from '../host.ts';
import { flag, integer, option, parseInteger } from '../option.ts';
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

/** user2credits() of the kernel with HZ 1000: what is left of it in 64 bits. */
function credits(user: number): bigint {
  // _POW2_BELOW64(MAX_CPJ), credits added per jiffy.
  const perJiffy = 1n << 37n;
  const value = BigInt(user);
  const perSecond = 1000n * perJiffy;
  const all = value > 0xffffffffffffffffn / perSecond ? (value / BigInt(SCALE)) * perSecond : (value * perSecond) / BigInt(SCALE);
  return all & 0xffffffffffffffffn;
}

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
  notModelled: 'buckets shared by name are not kept',
  check(uses) {
    const findings: Finding[] = [];
    const limit = uses.above ?? uses.upto;
    if (!limit)
      return [{ severity: 'error', code: 'missing-option', message: 'hashlimit needs --hashlimit-upto or --hashlimit-above', hint: 'add --hashlimit-upto 5/sec, for example' }];
    const { burst } = uses;
    if (burst && limit.value.bytes && burst.value.count < costToBytes(limit.value.average))
      findings.push({ severity: 'error', code: 'bad-value', option: 'burst', message: `the burst cannot be smaller than ${costToBytes(limit.value.average)}b` });
    if (burst && !limit.value.bytes && burst.value.count > MAX_BURST)
      findings.push({ severity: 'error', code: 'bad-value', option: 'burst', message: `the burst is out of range (1-${MAX_BURST})` });
    else if (!limit.value.bytes && !uses.rateMatch) {
      const { average } = limit.value;
      if (credits(average * (burst?.value.count ?? DEFAULT_BURST)) < credits(average))
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
  compile: (uses, { family }) => [unmodelled(`-m hashlimit ${print(uses, family)}`, 'what the buckets hold is not known')],
});
