/**
 * time: wall clock between two dates and two times of day, on some days of week and month.
 *
 * Source: iptables-extensions(8) "time"; Linux 6.18 net/netfilter/xt_time.c, time_mt(). UTC; a time of day that starts
 * after it stops wraps over midnight, and `--contiguous` then counts the night to the day it began on. The kernel's own
 * time zone is what the scenario says.
 */

import type { OptionUse, ValueKind } from '../../model/option.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../../model/test.ts';
import type { EvalContext } from '../../model/context.ts';
import { defineMatch, printOptions } from '../extension.ts';
import { flag, option } from '../option.ts';
import { parseInt32, wrappedDecimal } from '../range.ts';

const DAY = 86400;
const LAST_SECOND = DAY - 1;
/** What libxt_time fills in where no date is given. */
const LAST_DATE = 0x7fffffff;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** Bits 1 to 31, and 1 (Monday) to 7. */
const ALL_MONTHDAYS = 0xfffffffe;
const ALL_WEEKDAYS = 0xfe;

const two = (value: number): string => String(value).padStart(2, '0');
const printTime = (seconds: number): string => `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
/** Beyond it ECMAScript has no dates; a scenario's clock may be set to anything. */
const LAST_SECOND_OF_TIME = 8.64e12;
const printDate = (seconds: number): string => (seconds <= LAST_SECOND_OF_TIME ? new Date(seconds * 1000).toISOString().slice(0, 19) : `${seconds} s after 1970`);

/** A number of strtoul(3) in base 10, nothing at all included, which is 0. */
const NUMBER = '(\\s*[-+]?\\d+|)';
const DATE = new RegExp(`^${NUMBER}(?:-${NUMBER}(?:-${NUMBER}(?:T${NUMBER}(?::${NUMBER}(?::${NUMBER})?)?)?)?)?$`);
const TIME = new RegExp(`^${NUMBER}:${NUMBER}(?::${NUMBER})?$`);
const unsigned = (text: string): number => wrappedDecimal(text, 32);

const date: ValueKind<number> = {
  placeholder: 'YYYY[-MM[-DD[Thh[:mm[:ss]]]]]',
  words: 1,
  parse: ([word = '']) => {
    const parts = DATE.exec(word);
    const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => unsigned(parts?.[i] ?? (i === 2 || i === 3 ? '1' : '0'))) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (!parts || year < 1970 || year > 2038 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59)
      return { failure: `invalid date "${word}"`, hint: 'write it like 2030-12-31T23:59:59, from 1970 to 2038' };
    const value = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
    return value >= 0 ? value : { failure: `date "${word}" is before 1970` };
  },
  print: printDate,
};

const timeOfDay: ValueKind<number> = {
  placeholder: 'hh:mm[:ss]',
  words: 1,
  parse: ([word = '']) => {
    const parts = TIME.exec(word);
    const [hour, minute, second] = [1, 2, 3].map((i) => unsigned(parts?.[i] ?? '0')) as [number, number, number];
    if (!parts || hour > 23 || minute > 59 || second > 59) return { failure: `invalid time "${word}"`, hint: 'write it like 08:30 or 08:30:00' };
    return hour * 3600 + minute * 60 + second;
  },
  print: printTime,
};

const days = (mask: number, last: number): number[] => Array.from({ length: last }, (_, i) => i + 1).filter((day) => mask & (1 << day));

/** Nothing is 0, too. */
const number = (text: string): number | null => (text === '' ? 0 : parseInt32(text));

const monthdays: ValueKind<number> = {
  placeholder: 'day[,…]',
  words: 1,
  parse: ([word = '']) => {
    let mask = 0;
    for (const part of word.split(',')) {
      // Two characters of it are looked at. A day 0 is taken, and never comes.
      const day = number(part.slice(0, 2));
      if (day === null || day < 0 || day > 31) return { failure: `"${part}" is not a day of the month`, hint: 'give numbers from 1 to 31, separated by commas' };
      mask |= 1 << day;
    }
    return mask >>> 0;
  },
  print: (mask) => days(mask, 31).join(','),
};

const weekdays: ValueKind<number> = {
  placeholder: 'day[,…]',
  words: 1,
  choices: WEEKDAYS,
  parse: ([word = '']) => {
    let mask = 0;
    // A last comma ends the list.
    for (const part of word === '' ? [] : word.replace(/,$/, '').split(',')) {
      const value = number(part.slice(0, 3));
      const day = value ?? (part.length < 2 ? 0 : WEEKDAYS.findIndex((name) => name.startsWith(part.slice(0, 2))) + 1);
      if (day === 0) return { failure: `"${part}" is not a day of the week`, hint: `days are ${WEEKDAYS.join(', ')} or 1 (Monday) to 7` };
      // Days after the seventh are taken, and never come; beyond 31 the processor counts from 0 again.
      mask |= (1 << (day & 31)) & 0xff;
    }
    return mask;
  },
  print: (mask) =>
    days(mask, 7)
      .map((day) => WEEKDAYS[day - 1])
      .join(','),
};

const options = {
  start: option({ name: '--timestart', value: timeOfDay, help: 'time of day from which it matches' }),
  stop: option({ name: '--timestop', value: timeOfDay, help: 'time of day up to which it matches' }),
  monthdays: option({ name: '--monthdays', value: monthdays, invertible: true, hidden: (mask) => mask === ALL_MONTHDAYS, help: 'days of the month' }),
  weekdays: option({ name: '--weekdays', value: weekdays, invertible: true, hidden: (mask) => mask === ALL_WEEKDAYS, help: 'days of the week' }),
  from: option({ name: '--datestart', value: date, hidden: (seconds) => seconds === 0, help: 'date from which it matches' }),
  until: option({ name: '--datestop', value: date, hidden: (seconds) => seconds === 0, help: 'date up to which it matches' }),
  kernelZone: option({ name: '--kerneltz', value: flag, excludes: ['utc'], help: 'in the time zone of the kernel' }),
  localZone: option({ name: '--localtz', value: flag, excludes: ['utc'], help: 'old name of --kerneltz' }),
  contiguous: option({ name: '--contiguous', value: flag, help: 'a range over midnight belongs to the day it begins on' }),
  utc: option({ name: '--utc', value: flag, excludes: ['kernelZone', 'localZone'], hidden: () => true, help: 'in UTC, as is the default' }),
};

interface Schedule {
  readonly start: number;
  readonly stop: number;
  readonly monthdays: number;
  readonly weekdays: number;
  readonly from: number;
  readonly until: number;
  readonly contiguous: boolean;
}

function onSchedule(schedule: Schedule, seconds: number): boolean {
  if (seconds < schedule.from || seconds > schedule.until) return false;
  const time = seconds % DAY;
  let day = Math.floor(seconds / DAY);
  if (schedule.start < schedule.stop) {
    if (time < schedule.start || time > schedule.stop) return false;
  } else {
    if (time < schedule.start && time > schedule.stop) return false;
    if (schedule.contiguous && time <= schedule.stop) day--;
  }
  // 1 January 1970 was a Thursday.
  const weekday = ((day + 3) % 7) + 1;
  if (!(schedule.weekdays & (1 << weekday))) return false;
  return (schedule.monthdays & (1 << new Date(day * DAY * 1000).getUTCDate())) !== 0;
}

export const time = defineMatch({
  name: 'time',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) time; Linux 6.18 net/netfilter/xt_time.c',
  notModelled: 'what time it is, and the time zone of the kernel (--kerneltz): the scenario says it ("now", "minutesWest")',
  normalize(uses) {
    const { start, stop, monthdays: month, weekdays: week, until, localZone, ...rest } = uses;
    const span = Object.values(uses).find((use) => use !== undefined)?.span ?? { line: 0, column: 0, length: 1 };
    const plain = <V>(value: V): OptionUse<V> => ({ value, negated: false, span });
    const times = start || stop ? [start ?? plain(0), stop ?? plain(LAST_SECOND)] : [];
    const allDay = times[0]?.value === 0 && times[1]?.value === LAST_SECOND;
    return {
      ...rest,
      ...(times.length > 0 && !allDay ? { start: times[0], stop: times[1] } : {}),
      ...(month ? { monthdays: { ...month, value: month.negated ? (month.value ^ ALL_MONTHDAYS) >>> 0 : month.value, negated: false } } : {}),
      ...(week ? { weekdays: { ...week, value: week.negated ? week.value ^ ALL_WEEKDAYS : week.value, negated: false } } : {}),
      until: until ?? plain(LAST_DATE),
      ...(localZone ? { kernelZone: localZone } : {}),
    };
  },
  // Of no day at all a blank is left.
  print: (uses, context) => printOptions(options, uses, context).replace(/(--(?:month|week)days)(?= --)/g, '$1 '),
  check({ start, stop, contiguous }) {
    if (contiguous && (start?.value ?? 0) < (stop?.value ?? LAST_SECOND))
      return [
        {
          severity: 'error',
          code: 'conflicting-options',
          option: 'contiguous',
          message: '--contiguous only makes sense when the stop time is smaller than the start time',
          hint: 'take it away, or let the times wrap over midnight',
        },
      ];
    return [];
  },
  compile(uses, context) {
    const schedule: Schedule = {
      start: uses.start?.value ?? 0,
      stop: uses.stop?.value ?? LAST_SECOND,
      monthdays: uses.monthdays?.value ?? ALL_MONTHDAYS,
      weekdays: uses.weekdays?.value ?? ALL_WEEKDAYS,
      from: uses.from?.value ?? 0,
      until: uses.until?.value ?? LAST_DATE,
      contiguous: uses.contiguous !== undefined,
    };
    const inZone = uses.kernelZone !== undefined;
    /** Seconds of the clock that the schedule is about; null: not known. */
    const clockOf = ({ wallClock, minutesWest }: EvalContext): number | null => {
      const west = inZone ? minutesWest : 0;
      return wallClock === null || west === null ? null : Math.floor(wallClock) - 60 * west;
    };
    const holds = (now: EvalContext): Tri => {
      const clock = clockOf(now);
      return clock === null ? UNKNOWN : onSchedule(schedule, clock) ? TRUE : FALSE;
    };
    const dateText = (seconds: number): string => `${WEEKDAYS[(Math.floor(seconds / DAY) + 3) % 7]} ${printDate(seconds)}`;
    const saw = (now: EvalContext): string => {
      if (now.wallClock === null) return 'no wall clock: the scenario does not say what time it is';
      const clock = clockOf(now);
      if (clock === null) return `${dateText(Math.floor(now.wallClock))} UTC, the time zone of the kernel is not known ("minutesWest" of the environment)`;
      return inZone ? `${dateText(clock)} in the time zone of the kernel` : `${dateText(clock)} UTC`;
    };
    return [
      {
        text: `-m time ${printOptions(options, uses, context)}`,
        negated: false,
        any: [
          { op: 'opaque', name: 'time', operand: { ...schedule }, reads: [], wanted: 'a time on this schedule', holds: (_skb, now) => holds(now), saw: (_skb, now) => saw(now) },
        ],
      },
    ];
  },
});
