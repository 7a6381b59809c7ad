/** Options that ask what time it is. */

import type { KernelCase } from '../cases.ts';
import { option, udp } from './lines.ts';

const DAY = 86_400;
const hms = (seconds: number): string =>
  [Math.floor((seconds % DAY) / 3600), Math.floor((seconds % 3600) / 60), seconds % 60].map((part) => String(part).padStart(2, '0')).join(':');
const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** What the clock says cannot be written down before: rules around `now` (seconds since the epoch, UTC), packets in the seconds after it. */
export function clockCase(now: number): KernelCase {
  const [today, yesterday] = [new Date(now * 1000), new Date((now - DAY) * 1000)];
  const weekday = (one: Date): string => WEEKDAYS[one.getUTCDay()] as string;
  const seconds = [0, 1, 2, 3];
  return option(
    'times-of-the-clock',
    {
      rules: [
        ...seconds.flatMap((second) => [`-m time --timestart ${hms(now + second)} --timestop 23:59:59`, `-m time --timestart 00:00:00 --timestop ${hms(now + second)}`]),
        ...seconds.flatMap((second) => [`-m time --datestart ${date(now + second)}`, `-m time --datestop ${date(now + second)} --utc`]),
        `-m time --weekdays ${weekday(today)}`,
        `-m time ! --weekdays ${weekday(today)}`,
        `-m time --weekdays ${weekday(yesterday)}`,
        `-m time --monthdays ${today.getUTCDate()}`,
        `-m time ! --monthdays ${today.getUTCDate()}`,
        `-m time --monthdays ${yesterday.getUTCDate()}`,
        // From tonight's last second to tonight's last but one: that it is now belongs to what began yesterday.
        `-m time --timestart 23:59:59 --timestop 23:59:58 --weekdays ${weekday(yesterday)} --contiguous`,
        `-m time --timestart 23:59:59 --timestop 23:59:58 --weekdays ${weekday(yesterday)}`,
        `-m time --timestart 23:59:59 --timestop 23:59:58 --weekdays ${weekday(today)}`,
      ],
    },
    seconds.map((second) => udp(1, 1 + second, { at: second })),
  );
}
