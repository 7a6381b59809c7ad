/**
 * LOG: write a line about the packet to the kernel log; the packet goes on unchanged.
 *
 * Source: iptables-extensions(8) "LOG"; iptables 1.8.9 extensions/libxt_LOG.c; Linux 6.18 net/netfilter/xt_LOG.c.
 */

import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { flag, option, parseInteger, quoteWord } from '../option.ts';

const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'];
const MAX_PREFIX = 29;
const DEFAULT_LEVEL = 4;

const level: ValueKind<number> = {
  placeholder: 'level',
  words: 1,
  choices: LEVELS,
  parse: ([word = '']) => {
    const number = parseInteger(word.replace(/^\+/, ''));
    if (number !== null && number < LEVELS.length) return number;
    const named = word === 'panic' ? 0 : LEVELS.indexOf(word);
    return named >= 0 ? named : { failure: `log level "${word}" unknown`, hint: `levels are 0 to 7 or ${LEVELS.join(', ')}` };
  },
  print: String,
};

/** A prefix is cut, not refused, when it is too long. */
export function logPrefix(maxLength: number): ValueKind<string> {
  return {
    placeholder: 'prefix',
    words: 1,
    parse: ([word = '']) => (word === '' ? { failure: 'the prefix must be 1 character long at least' } : word.slice(0, maxLength)),
    print: quoteWord,
  };
}

const options = {
  prefix: option({ name: '--log-prefix', value: logPrefix(MAX_PREFIX), help: `text before the line, ${MAX_PREFIX} characters at most` }),
  level: option({ name: '--log-level', value: level, hidden: (value) => value === DEFAULT_LEVEL, help: 'syslog level' }),
  sequence: option({ name: '--log-tcp-sequence', value: flag, help: 'TCP sequence numbers too' }),
  tcpOptions: option({ name: '--log-tcp-options', value: flag, help: 'TCP options too' }),
  ipOptions: option({ name: '--log-ip-options', value: flag, help: 'IP options too' }),
  uid: option({ name: '--log-uid', value: flag, help: 'user id of the sender too' }),
  mac: option({ name: '--log-macdecode', value: flag, help: 'MAC addresses decoded' }),
};

export const LOG = defineTarget({
  name: 'LOG',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) LOG; Linux 6.18 net/netfilter/xt_LOG.c',
  compile: ({ prefix }) => ({ effects: [{ op: 'log', prefix: prefix?.value ?? '' }], verdict: 'CONTINUE' }),
});
