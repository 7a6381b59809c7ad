/**
 * IDLETIMER and LED: a timer or a light that a packet triggers; the packet goes on unchanged.
 *
 * Source: iptables-extensions(8) "IDLETIMER", "LED"; iptables 1.8.9 extensions/libxt_IDLETIMER.c, libxt_LED.c; Linux 6.18
 * net/netfilter/xt_IDLETIMER.c, xt_LED.c. The kernel this was checked on has no LED target.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { flag, integer, option } from '../option.ts';

const MAX_LABEL = 27;
/** INT_MAX / 1000, less one, in seconds. */
const MAX_TIMEOUT = 2147482;

/** A label is cut, not refused, when it is too long, and printed without quotes. */
const label: ValueKind<string> = { placeholder: 'label', words: 1, parse: ([word = '']) => word.slice(0, MAX_LABEL), print: (value) => value };

export const IDLETIMER = defineTarget({
  name: 'IDLETIMER',
  families: ['ipv4', 'ipv6'],
  options: {
    timeout: option({ name: '--timeout', value: integer(0, 0xffffffff, 'seconds'), required: true, help: 'how long without a packet' }),
    label: option({ name: '--label', value: label, required: true, help: 'name of the timer' }),
    alarm: option({ name: '--alarm', value: flag, help: 'wake a sleeping machine' }),
  },
  source: 'iptables-extensions(8) IDLETIMER; Linux 6.18 net/netfilter/xt_IDLETIMER.c',
  notModelled: 'the timer',
  check: ({ timeout }) =>
    timeout && (timeout.value === 0 || timeout.value > MAX_TIMEOUT)
      ? [
          {
            severity: 'error',
            code: 'bad-value',
            option: 'timeout',
            message: `IDLETIMER: timeout ${timeout.value} is refused by the kernel`,
            hint: `give 1 to ${MAX_TIMEOUT} seconds`,
          },
        ]
      : [],
  compile: () => ({ effects: [], verdict: 'CONTINUE' }),
});

const trigger: ValueKind<string> = { placeholder: 'name', words: 1, parse: ([word = '']) => word, print: (value) => `"${value}"` };

/** Milliseconds; `inf` is for ever. */
const delay: ValueKind<number> = {
  placeholder: 'ms|inf',
  words: 1,
  parse: ([word = '']) => (word === 'inf' ? -1 : /^\d+$/.test(word) ? Number(word) : { failure: `"${word}" is not a delay`, hint: 'give milliseconds, or inf' }),
  print: (value) => (value < 0 ? 'inf' : String(value)),
};

export const LED = defineTarget({
  name: 'LED',
  families: ['ipv4', 'ipv6'],
  options: {
    trigger: option({ name: '--led-trigger-id', value: trigger, required: true, help: 'name of the trigger' }),
    delay: option({ name: '--led-delay', value: delay, hidden: (value) => value === 0, help: 'how long the light stays on' }),
    blink: option({ name: '--led-always-blink', value: flag, help: 'blink also if the light is on' }),
  },
  source: 'iptables-extensions(8) LED; Linux 6.18 net/netfilter/xt_LED.c',
  notModelled: 'the light',
  compile: () => ({ effects: [], verdict: 'CONTINUE' }),
});
